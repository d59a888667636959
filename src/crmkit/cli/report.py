"""`crm report`: computed views of the whole book."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import AT
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("a computed view of the whole book"),
    args=(
        Arg("name", N_("REPORT"), N_("which one: weekly; without a name they are listed"), required=False),
    ),
    options=(
        Opt("first", ("--from",), N_("the first day; a week from it"), N_("DATE"), complete="date"),
        Opt("last", ("--to",), N_("the last day"), N_("DATE"), complete="date"),
        Opt("owner", ("--owner",), N_("whose share: a name, me or all (all)"), N_("NAME"), complete="owner"),
        AT,
    ),
    examples=(
        (N_("this week so far"), "crm report weekly"),
        (N_("the week of a day, as seen that day"), "crm report weekly --on 2024-06-14"),
        (N_("a week that is over, as it stands now"), "crm report weekly --from 2024-06-10"),
        (N_("my own share of it"), "crm report weekly --owner me"),
        (N_("for a spreadsheet"), "crm report weekly --format csv"),
    ),
    notes=(
        N_("weekly: Monday to Sunday, the week of today or of --on, in the book's zone."),
        N_("Kept: done on its day or before; put off, by its new day."),
        N_("Late: done after its day, or not done and its day is over, old ones too."),
        N_("Percent: kept of all that was due in the week and is kept or late."),
        N_("Complaints: clocks that ran out. Promises: made, due, kept, or overdue."),
        N_("Timely contact: there were contacts, no follow-up before it was late."),
    ),
)


def run(cli: Cli, *, name: str | None, first: str, last: str, owner: str, at: str) -> None:
    """Print the report."""
    from crmkit.actions import report

    if not name:
        _names(cli)
        return
    cli.look_back(at)
    found = report.report(cli.session, name, report.Ask(first, last, owner or "all"))
    if cli.out.format == "json":
        cli.out.value(found.to_json())
    elif cli.out.format == "table":
        from crmkit.cli import _report

        cli.out.text(_report.draw(cli, found))
        if cli.out.terminal and not (first or cli.given["on"]):
            _week_before(cli, name)
    else:
        cli.out.rows(found.columns, found.entries())
    cli.attention()


def _names(cli: Cli) -> None:
    """List the reports."""
    from crmkit.actions.report import NAMES

    if cli.out.format == "table":
        from crmkit.cli._help import two_columns

        cli.out.text("\n".join(two_columns((name, _(about)) for name, (_module, about) in NAMES.items())))
    else:
        cli.out.rows(
            ("id", "about"), [{"id": name, "about": _(about)} for name, (_m, about) in NAMES.items()]
        )


def _week_before(cli: Cli, name: str) -> None:
    """Say how to see the week before, since this one is not over."""
    from crmkit.actions.report import last_whole_week

    words = _("this week so far; the one before: crm report {name} --from {day}")
    cli.out.note(words.format(name=name, day=last_whole_week(cli.session.now).isoformat()))
