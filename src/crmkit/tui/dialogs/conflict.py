"""Somebody else changed the record that is being edited: both versions side by side, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Static

from crmkit.i18n import _
from crmkit.tui.dialogs.dialog import Dialog, button
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.amend import Clash


class BothVersions(Dialog[str]):
    """Answers `mine` (put mine on top of theirs), `theirs` (take theirs), None (back to the form)."""

    def __init__(self, title: str, rows: Sequence[Clash]) -> None:
        """`rows` are the fields that either side changed."""
        super().__init__(title)
        self.rows = rows

    def body(self) -> Iterable[Widget]:
        """Return both versions side by side."""
        table = Table(expand=True, box=None, padding=(0, 1), show_edge=False)
        for label in ("", _("Theirs, in the file"), _("Yours")):
            table.add_column(Text(label), overflow="fold", ratio=1 if not label else 2)
        for row in self.rows:
            loud = "bold" if row.both else ""
            table.add_row(
                Text(safe(row.label), loud),
                Text(safe(row.theirs) or "—", "yellow" if row.theirs != row.before else "dim"),
                Text(safe(row.mine) or "—", "green" if row.mine != row.before else "dim"),
            )
        both = [r.label for r in self.rows if r.both]
        word = (
            _("both changed: {fields}").format(fields=", ".join(both))
            if both
            else _("each changed something else: yours can be put on top of theirs without loss")
        )
        yield Static(Text(safe(word), "bold"))
        with VerticalScroll(id="text", can_focus=False):
            yield Static(table)

    def buttons(self) -> Iterable[Widget]:
        """Return the ways out."""
        yield button(
            _("Put mine on top"), "mine", variant="warning" if any(r.both for r in self.rows) else "primary"
        )
        yield button(_("Take theirs"), "theirs")
        yield button(_("Back to the form"), "no")

    def on_mount(self) -> None:
        """Let enter mean what loses nothing."""
        self.query_one("#no", Button).focus()

    def pressed(self, button: str) -> None:
        """Answer."""
        self.dismiss(button)
