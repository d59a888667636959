"""What the book knows already: the customer or record that a row of a file is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.values import company, phone, when
from crmkit.values.names import norm

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.exchange.entries import Entry
    from crmkit.index.reader import Row
    from crmkit.records.catalog import KindSpec

SURE = ("id", "tax_id")
"""Keys that are one customer's alone."""


@dataclass(eq=False, slots=True)
class Target:
    """One record that is to be: `row` is what the book has of it (None: nothing yet), `fields` what it will hold.

    For a record of the book `fields` are only what the file says. `entries` are the rows that it comes of.
    """

    kind: str
    row: Row | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    ident: str = ""
    whose: Target | None = None
    entries: list[Entry] = field(default_factory=list)
    path: str = ""
    lost: bool = False

    @property
    def doc(self) -> Mapping[str, Any]:
        """What is known of the record so far."""
        return self.row.doc if self.row else self.fields

    @property
    def title(self) -> str:
        """What people call it."""
        return self.row.title if self.row else str(self.fields.get("name") or self.ident)


def plain(value: Any) -> Any:
    """Return a value of a record in the making as the index has it: dates as text, numbers as JSON."""
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, date):
        return when.show(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        made = {k: plain(v) for k, v in value.items()}
        return made["amount"] if set(made) == {"amount"} else made
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def people(doc: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield a customer and its contacts."""
    yield doc
    yield from (c for c in doc.get("contacts") or () if isinstance(c, Mapping))


def reached(doc: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the phones and e-mail addresses of a customer and its contacts, as they are compared."""
    for who in people(doc):
        for name in ("phone", "mobile"):
            number = phone.key(str(who.get(name) or ""))
            if len(number) >= 7:
                yield "phone", number
        address = str(who.get("email") or "").strip().casefold()
        if "@" in address:
            yield "email", address


def keys(doc: Mapping[str, Any], ident: str = "") -> Iterator[tuple[str, str]]:
    """Yield everything by which a customer is known again, the surest first."""
    for number in (ident, *(doc.get("formerly") or ())):
        if number:
            yield "id", number
    if doc.get("tax_id"):
        yield "tax_id", "".join(str(doc["tax_id"]).split()).upper()
    if doc.get("name"):
        yield "name", norm(str(doc["name"]))
    yield from reached(doc)


def alike(one: str, other: str) -> bool:
    """Whether two names may be one company's: equal without city and legal form, or one within the other."""
    a, b = (norm(company.short(n) or n) for n in (one, other))
    if not a or not b or a == b:
        return True
    if min(len(a), len(b)) >= 2 and (a in b or b in a):
        return True
    from rapidfuzz.distance import DamerauLevenshtein

    return DamerauLevenshtein.normalized_similarity(a, b) >= 0.75


class Known:
    """The customers of a book and of the file at hand, by their keys."""

    def __init__(self, session: Session, by: str = "") -> None:
        """`by` is the one field that decides, where the user names one."""
        self.by = by
        self._by_key: dict[tuple[str, str], list[Target]] = {}
        for row in session.index.rows("customer"):
            self.add(Target("customer", row, ident=row.id, path=row.path))

    def add(self, target: Target) -> None:
        """Know a customer by its keys from now on; again, where it has come by new ones."""
        for doc in (target.doc, target.fields) if target.row and target.fields else (target.doc,):
            for key in keys(doc, target.ident):
                self._add(key, target)
            for text in _said(doc, self.by) if self.by else ():
                self._add((f"={self.by}", norm(text)), target)

    def _add(self, key: tuple[str, str], target: Target) -> None:
        found = self._by_key.setdefault(key, [])
        if target not in found:
            found.append(target)

    def customers(self) -> list[Target]:
        """Return all of them."""
        return list(
            dict.fromkeys(t for (what, _), found in self._by_key.items() if what == "id" for t in found)
        )

    def reached_by(self, address: str) -> list[Target]:
        """Return the customers that have an e-mail address, or a contact with it."""
        return self._by_key.get(("email", address.strip().casefold()), [])

    def named(self, text: str) -> list[Target]:
        """Return the customers that go by a number, a name, a tax id, a phone or an address exactly."""
        wanted = text.strip()
        for key in (
            ("id", wanted),
            ("name", norm(wanted)),
            ("tax_id", wanted.upper()),
            ("email", wanted.casefold()),
            ("phone", phone.key(wanted)),
        ):
            if key[1] and (found := self._by_key.get(key)):
                return found
        return []

    def same(self, fields: Mapping[str, Any], ident: str) -> tuple[list[Target], str]:
        """Return the customers that a row is about, and the key that tells; several where it cannot be told."""
        if self.by:
            texts = _said(fields, self.by)
            found = [t for text in texts for t in self._by_key.get((f"={self.by}", norm(text)), ())]
            return list(dict.fromkeys(found)), self.by
        name = str(fields.get("name") or "")
        for what, key in keys(fields, ident):
            found = self._by_key.get((what, key), [])
            if what not in SURE:
                found = [t for t in found if self._agrees(t, fields, name, what)]
            if found:
                return found, what
        return [], ""

    def doubtful(self, fields: Mapping[str, Any]) -> list[tuple[Target, str]]:
        """Return customers that share a phone or an address with a row without being taken for the same."""
        out: dict[Target, str] = {}
        for what, key in reached(fields):
            for target in self._by_key.get((what, key), ()):
                out.setdefault(target, what)
        return list(out.items())

    @staticmethod
    def _agrees(target: Target, fields: Mapping[str, Any], name: str, what: str) -> bool:
        theirs, ours = target.doc.get("tax_id"), fields.get("tax_id")
        if theirs and ours and "".join(str(theirs).split()).upper() != "".join(str(ours).split()).upper():
            return False
        return what == "name" or not name or alike(name, str(target.doc.get("name") or ""))


def _said(doc: Mapping[str, Any], name: str) -> list[str]:
    """Return the texts at a dotted name, in any entry of the lists on the way."""
    found: list[Any] = [doc]
    for step in name.split("."):
        inner = [d.get(step) for d in found if isinstance(d, Mapping)]
        found = [v for i in inner for v in (i if isinstance(i, list | tuple) else [i])]
    texts = [
        phone.key(str(v)) or str(v) if name.endswith(("phone", "mobile")) else str(v) for v in found if v
    ]
    return [t for t in texts if t]


def identity(spec: KindSpec, fields: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what makes a record of a dossier known again: its number, else its day and its words."""
    if fields.get("origin"):
        return "origin", str(fields["origin"])
    title = spec.first("title")
    numbered = spec.by_name.get(title)
    if numbered and "key" in numbered.marks and fields.get(title):
        return (norm(str(fields[title])),)
    stamps = {f.name for f in spec.marked("stamp")}
    names = [
        n for n in (spec.date_field, spec.first("due"), title, "subject", "content") if n and n not in stamps
    ]
    found = tuple(_day(plain(fields.get(n))) for n in dict.fromkeys(names) if n in spec.by_name)
    return found if any(found) else ()


def _day(value: Any) -> Any:
    return norm(value) if isinstance(value, str) else value


def without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {k: v for k, v in fields.items() if v not in (None, "", [], {})}


def merged(old: Any, new: Any) -> Any:
    """Return `old` with `new` merged into it: mappings by key, lists of entries by what names them, texts replaced."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{k: merged(old.get(k), v) for k, v in new.items()}}
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return _merged_lists(list(old), list(new))
    return new


_ENTRY_KEYS = ("id", "name", "code", "customer", "summary", "what", "product", "due", "on")
"""By which entries of a list are known again (records.md)."""
_PERSON_KEYS = ("mobile", "phone", "email", "wechat")


def _merged_lists(old: list[Any], new: list[Any]) -> list[Any]:
    out = list(old)
    for item in new:
        if not isinstance(item, Mapping):
            if plain(item) not in [plain(o) for o in out]:
                out.append(item)
            continue
        at = next((i for i, o in enumerate(out) if isinstance(o, Mapping) and same_entry(o, item)), None)
        if at is None:
            out.append(item)
        else:
            out[at] = merged(out[at], item)
    return out


def same_entry(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two entries of lists are about the same: by name, else by phone or address, else by what they go by."""
    if one.get("name") and other.get("name"):
        return norm(str(one["name"])) == norm(str(other["name"]))
    for name in _PERSON_KEYS:
        if one.get(name) and other.get(name):
            a, b = str(one[name]), str(other[name])
            if (phone.key(a) or a) == (phone.key(b) or b):
                return True
    for name in _ENTRY_KEYS:
        if one.get(name) is not None and other.get(name) is not None:
            same = plain(one[name]) == plain(other[name])
            return bool(same) and (
                name != "product" or plain(one.get("unit_price")) == plain(other.get("unit_price"))
            )
    return bool(plain(dict(one)) == plain(dict(other)))
