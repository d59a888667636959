"""The rows that could not be imported, as a file to mend and import again: as they stood, and why in front."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from crmkit.exchange import formats
from crmkit.exchange.headers import WHY, fold
from crmkit.exchange.table import Column, Sheet
from crmkit.i18n import _


def suffix(name: str) -> str:
    """Return what the file of bad rows is, after the file they come from."""
    ending = PurePath(name).suffix.lower()
    return {".tsv": ".tsv", ".csv": ".csv", ".txt": ".csv"}.get(ending, ".xlsx")


def table(headers: Sequence[str], rows: Sequence[tuple[str, Sequence[Any]]], ending: str) -> bytes:
    """Return the file; a row is its reasons and its cells."""
    again = headers[:1] and fold(headers[0]) in {fold(WHY), fold(_(WHY))}  # bad again: one column says why
    first = 1 if again else 0
    columns = [Column("why", _(WHY)), *(Column(h, h) for h in headers[first:])]
    sheet = Sheet(_("Not imported"), columns, [[why, *map(_plain, cells[first:])] for why, cells in rows])
    name = {".xlsx": "xlsx", ".tsv": "tsv marked"}.get(ending, "csv marked")
    data: bytes = formats.load(name).encode([sheet])
    return data


def _plain(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, str | bool | int | float) else str(cell)
