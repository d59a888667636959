"""The clocks of complaints in a period: kept, broken or still running (R-004-12..14)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from crmkit.reports.report import Doc, Material, Period, day_of
from crmkit.rules import intervals

State = Literal["kept", "broken", "running", "unknown"]

CLOCKS = (("respond", "first_responded_at"), ("resolve", "resolved_at"), ("revisit", "revisited_at"))
_STATUS = {"responded": 1, "resolved": 2, "closed": 3}


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of a complaint: `clock` is respond, resolve or revisit.

    `due` and `answered_at` are days or times as records write them; `minutes_late` counts only between two times.
    `unknown` is one that the status says was answered, but not when.
    """

    id: str
    customer: str
    customer_name: str
    owner: str
    clock: str
    due: str
    answered_at: str
    state: State
    minutes_late: int | None
    content: str


def clocks(material: Material) -> Iterator[Clock]:
    """Yield the clocks that ran out in the period, and those from before it that nobody has answered yet."""
    period = material.period
    for doc in material.records("feedback"):
        if not material.wants(material.whose(doc)):
            continue
        for clock in clocks_of(material, doc):
            day = date.fromisoformat(clock.due[:10])
            if day in period or (day < period.first and not clock.answered_at and clock.state == "broken"):
                yield clock


def clocks_of(material: Material, doc: Doc) -> Iterator[Clock]:
    """Yield the clocks of a complaint as they stand at the moment of the report; nothing for other feedback."""
    if doc.get("type") != "complaint":
        return
    period = material.period
    received = _when(doc.get("received_at"))
    reached = _STATUS.get(str(doc.get("status") or ""), 0)
    for step, (name, _field) in enumerate(CLOCKS, 1):
        rule = f"sla.{name}"
        spec, meant = material.settings.rules.get(rule), material.holds(rule)
        interval = str(material.settings.sla.get(name) or "")
        workdays = material.settings.workdays
        due = intervals.after(interval, received, workdays) if received and spec and spec.on else None
        if due is None or (meant is not None and doc["customer"] not in meant):
            continue
        stamps = [stamp for _name, field in CLOCKS[step - 1 :] if (stamp := _when(doc.get(field)))]
        answered = min(stamps, key=_sortable, default=None)
        state = _state(due, answered, period, told=reached >= step)
        yield Clock(
            id=str(doc["id"]),
            customer=str(doc["customer"]),
            customer_name=str(doc.get("customer_name") or ""),
            owner=material.whose(doc),
            clock=name,
            due=_text(due),
            answered_at=_text(answered) if answered else "",
            state=state,
            minutes_late=_minutes_late(due, answered or (period.now if state == "broken" else None)),
            content=str(doc.get("content") or ""),
        )


def _state(due: date, answered: date | None, period: Period, *, told: bool) -> State:
    if answered is not None:
        return "broken" if _later(answered, due) else "kept"
    if told:
        return "unknown"
    now: date = period.today if period.whole_day else period.now
    return "broken" if _later(now, due) else "running"


def _later(one: date, other: date) -> bool:
    """Whether `one` is after the minute of `other`; where either has no time of day, after its day."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return _minute(one) > _minute(other)
    return _day(one) > _day(other)


def _minutes_late(due: date, until: date | None) -> int | None:
    if not isinstance(due, datetime) or not isinstance(until, datetime):
        return None
    late = (_minute(until) - _minute(due)) // timedelta(minutes=1)
    return late if late > 0 else None


def _when(value: Any) -> date | None:
    """Return a date or time of a record; a `datetime` where it has a time of day."""
    if not isinstance(value, str) or "T" not in value:
        return day_of(value)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _sortable(value: date) -> tuple[date, str]:
    """Order days and times; a day without a time stands behind its times, where it is known least."""
    return _day(value), value.astimezone(UTC).isoformat() if isinstance(value, datetime) else "~"


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _minute(value: datetime) -> datetime:
    return value.replace(second=0, microsecond=0)


def _text(value: date) -> str:
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()
