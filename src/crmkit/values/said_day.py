"""The days of the spoken grammar: tables of patterns over folded text (see `said.fold`)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.values.duration import Duration
from crmkit.values.said_text import Seen, length

_WORDS = {
    word: days
    for days, words in (
        (-3, "大前天"),
        (-2, "前天 前日 day_before_yesterday the_day_before_yesterday"),
        (-1, "昨天 昨日 昨儿 yesterday"),
        (0, "今天 今日 今儿 当天 today"),
        (1, "明天 明日 明儿 tomorrow tmr tmrw"),
        (2, "后天 后日 day_after_tomorrow the_day_after_tomorrow"),
        (3, "大后天"),
    )
    for word in words.replace(" ", "|").replace("_", " ").split("|")
}


def _numbered(lines: str, start: int) -> dict[str, int]:
    return {name: i for i, names in enumerate(lines.split("|"), start) for name in names.split()}


_EN_WEEKDAYS = _numbered(
    "mon monday|tue tues tuesday|wed weds wednesday|thu thur thurs thursday"
    "|fri friday|sat saturday|sun sunday",
    0,
)
_WEEKDAYS = {name: i for i, name in enumerate("一二三四五六日")} | _EN_WEEKDAYS
_MONTHS = _numbered(
    "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|sep sept september"
    "|oct october|nov november|dec december",
    1,
)
_WEEKDAY = "|".join(sorted(_EN_WEEKDAYS, key=len, reverse=True))
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_SHIFTS = {"": 0, "上上": -2, "前": -2, "下下": 2, "后": 2}
_SHIFTS |= dict.fromkeys(("上", "去", "last"), -1) | dict.fromkeys(("下", "明", "next"), 1)
_SHIFTS |= dict.fromkeys(("本", "这", "今", "当", "this"), 0)


def _end_of_month(year: int, month: int) -> date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def _day_of_month(year: int, month: int, day: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, day)


def _checked(year: int, month: int, day: int, seen: Seen) -> date:
    if not 1900 <= year <= 2199:
        raise seen.unclear(msg(N_("the year {year} is out of range"), year=year))
    return date(year, month, day)


def _yearless(month: int, day: int, seen: Seen) -> date:
    """Return the day in the year that is meant: this one, unless half a year back or against `lean`."""
    year = seen.today.year
    if (month, day) == (2, 29):
        year += -year % 4 if seen.lean != "past" else -(year % 4)
    found = date(year, month, day)
    if seen.lean == "past":
        return found if found <= seen.today else date(year - 1, month, day)
    oldest = seen.today if seen.lean == "future" else seen.today - timedelta(180)
    return found if found >= oldest else date(year + 1, month, day)


def _this_weekday(weekday: int, weeks: int, seen: Seen) -> date:
    return seen.today + timedelta(weekday - seen.today.weekday(), weeks=weeks)


def _bare_weekday(weekday: int, seen: Seen) -> date:
    """Return the coming weekday (lean "past": the last one); on that very day it could be either."""
    ahead = (weekday - seen.today.weekday()) % 7
    if not ahead:
        raise seen.unclear(
            msg(
                N_("today is that weekday; today, or {day}?"),
                day=(seen.today + timedelta(-7 if seen.lean == "past" else 7)).isoformat(),
            )
        )
    return seen.today + timedelta(ahead - 7 if seen.lean == "past" else ahead)


def _zh_weekday(m: re.Match[str], seen: Seen) -> date:
    weekday = _WEEKDAYS[m[2]]
    return _this_weekday(weekday, _SHIFTS[m[1]], seen) if m[1] else _bare_weekday(weekday, seen)


def _en_weekday(m: re.Match[str], seen: Seen) -> date:
    weekday, word = _WEEKDAYS[m[2]], m[1] or ""
    if word in ("", "coming"):
        if word and weekday == seen.today.weekday():
            return seen.today + timedelta(7)
        return _bare_weekday(weekday, seen)
    found = _this_weekday(weekday, _SHIFTS[word], seen)
    nearer = found + timedelta(7)
    if word == "last" and nearer < seen.today:
        raise seen.unclear(msg(N_("{one} or {other}?"), one=found.isoformat(), other=nearer.isoformat()))
    return found


def _next_unit(m: re.Match[str], seen: Seen) -> date:
    """Read 下周, next month, 去年: the same day, a unit on."""
    by = _SHIFTS[m[1]]
    if not by:
        raise seen.unclear(msg(N_("which day of it?")))
    unit = m[2]
    if unit in ("周", "week"):
        return seen.after(Duration(days=7 * by))
    return seen.after(Duration(months=by * (12 if unit in ("年", "year") else 1)))


def _month_end(m: re.Match[str], seen: Seen) -> date:
    return _end_of_month(seen.today.year, seen.today.month + _SHIFTS[m[1] or ""])


def _year_end(m: re.Match[str], seen: Seen) -> date:
    return date(seen.today.year + _SHIFTS[m[1] or ""], 12, 31)


def _quarter_end(m: re.Match[str], seen: Seen) -> date:
    quarter = (seen.today.month - 1) // 3 + _SHIFTS[m[1] or ""]
    return _end_of_month(seen.today.year, quarter * 3 + 3)


def _named_quarter_end(m: re.Match[str], seen: Seen) -> date:
    return _end_of_month(seen.today.year, int(m[1]) * 3)


def _zh_year(word: str | None, seen: Seen) -> int | None:
    if not word:
        return None
    if word.isdigit():
        return int(word) + (2000 if len(word) == 2 else 0)
    return seen.today.year + _SHIFTS[word]


def _zh_date(m: re.Match[str], seen: Seen) -> date:
    month, day, year = int(m[2]), int(m[3]), _zh_year(m[1], seen)
    found = _yearless(month, day, seen) if year is None else _checked(year, month, day, seen)
    if m[4] and found.weekday() != _WEEKDAYS[m[4]]:
        raise seen.unclear(msg(N_("{day} is another weekday"), day=found.isoformat()))
    return found


def _zh_month_end(m: re.Match[str], seen: Seen) -> date:
    month, year = int(m[2]), _zh_year(m[1], seen)
    if not 1 <= month <= 12:
        raise ValueError(month)
    first = _yearless(month, 28, seen) if year is None else _checked(year, month, 1, seen)
    return _end_of_month(first.year, month)


def _zh_day_of(m: re.Match[str], seen: Seen) -> date:
    return _day_of_month(seen.today.year, seen.today.month + _SHIFTS[m[1]], int(m[2]))


def _bare_day(m: re.Match[str], seen: Seen) -> date:
    """Read 20号 and `the 20th`: of this month, unless that is past and so could be the next one's."""
    day = int(m[1])
    year, month = seen.today.year, seen.today.month
    found = date(year, month, day)
    if seen.lean == "past":
        return found if found <= seen.today else _day_of_month(year, month - 1, day)
    if found >= seen.today:
        return found
    later = _day_of_month(year, month + 1, day)
    if seen.lean == "future":
        return later
    raise seen.unclear(msg(N_("{one} or {other}?"), one=found.isoformat(), other=later.isoformat()))


