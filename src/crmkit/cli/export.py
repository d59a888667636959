"""`crm export`: records in a form that other programs read, and what is due as a calendar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import QUERY
from crmkit.errors import UsageError
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.actions.export import Written

ICS, FORM = "ics", "form"
MODELS = ("parquet", "duckdb")
"""The whole read model, for programs that analyse."""

SPEC = Spec(
    about=N_("records as Excel, CSV, JSON and other files; what is due as a calendar to subscribe to"),
    args=(
        Arg(
            "what",
            N_("WHAT"),
            N_(
                "a kind of record, book (all of them), ics (what is due), form (to fill in), parquet or duckdb"
            ),
            complete="export",
        ),
        QUERY,
    ),
    options=(
        Opt(
            "output",
            ("-o", "--output"),
            N_("write to this file; its ending says the form (-, if not said: print it)"),
            N_("FILE"),
            complete="file",
        ),
        Opt("columns", ("--columns",), N_("these fields, by comma"), N_("FIELD,..."), complete="field"),
        Opt(
            "kind",
            ("--kind",),
            N_("form: what it asks for (customer, if not said)"),
            N_("KIND"),
            complete="kind",
        ),
        Opt(
            "mark",
            ("--bom",),
            N_("CSV with a byte order mark, for Excel (files that -o names have one)"),
            off="--no-bom",
        ),
        Opt("within", ("--within",), N_("ics: look that far ahead: 30d, 6m (90d, if not said)"), N_("SPAN")),
        Opt(
            "owner",
            ("--owner",),
            N_("ics: whose rows: a name, me or all (all, if not said)"),
            N_("NAME"),
            complete="owner",
        ),
        Opt(
            "per_owner",
            ("--per-owner",),
            N_("ics: write DIR/OWNER.ics for everybody"),
            N_("DIR"),
            complete="dir",
        ),
    ),
    examples=(
        (N_("all customers for Excel"), "crm export customer -o customers.xlsx"),
        (
            N_("a target list to hand out, contact details shown"),
            "crm export customer 'budget>=50万' --columns name,contacts.0.name,contacts.0.mobile --reveal -o list.csv",
        ),
        (
            N_("the whole book, to be imported elsewhere without loss"),
            "crm export book --reveal -o book.jsonl",
        ),
        (
            N_("everything as a DuckDB database, or as Parquet files by month"),
            "crm export duckdb -o crm.duckdb",
        ),
        (
            N_("a form that people fill in and crm import reads"),
            "crm export form --kind customer -o 合作意向申请表.xlsx",
        ),
        (N_("my next three months"), "crm export ics --owner me -o ~/me.ics"),
        (
            N_("a file for everybody, for a web server to hand out; from cron"),
            "crm export ics --per-owner /srv/calendars -q",
        ),
        (N_("high-value customers alone"), "crm export ics tier:A --within 6m -o vip.ics"),
    ),
    notes=(
        N_(
            "Contact details are masked unless --reveal. Texts that a spreadsheet would take for formulas are guarded."
        ),
        N_("An entry that is put off moves in a subscribed calendar; what is answered is gone from it."),
    ),
    formats=("xlsx", "vcf"),
)


def run(
    cli: Cli,
    *,
    what: str,
    query: tuple[str, ...],
    within: str,
    owner: str,
    output: str,
    per_owner: str,
    columns: str,
    kind: str,
    mark: bool | None,
) -> None:
    """Write the records, the calendar, or a calendar for everybody."""
    if what == ICS:
        _calendars(cli, query, (within, owner), output, per_owner)
        return
    if what == FORM:
        _form_template(cli, kind, columns, output)
        return
    if kind:
        raise UsageError(N_("{option} belongs to: crm export form"), option="--kind")
    if what in MODELS:
        _model(cli, what, output)
        return
    for flag, value in (("--within", within), ("--owner", owner), ("--per-owner", per_owner)):
        if value:
            raise UsageError(N_("{option} belongs to: crm export ics"), option=flag)
    from crmkit.actions import export_records
    from crmkit.exchange import files

    path = cli.cwd / Path(output).expanduser() if output not in {"", "-"} else None
    form = _form(cli, path)
    marked = (path is not None) if mark is None else mark
    names = tuple(c for c in columns.split(",") if c)
    data, count = export_records.export(
        cli.session, what, " ".join(query), form, names, reveal=bool(cli.given["reveal"]), mark=marked
    )
    if path is None:
        if form == "xlsx" and cli.out.terminal:
            raise UsageError(
                N_("a workbook cannot be printed on a terminal"), hint=N_("write it to a file: -o FILE.xlsx")
            )
        cli.out.raw(data)
    else:
        changed = data != files.held(path) if cli.given["dry_run"] else files.replace(path, data)
        _told(cli, path, count, changed=changed)
    cli.attention()


def _form_template(cli: Cli, kind: str, columns: str, output: str) -> None:
    """Write an Excel form to fill in."""
    from crmkit.actions import form_template
    from crmkit.exchange import files

    if output in {"", "-"}:
        raise UsageError(N_("where to?"), hint=N_("-o FILE.xlsx"))
    path = cli.cwd / Path(output).expanduser()
    data = form_template.form(cli.session, kind, tuple(c for c in columns.split(",") if c))
    if not cli.given["dry_run"]:
        files.replace(path, data)
    cli.out.note(_("{path}: fill it in, then: crm import {path}").format(path=path))


def _model(cli: Cli, what: str, output: str) -> None:
    """Write the read model."""
    from crmkit.actions import export_records

    if output in {"", "-"}:
        raise UsageError(
            N_("where to?"),
            hint=N_("-o FILE.duckdb") if what == "duckdb" else N_("-o DIR: a folder of its own"),
        )
    path = cli.cwd / Path(output).expanduser()
    if cli.given["dry_run"]:
        cli.out.note(_("would write {path}").format(path=path))
        return
    counts = export_records.model(cli.session, what, path, reveal=bool(cli.given["reveal"]))
    if cli.out.asked:
        cli.out.rows(("table", "rows"), [{"table": t, "rows": n} for t, n in counts.items()])
    count = sum(counts.values())
    words = ngettext("{n} row", "{n} rows", count).format(n=count)
    cli.out.note(_("{path}: {count}").format(path=path, count=words))
    cli.attention()


def _form(cli: Cli, path: Path | None) -> str:
    """Return the form that `--format` or the file's ending asks for; CSV where neither does."""
    from crmkit.actions.export_records import FORMS

    if cli.out.asked:
        form = cli.out.format
    else:
        form = path.suffix.lower().lstrip(".") if path else ""
        form = {"txt": "csv", "ndjson": "jsonl", "": "csv"}.get(form, form)
    if form not in FORMS:
        raise UsageError(
            N_("records cannot be written as {form}"),
            hint=N_("one of: {forms}"),
            form=form,
            forms=", ".join(FORMS),
        )
    return form


