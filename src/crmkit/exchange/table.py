"""Tables as they come from files and go to files: plain values, no library, no book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crmkit.errors import Refused
from crmkit.i18n import N_

MOST_BYTES = 200 << 20
"""Bytes of a file that is read; 50,000 customers with everything take about 30 MB."""
MOST_ROWS = 500_000
MOST_COLUMNS = 2_000
MOST_CELL = 200_000
"""Characters of one cell; Excel itself stops at 32,767."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table that was read: its header, and each row with its number as people see it in the file.

    Cells are what the file says: text, number, date, time, bool, None for nothing.
    """

    name: str
    headers: tuple[str, ...]
    rows: list[tuple[int, list[Any]]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that is written: the field's dotted name, its heading, the sort of its values."""

    name: str
    label: str
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that is written; a cell is None, text, bool, int, Decimal, date or datetime."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


def grid(name: str, lines: Sequence[tuple[int, list[Any]]]) -> Grid:
    """Return a table whose header is the first of `lines` in which most cells are filled; Refused without one.

    Titles and notes above a header (`客户导入表`, `说明：...`) are passed over.
    """
    if len(lines) > MOST_ROWS:
        raise Refused(
            N_("{name}: more than {most} rows"),
            hint=N_("split the file; each part can be imported by itself"),
            name=name,
            most=MOST_ROWS,
        )
    at = _header(lines)
    if at is None:
        raise Refused(
            N_("{name}: there is no header row"),
            hint=N_("the first row names the columns, such as 客户名称, 联系人, 手机"),
            name=name,
        )
    headers = _named(lines[at][1])
    if len(headers) > MOST_COLUMNS:
        raise Refused(N_("{name}: more than {most} columns"), name=name, most=MOST_COLUMNS)
    width = len(headers)
    rows = []
    for number, cells in lines[at + 1 :]:
        if any(c is not None and c != "" and not (isinstance(c, str) and not c.strip()) for c in cells):
            rows.append((number, (cells + [None] * width)[:width] if len(cells) != width else cells))
    return Grid(name, headers, rows)


def _header(lines: Sequence[tuple[int, list[Any]]]) -> int | None:
    """Return the place of the header among the first rows: the first that is as full as the fullest of them."""
    first = [
        (i, sum(isinstance(c, str) and bool(c.strip()) for c in cells))
        for i, (_, cells) in enumerate(lines[:10])
    ]
    filled = [(i, n) for i, n in first if n]
    if not filled:
        return None
    at, count = filled[0]
    if count == 1 and (more := [i for i, n in filled if n > 2]):
        return more[0]
    return at


def _named(cells: Sequence[Any]) -> tuple[str, ...]:
    names = ["" if c is None else str(c).strip() for c in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(" ".join(n.split()) for n in names)