def _en_date(m: re.Match[str], seen: Seen) -> date:
    month = _MONTHS[m["month"] or m["month2"]]
    day, year = int(m["day"] or m["day2"]), m["year"] or m["year2"]
    found = _checked(int(year), month, day, seen) if year else _yearless(month, day, seen)
    if m["weekday"] and found.weekday() != _WEEKDAYS[m["weekday"]]:
        raise seen.unclear(msg(N_("{day} is another weekday"), day=found.isoformat()))
    return found


def _en_month_end(m: re.Match[str], seen: Seen) -> date:
    month = _MONTHS[m[1]]
    return _end_of_month(int(m[2]) if m[2] else _yearless(month, 28, seen).year, month)


def _en_first_of(m: re.Match[str], seen: Seen) -> date:
    return _day_of_month(seen.today.year, seen.today.month + _SHIFTS[m[2]], int(m[1]))


def _ymd(m: re.Match[str], seen: Seen) -> date:
    return _checked(int(m[1]), int(m[2]), int(m[3]), seen)


def _two_orders(m: re.Match[str], seen: Seen) -> date:
    """Read 6/20 and 6/20/2024 where only one of month and day can be the month."""
    a, b = int(m[1]), int(m[2])
    if a != b and a <= 12 and b <= 12:
        raise seen.unclear(msg(N_("{a}月{b}日 or {b}月{a}日?"), a=a, b=b))
    month, day = (a, b) if a <= 12 else (b, a)
    return _checked(int(m[3]), month, day, seen) if m[3] else _yearless(month, day, seen)


