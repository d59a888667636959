"""Bind a query to a kind of record: names become places, values become codes, numbers and dates.

An unknown field or an unknown value of a vocabulary is an error with a suggestion, never an empty list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from crmkit.errors import Message, UsageError, msg
from crmkit.i18n import N_
from crmkit.query.fields import BY_TODAY, DUE, Fields, Found
from crmkit.query.nodes import And, Every, Node, Not, Op, Or, Overdue, Term, Test, Value, Words
from crmkit.query.nodes import Drafted as _Drafted
from crmkit.query.parse import parse
from crmkit.query.terms import Terms

if TYPE_CHECKING:
    from crmkit.records.catalog import Catalog
    from crmkit.settings.model import Settings

CLOSED = frozenset({"done", "cancelled", "won", "lost", "resolved", "closed", "paid", "completed", "ended"})
"""A record with one of these as its status or stage is not `is:open`; a customer only with `lost`."""

IS = ("overdue", "open", "dormant", "draft")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the words of a query are read against.

    `me` are the names and addresses of the person who asks (empty: `owner:me` is everybody); `owners` gives the
    owners that the book's records name, None where owners are not checked (rules, before there is an index).
    """

    catalog: Catalog
    settings: Settings
    today: date
    now: datetime | None = None
    me: tuple[str, ...] = ()
    owners: Callable[[], Iterable[str]] | None = None


def compile_query(text: str, kind: str, scope: Scope) -> Node:
    """Parse and bind; UsageError names the place and the way out."""
    return bind(parse(text), kind, scope, text)


def bind(node: Node, kind: str, scope: Scope, text: str = "") -> Node:
    """Return `node` bound to records of `kind` ("due" for agenda rows)."""
    return _Binder(kind, scope, text).bind(node)


class _Binder:
    def __init__(self, kind: str, scope: Scope, text: str) -> None:
        self.scope = scope
        self.text = text
        self.kind = kind
        self.fields = Fields(scope.catalog, kind)
        self.terms = Terms(scope, text)

    def bind(self, node: Node) -> Node:
        if isinstance(node, And):
            return And(tuple(self.bind(item) for item in node.items))
        if isinstance(node, Or):
            return Or(tuple(self.bind(item) for item in node.items))
        if isinstance(node, Not):
            return Not(self.bind(node.item))
        if isinstance(node, Words):
            return self._words(node)
        if isinstance(node, Term):
            return self._term(node)
        return node

    def _words(self, node: Words) -> Node:
        from crmkit.query.text import name_fields
        from crmkit.values.names import norm

        text = norm(node.text)
        if not text:
            return Every()
        return Words(text, node.pos, name_fields(self.fields.spec), self.fields.in_dossier)

    def _term(self, term: Term) -> Node:
        if term.op == "is":
            return self._is(term)
        if term.field.lower() in ("region", "地区", "区域"):
            return self._region(term)
        found = self.fields.find(term.field) or self.fields.find(term.field.lower())
        if found is None:
            raise self._unknown_field(term)
        if term.op in ("has", "no"):
            by_today = found.access.computed and found.access.steps[0][0] in BY_TODAY
            has = self.terms.test(found, term) if by_today else Test(found.access, "has")
            return has if term.op == "has" else Not(has)
        node: Node = self.terms.test(found, term)
        if _is_stage_of_customer(found) and isinstance(node, Test) and "potential" in node.args:
            node = Or((node, Not(Test(found.access, "has"))))
        return node

    def _unknown_field(self, term: Term) -> UsageError:
        from crmkit.values.suggest import nearest

        near = nearest(term.field.lower(), self.fields.names())
        label = self.fields.spec.label
        return self.terms.error(
            term.pos,
            msg(N_("{kind} has no field {name!r}"), kind=msg(label) if label else self.kind, name=term.field),
            msg(N_("did you mean {near!r}?"), near=near) if near else self._similar(term.field),
        )

    def _similar(self, name: str) -> Message | None:
        """Return the fields whose label has the word."""
        from crmkit.records.place import similar

        kinds = self.fields.catalog.kinds
        spec = kinds["customer"] if self.kind == DUE and "customer" in kinds else self.fields.spec
        found = similar(spec, name)
        return msg(N_("did you mean one of these? {fields}"), fields=found) if found else None

    def _region(self, term: Term) -> Node:
        name = "address.province"
        found = self.fields.find(name) or self.fields.find(f"customer.{name}")
        if found is None:
            raise self._unknown_field(term)
        if term.op in ("has", "no"):
            has = Test(found.access, "has")
            return has if term.op == "has" else Not(has)
        return self.terms.region(found, term)

    def _is(self, term: Term) -> Node:
        word = term.field.lower()
        if word == "overdue":
            now = self.scope.now
            moment = now.isoformat(timespec="minutes")[:16] if now else self.scope.today.isoformat()
            return Overdue(self.scope.today.isoformat(), moment)
        if word == "draft":
            return _Drafted()
        if word == "open":
            return self._open()
        if word == "dormant" and not self._holds("status", word):
            found = self.fields.find("customer.status")
            if found:
                return Test(found.access, "codes", (word,))
        return self._state(term, word)

    def _open(self) -> Node:
        closed = ("lost",) if self.kind in ("customer", DUE) else tuple(sorted(CLOSED))
        tests: list[Node] = []
        for name in ("status", "stage"):
            found = self.fields.find(name)
            if found and (found.access.source == "" or self.kind == DUE):
                tests.append(Not(Test(found.access, "codes", closed)))
        return And(tuple(tests)) if tests else Every()

    def _holds(self, name: str, code: str) -> bool:
        found = self.fields.find(name)
        return bool(
            found
            and found.spec
            and found.access.source == ""
            and code in self.scope.settings.vocabularies.get(found.spec.vocabulary, {})
        )

    def _state(self, term: Term, word: str) -> Node:
        """Read `is:won` as the status, stage or type that knows the word."""
        for name in ("status", "stage", "type", "customer_type"):
            found = self.fields.find(name)
            code = found and found.spec and self.terms.code(found.spec, term.field)
            if found and code:
                return self._term(Term(name, "=", (Value(code, term.pos, quoted=True),), term.pos))
        from crmkit.values.suggest import nearest

        near = nearest(word, IS)
        raise self.terms.error(
            term.pos,
            msg(N_("{name!r} is nothing that is: knows"), name=term.field),
            msg(N_("did you mean {near!r}?"), near=near)
            if near
            else msg(N_("is: knows {names} and every status"), names=", ".join(IS)),
        )


def _is_stage_of_customer(found: Found) -> bool:
    return found.owner_kind == "customer" and found.access.steps == (("stage", False),)


__all__ = ["CLOSED", "IS", "Op", "Scope", "bind", "compile_query"]
