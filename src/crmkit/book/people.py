"""Who is named in records: members of the team, and the people at the customer.

A name that nobody has is easily mistyped and hides a row from everybody, so it is told; a solo book knows no team.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from crmkit.errors import Message, Problem, msg
from crmkit.i18n import N_
from crmkit.records.team import ANSWERS, DID, MET, suggestion
from crmkit.values.suggest import nearest

if TYPE_CHECKING:
    from crmkit.records.catalog import Catalog, FieldSpec, KindSpec
    from crmkit.settings.model import Settings

_PEOPLE = ANSWERS | {DID, MET}


class Row(Protocol):
    """One record as the index gives it."""

    @property
    def kind(self) -> str:
        """Return its kind."""

    @property
    def path(self) -> str:
        """Return its file, relative to the book."""

    @property
    def customer(self) -> str:
        """Return its customer's number."""

    @property
    def doc(self) -> Mapping[str, Any]:
        """Return its fields."""


def flaws(
    spec: KindSpec, doc: Mapping[str, Any], settings: Settings, customer: Mapping[str, Any] | None
) -> Iterator[tuple[FieldSpec, Problem]]:
    """Yield a warning, without path and line, for each name in a record that nobody has.

    `customer` are the fields of the record's customer, None where they cannot be read.
    """
    for field in spec.fields:
        if not field.marks & _PEOPLE:
            continue
        for where, name in values(doc, field.steps):
            found = _at_customer(name, customer) if MET in field.marks else _in_team(name, settings)
            if found:
                code = "person.contact" if MET in field.marks else "person.team"
                yield field, Problem("", 0, where, code, "warning", *found)


def across(rows: Iterable[Row], catalog: Catalog, settings: Settings) -> Iterator[Problem]:
    """Yield the same for all records of a book.

    Who once did something or was met may have left since, and the record of it stays: such a name is told once.
    """
    rows = list(rows)
    customers = {row.customer: row.doc for row in rows if row.kind == "customer"}
    past: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for row in rows:
        spec = catalog.kinds.get(row.kind)
        for field, found in flaws(spec, row.doc, settings, customers.get(row.customer)) if spec else ():
            problem = replace(found, path=row.path)
            if ANSWERS & field.marks:
                yield problem
            else:
                whose = row.customer if MET in field.marks else ""
                past[whose, str(found.message.args["name"])].append(problem)
    for problems in past.values():
        first, *others = problems
        if others:
            again = msg(N_("{what} (and so in {n} more)"), what=first.message, n=len(others))
            first = replace(first, message=again)
        yield first


def values(doc: Any, steps: Sequence[tuple[str, bool]], name: str = "") -> Iterator[tuple[str, str]]:
    """Yield `(dotted name with positions, text)` of a field's values."""
    if not steps:
        if isinstance(doc, str | int):
            yield name, str(doc)
        return
    (key, is_list), *rest = steps
    value = doc.get(key) if isinstance(doc, Mapping) else None
    name = f"{name}.{key}" if name else key
    if is_list and isinstance(value, list):
        for i, item in enumerate(value):
            yield from values(item, rest, f"{name}.{i}")
    elif value is not None:
        yield from values(value, rest, name)


def _in_team(name: str, settings: Settings) -> tuple[Message, Message] | None:
    if settings.solo or settings.member(name):
        return None
    return msg(N_("nobody in the team is called {name!r}"), name=name), suggestion(name, settings)


def _at_customer(name: str, customer: Mapping[str, Any] | None) -> tuple[Message, Message] | None:
    if customer is None:
        return None
    contacts = [c for c in customer.get("contacts") or () if isinstance(c, Mapping)]
    known = [str(c["name"]) for c in contacts if c.get("name")]
    own = [str(customer[key]) for key in ("name", "short_name") if customer.get(key)]
    if _folded(name) in {_folded(n) for n in (*known, *own)}:
        return None
    message = msg(N_("the customer has no contact called {name!r}"), name=name)
    near = nearest(name, known)
    if near:
        return message, msg(N_("did you mean {near}?"), near=near)
    add = msg(
        N_("add the contact: crm set {customer} contacts.{n}.name={name}"),
        customer=own[0] if own else "ID",
        n=len(contacts),
        name=name,
    )
    return message, add


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()
