"""A line of buttons for the acts of a screen, for whoever does not know the keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from crmkit.i18n import _
from crmkit.tui.guard import Guarded

if TYPE_CHECKING:
    from crmkit.tui.app import CrmApp


class Act(Guarded, Static):
    """A button that leaves the focus where it is."""

    app: CrmApp

    def __init__(self, action: str, label: str) -> None:
        """Do `action` of the screen; `label` is a msgid."""
        name = re.sub(r"\W+", "-", action).strip("-")
        super().__init__(Text(f" {_(label)} "), classes="act", id=f"act-{name}")
        self.action = action

    async def on_click(self) -> None:
        """Do it."""
        await self.app.run_action(self.action, self.screen)


class Bar(Guarded, Horizontal):
    """Buttons side by side."""

    def __init__(self, acts: Sequence[tuple[str, str]]) -> None:
        """`acts` are `(action of the screen, label)`."""
        super().__init__(classes="bar")
        self.acts = acts

    def compose(self) -> ComposeResult:
        """Put the buttons side by side."""
        for action, label in self.acts:
            yield Act(action, label)
