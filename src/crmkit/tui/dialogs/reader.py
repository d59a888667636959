"""A text to read: a card, help, what needs attention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from crmkit.i18n import N_, _
from crmkit.tui.dialogs.dialog import Dialog, button
from crmkit.tui.keys import bind


class Reader(Dialog[str]):
    """Shows a text until it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,q,space,enter", "leave", N_("Close"), "reader.leave"),
        bind("down,j", "scroll(1)", N_("Down"), show=False),
        bind("up,k", "scroll(-1)", N_("Up"), show=False),
        bind("pagedown", "scroll(10)", N_("Page down"), show=False),
        bind("pageup", "scroll(-10)", N_("Page up"), show=False),
    ]

    def __init__(self, title: str, text: Text, seconds: float = 0) -> None:
        """Show `text` as it is; for so many seconds where they are given."""
        super().__init__(title)
        self.text = text
        self.seconds = seconds

    def on_mount(self) -> None:
        """Close by itself where time is given."""
        if self.seconds:
            self.set_timer(self.seconds, self.action_leave)

    def body(self) -> Iterable[Widget]:
        """Return the text."""
        with VerticalScroll(id="text", can_focus=False):
            yield Static(self.text)

    def buttons(self) -> Iterable[Widget]:
        """Return the button that closes it."""
        yield button(_("Close"), "no")

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one("#text").scroll_relative(y=by, animate=False)
