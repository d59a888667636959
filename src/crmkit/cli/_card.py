"""A card as text: its four columns side by side where the terminal is wide enough, else below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from crmkit.cli import _help
from crmkit.cli._render import style
from crmkit.reports.card import Column, Section, Sheet
from crmkit.values.safe import cut, pad, safe, width

GAP = 2
LEAST = 14
"""Columns that a column of the card needs at least; with less room they stand below each other."""
INDENT = " "
"""Before a field's value, so that it is told from its label without colours."""


def draw(sheet: Sheet, room: int, *, colour: bool) -> str:
    """Return the card as lines of at most `room` columns."""
    lines = [*_head(sheet, room, colour=colour), *_table(sheet.columns, room, colour=colour)]
    lines.append("─" * room)
    for section in sheet.sections:
        lines += _section(section, room, colour=colour)
    lines += ["", *(style(line, "bold", on=colour) for line in fold(sheet.notice, room))]
    lines += (style(line, "dim", on=colour) for line in fold(sheet.footer, room))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _head(sheet: Sheet, room: int, *, colour: bool) -> Iterator[str]:
    shade = {"overdue": "red", "today": "yellow", "soon": "green"}.get(sheet.state, "dim")
    left = max(room - width(sheet.title) - width(sheet.when) - 2 * GAP, LEAST)
    name = cut(safe(sheet.customer_name), left)
    start = f"{style(sheet.title, 'dim', on=colour)}{' ' * GAP}{style(name, 'bold', on=colour)}"
    used = width(sheet.title) + GAP + width(name)
    if used + GAP + width(sheet.when) <= room:
        yield start + " " * (room - used - width(sheet.when)) + style(sheet.when, shade, on=colour)
    else:
        yield from (start, style(sheet.when, shade, on=colour))
    yield style(safe(sheet.id), "cyan", on=colour)  # whole, to be copied


def _table(columns: Sequence[Column], room: int, *, colour: bool) -> Iterator[str]:
    """Yield the columns side by side under their headings, else one below the other."""
    if room < sum(map(_least, columns)) + GAP * (len(columns) - 1):
        for column in columns:
            yield "─" * room
            yield style(column.title, "bold", on=colour)
            yield from _styled(_cells(column, room), colour=colour)
        return
    widths = _widths(columns, room - GAP * (len(columns) - 1))
    gap = " " * GAP
    yield gap.join("─" * w for w in widths)
    heads = (pad(c.title, w) for c, w in zip(columns, widths, strict=True))
    yield style(gap.join(heads).rstrip(), "bold", on=colour)
    yield gap.join("─" * w for w in widths)
    told = [_cells(c, w) for c, w in zip(columns, widths, strict=True)]
    for lines in zip_longest(*told, fillvalue=(False, "")):
        parts = (
            style(pad(text, w), "dim", on=colour and is_label)
            for (is_label, text), w in zip(lines, widths, strict=True)
        )
        yield gap.join(parts)


def _least(column: Column) -> int:
    return max(LEAST, width(column.title))


def _widths(columns: Sequence[Column], room: int) -> list[int]:
    """Make the card as low as it can be: the highest column grows first; what none of them needs is shared out."""
    widths = [_least(c) for c in columns]
    heights = [len(_cells(c, w)) for c, w in zip(columns, widths, strict=True)]
    for _ in range(room - sum(widths)):
        at = heights.index(max(heights))
        widths[at] += 1
        heights[at] = len(_cells(columns[at], widths[at]))
    lowest = max(heights)
    for at, column in enumerate(columns):
        while widths[at] > _least(column) and len(_cells(column, widths[at] - 1)) <= lowest:
            widths[at] -= 1
    each, rest = divmod(room - sum(widths), len(columns))
    return [w + each + (at < rest) for at, w in enumerate(widths)]


def _cells(column: Column, room: int) -> list[tuple[bool, str]]:
    """Return the lines of a column: its labels (True) and, below each, its value."""
    lines: list[tuple[bool, str]] = []
    for cell in column.cells:
        lines += ((True, line) for line in fold(cell.label, room))
        for text in cell.text.splitlines() or [""]:
            lines += ((False, INDENT + line) for line in fold(safe(text), room - len(INDENT)))
    return lines


def _styled(lines: Sequence[tuple[bool, str]], *, colour: bool) -> Iterator[str]:
    yield from (style(text, "dim", on=colour and is_label) for is_label, text in lines)


def _section(section: Section, room: int, *, colour: bool) -> Iterator[str]:
    yield style(section.title, "bold", *(["red"] if section.alert else []), on=colour)
    for text in section.lines:
        first, *more = fold(safe(text), room - 2)
        yield f"- {first}"
        yield from (f"  {line}" for line in more)


def fold(text: str, room: int) -> list[str]:
    """Break a text into lines of at most `room` columns; a word that is longer is broken where it must be."""
    lines = []
    for line in _help.fold(text, room):
        rest = line
        while width(rest) > room and (head := cut(rest, room, mark="")):
            lines.append(head)
            rest = rest[len(head) :]
        lines.append(rest)
    return lines
