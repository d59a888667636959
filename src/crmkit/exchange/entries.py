"""What was read, as records in the making: fields with their values, or what is wrong with the row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.errors import CrmError, Message, Problem
from crmkit.exchange.cells import text_of
from crmkit.exchange.headers import CUSTOMER, FREE, IDENT, Mapped, Target
from crmkit.exchange.table import Grid

if TYPE_CHECKING:
    from crmkit.records.catalog import FieldSpec, KindSpec
    from crmkit.settings.model import Settings


_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")


@dataclass(slots=True)
class Entry:
    """One record that a file tells of. `line` is its row as people see it; `raw` what stood there.

    `fields` hold values as records have them (dates, Decimals, codes); `ident` and `customer` what the file calls the
    record and whose it is, "" where it does not say. Entries with `problems` are not imported.
    """

    line: int
    kind: str
    fields: dict[str, Any]
    ident: str = ""
    customer: str = ""
    raw: Any = None
    problems: list[Problem] = field(default_factory=list)
    part: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a file: its sheet, the kind of its rows, what became of its columns."""

    name: str
    kind: str
    columns: tuple[Mapped, ...]
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """All that a file holds. `parts` are its tables, () for other files; `form` says what sort of file it is."""

    name: str
    form: str
    entries: list[Entry]
    parts: tuple[Part, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of all records, "" where there are several."""
        kinds = {e.kind for e in self.entries}
        return kinds.pop() if len(kinds) == 1 else ""

    def where(self, entry: Entry) -> str:
        """Return how a row is called: its number, behind the sheet's name where there are several."""
        return f"{self.parts[entry.part].name} {entry.line}" if len(self.parts) > 1 else str(entry.line)


def of_grid(
    found: Grid, spec: KindSpec, columns: Sequence[Mapped], settings: Settings, now: datetime
) -> list[Entry]:
    """Return the records of a table."""
    rows = _Rows(spec, columns, settings, now)
    return [rows.entry(line, cells) for line, cells in found.rows]


class _Rows:
    """Reads the rows of one table; each column's field is looked up once, each text of a column read once."""

    def __init__(self, spec: KindSpec, columns: Sequence[Mapped], settings: Settings, now: datetime) -> None:
        from crmkit.records import entry

        self.spec = spec
        self.read = entry.reader(spec, settings, now)
        self.columns = [(c.at, c.header, c.target) for c in columns if c.target]
        self._seen: dict[tuple[str, Any], Any] = {}

    def entry(self, line: int, cells: Sequence[Any]) -> Entry:
        made = Entry(line, self.spec.name, {}, raw=cells)
        names: dict[int, dict[str, str]] = {}
        for at, header, target in self.columns:
            cell = cells[at]
            if cell is None or cell == "":
                continue
            try:
                if target.field is None:
                    self._beside(made, target, text_of(cell, None))
                    continue
                text = text_of(cell, target.field)
                if not text:
                    continue
                if target.part:
                    names.setdefault(target.index, {})[target.part] = text
                else:
                    put(made.fields, target.field, target.index, self._value(target.field, text))
            except CrmError as e:
                made.problems.append(problem(header or target.typed, e))
        for index, parts in names.items():
            put(made.fields, self.spec.by_name["contacts.name"], index, full_name(parts))
        compact(made.fields)
        return made

    def _value(self, spec: FieldSpec, text: str) -> Any:
        if spec.type == "text" and not spec.is_list and "secret" not in spec.marks:
            return Decimal(text) if FREE in spec.marks and _NUMBER.fullmatch(text) else text
        if text[:1] in "[{" and (found := _json(spec, text)) is not None:
            return found
        key = spec.name, text
        try:
            return self._seen[key]
        except KeyError:
            value = self.read(spec, text)
            if len(self._seen) < 100_000:
                self._seen[key] = value
            return value

    @staticmethod
    def _beside(made: Entry, target: Target, text: str) -> None:
        if target.name == CUSTOMER:
            made.customer = text
        elif target.name == IDENT:
            made.ident = text


def _json(spec: FieldSpec, text: str) -> Any:
    """Return what `flat` has written as JSON; None for any other text."""
    import json

    try:
        found = json.loads(text, parse_float=Decimal)
    except ValueError:
        return None
    if spec.is_list and isinstance(found, list) and all(isinstance(v, str) for v in found):
        return found
    return (
        found
        if spec.type == "money" and isinstance(found, dict) and found.keys() <= {"amount", "currency"}
        else None
    )


def problem(field_name: str, e: CrmError) -> Problem:
    """Return what an error says of one field of a row."""
    hint = e.hint if isinstance(e.hint, Message) else Message(str(e.hint))
    return Problem("", 0, field_name, "import.value", "error", e.message, hint)


def full_name(parts: Mapping[str, str]) -> str:
    """Return a person's name that comes in two columns: 王小明, Anna Schmidt."""
    first, last = parts.get("first", ""), parts.get("last", "")
    if first and last and not (first.isascii() and last.isascii()) and len(first + last) <= 6:
        return last + first
    return " ".join(p for p in (first, last) if p)


def put(fields: dict[str, Any], spec: FieldSpec, index: int, value: Any) -> None:
    """Let `value` stand at a field of a record in the making; lists are kept by index until `compact`."""
    at: Any = fields
    *above, (last, _) = spec.steps
    for key, many in above:
        at = at.setdefault(key, _Slots() if many else {})
        if many:
            at = at.setdefault(index, {})
    at[last] = value


class _Slots(dict[int, Any]):
    """A list in the making, by index."""


def compact(fields: dict[str, Any]) -> None:
    """Make lists of what `put` kept by index."""
    for key, value in fields.items():
        if isinstance(value, _Slots):
            fields[key] = [value[i] for i in sorted(value)]
            for item in fields[key]:
                compact(item)
        elif isinstance(value, dict):
            compact(value)
