"""The rule `activity.drop`: falling activity is noticed and its cause looked for (R-002-35, R-002-36).

Two things can fall below `below` percent of what they were the period before:

- **Use of the product**: of the last two `usage` entries the later has fewer logins, or fewer features used.
- **Contacts** of won customers, by calendar quarter. Quarters and not a window that glides, so that the day on which
  it shows is known beforehand: the quarter of the last contact against the one before it, else the silent quarter
  after it. To leave alone who is merely between two contacts of its cadence, the quarter before must have held
  `ENOUGH` contacts (more than a monthly rhythm makes) and have begun after the customer was won (the talks that win
  a customer are no measure); a customer with a `rhythm` of its own or one that is dormant is contacted less on
  purpose.

Either is due the day after the period; both on one customer are one row. It rests once the cause is noted:
`churn.cause`, with `churn.on` (without one: the customer's last change) on or after the end of the period.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.rules.condition import active, where
from crmkit.rules.dates import is_answered
from crmkit.rules.facts import WON, day_of
from crmkit.rules.row import Also, Row

if TYPE_CHECKING:
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec

DROP = "activity.drop"

ENOUGH = 4
"""So many contacts a quarter are needed for a fall of them to mean anything: one a month makes three."""


@dataclass(frozen=True, slots=True)
class Fall:
    """One thing that fell: the last day of its period, the day after it, and what to tell."""

    ended: date
    due: date
    reason: Message


def rows(facts: Facts) -> Iterator[Row]:
    """Give the one row of a customer whose activity fell, the earlier fall first, the other in `also`."""
    customer = facts.customer
    if customer is None or (len(customer.usage) < 2 and len(facts.contacts) < ENOUGH):
        return
    spec = active(facts, DROP)
    if spec is None or not (found := falls(facts, _percent(spec))):
        return
    contact, channels = facts.reach()
    for at, fall in enumerate(found):
        row = Row(
            customer=facts.number,
            rule=DROP,
            source=facts.number,
            due_on=fall.due,
            reason=fall.reason,
            also=tuple(Also(DROP, f.due, f.reason) for f in found[at + 1 :]),
            owner=facts.owner(),
            people=facts.cared_by,
            channels=channels,
            contact=contact,
            high_value=facts.high_value,
            grade=facts.grade,
            where=where(spec),
        )
        if not is_answered(facts, row):
            yield row
            return


def falls(facts: Facts, below: int) -> list[Fall]:
    """Return what fell below `below` percent and has no cause noted since, oldest first.

    Nothing that a customer does after it was lost counts as a fall.
    """
    found = [fall for fall in (_use(facts, below), _contact(facts, below)) if fall]
    lost = facts.last_lost if facts.lost and found else None
    found = [f for f in found if (lost is None or f.ended < lost) and not _explained(facts, f.ended)]
    found.sort(key=lambda f: f.ended)  # stable: on one day the use of the product leads
    if len(found) > 1 and found[0].due == found[1].due:
        both = msg(N_("{one}; {other}"), one=found[0].reason, other=found[1].reason)
        return [replace(found[0], reason=both)]
    return found


def _use(facts: Facts, below: int) -> Fall | None:
    usage = facts.customer.usage if facts.customer else ()
    measured = sorted(((u.on, at) for at, u in enumerate(usage) if u.on), key=lambda m: (m[0], m[1]))
    if len(measured) < 2:
        return None
    (_, before_at), (on, now_at) = measured[-2:]
    before, now = usage[before_at], usage[now_at]
    day = on.isoformat()
    if before.logins and now.logins is not None and now.logins * 100 < below * before.logins:
        text = N_("use of {day}: logins fell from {before} to {n}, look for the cause")
        return _fall(facts, on, msg(text, day=day, n=now.logins, before=before.logins))
    # an entry that lists no features may just not have counted them
    if now.features and len(now.features) * 100 < below * len(before.features):
        text = N_("use of {day}: features used fell from {before} to {n}, look for the cause")
        return _fall(facts, on, msg(text, day=day, n=len(now.features), before=len(before.features)))
    return None


def _contact(facts: Facts, below: int) -> Fall | None:
    customer, days = facts.customer, facts.contacts
    won = facts.first_won or facts.created_on
    if customer is None or won is None or len(days) < ENOUGH or facts.stage not in WON:
        return None
    if customer.rhythm or customer.status == "dormant" or not 1 < days[-1].year < 9999:
        return None
    quarter = _quarter(days[-1])
    for this in (quarter, _next(quarter)):
        last = _before(this)
        before, now = _count(days, last, this), _count(days, this, _next(this))
        if before >= ENOUGH and now * 100 < below * before and won < last:
            text = N_("contacts of the quarter to {day} fell from {before} to {n}, look for the cause")
            ended = _next(this) - timedelta(1)
            return _fall(facts, ended, msg(text, day=ended.isoformat(), n=now, before=before))
    return None


def _fall(facts: Facts, ended: date, reason: Message) -> Fall | None:
    due = intervals.after("1 day", ended, facts.settings.workdays)
    return Fall(ended, due, reason) if due else None


def _explained(facts: Facts, ended: date) -> bool:
    """Whether the cause was noted when the period was over; a note of before cannot be about it."""
    customer = facts.customer
    if customer is None or customer.churn is None or not customer.churn.cause:
        return False
    noted = customer.churn.on or customer.updated_at
    return noted is not None and day_of(noted, facts.zone) >= ended


def _percent(spec: RuleSpec) -> int:
    return int(spec.below) if spec.below.isdecimal() else 50


def _count(days: list[date], first: date, end: date) -> int:
    return bisect_left(days, end) - bisect_left(days, first)


def _quarter(day: date) -> date:
    """Return the first day of the calendar quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _next(quarter: date) -> date:
    return _quarter(quarter + timedelta(100))


def _before(quarter: date) -> date:
    return _quarter(quarter - timedelta(1))
