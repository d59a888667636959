"""The day that a sentence names: `6 月 15 日前发对账单`, `30 天内完成整改`, `send the offer by next Friday`.

Only places that look like a day are handed to the strict grammar of `said_day`. Numbers that are something else
(`3 号机`, `24/7`, `the 2nd floor`, `我们去年谈的`) are left alone: a day that is not sure is no day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from crmkit.values import BadValue, said_day
from crmkit.values.duration import Duration
from crmkit.values.said_text import Seen, fold, length

_MOST = 1000
"""So many characters of a text are read at most."""

_AHEAD = timedelta(270)
"""A day without a year that is further ahead than this was meant as the past one."""

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
)
_WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_SHORT_WEEKDAY = r"(?:mon|tues?|weds?|thurs?|thu|fri|sat|sun)"
_LIMIT = r"(?:之前|以前|前|之内|以内|内|截止|为止)"
_IN = r"(?:之内|以内|内)"
_STOP = r"(?=[\s,.;:!?、。)]|$)"
_ACT = r"(?=上午|下午|中午|晚|早|当天|发|寄|交|完成|上门|给(?!水))"
_ALONE = r"(?![%:/-]|\.[0-9]| (?:per ?cent|units?|pieces|pcs)\b)"
_TO = r"(?:(?<=\bby )|(?<=\bbefore )|(?<=\buntil )|(?<=\btill ))"
_COUNT = r"(?:半|[0-9]{1,4})"

_PLACES = "|".join(
    (
        # years that are written out
        r"(?<![0-9])[0-9]{4}(?P<dash>[-/.])[0-9]{1,2}(?P=dash)[0-9]{1,2}(?![0-9])",
        r"(?<![0-9])[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}[日号]?",
        # 6月15日, 6月15前, 6月底
        rf"(?<![0-9.年])(?:(?:[0-9]{{4}}|[0-9]{{2}}|今|明)年)?[0-9]{{1,2}}月(?:[0-9]{{1,2}}(?:[日号]|(?={_LIMIT})|{_STOP})|底|末)",
        # 30天内, 3个工作日内, 两周后, 半个月内
        rf"(?<![0-9]){_COUNT}个?半?个?(?:工作日|工作天|自然日|季度|小时|钟头|分钟|天|日|周|月|季|年)(?:之|以)?(?:内|后)",
        # 下周五, 周五; but not 每周三次
        r"(?:(?:下下|下|本|这)1?个?)?周[一二三四五六日](?![次回场班个台天轮度])",
        r"(?:下下|下|本|这)1?个?月[0-9]{1,2}[日号]",
        rf"(?:(?:下下|下|本|这|当)1?个?|(?<![0-9个]))月(?:底|末|{_IN})",
        rf"(?:(?:下下|下|本|这|当)1?个?周末?|周末){_LIMIT}?",
        r"(?:下下|下)1?个?月",
        r"(?<![0-9])[0-9]{4}年[底末]",
        rf"(?:[今本明]|(?<![0-9去前]))年(?:底|末|{_IN})",
        rf"(?:[下本这当]1?个?|(?<![0-9个]))季度?(?:底|末|{_IN})",
        r"(?:第[1-4]季度?|q[1-4])[底末]",
        r"(?:大后|明|后)[天日儿]",
        r"(?:今[天日儿]|当[天日])(?![的谈说聊提讨见会看])",
        # 15号前; but neither 3号机 nor 2号厂房
        rf"(?<![0-9月第年/.-])[0-9]{{1,2}}[日号](?:(?={_LIMIT})(?!之?内|以内)|{_ACT}|{_STOP})",
        rf"(?<![0-9/.-])[0-9]{{1,2}}[-/][0-9]{{1,2}}(?={_LIMIT}|日)",
        # English
        rf"\b[0-9]{{1,2}}(?:st|nd|rd|th)?[ -](?:of )?{_MONTH}\b\.?(?:,?[ -][0-9]{{4}}\b)?",
        rf"\b{_MONTH}\.? [0-9]{{1,2}}(?:st|nd|rd|th)?\b{_ALONE}(?:,? [0-9]{{4}}\b)?",
        rf"\b(?:this|next|coming) (?:{_WEEKDAY}|{_SHORT_WEEKDAY})\b",
        rf"\b{_WEEKDAY}\b",
        rf"(?:{_TO}|(?<=\bon )){_SHORT_WEEKDAY}\b",
        rf"{_TO}(?:the )?[0-9]{{1,2}}(?:st|nd|rd|th)(?: of (?:this|next) month)?\b",
        rf"{_TO}[0-9]{{1,2}}/[0-9]{{1,2}}(?:/[0-9]{{4}})?\b",
        rf"\b(?:the )?end of (?:(?:the|this|next) )?(?:week|month|quarter|year|{_MONTH}(?: [0-9]{{4}})?)\b",
        r"\b(?:eom|eoy|eoq|eow)\b",
        r"\b(?:next (?:week|month)|this (?:week|month))\b(?!['’])",
        r"\b(?:with)?in (?:an?|[0-9]{1,3}) ?(?:working ?|business ?)?(?:minute|hour|day|week|month|quarter|year)s?\b",
        r"\b[0-9]{1,3} (?:day|week|month)s? (?:later|from now)\b",
        r"\b(?:(?:the )?day after tomorrow|tomorrow|today|tonight)\b(?!['’])",
    )
)
_PLACE = re.compile(_PLACES)

_BEFORE = re.compile(
    r"(?:\b(?:by|before|until|till|within|no later than)(?: the)?|最迟|最晚|不晚于|不迟于|截至|截止到?|赶在)\s?$"
)
_AFTER = re.compile(rf"\s?{_LIMIT}")
_WITHIN = re.compile(rf"{_LIMIT}$|^within ")

_THIS_WEEK = re.compile(
    rf"(?:本|这|当)1?个?周末?{_LIMIT}?|周末{_LIMIT}?|this week|eow|(?:the )?end of (?:(?:the|this) )?week"
)
_NEXT_WEEK = re.compile(rf"下1?个?周(?:末|{_LIMIT}|末{_LIMIT})|(?:the )?end of next week")
_THIS_MONTH = re.compile(rf"(?:[本这当]1?个?)?月{_IN}|this month")
_HALF_MONTH = re.compile(r"半个?月(?:之|以)?(?:内|后)")


def find_day(
    text: str,
    made: date | datetime,
    *,
    add_working_days: Callable[[date, int], date] | None = None,
) -> date | None:
    """Return the day by which something was promised, seen from when it was said; None where none is named.

    Of several days the earliest with a word of limit (前, 内, by, within) counts, else the earliest. A day
    before `made` is what the talk was about, never a promise, and so is 6月1日 within half a year after; with a
    word of limit it is the next one, unless that lies almost a year ahead.
    """
    folded = fold(text[:_MOST])[:_MOST]
    today = made.date() if isinstance(made, datetime) else made
    limits: list[date] = []
    others: list[date] = []
    for match in _PLACE.finditer(folded):
        bound = (
            _WITHIN.search(match[0])
            or _AFTER.match(folded, match.end())
            or _BEFORE.search(folded, max(0, match.start() - 20), match.start())
        )
        found = _read(match[0], made, add_working_days)
        if bound and found and found < today:
            found = _next_one(match[0], today)
        if found and found >= today:
            (limits if bound else others).append(found)
    return min(limits or others, default=None)


def _next_one(place: str, today: date) -> date | None:
    """Return the coming 1月5日 where the last one is past, None where it is too far ahead to be meant."""
    with suppress(BadValue, ValueError, OverflowError):
        found = said_day.day(place, Seen(place, today, None, "future"))
        return found if found and found - today < _AHEAD else None
    return None


def _read(
    place: str, made: date | datetime, add_working_days: Callable[[date, int], date] | None
) -> date | None:
    today = made.date() if isinstance(made, datetime) else made
    week = _end_of_week(place, today)
    if week is not None:
        return week
    if _HALF_MONTH.fullmatch(place):
        return today + timedelta(15)
    place = _spelt(place)
    with suppress(BadValue, ValueError, OverflowError):
        span = length(place)
        if span is not None and (span.hours or span.minutes):
            return _elapsed(span, made)
        # with no lean a 6月1日 may lie behind; a 15号 may not, and is asked again leaning on
        try:
            return said_day.day(place, Seen(place, today, add_working_days=add_working_days))
        except BadValue:
            return said_day.day(place, Seen(place, today, None, "future", add_working_days))
    return None


def _elapsed(span: Duration, made: date | datetime) -> date:
    after = span.after(made)
    return after.date() if isinstance(after, datetime) else after


def _end_of_week(place: str, today: date) -> date | None:
    """Return the Friday of the week that is named, where that is past its Sunday; None for anything else."""
    monday = today - timedelta(today.weekday())
    if _NEXT_WEEK.fullmatch(place):
        return monday + timedelta(13 if "末" in place else 11)
    if not _THIS_WEEK.fullmatch(place):
        return None
    return monday + timedelta(4 if today.weekday() <= 4 and "末" not in place else 6)


def _spelt(place: str) -> str:
    """Return the spelling that the grammar knows."""
    if _THIS_MONTH.fullmatch(place):
        return "月底"
    if re.fullmatch("[0-9]{4}年[底末]", place):
        return f"{place[:4]}-12-31"
    if re.match("[下本这今明]?1?个?[季年]|下", place):
        place = re.sub(f"{_IN}$", "底", place)
    return {"tonight": "today", "当日": "今天", "this month": "eom"}.get(place, place)
