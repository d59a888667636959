"""The health score and the rule health.warning (R-002-41, R-002-42), at every boundary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.facts import Facts
from crmkit.rules.health import health, scheme_of
from crmkit.rules.row import Row
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
MakeSettings = Callable[[str], Settings]
HORIZON = date(2027, 1, 1)
WON = "stage: won, stage_history: [{stage: won, on: 2020-01-01}]"


def book(customer: str = WON, orders: str = "", complaints: str = "", contacts: str = "") -> str:
    """A dossier; orders are `DAY` or `DAY=AMOUNT`, complaints and contacts are days."""
    text = f"--- customer\n{{name: 示例, owner: 李四, {customer}}}\n"
    for at, order in enumerate(orders.split()):
        day, _, amount = order.partition("=")
        text += f"--- order\n{{number: A{at}, ordered_on: {day}{f', amount: {amount}' if amount else ''}}}\n"
    text += "".join(
        f"--- feedback\n{{type: complaint, received_at: {day}, content: 停机, status: closed}}\n"
        for day in complaints.split()
    )
    return text + "".join(f"--- followup\n{{status: done, at: {day}}}\n" for day in contacts.split())


def marks(make: Make, settings: Settings, on: str, text: str) -> list[int]:
    """Score, orders, complaints, contact."""
    found = health(Facts(make(text, settings=settings), settings, HORIZON), date.fromisoformat(on))
    return [found.score, *(m.mark for m in found.marks)]


def found(make: Make, settings: Settings, text: str, horizon: date = HORIZON) -> list[Row]:
    return [r for r in agenda(make(text, settings=settings), settings, horizon) if r.rule == "health.warning"]


def told(rows: list[Row]) -> list[str]:
    return [f"{r.due_on} {r.until or ''}".strip() for r in rows]


def test_the_worked_example(make: Make, settings: Settings) -> None:
    """R-002-41: the one in the module's docstring."""
    text = book(
        orders="2023-07-03 2023-08-01 2023-09-04 2023-10-10 2023-11-15 2023-12-01 2024-01-10 2024-03-01 2024-05-06",
        complaints="2024-03-12",
        contacts="2023-07-01 2023-09-01 2023-10-01 2023-12-01 2024-05-02",
    )
    assert marks(make, settings, "2024-06-15", text) == [55, 50, 94, 25]
    facts = Facts(make(text), settings, HORIZON)
    found = health(facts, date(2024, 6, 15))
    assert [str(m.told) for m in found.marks] == [
        "orders 50 of 100: 3 in 6 months, 6 in the time before",
        "complaints 94 of 100: 1 in 6 months",
        "contact 25 of 100: 1 in 6 months, 4 in the time before",
    ]
    assert found.weakest.dimension == "contact"
    assert found.warns(scheme_of(settings))


