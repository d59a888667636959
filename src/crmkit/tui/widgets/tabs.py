"""A line of names of which one holds: saved views, parts of a dossier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import HorizontalScroll
from textual.message import Message
from textual.widgets import Static

from crmkit.tui.guard import Guarded
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.tui.app import CrmApp


class Tab(Guarded, Static):
    """One name; a click chooses it."""

    app: CrmApp

    def __init__(self, key: str, label: str) -> None:
        """Show `label` as it is."""
        super().__init__(Text(safe(label)), classes="choice")
        self.key = key

    def on_click(self) -> None:
        """Choose it."""
        if isinstance(self.parent, Tabs):
            self.parent.choose(self.key)


class Tabs(Guarded, HorizontalScroll, can_focus=False):
    """Names side by side."""

    class Chosen(Message):
        """Another name holds."""

        def __init__(self, tabs: Tabs, key: str) -> None:
            self.tabs, self.key = tabs, key
            super().__init__()

        @property
        def control(self) -> Tabs:
            """The line."""
            return self.tabs

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Show nothing yet."""
        super().__init__(id=id, classes="tabs")
        self.names: list[tuple[str, str]] = []
        self.chosen = ""

    def show(self, names: Sequence[tuple[str, str]], chosen: str) -> None:
        """Show `(key, label)`; where they are the same as before only what holds is lit."""
        self.chosen = chosen
        if list(names) != self.names:
            self.names = list(names)
            self.remove_children()
            self.mount(*(Tab(key, label) for key, label in names))
        for tab in self.query(Tab):
            tab.set_class(tab.key == chosen, "-here")
            if tab.key == chosen:
                self.call_after_refresh(self.scroll_to_widget, tab, animate=False)

    def choose(self, key: str) -> None:
        """Let another name hold."""
        if key != self.chosen:
            self.show(self.names, key)
            self.post_message(self.Chosen(self, key))

    def step(self, by: int) -> None:
        """Choose the name beside."""
        keys = [key for key, _label in self.names]
        if keys:
            at = keys.index(self.chosen) if self.chosen in keys else 0
            self.choose(keys[(at + by) % len(keys)])
