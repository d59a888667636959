"""Choices side by side: a list of a vocabulary's values, several of which may hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from crmkit.i18n import N_
from crmkit.tui.guard import Guarded
from crmkit.tui.keys import bind, translate
from crmkit.tui.widgets.rows import shown


class Chips(Guarded, Widget, can_focus=True):
    """`[x] Phone  [ ] E-mail`: arrows move, space and the mouse turn one on or off."""

    DEFAULT_CSS = """
    Chips {
        width: 1fr; height: auto; background: $surface;
        & > .chips--on { color: $text-success; text-style: bold; }
        & > .chips--here { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    Chips:focus { background: $boost; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"chips--on", "chips--here"}
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("space,enter", "flip", N_("Choose"), "chips.toggle"),
        bind("left,h,up", "step(-1)", N_("Left"), "chips.left", show=False),
        bind("right,l,down", "step(1)", N_("Right"), "chips.right", show=False),
    ]
    at: reactive[int] = reactive(0)

    class Changed(Message):
        """Something was turned on or off."""

        def __init__(self, chips: Chips) -> None:
            self.chips = chips
            super().__init__()

        @property
        def control(self) -> Chips:
            """The widget."""
            return self.chips

    def __init__(
        self, choices: Sequence[tuple[str, str]], on: Sequence[str] = (), *, classes: str = ""
    ) -> None:
        """`choices` are `(code, label)`, `on` the codes that hold."""
        super().__init__(classes=classes)
        translate(self)
        known = [code for code, _ in choices]
        self.choices = [*choices, *((code, code) for code in on if code not in known)]
        self.on = set(on)

    @property
    def codes(self) -> list[str]:
        """The codes that hold, in the order of the choices."""
        return [code for code, _ in self.choices if code in self.on]

    def _places(self, width: int) -> Iterator[tuple[int, int, int, str]]:
        """Yield number, line, column and text of each choice."""
        x = y = 0
        for number, (code, label) in enumerate(self.choices):
            text = f"[{'x' if code in self.on else ' '}] {shown(label)}"
            size = cell_len(text)
            if x and x + size > width:
                x, y = 0, y + 1
            yield number, y, x, text
            x += size + 2

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """Return the lines that the choices take."""
        return max((y for _, y, _, _ in self._places(width)), default=0) + 1

    def render_line(self, y: int) -> Strip:
        """Draw one line of choices."""
        parts: list[Segment] = []
        x = 0
        for number, line, start, text in self._places(self.size.width):
            if line != y:
                continue
            parts.append(Segment(" " * (start - x)))
            here = self.has_focus and number == self.at
            style = self.get_component_rich_style("chips--here", partial=True) if here else None
            if not here and self.choices[number][0] in self.on:
                style = self.get_component_rich_style("chips--on", partial=True)
            parts.append(Segment(text, style))
            x = start + cell_len(text)
        base = self.rich_style
        return Strip(parts).adjust_cell_length(self.size.width, base).apply_style(base)

    def validate_at(self, at: int) -> int:
        """Keep the cursor among the choices."""
        return max(0, min(at, len(self.choices) - 1))

    def action_step(self, by: int) -> None:
        """Move to the choice beside."""
        self.at += by

    def action_flip(self) -> None:
        """Turn the choice on or off."""
        if self.choices:
            self.on ^= {self.choices[self.at][0]}
            self.refresh()
            self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """Turn the choice under the pointer on or off."""
        for number, line, start, text in self._places(self.size.width):
            if line == event.y and start <= event.x < start + cell_len(text):
                self.at = number
                self.action_flip()
