"""Values of records as text for programs; `settings.words` has the wording for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crmkit.settings.words import Words, moment, plain
from crmkit.values.safe import safe

__all__ = ["Words", "harmless", "leaves", "moment", "plain", "tsv"]


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield `(dotted name, text)` of everything in a record: `contacts.0.phone`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(v, Mapping | list) for v in value):
        for i, inner in enumerate(value):
            yield from leaves(inner, f"{name}.{i}")
    else:
        yield name, plain(value)


def tsv(rows: Sequence[list[str]]) -> str:
    """Return tab-separated lines; tabs, line ends and controls within cells are shown escaped."""
    # one look at everything: cells that need escaping are rare, and a look at each is most of the work
    whole = "".join(map("".join, rows))
    if safe(whole) is not whole:
        rows = [[safe(c) for c in row] for row in rows]
    return "".join("\t".join(row) + "\n" for row in rows)


def harmless(cell: str) -> str:
    """Keep a spreadsheet from taking text for a formula; a number or a phone stays as it is."""
    if not cell or cell[0] not in "=+-@\t\r":
        return cell
    number_like = cell[0] in "+-" and all(c.isdigit() or c in " .,-()" for c in cell[1:])
    return cell if number_like else "'" + cell
