"""One line to type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget
from textual.widgets import Input

from crmkit.actions.form import Ask
from crmkit.i18n import _
from crmkit.tui.dialogs.dialog import Dialog, button
from crmkit.tui.widgets.field import Field


class Line(Dialog[str]):
    """Asks for one line; enter answers."""

    def __init__(self, title: str, ask: Ask, known: Sequence[str] = ()) -> None:
        """Offer `known` texts while typing."""
        super().__init__(title)
        self.ask = ask
        self.known = list(known)

    def body(self) -> Iterable[Widget]:
        """Return the line."""
        yield Field(self.ask)

    def buttons(self) -> Iterable[Widget]:
        """Return yes and no."""
        yield button(_("Save"), "save", variant="primary")
        yield button(_("Cancel"), "no")

    def on_mount(self) -> None:
        """Begin to type."""
        field = self.query_one(Field)
        field.suggest(self.known)
        field.box.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        event.stop()
        self.pressed("save")

    def pressed(self, button: str) -> None:  # noqa: ARG002 - there is one
        """Answer."""
        field = self.query_one(Field)
        if self.ask.required and not field.value:
            field.say(_("this is needed"), wrong=True)
        else:
            self.dismiss(field.value)
