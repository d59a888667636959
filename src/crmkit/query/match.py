"""Whether a record matches a bound query: the meaning that the SQL of `index/select.py` must agree with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from crmkit.query.nodes import Access, And, Bounds, Drafted, Every, Node, Not, Or, Overdue, Sum, Test, Words
from crmkit.query.text import leaves, name_keys, search_text

Doc = Mapping[str, Any]


class Related(Protocol):
    """What lies around a record: its dossier."""

    @property
    def draft(self) -> bool:
        """Whether the dossier waits for review."""

    def records(self, kind: str) -> Iterable[Doc]:
        """Yield the dossier's records of a kind ("customer" too)."""

    def computed(self, doc: Doc) -> Doc:
        """Return the computed values of one of the dossier's records."""

    def due(self, doc: Doc) -> Iterable[tuple[str, str]]:
        """Yield when something of the record falls due and until when it is of use ("": for ever), as texts."""


@dataclass(frozen=True)
class Dossier:
    """A plain `Related`. `agenda` is `(source id, due, until)`; a customer has a share in every row. `values` by id."""

    docs: Mapping[str, Sequence[Doc]] = field(default_factory=dict)
    draft: bool = False
    agenda: Sequence[tuple[str, str, str]] = ()
    values: Mapping[str, Doc] = field(default_factory=dict)

    def records(self, kind: str) -> Iterable[Doc]:
        """Yield the dossier's records of a kind."""
        return self.docs.get(kind, ())

    def computed(self, doc: Doc) -> Doc:
        """Return the computed values of a record."""
        return self.values.get(str(doc.get("id", "")), {})

    def due(self, doc: Doc) -> Iterable[tuple[str, str]]:
        """Yield when something of the record falls due, and until when it is of use."""
        whole = any(doc is customer for customer in self.records("customer"))
        return [(due, until) for source, due, until in self.agenda if whole or source == doc.get("id")]


def matches(node: Node, doc: Doc, related: Related) -> bool:
    """Return whether `doc` (with id, kind, path and customer among its keys) is what the bound query asks for."""
    if isinstance(node, Test):
        return _test(node, doc, related)
    if isinstance(node, And):
        return all(matches(item, doc, related) for item in node.items)
    if isinstance(node, Or):
        return any(matches(item, doc, related) for item in node.items)
    if isinstance(node, Not):
        return not matches(node.item, doc, related)
    if isinstance(node, Words):
        return _words(node, doc, related)
    if isinstance(node, Sum):
        return any(within(total(node, related), bounds) for bounds in node.args)
    if isinstance(node, Every):
        return True
    if isinstance(node, Drafted):
        return related.draft
    if isinstance(node, Overdue):
        return any(_overdue(node, due, until) for due, until in related.due(doc))
    raise TypeError(f"not a bound query: {node!r}")


def _overdue(node: Overdue, due: str, until: str) -> bool:
    passed = bool(until) and until < node.day
    return not passed and due < (node.moment if len(due) > len("2024-06-05") else node.day)


def total(node: Sum, related: Related) -> int | float:
    """Return what the dossier's orders in the span come to; amounts to the hundredth."""
    found: list[int | float] = []
    for order in related.records("order"):
        day = order.get("ordered_on")
        if not isinstance(day, str) or not node.since < day <= node.upto:
            continue
        if order.get("status") == "cancelled":
            continue
        worth = 1 if node.what == "count" else related.computed(order).get("worth")
        if isinstance(worth, int | float) and not isinstance(worth, bool):
            found.append(worth)
    return round(math.fsum(found), 2)


def without_identity(doc: Doc) -> Doc:
    """Return the fields alone."""
    return {k: v for k, v in doc.items() if k not in ("id", "kind", "path", "customer")}


def _words(node: Words, doc: Doc, related: Related) -> bool:
    if node.text in search_text(without_identity(doc), node.names):
        return True
    if not node.customer:
        return False
    return any(node.text in line for c in related.records("customer") for line in customer_names(c))


def customer_names(doc: Doc) -> list[str]:
    """Return the normalised names of a customer, in pinyin too: what finds the records beside it."""
    from crmkit.values.names import norm

    names = ("name", "short_name")
    plain = [norm(doc[n]) for n in names if isinstance(doc.get(n), str)]
    return plain + name_keys(doc, names)


def _test(test: Test, doc: Doc, related: Related) -> bool:
    access = test.access
    docs: Iterable[Doc] = (doc,) if not access.source else related.records(access.source)
    return any(_holds(test, related.computed(d) if access.computed else d) for d in docs)


def _holds(test: Test, doc: Doc) -> bool:
    if not test.access.steps:
        doc = without_identity(doc)
    found = values(doc, test.access)
    if test.op == "has":
        return not test.access.steps or any(leaf != "" for value in found for leaf in leaves(value))
    if test.access.type in ("mapping", "any"):
        found = [leaf for value in found for leaf in leaves(value)]
    return any(_value_holds(test, value) for value in found)


def values(doc: Any, access: Access) -> list[Any]:
    """Return the values at the steps of `access`; a step that is a list yields its items."""
    found = [doc]
    for key, is_list in access.steps:
        below = [item[key] for item in found if isinstance(item, Mapping) and key in item]
        found = [leaf for item in below if isinstance(item, list) for leaf in item] if is_list else below
    return [value for value in found if value is not None]


def _value_holds(test: Test, value: Any) -> bool:
    if test.op == "number":
        if isinstance(value, Mapping):
            value = value.get("amount")
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and any(within(value, bounds) for bounds in test.args)
        )
    if test.op == "flag":
        return isinstance(value, bool) and value == test.args[0]
    if not isinstance(value, str):
        return False
    if test.op == "codes":
        return value in test.args
    if test.op == "when":
        return any(within(value, bounds) for bounds in test.args)
    return _text_holds(test, value)


def _text_holds(test: Test, value: str) -> bool:
    from crmkit.values.names import norm

    text = norm(value)
    if test.op == "equals":
        return text in test.args
    if test.op == "prefix":
        return text.startswith(test.args)
    return any(arg in text for arg in test.args)


def within(value: Any, bounds: Bounds) -> bool:
    """Return whether `value` lies between the ends."""
    if bounds.low is not None and (value < bounds.low or (bounds.low_open and value == bounds.low)):
        return False
    if bounds.high is None:
        return True
    return bool(value < bounds.high or (value == bounds.high and not bounds.high_open))