MARKS = [
    # orders
    ("no history at all", "2024-06-15", book(), [100, 100, 100, 100]),
    ("one order before is too little to fall from", "2024-06-15", book(orders="2023-10-01"), [100, 100, 100, 100]),
    ("two before, none since", "2024-06-15", book(orders="2023-10-01 2023-11-01"), [60, 0, 100, 100]),
    ("two before, one since", "2024-06-15", book(orders="2023-10-01 2023-11-01 2024-02-01"), [80, 50, 100, 100]),
    ("as many", "2024-06-15", book(orders="2023-10-01 2023-11-01 2024-02-01 2024-03-01"), [100, 100, 100, 100]),
    ("more is not better", "2024-06-15", book(orders="2023-10-01 2023-11-01 2024-02-01 2024-03-01 2024-04-01"), [100, 100, 100, 100]),
    ("three before, one since, cut", "2024-06-15", book(orders="2023-09-01 2023-10-01 2023-11-01 2024-02-01"), [73, 33, 100, 100]),
    ("six months ago to the day is the time before", "2024-06-15", book(orders="2023-10-01 2023-12-15"), [60, 0, 100, 100]),
    ("a day later it is in the window", "2024-06-15", book(orders="2023-10-01 2023-12-16"), [100, 100, 100, 100]),
    ("twelve months ago to the day is out of it", "2024-06-15", book(orders="2023-06-15 2023-10-01 2024-02-01"), [100, 100, 100, 100]),
    ("a day later it is in the time before", "2024-06-15", book(orders="2023-06-16 2023-10-01 2024-02-01"), [80, 50, 100, 100]),
    ("who stopped does not get well by silence", "2026-06-15", book(orders="2023-10-01 2023-11-01"), [60, 0, 100, 100]),
    ("who came back after years starts afresh", "2024-06-15", book(orders="2020-10-01 2020-11-01 2024-05-01"), [100, 100, 100, 100]),
    ("what comes later is not known yet", "2024-06-15", book(orders="2023-10-01 2023-11-01 2024-06-16"), [60, 0, 100, 100]),
    ("on the day itself it is", "2024-06-15", book(orders="2023-10-01 2023-11-01 2024-06-15"), [80, 50, 100, 100]),
    ("the mean of number and amount", "2024-06-15", book(orders="2023-10-01=200 2023-11-01=200 2024-02-01=100 2024-03-01=100"), [90, 75, 100, 100]),
    ("fewer but larger", "2024-06-15", book(orders="2023-10-01=100 2023-11-01=100 2024-02-01=200"), [90, 75, 100, 100]),
    ("one amount unknown: the number alone", "2024-06-15", book(orders="2023-10-01=200 2023-11-01 2024-02-01=1"), [80, 50, 100, 100]),
    ("two currencies: the number alone", "2024-06-15", book(orders="2023-10-01=200 2023-11-01=200 2024-02-01=$1"), [80, 50, 100, 100]),
    ("nothing was worth anything", "2024-06-15", book(orders="2023-10-01=0 2023-11-01=0 2024-02-01=0"), [80, 50, 100, 100]),
    # complaints
    ("one complaint without an order in the year", "2024-06-15", book(complaints="2024-03-01"), [85, 100, 50, 100]),
    ("two", "2024-06-15", book(complaints="2024-03-01 2024-04-01"), [70, 100, 0, 100]),
    ("three are no worse", "2024-06-15", book(complaints="2024-03-01 2024-04-01 2024-05-01"), [70, 100, 0, 100]),
    ("one on two orders", "2024-06-15", book(orders="2023-08-01 2024-02-01", complaints="2024-03-01"), [92, 100, 75, 100]),
    ("an order of a year ago to the day counts no more", "2024-06-15", book(orders="2023-06-15 2024-02-01", complaints="2024-03-01"), [85, 100, 50, 100]),
    ("six months ago to the day it has aged out", "2024-06-15", book(complaints="2023-12-15"), [100, 100, 100, 100]),
    ("a day later it has not", "2024-06-15", book(complaints="2023-12-16"), [85, 100, 50, 100]),
    # contact
    ("two contacts before, none since", "2024-06-15", book(contacts="2023-10-01 2023-11-01"), [70, 100, 100, 0]),
    ("two before, one since", "2024-06-15", book(contacts="2023-10-01 2023-11-01 2024-02-01"), [85, 100, 100, 50]),
    ("one before is too little", "2024-06-15", book(contacts="2023-10-01"), [100, 100, 100, 100]),
    (
        "the talks that won the customer are no measure",
        "2024-06-15",
        book("stage: won, stage_history: [{stage: won, on: 2023-11-01}]", contacts="2023-10-01 2023-10-20 2023-11-01"),
        [100, 100, 100, 100],
    ),
    (
        "those of the days after are",
        "2024-06-15",
        book("stage: won, stage_history: [{stage: won, on: 2023-11-01}]", contacts="2023-11-02 2023-11-20"),
        [70, 100, 100, 0],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("on", "text", "expected"), [m[1:] for m in MARKS], ids=[f"R-002-41 {m[0]}" for m in MARKS]
)
def test_marks(on: str, text: str, expected: list[int], make: Make, settings: Settings) -> None:
    assert marks(make, settings, on, text) == expected


def test_cancelled_orders_praise_and_plans_do_not_count(make: Make, settings: Settings) -> None:
    """R-002-41."""
    text = book(orders="2023-10-01") + (
        "--- order\n{number: B1, ordered_on: 2023-11-01, status: cancelled}\n"
        "--- feedback\n{type: praise, received_at: 2024-05-01, content: 好}\n"
        "--- followup\n{status: planned, due: 2023-11-01, reason: 回访}\n"
    )
    assert marks(make, settings, "2024-06-15", text) == [100, 100, 100, 100]


ROWS = [
    ("the day the last order leaves the window", book(orders="2023-10-01 2023-11-01"), ["2024-05-01"]),
    ("one order is no rhythm to fall out of", book(orders="2023-10-01"), []),
    ("contacts alone make no warning: 70 is not below 70", book(contacts="2023-10-01 2023-11-01"), []),
    ("nor do complaints alone", book(complaints="2024-03-01 2024-04-01"), []),
    (
        "together they do, until the last complaint has aged out",
        book(complaints="2024-03-01 2024-04-01", contacts="2023-10-01 2023-11-01"),
        ["2024-05-01 2024-09-30"],
    ),
    (
        "an order since has mended it",
        book(orders="2023-10-01 2023-11-01 2024-06-01"),
        [],
    ),
    (
        "a fall that goes on behind the last event begins where it began",
        book(orders="2023-10-01 2023-11-01", contacts="2024-06-20"),
        ["2024-05-01"],
    ),
    (
        "a fall mended long ago gives no row, the next one does",
        book(orders="2022-10-01 2022-11-01 2023-10-01 2023-11-01"),
        ["2024-05-01"],
    ),
    ("not won", book("stage: intent", orders="2023-10-01 2023-11-01"), []),
    ("lost", book("stage: lost", orders="2023-10-01 2023-11-01"), []),
    ("lost by status", book(f"{WON}, status: lost", orders="2023-10-01 2023-11-01"), []),
    ("loyal", book("stage: loyal", orders="2023-10-01 2023-11-01"), ["2024-05-01"]),
    ("at the end of the calendar", book(orders="9999-10-01 9999-11-01"), []),
    ("and at its beginning", book(orders="0001-01-01 0001-01-02"), ["0001-07-02"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [r[1:] for r in ROWS], ids=[f"R-002-42 {r[0]}" for r in ROWS])
def test_rows(text: str, expected: list[str], make: Make, settings: Settings) -> None:
    assert told(found(make, settings, text)) == expected


def test_a_row_names_the_score_and_the_weakest_dimension(make: Make, settings: Settings) -> None:
    """R-002-42; the success manager sees it too (R-002-47)."""
    (row,) = found(make, settings, book(f"{WON}, success_manager: 孙悦", orders="2023-10-01 2023-11-01"))
    assert row.id == "202406-001/health.warning/202406-001/2024-05-01"
    assert (row.owner, row.people) == ("李四", ("孙悦",))
    assert str(row.reason) == (
        "health score 60, below 70; weakest: orders 0 of 100: 0 in 6 months, 2 in the time before"
    )


@pytest.mark.parametrize(
    "followup",
    [
        "{status: done, at: 2024-05-02, answers: 202406-001/health.warning/202406-001/2024-05-01}",
        "{status: planned, due: 2024-05-09, reason: 改期, answers: 202406-001/health.warning/202406-001/2024-05-01}",
    ],
)
def test_answered_or_put_off(followup: str, make: Make, settings: Settings) -> None:
    """R-002-42, R-004-47."""
    assert found(make, settings, book(orders="2023-10-01 2023-11-01") + f"--- followup\n{followup}\n") == []


def test_the_book_weighs_as_it_likes(make: Make, make_settings: MakeSettings) -> None:
    """R-002-41, R-002-42: weights, limits and window stand in crm.yaml."""
    fell = book(orders="2023-10-01 2023-11-01 2024-02-01")
    assert told(found(make, make_settings(""), fell)) == ["2024-08-01"]
    (row,) = found(make, make_settings("health: {warn_below: 81}\n"), fell)
    assert (str(row.due_on), row.where) == ("2024-05-01", "crm.yaml:8")
    assert found(make, make_settings("health: {warn_below: 80}\n"), fell)[0].due_on == date(2024, 8, 1)
    assert found(make, make_settings("health: {weights: {orders: 10}}\n"), fell) == []
    heavy = make_settings("health: {weights: {orders: 100, complaints: 0, contact: 0}}\n")
    assert told(found(make, heavy, fell)) == ["2024-05-01"]
    assert told(found(make, make_settings("health: {window: 12 months}\n"), fell)) == ["2025-02-01"]
    assert found(make, make_settings("rules:\n  health.warning: off\n"), fell) == []


def test_a_dimension_may_have_its_own_limit(make: Make, make_settings: MakeSettings) -> None:
    """R-002-42: warning thresholds per dimension."""
    text = book(complaints="2024-03-01 2024-04-01")
    own = make_settings("health: {warn_each: {complaints: 50}}\n")
    (row,) = found(make, own, text)
    assert told([row]) == ["2024-04-01 2024-08-31"]
    assert str(row.reason) == "health: complaints 0 of 100: 2 in 6 months; its limit is 50"
    assert found(make, make_settings("health: {warn_each: {orders: 50}}\n"), text) == []


def test_without_weights_nobody_is_ill(make: Make, settings: Settings) -> None:
    """R-002-41: settings that crm.yaml would refuse."""
    weightless = {"weights": dict.fromkeys(("orders", "complaints", "contact"), 0)}
    none = replace(settings, health=weightless)
    assert found(make, none, book(orders="2023-10-01 2023-11-01")) == []
    odd = replace(settings, health={"weights": 3, "warn_below": "x", "window": "-1 month"})
    assert scheme_of(odd) == scheme_of(settings)


DAYS = st.lists(st.dates(date(2023, 6, 1), date(2024, 12, 1)), max_size=5).map(
    lambda days: " ".join(map(str, days))
)


@profile(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(DAYS, DAYS, DAYS), st.integers(0, 1000))
def test_day_by_day_nothing_else_falls(
    make: Make, settings: Settings, kinds: tuple[str, str, str], near: int
) -> None:
    """R-002-42: looking only at the days that matter finds what every single day would show."""
    orders, complaints, contacts = kinds
    text = book(orders=orders, complaints=complaints, contacts=contacts)
    dossier = make(text)
    facts = Facts(dossier, settings, HORIZON)
    events = f"{orders} {complaints} {contacts}".split()
    if not events:
        assert found(make, settings, text) == []
        return
    first, last = date.fromisoformat(min(events)), date.fromisoformat(max(events))
    days = [first + timedelta(n) for n in range((last - first).days + 400)]
    low = [health(facts, day).score < 70 for day in days]
    expected, start = [], None
    for day, below in zip([*days, days[-1] + timedelta(1)], [*low, False], strict=True):
        if below and start is None:
            start = day
        elif not below and start is not None:
            end = day - timedelta(1)
            if end >= last:
                expected.append(f"{start} {end if end < days[-1] else ''}".strip())
            start = None
    assert told(found(make, settings, text, date(2030, 1, 1))) == expected
    horizon = date(2023, 1, 1) + timedelta(near)
    assert told(found(make, settings, text, horizon)) == [
        e for e in expected if date.fromisoformat(e[:10]) <= horizon
    ]