_SHIFT = "上上|下下|上|下|本|这|当"
_YEAR = r"(?:(今|明|去|前|后|[0-9]{4}|[0-9]{2})年)?"
_EN_DATE = (
    rf"(?:(?P<weekday>{_WEEKDAY}),? )?"
    rf"(?:(?P<month>{_MONTH})\.? (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>[0-9]{{4}}))?"
    rf"|(?P<day2>[0-9]{{1,2}})(?:st|nd|rd|th)?[ -](?:of )?(?P<month2>{_MONTH})\.?"
    r"(?:,?[ -](?P<year2>[0-9]{4}))?)"
)
_Reader = Callable[[re.Match[str], Seen], date]
_RULES: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rf"(?:({_SHIFT})1?个?)?周([一二三四五六日])", _zh_weekday),
        (rf"({_SHIFT})1?个?(周|月)", _next_unit),
        (r"(明|去|今)(年)", _next_unit),
        (rf"(?:({_SHIFT})1?个?)?月(?:底|末)", _month_end),
        (r"(?:(今|明|去|本)年?)?年?(?:底|末)", _year_end),
        (rf"(?:({_SHIFT})1?个?)?季度?(?:末|底)", _quarter_end),
        (r"(?:第?(?=[1-4]季)|q(?=[1-4][末底]))([1-4])(?:季度)?[末底]", _named_quarter_end),
        (rf"{_YEAR}([0-9]{{1,2}})月([0-9]{{1,2}})[日号]?\(?(?:周([一二三四五六日]))?\)?", _zh_date),
        (rf"{_YEAR}([0-9]{{1,2}})月(?:底|末)", _zh_month_end),
        (rf"({_SHIFT})1?个?月([0-9]{{1,2}})[日号]", _zh_day_of),
        (r"([0-9]{1,2})[日号]", _bare_day),
        (rf"(?:(this|next|last|coming) )?({_WEEKDAY})", _en_weekday),
        (r"(next|last|this) (week|month|year)", _next_unit),
        (r"(?:eom|(?:the )?end of (?:the )?(?:(this|next|last) )?month|month end)", _month_end),
        (r"(?:eoy|(?:the )?end of (?:the )?(?:(this|next|last) )?year|year end)", _year_end),
        (r"(?:eoq|(?:the )?end of (?:the )?(?:(this|next|last) )?quarter|quarter end)", _quarter_end),
        (r"end of q([1-4])", _named_quarter_end),
        (rf"(?:the )?end of ({_MONTH})(?: ([0-9]{{4}}))?", _en_month_end),
        (r"(?:the )?([0-9]{1,2})(?:st|nd|rd|th) of (this|next|last) month", _en_first_of),
        (r"(?:the )?([0-9]{1,2})(?:st|nd|rd|th)", _bare_day),
        (
            _EN_DATE,
            _en_date,
        ),
        (r"([0-9]{4})([0-9]{2})([0-9]{2})", _ymd),
        (r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", _ymd),
        (r"([0-9]{1,2})[-/]([0-9]{1,2})(?:[-/]([0-9]{4}))?", _two_orders),
        (r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", _two_orders),
    )
)


def day(folded: str, seen: Seen) -> date | None:
    """Return the day that the folded text names, None where it names none.

    Raises BadValue for two readings, ValueError where the calendar has no such day.
    """
    if folded.startswith(("on ", "by ")):
        folded = folded[3:]
    offset = _WORDS.get(folded)
    if offset is not None:
        return seen.today + timedelta(offset)
    for pattern, reader in _RULES:
        match = pattern.fullmatch(folded)
        if match:
            return reader(match, seen)
    span = length(folded)
    return seen.after(span) if span is not None and not (span.hours or span.minutes) else None
