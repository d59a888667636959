"""A table for people, as wide as the terminal: ids, dates and amounts are never cut, heads are wrapped.

Texts that find no room beside them stand on a line below their row; on a very narrow terminal each row becomes a
block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from crmkit.cli._render import style
from crmkit.values.safe import cut, pad, safe, width

GAP = 2
LEAST = 6
"""Columns that a value of a block keeps at least."""
NAME = 16
"""Columns that a name or a longer text needs: with less it says nothing, and goes on the line below."""
SHORT = 12
"""Columns that a word of a vocabulary keeps, and that a single word of a head may claim."""
FIRST = 8
"""Columns for the first of several values, such as the names of a customer's contacts."""
_DOT = " · "
_WORD = re.compile(r"\s*(?:（[^（）]*）|[!-~]+|[^\W\x00-\x7f]{2}|\S)")
NUMBERS = frozenset({"money", "integer", "number", "percent", "average"})
_FIGURES = NUMBERS | {"date", "when", "boolean"}


def draw(
    names: Sequence[str],
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    types: Sequence[str],
    *,
    width: int,
    colour: bool,
) -> str:
    """Return the table as text; `names` are the columns' field names, `types` those of the catalogue."""
    columns = [
        Column(name, safe(head), kind, [row[i] for row in rows])
        for i, (name, head, kind) in enumerate(zip(names, heads, types, strict=True))
    ]
    columns = [c for c in columns if c.name == "id" or c.widest]
    below: list[Column] = []
    for moved in (None, *_movable(columns)):
        below += [moved] if moved else []
        beside = [c for c in columns if c not in below]
        if widths := fit(beside, width):
            under = [[c.head for c in columns if c in below]]
            under += ([c.cells[n] for c in columns if c in below] for n in range(len(rows)))
            return _joined(beside, widths, under, width, colour=colour)
    return _blocks(columns, width, colour=colour)


@dataclass(frozen=True, eq=False)
class Column:
    """A column: its field's name and type, its head, the text of its cells."""

    name: str
    head: str
    type: str
    cells: Sequence[str]

    @cached_property
    def widest(self) -> int:
        """The width of its widest cell."""
        return max(map(width, self.cells), default=0)

    @cached_property
    def wrapped(self) -> int:
        """The width that it needs with its head on two lines."""
        return max(self.widest, _narrow(self.head))

    @property
    def figures(self) -> bool:
        """Whether a part of a cell would say something else than the whole."""
        return self.type in _FIGURES or self.name in {"id", "customer"}

    @property
    def many(self) -> bool:
        """Whether its cells tell of several entries, such as the names of contacts."""
        return "." in self.name

    @property
    def least(self) -> int:
        """The width that it needs with its cells cut."""
        if self.figures:
            return self.wrapped
        most = SHORT if self.type == "vocabulary" else FIRST if self.many else NAME
        return max(min(self.widest, most), self.wrapped if self.wrapped > self.widest else 0)


def _movable(columns: Sequence[Column]) -> list[Column]:
    """Return the columns that can stand below their row: the longest texts first, then words of a vocabulary.

    What names the record itself stays to the last; a customer's name may go.
    """
    able = [c for c in columns if not c.figures]
    title = able[:1] if able and able[0].name != "customer_name" else []
    return sorted(able, key=lambda c: (c in title, c.type == "vocabulary", -c.widest))


def fit(columns: Sequence[Column], room: int) -> list[int] | None:
    """Return the widths of columns side by side, None where they do not fit.

    Room is made by wrapping heads, then by showing the first of several values, then by cutting texts.
    """
    room -= GAP * (len(columns) - 1)
    least = [c.least for c in columns]
    if sum(least) > room:
        return None
    widths = [min(max(width(c.head), c.widest), room) for c in columns]
    for narrower in (
        [c.wrapped for c in columns],
        [c.least if c.many else c.wrapped for c in columns],
        least,
    ):
        widths = _shrink(widths, narrower, room)
    return widths


