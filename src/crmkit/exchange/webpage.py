"""The table in a web page: what many a web program hands out as `.xls`."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from crmkit.errors import Refused
from crmkit.exchange.table import MOST_CELL, MOST_ROWS, Grid, grid
from crmkit.exchange.text import decode
from crmkit.i18n import N_


def read(raw: bytes, name: str, encoding: str = "") -> Grid:
    """Return the largest table of the page. Raises Refused for a page without one."""
    parser = _Tables()
    parser.feed(decode(raw, name, encoding)[: 50 << 20])
    parser.close()
    rows = max(parser.tables, key=len, default=[])
    if not rows:
        raise Refused(N_("{name}: nothing stands in it"), name=name)
    return grid(name, [(n, list(cells)) for n, cells in enumerate(rows, 1) if any(cells)])


class _Tables(HTMLParser):
    """The cells of all tables, those within tables by themselves."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[Any]]] = []
        self._open: list[list[list[Any]]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "table":
            self._open.append([])
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self._end()
            if len(self._open[-1]) <= MOST_ROWS:
                self._open[-1].append([])
        elif tag in {"td", "th"} and self._open:
            self._end()
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "tr", "table"}:
            self._end()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _end(self) -> None:
        if self._cell is not None and self._open and self._open[-1]:
            text = "\n".join(" ".join(line.split()) for line in "".join(self._cell).strip().split("\n"))
            self._open[-1][-1].append(text[:MOST_CELL] or None)
        self._cell = None
