"""The numbers of the rules (`7 days`, `1 month`) as lengths of time and as words."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.values import BadValue, duration

if TYPE_CHECKING:
    from crmkit.values.duration import Duration
    from crmkit.values.workdays import Workdays

D = TypeVar("D", date, datetime)

_ONE_UNIT = ("months", "days", "hours", "working_days")

_EVERY = {
    "months": (N_("every month"), N_("every {n} months")),
    "days": (N_("every day"), N_("every {n} days")),
    "hours": (N_("every hour"), N_("every {n} hours")),
    "working_days": (N_("every working day"), N_("every {n} working days")),
}
_SPAN = {
    "months": (N_("1 month"), N_("{n} months")),
    "days": (N_("1 day"), N_("{n} days")),
    "hours": (N_("1 hour"), N_("{n} hours")),
    "working_days": (N_("1 working day"), N_("{n} working days")),
}


@lru_cache(maxsize=256)
def length(text: str) -> Duration | None:
    """Read an interval of the settings; None where there is none or none that can be read."""
    if not text:
        return None
    try:
        return duration.parse(text)
    except BadValue:
        return None


def after(text: str, start: D, workdays: Workdays) -> D | None:
    """Return the day or time this long after `start`; None without an interval or beyond the calendar.

    `workdays` are those of the book (`settings.workdays`), asked where the interval counts working days.
    """
    found = length(text)
    try:
        return None if found is None else found.after(start, workdays.after)
    except BadValue:
        return None


def before(text: str, end: D, workdays: Workdays) -> D | None:
    """Return the day or time this long before `end`; None without an interval or beyond the calendar."""
    found = _back(text)
    try:
        return None if found is None else found.after(end, workdays.after)
    except BadValue:
        return None


@lru_cache(maxsize=256)
def _back(text: str) -> Duration | None:
    found = length(text)
    return None if found is None else -found


@lru_cache(maxsize=256)
def every(text: str) -> Message:
    """`1 month` -> "every month", `14 days` -> "every 14 days"."""
    return _spell(text, _EVERY) or msg(N_("every {length}"), length=text)


@lru_cache(maxsize=256)
def span(text: str) -> Message:
    """`1 month` -> "1 month", translated when shown."""
    return _spell(text, _SPAN) or Message("{length}", {"length": text})


def _spell(text: str, words: dict[str, tuple[str, str]]) -> Message | None:
    found = length(text)
    if found is None:
        return None
    counts: list[int] = [getattr(found, unit) for unit in _ONE_UNIT]
    parts = [(unit, n) for unit, n in zip(_ONE_UNIT, counts, strict=True) if n]
    if len(parts) != 1 or found.minutes:
        return None
    unit, n = parts[0]
    one, many = words[unit]
    return Message(one) if n == 1 else Message(many, {"n": n})
