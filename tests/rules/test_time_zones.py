"""Members in several time zones: days are days, moments are shown in the book's zone, hours elapse (R-004-12..14).

That the machine's zone moves nothing is shown over files in test_due_days.py.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules.conftest import Make, shown

from crmkit.rules import intervals
from crmkit.rules.agenda import agenda
from crmkit.rules.row import Row
from crmkit.settings.load import load
from crmkit.settings.model import Settings
from crmkit.values.workdays import Workdays

NEW_YORK = ZoneInfo("America/New_York")
ZONES = ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
CHINA = Workdays()
HORIZON = date(2026, 12, 31)
YEAR = datetime(2024, 1, 1), datetime(2024, 12, 31)  # noqa: DTZ001 - a zone is put to it
Rows = Callable[..., list[Row]]


def book(zone: str, text: str = "") -> Settings:
    return load(f"name: t\ntime_zone: {zone}\n{dedent(text)}".encode())[0]


@pytest.fixture
def rows(make: Make) -> Rows:
    def rows(dossier: str, zone: str, text: str = "") -> list[Row]:
        settings = book(zone, text)
        return agenda(make(dossier, settings=settings), settings, HORIZON)

    return rows


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
def machine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The zone of the machine on which the rules are asked."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


DAYS = """
--- customer
{name: x, tier: A, rhythm: none, birthday: 1980-06-18, created_on: 2024-01-15,
 review: {state: submitted, submitted_at: 2024-09-27}}
--- contract a
{status: in_force, end_date: 2024-07-10}
--- order b
{delivery_date: 2024-06-12}
--- followup c
{status: planned, due: 2024-06-20}
--- feedback d
{type: complaint, received_at: 2024-06-07}
--- opportunity e
{name: y, created_on: 2024-06-01, close_date: 2024-06-30}
"""
TEAM = "review: {required: true}\nteam: [{name: 张三, roles: [sales]}, {name: 周敏, roles: [supervisor]}]\n"
"""Somebody reviews: working days are counted, too."""


@pytest.mark.parametrize("zone", ZONES)
def test_what_has_only_a_date_falls_due_on_the_same_day_everywhere(
    zone: str, machine: str, rows: Rows
) -> None:
    found = rows(DAYS, zone, TEAM)
    assert len(found) > 20
    assert [row.to_json() for row in found] == [row.to_json() for row in rows(DAYS, "UTC", TEAM)]
    assert all(row.due_at is None for row in found), machine


MOMENTS = [
    "2024-06-07T23:10",  # as a member in the book's zone writes it, which is Shanghai
    "2024-06-07T23:10+08:00",
    "2024-06-07T15:10Z",
    "2024-06-07T11:10-04:00",  # New York
    "2024-06-08T00:10+09:00",  # Tokyo, where it is the next day already
    "2024-06-08T05:10+14:00",
]


@pytest.mark.parametrize("received", MOMENTS)
def test_a_moment_is_the_same_in_whatever_zone_a_member_wrote_it(
    received: str, machine: str, rows: Rows
) -> None:
    """The design's example: received 2024-06-07T23:10 in Shanghai (R-004-12, R-004-13, R-004-14)."""
    dossier = f"--- customer\n{{name: x, rhythm: none}}\n--- feedback a\n{{type: complaint, received_at: {received}}}\n"
    found = rows(dossier, "Asia/Shanghai")
    assert [shown(row) for row in found] == [
        "2024-06-08T01:10 sla.respond",
        "2024-06-08T23:10 sla.resolve",
        "2024-06-10T23:10 sla.revisit",
    ], machine
    assert {row.due_at.isoformat()[16:] for row in found if row.due_at} == {":00+08:00"}


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2024-06-05T23:59", "2024-06-08"),
        ("2024-06-06T00:01+09:00", "2024-06-08"),  # in Tokyo it is the 6th, in Shanghai still the 5th
        ("2024-06-05T11:59-04:00", "2024-06-08"),
        (
            "2024-06-05T12:00-04:00",
            "2024-06-09",
        ),  # in New York it is noon of the 5th, in Shanghai the 6th begins
    ],
)
def test_the_day_of_a_contact_is_the_books(at: str, due: str, machine: str, rows: Rows) -> None:
    """R-004-10."""
    dossier = f"--- customer\n{{name: x}}\n--- followup a\n{{status: done, at: {at}}}\n"
    assert [shown(row) for row in rows(dossier, "Asia/Shanghai")] == [f"{due} cadence.potential"], machine


