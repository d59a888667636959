"""The rules `cadence.*`: how often a customer is contacted.

R-000-42..44, R-001-37, R-004-02, -10, -11, -21, -22. Several of them on one customer give one row, the
earliest, with the others in `also`; a planned follow-up on or before that day covers it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.rules.condition import active, where
from crmkit.rules.facts import WON, day_of
from crmkit.rules.row import Also, Row, row_id

if TYPE_CHECKING:
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec

RHYTHMS = {
    "daily": "1 day",
    "weekly": "7 days",
    "biweekly": "14 days",
    "monthly": "1 month",
    "quarterly": "3 months",
}
"""What a rhythm means unless its term in `crm.yaml` says `every:` (R-004-21, R-004-22)."""

_SINCE = {
    "contact": N_("last contact {day}"),
    "won": N_("no contact yet, won {day}"),
    "created": N_("no contact yet, recorded {day}"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one cadence rule asks for."""

    rule: str
    due: date
    reason: Message
    interval: str
    where: str


def rows(facts: Facts) -> Iterator[Row]:
    """Give the one cadence row of the customer, or none where a planned follow-up covers it."""
    found = candidates(facts)
    found.sort(key=lambda c: c.due)  # stable: of two on one day the first of the rules leads
    if not found:
        return
    main = found[0]
    if row_id(facts.number, main.rule, facts.number, main.due) in facts.snoozed:
        return
    if any(day_of(when, facts.zone) <= main.due for when, _ in facts.planned):
        return
    contact, channels = facts.reach()
    yield Row(
        customer=facts.number,
        rule=main.rule,
        source=facts.number,
        due_on=main.due,
        reason=main.reason,
        also=tuple(Also(c.rule, c.due, c.reason) for c in found[1:]),
        owner=facts.owner(),
        channels=channels,
        contact=contact,
        high_value=facts.high_value,
        grade=facts.grade,
        interval=main.interval,
        where=main.where,
    )


def candidates(facts: Facts) -> list[Candidate]:
    """Return what each cadence rule that applies asks for, in the order of the rules; covered or not."""
    customer = facts.customer
    if customer is None:
        return []
    override = active(facts, "cadence.override") if customer.rhythm else None
    if override:
        if customer.rhythm == "none":
            return []
        every = _rhythm(facts, customer.rhythm or "")
        if every:
            return _after_last(facts, override, every, N_("{since}, own rhythm: {every}"))
    if facts.lost:
        return _lost(facts)
    found: list[Candidate] = []
    if customer.status != "dormant" and facts.stage in {"potential", "intent"}:
        found += _potential(facts)
    if facts.stage in WON:
        found += _new(facts)
    if facts.high_value and (spec := active(facts, "cadence.high_value")):
        found += _after_last(facts, spec, spec.every, N_("{since}, high value: {every}"))
    if customer.status == "dormant" and (spec := active(facts, "cadence.dormant")):
        found += _after_last(facts, spec, spec.every, N_("{since}, dormant: {every}"))
    for spec in _own(facts):
        found += _after_last(facts, spec, spec.every, N_("{since}, {why}: {every}"), why=spec.reason)
    if not found and facts.stage in WON and (spec := active(facts, "cadence.ordinary")):
        found += _after_last(facts, spec, spec.every, N_("{since}, won customer: {every}"))
    return found


def _own(facts: Facts) -> Iterator[RuleSpec]:
    """Yield the book's own cadence rules that hold for the customer."""
    for name, spec in facts.settings.rules.items():
        if spec.reason and name.startswith("cadence.") and active(facts, name):
            yield spec


def expected(facts: Facts) -> bool:
    """Whether some cadence rule is meant for this customer, so that no candidate means a missing fact."""
    customer = facts.customer
    if customer is None or facts.dossier.draft:
        return False
    if customer.rhythm and active(facts, "cadence.override"):
        if customer.rhythm == "none":
            return False
        if _rhythm(facts, customer.rhythm):
            return True
    if facts.lost:
        return active(facts, "cadence.lost") is not None and not _reason_known(facts)
    names = []
    if customer.status == "dormant":
        names.append("cadence.dormant")
    elif facts.stage not in WON:
        names.append("cadence.potential")
    if facts.stage in WON:
        names.append("cadence.ordinary")
    if facts.high_value:
        names.append("cadence.high_value")
    return any(active(facts, name) for name in names)


def start(facts: Facts) -> tuple[date, Message] | None:
    """Return the day that intervals count from: the last contact, else the day won, else the day recorded."""
    for kind, day in (
        ("contact", facts.contacts[-1] if facts.contacts else None),
        ("won", None if facts.contacts else facts.first_won),
        ("created", None if facts.contacts else facts.created_on),
    ):
        if day:
            return day, Message(_SINCE[kind], {"day": day.isoformat()})
    return None


def _after_last(facts: Facts, spec: RuleSpec, every: str, text: str, **more: str) -> list[Candidate]:
    since = start(facts)
    due = intervals.after(every, since[0], facts.settings.workdays) if since else None
    if since is None or due is None:
        return []
    told = since[1]
    reason = Message(text, {"since": told, "every": intervals.every(every), **more})
    return [Candidate(spec.name, due, reason, every, where(spec))]


def _rhythm(facts: Facts, code: str) -> str:
    term = facts.settings.vocabularies.get("rhythm", {}).get(code)
    own = term.attrs.get("every") if term else None
    return str(own) if own else RHYTHMS.get(code, "")


def _potential(facts: Facts) -> list[Candidate]:
    spec = active(facts, "cadence.potential")
    if spec is None:
        return []
    if len(facts.contacts) > 1:
        return _after_last(facts, spec, spec.every, N_("{since}, potential customer: {every}"))
    if facts.contacts:
        day: date | None = facts.contacts[0]
        text = N_("first contact {day}: the second within {span}")
    else:
        day = facts.created_on or facts.first_won
        text = N_("recorded {day}, no contact yet: the first within {span}")
    return _within(facts, spec, day, text)


def _new(facts: Facts) -> list[Candidate]:
    spec = active(facts, "cadence.new")
    won = facts.first_won
    if spec is None or won is None or (facts.contacts and facts.contacts[-1] > won):
        return []
    return _within(facts, spec, won, N_("won {day}, no contact since: follow up within {span}"))


def _lost(facts: Facts) -> list[Candidate]:
    spec = active(facts, "cadence.lost")
    if spec is None or _reason_known(facts):
        return []
    return _within(
        facts, spec, facts.last_lost, N_("lost {day}, the reason is not known yet: ask within {span}")
    )


def _reason_known(facts: Facts) -> bool:
    return bool(facts.customer and facts.customer.churn and facts.customer.churn.reason)


def _within(facts: Facts, spec: RuleSpec, day: date | None, text: str) -> list[Candidate]:
    interval = spec.first or spec.every
    due = intervals.after(interval, day, facts.settings.workdays) if day else None
    if day is None or due is None:
        return []
    reason = msg(text, day=day.isoformat(), span=intervals.span(interval))
    return [Candidate(spec.name, due, reason, interval, where(spec))]
