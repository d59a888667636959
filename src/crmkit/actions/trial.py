"""`crm due --rules FILE`: what would appear and disappear under other rules, before a number is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from crmkit.actions.due import DueRow, due, last_day

if TYPE_CHECKING:
    from crmkit.actions.session import Session

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
    now_shown = due(session, query, within, owner, reveal=False)
    now_all = _by_matter(session)
    with session.index.trial(then, progress):
        then_shown = due(session, query, within, owner, reveal=False)
        then_all = _by_matter(session)
    return [
        *_only(then_shown, now_shown, "appears", now_all),
        *_only(now_shown, then_shown, "disappears", then_all),
    ]


def _only(
    rows: Sequence[DueRow], others: Sequence[DueRow], change: Change, elsewhere: dict[tuple[str, ...], date]
) -> list[Tried]:
    known = {(r.row.id, r.row.due) for r in others}
    return [Tried(r, change, elsewhere.get(_matter(r))) for r in rows if (r.row.id, r.row.due) not in known]


def _matter(row: DueRow) -> tuple[str, ...]:
    """Return what a row is about, whenever it falls due; the cadence rules of a customer are one matter."""
    rule = "cadence" if row.row.rule.startswith("cadence.") else row.row.rule
    return row.row.customer, rule, row.row.part or row.row.source


def _by_matter(session: Session) -> dict[tuple[str, ...], date]:
    """Return the first day of each matter that is not over, however far ahead."""
    out: dict[tuple[str, ...], date] = {}
    for row in due(session, "", "2 years", "all"):
        out.setdefault(_matter(row), row.row.due_on)
    return out
