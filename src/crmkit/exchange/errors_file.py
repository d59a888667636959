"""The rows that could not be imported, as a file to mend and import again: as they stood, and why in front."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from crmkit.exchange import formats
from crmkit.exchange.docs import WHY as WHY_KEY
from crmkit.exchange.entries import Batch, Entry, Part
from crmkit.exchange.headers import WHY, fold
from crmkit.exchange.table import Column, Sheet
from crmkit.i18n import _

Row = tuple[str, Entry]
"""Why a row was not imported, and the row."""


def build(batch: Batch, rows: Sequence[Row], ending: str = "") -> tuple[str, bytes]:
    """Return ending and bytes: tables for tables (`ending` chooses), cards for cards, else JSON lines."""
    if batch.parts:
        ending = ending or _suffix(batch)
        made = [_sheet(part, [r for r in rows if r[1].part == n]) for n, part in enumerate(batch.parts)]
        made = [sheet for sheet in made if sheet.rows]
        name = {".xlsx": "xlsx", ".tsv": "tsv marked"}.get(ending, "csv marked")
        data: bytes = formats.load(name).encode(made)
        return ending, data
    if batch.form == "vcard":
        return ".vcf", b"".join(_card(why, entry.raw) for why, entry in rows)
    lines = [json.dumps(_doc(why, entry.raw), ensure_ascii=False, default=str) for why, entry in rows]
    return ".jsonl", "".join(f"{line}\n" for line in lines).encode()


def _suffix(batch: Batch) -> str:
    ending = PurePath(batch.name).suffix.lower()
    return ending if ending in {".tsv", ".csv"} else ".csv" if batch.form == "table" else ".xlsx"


def _sheet(part: Part, rows: Sequence[Row]) -> Sheet:
    headers = part.headers
    again = headers[:1] and fold(headers[0]) in {fold(WHY), fold(_(WHY))}  # bad again: one column says why
    first = 1 if again else 0
    columns = [Column("why", _(WHY)), *(Column(h, h) for h in headers[first:])]
    return Sheet(part.name, columns, [[why, *map(_plain, entry.raw[first:])] for why, entry in rows])


def _plain(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, str | bool | int | float) else str(cell)


def _card(why: str, raw: bytes) -> bytes:
    begin, end, rest = raw.partition(b"\r\n")
    said = " ".join(why.split()).encode()
    return begin + end + b"X-CRMKIT-WHY:" + said + b"\r\n" + rest


def _doc(why: str, raw: Any) -> Any:
    return {WHY_KEY: why, **raw} if isinstance(raw, dict) else {WHY_KEY: why, "text": raw}
