"""`crm undo`: take back the last change."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("take back the last change, as a new commit; undo of an undo redoes"),
    examples=((N_("see what would be taken back"), "crm undo --dry-run"), (N_("take it back"), "crm undo")),
)


def run(cli: Cli) -> int:
    """Show what is taken back, ask on a terminal, and do it."""
    from crmkit.actions import undo

    prepared = undo.undo(cli.session)
    return cli.change(prepared, ask=_("take this back?") if cli.interactive else "")
