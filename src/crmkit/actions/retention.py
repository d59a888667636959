"""Whom the book's retention rules propose to forget: `privacy: {retention: ...}` in crm.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.values import duration

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row

_DATES = (
    "at",
    "ordered_on",
    "delivered_on",
    "end_date",
    "signed_on",
    "received_at",
    "resolved_at",
    "closed_on",
    "on",
    "due",
)
"""Dates of a dossier's records at which something took place with the customer."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A customer whose time is over: by which rule, the day of the last thing that happened, the day it ended."""

    id: str
    name: str
    rule: str
    last: str
    since: str

    def to_json(self) -> dict[str, str]:
        """Return what `--json` prints."""
        return {"id": self.id, "name": self.name, "rule": self.rule, "last": self.last, "since": self.since}


def proposals(session: Session) -> list[Proposal]:
    """Return whom to forget, the longest overdue first; a customer counts under the first rule that finds it."""
    rules = session.settings.privacy.get("retention") or {}
    found: dict[str, Proposal] = {}
    for name, rule in rules.items() if isinstance(rules, Mapping) else ():
        when, after = str(rule.get("when") or ""), str(rule.get("after") or "")
        node = session.index.bind(when, "customer", session.today, session.actor_name) if when else None
        for row in session.index.rows("customer", node):
            if row.id not in found and (proposal := _over(session, row, str(name), after)):
                found[row.id] = proposal
    return sorted(found.values(), key=lambda p: (p.since, p.id))


def _over(session: Session, row: Row, rule: str, after: str) -> Proposal | None:
    last = max(_days(session, row), default=None)
    if last is None:
        return None
    day = duration.parse(after).after(last)
    if day > session.today:
        return None
    return Proposal(row.id, row.title, rule, last.isoformat(), day.isoformat())


def _days(session: Session, row: Row) -> Iterator[date]:
    """Yield the days on which something took place; merely having edited a record is none."""
    for doc in session.index.dossier_json(row.id):
        names: tuple[str, ...] = ("created_on",) if doc["kind"] == "customer" else _DATES
        for name in names:
            if day := _day(doc.get(name)):
                yield min(day, session.today) if name == "due" else day


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
