"""Excel and OpenDocument tables: read by calamine, written by xlsxwriter."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from crmkit.errors import NotFound, Refused
from crmkit.exchange.delimited import guarded
from crmkit.exchange.formats import Format
from crmkit.exchange.table import MOST_BYTES, MOST_CELL, MOST_ROWS, Column, Grid, Sheet, grid
from crmkit.i18n import N_
from crmkit.values.suggest import nearest

_MOST_UNPACKED = 1 << 30
_MOST_TIMES = 200
"""How many times its size a zip may unpack to: real workbooks come to 30, a bomb to a thousand and more."""
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_WIDEST = 50
_DAY, _MOMENT, _MONEY = "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "#,##0.##"
_CELL = 32_767


def sheets(raw: bytes, name: str) -> list[str]:
    """Return the names of a workbook's sheets."""
    return [str(n) for n in _open(raw, name).sheet_names]


def read(raw: bytes, name: str, sheet: str = "") -> Grid:
    """Read one sheet, the first that holds anything unless `sheet` names one (or its number, from 1).

    Raises Refused for a file that is no workbook, is locked by a password, or would unpack to more than fits.
    """
    book = _open(raw, name)
    names: list[str] = book.sheet_names
    for wanted in [_named(names, sheet, name)] if sheet else names:
        rows = _rows(book, wanted, name)
        if rows:
            return grid(wanted if len(names) > 1 else name, rows)
    raise Refused(N_("{name}: nothing stands in it"), name=name)


def maybe(raw: bytes, name: str, sheet: str) -> Grid | None:
    """Read a sheet that may be empty: None then."""
    rows = _rows(_open(raw, name), sheet, name)
    return grid(sheet, rows) if rows else None


def _open(raw: bytes, name: str) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, XmlError, ZipError

    _measured(raw, name)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(raw))
    except PasswordError:
        raise Refused(
            N_("{name} is locked by a password"),
            hint=N_("save a copy without one and import that"),
            name=name,
        ) from None
    except (CalamineError, XmlError, ZipError, OSError, ValueError) as e:
        raise Refused(
            N_("{name} cannot be read as a workbook: {why}"),
            hint=N_("open it in Excel or WPS and save it as .xlsx"),
            name=name,
            why=str(e),
        ) from None


def _measured(raw: bytes, name: str) -> None:
    """Refuse a zip that unpacks to far more than it is."""
    if len(raw) > MOST_BYTES:
        raise Refused(N_("{name} is larger than {most} MB"), name=name, most=MOST_BYTES >> 20)
    if not raw.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            whole = sum(i.file_size for i in packed.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return  # the reader itself says what is wrong
    if whole > _MOST_UNPACKED or whole > max(len(raw), 1 << 16) * _MOST_TIMES:
        raise Refused(
            N_("{name} would unpack to {size} MB; it is not read"),
            hint=N_("save it anew in Excel or WPS, or as CSV"),
            name=name,
            size=whole >> 20,
        )


def _named(names: Sequence[str], wanted: str, name: str) -> str:
    if wanted in names:
        return wanted
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    near = nearest(wanted, names)
    raise NotFound(
        N_("{name} has no sheet {sheet!r}"),
        hint=N_("did you mean {near}?") if near else N_("its sheets: {known}"),
        name=name,
        sheet=wanted,
        near=near,
        known=", ".join(names),
    )


def _rows(book: Any, sheet: str, name: str) -> list[tuple[int, list[Any]]]:
    from python_calamine import CalamineError

    try:
        found = book.get_sheet_by_name(sheet)
        if found.height > MOST_ROWS * 3:
            raise Refused(
                N_("{name}: more than {most} rows"),
                hint=N_("split the file; each part can be imported by itself"),
                name=name,
                most=MOST_ROWS,
            )
        start = 1 + (found.start[0] if found.start else 0)
        rows = found.to_python(skip_empty_area=True)
    except (CalamineError, ValueError) as e:
        raise Refused(N_("{name} cannot be read as a workbook: {why}"), name=name, why=str(e)) from None
    out = []
    for number, cells in enumerate(rows, start):
        if any(c != "" for c in cells):
            out.append((number, [_cell(c) for c in cells]))
    return out


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value[:MOST_CELL] if value else None
    return value


class Xlsx:
    """Workbooks, a sheet for each table; text is written as text, so that no cell is ever a formula."""

    suffix = ".xlsx"

    def encode(self, data: Sequence[Sheet], before: bytes = b"") -> bytes:
        """Return the workbook."""
        del before
        out = io.BytesIO()
        book = workbook(out)
        bold = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        used: set[str] = set()
        for sheet in data:
            _write(book, bold, sheet, sheet_name(sheet.name, used))
        book.close()
        return out.getvalue()


def workbook(out: io.BytesIO) -> Any:
    """Return a workbook to write into, that makes no formula, link or number of a text and has no clock."""
    from xlsxwriter import Workbook

    plain = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
        "default_date_format": _DAY,
    }
    book = Workbook(out, plain)
    # the file's bytes must not change where the data did not
    book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
    return book


def sheet_name(text: str, used: set[str]) -> str:
    """Return a name that Excel takes for a sheet, none twice."""
    bare = _SHEET_NAME.sub("_", text).strip("'")[:31] or "1"
    name, n = bare, 1
    while name.casefold() in used:
        n += 1
        name = f"{bare[: 31 - len(str(n)) - 1]}-{n}"
    used.add(name.casefold())
    return name


def _write(book: Any, bold: Any, sheet: Sheet, name: str) -> None:
    page = book.add_worksheet(name)
    formats = {
        "date": book.add_format({"num_format": _DAY}),
        "when": book.add_format({"num_format": _MOMENT}),
        "money": book.add_format({"num_format": _MONEY}),
        "text": book.add_format({"num_format": "@"}),
    }
    page.freeze_panes(1, 0)
    for at, column in enumerate(sheet.columns):
        page.write_string(0, at, column.label[:_CELL], bold)
        page.set_column(at, at, _width(sheet.rows, at, column), formats.get(column.type))
    for down, row in enumerate(sheet.rows, 1):
        for at, value in enumerate(row):
            if value is not None:
                _put(page, down, at, value, formats)
    if sheet.columns:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)


def _put(page: Any, down: int, at: int, value: Any, formats: dict[str, Any]) -> None:
    if isinstance(value, str):
        if value:
            # a text with an apostrophe of its own would lose it where ours are taken off
            page.write_string(
                down, at, (guarded(value) if value[0] == "'" else value)[:_CELL], formats["text"]
            )
    elif isinstance(value, bool):
        page.write_boolean(down, at, value)
    elif isinstance(value, datetime):
        page.write_datetime(down, at, value.replace(tzinfo=None), formats["when"])
    elif isinstance(value, date):
        if value.year < 1900:
            page.write_string(down, at, value.isoformat(), formats["text"])
        else:
            page.write_datetime(down, at, datetime(value.year, value.month, value.day), formats["date"])  # noqa: DTZ001
    elif isinstance(value, Decimal) and len(value.as_tuple().digits) > 15:
        page.write_string(down, at, f"{value:f}", formats["text"])  # more digits than Excel's numbers hold
    else:
        page.write_number(down, at, float(value))


def _width(rows: Sequence[Sequence[Any]], at: int, column: Column) -> int:
    from crmkit.values.safe import width

    longest = max((width(str(r[at])[:_WIDEST]) for r in rows[:200] if r[at] is not None), default=0)
    return min(max(longest, width(column.label)) + 2, _WIDEST)


XLSX: Format[list[Sheet]] = Xlsx()
