"""`crm check`: find what is wrong in the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.cli._context import Cli
from crmkit.cli._render import style
from crmkit.cli._spec import Opt, Spec
from crmkit.errors import CrmError
from crmkit.i18n import N_, _, ngettext
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.errors import Problem

SPEC = Spec(
    about=N_("find what is wrong in the files, where, and the way out"),
    options=(
        Opt("fix", ("--fix",), N_("put right what has one right answer; on a terminal, settle the attic")),
        Opt(
            "changes",
            ("--changes",),
            N_("judge commits instead: was each author in his right? (-: the lines of a pre-receive hook)"),
            N_("A..B"),
        ),
    ),
    examples=(
        (N_("everything"), "crm check"),
        (N_("for an editor or CI: file:line: field: what"), "crm check --format tsv"),
        (N_("for a script"), "crm check --json"),
        (N_("what a merge request would bring, in CI"), "crm check --changes origin/main..HEAD"),
    ),
    notes=(N_("Errors make it exit 3; warnings do not."),),
)
NAMES = ("path", "line", "field", "code", "severity", "message", "hint")
PROBLEMS = 3


def run(cli: Cli, fix: bool, changes: str) -> int:
    """Print the problems; exit 3 where there are errors."""
    if changes:
        return _tell(cli, _changes(cli, changes))
    from crmkit.actions import check
    from crmkit.settings.load import SettingsError

    try:
        if fix and cli.interactive and not cli.given["dry_run"]:
            _settle(cli)
        problems = check.check(cli.session, fix=fix)
    except SettingsError as e:  # nothing can be opened without settings: they are what must be mended first
        problems = list(e.problems)
    return _tell(cli, problems)


def _changes(cli: Cli, span: str) -> list[Problem]:
    from pathlib import Path

    from crmkit.actions import changes

    said = cli.given["book"] or cli.env.get("CRM_BOOK", "")
    folder, actor = cli.cwd / Path(said).expanduser(), cli.given["actor"] or ""
    if span == "-":
        return changes.pushed(folder, cli.stdin().splitlines(), cli.env, actor)
    return changes.between(folder, span, actor)


def _tell(cli: Cli, problems: list[Problem]) -> int:
    if cli.out.format == "table":
        cli.out.text("".join(f"{line}\n" for p in problems for line in _lines(p, colour=cli.out.colour)))
    else:
        cli.out.rows(NAMES, [_plain(p) for p in problems])
    errors = sum(p.severity == "error" for p in problems)
    warnings = len(problems) - errors
    cli.out.note(
        ngettext("{n} error", "{n} errors", errors).format(n=errors)
        + _(", ")
        + ngettext("{n} warning", "{n} warnings", warnings).format(n=warnings)
    )
    return PROBLEMS if errors else 0


def _settle(cli: Cli) -> None:
    """Ask for each value in the attics which one shall stand."""
    from crmkit.actions import settle
    from crmkit.book import attic
    from crmkit.cli import _prompt

    for opened in settle.unsettled(cli.session):
        entry = opened.entry
        cli.out.warn(f"{opened.id} {opened.title}: {entry.field or opened.path}")
        keep = _("keep what stands: {value}").format(value=attic.shown(opened.now))
        take = _("take back: {value} (by {by}, {at})").format(
            value=attic.shown(entry.value), by=entry.by or "?", at=entry.at[:16].replace("T", " ")
        )
        ways = [("keep", keep), ("take", take), ("later", _("leave it for later"))]
        answer = _prompt.choose(_("which one?"), ways)
        if answer == "later":
            continue
        try:
            settle.settle(cli.session, opened, take=answer == "take").apply()
        except CrmError as e:  # the others can be settled all the same
            cli.out.warn(f"error: {e}")
            cli.out.warn(f"hint: {e.hint}")


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "path": problem.path,
        "line": problem.line,
        "field": problem.field,
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.text,
        "hint": str(problem.hint),
    }


def _lines(problem: Problem, *, colour: bool) -> list[str]:
    where = f"{problem.path}:{problem.line}" if problem.line else problem.path or "-"
    grave = problem.severity == "error" or problem.code == "attic.important"
    label, shade = ("error" if problem.severity == "error" else "warning"), ("red" if grave else "yellow")
    field = f"{problem.field}: " if problem.field else ""
    head = f"{style(safe(where), 'bold', on=colour)}: {style(label, shade, on=colour)}: "
    lines = [head + safe(field + problem.text)]
    return [*lines, f"    hint: {safe(str(problem.hint))}"] if str(problem.hint) else lines
