"""What a Grid shows: columns, cells, and where its rows come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from rich.cells import cell_len, set_cell_size

from crmkit.values.safe import safe


class Cell(NamedTuple):
    """One cell: its text (anything: it is made safe where it is shown) and its tone.

    Tones: "" plain, strong, dim, bad, warn, good.
    """

    text: str = ""
    tone: str = ""


class Column(NamedTuple):
    """One column. `label` is shown as it is; `width` its columns, `flex` its share of what room is left.

    `below` hides it where the table is narrower; `sort` names the field that a click on its heading sorts by.
    """

    key: str
    label: str
    width: int
    flex: int = 0
    right: bool = False
    below: int = 0
    sort: str = ""


class Line(NamedTuple):
    """One row: the id of what it shows, and its cells. A heading has a text in `heading` and no id."""

    key: str
    cells: Sequence[Cell] = ()
    heading: str = ""
    tone: str = ""


class Source(Protocol):
    """Where rows come from; all of it is asked for often and must answer at once."""

    def __len__(self) -> int:
        """How many rows there are."""

    def key(self, at: int) -> str:
        """Return the id of the row at a place, "" for a heading."""

    def find(self, key: str) -> int | None:
        """Return the place of a row, None where it is not among them."""

    def line(self, at: int) -> Line | None:
        """Return a row, None while it is being fetched."""


class Lines:
    """Rows that are all at hand."""

    def __init__(self, lines: Sequence[Line] = ()) -> None:
        """Take the rows in their order."""
        self._lines = lines
        self._places = {line.key: at for at, line in enumerate(lines) if line.key}

    def __len__(self) -> int:
        return len(self._lines)

    def key(self, at: int) -> str:
        """Return the id of the row at a place."""
        return self._lines[at].key

    def find(self, key: str) -> int | None:
        """Return the place of a row."""
        return self._places.get(key)

    def line(self, at: int) -> Line | None:
        """Return a row."""
        return self._lines[at]


class Paged:
    """Rows of which only the ids are at hand; the cells come when they are seen.

    `want` is called with the ids that are missing; whoever fetches them hands them to `add`.
    """

    PAGE = 60

    def __init__(self, keys: Sequence[str], want: Callable[[Sequence[str]], None]) -> None:
        """`keys` are the ids in the order of the list."""
        self._keys = keys
        self._want = want
        self._lines: dict[str, Line] = {}
        self._asked: set[str] = set()
        self._places: Mapping[str, int] | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def key(self, at: int) -> str:
        """Return the id of the row at a place."""
        return self._keys[at]

    def find(self, key: str) -> int | None:
        """Return the place of a row; the first time all are looked through."""
        if self._places is None:
            self._places = {k: at for at, k in enumerate(self._keys)}
        return self._places.get(key)

    def line(self, at: int) -> Line | None:
        """Return a row, None while it is being fetched."""
        found = self._lines.get(self._keys[at])
        if found is None:
            start = at - at % self.PAGE
            missing = [k for k in self._keys[start : start + self.PAGE] if k not in self._asked]
            if missing:
                self._asked.update(missing)
                self._want(missing)
        return found

    def head(self, count: int) -> Sequence[str]:
        """Return the ids of the first rows, which are then taken for asked for."""
        first = self._keys[:count]
        self._asked.update(first)
        return first

    def add(self, lines: Mapping[str, Line]) -> None:
        """Take rows that were fetched."""
        self._lines.update(lines)


def shown(text: str) -> str:
    """Return a text as one line that no terminal takes for a command."""
    return safe(text)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` in exactly `width` columns; what is cut off is told by an ellipsis."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, max(0, width - 1)) + ("…" if width else "")
    return " " * (width - size) + text if right else text + " " * (width - size)
