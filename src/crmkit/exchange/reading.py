"""From a file to the records that it tells of: what sort of file it is, and which columns mean what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from crmkit.errors import Refused, UsageError
from crmkit.exchange import headers
from crmkit.exchange.entries import Batch, of_grid
from crmkit.exchange.headers import Mapped
from crmkit.exchange.table import MOST_BYTES, Grid
from crmkit.i18n import N_
from crmkit.records.catalog import KindSpec
from crmkit.values.suggest import nearest

if TYPE_CHECKING:
    from crmkit.records.catalog import Catalog
    from crmkit.settings.model import Settings

_WORKBOOKS = frozenset({"xlsx", "xlsm", "xls", "xlsb", "ods", "et"})
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read; "" and () leave it to the file.

    `maps` are `FIELD=HEADER` (`=HEADER` leaves a column out); `sheet` is a name or a number.
    """

    kind: str = ""
    maps: tuple[str, ...] = ()
    encoding: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What reading needs to know of the book."""

    catalog: Catalog
    settings: Settings
    now: datetime


def form_of(name: str, raw: bytes) -> str:
    """Return which sort of file it is: workbook, table, by its name and where that says nothing by its content."""
    ending = PurePath(name).suffix.lower().lstrip(".")
    if raw.startswith((b"PK\x03\x04", _OLE)):
        return "workbook"
    if ending in _WORKBOOKS and raw.lstrip()[:1] != b"<":
        return "workbook" if not _is_text(raw) else "table"
    return "table"


def _is_text(raw: bytes) -> bool:
    """Whether a file that calls itself a workbook is a table of text, as many a web shop's .xls is."""
    return bool(raw) and b"\0" not in raw[:2048]


def read(name: str, raw: bytes, options: Options, place: Place) -> Batch:
    """Return what the file `name` holds.

    Raises Refused for what cannot be read, UsageError for options that do not fit it.
    """
    if len(raw) > MOST_BYTES:
        raise Refused(N_("{name} is larger than {most} MB"), name=name, most=MOST_BYTES >> 20)
    if not raw.strip():
        raise Refused(N_("{name}: nothing stands in it"), name=name)
    return _table(name, form_of(name, raw), raw, options, place)


def _table(name: str, form: str, raw: bytes, options: Options, place: Place) -> Batch:
    found = _grid(name, form, raw, options)
    kinds = place.catalog.kinds
    kind = options.kind or headers.fitting(kinds, found.headers)
    spec = kinds[kind]
    columns = _asked(spec, found, headers.recognised(spec, found.headers), options.maps)
    if not any(c.target for c in columns):
        raise UsageError(
            N_("{name}: no column is known: {columns}"),
            hint=N_("say which is which: --map name=HEADER; fields of another kind: --kind followup"),
            name=found.name,
            columns=", ".join(h for h in found.headers if h)[:200],
        )
    return of_grid(found, spec, columns, place.settings, place.now)


def _grid(name: str, form: str, raw: bytes, options: Options) -> Grid:
    if form == "workbook":
        from crmkit.exchange import excel

        return excel.read(raw, name, options.sheet)
    if options.sheet:
        raise UsageError(N_("{name} has no sheets"), name=name)
    from crmkit.exchange import delimited

    return delimited.read(raw, name, options.encoding)


def _asked(spec: KindSpec, found: Grid, columns: Sequence[Mapped], maps: Sequence[str]) -> list[Mapped]:
    """Return the columns with what `--map` says: it wins over what was recognised."""
    out = list(columns)
    for text in maps:
        name, equals, header = text.partition("=")
        if not equals or not header.strip():
            raise UsageError(
                N_("{word!r} is no FIELD=HEADER"), hint=N_("for example --map name=公司名称"), word=text
            )
        at = _column(found, header.strip())
        target = headers.asked(spec, name) if name.strip() else None
        if target:
            out = [
                replace(c, target=None)
                if c.target
                and c.at != at
                and (c.target.name, c.target.index, c.target.part) == (target.name, target.index, target.part)
                else c
                for c in out
            ]
        out[at] = Mapped(at, found.headers[at], target)
    return out


def _column(found: Grid, header: str) -> int:
    """Return the place of the column with that heading; its letter or number does as well."""
    by_fold: Mapping[str, int] = {headers.fold(h): i for i, h in reversed([*enumerate(found.headers)])}
    if header in found.headers:
        return found.headers.index(header)
    if headers.fold(header) in by_fold:
        return by_fold[headers.fold(header)]
    number = int(header) if header.isdecimal() and len(header) < 5 else _letters(header)
    if 1 <= number <= len(found.headers):
        return number - 1
    near = nearest(header, found.headers)
    raise UsageError(
        N_("{name} has no column {header!r}"),
        hint=N_("did you mean {near}?") if near else N_("its columns: {known}"),
        name=found.name,
        header=header,
        near=near,
        known=", ".join(h for h in found.headers if h),
    )


def _letters(text: str) -> int:
    """Return the number of a column by its letters, as spreadsheets count: A is 1, AA is 27."""
    if not (text.isascii() and text.isalpha() and text.isupper() and len(text) <= 3):
        return 0
    number = 0
    for char in text:
        number = number * 26 + ord(char) - 64
    return number
