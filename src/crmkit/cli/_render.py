"""The only writer of stdout: data in the form that was asked for, or that suits where it goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crmkit.cli import _cells
from crmkit.i18n import _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.listing import Table

_UNLIMITED = 10_000
"""Columns of a table that goes to a file: nothing has to be cut."""


def write(text: str) -> None:
    """Write to stdout; what its encoding cannot hold is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    if not text.isascii() and encoding.lower().replace("-", "") != "utf8":
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    sys.stdout.write(text)


class Output:
    """Where and how a command's data are shown."""

    def __init__(self, given: Mapping[str, Any], env: Mapping[str, str]) -> None:
        """`given` are the global options."""
        self._env = env
        self.terminal = sys.stdout.isatty()
        self.quiet = bool(given["quiet"])
        self._pages = self.terminal and not given["no_pager"]
        asked = "json" if given["json"] else given["format"]
        self.format: str = asked or ("table" if self.terminal else "tsv")
        self.asked = bool(asked)
        self.colour = self._colour(bool(given["no_color"]))
        self.words = _cells.Words()

    def _colour(self, off: bool) -> bool:
        if off or self._env.get("NO_COLOR") or self._env.get("TERM") == "dumb":
            return False
        return self.terminal or bool(self._env.get("FORCE_COLOR"))

    @contextmanager
    def plain(self) -> Iterator[None]:
        """Draw inside the block as for a file: without colours, as wide as it takes."""
        kept = self.colour, self.terminal
        self.colour = self.terminal = False
        try:
            yield
        finally:
            self.colour, self.terminal = kept

    @property
    def is_json(self) -> bool:
        """Whether a program asked for JSON."""
        return self.format in {"json", "jsonl"}

    @property
    def width(self) -> int:
        """Columns to fill: COLUMNS, else the terminal's, else 80; a file has no end."""
        columns = self._env.get("COLUMNS", "")
        if columns.isdecimal() and int(columns):
            return int(columns)
        if not self.terminal:
            return _UNLIMITED
        try:
            return os.get_terminal_size(sys.stdout.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    @property
    def page_width(self) -> int:
        """Columns for running text: no wider than reads well."""
        return min(self.width, 100) if self.terminal else min(self.width, 80)

    # -- data

    def table(self, table: Table) -> None:
        """Show rows."""
        if self.format == "table":
            self._people(table)
        else:
            self._programs([c.name for c in table.columns], table.rows, table.cells)

    def rows(self, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Show rows for programs; JSON has all of a row, the other forms the cells named."""
        self._programs(names, rows, lambda row: [row.get(n) for n in names])

    def union(self, names: Sequence[str], rows: Sequence[tuple[Mapping[str, Any], Sequence[Any]]]) -> None:
        """Show rows of several books for programs: each as a mapping and as its cells."""
        cells = {id(row): list(mine) for row, mine in rows}
        self._programs(names, [row for row, _mine in rows], lambda row: cells[id(row)])

    def value(self, value: Any) -> None:
        """Print one JSON value; JSON lines for a list in `jsonl`."""
        import json

        if self.format == "jsonl":
            values = value if isinstance(value, list) else [value]
            write("".join(json.dumps(v, ensure_ascii=False) + "\n" for v in values))
        else:
            write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def fields(self, doc: Mapping[str, Any], *, whole: Any = None) -> None:
        """Show one record for programs: JSON, else a line for each field."""
        if self.is_json:
            self.value(doc if whole is None else whole)
        elif self.format == "ids":
            write(f"{doc.get('id', '')}\n")
        else:
            self._lines(["field", "value"], [list(pair) for pair in _cells.leaves(doc)])

    def lines(self, lines: Iterable[str]) -> None:
        """Print plain lines (ids); each made safe."""
        write("".join(f"{safe(line)}\n" for line in lines))

    def raw(self, data: bytes) -> None:
        """Print the bytes of a file as they are: its encoding and line ends are its own."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def text(self, text: str) -> None:
        """Show ready text, through the pager where it is longer than the terminal is high."""
        text = text if text.endswith("\n") or not text else text + "\n"
        if not (self._pages and self._page(text)):
            write(text)

    # -- beside the data

    def note(self, text: str) -> None:
        """Say something beside the data, on stderr."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Say on stderr what must be heard even with -q."""
        sys.stdout.flush()
        text = safe(text, newlines=True) + "\n"
        encoding = sys.stderr.encoding or "utf-8"
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()

    # -- inner

    def _programs(self, names: Sequence[str], rows: Sequence[Mapping[str, Any]], cells: Any) -> None:
        if self.is_json:
            self.value([dict(r) for r in rows])
        elif self.format == "ids":
            write("".join(f"{safe(str(row.get('id', '')))}\n" for row in rows))
        else:
            self._lines(names, [[_cells.plain(c) for c in cells(row)] for row in rows])

    def _lines(self, names: Sequence[str], rows: Sequence[list[str]]) -> None:
        write(separated(names, rows, self.format))

    def _people(self, table: Table) -> None:
        if not table.rows:
            return
        from crmkit.cli import _table

        heads = [_(c.label) for c in table.columns]
        rows = [
            [
                safe(self.words.cell(v, c.type, c.vocabulary))
                for v, c in zip(table.cells(row), table.columns, strict=True)
            ]
            for row in table.rows
        ]
        names = [c.name for c in table.columns]
        types = [c.type for c in table.columns]
        self.text(_table.draw(names, heads, rows, types, width=self.width, colour=self.colour))

    def _page(self, text: str) -> bool:
        """Send text through PAGER; False where none is wanted or needed."""
        command = self._env.get("PAGER", "less")
        try:
            height = os.get_terminal_size(sys.stdout.fileno()).lines
        except (OSError, ValueError):
            return False
        if not command or command == "cat" or text.count("\n") < height:
            return False
        import shlex
        import subprocess

        sys.stdout.flush()
        env = {"LESS": "FRX", "LV": "-c", "LESSCHARSET": "utf-8", **self._env}
        try:
            subprocess.run(shlex.split(command), input=text.encode(), env=env, check=False)
        except (OSError, ValueError):
            return False
        return True


def separated(names: Sequence[str], rows: Sequence[list[str]], form: str) -> str:
    """Return rows of texts as `csv`, with a line of heads, or tab-separated without one."""
    if form != "csv":
        return _cells.tsv(rows)
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cells.harmless(c) for c in row] for row in rows)
    return out.getvalue()


def style(text: str, *codes: str, on: bool) -> str:
    """Return `text` in a colour or weight, where colours are wanted."""
    known = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36", "reset": "0"}
    return f"\x1b[{';'.join(known[c] for c in codes)}m{text}\x1b[0m" if on and text else text
