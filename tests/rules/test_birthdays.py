"""The days on which birthdays are kept: leap days, lunar months, the ends of what is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.rules.agenda import agenda
from crmkit.rules.dates import Birthday, days, kept_on, lunar_day, lunar_text
from crmkit.rules.dossier import Dossier
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]

MID_AUTUMN = {
    2020: "2020-10-01",
    2021: "2021-09-21",
    2022: "2022-09-10",
    2023: "2023-09-29",
    2024: "2024-09-17",
    2025: "2025-10-06",
}
NEW_YEAR = {
    2022: "2022-02-01",
    2023: "2023-01-22",
    2024: "2024-02-10",
    2025: "2025-01-29",
    2026: "2026-02-17",
}


def lunar(month: int, day: int, born: int = 1980) -> Birthday:
    return Birthday("", "王经理", born, month, day, lunar=True)


@pytest.mark.parametrize(("year", "day"), MID_AUTUMN.items())
def test_mid_autumn(year: int, day: str) -> None:
    assert [str(d) for d in days(lunar(8, 15), range(year, year + 1))] == [day]


@pytest.mark.parametrize(("year", "day"), NEW_YEAR.items())
def test_lunar_new_year(year: int, day: str) -> None:
    assert [str(d) for d in days(lunar(1, 1), range(year, year + 1))] == [day]


def test_a_leap_month_does_not_repeat_a_birthday() -> None:
    """2023 has a leap second month (22 March to 19 April)."""
    assert [str(d) for d in days(lunar(2, 10), range(2023, 2024))] == ["2023-03-01"]


def test_a_year_of_the_calendar_may_hold_two_or_none() -> None:
    """The twelfth month of 2022 ends in January 2023, that of 2023 begins in January 2024."""
    twelfth = lunar(12, 1)
    found = [d.year for d in days(twelfth, range(2018, 2030))]
    assert found != sorted(set(found)) or set(found) != set(range(2018, 2030))
    assert len(found) == 12


def test_day_30_of_a_short_month_is_its_29th() -> None:
    assert lunar_day(2024, 2, 30) == date(2024, 4, 8)
    assert lunar_day(2025, 2, 30) == lunar_day(2025, 2, 29) == date(2025, 3, 28)


def test_outside_the_known_years_there_is_none() -> None:
    assert lunar_day(1899, 1, 1) is None
    assert lunar_day(2101, 1, 1) is None
    assert list(days(lunar(8, 15, born=2090), range(2110, 2115))) == []


def test_29_february() -> None:
    leapling = Birthday("", "王经理", 1988, 2, 29, lunar=False)
    assert [d.isoformat()[5:] for d in days(leapling, range(2023, 2027))] == [
        "02-28",
        "02-29",
        "02-28",
        "02-28",
    ]
    assert kept_on(2100, 2, 29) == date(2100, 2, 28)


@given(st.integers(1900, 2020), st.integers(1, 12), st.integers(1, 30))
def test_a_lunar_birthday_comes_once_a_lunar_year(born: int, month: int, day: int) -> None:
    found = list(days(lunar(month, day, born), range(2021, 2031)))
    assert found == sorted(found)
    gaps = {(b - a).days for a, b in pairwise(found)}
    assert all(352 <= gap <= 386 for gap in gaps)


@pytest.mark.parametrize(
    ("month", "day", "text"),
    [
        (1, 1, "正月初一"),
        (8, 15, "八月十五"),
        (2, 10, "二月初十"),
        (12, 30, "腊月三十"),
        (11, 21, "冬月廿一"),
        (6, 20, "六月二十"),
    ],
)
def test_lunar_days_are_told_as_people_write_them(month: int, day: int, text: str) -> None:
    assert lunar_text(month, day) == text


@pytest.mark.parametrize("written", ["--05-20", "05-20"])
def test_a_birthday_without_a_year_comes_round_each_year(
    written: str, make: Make, settings: Settings
) -> None:
    """R-004-15: the year of birth is often not known, and none is made up."""
    text = f"--- customer\n{{name: 示例, created_on: 2024-01-01, contacts: [{{name: 王工, birthday: '{written}'}}]}}\n"
    found = agenda(make(text, settings=settings), settings, date(2026, 12, 31))
    days = [r.due_on.isoformat() for r in found if r.rule == "date.birthday" and r.due_on >= date(2024, 1, 1)]
    assert days == ["2024-05-17", "2025-05-17", "2026-05-17"]


def test_29_february_and_the_lunar_calendar_without_a_year(make: Make, settings: Settings) -> None:
    """R-004-15."""
    text = "--- customer\n{name: 示例, contacts: [{name: 甲, birthday: --02-29}, {name: 乙, birthday: --08-15, lunar: true}]}\n"
    found = agenda(make(text, settings=settings), settings, date(2025, 12, 31))
    days = [(r.part, r.until.isoformat()) for r in found if r.rule == "date.birthday" and r.until]
    assert ("甲", "2025-02-28") in days
    assert ("甲", "2024-02-29") in days
    assert ("乙", "2024-09-17") in days


@pytest.mark.parametrize("lead", ["1 day", "3 days", "10 days", "1 month"])
def test_a_birthday_that_was_answered_stays_so_when_the_number_changes(
    lead: str, make: Make, make_settings: Callable[[str], Settings]
) -> None:
    """R-004-15: the answer belongs to that year's birthday, not to the day on which one was reminded."""
    own = make_settings(f"rules:\n  date.birthday: {{lead: {lead}}}\n  date.holiday: {{lead: {lead}}}\n")
    text = (
        "--- customer\n{name: 示例, tier: A, created_on: 2024-01-01, contacts: [{name: 王工, birthday: 1980-06-20}]}\n"
        "--- followup a\n{status: done, at: 2024-06-17, answers: 202406-001/date.birthday/王工/2024-06-17}\n"
        "--- followup b\n{status: planned, due: 2024-09-16, reason: x, answers: 202406-001/date.holiday/中秋节/2024-09-14}\n"
    )
    rows = agenda(make(text, settings=own), own, date(2025, 12, 31))
    assert [r.until for r in rows if r.rule == "date.birthday" and r.due_on.year > 2023] == [
        date(2025, 6, 20)
    ]
    days = [r.until for r in rows if r.rule == "date.holiday" and r.part == "中秋节"]
    assert date(2024, 9, 17) not in days
