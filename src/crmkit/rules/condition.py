"""Whether a rule holds for a customer: it is on, and the customer meets its `when`.

`when` is a query over the customer that may not depend on today. It is bound once for each settings, and only
where a rule has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.errors import Problem, UsageError, msg
from crmkit.i18n import N_
from crmkit.rules import computed

if TYPE_CHECKING:
    from crmkit.query.nodes import Node
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec, Settings

    Doc = Mapping[str, Any]

_NO_DAY = date(2000, 1, 1)
"""Handed to the binder in place of today: what depends on it is refused."""


def active(facts: Facts, name: str) -> RuleSpec | None:
    """Return the settings of a rule that is on and whose `when` this customer meets, else None."""
    spec = facts.settings.rules.get(name)
    if spec is None or not spec.on:
        return None
    return spec if not spec.when or _holds(name, facts) else None


def where(spec: RuleSpec) -> str:
    """Return where the book sets a rule ("crm.yaml:12"), "" where it leaves it to the defaults."""
    return "" if spec.source == "defaults" else f"{spec.source}:{spec.line}"


def problems(settings: Settings, path: str = "crm.yaml") -> list[Problem]:
    """Return what is wrong with the `when` of each rule: unreadable, unknown names, or dependent on today.

    That of a tier may depend on today: it is asked only when somebody asks.
    """
    found = list(_tiers(settings, path))
    for spec in settings.rules.values():
        node = _bind(spec, settings)
        if isinstance(node, UsageError):
            field = f"rules.{spec.name}.when"
            found.append(Problem(path, spec.line, field, "rule.when", "error", node.message, node.hint))
        if spec.of and not _is_date(spec.of, settings):
            message = msg(N_("{of!r} is no date field of a customer or its records"), of=spec.of)
            hint = msg(N_("for example founded, contract.signed_on, order.delivered_on"))
            found.append(Problem(path, spec.line, f"rules.{spec.name}.of", "rule.of", "error", message, hint))
    return found


def _tiers(settings: Settings, path: str) -> Iterator[Problem]:
    """Yield what is wrong with the `when` of each tier (R-002-39)."""
    from crmkit.query.check import Scope, compile_query
    from crmkit.records.registry import catalog

    scope = Scope(catalog(settings), settings, _NO_DAY)
    for tier in settings.tiers:
        try:
            compile_query(tier.when, "customer", scope)
        except UsageError as error:
            yield Problem(
                path, tier.line, f"tiers.{tier.code}.when", "tier.when", "error", error.message, error.hint
            )


def _is_date(of: str, settings: Settings) -> bool:
    from crmkit.records.registry import catalog

    kinds = catalog(settings).kinds
    kind, _, rest = of.partition(".")
    spec, name = (kinds[kind], rest) if rest and kind in kinds else (kinds["customer"], of)
    if spec.place not in {"customer", "dossier"}:
        return False
    field = spec.by_name.get(name)
    return field is not None and field.type in {"date", "when"}


def _holds(rule: str, facts: Facts) -> bool:
    """Whether the customer meets the `when` of `rule`.

    One that cannot be read is a problem of the settings; until it is mended the rule applies to everybody,
    since a row too many is better than a customer forgotten.
    """
    node = _bound(facts.settings).get(rule)
    customers = facts.dossier.docs.get("customer", ())
    if node is None or not customers:
        return node is None
    from crmkit.query.match import matches

    return matches(node, customers[0], _Related(facts))


class _Related:
    """What a query reaches from the customer: the dossier's documents and what is computed of them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.draft = facts.dossier.draft

    def records(self, kind: str) -> Iterable[Doc]:
        return self.facts.dossier.docs.get(kind, ())

    def computed(self, doc: Doc) -> Doc:
        return computed.values(self.facts, doc)

    def due(self, doc: Doc) -> Iterable[tuple[str, str]]:  # noqa: ARG002 - rules may not ask what is overdue
        return ()


class _Last:
    """The bound conditions of the settings asked for last: a run knows one book."""

    settings: Settings | None = None
    bound: Mapping[str, Node] = {}


def _bound(settings: Settings) -> Mapping[str, Node]:
    if _Last.settings is not settings:
        read = {spec.name: _bind(spec, settings) for spec in settings.rules.values()}
        _Last.bound = {
            n: node for n, node in read.items() if node is not None and not isinstance(node, UsageError)
        }
        _Last.settings = settings
    return _Last.bound


def _bind(spec: RuleSpec, settings: Settings) -> Node | UsageError | None:
    if not spec.when:
        return None
    from crmkit.query.check import Scope, compile_query
    from crmkit.query.nodes import day_dependent
    from crmkit.records.registry import catalog

    try:
        node = compile_query(spec.when, "customer", Scope(catalog(settings), settings, _NO_DAY))
    except UsageError as error:
        return error
    if day_dependent(node):
        return UsageError(
            msg(N_("the rule {rule} may not depend on today: {when!r}"), rule=spec.name, when=spec.when),
            hint=msg(N_("a rule says for whom; first, every and lead say when")),
        )
    return node
