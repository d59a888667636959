"""Intervals of any rule may count working days; where no calendar is known the row says so (R-000-18)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from textwrap import dedent

import pytest
from tests.rules.conftest import Make, shown

from crmkit.rules import workdays as told
from crmkit.rules.agenda import agenda
from crmkit.rules.row import Row
from crmkit.settings.load import load
from crmkit.settings.model import Settings
from crmkit.values import workdays

HEAD = "holidays: {元旦: off, 春节: off, 端午节: off, 中秋节: off, 国庆节: off, 展会: 10-08}\n"
HORIZON = date(2040, 1, 1)
LAST = workdays.known("CN").last
Rows = Callable[..., list[Row]]


def book(text: str = "") -> Settings:
    return load((HEAD + dedent(text)).encode())[0]


@pytest.fixture
def rows(make: Make) -> Rows:
    """The rows of one rule, or of all."""

    def rows(text: str, dossier: str, rule: str = "") -> list[Row]:
        settings = book(text)
        found = agenda(make(dossier, settings=settings), settings, HORIZON)
        return [row for row in found if not rule or row.rule == rule]

    return rows


POTENTIAL = (
    "--- customer\n{name: x, stage: potential}\n--- followup a\n{status: done, at: 2024-09-27T10:00}\n"
)
CALM = "--- customer\n{name: x, rhythm: none}\n--- followup a\n"


@pytest.mark.parametrize(
    ("rules", "dossier", "due"),
    [
        ("cadence.potential: {first: 2 working days}", POTENTIAL, "2024-09-30 cadence.potential"),
        ("cadence.potential: {first: 3个工作日}", POTENTIAL, "2024-10-08 cadence.potential"),
        (
            "cadence.ordinary: {every: 2 working days}",
            POTENTIAL.replace("potential", "won"),
            "2024-09-30 cadence.ordinary",
        ),
        (
            "cadence.new: {first: 2 working days}",
            "--- customer\n{name: x, stage: won, stage_history: [{stage: won, on: 2024-09-27}]}\n",
            "2024-09-30 cadence.new",
        ),
        (
            "cadence.lost: {first: 2 working days}",
            "--- customer\n{name: x, stage: lost, churn: {on: 2024-09-27}}\n",
            "2024-09-30 cadence.lost",
        ),
        (
            "cadence.own: {every: 2 working days, reason: 自己的}",
            POTENTIAL.replace("potential", "won"),
            "2024-09-30 cadence.own",
        ),
        (
            "date.contract: {lead: 2 working days}",
            "--- customer\n{name: x, rhythm: none}\n--- contract a\n{status: in_force, end_date: 2024-10-08}\n",
            "2024-09-29 date.contract",
        ),
        (
            "date.birthday: {lead: 3 working days}",
            "--- customer\n{name: x, rhythm: none, birthday: 2023-10-08, created_on: 2024-01-01}\n",
            "2024-09-27 date.birthday",
        ),
        (
            "date.holiday: {lead: 2 working days}",
            "--- customer\n{name: x, rhythm: none, customer_type: high_value, created_on: 2024-01-01}\n",
            "2024-09-29 date.holiday",
        ),
        (
            "need.update: {first: 2 working days}",
            CALM + "{status: done, at: 2024-09-27T10:00, changes: [need]}\n",
            "2024-09-30 need.update",
        ),
        (
            "promise.open: {first: 2 working days}",
            CALM + "{status: done, at: 2024-09-27T10:00, promises: [寄样品]}\n",
            "2024-09-30 promise.open",
        ),
        (
            "promise.open: {first: 9 days}",
            CALM + "{status: done, at: 2024-09-27T10:00, promises: [3个工作日内寄样品]}\n",
            "2024-10-08 promise.open",
        ),
        (
            "opportunity.stale: {every: 2 working days}",
            "--- customer\n{name: x, rhythm: none}\n--- opportunity a\n{name: y, created_on: 2024-09-27}\n",
            "2024-09-30 opportunity.stale",
        ),
        (
            "survey.quarterly: {every: 2 working days}",
            "--- customer\n{name: x, rhythm: none, stage: won}\n--- survey a\n{on: 2024-09-27}\n",
            "2024-09-30 survey.quarterly",
        ),
        (
            "date.audit: {of: order.delivered_on, first: 2 working days, reason: 回访}",
            "--- customer\n{name: x, rhythm: none}\n--- order a\n{delivered_on: 2024-09-27, status: delivered}\n",
            "2024-09-30 date.audit",
        ),
        (
            "date.audit: {of: order.delivered_on, first: 20 days, lead: 3 working days, reason: 回访}",
            "--- customer\n{name: x, rhythm: none}\n--- order a\n{delivered_on: 2024-09-18, status: delivered}\n",
            "2024-09-27 date.audit",  # three before Tuesday 8 October
        ),
    ],
)
def test_every_rule_counts_by_the_calendar(rules: str, dossier: str, due: str, rows: Rows) -> None:
    found = rows(f"rules:\n  {rules}\n", dossier, due.split()[1])
    assert shown(found[0]) == due


@pytest.mark.parametrize(
    ("sla", "due"),
    [
        ("24 hours", "2024-09-28T16:00"),  # elapsed, weekend or not (R-004-13)
        ("1 working day", "2024-09-29T16:00"),  # where a book says so itself
        ("3 working days", "2024-10-08T16:00"),
    ],
)
def test_the_clocks_of_complaints_elapse_unless_the_book_counts_working_days(
    sla: str, due: str, rows: Rows
) -> None:
    dossier = (
        "--- customer\n{name: x, rhythm: none}\n--- feedback a\n"
        "{type: complaint, received_at: 2024-09-27T16:00}\n"
    )
    (row,) = rows(f"sla: {{resolve: {sla}}}\n", dossier, "sla.resolve")
    assert shown(row) == f"{due} sla.resolve"


def test_an_own_rule_in_working_days_comes_round(rows: Rows) -> None:
    dossier = "--- customer\n{name: x, rhythm: none, founded: 2024-09-27}\n"
    found = rows("rules: {date.sync: {of: founded, every: 2 working days, reason: 同步}}\n", dossier)
    assert [str(row.due_on) for row in found[:4]] == ["2024-09-30", "2024-10-09", "2024-10-11", "2024-10-14"]
    assert [str(row.until) for row in found[:3]] == ["2024-10-08", "2024-10-10", "2024-10-13"]


def test_own_days_of_the_book_count_in_every_rule(make: Make) -> None:
    text = "holidays: {off: [2024-09-29], work: [2024-10-05]}\nrules: {cadence.potential: {first: 2 working days}}\n"
    settings = load(text.encode())[0]
    found = agenda(make(POTENTIAL, settings=settings), settings, HORIZON)
    assert [shown(row) for row in found] == ["2024-10-05 cadence.potential"]


# where no calendar is known

ASSUMED = "Monday to Friday are counted"


def contacted(day: date) -> str:
    return POTENTIAL.replace("2024-09-27T10:00", day.isoformat())


def test_a_row_beyond_the_published_calendar_says_so(rows: Rows) -> None:
    text = "rules: {cadence.potential: {first: 2 working days}}\n"
    (row,) = rows(text, contacted(date(LAST + 1, 3, 1)), "cadence.potential")
    assert row.reason.to_json()[1]["year"] == LAST + 1
    assert str(row.reason).startswith("first contact")
    assert f"the holidays of {LAST + 1} are not published" in str(row.reason)
    assert Row.from_json(row.to_json()) == row


def test_one_that_ends_with_the_last_published_day_does_not(rows: Rows) -> None:
    calendar = workdays.Workdays()
    last = calendar.after(date(LAST + 1, 1, 1), -1)
    text = "rules: {cadence.potential: {first: 2 working days}}\n"
    for back, assumed in ((2, False), (1, True)):
        (row,) = rows(text, contacted(calendar.after(last, -back)), "cadence.potential")
        assert (row.due_on.year > LAST) is assumed
        assert (ASSUMED in str(row.reason)) is assumed


def test_one_that_counts_no_working_days_says_nothing(rows: Rows) -> None:
    (row,) = rows("", contacted(date(LAST + 1, 3, 1)), "cadence.potential")
    assert ASSUMED not in str(row.reason)


def test_a_lead_that_begins_beyond_the_published_calendar_says_so(rows: Rows) -> None:
    """The row itself falls within it, but not the days that were counted back."""
    text = "rules: {date.contract: {lead: 10 working days}}\n"
    for end, assumed in ((date(LAST + 1, 1, 8), True), (date(LAST, 12, 25), False)):
        contract = f"--- customer\n{{name: x, rhythm: none}}\n--- contract a\n{{status: in_force, end_date: {end}}}\n"
        (row,) = rows(text, contract)
        assert row.due_on.year == LAST
        assert (ASSUMED in str(row.reason)) is assumed


def test_a_named_day_is_never_assumed(rows: Rows) -> None:
    """The rule counts working days, this row does not: a promise with a date, a goal with a date."""
    text = "rules: {promise.open: {first: 2 working days}, opportunity.stale: {every: 99 working days}}\n"
    dossier = (
        "--- customer\n{name: x, rhythm: none}\n"
        f"--- followup a\n{{status: done, at: {LAST + 1}-03-01, promises: [3月8日前寄样品]}}\n"
        f"--- opportunity b\n{{name: y, created_on: {LAST + 1}-03-01, stage: new, "
        f"stage_history: [{{stage: new, on: {LAST + 1}-03-01, by: {LAST + 1}-03-09}}]}}\n"
    )
    found = {row.rule: row for row in rows(text, dossier)}
    assert {rule: str(row.due_on) for rule, row in found.items()} == {
        "promise.open": f"{LAST + 1}-03-08",
        "opportunity.stale": f"{LAST + 1}-03-09",
    }
    assert not any(ASSUMED in str(row.reason) for row in found.values())


@pytest.fixture
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package `holidays` is not installed."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    workdays.known.cache_clear()
    workdays.year_of.cache_clear()
    yield
    workdays.known.cache_clear()
    workdays.year_of.cache_clear()


GERMAN = "country: DE\nrules: {cadence.potential: {first: 2 working days}}\n"


def test_another_country_has_its_own_holidays(rows: Rows) -> None:
    """No Sunday is worked on, and Thursday 3 October is free."""
    (row,) = rows(GERMAN, contacted(date(2024, 9, 27)), "cadence.potential")
    assert (str(row.due_on), ASSUMED in str(row.reason)) == ("2024-10-01", False)
    (row,) = rows(GERMAN, contacted(date(2024, 10, 1)), "cadence.potential")
    assert str(row.due_on) == "2024-10-04"
    assert told.problems(book(GERMAN)) == []


@pytest.mark.usefixtures("without_the_extra")
def test_without_the_extra_the_row_names_it_and_check_warns(rows: Rows) -> None:
    (row,) = rows(GERMAN, contacted(date(2024, 10, 1)), "cadence.potential")
    assert str(row.due_on) == "2024-10-03"
    assert "the holidays of DE need crmkit[holidays]" in str(row.reason)
    (problem,) = told.problems(book(GERMAN))
    assert (problem.severity, problem.line, problem.field) == ("warning", 2, "country")
    assert str(problem.hint) == "pip install 'crmkit[holidays]'"


def test_an_unknown_country_is_said_too(make: Make) -> None:
    settings = load(
        b"country: DE\nholidays:\n  country: ZZ\nrules: {cadence.potential: {first: 2 working days}}\n"
    )[0]
    (row,) = agenda(make(contacted(date(2024, 9, 27)), settings=settings), settings, HORIZON)
    assert "the holidays of ZZ are not known" in str(row.reason)
    (problem,) = told.problems(settings)
    assert (problem.line, problem.field) == (2, "holidays")


@pytest.mark.usefixtures("without_the_extra")
@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("country: DE", False),
        ("country: DE\nreview: {required: true}", False),  # a solo book reviews nothing
        ("country: DE\nreview: {required: true}\nteam: [{name: x, roles: [supervisor]}]", True),
        ("country: DE\nreview: {required: false}\nteam: [{name: x, roles: [supervisor]}]", False),
        ("country: DE\nsla: {respond: 1 working day}", True),
        ("country: DE\nrules: {cadence.new: {first: 5 working days}}", True),
        ("country: DE\nrules: {cadence.new: {on: false, first: 5 working days}}", False),
        ("country: CN\nrules: {cadence.new: {first: 5 working days}}", False),
    ],
)
def test_only_a_book_that_counts_working_days_is_warned(text: str, warned: bool) -> None:
    assert bool(told.problems(book(text))) is warned
