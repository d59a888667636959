"""The line that is typed into to find something."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets import Input

from crmkit.i18n import N_
from crmkit.tui.guard import Guarded
from crmkit.tui.keys import bind, translate

PAUSE = 0.015
"""Seconds without a key after which is searched: fast typing asks once."""


class Search(Guarded, Input):
    """What is typed is asked for at once; enter and down go to what was found, esc gives up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", N_("Clear"), "search.leave"),
        bind("down,enter", "found", N_("To the list"), "search.found"),
    ]

    class Asked(Message):
        """Something else is asked for."""

        def __init__(self, search: Search, text: str) -> None:
            self.search, self.text = search, text
            super().__init__()

        @property
        def control(self) -> Search:
            """The line."""
            return self.search

    class Left(Message):
        """The line was left for the list."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        """Say in `placeholder` what can be typed."""
        super().__init__(placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        translate(self)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask after a short pause."""
        event.stop()
        self.spawn(self._ask, "search")

    async def _ask(self) -> None:
        import asyncio

        await asyncio.sleep(PAUSE)
        self.post_message(self.Asked(self, self.value.strip()))

    def action_leave(self) -> None:
        """Give up what was asked for."""
        self.value = ""
        self.post_message(self.Left())

    def action_found(self) -> None:
        """Go to what was found."""
        self.post_message(self.Left())
