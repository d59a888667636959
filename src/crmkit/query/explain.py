"""Why a record is, or is not, what a query asks for: the conditions that decide it, with the values they met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.query.check import Scope, bind
from crmkit.query.fields import COMPUTED, Fields
from crmkit.query.match import Related, matches, total, values
from crmkit.query.nodes import And, Node, Not, Or, Sum, Term, Test, Words
from crmkit.query.parse import parse
from crmkit.query.text import leaves

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 3
"""Values of one condition that are told."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One condition as it was written, and what it met: `values` are plain JSON of the field's type.

    `label` is the field's label (a msgid), "" for words and `is:`; `negated` says that it stood behind a `not`.
    """

    term: str
    label: str = ""
    values: tuple[Any, ...] = ()
    type: str = "text"
    vocabulary: str = ""
    negated: bool = False


def explain(
    text: str, kind: str, scope: Scope, doc: Mapping[str, Any], related: Related
) -> tuple[bool, list[Fact]]:
    """Return whether `doc` fits the query, and the conditions that make it fit or keep it from it.

    Of alternatives that hold the first is told, of those that all fail every one.
    """
    walk = _Walk(text, kind, scope, doc, related)
    node = parse(text)
    fits = walk.holds(node)
    return fits, list(walk.facts(node, wanted=fits))


class _Walk:
    def __init__(self, text: str, kind: str, scope: Scope, doc: Mapping[str, Any], related: Related) -> None:
        self.text = text
        self.kind = kind
        self.scope = scope
        self.doc = doc
        self.related = related
        self.fields = Fields(scope.catalog, kind)

    def holds(self, node: Node) -> bool:
        return matches(self._bound(node), self.doc, self.related)

    def facts(self, node: Node, *, wanted: bool, negated: bool = False) -> Iterator[Fact]:
        if isinstance(node, And | Or):
            deciding = [item for item in node.items if self.holds(item) == wanted]
            for item in deciding[:1] if isinstance(node, Or) and wanted else deciding:
                yield from self.facts(item, wanted=wanted, negated=negated)
        elif isinstance(node, Not):
            yield from self.facts(node.item, wanted=not wanted, negated=not negated)
        elif isinstance(node, Term):
            yield self._fact(node, negated=negated)
        elif isinstance(node, Words):
            yield Fact(f'"{node.text}"', negated=negated)

    def _bound(self, node: Node) -> Node:
        return bind(node, self.kind, self.scope, self.text)

    def _fact(self, term: Term, *, negated: bool) -> Fact:
        written = _written(term)
        if term.op == "is":
            return Fact(written, negated=negated)
        region = term.field.lower() in {"region", "地区", "区域"}
        name = "address.province" if region else term.field
        found = (
            self.fields.find(name) or self.fields.find(name.lower()) or self.fields.find(f"customer.{name}")
        )
        if found is None:
            return Fact(written, negated=negated)
        spec = found.spec
        key = found.access.steps[0][0] if found.access.steps else ""
        if found.access.computed:
            spec = COMPUTED.get(found.owner_kind or self.kind, {}).get(key)
        node = self._bound(term)
        met = tuple(self._met(node, key))
        label, kind, words = (spec.label, spec.type, spec.vocabulary) if spec else ("", "text", "")
        return Fact(written, label, met[:MOST], kind, words, negated)

    def _met(self, node: Node, key: str) -> Iterator[Any]:
        """Yield the values that a bound condition looked at, those that meet it before all others."""
        if isinstance(node, Sum):
            yield total(node, self.related)
        elif isinstance(node, Test) and key == "years":
            yield from self._years(node)
        elif isinstance(node, Test):
            docs = (self.doc,) if not node.access.source else self.related.records(node.access.source)
            seen: list[tuple[bool, Any]] = []
            for doc in docs:
                own = self.related.computed(doc) if node.access.computed else doc
                one = Test(_beside(node), node.op, node.args, node.relative)
                fits = matches(one, doc, self.related)
                seen += ((fits, leaf) for value in values(own, node.access) for leaf in _plain(value))
            yield from dict.fromkeys(leaf for fits, leaf in sorted(seen, key=lambda s: not s[0]))
        elif isinstance(node, Or | And):
            yield from self._met(node.items[0], key)
        elif isinstance(node, Not):
            yield from self._met(node.item, key)

    def _years(self, node: Test) -> Iterator[int]:
        docs = (self.doc,) if not node.access.source else self.related.records(node.access.source)
        for doc in docs:
            for since in values(self.related.computed(doc), node.access):
                yield _full_years(str(since), self.scope.today.isoformat())


def _full_years(since: str, today: str) -> int:
    return max(int(today[:4]) - int(since[:4]) - (today[5:] < since[5:]), 0)


def _beside(test: Test) -> Any:
    """Return the access of a test as it is asked of the record itself."""
    from dataclasses import replace

    return replace(test.access, source="")


def _plain(value: Any) -> Iterator[Any]:
    """Yield a value as one that can be told: money as a whole, of other mappings the leaves."""
    if isinstance(value, dict) and set(value) <= {"amount", "currency"}:
        yield value.get("amount")
    elif isinstance(value, dict | list):
        yield from leaves(value)
    else:
        yield value


def _written(term: Term) -> str:
    if term.op in {"has", "no", "is"}:
        return f"{term.op}:{term.field}"
    told = ",".join(f"{v.text}..{v.upto}" if v.upto is not None else v.text for v in term.values)
    return f"{term.field}{term.op}{told}"
