"""Writing: new files with `dump`, changes to files that people wrote with `edit`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crmkit.yaml._emit import Style, mapping_lines


class _Delete:
    """The value of an edit that takes a key or an item away."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "DELETE"


DELETE: Final = _Delete()


@dataclass(frozen=True, slots=True)
class Edit:
    """Set, add or delete what stands at `steps`: keys of mappings and indexes of lists.

    `value`: str, bool, int, Decimal, date, datetime, None (an empty value), list, dict, or DELETE. A list or
    mapping that replaces another changes only the entries that differ, so the comments of the rest stay.
    `insert`: at an index, put the value before the item that is there; an index equal to the length appends
    in any case. `order`: the keys of the mapping in their usual order, to find the place of a new key, which
    is the end otherwise.
    Missing lists and mappings on the way are made; deleting what is not there changes nothing.
    """

    steps: tuple[str | int, ...]
    value: Any
    insert: bool = False
    order: tuple[str, ...] = ()


def dump(data: Mapping[str, Any]) -> str:
    """Return the text of a new file: keys in the given order, None left out, block style, Chinese as it is.

    Only texts that another reader would take for something else are quoted (`"01088886666"`, `"no"`,
    `"12:30"`); dates, times and numbers stand plain. Texts of several lines are literal blocks.

    Raises:
        Refused: for a character that no YAML file can hold (NUL, half a surrogate pair).

    """
    lines = mapping_lines(data, Style())
    return "\n".join(lines) + "\n" if lines else "{}\n"


def edit(text: str, edits: Sequence[Edit]) -> str:
    """Return `text` with `edits` made in turn; every byte outside what changed stays as it was.

    Comments stay with their key, and go with it when it is deleted: those behind it, and those directly above
    it with its indentation unless they open the file. Quotes, order, flow style, CRLF, byte order mark and a
    missing final newline are kept; the result is parsed again and must hold exactly what was asked for.

    Raises:
        read.Unreadable: `text` cannot be read.
        Refused: the steps lead through a text or beyond the end of a list, or the file is written in a way
            that cannot be changed safely (`? key` and the like).

    """
    from crmkit.yaml._splice import apply

    return apply(text, edits)
