"""`crm due`: who must be contacted, by when, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmkit.actions.session import LAST_DAY
from crmkit.frozen import dataclass

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.errors import Message
    from crmkit.index.due import AgendaRow

CHORE = "chore."
_TELLING = re.compile(r"@|[0-9]{7}|[0-9]{3,4}[- ][0-9]{4}")
"""What every number and address has that is masked: most texts have none, and the mask need not be loaded."""
AHEAD = 1
"""Days that `crm due` looks ahead unless told otherwise: the day before is when people are reminded (R-004-23)."""


@dataclass(frozen=True, slots=True)
class DueRow:
    """One row of `crm due` as people and scripts see it; contact details are masked unless `plain`."""

    row: AgendaRow
    state: str
    days: int
    plain: bool = False

    @property
    def contact(self) -> Mapping[str, str]:
        """Whom to reach, and how."""
        return self.row.contact_details if self.plain else self.row.masked_contact

    @property
    def of_team(self) -> bool:
        """Whether it is a duty of the team, which is about no customer."""
        return self.row.rule.startswith(CHORE)

    def to_json(self) -> dict[str, Any]:
        """Return the row under the keys of the contract."""
        r = self.row
        return self.to_columns() | {
            "also": [
                {"rule": a.rule, "due": a.due.isoformat(), "reason": self._veiled(a.reason)} for a in r.also
            ],
            "channels": list(r.channels),
            "contact": dict(self.contact),
            "source": r.source,
        }

    def to_columns(self) -> dict[str, Any]:
        """Return of the row what a table shows; the rest takes as long again."""
        r = self.row
        return {
            "id": r.id,
            "rule": r.rule,
            "customer": "" if self.of_team else r.customer,
            "customer_name": r.customer_name,
            "tier": r.tier,
            "owner": r.owner,
            "due": r.due_text,
            "state": self.state,
            "days": self.days,
            "reason": self._veiled(r.reason),
        }

    def _veiled(self, reason: Message) -> str:
        """Return why a row is due, the numbers and addresses that somebody wrote into it masked (R-004-51)."""
        text = str(reason)
        if self.plain or not _TELLING.search(text):
            return text
        from crmkit.values.hide import hidden

        return hidden(text)

    @property
    def why(self) -> list[str]:
        """The rule with its number and where that is set, and the file whose facts it counts from."""
        from crmkit.rules.why import why

        return [str(line) for line in why(self.row, self.row.path)]


def due(
    session: Session, query: str = "", within: str = "", owner: str = "all", *, reveal: bool = False
) -> list[DueRow]:
    """Return what is overdue, due today, or due within the window, in the order of due.md.

    `within` is a duration such as `7d`; `owner` is `me`, `all` or a name. In a solo book `me` is all.
    """
    rows = session.index.due(
        session.index.bind_due(query, session.today, session.actor_name) if query else None,
        upto=last_day(session, within),
        owner=owner_filter(session, owner),
        today=session.today,
    )
    return seen(session, rows, plain=reveal)


def seen(session: Session, rows: Sequence[AgendaRow], *, plain: bool) -> list[DueRow]:
    """Return agenda rows as the session's clock sees them, in the order of due.md."""
    from crmkit.rules import window

    seen = [
        DueRow(
            row,
            window.state(row, session.now, whole_day=session.whole_day),
            window.days(row, session.today),
            plain,
        )
        for row in rows
    ]
    return sorted(seen, key=lambda r: window.sort_key(r.row))


def last_day(session: Session, within: str) -> date:
    """Return the last day that the window includes."""
    if not within:
        return session.today + timedelta(days=AHEAD)
    from crmkit.values import duration

    return min(duration.parse(within).after(session.today, session.settings.workdays.after), LAST_DAY)


def owner_filter(session: Session, owner: str) -> str:
    """Return the owner whose rows are asked for, "" for everybody's."""
    if owner == "all" or (owner == "me" and session.settings.solo):
        return ""
    return session.actor_name if owner == "me" else session.index.owner_named(owner)


def due_of(session: Session, customer: str) -> list[DueRow]:
    """Return what is due with one customer within the next month, overdue included."""
    upto = session.today + timedelta(days=31)
    rows = session.index.due(None, upto=upto, customer=customer, today=session.today)
    return seen(session, rows, plain=True)
