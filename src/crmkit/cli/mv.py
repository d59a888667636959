"""`crm mv`: hand customers over to a colleague."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import WHY
from crmkit.errors import UsageError
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crmkit.actions._write import Done

SPEC = Spec(
    about=N_("hand customers over to a colleague, with all that is open"),
    args=(
        Arg(
            "idents",
            N_("CUSTOMER"),
            N_("one or more; - reads them from stdin"),
            required=False,
            many=True,
            complete="customer",
        ),
    ),
    options=(
        Opt("owner", ("--owner",), N_("who takes over"), N_("NAME"), complete="member"),
        Opt("where", ("--where",), N_("all customers that a query finds"), N_("QUERY"), complete="query"),
        WHY,
    ),
    examples=(
        (N_("one customer"), "crm mv 北京示例 --owner 李四 --why 张三转岗"),
        (N_("everything of somebody who leaves"), "crm mv --where owner:张三 --owner 李四"),
    ),
    notes=(
        N_(
            "Open follow-ups, deals, cases, contracts and steps of the old owner go along; colleagues keep theirs."
        ),
    ),
)


def run(cli: Cli, *, idents: tuple[str, ...], owner: str, where: str, why: str) -> int:
    """Hand over, and say what the new owner must know of."""
    from crmkit.actions import mv

    if bool(where) == bool(idents):
        raise UsageError(
            N_("which customers?"),
            hint=N_("crm mv CUSTOMER --owner NAME, or crm mv --where QUERY --owner NAME"),
        )
    wanted = mv.found(cli.session, where) if where else cli.idents(idents)
    prepared = mv.hand_over(cli.session, wanted, owner, why)
    count = len(wanted)
    question = ngettext("hand over {n} customer?", "hand over {n} customers?", count).format(n=count)
    return cli.change(
        prepared, ask=question if count > 1 else "", more=lambda done: _summary(cli, done, wanted)
    )


def _summary(cli: Cli, done: Done, idents: list[str]) -> Iterator[str]:
    from crmkit.actions import mv

    if not done.changed:
        return
    found = mv.matters(cli.session, idents)
    if not found:
        yield _("nothing is due with them within a month")
        return
    yield _("what the new owner must know of:")
    for matter in found:
        yield f"  {matter.due}  {matter.name}  {matter.reason}"
