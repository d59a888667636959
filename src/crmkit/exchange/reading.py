"""From a file to the records that it tells of: what sort of file it is, and which columns mean what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from crmkit.errors import Refused, UsageError
from crmkit.exchange import headers
from crmkit.exchange.entries import Batch, Entry, Part, of_grid
from crmkit.exchange.headers import Mapped
from crmkit.exchange.table import MOST_BYTES, Grid
from crmkit.i18n import LANGUAGES, N_, in_language
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


_BY_ENDING = {
    "vcf": "vcard",
    "vcard": "vcard",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "eml": "mail",
    "ics": "meetings",
    "ical": "meetings",
    **dict.fromkeys(("csv", "tsv", "tab", "txt"), "table"),
}
_BY_BEGINNING = ((b"BEGIN:VCARD", "vcard"), (b"BEGIN:VCALENDAR", "meetings"), (b"{", "json"), (b"[{", "json"))


def form_of(name: str, raw: bytes) -> str:
    """Return which sort of file it is: workbook, table, vcard, json, mail or meetings.

    Its content decides where that is plain, then its ending.
    """
    if raw.startswith((b"PK\x03\x04", _OLE)):
        return "workbook"
    ending = PurePath(name).suffix.lower().lstrip(".")
    if ending in _BY_ENDING:
        return _BY_ENDING[ending]
    if ending in _WORKBOOKS and b"\0" in raw[:2048]:
        return "workbook"
    start = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].upper()
    return next((form for beginning, form in _BY_BEGINNING if start.startswith(beginning)), "table")


def read(name: str, raw: bytes, options: Options, place: Place) -> Batch:
    """Return what the file `name` holds.

    Raises Refused for what cannot be read, UsageError for options that do not fit it.
    """
    if len(raw) > MOST_BYTES:
        raise Refused(N_("{name} is larger than {most} MB"), name=name, most=MOST_BYTES >> 20)
    if not raw.strip():
        raise Refused(N_("{name}: nothing stands in it"), name=name)
    form = form_of(name, raw)
    if form not in {"table", "workbook"} and (options.maps or options.sheet):
        raise UsageError(N_("{name} has no columns to map"), name=name)
    if form == "vcard":
        from crmkit.exchange import vcard

        return Batch(name, form, vcard.read(raw, name))
    if form == "json":
        from crmkit.exchange import docs

        return Batch(name, form, docs.read(raw, name, options.kind, options.encoding, place))
    return _tables(name, form, raw, options, place)


def _tables(name: str, form: str, raw: bytes, options: Options, place: Place) -> Batch:
    entries: list[Entry] = []
    parts: list[Part] = []
    for found, kind in _grids(name, form, raw, options, place):
        columns = _columns(found, kind, options, place)
        rows = of_grid(found, place.catalog.kinds[kind], columns, place.settings, place.now)
        for row in rows:
            row.part = len(parts)
        entries += rows
        parts.append(Part(found.name, kind, tuple(columns), found.headers))
    return Batch(name, form, entries, tuple(parts))


def _columns(found: Grid, kind: str, options: Options, place: Place) -> list[Mapped]:
    spec = place.catalog.kinds[kind]
    columns = _asked(spec, found, headers.recognised(spec, found.headers), options.maps)
    if any(c.target for c in columns):
        return columns
    raise UsageError(
        N_("{name}: no column is known: {columns}"),
        hint=N_("say which is which: --map name=HEADER; fields of another kind: --kind followup"),
        name=found.name,
        columns=", ".join(h for h in found.headers if h)[:200],
    )


def _grids(name: str, form: str, raw: bytes, options: Options, place: Place) -> list[tuple[Grid, str]]:
    """Return the tables to read, each with the kind of its rows.

    Of a workbook whose sheets are called after kinds all those are read, otherwise the first that holds something.
    """
    kinds = place.catalog.kinds
    if form == "workbook":
        from crmkit.exchange import excel

        if not options.sheet and not options.kind:
            called = {in_language(lang, s.label): s.name for s in kinds.values() for lang in LANGUAGES}
            named = [(sheet, called[sheet]) for sheet in excel.sheets(raw, name) if sheet in called]
            if len(named) > 1:
                read_all = [(excel.maybe(raw, name, sheet), kind) for sheet, kind in named]
                return [(g, kind) for g, kind in read_all if g is not None]
        found = excel.read(raw, name, options.sheet)
    else:
        if options.sheet:
            raise UsageError(N_("{name} has no sheets"), name=name)
        from crmkit.exchange import delimited, webpage

        table = webpage if b"<table" in raw[:20_000].lower() else delimited
        found = table.read(raw, name, options.encoding)
    return [(found, options.kind or headers.fitting(kinds, found.headers))]


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
