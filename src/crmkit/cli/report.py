"""`crm report`: computed views of the whole book."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import AT, QUERY
from crmkit.errors import UsageError
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.reports.report import Report

SPEC = Spec(
    about=N_("a computed view of the whole book"),
    args=(
        Arg(
            "name",
            N_("REPORT"),
            N_("which one; without a name they are listed, crm report REPORT --help defines it"),
            required=False,
            complete="report",
        ),
        QUERY._replace(help=N_("only these customers: region:华东 tier:A, @NAME is a saved view")),
    ),
    options=(
        Opt("first", ("--from",), N_("the first day (weekly: a week from it)"), N_("DATE"), complete="date"),
        Opt("last", ("--to",), N_("the last day"), N_("DATE"), complete="date"),
        Opt("owner", ("--owner",), N_("whose share: a name, me or all (all)"), N_("NAME"), complete="owner"),
        Opt("section", ("--section",), N_("one table of it alone"), N_("NAME")),
        Opt(
            "output",
            ("-o", "--output"),
            N_("write to this file: .html .xlsx .md .csv .tsv .json .jsonl .txt"),
            N_("FILE"),
            complete="file",
        ),
        AT,
    ),
    examples=(
        (N_("this week so far"), "crm report weekly"),
        (N_("the week of a day, as seen that day"), "crm report weekly --on 2024-06-14"),
        (N_("a week that is over, as it stands now"), "crm report weekly --from 2024-06-10"),
        (N_("a page to print or mail, with charts"), "crm report pipeline -o pipeline.html"),
        (
            N_("revenue of this year in the east, for Excel"),
            "crm report revenue region:华东 --from 2024-01-01 -o revenue.xlsx",
        ),
        (N_("my own share of it"), "crm report pipeline --owner me"),
        (N_("one table for a spreadsheet"), "crm report revenue --section products --format csv"),
    ),
    notes=(
        N_("Without --from and --to a report is about all time; the weekly review about a week."),
        N_("Amounts of two currencies are never added: each has its own rows."),
        N_(
            "csv, tsv and jsonl hold the rows of all sections (the column section says which), without totals."
        ),
        N_("Contact details are masked unless --reveal."),
    ),
    formats=("html", "md", "xlsx"),
)

_FORMS = {
    ".html": "html",
    ".htm": "html",
    ".xlsx": "xlsx",
    ".md": "md",
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".txt": "table",
}


def told(values: Mapping[str, Any]) -> Spec:
    """Return what `--help` prints: with a report's name its definitions."""
    from crmkit.actions import report

    if values["name"] not in report.NAMES:
        return SPEC
    _module, about = report.NAMES[values["name"]]
    examples = tuple(e for e in SPEC.examples if values["name"] in e[1].split()) or SPEC.examples
    return SPEC._replace(about=about, examples=examples, notes=(*report.notes(values["name"]), *SPEC.notes))


def run(
    cli: Cli,
    *,
    name: str | None,
    query: tuple[str, ...],
    first: str,
    last: str,
    owner: str,
    section: str,
    output: str,
    at: str,
) -> None:
    """Print the report, or write it to a file."""
    from crmkit.actions import report

    if not name:
        _names(cli)
        return
    cli.look_back(at)
    form = _form(cli, output)
    ask = report.Ask(first, last, owner or "all", " ".join(query), section, bool(cli.given["reveal"]))
    found = report.report(cli.session, name, ask)
    if output not in {"", "-"}:
        _save(cli, found, form, output)
    elif form in {"html", "md", "xlsx"}:
        cli.out.raw(_encoded(cli, found, form))
    elif form == "json":
        cli.out.value(found.to_json())
    elif form == "table":
        from crmkit.cli import _report

        cli.out.text(_report.draw(cli, found))
        if cli.out.terminal and name.strip().lower() == report.WEEKLY and not (first or cli.given["on"]):
            _week_before(cli, name)
    else:
        cli.out.rows(found.columns, found.entries())
    cli.attention()


def _form(cli: Cli, output: str) -> str:
    """Return the form: what `--format` says, else what the file's name ends in, else what suits."""
    if output in {"", "-"}:
        if cli.out.format == "xlsx" and cli.out.terminal:
            raise UsageError(N_("a workbook is not for a terminal"), hint=N_("name a file: -o report.xlsx"))
        return cli.out.format
    by_name = _FORMS.get(PurePath(output).suffix.lower(), "")
    asked = cli.out.format if cli.out.asked else ""
    if asked and by_name and asked != by_name:
        raise UsageError(
            N_("--format {format} does not go with a file called {name!r}"),
            format=asked,
            name=PurePath(output).name,
        )
    if not asked and not by_name:
        raise UsageError(
            N_("it cannot be seen from the name {name!r} what to write"),
            hint=N_("end it in .html, .xlsx, .md, .csv, .tsv, .json or .txt, or say --format"),
            name=output,
        )
    return asked or by_name


def _encoded(cli: Cli, found: Report, form: str) -> bytes:
    """Return the report as a file's bytes."""
    words = cli.out.words
    if form == "html":
        from crmkit.reports.html import html

        return html(found, words, cli.session.settings.name).encode()
    if form == "md":
        from crmkit.reports.markdown import markdown

        return markdown(found, words).encode()
    if form == "xlsx":
        from crmkit.reports.xlsx import xlsx

        return xlsx(found, words)
    if form == "table":
        from crmkit.cli import _report

        return _report.draw(cli, found, file=True).encode()
    if form in {"json", "jsonl"}:
        import json

        if form == "json":
            return f"{json.dumps(found.to_json(), ensure_ascii=False, indent=2)}\n".encode()
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in found.entries()).encode()
    from crmkit.cli import _cells, _render

    if form == "ids":
        raise UsageError(N_("ids are not written to a file"), hint=N_("print them: > FILE"))
    rows = [[_cells.plain(row.get(n)) for n in found.columns] for row in found.entries()]
    return _render.separated(found.columns, rows, form).encode()


def _save(cli: Cli, found: Report, form: str, output: str) -> None:
    from crmkit.exchange import files

    path = cli.cwd / Path(output).expanduser()
    data = _encoded(cli, found, form)
    if cli.given["dry_run"]:
        cli.out.note(_("{path} would be written: {n} bytes").format(path=output, n=len(data)))
        return
    files.replace(path, data)
    cli.out.note(_("saved {path}").format(path=output))


def _names(cli: Cli) -> None:
    """List the reports."""
    from crmkit.actions.report import GROUPS, NAMES

    if cli.out.format == "table":
        from crmkit.cli._help import two_columns
        from crmkit.cli._render import style

        lines: list[str] = []
        for title, names in GROUPS:
            lines += ["", style(_(title), "bold", on=cli.out.colour)]
            lines += two_columns((name, _(NAMES[name][1])) for name in names)
        lines += ["", _("crm report REPORT --help says how it is reckoned")]
        cli.out.text("\n".join(lines[1:]))
    else:
        cli.out.rows(
            ("id", "about"), [{"id": name, "about": _(about)} for name, (_m, about) in NAMES.items()]
        )


def _week_before(cli: Cli, name: str) -> None:
    """Say how to see the week before, since this one is not over."""
    from crmkit.actions.report import last_whole_week

    words = _("this week so far; the one before: crm report {name} --from {day}")
    cli.out.note(words.format(name=name, day=last_whole_week(cli.session.now).isoformat()))
