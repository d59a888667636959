"""Records that come whole, as JSON: `kind`, perhaps `id` and `customer`, and the fields under their names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.errors import CrmError, Problem, Refused, msg
from crmkit.exchange.entries import Entry, problem
from crmkit.exchange.text import decode
from crmkit.i18n import N_
from crmkit.records.catalog import FieldSpec, KindSpec
from crmkit.values.suggest import nearest

if TYPE_CHECKING:
    from crmkit.exchange.reading import Place

_BESIDE = frozenset({"id", "kind", "path", "customer", "customer_name", "phase", "why"})
"""What JSON says beside a record's fields, or reckons from them."""
WHY = "why"
"""The key under which a file of bad records says what was wrong."""


def read(raw: bytes, name: str, kind: str, encoding: str, place: Place) -> list[Entry]:
    """Return the records of a JSON list, one record, or JSON lines; `kind` is that of records that name none.

    Raises Refused for what is no JSON.
    """
    text = decode(raw, name, encoding)
    readers: dict[str, _Docs] = {}
    return [_entry(line, doc, kind, place, readers) for line, doc in _docs(text, name)]


def _docs(text: str, name: str) -> Iterator[tuple[int, Any]]:
    bare = text.lstrip()
    if bare.startswith("["):
        try:
            found = json.loads(bare, parse_float=Decimal)
        except ValueError as e:
            raise Refused(N_("{name} is no JSON: {why}"), name=name, why=str(e)) from None
        yield from enumerate(found, 1)
        return
    if bare.startswith("{") and "\n" in bare.rstrip():
        try:
            yield 1, json.loads(bare, parse_float=Decimal)
        except ValueError:
            pass
        else:
            return
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError) as e:
            yield number, Broken(line, str(e))


class Broken:
    """A line that is no JSON."""

    def __init__(self, text: str, why: str) -> None:
        self.text = text
        self.why = why


def _entry(line: int, doc: Any, kind: str, place: Place, readers: dict[str, _Docs]) -> Entry:
    kinds = place.catalog.kinds
    if not isinstance(doc, dict):
        entry = Entry(line, kind or "customer", {}, raw=doc.text if isinstance(doc, Broken) else doc)
        why = doc.why if isinstance(doc, Broken) else ""
        entry.problems.append(_wrong("", msg(N_("this is no record: {why}"), why=why or type(doc).__name__)))
        return entry
    said = str(doc.get("kind") or kind or "customer")
    if said not in kinds:
        entry = Entry(line, kind or "customer", {}, raw=doc)
        near = nearest(said, kinds) or ""
        hint = msg(N_("did you mean {near}?"), near=near) if near else None
        entry.problems.append(
            _wrong("kind", msg(N_("no kind of record is called {name!r}"), name=said), hint)
        )
        return entry
    if said not in readers:
        readers[said] = _Docs(kinds[said], place)
    return readers[said].entry(line, doc)


def _wrong(name: str, message: Any, hint: Any = None) -> Problem:
    return Problem("", 0, name, "import.value", "error", message, hint or msg(""))


class _Docs:
    """Reads records of one kind."""

    def __init__(self, spec: KindSpec, place: Place) -> None:
        from crmkit.records import entry

        self.spec = spec
        self.read: Callable[[FieldSpec, str], Any] = entry.reader(spec, place.settings, place.now)

    def entry(self, line: int, doc: Mapping[str, Any]) -> Entry:
        own = {"customer"} if "customer" in self.spec.by_name else set()
        fields = {k: v for k, v in doc.items() if k not in _BESIDE - own and v is not None}
        made = Entry(line, self.spec.name, {}, str(doc.get("id") or ""), str(doc.get("customer") or ""), doc)
        made.fields = self._mapping(fields, "", made)
        return made

    def _mapping(self, doc: Mapping[str, Any], prefix: str, made: Entry) -> dict[str, Any]:
        return {
            k: self._value(v, self.spec.by_name.get(f"{prefix}{k}"), f"{prefix}{k}", made)
            for k, v in doc.items()
        }

    def _value(self, value: Any, field: FieldSpec | None, name: str, made: Entry) -> Any:
        if isinstance(value, Mapping):
            return self._mapping(value, f"{name}.", made)
        if isinstance(value, list):
            return [self._value(v, field, name, made) for v in value]
        if isinstance(value, float):
            return Decimal(repr(value))
        if field is None or not isinstance(value, str):
            return value
        if "secret" in field.marks and value.startswith("enc:"):
            return ""  # only the book that it comes from can open it
        if "***" in value and field.marks & {"phone", "email", "personal"}:
            return ""
        try:
            return self._text(field, value)
        except CrmError as e:
            made.problems.append(problem(name, e))
            return value

    def _text(self, field: FieldSpec, value: str) -> Any:
        if field.type == "date" and len(value) == 10:
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        elif field.type == "when" and len(value) >= 16:
            try:
                found = datetime.fromisoformat(value)
            except ValueError:
                pass
            else:
                if found.tzinfo:
                    return found
        if field.type in {"text", "reference", "mapping"} and "secret" not in field.marks:
            return value
        found_list = self.read(field, value)
        return (
            found_list[0]
            if field.is_list and isinstance(found_list, list) and len(found_list) == 1
            else found_list
        )
