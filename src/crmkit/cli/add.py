"""`crm add`: a new record of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import FIELDS, KIND, split_fields
from crmkit.errors import UsageError
from crmkit.i18n import N_, _
from crmkit.values.shell import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.records.catalog import FieldSpec, KindSpec

SPEC = Spec(
    about=N_("add a record; prints its id"),
    args=(
        KIND,
        Arg(
            "words",
            N_("CUSTOMER FIELD=VALUE"),
            N_(
                "whose it is (a new customer's own name; nothing for campaigns and products), then its fields"
            ),
            required=False,
            many=True,
            complete="add",
        ),
    ),
    options=(
        Opt("edit", ("--edit",), N_("fill it in in your editor")),
        Opt(
            "source", ("--from",), N_("begin with the YAML in FILE (- is stdin)"), N_("FILE"), complete="file"
        ),
    ),
    examples=(
        (
            N_("a customer with a contact"),
            "crm add customer name=北京示例信息技术有限公司 contacts.0.name=王经理",
        ),
        (N_("a deal"), "crm add opportunity 北京示例 name=节能改造 amount=50万 close_date=月底"),
        (N_("what is missing is asked for on a terminal"), "crm add customer"),
        (N_("in your editor"), "crm add contract 北京示例 --edit"),
        (N_("a longer text from a file"), "crm add feedback 北京示例 type=complaint content=@letter.txt"),
    ),
    notes=(FIELDS.help,),
)


def run(cli: Cli, *, kind: str, words: tuple[str, ...], source: str, edit: bool) -> int:
    """Add the record."""
    from crmkit.actions import add

    plain, fields = split_fields(words)
    spec = cli.session.kind(kind)
    if len(plain) > (spec.place in {"customer", "dossier"}):
        raise _stray(spec, plain)
    assignments = cli.fields(fields)
    customer = plain[0] if plain else None
    if customer is not None and spec.place == "customer":
        assignments, customer = add.named(cli.session, spec, customer, assignments), None
    elif customer is not None:
        customer = cli.ident(customer)
    if edit:
        from crmkit.actions import edit as editing
        from crmkit.cli import edit as editor

        return editor.loop(cli, editing.new(cli.session, kind, customer, assignments))
    text = cli.file(source) if source else None
    if text is None and cli.interactive:
        customer, assignments = _asked(cli, kind, customer, assignments)
    from crmkit.cli import _hints

    prepared = add.add(cli.session, kind, customer, assignments, text)
    if spec.place == "customer":
        _warn_of_likeness(cli, assignments)
    return cli.change(prepared, more=lambda done: _hints.after(cli, done))


def _warn_of_likeness(cli: Cli, assignments: Sequence[str]) -> None:
    """Name customers that the new one looks like; that never keeps it out."""
    from crmkit.actions import add, dupes
    from crmkit.cli.dupes import reasons

    fields = add.new_record(cli.session, cli.session.kind("customer"), None, assignments)
    for pair in dupes.like(cli.session, fields):
        text = _("looks like {id} {name} (same {why}); if it is: crm merge")
        cli.out.warn("note: " + text.format(id=pair.one.id, name=pair.one.title, why=reasons(pair.why)))


def _stray(spec: KindSpec, plain: Sequence[str]) -> UsageError:
    """Return the error for a word that is no field=value, with the line that was probably meant."""
    whose, text = (plain[:1], plain[1:]) if spec.place == "dossier" else ([], plain)
    meant = f"{spec.first('title')}={quoted(' '.join(text))}"
    return UsageError(
        N_("{word!r} is not a field=value"),
        hint=N_("write: {line}"),
        word=plain[-1],
        line=" ".join(["crm", "add", spec.name, *map(quoted, whose), meant]),
    )


def _asked(cli: Cli, kind: str, customer: str | None, assignments: list[str]) -> tuple[str | None, list[str]]:
    """Ask for the customer and for required fields that were not given."""
    from crmkit.actions import add
    from crmkit.cli import _prompt

    if customer is None and cli.session.kind(kind).place == "dossier":
        customer = cli.ident(_prompt.ask(_("which customer?")))
    for field in add.missing(cli.session, kind, assignments):
        assignments = _answered(cli, kind, field, assignments)
    return customer, assignments


def _answered(cli: Cli, kind: str, field: FieldSpec, assignments: list[str]) -> list[str]:
    """Ask for a field until there is an answer that can be read, and return the assignments with it."""
    from crmkit.actions import add
    from crmkit.cli import _prompt
    from crmkit.records import entry

    if takes := str(entry.explain(field, cli.session.settings)):
        cli.out.warn(takes)
    ask = _prompt.hidden if "secret" in field.marks else _prompt.ask
    while True:
        answer = ask(f"{_(field.label)} ({field.name})")
        if not answer:
            continue
        try:
            more = [*assignments, entry.Unseen(f"{field.name}={answer}")]
            add.missing(cli.session, kind, more)
        except UsageError as wrong:
            cli.out.warn("\n".join(t for t in (str(wrong), str(wrong.hint)) if t))
        else:
            return more
