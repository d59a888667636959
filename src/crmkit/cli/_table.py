"""A table for people: as wide as the terminal, ids whole; on a narrow one a block for each row instead."""

from __future__ import annotations

from collections.abc import Sequence

from crmkit.cli._render import style
from crmkit.values.safe import cut, pad, width

GAP = 2
LEAST = 6
"""Columns that a shortened cell keeps at least."""
NAME = 16
"""Columns that a name needs; with less it stands on a line of its own: a cut name is of no use."""
SHORT = 12
"""Cells up to this width (dates, amounts, words of a vocabulary) stay whole where that is possible."""


def draw(
    names: Sequence[str],
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    *,
    width: int,
    colour: bool,
) -> str:
    """Return the table as text. `names` are the columns' field names: `id` is never shortened."""
    keep = [i for i in range(len(names)) if names[i] == "id" or any(row[i] for row in rows)]
    title = next((i for i in keep if names[i] not in _WHOLE), -1)
    part = Part(names, heads, rows, right, keep)
    if widths := part.fit(width, ((24, SHORT), (NAME, SHORT), (NAME, 8)), title):
        return "".join(f"{line}\n" for line in part.drawn(widths, colour=colour))
    rest = Part(names, heads, rows, right, [i for i in keep if i != title])
    if widths := rest.fit(width, ((0, SHORT), (0, 10), (0, LEAST)), -1):
        head, *lines = rest.drawn(widths, colour=colour)
        told = [f"{line}\n    {cut(row[title], width - 4)}\n" for line, row in zip(lines, rows, strict=True)]
        return "".join([f"{head}\n", *told])
    return _blocks(part, width, colour=colour)


_WHOLE = frozenset({"id", "customer"})


class Part:
    """The columns of a table that stand side by side."""

    def __init__(
        self,
        names: Sequence[str],
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        right: Sequence[bool],
        keep: Sequence[int],
    ) -> None:
        """`keep` are the numbers of the columns."""
        self.keep = keep
        self.names = [names[i] for i in keep]
        self.heads = [heads[i] for i in keep]
        self.right = [right[i] for i in keep]
        self.rows = [[row[i] for i in keep] for row in rows]

    def fit(self, room: int, tries: Sequence[tuple[int, int]], title: int) -> list[int] | None:
        """Return the widths for the first of `tries` (least of the title, of any other) that fits."""
        room -= GAP * (len(self.names) - 1)
        cells = [max([4, *(width(row[i]) for row in self.rows)]) for i in range(len(self.names))]
        widths = [max(width(head), cell) for head, cell in zip(self.heads, cells, strict=True)]
        for named, other in tries:
            least = [
                cell if name in _WHOLE else min(cell, named if number == title else other)
                for cell, name, number in zip(cells, self.names, self.keep, strict=True)
            ]
            if sum(least) <= room:
                return _shrink(_shrink(widths, cells, room), least, room)
        return None

    def drawn(self, widths: Sequence[int], *, colour: bool) -> list[str]:
        """Return the head and a line for each row."""
        return _rich(self.names, self.heads, self.rows, self.right, widths, colour=colour).splitlines()


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
    names: Sequence[str],
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    widths: Sequence[int],
    *,
    colour: bool,
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
    for name, head, to_right, columns in zip(names, heads, right, widths, strict=True):
        table.add_column(
            Text(cut(head, columns)),  # Text, since a head or a cell may hold rich's own markup
            justify="right" if to_right else "left",
            width=columns,
            no_wrap=True,
            overflow="ellipsis",
            style="cyan" if name == "id" and colour else "",
        )
    for row in rows:
        table.add_row(*(Text(cut(cell, columns)) for cell, columns in zip(row, widths, strict=True)))
    console.print(table)
    drawn: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines())


def _blocks(part: Part, room: int, *, colour: bool) -> str:
    heads, rows = part.heads, part.rows
    label = max(width(h) for h in heads)
    left = max(room - label - 4, LEAST)
    blocks = []
    for row in rows:
        lines = [style(row[0], "cyan", on=colour)]
        for head, cell in zip(heads[1:], row[1:], strict=True):
            if cell:
                lines.append(f"  {style(pad(head, label), 'dim', on=colour)}  {cut(cell, left)}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
