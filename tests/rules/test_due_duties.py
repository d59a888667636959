"""Duties of the team: what falls due does not depend on how far ahead somebody looks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from crmkit.rules import chores
from crmkit.rules.row import Row
from crmkit.settings.load import load

RULES = (
    "FREQ=WEEKLY;BYDAY=FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
    "FREQ=WEEKLY",
    "FREQ=DAILY;INTERVAL=10",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=1",
    "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=1",
    "FREQ=YEARLY;INTERVAL=3;BYMONTH=6;BYMONTHDAY=1",
)


def _rows(rrule: str, since: str, horizon: date) -> list[Row]:
    start = f", since: {since}" if since else ""
    text = f"team: [{{name: 张三, roles: [sales]}}]\nchores: [{{name: count, rrule: '{rrule}', role: sales{start}}}]\n"
    rows = chores.rows(load(text.encode())[0], {}, horizon)
    return [row for row in rows if row.rule == "chore.count"]


@profile(max_examples=60, deadline=None)
@given(
    st.sampled_from(RULES),
    st.sampled_from(["", "2021-01-04", "2022-06-01"]),
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    st.integers(1, 800),
)
def test_a_nearer_horizon_only_cuts(rrule: str, since: str, near: date, days: int) -> None:
    found = _rows(rrule, since, near)
    far = _rows(rrule, since, near + timedelta(days=days))
    recent = date(near.year - 3, 1, 1)
    assert [r for r in found if r.due_on >= recent] == [r for r in far if recent <= r.due_on <= near]


@pytest.mark.parametrize("horizon", [date(2024, 6, 1), date(2025, 1, 1), date(2026, 6, 1)])
def test_a_duty_of_every_third_year_is_due(horizon: date) -> None:
    rows = _rows("FREQ=YEARLY;INTERVAL=3;BYMONTH=6;BYMONTHDAY=1", "2024-01-01", horizon)
    assert [(row.due_on, row.until) for row in rows] == [(date(2024, 6, 1), date(2027, 5, 31))]
