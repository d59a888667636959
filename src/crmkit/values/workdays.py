"""Working days: which days of a country are worked on, and counting them.

China's calendar comes from `chinesecalendar`, with the weekend days on which people work in place of a bridged day;
other countries' from `holidays`, an optional extra. Days of one's own go before both. Where no calendar is known,
Monday to Friday count, and the answer says that this was assumed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from crmkit.values.duration import weekdays_after

CHINA = "CN"
EXTRA = "crmkit[holidays]"
"""What to install for the holidays of other countries."""

_COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,4}))?")


@dataclass(frozen=True, slots=True)
class Counted:
    """A day that was counted to. `assumed`: no calendar is known for all days on the way, Monday to Friday stood in."""

    day: date
    assumed: bool


@dataclass(frozen=True, slots=True)
class Known:
    """For which years a country's calendar is known; `lack` says why for none: "package", "country" or ""."""

    first: int = 1
    last: int = 0
    lack: str = ""

    def __contains__(self, day: date) -> bool:
        return self.first <= day.year <= self.last


class Workdays:
    """The working days of a country (`CN`, `DE`, with a part of it `US-NY`), with days of one's own.

    Nothing is imported or reckoned before the first question; each year is reckoned once.
    """

    def __init__(self, country: str = CHINA, off: Collection[date] = (), work: Collection[date] = ()) -> None:
        """`off` are own days off, `work` own days of work; a day that is in both is worked on."""
        self.country = country
        self._off = frozenset(off) - frozenset(work)
        self._work = frozenset(work)
        self._years: dict[int, tuple[int, ...]] = {}
        self._own_years = frozenset(day.year for day in (*off, *work))

    @property
    def known(self) -> Known:
        """For which years the calendar is known."""
        return known(self.country)

    def is_working(self, day: date) -> bool:
        """Whether the day is worked on, as far as is known."""
        number, days = day.toordinal(), self._days(day.year)
        at = bisect_left(days, number)
        return at < len(days) and days[at] == number

    def after(self, day: date, count: int) -> date:
        """Return the day `count` working days after `day` (before it, if negative), which itself never counts.

        Raises OverflowError where the calendar ends.
        """
        if not count:
            return day
        return self._forward(day, count) if count > 0 else self._back(day, -count)

    def count(self, day: date, count: int) -> Counted:
        """Return what `after` does, and whether Monday to Friday had to stand in for a calendar on the way."""
        found = self.after(day, count)
        return Counted(found, self.assumed(day, found))

    def assumed(self, start: date, end: date) -> bool:
        """Whether no calendar is known for some day between the two, `start` not included."""
        if start == end:
            return False
        known = self.known
        first = start + timedelta(1 if end > start else -1)
        return first not in known or end not in known

    def _forward(self, day: date, left: int) -> date:
        year, days = day.year, self._days(day.year)
        at = bisect_right(days, day.toordinal())
        while at + left > len(days):
            left -= len(days) - at
            year, at = year + 1, 0
            if self._is_plain_from(year):
                return weekdays_after(date(year - 1, 12, 31), left)
            days = self._days(year)
        return date.fromordinal(days[at + left - 1])

    def _back(self, day: date, left: int) -> date:
        year, days = day.year, self._days(day.year)
        at = bisect_left(days, day.toordinal())
        while left > at:
            left -= at
            year -= 1
            if self._is_plain_to(year):
                return weekdays_after(date(year + 1, 1, 1), -left)
            days = self._days(year)
            at = len(days)
        return date.fromordinal(days[at - left])

    def _is_plain_from(self, year: int) -> bool:
        """Whether nothing but Monday to Friday is known of this year and all later ones."""
        return year > max(self.known.last, *self._own_years, 0)

    def _is_plain_to(self, year: int) -> bool:
        """Whether nothing but Monday to Friday is known of this year and all earlier ones."""
        known = self.known
        return year < min(known.first if known.last else date.max.year, *self._own_years, date.max.year)

    def _days(self, year: int) -> tuple[int, ...]:
        """Return the working days of a year as ordinals, in order."""
        found = self._years.get(year)
        if found is None:
            found = year_of(self.country, year)
            if year in self._own_years:
                off = {day.toordinal() for day in self._off if day.year == year}
                own = {day.toordinal() for day in self._work if day.year == year}
                found = tuple(sorted({*found} - off | own))
            self._years[year] = found
        return found


@lru_cache(maxsize=64)
def known(country: str) -> Known:
    """Return for which years the calendar of a country is known."""
    if country == CHINA:
        from chinese_calendar.constants import holidays as published

        years = {day.year for day in published}
        return Known(min(years), max(years))
    if not _COUNTRY.fullmatch(country):
        return Known(lack="country")
    try:
        import holidays
    except ImportError:
        return Known(lack="package")
    try:
        found = holidays.country_holidays(*_parts(country), years=2000)
    except (NotImplementedError, ValueError):
        return Known(lack="country")
    return Known(found.start_year, found.end_year)


@lru_cache(maxsize=1024)
def year_of(country: str, year: int) -> tuple[int, ...]:
    """Return the working days of a country's year as ordinals, in order: Monday to Friday where it is not known.

    Raises OverflowError for a year that the calendar does not have.
    """
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(year)
    first, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1
    calendar = known(country)
    if not calendar.first <= year <= calendar.last:
        return tuple(n for n in range(first, end) if (n - 1) % 7 < 5)
    if country == CHINA:
        from chinese_calendar.constants import holidays as free
        from chinese_calendar.constants import workdays as made_up

        off = {day.toordinal() for day in free if day.year == year}
        on = {day.toordinal() for day in made_up if day.year == year}
        return tuple(n for n in range(first, end) if n in on or ((n - 1) % 7 < 5 and n not in off))
    import holidays

    days = holidays.country_holidays(*_parts(country), years=year)
    return tuple(n for n in range(first, end) if days.is_working_day(date.fromordinal(n)))


def _parts(country: str) -> tuple[str, str | None]:
    code, _, part = country.partition("-")
    return code, part or None
