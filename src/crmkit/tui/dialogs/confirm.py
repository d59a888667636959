"""Questions: yes or no, and a list to pick from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from crmkit.i18n import N_, _
from crmkit.tui.dialogs.dialog import Dialog, button
from crmkit.tui.keys import bind
from crmkit.values.safe import safe


class Confirm(Dialog[bool]):
    """Asks yes or no; shows what would change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "yes", N_("Yes"), "dialog.yes"),
        bind("n", "leave", N_("No"), "dialog.no"),
        bind("left,right,h,l", "other", N_("Other button"), show=False),
    ]

    def __init__(self, title: str, text: Text | str = "", *, yes: str = "", danger: bool = False) -> None:
        """`yes` words the button that agrees; `danger` marks what cannot be undone."""
        super().__init__(title)
        self.text = text if isinstance(text, Text) else Text(safe(text, newlines=True))
        self.yes = yes or _("Yes")
        self.danger = danger

    def body(self) -> Iterable[Widget]:
        """Return what the question is about."""
        if self.text:
            with VerticalScroll(id="about", can_focus=False):
                yield Static(self.text)

    def buttons(self) -> Iterable[Widget]:
        """Return yes and no."""
        yield button(self.yes, "yes", variant="error" if self.danger else "primary")
        yield button(_("Cancel"), "no")

    def on_mount(self) -> None:
        """Let enter mean the harmless answer where the other cannot be undone."""
        self.query_one("#no" if self.danger else "#yes", Button).focus()

    def pressed(self, button: str) -> None:  # noqa: ARG002 - there is one
        """Agree."""
        self.dismiss(result=True)

    def action_yes(self) -> None:
        """Agree."""
        self.dismiss(result=True)

    def action_other(self) -> None:
        """Go to the other button."""
        self.focus_next()


class Pick(Dialog[str]):
    """Lets one of several be picked."""

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """`choices` are `(id, label)`."""
        super().__init__(title)
        self.choices = choices
        self.chosen = chosen

    def body(self) -> Iterable[Widget]:
        """Return the list."""
        yield OptionList(*(Option(Text(safe(label))) for _ident, label in self.choices), id="choices")

    def on_mount(self) -> None:
        """Begin at what holds now."""
        choices = self.query_one(OptionList)
        ids = [ident for ident, _label in self.choices]
        choices.highlighted = ids.index(self.chosen) if self.chosen in ids else 0
        choices.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with what was picked."""
        event.stop()
        self.dismiss(self.choices[event.option_index][0])
