"""CSV and TSV, in both directions, as Excel, WPS and everybody else write and read them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crmkit.errors import Refused
from crmkit.exchange.formats import Format
from crmkit.exchange.table import MOST_CELL, Grid, Sheet, grid
from crmkit.exchange.text import decode
from crmkit.i18n import N_
from crmkit.values import when

_DELIMITERS = ",\t;|"
_LEADS = "=+-@\t\r＝＋－＠"
"""What a spreadsheet takes for the beginning of a formula, in full width too (Excel with Chinese settings)."""


def read(raw: bytes, name: str, encoding: str = "") -> Grid:
    """Read a table; the delimiter is found, also where Excel says it in a first line `sep=;`.

    Raises Refused for what is no table.
    """
    text = decode(raw, name, encoding).replace("\0", "")
    if "\n" not in text:
        text = text.replace("\r", "\n")  # an old Mac's
    first, _, rest = text.partition("\n")
    said = first.strip()
    skipped = 0
    if len(said) == 5 and said.lower().startswith("sep="):
        delimiter, text, skipped = said[4], rest, 1
    else:
        delimiter = _delimiter(text)
    csv.field_size_limit(MOST_CELL)
    # lone returns (old Macs, mail programs) end lines as well; those inside quotes stay what they are
    lines: list[tuple[int, list[Any]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    try:
        for row in reader:
            lines.append((before + 1 + skipped, list(row)))
            before = reader.line_num
    except csv.Error as e:
        raise Refused(
            N_("{name}: line {line} cannot be read: {why}"),
            hint=N_("look for a quotation mark that is never closed"),
            name=name,
            line=reader.line_num + skipped,
            why=str(e),
        ) from None
    return grid(name, lines)


def _delimiter(text: str) -> str:
    """Return the delimiter that divides the first lines most evenly, outside quotes."""
    head = text[:20_000]
    lines = head.splitlines()[:20]
    best, found = (0, 0), ","
    for delimiter in _DELIMITERS:
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        width, times = max(counts.items(), key=lambda pair: (pair[0] > 1, pair[1], pair[0]), default=(1, 0))
        if width > 1 and (times, width) > best:
            best, found = (times, width), delimiter
    return found


def guarded(text: str) -> str:
    """Keep a spreadsheet from taking text for a formula: an apostrophe before it. `unguarded` takes it off again.

    A text that begins with an apostrophe before such a sign gets another one, so that nothing is lost.
    """
    bare = text.lstrip("'")
    return "'" + text if bare and bare[0] in _LEADS else text


def unguarded(text: str) -> str:
    """Take the apostrophe off that `guarded` (or a careful person) has put before a formula's sign."""
    bare = text.lstrip("'")
    return text[1:] if text[0:1] == "'" and bare and bare[0] in _LEADS else text


@dataclass(frozen=True, slots=True)
class Delimited:
    """Tables of text; `mark` puts the byte order mark before it, without which Excel garbles Chinese."""

    suffix: str
    delimiter: str
    mark: bool = False

    def encode(self, data: list[Sheet], before: bytes = b"") -> bytes:
        """Return the file of one sheet."""
        del before
        (sheet,) = data
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow([c.label for c in sheet.columns])
        writer.writerows([shown(v) for v in row] for row in sheet.rows)
        text = out.getvalue()
        return text.encode("utf-8-sig" if self.mark else "utf-8", "backslashreplace")


def shown(value: Any) -> str:
    """Return a cell as text: dates and numbers as files have them, text guarded."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return when.show(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


CSV: Format[list[Sheet]] = Delimited(".csv", ",")
TSV: Format[list[Sheet]] = Delimited(".tsv", "\t")
CSV_MARKED: Format[list[Sheet]] = Delimited(".csv", ",", mark=True)
TSV_MARKED: Format[list[Sheet]] = Delimited(".tsv", "\t", mark=True)
