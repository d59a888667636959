"""The rules `review.*`: what was submitted is reviewed in time (R-000-17 to R-000-21, R-002-25).

The day of submission never counts. Where review is off, or nobody else is there, nothing is to be reviewed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from crmkit.errors import Message, Problem, msg
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.rules.condition import active, where
from crmkit.rules.dates import is_answered
from crmkit.rules.facts import When, day_of, moment_of
from crmkit.rules.row import Row

if TYPE_CHECKING:
    from crmkit.records.base import Record, Review
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec, Settings

CUSTOMER = "review.customer"
CONTRACT = "review.contract"


def customer_rows(facts: Facts) -> Iterator[Row]:
    """Give a row for a customer that was submitted, until it is approved or returned (R-000-18)."""
    spec = _wanted(facts, CUSTOMER)
    customer = facts.customer
    if spec is None or customer is None:
        return
    within = spec.first or facts.settings.review.within
    line = 0 if spec.first else facts.settings.lines.get("review", 0)
    place = f"crm.yaml:{line}" if line else where(spec)
    yield from _rows(facts, spec, customer, customer.review, within=within, place=place)


def contract_rows(facts: Facts) -> Iterator[Row]:
    """Give a row for each contract that was submitted, until it is approved or returned (R-002-25)."""
    spec = _wanted(facts, CONTRACT)
    if spec is None:
        return
    for contract in facts.dossier.contracts:
        within = spec.first or facts.settings.review.within
        yield from _rows(
            facts,
            spec,
            contract,
            contract.review,
            within=within,
            place=where(spec),
            number=contract.number or contract.name or contract.id,
        )


def reviewers(settings: Settings, kind: str, submitter: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the role that reviews records of a kind, and its members; nobody reviews what is his own.

    Customers are reviewed by the role under `review.by`; contracts by the role that approves the fewest kinds
    (legal before an administrator who may approve all). Where its only member is the submitter, the next role takes
    its place.
    """
    own = settings.member(submitter)
    roles = approving(settings, kind)
    for role in roles:
        names = tuple(m.name for m in settings.team if role in m.roles and m != own)
        if names:
            return role, names
    return (roles[0] if roles else ""), ()


def problems(settings: Settings, path: str = "crm.yaml") -> list[Problem]:
    """Return a warning where new customers are reviewed and nobody can: their rows are everybody's then."""
    if not settings.review.required or settings.solo or reviewers(settings, "customer")[1]:
        return []
    roles = ", ".join(approving(settings, "customer"))
    message = msg(N_("new customers are reviewed, but nobody in the team has a role that approves them"))
    hint = msg(N_("give somebody under team: one of these roles: {roles}"), roles=roles)
    line = settings.lines.get("review", 0)
    return [Problem(path, line, "review", "review.nobody", "warning", message, hint, "R-000-18")]


def approving(settings: Settings, kind: str) -> list[str]:
    """Return the roles that approve records of a kind, the one whose business it is first."""
    approved = {role: _kinds(rights.get("approve")) for role, rights in settings.roles.items()}
    roles = [role for role, kinds in approved.items() if kind in kinds]
    roles.sort(key=lambda role: len(approved[role]))  # stable: of two the first that is written
    if kind == "customer" and settings.review.by:
        roles = [settings.review.by, *(role for role in roles if role != settings.review.by)]
    return roles


def _kinds(value: object) -> tuple[str, ...]:
    """Return the kinds that a role approves; `approve: contract` is `approve: [contract]`."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(","))
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


def _wanted(facts: Facts, name: str) -> RuleSpec | None:
    settings = facts.settings
    return active(facts, name) if settings.review.required and not settings.solo else None


def _rows(
    facts: Facts,
    spec: RuleSpec,
    record: Record,
    review: Review | None,
    *,
    within: str,
    place: str,
    number: str = "",
) -> Iterator[Row]:
    if review is None or review.state != "submitted":
        return
    since = _submitted(record, review)
    due = _due(facts, within, since) if since else None
    if since is None or due is None:
        return
    submitter = review.submitted_by or ""
    role, names = reviewers(facts.settings, record.kind, submitter)
    row = Row(
        customer=facts.number,
        rule=spec.name,
        source=record.id,
        due_on=day_of(due, facts.zone),
        due_at=due if isinstance(due, datetime) else None,
        reason=_asked(day_of(since, facts.zone), submitter, within, number),
        # nobody's row is everybody's, which is right where nobody can review
        owner=names[0] if len(names) == 1 else (role if names else ""),
        people=names,
        high_value=facts.high_value,
        grade=facts.grade,
        interval=within,
        where=place,
    )
    if not is_answered(facts, row):
        yield row


def _submitted(record: Record, review: Review) -> When | None:
    """Return when it was submitted; where nobody wrote that down, when the record was made: too early at worst."""
    return review.submitted_at or record.created_on


def _due(facts: Facts, within: str, since: When) -> When | None:
    """Return the day, or the moment where the time allowed is counted in hours."""
    found, moment = intervals.length(within), moment_of(since, facts.zone)
    if found and moment and (found.hours or found.minutes):
        return intervals.after(within, moment, facts.settings.workdays)
    return intervals.after(within, day_of(since, facts.zone), facts.settings.workdays)


def _asked(day: date, submitter: str, within: str, number: str) -> Message:
    told = {"day": day.isoformat(), "span": intervals.span(within), "name": submitter, "number": number}
    if number and submitter:
        return msg(N_("contract {number} submitted {day} by {name}: review it within {span}"), **told)
    if number:
        return msg(N_("contract {number} submitted {day}: review it within {span}"), **told)
    if submitter:
        return msg(N_("submitted {day} by {name}: review the record within {span}"), **told)
    return msg(N_("submitted {day}: review the record within {span}"), **told)
