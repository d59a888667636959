"""High-value customers are greeted on festivals: R-004-04."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from textwrap import dedent

import pytest
from tests.rules.conftest import Make

from crmkit.rules import holidays
from crmkit.rules.agenda import agenda
from crmkit.rules.row import Row
from crmkit.rules.why import why
from crmkit.rules.window import shows
from crmkit.settings.load import load
from crmkit.settings.model import Settings

HORIZON = date(2026, 12, 31)
VIP = "name: 示例\nrhythm: none\ntier: A\nowner: 张三\ncreated_on: 2024-01-15\n"
Greetings = Callable[..., list[Row]]


def book(text: str = "") -> Settings:
    return load(f"name: t\n{dedent(text)}".encode())[0]


@pytest.fixture
def greetings(make: Make) -> Greetings:
    """The greetings of a dossier in a book with this `crm.yaml`."""

    def greetings(text: str = "", customer: str = VIP, *, horizon: date = HORIZON, draft: bool = False) -> list[Row]:  # fmt: skip
        settings = book(text)
        dossier = make(f"--- customer\n{customer}", settings=settings, draft=draft)
        return [row for row in agenda(dossier, settings, horizon) if row.rule == "date.holiday"]

    return greetings


def told(rows: list[Row]) -> list[str]:
    return [f"{row.due_on} {row.part} {row.until}" for row in rows]


ONLY = "holidays: {元旦: off, 春节: off, 端午节: off, 中秋节: off, 国庆节: off, %s}"


def test_the_usual_festivals_of_china(greetings: Greetings) -> None:
    """Lunar ones fall on another day each year; a row is due three days before, until the day itself."""
    assert told(greetings()) == [
        "2024-02-07 春节 2024-02-10",
        "2024-06-07 端午节 2024-06-10",
        "2024-09-14 中秋节 2024-09-17",
        "2024-09-28 国庆节 2024-10-01",
        "2024-12-29 元旦 2025-01-01",
        "2025-01-26 春节 2025-01-29",
        "2025-05-28 端午节 2025-05-31",
        "2025-09-28 国庆节 2025-10-01",
        "2025-10-03 中秋节 2025-10-06",
        "2025-12-29 元旦 2026-01-01",
        "2026-02-14 春节 2026-02-17",
        "2026-06-16 端午节 2026-06-19",
        "2026-09-22 中秋节 2026-09-25",
        "2026-09-28 国庆节 2026-10-01",
        "2026-12-29 元旦 2027-01-01",
    ]


@pytest.mark.parametrize(
    ("customer", "greeted"),
    [
        (VIP, True),
        (VIP.replace("tier: A", "tier: B"), False),
        (VIP.replace("tier: A", "customer_type: high_value"), True),
        (VIP.replace("tier: A", "customer_type: existing"), False),
        (VIP + "stage: potential\n", True),
        (VIP + "status: dormant\n", True),
        (VIP + "stage: lost\n", False),
        (VIP + "status: lost\n", False),
    ],
)
def test_whom_to_greet(customer: str, greeted: bool, greetings: Greetings) -> None:
    assert bool(greetings(customer=customer)) is greeted


def test_a_draft_is_not_greeted(greetings: Greetings) -> None:
    assert greetings(draft=True) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('618: "06-18"', ["2024-06-15 618 2024-06-18", "2025-06-15 618 2025-06-18", "2026-06-15 618 2026-06-18"]),
        ("节: 02-29", ["2024-02-26 节 2024-02-29", "2025-02-25 节 2025-02-28", "2026-02-25 节 2026-02-28"]),
        # the last day of a lunar year is its 29th or 30th: New Year's Eve
        ("除夕: 农历 12-30", ["2024-02-06 除夕 2024-02-09", "2025-01-25 除夕 2025-01-28", "2026-02-13 除夕 2026-02-16"]),
        # 2025 has a leap sixth month, which does not repeat it
        ("节: lunar 06-06", ["2024-07-08 节 2024-07-11", "2025-06-27 节 2025-06-30", "2026-07-16 节 2026-07-19"]),
        ("广交会: [2024-04-15, 2025-04-15]", ["2024-04-12 广交会 2024-04-15", "2025-04-12 广交会 2025-04-15"]),
    ],
)  # fmt: skip
def test_the_books_own_festivals(said: str, expected: list[str], greetings: Greetings) -> None:
    assert told(greetings(ONLY % said)) == expected


def test_a_lunar_day_may_come_twice_in_a_year_of_the_calendar_or_never(greetings: Greetings) -> None:
    """The first of the twelfth month: twice in 2024, not at all in 2023 and 2025."""
    rows = greetings(ONLY % "节: lunar 12-01", VIP.replace("2024-01-15", "2022-01-15"))
    assert [str(row.until) for row in rows] == ["2022-12-23", "2024-01-11", "2024-12-31", "2026-01-19"]


def test_only_named_ones_are_greeted_outside_china(greetings: Greetings) -> None:
    assert greetings("country: DE") == []
    assert {row.part for row in greetings('country: DE\nholidays: {Oktoberfest: "09-21"}')} == {"Oktoberfest"}
    assert {row.part for row in greetings("country: DE\nholidays: {春节: lunar 01-01}")} == {"春节"}
    assert {row.part for row in greetings("holidays: {country: HK}")} == set()


@pytest.mark.parametrize(
    ("on", "shown"),
    [("2024-06-13", False), ("2024-06-14", True), ("2024-06-15", True), ("2024-06-18", True), ("2024-06-19", False)],
)  # fmt: skip
def test_from_the_day_before_it_is_due_until_the_festivals_own_day(
    on: str, shown: bool, greetings: Greetings
) -> None:
    (row,) = (r for r in greetings(ONLY % '618: "06-18"') if r.due_on.year == 2024)
    day = date.fromisoformat(on)
    assert shows(row, day, day + timedelta(1)) is shown


def test_how_long_before_is_the_books_to_say(greetings: Greetings) -> None:
    head = ONLY % '618: "06-18"'
    assert greetings(f"{head}\nrules: {{date.holiday: {{lead: 10 days}}}}")[0].due_on == date(2024, 6, 8)
    # Monday 10 June is free: five working days before Tuesday the 18th is the 11th, six is Friday the 7th
    for count, due in ((5, date(2024, 6, 11)), (6, date(2024, 6, 7))):
        rules = f"rules: {{date.holiday: {{lead: {count} working days}}}}"
        assert greetings(f"{head}\n{rules}")[0].due_on == due
    assert greetings(f"{head}\nrules: {{date.holiday: off}}") == []
    assert greetings(f'{head}\nrules: {{date.holiday: {{when: "owner:李四"}}}}') == []


@pytest.mark.parametrize("answer", ["status: done\nat: 2024-06-16\n", "status: planned\ndue: 2024-06-17\n"])
def test_answered_or_snoozed_it_is_gone_and_next_year_it_comes_again(
    answer: str, greetings: Greetings
) -> None:
    row = "202406-001/date.holiday/618 年中/2024-06-15"
    followup = f"--- followup followup-1\n{answer}answers: {row}\n"
    head = ONLY % '618 年中: "06-18"'
    assert greetings(head, VIP)[0].id == row
    assert told(greetings(head, VIP + followup)) == told(greetings(head))[1:]


def test_the_years_since_the_customer_is_in_the_book(greetings: Greetings) -> None:
    """An agenda that reaches further ahead begins in the same year: `--on` may ask for any day since."""
    head = ONLY % '618: "06-18"'
    for horizon in (HORIZON, date(2034, 12, 31)):
        assert greetings(head, horizon=horizon)[0].due_on == date(2024, 6, 15)
    undated = VIP.replace("created_on: 2024-01-15\n", "")
    won = undated + "stage: won\nstage_history: [{stage: won, on: 2025-03-01}]\n"
    assert greetings(head, won)[0].due_on == date(2025, 6, 15)
    assert greetings(head, undated)[0].due_on == date(2014, 6, 15)
    assert greetings(head, VIP.replace("2024", "0001"))[0].due_on == date(1970, 6, 15)


def test_no_horizon_is_too_far(greetings: Greetings) -> None:
    rows = greetings(ONLY % '618: "06-18", 年末: 12-31', horizon=date.max)
    assert str(rows[-1].until) == "9999-12-31"


def test_what_the_row_tells(greetings: Greetings) -> None:
    text = 'holidays:\n  618 年中: "06-18"\n'
    contact = (
        "contacts: [{name: 王经理, preferred_channel: phone, do_not_call: true}]\nsuccess_manager: 孙悦\n"
    )
    rows = {row.part: row for row in greetings(text, VIP + contact) if row.due_on.year == 2024}
    own, known = rows["618 年中"], rows["春节"]
    assert (own.owner, own.people, own.contact, own.channels) == ("张三", ("孙悦",), "王经理", ())
    assert str(own.reason) == "618 年中 on 2024-06-18: greet 3 days ahead"
    assert str(known.reason) == "Spring Festival on 2024-02-10: greet 3 days ahead"
    assert str(why(own, "")[0]) == "rule date.holiday (R-004-04): 3 days, crm.yaml:3"
    assert "crmkit's default" in str(why(known, "")[0])
    ruled = greetings(text + "rules:\n  date.holiday: {lead: 2 days}\n")
    assert {row.where for row in ruled} == {"crm.yaml:5"}


def test_a_festival_that_the_book_defines_itself_keeps_its_name(greetings: Greetings) -> None:
    (row, *_) = greetings(ONLY.replace("春节: off, ", "") % "春节: lunar 01-02")
    assert str(row.reason) == "春节 on 2024-02-11: greet 3 days ahead"


def test_every_row_survives_json_and_has_an_id_of_its_own(greetings: Greetings) -> None:
    rows = greetings('holidays: {a/b: "06-18", "[red]x": "06-18"}')
    assert [Row.from_json(json.loads(json.dumps(row.to_json()))) for row in rows] == rows
    assert len({row.id for row in rows}) == len(rows)


def test_another_book_has_other_festivals(greetings: Greetings) -> None:
    """What was reckoned for one book is not told to another."""
    one, other = ONLY % '618: "06-18"', ONLY % '1111: "11-11"'
    for _ in range(2):
        assert {row.part for row in greetings(one)} == {"618"}
        assert {row.part for row in greetings(other)} == {"1111"}


def test_every_usual_festival_has_a_name_in_english() -> None:
    usual = book().holidays["festivals"]
    assert set(holidays.LABELS) == set(usual)