def _joined(
    columns: Sequence[Column],
    widths: Sequence[int],
    below: Sequence[Sequence[str]],
    room: int,
    *,
    colour: bool,
) -> str:
    """Return the head and the rows, each with what stands below it."""
    heads = [
        [cut(line, w) for line in _folded(c.head, min(w, c.wrapped))] if width(c.head) > w else [c.head]
        for c, w in zip(columns, widths, strict=True)
    ]
    high = max(map(len, heads))
    lines = _rich(columns, heads, widths, colour=colour).splitlines()
    told = [[f"    {line}" for line in _flowing([t for t in texts if t], room - 4)] for texts in below]
    out = [*lines[:high], *(style(line, "dim", on=colour) for line in told[0])]
    for line, more in zip(lines[high:], told[1:], strict=True):
        out += [line, *more]
    return "".join(f"{line}\n" for line in out)


def _flowing(texts: Sequence[str], room: int) -> list[str]:
    """Return texts with dots between them, on as many lines as they need; only the last and an endless one are cut."""
    lines: list[str] = []
    for i, text in enumerate(texts):
        left = room - width(lines[-1] + _DOT) if lines else 0
        if lines and (width(text) <= left or (i == len(texts) - 1 and left >= NAME)):
            lines[-1] += _DOT + cut(text, left)
        else:
            lines.append(cut(text, room))
    return lines


def _folded(head: str, columns: int) -> list[str]:
    """Break a head into lines; Chinese after every second character, where most of its words end."""
    lines: list[str] = []
    for word in _WORD.findall(head):
        if lines and width(lines[-1] + word) <= columns:
            lines[-1] += word
        else:
            lines.append(word.lstrip())
    if len(lines) > 1 and len(lines[-1]) == 1 and len(lines[-2]) > 2 and not head.isascii():
        lines[-2:] = [lines[-2][:-1], lines[-2][-1] + lines[-1]]  # no single character is left over
    return lines or [""]


def _narrow(head: str) -> int:
    """Return how narrow a column may be for its head to stand on two lines, a long word cut to SHORT."""
    for columns in range(1, min(width(head), SHORT) + 1):
        lines = _folded(head, columns)
        if len(lines) <= 2 and max(map(width, lines)) <= columns:
            return columns
    return min(width(head), SHORT)


def _shrink(widths: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Take from the widest that can give until all fit, or none can."""
    out = list(widths)
    while sum(out) > room:
        able = [w if w > m else 0 for w, m in zip(out, least, strict=True)]
        if not any(able):
            break
        out[able.index(max(able))] -= 1
    return out


def _rich(
    columns: Sequence[Column], heads: Sequence[Sequence[str]], widths: Sequence[int], *, colour: bool
) -> str:
    import io

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(
        file=io.StringIO(),
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        width=sum(widths) + GAP * len(widths),
        legacy_windows=False,
    )
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold" if colour else "")
    for column, head, space in zip(columns, heads, widths, strict=True):
        table.add_column(
            Text("\n".join(head)),  # Text, since a head or a cell may hold rich's own markup
            justify="right" if column.type in NUMBERS else "left",
            vertical="bottom",
            width=space,
            no_wrap=True,
            overflow="ellipsis",
            style="cyan" if column.name == "id" and colour else "",
        )
    for cells in zip(*(c.cells for c in columns), strict=True):
        table.add_row(*(Text(cut(cell, space)) for cell, space in zip(cells, widths, strict=True)))
    console.print(table)
    drawn: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())


def _blocks(columns: Sequence[Column], room: int, *, colour: bool) -> str:
    first, *others = columns
    label = max((width(c.head) for c in others), default=0)
    left = max(room - label - 4, LEAST)
    blocks = []
    for n, ident in enumerate(first.cells):
        told = [(style(pad(c.head, label), "dim", on=colour), c.cells[n]) for c in others if c.cells[n]]
        lines = [f"  {head}  {cut(cell, left)}" for head, cell in told]
        blocks.append("\n".join([style(ident, "cyan", on=colour), *lines]))
    return "\n\n".join(blocks) + "\n"
