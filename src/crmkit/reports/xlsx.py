"""A report as an Excel workbook: a sheet for what it comes to and one for each section, with real numbers and dates.

Texts are written as strings whatever they begin with: `=HYPERLINK(...)` in a record is read, never run.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.errors import Message
from crmkit.i18n import _
from crmkit.reports import wording
from crmkit.values.safe import safe, width

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from crmkit.reports.report import Column, Report, Section
    from crmkit.settings.words import Words

_FORMATS = {
    "integer": "#,##0",
    "number": "#,##0.########",
    "average": "#,##0.0",
    "money": "#,##0.00",
    "percent": "0.0%",
    "date": "yyyy-mm-dd",
    "when": "yyyy-mm-dd hh:mm",
    "text": "@",
}
_LONGEST = 32_767
"""Characters that a cell holds at most."""
_NARROW, _WIDE = 8, 60
_REFUSED = re.compile(r"[\[\]:*?/\\]")


def xlsx(report: Report, words: Words) -> bytes:
    """Return the workbook's bytes; the same report gives the same bytes on the same day."""
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": str(report.title), "created": datetime(2000, 1, 1)})  # noqa: DTZ001 - xlsxwriter wants no zone
    formats = {
        name: book.add_format({"num_format": code, "valign": "top"}) for name, code in _FORMATS.items()
    }
    formats["text"].set_text_wrap()
    bold = {
        name: book.add_format({"num_format": code, "bold": True, "top": 1}) for name, code in _FORMATS.items()
    }
    head = book.add_format(
        {"bold": True, "bottom": 2, "text_wrap": True, "valign": "top", "bg_color": "#E4F1EF"}
    )
    names: set[str] = set()
    _front(book, report, words, names)
    for section in report.sections:
        sheet = book.add_worksheet(_sheet_name(_(section.title), names))
        _sheet(sheet, section, words, formats, bold, head)
    book.close()
    return out.getvalue()


def _front(book: Workbook, report: Report, words: Words, names: set[str]) -> None:
    sheet = book.add_worksheet(_sheet_name(_("Summary"), names))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 24)
    sheet.write_string(0, 0, safe(str(report.title)), book.add_format({"bold": True, "font_size": 14}))
    row = 1
    for message in report.summary:
        sheet.write_string(row, 0, safe(str(message)))
        row += 1
    row += 1
    for one in report.figures:
        sheet.write_string(row, 0, _(one.label))
        if isinstance(one.value, int | Decimal) and one.type in _FORMATS:
            shape = book.add_format({"num_format": _FORMATS[one.type], "bold": True})
            sheet.write_number(row, 1, _number(one.value, one.type), shape)
            sheet.write_string(row, 2, one.currency)
        else:
            sheet.write_string(row, 1, safe(wording.figure(words, one)))
        row += 1


def _sheet_name(title: str, taken: set[str]) -> str:
    """Return a name that Excel takes, at most 31 characters, none twice."""
    plain = _REFUSED.sub(" ", safe(title)).strip("' ")[:28] or "-"
    name, n = plain, 1
    while name.casefold() in taken:
        n += 1
        name = f"{plain[:26]} {n}"
    taken.add(name.casefold())
    return name


def _sheet(
    sheet: Worksheet,
    section: Section,
    words: Words,
    formats: Mapping[str, Format],
    bold: Mapping[str, Format],
    head: Format,
) -> None:
    columns = section.columns
    widest = [width(_(c.label)) for c in columns]
    for at, column in enumerate(columns):
        sheet.write_string(0, at, _(column.label), head)
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Format]]] = [
        *((row, formats) for row in section.rows),
        *([(section.total, bold)] if section.total is not None else []),
    ]
    for line, (row, shapes) in enumerate(rows, 1):
        for at, column in enumerate(columns):
            text = _write(sheet, line, at, column, row, words, shapes)
            widest[at] = max(widest[at], min(width(text), _WIDE))
    for at, wide in enumerate(widest):
        sheet.set_column(at, at, max(_NARROW, min(wide + 2, _WIDE)))
    sheet.freeze_panes(1, 0)
    if section.rows:
        sheet.autofilter(0, 0, len(section.rows), len(columns) - 1)


def _write(
    sheet: Worksheet,
    line: int,
    at: int,
    column: Column,
    row: Mapping[str, Any],
    words: Words,
    shapes: Mapping[str, Format],
) -> str:
    """Write a cell as what it is, and return its text as people see it."""
    value, kind = row.get(column.name), column.type
    text = wording.cell(words, column, row)
    if value is None or text == "":
        sheet.write_blank(line, at, None, shapes["text"])
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and kind in wording.FIGURES:
        sheet.write_number(line, at, _number(value, kind), shapes[kind])
    elif (day := _day(value, kind)) is not None:
        sheet.write_datetime(line, at, day, shapes["when" if isinstance(day, datetime) else "date"])
    else:
        shown = str(value) if isinstance(value, Message) else text
        sheet.write_string(line, at, safe(shown, newlines=True)[:_LONGEST], shapes["text"])
    return text


def _number(value: int | Decimal, kind: str) -> float:
    return float(value) / 100 if kind == "percent" else float(value)


def _day(value: Any, kind: str) -> date | None:
    """Return a day or time that Excel can hold, None for anything else; times keep the clock of the record."""
    if isinstance(value, str) and kind in {"date", "when"}:
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    return value if isinstance(value, date) and value.year >= 1900 else None
