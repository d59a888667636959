"""A table for people: as wide as the terminal, ids whole; on a narrow one a block for each row instead."""

from __future__ import annotations

from collections.abc import Sequence

from crmkit.cli._render import style
from crmkit.values.safe import cut, pad, width

GAP = 2
LEAST = 6
"""Columns that a shortened cell keeps at least."""


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
    names, heads, right = [names[i] for i in keep], [heads[i] for i in keep], [right[i] for i in keep]
    rows = [[row[i] for i in keep] for row in rows]
    widths = fit(names, heads, rows, width)
    if widths is None:
        return _blocks(heads, rows, width, colour=colour)
    return _rich(names, heads, rows, right, widths, colour=colour)


def fit(
    names: Sequence[str], heads: Sequence[str], rows: Sequence[Sequence[str]], room: int
) -> list[int] | None:
    """Return each column's width, the widest shortened first; None where not even ids fit."""
    widths = [max([width(head), *(width(row[i]) for row in rows)]) for i, head in enumerate(heads)]
    least = [w if n in {"id", "customer"} else min(w, LEAST) for n, w in zip(names, widths, strict=True)]
    gaps = GAP * (len(widths) - 1)
    if sum(least) + gaps > room:
        return None
    while (excess := sum(widths) + gaps - room) > 0:
        slack = [w if w > m else 0 for w, m in zip(widths, least, strict=True)]
        widest = max(slack)
        i = slack.index(widest)
        second = max((s for s in slack if s < widest), default=0)
        widths[i] -= max(1, min(excess, widest - max(second, least[i])))
    return widths


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


def _blocks(heads: Sequence[str], rows: Sequence[Sequence[str]], room: int, *, colour: bool) -> str:
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
