"""`crm due --rules FILE`: what would appear and disappear under other rules, before a number is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from crmkit.actions.due import DueRow, due, last_day

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.due import AgendaRow

Change = Literal["appears", "disappears"]


@dataclass(frozen=True, slots=True)
class Tried:
    """A row of the window that other rules add or take away.

    `elsewhere` is the day on which the same matter falls due under the other set of rules, outside the window or
    beside it; None where it does not at all.
    """

    row: DueRow
    change: Change
    elsewhere: date | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the row as `crm due` gives it, with `change` and `elsewhere`."""
        day = self.elsewhere.isoformat() if self.elsewhere else None
        return {**self.row.to_json(), "change": self.change, "elsewhere": day}


def trial(
    session: Session,
    raw: bytes,
    path: str,
    *,
    query: str = "",
    within: str = "",
    owner: str = "all",
    progress: Callable[[int, int], None] | None = None,
) -> list[Tried]:
    """Return the rows that the rules in a file add to, or take from, what `due` shows; the rest stays as it is.

    The file says any of rules, sla, chores, holidays, health and review, as crm.yaml does. Raises SettingsError for a
    mistake in it, UsageError where it says more.
    """
    from crmkit.settings.load import over

    then = over(session.settings, raw, path)
    session.index.refresh(last_day(session, within))
    now = due(session, query, within, owner)
    with session.index.trial(then, progress):
        tried = due(session, query, within, owner)
        gone = _only(now, tried)
        gone_to = _days(session, gone)
    new = _only(tried, now)
    new_from = _days(session, new)
    return [
        *(Tried(r, "appears", new_from.get(_matter(r.row))) for r in new),
        *(Tried(r, "disappears", gone_to.get(_matter(r.row))) for r in gone),
    ]


def _only(rows: Sequence[DueRow], others: Sequence[DueRow]) -> list[DueRow]:
    known = {(r.row.id, r.row.due) for r in others}
    return [r for r in rows if (r.row.id, r.row.due) not in known]


def _matter(row: AgendaRow) -> tuple[str, ...]:
    """Return what a row is about, whenever it falls due; the cadence rules of a customer are one matter."""
    rule = "cadence" if row.rule.startswith("cadence.") else row.rule
    return row.customer, rule, row.part or row.source


def _days(session: Session, rows: Sequence[DueRow]) -> dict[tuple[str, ...], date]:
    """Return when the matters of these rows fall due next, however far ahead."""
    out: dict[tuple[str, ...], date] = {}
    for customer in dict.fromkeys(r.row.customer for r in rows):
        found = session.index.due(None, session.index.horizon, today=session.today, customer=customer)
        for row in found:
            out.setdefault(_matter(row), row.due_on)
    return out
