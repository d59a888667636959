"""`crm set`: change fields of one record, or of many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import FIELDS, split_fields
from crmkit.errors import UsageError
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crmkit.actions._write import Done

SPEC = Spec(
    about=N_("change fields of one record, or of many"),
    args=(
        Arg(
            "words",
            N_("ID FIELD=VALUE"),
            N_(
                "the record (- reads ids from stdin), then field=value, tags+=new, tags-=old, field= (clears)"
            ),
            many=True,
            complete="set",
        ),
    ),
    options=(
        Opt(
            "where",
            ("--where",),
            N_("all records that a query finds, instead of an ID"),
            N_("QUERY"),
            complete="query",
        ),
        Opt(
            "kind",
            ("--kind",),
            N_("the kind of record that --where is about (customer)"),
            N_("KIND"),
            complete="kind",
        ),
    ),
    examples=(
        (N_("one field"), "crm set 北京示例 stage=intent"),
        (
            N_("another contact (one past the last)"),
            "crm set 北京示例 contacts.1.name=李工 contacts.1.phone=13800138000",
        ),
        (N_("put off a follow-up"), "crm set 7k3m due=明天"),
        (N_("many, after a look at the diff"), "crm set --where 'owner:张三 region:华东' owner=李四"),
        (N_("the ids that a list prints"), "crm list customer tier:A --format ids | crm set - tags+=VIP"),
    ),
    notes=(
        FIELDS.help,
        N_("who may see a customer and not change it (service) proposes the change to its owner"),
    ),
)


def _proposed(done: Done) -> Iterator[str]:
    if done.message.startswith("propose "):
        yield _("proposed, for its owner to decide: crm approve {id}").format(id=done.id)


def run(cli: Cli, *, words: tuple[str, ...], where: str, kind: str) -> int:
    """Change the records."""
    from crmkit.actions import set as setting

    idents, fields = split_fields(words)
    assignments = cli.fields(fields)
    if where and idents:
        raise UsageError(N_("either an ID or --where, not both"))
    if not where:
        if not idents:
            raise UsageError(
                N_("which record?"), hint=N_("crm set ID field=value, or crm set --where QUERY field=value")
            )
        found = cli.idents(idents)
        if not found:
            return 0
        return cli.change(setting.set_fields(cli.session, found, assignments), more=_proposed)
    prepared = setting.set_where(cli.session, kind or "customer", where, assignments)
    count = len(prepared.dry_run().changed)
    question = ngettext("change {n} file?", "change {n} files?", count).format(n=count)
    return cli.change(prepared, ask=question if count > 1 else "")
