"""Dates in queries: `2024`, `2024-06`, `2024-06-05`, `6m` (six months ahead), `-2w`, `本月`, `next friday`.

A span is a pair of texts that compare with the dates and times of records as they stand: a day ends in `~`,
which sorts behind every time of that day.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_UNITS = {
    "d": "d", "day": "d", "days": "d", "天": "d",
    "w": "w", "week": "w", "weeks": "w", "周": "w", "星期": "w",
    "m": "m", "month": "m", "months": "m", "个月": "m",
    "q": "q", "季": "q", "季度": "q", "个季度": "q",
    "y": "y", "year": "y", "years": "y", "年": "y",
}  # fmt: skip
_PERIODS = {
    "week": "w", "month": "m", "quarter": "q", "year": "y", "周": "w", "个月": "m", "月": "m", "季度": "q", "年": "y",
}  # fmt: skip
_SHIFTS = {"this": 0, "last": -1, "next": 1, "本": 0, "这": 0, "今": 0, "上": -1, "去": -1, "下": 1, "明": 1}
_MAX_COUNT = 4


@dataclass(frozen=True, slots=True)
class Span:
    """First and last text of a date or period; `relative` when it was reckoned from today."""

    low: str
    high: str
    relative: bool = False


def span(text: str, today: date, now: datetime | None = None) -> Span | None:
    """Return the span that `text` names, None where it names none."""
    text = " ".join(text.split()).lower()
    return _fixed(text) or _shifted(text, today) or _period(text, today) or _said(text, today, now)


def days(first: date, last: date, *, relative: bool = False) -> Span:
    """Return the span of whole days."""
    return Span(first.isoformat(), last.isoformat() + "~", relative)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, the month's last one where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _fixed(text: str) -> Span | None:
    plain = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").rstrip("-")
    parts = plain.split("-")
    if not (len(parts[0]) == 4 and parts[0].isdecimal()) or len(parts) > 3:
        return None
    year = int(parts[0])
    try:
        if len(parts) == 1:
            return days(date(year, 1, 1), date(year, 12, 31))
        if parts[1][:1] == "q" and parts[1][1:] in ("1", "2", "3", "4") and len(parts) == 2:
            first = date(year, int(parts[1][1:]) * 3 - 2, 1)
            return days(first, add_months(first, 3) - timedelta(1))
        if not all(p.isdecimal() and len(p) <= 2 for p in parts[1:]):
            return None
        first = date(year, int(parts[1]), int(parts[2]) if len(parts) == 3 else 1)
        last = first if len(parts) == 3 else add_months(first, 1) - timedelta(1)
    except ValueError:
        return None
    return days(first, last)


def _shifted(text: str, today: date) -> Span | None:
    sign = -1 if text[:1] == "-" else 1
    body = text.lstrip("+-") if text[:1] in "+-" else text
    digits = len(body) - len(body.lstrip("0123456789"))
    count = body[:digits]
    unit = _UNITS.get(body[digits:].strip())
    if not count or len(count) > _MAX_COUNT or unit is None:
        return None
    try:
        day = _move(today, sign * int(count), unit)
    except (ValueError, OverflowError):
        return None
    return days(day, day, relative=True)


def _move(day: date, count: int, unit: str) -> date:
    if unit == "d":
        return day + timedelta(count)
    if unit == "w":
        return day + timedelta(weeks=count)
    return add_months(day, count * {"m": 1, "q": 3, "y": 12}[unit])


def _period(text: str, today: date) -> Span | None:
    for word, shift in _SHIFTS.items():
        if not text.startswith(word):
            continue
        unit = _PERIODS.get(text[len(word) :].strip(" -"))
        if unit is None:
            continue
        first = _start(today, unit)
        first = _move(first, shift, unit)
        return days(first, _move(first, 1, unit) - timedelta(1), relative=True)
    return None


def _start(day: date, unit: str) -> date:
    if unit == "w":
        return day - timedelta(day.weekday())
    if unit == "m":
        return day.replace(day=1)
    if unit == "q":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1)


def _said(text: str, today: date, now: datetime | None) -> Span | None:
    from crmkit.values import BadValue, when

    try:
        found = when.parse_when(text, now) if now else when.parse_day(text, today)
    except BadValue:
        return None
    fixed = text[:4].isdecimal()
    if isinstance(found, datetime):
        shown = found.isoformat(timespec="seconds" if found.second else "minutes")[
            : 19 if found.second else 16
        ]
        return Span(shown, shown + "~", not fixed)
    return days(found, found, relative=not fixed)
