"""`crm import`: records from files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.errors import NotFound, Refused, UsageError
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crmkit.actions._write import Done
    from crmkit.actions.importing import Import, Options
    from crmkit.actions.inbox import Look, Swept
    from crmkit.actions.session import Session

_PAUSE = 1.0
"""Seconds between two looks at a folder."""
_SETTLED = 10.0
"""Seconds after which a file that was not touched is complete without a second look."""

SPEC = Spec(
    about=N_("take records in from Excel, CSV and other files: one change, one undo"),
    args=(
        Arg(
            "file",
            N_("FILE"),
            N_("xlsx, xls, ods, csv, tsv, vcf, json, jsonl; eml, ics, a folder of them (- reads stdin)"),
            required=False,
            complete="file",
        ),
        Arg(
            "words",
            N_("FIELD=VALUE"),
            N_("holds for every record that does not say otherwise: source=展会 tags=2024展会"),
            required=False,
            many=True,
            complete="importing",
        ),
    ),
    options=(
        Opt(
            "kind",
            ("--kind",),
            N_("what the rows are, where the headings do not tell"),
            N_("KIND"),
            complete="kind",
        ),
        Opt(
            "maps",
            ("--map",),
            N_("this field stands under that heading (=HEADER leaves a column out); may be repeated"),
            N_("FIELD=HEADER"),
            many=True,
        ),
        Opt("sheet", ("--sheet",), N_("the sheet of a workbook, by name or number"), N_("NAME")),
        Opt(
            "encoding",
            ("--encoding",),
            N_("of a text file, where it is not found out: big5, utf-16"),
            N_("NAME"),
        ),
        Opt("update", ("--update",), N_("change what is known, add nothing")),
        Opt("add", ("--add",), N_("add what is new, change nothing")),
        Opt("key", ("--key",), N_("the field by which customers are known again"), N_("FIELD")),
        Opt(
            "errors",
            ("--errors",),
            N_("write the bad rows here (beside FILE, if not said)"),
            N_("FILE"),
            complete="file",
        ),
        Opt(
            "watch",
            ("--watch",),
            N_("import what is dropped into this folder, again and again"),
            N_("DIR"),
            complete="dir",
        ),
        Opt("once", ("--once",), N_("with --watch: one pass, for cron")),
    ),
    examples=(
        (N_("look first: what is recognised, and what would happen"), "crm import 客户.xlsx --dry-run"),
        (N_("take it in; crm undo takes it back"), "crm import 客户.xlsx"),
        (N_("a heading that nobody could guess"), "crm import leads.csv --map contacts.0.wechat=V信"),
        (N_("what they all have in common"), "crm import 展会名单.csv source=展会 tags=2024工博会"),
        (N_("mails and meetings as follow-ups of whoever is in them"), "crm import ~/mails"),
        (
            N_("a folder that a website or a scanner fills, from cron"),
            "crm import --watch ~/inbox --once -q source=online",
        ),
        (N_("follow-ups with their author and date"), "crm import 跟进记录.xlsx --kind followup"),
    ),
    notes=(
        N_(
            "A row changes the customer that has its number, tax id, name, phone or e-mail, and is added\n"
            "where there is none; empty cells change nothing. Bad rows are written to a file that says why\n"
            "and can be imported after mending."
        ),
    ),
)


def run(
    cli: Cli,
    *,
    file: str,
    words: tuple[str, ...],
    kind: str,
    maps: tuple[str, ...],
    sheet: str,
    encoding: str,
    update: bool,
    add: bool,
    key: str,
    errors: str,
    watch: str,
    once: bool,
) -> int:
    """Take the file in."""
    from crmkit.actions import importing
    from crmkit.cli import _progress

    if update and add:
        raise UsageError(
            N_("--update and --add exclude each other"), hint=N_("without either, both are done")
        )
    options = importing.Options(kind, maps, encoding, sheet)
    mode = "update" if update else "add" if add else ""
    if watch:
        if file and "=" not in file:
            raise UsageError(N_("--watch takes a folder and no FILE"))
        return _watch(cli, watch, options, ((file, *words) if file else words), mode, once=once)
    if not file or once:
        raise UsageError(N_("which file?"), hint=N_("crm import FILE, or crm import --watch DIR --once"))
    bar = None if cli.out.quiet else _progress.on_terminal(N_("reading the file"))
    folder = cli.cwd / Path(file).expanduser()
    if file != "-" and folder.is_dir():
        batch = importing.talks(cli.session, _talks(folder))
    else:
        batch = importing.read(cli.session, *_bytes(cli, file), options, cli.fields(words))
    made = importing.prepare(cli.session, batch, mode, key, bar)
    if cli.given["dry_run"]:
        made.dry_run()
        _preview(cli, made)
        return 0
    if cli.interactive and not cli.given["yes"]:
        _ask(cli, made)
    done = made.apply()
    where = _write_bad(cli, made, file, errors)
    _say(cli, made, done, where)
    return 1 if made.outcome.bad else 0


def _talks(folder: Path) -> list[tuple[str, bytes]]:
    """Return the mails and meetings in a folder."""
    from crmkit.exchange.files import limited

    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in {".eml", ".ics"} and p.is_file())
    if not found:
        raise UsageError(
            N_("{name} is a folder without mails (.eml) or meetings (.ics)"),
            hint=N_("name a file; a folder that is watched: crm import --watch {name}"),
            name=str(folder),
        )
    return [(p.name, limited(p)) for p in found]


def _bytes(cli: Cli, file: str) -> tuple[str, bytes]:
    import sys

    if file == "-":
        return "stdin", sys.stdin.buffer.read()
    from crmkit.exchange.files import limited

    path = cli.cwd / Path(file).expanduser()
    try:
        return path.name, limited(path)
    except FileNotFoundError:
        raise NotFound(N_("there is no file {name}"), name=file) from None


def _ask(cli: Cli, made: Import) -> None:
    """Show what would happen and ask; nothing to ask where nothing would."""
    from crmkit.cli import _import, _prompt

    made.dry_run()
    if not made.outcome.took:
        return
    cli.out.warn(_import.preview(cli, made).rstrip("\n"))
    if not _prompt.confirm(_question(made)):
        raise Refused(N_("stopped; nothing was written"))


def _question(made: Import) -> str:
    """Return the question to put before an import."""
    count = len(made.outcome.took)
    return ngettext("import {n} record?", "import {n} records?", count).format(n=count)


def _preview(cli: Cli, made: Import) -> None:
    from crmkit.cli import _import

    if cli.out.is_json:
        cli.out.value(_import.as_json(made))
    else:
        cli.out.text(_import.preview(cli, made))


def _say(cli: Cli, made: Import, done: Done, where: Path | None) -> None:
    from crmkit.cli import _import
    from crmkit.cli._context import commit_of

    outcome = made.outcome
    if cli.out.is_json:
        cli.out.value({**_import.as_json(made), "errors_file": str(where or "")})
    elif not cli.out.terminal or cli.out.asked:
        cli.out.rows(("id", "kind", "path"), [t.to_json() for t in outcome.took])
    undo = _("; crm undo takes it back") if done.commit and cli.out.terminal else ""
    cli.out.note(f"{made.batch.name}: {_import.told(outcome)}{commit_of(done)}{undo}")
    for line in _import.beside(outcome):
        cli.out.warn(line)
    unknown = [c.header for part in made.batch.parts for c in part.columns if c.stray]
    if unknown:
        text = ngettext("column not taken: {names}", "columns not taken: {names}", len(unknown))
        cli.out.note(text.format(names=", ".join(unknown)))
    if len(done.warnings):
        count = len(done.warnings)
        text = ngettext("{n} warning: crm check names it", "{n} warnings: crm check names them", count)
        cli.out.note(text.format(n=count))
    if where:
        text = _("the bad rows are in {path}: mend them there and import that file")
        cli.out.warn(text.format(path=where))
    if done.notice:
        cli.out.warn(f"note: {done.notice}")


def _write_bad(cli: Cli, made: Import, file: str, errors: str) -> Path | None:
    """Write the rows that were not imported to a file of their own; return where."""
    from crmkit.actions import importing
    from crmkit.exchange import files

    if not made.outcome.bad or (file == "-" and not errors):
        return None
    source = cli.cwd / Path(file).expanduser()
    path = cli.cwd / Path(errors).expanduser() if errors else source
    ending, data = importing.bad_file(made, path.suffix.lower() if errors else "")
    path = path if errors else source.with_name(f"{source.stem}-errors{ending}")
    files.replace(path, data)
    return path


def _watch(cli: Cli, folder: str, options: Options, words: tuple[str, ...], mode: str, *, once: bool) -> int:
    """Import what lies in a folder, once or again and again; 1 where something failed."""
    import time

    from crmkit.actions import inbox

    path = cli.cwd / Path(folder).expanduser()
    if not path.is_dir():
        raise NotFound(N_("there is no folder {name}"), name=folder)
    assignments = cli.fields(words)
    failed = False
    with inbox.alone(path):
        before = inbox.look(path)
        while True:
            if before:
                time.sleep(_patience(before))
            for swept in inbox.sweep(lambda: _fresh(cli), path, before, options, assignments, mode):
                failed = failed or bool(swept.error and swept.to.parent.name == inbox.FAILED)
                _swept(cli, swept)
            if once:
                return int(failed)
            if not before:
                time.sleep(_PAUSE)
            before = inbox.look(path)


def _patience(before: Look) -> float:
    """Return the seconds to wait for files that may still grow: none where all are older than that."""
    import time

    newest = max(mtime for _, mtime in before.values()) / 1e9
    return _PAUSE if time.time() - newest < _SETTLED else 0.0


def _fresh(cli: Cli) -> Session:
    """Return the book as it is now."""
    cli.__dict__.pop("session", None)
    return cli.session


def _swept(cli: Cli, swept: Swept) -> None:
    if cli.out.is_json:
        cli.out.value(swept.to_json())
        return
    counts = ", ".join(f"{n} {what}" for what, n in swept.counts.items() if n)
    said = f"{swept.name} -> {swept.to.parent.name}/{swept.to.name}: {counts or swept.error}"
    if swept.error and swept.to.parent.name == "failed":
        cli.out.warn(f"{said}; {swept.error}" if counts else said)
    else:
        cli.out.note(said)
