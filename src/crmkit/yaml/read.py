"""Reading: bytes to plain data, every scalar as the text that stands there; knows no records.

Importing this module is cheap: PyYAML is loaded by the first file that is really read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmkit.errors import CrmError, Problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20


class Unreadable(CrmError):
    """The file is not YAML that crmkit reads. `problems` (at least one) say where, why and the way out."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """`problems` in the order of the file; the first one gives the error its text."""
        first = problems[0]
        super().__init__("{where}: {what}", where=_where(first), what=first.message)
        self.hint = first.hint
        self.problems = tuple(problems)


def _where(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}" if problem.line else problem.path


class Document:
    """One file that was read: `data` (dict of str, list, dict, None), `raw` bytes, `path` as given."""

    __slots__ = ("_root", "data", "path", "raw")

    def __init__(self, data: dict[str, Any], raw: bytes, path: str) -> None:
        """Made by `load`."""
        self.data = data
        self.raw = raw
        self.path = path
        self._root: Any = None

    @property
    def text(self) -> str:
        """The file as text, line ends and byte order mark untouched: what `write.edit` takes."""
        return self.raw.decode("utf-8")

    def line(self, steps: Sequence[str | int]) -> int:
        """Return the line (from 1) of the key or item at `steps`, else of its nearest known ancestor.

        `["contacts", 0, "phone"]` is the line of that key; dotted text is not taken apart here.
        The file is parsed again at the first call, since only problems need lines.
        """
        from crmkit.yaml import _parse

        if self._root is None:
            self._root = _parse.compose(self.raw)
        return _parse.line_of(self._root, self.raw, steps)


def load(raw: bytes, path: str, *, empty_ok: bool = False) -> Document:
    """Read one YAML mapping, every scalar as text; only a bare `~`, `null` or nothing at all is None.

    Args:
        raw: the bytes of the file, UTF-8 with or without a byte order mark.
        path: what problems call the file, relative to the book.
        empty_ok: a file without content is an empty mapping (settings) instead of a problem (records).

    Raises:
        Unreadable: for anything else than one mapping of text keys within `MAX_BYTES` and `MAX_DEPTH`,
            and for what makes two readers disagree: duplicate keys, anchors, tags, tabs in the indentation.

    """
    from crmkit.yaml import _parse

    return Document(_parse.parse(raw, path, empty_ok=empty_ok), raw, path)
