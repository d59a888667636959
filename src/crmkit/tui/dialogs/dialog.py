"""What all dialogs are: a box over the screen with a title and buttons, left with esc."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Footer, Static

from crmkit.i18n import N_, _
from crmkit.tui.guard import Guarded
from crmkit.tui.keys import bind, translate
from crmkit.values.safe import safe

T = TypeVar("T")


class Dialog(Guarded, ModalScreen[T]):
    """A box with a title, what it is about, and buttons."""

    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "leave", N_("Cancel"), "dialog.leave")]

    def __init__(self, title: str) -> None:
        """`title` is shown as it is."""
        super().__init__()
        translate(self)
        self.heading = title

    def compose(self) -> ComposeResult:
        """Put the box together."""
        with Vertical(id="frame"):
            yield Static(Text(safe(self.heading)), id="title")
            yield from self.body()
            with Horizontal(id="buttons"):
                yield from self.buttons()
        yield Footer(compact=True, show_command_palette=False)

    def body(self) -> Iterable[Widget]:
        """Return what stands between title and buttons."""
        return ()

    def buttons(self) -> Iterable[Widget]:
        """Return the buttons; one with the id `no` leaves."""
        yield button(_("Cancel"), "no")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Leave on the button that says so."""
        event.stop()
        if event.button.id == "no":
            self.action_leave()
        else:
            self.pressed(event.button.id or "")

    def pressed(self, button: str) -> None:
        """Do what another button says."""

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


def button(label: str, ident: str, *, variant: str = "default") -> Button:
    """Return a button of one line."""
    return Button(Text(label), id=ident, variant=variant, compact=True)  # type: ignore[arg-type]
