"""A table that draws only what is seen: ten rows or a hundred thousand cost the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from crmkit.i18n import N_
from crmkit.tui.guard import Guarded
from crmkit.tui.keys import bind, translate
from crmkit.tui.widgets.rows import Cell, Column, Line, Lines, Source, fit, shown

GUTTER = 2
GAP = 1
SCROLLBAR = 1
MIN_WIDTH = 4
TONES = ("strong", "dim", "bad", "warn", "good")


class Grid(Guarded, ScrollView, can_focus=True):
    """Rows with a cursor, marks and a heading that sorts.

    Messages: `Moved` when the cursor came to another row, `Chosen` on enter or a double click, `Sorted` when a heading
    was clicked, `Marked` when rows were marked, `Resized` when a column was given another width.
    """

    DEFAULT_CSS = """
    Grid {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        & > .grid--head { color: $foreground-muted; background: $panel; text-style: bold; }
        & > .grid--heading { color: $text-accent; text-style: bold; }
        & > .grid--cursor { background: $block-cursor-blurred-background; }
        &:focus > .grid--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .grid--hover { background: $boost; }
        & > .grid--mark { color: $accent; text-style: bold; }
        & > .grid--strong { text-style: bold; }
        & > .grid--dim { color: $foreground-muted; }
        & > .grid--bad { color: $text-error; }
        & > .grid--warn { color: $text-warning; }
        & > .grid--good { color: $text-success; }
        & > .grid--empty { color: $foreground-muted; text-style: italic; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--head",
        "grid--heading",
        "grid--cursor",
        "grid--hover",
        "grid--mark",
        "grid--empty",
        *(f"grid--{tone}" for tone in TONES),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "choose", N_("Open"), "grid.choose"),
        bind("up,k", "step(-1)", N_("Up"), "grid.up", show=False),
        bind("down,j", "step(1)", N_("Down"), "grid.down", show=False),
        bind("pageup,ctrl+b", "page(-1)", N_("Page up"), "grid.pageup", show=False),
        bind("pagedown,ctrl+f", "page(1)", N_("Page down"), "grid.pagedown", show=False),
        bind("home,g", "ends(-1)", N_("First row"), "grid.first", show=False),
        bind("end,G", "ends(1)", N_("Last row"), "grid.last", show=False),
        bind("left", "slide(-1)", N_("Scroll left"), "grid.left", show=False),
        bind("right", "slide(1)", N_("Scroll right"), "grid.right", show=False),
    ]
    MARKING: ClassVar[list[Binding]] = [
        bind("space", "mark", N_("Mark"), "grid.mark"),
        bind("asterisk", "mark_all", N_("Mark all"), "grid.mark_all", show=False),
    ]

    cursor: reactive[int] = reactive(0)
    hovered: reactive[int] = reactive(-1)

    class Moved(Message):
        """The cursor is on another row; `key` is its id, "" for none."""

        def __init__(self, grid: Grid, key: str) -> None:
            self.grid, self.key = grid, key
            super().__init__()

        @property
        def control(self) -> Grid:
            """The table."""
            return self.grid

    class Chosen(Moved):
        """The row was asked to be opened."""

    class Sorted(Message):
        """The heading of a column was clicked; `sort` is the field to sort by, with `-` before it to turn round."""

        def __init__(self, grid: Grid, sort: str) -> None:
            self.grid, self.sort = grid, sort
            super().__init__()

        @property
        def control(self) -> Grid:
            """The table."""
            return self.grid

    class Marked(Message):
        """Rows were marked or are no longer."""

        def __init__(self, grid: Grid) -> None:
            self.grid = grid
            super().__init__()

        @property
        def control(self) -> Grid:
            """The table."""
            return self.grid

    class Resized(Marked):
        """A column was given another width."""

    def __init__(self, *, id: str | None = None, marking: bool = False, empty: str = "") -> None:  # noqa: A002
        """With `marking` several rows can be marked; `empty` stands where there are none."""
        super().__init__(id=id)
        translate(self)
        if marking:
            for one in self.MARKING:
                self._bindings.key_to_bindings.setdefault(one.key, []).append(one)
            translate(self)
        self.marking = marking
        self.empty = empty
        self.columns: Sequence[Column] = ()
        self.source: Source = Lines()
        self.sort = ""
        self.marks: set[str] = set()
        self.widths: dict[str, int] = {}
        self._laid: list[tuple[Column, int]] = []
        self._lost = ""
        self._dragged: tuple[str, int, int] | None = None

    # what is shown

    def show(self, source: Source, columns: Sequence[Column] | None = None, sort: str | None = None) -> None:
        """Show other rows; the cursor stays on its record, or in its place where that is gone."""
        key, at, before = self._lost or self.key, self.cursor, self.scroll_offset.y
        if columns is not None:
            self.columns = columns
        if sort is not None:
            self.sort = sort
        self.source = source
        self.marks = {k for k in self.marks if source.find(k) is not None}
        self._lay_out()
        place = source.find(key) if key else None
        if place is None:
            self.cursor = self._near(min(at, len(source) - 1))
            self._lost = key  # its file may be unreadable for a moment: then the cursor comes back to it
        else:
            # the row stays where the eye has it; at the top of the list the top stays, while the row is seen
            seen_from_top = before == 0 and place < self.size.height - 1
            if not seen_from_top:
                self.scroll_to(y=max(0, before + place - at), animate=False, force=True)
            self.cursor = place
            self._lost = ""
        self.refresh()
        if self.key != key:
            self._tell()

    def redraw(self) -> None:
        """Draw again what is seen: cells have come, or the clock has moved on."""
        self.refresh()

    @property
    def key(self) -> str:
        """The id of the row under the cursor, "" for none."""
        return self.source.key(self.cursor) if 0 <= self.cursor < len(self.source) else ""

    @property
    def chosen(self) -> list[str]:
        """The ids that an act is about: the marked rows, else the one under the cursor."""
        if self.marks:
            return sorted(self.marks, key=lambda k: self.source.find(k) or 0)
        return [self.key] if self.key else []

    def go(self, key: str) -> bool:
        """Put the cursor on a record; return whether it is there."""
        at = self.source.find(key)
        if at is None:
            return False
        self.cursor = at
        return True

    def _near(self, at: int, step: int = 1) -> int:
        """Return the next place from `at` that is no heading."""
        for way in (step, -step):
            place = at
            while 0 <= place < len(self.source):
                if self.source.key(place):
                    return place
                place += way
        return 0

    # the room

    def _lay_out(self) -> None:
        room = max(1, self.size.width - GUTTER - SCROLLBAR)
        seen = [c for c in self.columns if room >= c.below]
        fixed = sum(self.widths.get(c.key, c.width) + GAP for c in seen)
        flex = [c for c in seen if c.flex and c.key not in self.widths]
        spare, shares = max(0, room - fixed), sum(c.flex for c in flex)
        self._laid = []
        for column in seen:
            width = self.widths.get(column.key, column.width)
            if column in flex:
                extra = spare * column.flex // shares
                spare, shares = spare - extra, shares - column.flex
                width += extra
            self._laid.append((column, width))
        wide = GUTTER + sum(w + GAP for _, w in self._laid)
        self.virtual_size = Size(
            min(wide, room + GUTTER) if wide <= room + GUTTER else wide, len(self.source) + 1
        )

    def on_resize(self) -> None:
        """Give the columns their share of the new room."""
        self._lay_out()
        self.call_after_refresh(self._reveal)

    # drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line of what is seen; the first is the heading."""
        width = self.size.width
        try:
            strip = self._heads() if y == 0 else self._row(y - 1 + self.scroll_offset.y)
        except Exception as error:  # noqa: BLE001 - a row that cannot be drawn must not take the others along
            self.app.log(error)
            strip = Strip([Segment("?")])
        base = self.rich_style
        left = self.scroll_offset.x
        return strip.adjust_cell_length(left + width, base).crop(left, left + width).apply_style(base)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"grid--{name}", partial=True)

    def _heads(self) -> Strip:
        style = self._style("head")
        parts = [Segment(" " * GUTTER, style)]
        for column, width in self._laid:
            arrow = ""
            if column.sort and column.sort == self.sort.lstrip("-"):
                arrow = "▼" if self.sort.startswith("-") else "▲"
            parts.append(Segment(fit(column.label + arrow, width, right=column.right) + " " * GAP, style))
        return Strip(parts).extend_cell_length(self.size.width, style)

    def _row(self, at: int) -> Strip:
        if at >= len(self.source):
            if at == 0 and self.empty:
                return Strip([Segment(f"  {self.empty}", self._style("empty"))])
            return Strip.blank(self.size.width)
        line = self.source.line(at)
        if line is not None and line.heading:
            tone = self._style("heading") + (self._style(line.tone) if line.tone else Style.null())
            return Strip([Segment(f" {shown(line.heading)}", tone)])
        key = self.source.key(at)
        over = Style.null()
        if at == self.cursor:
            over = self._style("cursor")
        elif at == self.hovered:
            over = self._style("hover")
        mark = "●" if key in self.marks else "▸" if at == self.cursor else " "
        parts = [Segment(f"{mark} ", self._style("mark") + over)]
        cells = line.cells if line else ()
        for number, (column, width) in enumerate(self._laid):
            index = self.columns.index(column)
            cell = cells[index] if index < len(cells) else Cell("…" if not line and not number else "")
            style = (self._style(cell.tone) if cell.tone else Style.null()) + over
            parts.append(Segment(fit(shown(cell.text), width, right=column.right), style))
            parts.append(Segment(" " * GAP, over))
        return Strip(parts).extend_cell_length(max(self.size.width, self.virtual_size.width), over)

    # moving

    def validate_cursor(self, at: int) -> int:
        """Keep the cursor among the rows."""
        return max(0, min(at, len(self.source) - 1))

    def watch_cursor(self, before: int, at: int) -> None:
        """Show the row that the cursor came to."""
        self._reveal()
        if before != at:
            self._tell()

    def _reveal(self) -> None:
        if self.size.height > 1:
            above = self.cursor - 1 if self.cursor and not self.source_key(self.cursor - 1) else self.cursor
            region = Region(self.scroll_offset.x, above, 1, 2 + self.cursor - above)
            self.scroll_to_region(region, animate=False, force=True)

    def source_key(self, at: int) -> str:
        """Return the id of the row at a place, "" beyond the end."""
        return self.source.key(at) if 0 <= at < len(self.source) else ""

    def _tell(self) -> None:
        self.post_message(self.Moved(self, self.key))

    def action_step(self, by: int) -> None:
        """Move the cursor by one row."""
        self._lost = ""
        to = self.cursor + by
        if 0 <= to < len(self.source):
            place = self._near(to, by)
            if (place - self.cursor) * by > 0:
                self.cursor = place

    def action_page(self, by: int) -> None:
        """Move the cursor by what is seen at once."""
        self._lost = ""
        to = self.cursor + by * max(1, self.size.height - 2)
        self.cursor = self._near(max(0, min(to, len(self.source) - 1)), by)

    def action_ends(self, way: int) -> None:
        """Move the cursor to the first row or the last."""
        self._lost = ""
        self.cursor = self._near(len(self.source) - 1 if way > 0 else 0, -way)

    def action_slide(self, by: int) -> None:
        """Scroll sideways."""
        self.scroll_relative(x=by * 8, animate=False)

    def action_choose(self) -> None:
        """Ask for the row under the cursor to be opened."""
        if self.key:
            self.post_message(self.Chosen(self, self.key))

    def action_mark(self) -> None:
        """Mark the row, or take its mark away, and go on to the next."""
        if self.key:
            self.marks ^= {self.key}
            self.post_message(self.Marked(self))
            self.refresh()
            self.action_step(1)

    def action_mark_all(self) -> None:
        """Mark all rows; where all are marked, none."""
        everything = {k for at in range(len(self.source)) if (k := self.source.key(at))}
        self.marks = set() if self.marks == everything else everything
        self.post_message(self.Marked(self))
        self.refresh()

    def clear_marks(self) -> None:
        """Mark nothing."""
        self.marks = set()
        self.post_message(self.Marked(self))
        self.refresh()

    def resize_column(self, key: str, width: int) -> None:
        """Give a column a width; 0 gives it back its own."""
        if width:
            self.widths[key] = max(MIN_WIDTH, width)
        else:
            self.widths.pop(key, None)
        self._lay_out()
        self.refresh()

    # the mouse

    def _at(self, event: events.MouseEvent) -> int:
        return event.y - 1 + self.scroll_offset.y if event.y > 0 else -1

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Light the row under the pointer; drag the edge of a column."""
        if self._dragged:
            key, start, width = self._dragged
            self.resize_column(key, width + event.x - start)
            return
        at = self._at(event)
        self.hovered = at if self.source_key(at) else -1

    def on_leave(self) -> None:
        """Put the light out."""
        self.hovered = -1

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the edge of a column."""
        if event.y == 0:
            edge = self._edge(event.x + self.scroll_offset.x)
            if edge:
                self._dragged = (edge[0].key, event.x, edge[1])
                self.capture_mouse()

    def on_mouse_up(self) -> None:
        """Let go of it."""
        if self._dragged:
            self._dragged = None
            self.release_mouse()
            self.post_message(self.Resized(self))

    def _edge(self, x: int) -> tuple[Column, int] | None:
        at = GUTTER
        for column, width in self._laid:
            at += width
            if x == at:
                return column, width
            at += GAP
        return None

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a row, open it on the second click; sort by a heading."""
        x = event.x + self.scroll_offset.x
        if event.y == 0:
            self._head_clicked(x)
            return
        at = self._at(event)
        if not self.source_key(at):
            return
        self._lost = ""
        self.cursor = at
        if self.marking and (event.ctrl or event.shift or event.x < GUTTER):
            self.marks ^= {self.key}
            self.post_message(self.Marked(self))
            self.refresh()
        elif event.chain == 2:
            self.action_choose()

    def _head_clicked(self, x: int) -> None:
        at = GUTTER
        for column, width in self._laid:
            if at <= x < at + width and column.sort:
                sort = f"-{column.sort}" if self.sort == column.sort else column.sort
                self.post_message(self.Sorted(self, sort))
                return
            at += width + GAP


__all__ = ["Cell", "Column", "Grid", "Line", "Lines"]
