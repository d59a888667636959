"""Lengths of time as settings, rules and queries write them: `3 days`, `1 month`, `2个工作日`, `6m`."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.values import BadValue

D = TypeVar("D", date, datetime)

HINT = N_(
    "for example: 3 days, 2 weeks, 1 month, 24 hours, 2 working days, 3天, 2个工作日, 6m (six months), 2w"
)

_WORDS: dict[str, tuple[str, int]] = {}
for _names, _field, _factor in (
    ("y yr yrs year years 年", "months", 12),
    ("q quarter quarters 季 季度 个季度 个季", "months", 3),
    ("m mo mon mos month months 月 个月 個月", "months", 1),
    ("w wk wks week weeks 周 个周 星期 个星期 個星期 礼拜 个礼拜", "days", 7),
    ("d day days 天 日 自然日 个自然日", "days", 1),
    ("h hr hrs hour hours 小时 个小时 小時 钟头 个钟头", "hours", 1),
    ("min mins minute minutes 分 分钟", "minutes", 1),
    (
        "wd workday workdays workingday workingdays businessday businessdays 工作日 个工作日 工作天 个工作天",
        "working_days",
        1,
    ),
):
    for _name in _names.split():
        _WORDS[_name] = (_field, _factor)

_FIELDS = ("months", "days", "hours", "working_days", "minutes")


@dataclass(frozen=True, slots=True)
class Duration:
    """Months and days are calendar ones, hours and minutes are elapsed ones; any may be negative."""

    months: int = 0
    days: int = 0
    hours: int = 0
    working_days: int = 0
    minutes: int = 0

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.days, -self.hours, -self.working_days, -self.minutes)

    def __mul__(self, times: int) -> Duration:
        return Duration(*(getattr(self, name) * times for name in _FIELDS))

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in _FIELDS)

    def __str__(self) -> str:
        """Return the canonical text, `1 month 2 days`, which `parse` reads back."""
        values = [getattr(self, name) for name in _FIELDS]
        sign = "-" if any(v < 0 for v in values) else ""
        parts = [
            f"{abs(v)} {name if abs(v) != 1 else name[:-1]}".replace("_", " ")
            for name, v in zip(_FIELDS, values, strict=True)
            if v
        ]
        return sign + " ".join(parts) if parts else "0 days"

    def after(self, start: D, add_working_days: Callable[[date, int], date] | None = None) -> D:
        """Return the day or time this long after `start`, as `dateutil.relativedelta` reckons months.

        The 31st plus a month is the last of the next month. A time keeps its wall clock over months and days
        and moves by elapsed time for hours; a plain day moves by whole days, a part of one counting as one.
        `add_working_days` knows the holidays; without it Monday to Friday count. Raises BadValue where the
        calendar ends.
        """
        try:
            return self._after(start, add_working_days or weekdays_after)
        except (OverflowError, ValueError) as error:
            raise BadValue(
                N_("{length} from {start} is beyond the calendar"), length=str(self), start=str(start)
            ) from error

    def _after(self, start: D, add_working_days: Callable[[date, int], date]) -> D:
        value = _add_months(start, self.months) if self.months else start
        if self.days:  # adding no days would still forget which of two half past ones it is
            value = value + timedelta(self.days)
        if self.working_days:
            day = add_working_days(value.date() if isinstance(value, datetime) else value, self.working_days)
            value = value.replace(day.year, day.month, day.day)
        elapsed = timedelta(hours=self.hours, minutes=self.minutes)
        if not elapsed:
            return value
        if not isinstance(value, datetime):
            return value + timedelta(-(-elapsed // timedelta(days=1)))
        return (value.astimezone(UTC) + elapsed).astimezone(value.tzinfo) if value.tzinfo else value + elapsed

    def before(self, end: D, add_working_days: Callable[[date, int], date] | None = None) -> D:
        """Return the day or time this long before `end`."""
        return (-self).after(end, add_working_days)


def _add_months(start: D, months: int) -> D:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def weekdays_after(day: date, count: int) -> date:
    """Return the day `count` Mondays-to-Fridays after `day`, which itself never counts."""
    step = 1 if count > 0 else -1
    left = abs(count)
    weeks, left = divmod(left, 5)
    if weeks and not left:
        weeks, left = weeks - 1, 5
    day += timedelta(weeks=weeks * step)
    while left:
        day += timedelta(step)
        left -= day.weekday() < 5
    return day


@lru_cache(maxsize=512)
def parse(text: str) -> Duration:
    """Read `3 days`, `1 month`, `2 working days`, `24 hours`, `6m`, `2w`, `3天`, `2个工作日`, `1年6个月`.

    `m` is months, `min` minutes; a leading `-` makes it negative. Raises BadValue with examples as hint.
    """
    from crmkit.values.money import chinese_integer

    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    negative = folded.startswith("-")
    body = folded[1:] if folded[:1] in ("-", "+") else folded
    totals = dict.fromkeys(_FIELDS, 0)
    order: list[tuple[str, int]] = []
    for match in _split(body):
        number, word = match
        unit = _WORDS.get(word.replace(" ", "")) if word != "半" else None
        count = int(number) if number.isdigit() else chinese_integer(number)
        if unit is None or count is None or unit in order or len(number) > 6:
            raise BadValue(N_("{text!r} is not a length of time"), hint=msg(HINT), text=text)
        order.append(unit)
        totals[unit[0]] += count * unit[1]
    if not order:
        raise BadValue(N_("{text!r} is not a length of time"), hint=msg(HINT), text=text)
    found = Duration(**totals)
    return -found if negative else found


_AMOUNT = re.compile(
    r"\s*([0-9]+|[零〇一二两三四五六七八九十百]+|(?:an?|one)(?= ))\s*"
    r"((?:working|business) ?days?|[a-z]+|[^\x00-\x7f0-9零〇一二两三四五六七八九十百\s]+)\s*(?:and|,|零|又)?"
)


def _split(body: str) -> list[tuple[str, str]]:
    """Return the `(number, unit)` pairs of `body`, [] where something else stands in it."""
    if body in ("半年", "half a year"):
        return [("6", "m")]
    at, found = 0, []
    while at < len(body):
        match = _AMOUNT.match(body, at)
        if not match:
            return []
        found.append(("1" if match[1] in ("a", "an", "one") else match[1], match[2]))
        at = match.end()
    return found