def _told(cli: Cli, path: Path, count: int, *, changed: bool) -> None:
    words = ngettext("{n} record", "{n} records", count).format(n=count)
    text = _("{path}: {count}") if changed else _("{path}: {count}, as before")
    cli.out.note(text.format(path=path, count=words))


def _calendars(cli: Cli, query: tuple[str, ...], which: tuple[str, str], output: str, per_owner: str) -> None:
    within, owner = which
    if per_owner and (output or owner):
        raise UsageError(
            N_("--per-owner writes a file for everybody; {option} does not go with it"),
            option="--output" if output else "--owner",
        )
    from crmkit.actions import export

    words, reveal, trial = " ".join(query), bool(cli.given["reveal"]), bool(cli.given["dry_run"])
    if per_owner:
        folder = cli.cwd / Path(per_owner).expanduser()
        _say(cli, export.per_owner(cli.session, folder, words, within, reveal=reveal, trial=trial))
        cli.attention()
        return
    calendar = export.calendar(cli.session, words, within, owner or "all", reveal=reveal)
    if output in {"", "-"}:
        cli.out.raw(export.encoded(calendar))
    else:
        _say(cli, [export.to_file(calendar, cli.cwd / Path(output).expanduser(), trial=trial)])
    cli.attention()


def _say(cli: Cli, made: Sequence[Written]) -> None:
    """Name the files: to programs that ask as data, else to people beside it."""
    if cli.out.asked:
        cli.out.rows(("path", "owner", "rows", "changed"), [w.to_json() for w in made])
        return
    for one in made:
        count = ngettext("{n} entry", "{n} entries", one.rows).format(n=one.rows)
        text = _("{path}: {count}") if one.changed else _("{path}: {count}, as before")
        cli.out.note(text.format(path=one.path, count=count))
