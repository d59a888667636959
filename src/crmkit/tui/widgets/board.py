"""A board: columns side by side, each with what lies in it; what lies there can be pushed to the next column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from crmkit.i18n import N_
from crmkit.tui.guard import Guarded
from crmkit.tui.keys import bind, translate
from crmkit.tui.widgets.rows import Cell, fit, shown

LEAST = 24
"""Columns below which a column is not squeezed: the board scrolls sideways instead."""
GAP = 1
TONES = ("strong", "dim", "bad", "warn", "good")


class Item(NamedTuple):
    """One thing on the board: the id of its record and its lines, each a Cell."""

    key: str
    lines: Sequence[Cell]


class Stack(NamedTuple):
    """A column of the board: what it stands for, the lines of its heading, what lies in it."""

    name: str
    heading: Sequence[Cell]
    items: Sequence[Item] = ()


class Board(Guarded, ScrollView, can_focus=True):
    """Columns of items with a cursor; only what is seen is drawn.

    Messages: `Moved` when the cursor came to another item, `Chosen` on enter or a double click, `Pushed` when an item
    shall go to another column.
    """

    DEFAULT_CSS = """
    Board {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        & > .board--head { background: $panel; }
        & > .board--here { background: $panel; color: $text-accent; text-style: bold; }
        & > .board--cursor { background: $block-cursor-blurred-background; }
        &:focus > .board--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .board--held { background: $boost; text-style: bold; }
        & > .board--strong { text-style: bold; }
        & > .board--dim { color: $text-muted; }
        & > .board--bad { color: $text-error; }
        & > .board--warn { color: $text-warning; }
        & > .board--good { color: $text-success; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "board--head",
        "board--here",
        "board--cursor",
        "board--held",
        *(f"board--{tone}" for tone in TONES),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "choose", N_("Open"), "board.choose"),
        bind("less_than_sign,H,shift+left", "push(-1)", N_("Move back"), "board.back"),
        bind("greater_than_sign,L,shift+right", "push(1)", N_("Move on"), "board.on"),
        bind("left,h", "aside(-1)", N_("Column to the left"), "board.left", show=False),
        bind("right,l", "aside(1)", N_("Column to the right"), "board.right", show=False),
        bind("up,k", "step(-1)", N_("Up"), "board.up", show=False),
        bind("down,j", "step(1)", N_("Down"), "board.down", show=False),
        bind("pageup,ctrl+b", "step(-5)", N_("Page up"), "board.pageup", show=False),
        bind("pagedown,ctrl+f", "step(5)", N_("Page down"), "board.pagedown", show=False),
        bind("home,g", "step(-100000)", N_("First row"), "board.first", show=False),
        bind("end,G", "step(100000)", N_("Last row"), "board.last", show=False),
    ]

    place: reactive[tuple[int, int]] = reactive((0, 0))
    """The column and the item that the cursor is on."""

    class Moved(Message):
        """The cursor is on another item; `key` is its id, "" for none."""

        def __init__(self, board: Board, key: str) -> None:
            self.board, self.key = board, key
            super().__init__()

        @property
        def control(self) -> Board:
            """The board."""
            return self.board

    class Chosen(Moved):
        """The item was asked to be opened."""

    class Pushed(Moved):
        """The item shall go to the column called `name`."""

        def __init__(self, board: Board, key: str, name: str) -> None:
            self.name = name
            super().__init__(board, key)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        """Begin empty."""
        super().__init__(id=id)
        translate(self)
        self.stacks: Sequence[Stack] = ()
        self._held = ""

    # what is shown

    def show(self, stacks: Sequence[Stack]) -> None:
        """Show other columns; the cursor stays on its record, or near its place where that is gone."""
        key, (column, row) = self.key, self.place
        self.stacks = stacks
        self._measure()
        self.place = self.where(key) or self._within(column, row)
        self.refresh()
        if self.key != key:
            self.post_message(self.Moved(self, self.key))

    @property
    def key(self) -> str:
        """The id of the item under the cursor, "" for none."""
        column, row = self.place
        items = self.stacks[column].items if column < len(self.stacks) else ()
        return items[row].key if row < len(items) else ""

    @property
    def column(self) -> str:
        """The name of the column that the cursor is in, "" without any."""
        return self.stacks[self.place[0]].name if self.stacks else ""

    def where(self, key: str) -> tuple[int, int] | None:
        """Return column and place of an item, None where it is not on the board."""
        for column, stack in enumerate(self.stacks):
            for row, item in enumerate(stack.items):
                if key and item.key == key:
                    return column, row
        return None

    def go(self, key: str) -> bool:
        """Put the cursor on a record; return whether it is there."""
        found = self.where(key)
        if found:
            self.place = found
        return found is not None

    def _within(self, column: int, row: int) -> tuple[int, int]:
        column = max(0, min(column, len(self.stacks) - 1))
        items = self.stacks[column].items if self.stacks else ()
        return column, max(0, min(row, len(items) - 1))

    # the room

    @property
    def _head(self) -> int:
        return max((len(s.heading) for s in self.stacks), default=0)

    @property
    def _tall(self) -> int:
        """Lines that an item takes, the empty one below it included."""
        return 1 + max((len(i.lines) for s in self.stacks for i in s.items[:1]), default=1)

    @property
    def _wide(self) -> int:
        room = self.size.width - self.scrollbar_size_vertical
        return max(LEAST, room // max(1, len(self.stacks))) - GAP

    def _measure(self) -> None:
        deepest = max((len(s.items) for s in self.stacks), default=0)
        wide = (self._wide + GAP) * len(self.stacks)
        room = self.size.width - self.scrollbar_size_vertical
        self.virtual_size = Size(max(room, wide), self._head + deepest * self._tall)

    def on_resize(self) -> None:
        """Share out the new room."""
        self._measure()
        self.call_after_refresh(self._reveal)

    # drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is seen; the headings stay at the top."""
        heading = y < self._head
        parts: list[Segment] = []
        for number in range(len(self.stacks)):
            parts += self._heading(number, y) if heading else self._line(number, y + self.scroll_offset.y)
            parts.append(Segment(" " * GAP, self._style("head") if heading else Style.null()))
        left, width = self.scroll_offset.x, self.size.width
        base = self.rich_style
        return Strip(parts).adjust_cell_length(left + width, base).crop(left, left + width).apply_style(base)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"board--{name}", partial=True)

    def _heading(self, number: int, y: int) -> list[Segment]:
        lines = self.stacks[number].heading
        cell = lines[y] if y < len(lines) else Cell()
        style = self._style("here" if number == self.place[0] else "head")
        if cell.tone:
            style += self._style(cell.tone)
        return [Segment(" " + fit(shown(cell.text), self._wide - 1), style)]

    def _line(self, number: int, y: int) -> list[Segment]:
        row, line = divmod(y - self._head, self._tall)
        items = self.stacks[number].items
        if row >= len(items) or line >= len(items[row].lines):
            return [Segment(" " * self._wide)]
        cell = items[row].lines[line]
        over = Style.null()
        if (number, row) == self.place:
            over = self._style("cursor")
        elif items[row].key == self._held:
            over = self._style("held")
        tone = self._style(cell.tone) if cell.tone else Style.null()
        return [Segment(" " + fit(shown(cell.text), self._wide - 1), tone + over)]

    # moving

    def watch_place(self, before: tuple[int, int], at: tuple[int, int]) -> None:
        """Show the item that the cursor came to."""
        self._reveal()
        self.refresh()
        if before != at:
            self.post_message(self.Moved(self, self.key))

    def _reveal(self) -> None:
        column, row = self.place
        # the headings cover the topmost lines, so an item is seen when what lies above it by as much is
        region = Region(column * (self._wide + GAP), row * self._tall, self._wide, self._tall + self._head)
        self.scroll_to_region(region, animate=False, force=True)

    def action_aside(self, by: int) -> None:
        """Go to the next column."""
        if self.stacks:
            self.place = self._within(self.place[0] + by, self.place[1])

    def action_step(self, by: int) -> None:
        """Go up or down in a column."""
        if self.stacks:
            self.place = self._within(self.place[0], self.place[1] + by)

    def action_choose(self) -> None:
        """Ask for the item under the cursor to be opened."""
        if self.key:
            self.post_message(self.Chosen(self, self.key))

    def action_push(self, by: int) -> None:
        """Ask for the item under the cursor to go to the next column."""
        to = self.place[0] + by
        if self.key and 0 <= to < len(self.stacks):
            self.post_message(self.Pushed(self, self.key, self.stacks[to].name))

    # the mouse

    def _under(self, event: events.MouseEvent) -> tuple[int, int]:
        """Return the column under the pointer and the place in it; -1 for no item."""
        column = (event.x + self.scroll_offset.x) // (self._wide + GAP)
        column = max(0, min(column, len(self.stacks) - 1))
        if event.y < self._head:
            return column, -1
        row = (event.y + self.scroll_offset.y - self._head) // self._tall
        return column, row if self.stacks and row < len(self.stacks[column].items) else -1

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take an item."""
        column, row = self._under(event)
        if self.stacks and row >= 0:
            self.place = column, row
            self._held = self.key
            self.capture_mouse()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Put it down: in another column it shall go there."""
        held, self._held = self._held, ""
        self.release_mouse()
        self.refresh()
        column, _row = self._under(event)
        if held and self.stacks and (was := self.where(held)) and was[0] != column:
            self.post_message(self.Pushed(self, held, self.stacks[column].name))

    def on_click(self, event: events.Click) -> None:
        """Open an item on the second click."""
        if event.chain == 2 and self._under(event)[1] >= 0:
            self.action_choose()


__all__ = ["Board", "Item", "Stack"]