@pytest.mark.parametrize(
    ("due", "zone", "expected"),
    [
        ("2024-06-20T00:05", "Asia/Shanghai", "2024-06-20T00:05:00+08:00"),
        ("2024-06-20T00:05+09:00", "Asia/Shanghai", "2024-06-19T23:05:00+08:00"),
        ("2024-06-19T22:05-04:00", "Asia/Shanghai", "2024-06-20T10:05:00+08:00"),
        ("2024-06-20T10:05+08:00", "America/New_York", "2024-06-19T22:05:00-04:00"),
        ("2024-12-20T10:05+08:00", "America/New_York", "2024-12-19T21:05:00-05:00"),
    ],
)
def test_a_planned_time_is_shown_in_the_books_zone(
    due: str, zone: str, expected: str, machine: str, rows: Rows
) -> None:
    dossier = f"--- customer\n{{name: x, rhythm: none}}\n--- followup a\n{{status: planned, due: {due}}}\n"
    (row,) = rows(dossier, zone)
    assert row.due_at is not None
    assert (row.due_at.isoformat(), row.due_on) == (expected, row.due_at.date()), machine
    assert Row.from_json(row.to_json()).due_at == row.due_at


# the nights in which the clocks change: 10 March and 3 November 2024 in New York

NIGHTS = """
2024-03-09T23:30  2 hours  2024-03-10T01:30:00-05:00
2024-03-10T00:30  2 hours  2024-03-10T03:30:00-04:00  # the hour from two to three is left out
2024-03-10T01:59  1 hours  2024-03-10T03:59:00-04:00
2024-03-09T12:00  24 hours 2024-03-10T13:00:00-04:00
2024-03-09T12:00  1 day    2024-03-10T12:00:00-04:00
2024-03-09T02:30  1 day    2024-03-10T02:30:00-05:00  # no such time that day: half past two in winter's
2024-03-08T12:00  72 hours 2024-03-11T13:00:00-04:00
2024-11-02T23:30  2 hours  2024-11-03T01:30:00-04:00  # the first half past one
2024-11-02T23:30  3 hours  2024-11-03T01:30:00-05:00  # the second
2024-11-02T23:30  4 hours  2024-11-03T02:30:00-05:00
2024-11-02T12:00  24 hours 2024-11-03T11:00:00-05:00
2024-11-02T12:00  1 day    2024-11-03T12:00:00-05:00
2024-11-01T12:00  72 hours 2024-11-04T11:00:00-05:00
2024-11-01T12:00  2 working days  2024-11-05T12:00:00-05:00
2024-02-10T12:00  1 month  2024-03-10T12:00:00-04:00
"""


@pytest.mark.parametrize("line", [line for line in NIGHTS.splitlines() if line])
def test_hours_elapse_and_days_keep_the_clock(line: str) -> None:
    start, number, *unit, end = line.partition("#")[0].split()
    at = datetime.fromisoformat(start).replace(tzinfo=NEW_YORK)
    found = intervals.after(" ".join([number, *unit]), at, Workdays("US"))
    assert found is not None
    assert found.isoformat() == end


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2024-03-09T23:30", ["03-10T01:30-0500", "03-11T00:30-0400", "03-13T00:30-0400"]),
        ("2024-03-10T01:30", ["03-10T04:30-0400", "03-11T02:30-0400", "03-13T02:30-0400"]),
        ("2024-11-02T23:30", ["11-03T01:30-0400", "11-03T22:30-0500", "11-05T22:30-0500"]),
        ("2024-11-03T01:30-04:00", ["11-03T02:30-0500", "11-04T00:30-0500", "11-06T00:30-0500"]),
        ("2024-11-03T01:30-05:00", ["11-03T03:30-0500", "11-04T01:30-0500", "11-06T01:30-0500"]),
    ],
)
def test_the_clocks_of_a_complaint_in_these_nights(received: str, due: list[str], rows: Rows) -> None:
    """R-004-12, R-004-13, R-004-14: two hours, a day and three days of elapsed time."""
    dossier = f"--- customer\n{{name: x, rhythm: none}}\n--- feedback a\n{{type: complaint, received_at: {received}}}\n"
    found = rows(dossier, "America/New_York")
    assert [row.due_at.strftime("%m-%dT%H:%M%z") for row in found if row.due_at] == due


@given(st.datetimes(YEAR[0], YEAR[1]), st.integers(0, 1), st.integers(1, 200), st.sampled_from(ZONES))
def test_hours_elapse_in_every_zone(start: datetime, fold: int, hours: int, zone: str) -> None:
    at = start.replace(tzinfo=ZoneInfo(zone), fold=fold)
    found = intervals.after(f"{hours} hours", at, CHINA)
    assert found is not None
    assert found.timestamp() - at.timestamp() == timedelta(hours=hours).total_seconds()


@given(st.dates(date(2024, 1, 1), date(2024, 12, 31)), st.integers(0, 400), st.sampled_from(ZONES))
def test_days_of_a_date_ask_no_zone(start: date, days: int, zone: str) -> None:
    noon = datetime(start.year, start.month, start.day, 12, tzinfo=ZoneInfo(zone))
    found = intervals.after(f"{days} days", start, CHINA)
    moment = intervals.after(f"{days} days", noon, CHINA)
    assert moment is not None
    assert found == start + timedelta(days) == moment.date()
    assert moment.hour == 12
