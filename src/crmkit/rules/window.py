"""What the clock adds to an agenda row: its state, how late it is, whether the window shows it, its place.

Rows do not know today; these functions are handed it. `now` is a moment in the book's zone; `whole_day` says
that it stands for a whole day (`--on DATE`), so that only dates are compared.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, Protocol

State = Literal["overdue", "today", "soon"]

_GRADES = {"A": 0, "B": 1, "C": 2}


class Dated(Protocol):
    """What the clock needs of a row; `rules.row.Row` has it, and so may what an index reads back."""

    @property
    def due_on(self) -> date:
        """The day in the book's zone."""

    @property
    def due_at(self) -> datetime | None:
        """The moment, None for a row of the whole day."""


class Passing(Dated, Protocol):
    """A row that may pass unanswered."""

    @property
    def until(self) -> date | None:
        """The last day of any use, None where it stays."""


class Ranked(Protocol):
    """What the order of a list needs of a row."""

    @property
    def id(self) -> str:
        """The row's id."""

    @property
    def due_on(self) -> date:
        """The day in the book's zone."""

    @property
    def complaint(self) -> bool:
        """Whether it is about a complaint."""

    @property
    def high_value(self) -> bool:
        """Whether the customer is of high value."""

    @property
    def grade(self) -> str:
        """The lead's grade, "" for none."""


def state(row: Dated, now: datetime | date, *, whole_day: bool = False) -> State:
    """Return whether `row` is overdue, due today or due soon. A timed row is overdue after its minute."""
    today = _day(now)
    if row.due_on != today:
        return "overdue" if row.due_on < today else "soon"
    if row.due_at is None or whole_day or not isinstance(now, datetime):
        return "today"
    return "overdue" if _minute(now) > _minute(row.due_at) else "today"


def days(row: Dated, today: datetime | date) -> int:
    """Return how many days late the row is; negative: so many days ahead."""
    return (_day(today) - row.due_on).days


def shows(row: Passing, today: datetime | date, last: date) -> bool:
    """Whether the window up to and with `last` shows the row: overdue rows always, passed ones never."""
    return row.due_on <= last and (row.until is None or _day(today) <= row.until)


def sort_key(row: Ranked) -> tuple[date, bool, bool, int, str]:
    """Order by due date, then complaints, then high value, then lead grade A, B, C and none, then id."""
    return row.due_on, not row.complaint, not row.high_value, _GRADES.get(row.grade, 3), row.id


def remind_on(due_on: date, remind: date | datetime | None) -> date | datetime:
    """When the owner is told: at the follow-up's `remind`, else the day before (R-004-23)."""
    return remind or due_on - timedelta(days=1)


def _day(value: datetime | date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _minute(value: datetime) -> datetime:
    return value.replace(second=0, microsecond=0)
