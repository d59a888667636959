"""Working days: China's with its make-up days, other countries', one's own, and what is not known (R-000-18)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.values import BadValue, duration, workdays
from crmkit.values.workdays import Counted, Workdays

CHINA = Workdays()


@pytest.fixture
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package `holidays` is not installed."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    workdays.known.cache_clear()
    workdays.year_of.cache_clear()
    yield
    workdays.known.cache_clear()
    workdays.year_of.cache_clear()


def day(text: str) -> date:
    return date.fromisoformat(text)


COUNTS = """
2024-09-27  1  2024-09-29  # Friday; Sunday the 29th works, in place of a bridged day
2024-09-27  2  2024-09-30  # R-000-18's worked example
2024-09-27  3  2024-10-08  # 1 to 7 October are free
2024-09-29  1  2024-09-30  # the first day never counts, whether it works or not
2024-09-28  1  2024-09-29  # from a free Saturday
2024-09-30  1  2024-10-08
2024-10-01  1  2024-10-08  # from within the holiday
2024-10-11  1  2024-10-12  # a Saturday that works
2024-10-12  1  2024-10-14
2024-06-07  1  2024-06-11  # Monday 10 June is the Dragon Boat Festival
2024-02-08  2  2024-02-18  # Friday 9 February works, then the Spring Festival up to the 17th
2024-12-31  1  2025-01-02  # New Year's Day of the next year
2025-12-31  1  2026-01-04  # 1 to 3 January 2026 are free, Sunday the 4th works
2024-10-08 -1  2024-09-30
2024-10-08 -2  2024-09-29
2024-10-08 -3  2024-09-27
2024-10-05 -1  2024-09-30  # back from within the holiday
2025-01-02 -1  2024-12-31
2024-06-12  0  2024-06-12
"""


@pytest.mark.parametrize("line", [line for line in COUNTS.splitlines() if line])
def test_days_are_counted_by_chinas_calendar(line: str) -> None:
    start, count, end, *_ = line.split()
    assert CHINA.count(day(start), int(count)) == Counted(day(end), assumed=False)


def test_every_published_day_is_what_the_calendar_says() -> None:
    first, last = date(CHINA.known.first, 1, 1), date(CHINA.known.last, 12, 31)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    assert len(days) > 20 * 365
    assert [d for d in days if CHINA.is_working(d) != chinese_calendar.is_workday(d)] == []


def test_the_published_years_are_the_packages() -> None:
    known = CHINA.known
    for year, published in ((known.first - 1, False), (known.first, True), (known.last, True), (known.last + 1, False)):  # fmt: skip
        assert (date(year, 6, 1) in known) is published
        if published:
            assert isinstance(chinese_calendar.is_workday(date(year, 6, 1)), bool)
        else:
            with pytest.raises(NotImplementedError):
                chinese_calendar.is_workday(date(year, 6, 1))


# beyond the published calendar


def test_beyond_the_published_calendar_monday_to_friday_count_and_the_caller_is_told() -> None:
    last = CHINA.known.last
    beyond = CHINA.count(date(last + 1, 9, 24), 7)
    assert beyond == Counted(duration.weekdays_after(date(last + 1, 9, 24), 7), assumed=True)
    before = CHINA.count(date(CHINA.known.first - 1, 6, 3), -3)
    assert before == Counted(duration.weekdays_after(date(CHINA.known.first - 1, 6, 3), -3), assumed=True)


def test_only_the_days_that_were_counted_must_be_known() -> None:
    last = date(CHINA.known.last, 12, 31)
    new_year = date(last.year + 1, 1, 1)
    within = CHINA.after(last, -1)
    assert CHINA.count(CHINA.after(within, -1), 1) == Counted(within, assumed=False)
    assert CHINA.count(last, 1).assumed
    assert not CHINA.count(new_year, -1).assumed  # the first day itself never counts
    assert CHINA.count(new_year + timedelta(1), -1).assumed
    assert not CHINA.count(new_year, 0).assumed
    first = date(CHINA.known.first, 1, 1)
    assert not CHINA.count(first - timedelta(1), 1).assumed
    assert CHINA.count(first, -1).assumed


# one's own days


def test_own_days_go_before_the_calendar() -> None:
    own = Workdays("CN", off=[day("2024-09-29")], work=[day("2024-10-05")])
    assert own.after(day("2024-09-27"), 1) == day("2024-09-30")
    assert own.after(day("2024-09-27"), 2) == day("2024-10-05")
    assert own.after(day("2024-10-08"), -2) == day("2024-09-30")
    assert not own.is_working(day("2024-09-29"))
    assert own.is_working(day("2024-10-05"))
    assert not CHINA.is_working(day("2024-10-05"))


def test_own_days_count_in_years_that_are_not_published() -> None:
    year = CHINA.known.last + 3
    monday = next(d for n in range(7) if (d := date(year, 9, 1) + timedelta(n)).weekday() == 0)
    own = Workdays("CN", off=[monday], work=[monday + timedelta(5)])
    friday = monday - timedelta(3)
    assert own.count(friday, 1) == Counted(monday + timedelta(1), assumed=True)
    assert own.after(friday, 5) == monday + timedelta(5)
    assert own.after(monday + timedelta(7), -1) == monday + timedelta(5)


def test_a_day_that_is_off_and_worked_on_is_worked_on() -> None:
    assert Workdays("CN", off=[day("2024-10-05")], work=[day("2024-10-05")]).is_working(day("2024-10-05"))


# other countries


@pytest.mark.parametrize(
    ("country", "start", "count", "end"),
    [
        ("DE", "2024-05-08", 1, "2024-05-10"),  # Ascension Day
        ("DE", "2024-10-31", 1, "2024-11-01"),  # All Saints' is free only in some of its parts
        ("DE-BY", "2024-10-31", 1, "2024-11-04"),
        ("US", "2024-07-03", 1, "2024-07-05"),
        ("IL", "2024-06-06", 1, "2024-06-09"),  # Thursday; the weekend is Friday and Saturday
        ("TW", "2024-02-16", 1, "2024-02-17"),  # a Saturday made up for
        ("DE", "2024-09-27", 2, "2024-10-01"),  # no Sunday of China's there
    ],
)
def test_days_are_counted_by_other_countries_calendars(
    country: str, start: str, count: int, end: str
) -> None:
    assert Workdays(country).count(day(start), count) == Counted(day(end), assumed=False)


@pytest.mark.parametrize("country", ["DE", "IL", "TW", "US-NY"])
def test_every_day_of_a_year_is_what_the_package_says(country: str) -> None:
    code, _, part = country.partition("-")
    theirs = holidays.country_holidays(code, subdiv=part or None)
    ours = Workdays(country)
    days = [date(2024, 1, 1) + timedelta(n) for n in range(366)]
    assert [d for d in days if ours.is_working(d) != theirs.is_working_day(d)] == []


@pytest.mark.parametrize(
    "country", ["XX", "DE-ZZ", "", "China", "cn", "../x", "D\x00", "HolidayBase", "中国"]
)
def test_an_unknown_country_is_no_error_but_assumed(country: str) -> None:
    found = Workdays(country)
    assert found.known.lack == "country"
    assert found.count(day("2024-09-27"), 2) == Counted(day("2024-10-01"), assumed=True)


@pytest.mark.usefixtures("without_the_extra")
def test_without_the_extra_monday_to_friday_count_and_the_caller_is_told() -> None:
    found = Workdays("DE")
    assert found.known.lack == "package"
    assert found.count(day("2024-05-08"), 1) == Counted(day("2024-05-09"), assumed=True)
    assert CHINA.count(day("2024-09-27"), 2) == Counted(day("2024-09-30"), assumed=False)


# counting in general

WHERE = st.sampled_from(
    [
        CHINA,
        Workdays("DE"),
        Workdays("IL"),
        Workdays("XX", off=[day("1999-03-01")], work=[day("2031-03-02")]),
        Workdays("CN", off=[day("2029-03-01"), day("2024-09-30")], work=[day("2003-03-02")]),
    ]
)


@given(WHERE, st.dates(date(1990, 1, 1), date(2040, 12, 31)), st.integers(-600, 600))
def test_counting_in_steps_and_day_by_day_agree(days: Workdays, start: date, count: int) -> None:
    found, left = start, abs(count)
    while left:
        found += timedelta(1 if count > 0 else -1)
        left -= days.is_working(found)
    assert days.after(start, count) == found


@given(WHERE, st.dates(date(1990, 1, 1), date(2040, 12, 31)), st.integers(1, 300), st.integers(1, 300))
def test_counts_add_up(days: Workdays, start: date, one: int, other: int) -> None:
    assert days.after(days.after(start, one), other) == days.after(start, one + other)
    assert days.after(days.after(start, one), -one) <= start


@pytest.mark.parametrize(
    ("start", "count"),
    [("9999-12-30", 5), ("0001-01-03", -5), ("2024-01-01", -999_999), ("9000-01-01", 999_999)],
)
@pytest.mark.parametrize("days", [CHINA, Workdays("XX", off=[date.min, date.max])], ids=["CN", "own"])
def test_the_end_of_the_calendar_is_an_error_of_its_own(days: Workdays, start: str, count: int) -> None:
    with pytest.raises(OverflowError):
        days.after(day(start), count)
    with pytest.raises(BadValue, match="beyond"):
        duration.Duration(working_days=count).after(day(start), days.after)


def test_a_length_of_time_asks_the_calendar() -> None:
    """Months and days first, then working days; the time of day stays (R-000-18)."""
    length = duration.parse("1个月2个工作日")
    assert length.after(day("2024-08-27"), CHINA.after) == day("2024-09-30")
    assert length.after(day("2024-08-27")) == day("2024-10-01")


def test_nothing_heavy_is_imported_before_the_first_question() -> None:
    code = (
        "import sys; from crmkit.values.workdays import Workdays; w = Workdays(); "
        "assert 'chinese_calendar' not in sys.modules; import datetime; w.after(datetime.date(2024, 9, 27), 2); "
        "print(sorted({'chinese_calendar', 'holidays', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['chinese_calendar']\n"
