"""`crm undo`: take back the last change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli, commit_of
from crmkit.cli._spec import Opt, Spec
from crmkit.errors import Refused, UsageError
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions._write import Done

SPEC = Spec(
    about=N_("take back the last change, as a new commit; undo of an undo redoes"),
    options=(
        Opt(
            "last",
            ("--last",),
            N_("so many changes together; those taken back already do not count"),
            N_("N"),
            number=True,
        ),
    ),
    examples=(
        (N_("see what would be taken back"), "crm undo --dry-run"),
        (N_("take it back"), "crm undo"),
        (N_("then the change before it, and so on"), "crm undo --last 1"),
        (N_("the last three changes at once"), "crm undo --last 3"),
    ),
    notes=(N_("A second crm undo makes the change again; --last goes further back."),),
)


def run(cli: Cli, *, last: str) -> int:
    """Show what is taken back, ask on a terminal, do it and say what it was."""
    from crmkit.actions import undo

    if last and int(last) < 1:
        raise UsageError(N_("how many changes? at least one"), hint=N_("for example --last 2"))
    prepared = undo.undo(cli.session, int(last) if last else 0)
    ask = ""
    other = "" if cli.given["yes"] or cli.given["dry_run"] else undo.whose(cli.session)
    if other and not cli.interactive:
        raise Refused(
            N_("the last change is {name}'s, not yours"),
            hint=N_("look with crm undo --dry-run; take it back all the same with --yes"),
            name=other,
        )
    if cli.interactive and not cli.given["dry_run"]:
        again, what = undo.turned(prepared.preview.message)
        question = (
            _("the last change was an undo; make this again: {what}?")
            if again
            else _("take this back: {what}?")
        )
        ask = question.format(what=f"{what} ({other})" if other else what)
    return cli.change(prepared, ask=ask, saved=lambda done: _said(cli, done))


def _said(cli: Cli, done: Done) -> str:
    """Return what was taken back or made again, and on a terminal what a second `crm undo` does."""
    from crmkit.actions import undo

    again, what = undo.turned(done.message)
    told = (_("redone: {what}") if again else _("undone: {what}")).format(what=what) + commit_of(done)
    if not cli.out.terminal:
        return told
    if again:
        return told + _("; crm undo takes it back")
    return told + _("; crm undo makes it again, crm undo --last 1 takes back the change before it")
