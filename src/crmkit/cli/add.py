"""`crm add`: a new record of any kind."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import FIELDS, KIND, split_fields
from crmkit.errors import UsageError
from crmkit.i18n import N_

SPEC = Spec(
    about=N_("add a record; prints its id"),
    args=(
        KIND,
        Arg(
            "words",
            N_("CUSTOMER FIELD=VALUE"),
            N_("whose it is (not for customers, campaigns, products), then its fields"),
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
    if len(plain) > 1:
        raise UsageError(
            N_("{word!r} is not a field=value"),
            hint=N_("fields are written field=value, tags+=value"),
            word=plain[1],
        )
    assignments = cli.fields(fields)
    customer = cli.ident(plain[0]) if plain else None
    if edit:
        from crmkit.actions import edit as editing
        from crmkit.cli import edit as editor

        return editor.loop(cli, editing.new(cli.session, kind, customer, assignments))
    text = cli.file(source) if source else None
    if text is None and cli.interactive:
        customer, assignments = _asked(cli, kind, customer, assignments)
    return cli.change(add.add(cli.session, kind, customer, assignments, text))


def _asked(cli: Cli, kind: str, customer: str | None, assignments: list[str]) -> tuple[str | None, list[str]]:
    """Ask for the customer and for required fields that were not given."""
    from crmkit.actions import add
    from crmkit.cli import _prompt
    from crmkit.i18n import _

    if customer is None and cli.session.kind(kind).place == "dossier":
        customer = cli.ident(_prompt.ask(_("which customer?")))
    for field in add.missing(cli.session, kind, assignments):
        while not (answer := _prompt.ask(f"{_(field.label)} ({field.name})")):
            continue
        assignments = [*assignments, f"{field.name}={answer}"]
    return customer, assignments
