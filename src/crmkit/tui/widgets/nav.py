"""The line at the top: which book, which screens there are, and what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from crmkit.i18n import _
from crmkit.tui.guard import Guarded
from crmkit.tui.screens import SCREENS
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.tui.app import CrmApp


class Tab(Guarded, Static):
    """The name of a screen; a click goes there."""

    app: CrmApp

    def __init__(self, name: str, key: str, label: str) -> None:
        """`label` is shown as it is."""
        super().__init__(Text.assemble((f"{key} ", "dim"), label), classes="tab")
        self.goes_to = name

    async def on_click(self) -> None:
        """Go to the screen."""
        await self.app.run_action(f"app.go('{self.goes_to}')")


class Word(Guarded, Static):
    """What the book says of itself, at the right end: files that need attention, work under way, the day."""

    app: CrmApp

    async def on_click(self) -> None:
        """Show what needs attention."""
        await self.app.run_action("app.problems")


class Ask(Guarded, Static):
    """`? Help`, for whoever looks for it."""

    app: CrmApp

    def __init__(self) -> None:
        """Say how help is found."""
        super().__init__(Text.assemble(("? ", "dim"), _("Help")), classes="tab", id="ask")

    async def on_click(self) -> None:
        """Show it."""
        await self.app.run_action("app.help")


class Nav(Guarded, Horizontal):
    """Screens by number, and a word on the book."""

    app: CrmApp

    def __init__(self, here: str) -> None:
        """Light the screen that is shown."""
        super().__init__(id="nav")
        self.here = here

    def compose(self) -> ComposeResult:
        """Put the line together."""
        for entry in SCREENS:
            tab = Tab(entry.name, entry.key, _(entry.label))
            tab.set_class(entry.name == self.here, "-here")
            yield tab
        yield Word("", id="word")
        yield Ask()

    def say(self, text: str, *, bad: bool = False) -> None:
        """Put a word at the right end."""
        word = self.query_one("#word", Static)
        word.update(Text(safe(text)))
        word.set_class(bad, "-bad")
