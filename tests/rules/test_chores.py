"""Duties of the team (R-000-22, R-001-33, R-002-20, R-004-26, R-004-52)."""

from __future__ import annotations

from datetime import date

import pytest

from crmkit.records import ticks
from crmkit.rules import chores
from crmkit.rules.row import Row
from crmkit.settings.load import load
from crmkit.settings.model import Settings

TEAM = "team:\n  - {name: 周敏, roles: [supervisor]}\n  - {name: 张三, roles: [sales]}\n  - {name: 李四, roles: [sales]}\n"


def _rows(yaml: str, ticked: str = "", horizon: date = date(2024, 7, 31)) -> list[Row]:
    settings = _settings(yaml)
    found, problems = ticks.read(ticked.encode(), "chores/2024.yaml", settings)
    assert not problems
    return [r for r in chores.rows(settings, found, horizon) if r.due_on >= date(2024, 6, 1)]


def _settings(yaml: str) -> Settings:
    return load(yaml.encode())[0]


def test_a_solo_book_has_no_duties_of_crmkits() -> None:
    assert _rows("name: t\n") == []


def test_quarter_end_review_is_each_owners() -> None:
    found = [r for r in _rows(TEAM) if r.rule == "chore.status_review"]
    assert [(r.id, r.owner, r.until) for r in found] == [
        ("team/chore.status_review/张三/2024-06-30", "张三", date(2024, 9, 29)),
        ("team/chore.status_review/李四/2024-06-30", "李四", date(2024, 9, 29)),
    ]


def test_a_tick_answers_its_day_and_its_member_alone() -> None:
    ticked = "status_review:\n  - {due: 2024-06-30, done_on: 2024-06-28, by: 张三}\n"
    found = [r.owner for r in _rows(TEAM, ticked) if r.rule == "chore.status_review"]
    assert found == ["李四"]


def test_weekly_review_is_the_roles_until_the_next_one() -> None:
    weekly = [r for r in _rows(TEAM, horizon=date(2024, 6, 20)) if r.rule == "chore.weekly_review"]
    assert [(r.due_on.isoformat(), r.until.isoformat() if r.until else "") for r in weekly] == [
        ("2024-06-07", "2024-06-13"),
        ("2024-06-14", "2024-06-20"),
    ]
    assert (weekly[0].owner, weekly[0].people) == ("supervisor", ("周敏",))
    ticked = "weekly_review:\n  - {due: 2024-06-07, by: 周敏}\n"
    left = [r.due_on for r in _rows(TEAM, ticked, date(2024, 6, 20)) if r.rule == "chore.weekly_review"]
    assert left == [date(2024, 6, 14)]


def test_month_ends() -> None:
    yaml = "chores:\n  - {name: count, rrule: 'FREQ=MONTHLY;BYMONTHDAY=31,-1;BYSETPOS=-1', label: 盘点}\n"
    found = chores.rows(_settings(yaml), {}, date(2024, 4, 30))
    days = [r.due_on.isoformat() for r in found if r.due_on.year == 2024]
    assert days == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]


def test_own_chore_of_a_solo_book_is_everybodys_and_named() -> None:
    (row,) = _rows(
        "language: zh\nchores:\n  - {name: pay, rrule: 'FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=10', label: 缴费}\n"
    )
    assert (row.owner, row.where, str(row.reason)) == ("", "crm.yaml:3", "team duty: 缴费")


def test_crmkits_own_can_be_switched_off_and_on() -> None:
    yaml = TEAM + "chores:\n  - {name: weekly_review, on: false}\n  - {name: progress_sync}\n"
    names = {r.rule for r in _rows(yaml)}
    assert "chore.weekly_review" not in names
    assert "chore.progress_sync" in names


@pytest.mark.parametrize(
    "rrule",
    [
        "",
        "FREQ=HOURLY",
        "every friday",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;COUNT=3",
        "FREQ=MONTHLY;BYMONTHDAY=a",
    ],
)
def test_a_rule_that_says_no_day_is_an_error_with_its_line(rrule: str) -> None:
    from crmkit.settings.load import SettingsError

    with pytest.raises(SettingsError) as caught:
        _settings(f"name: t\nchores:\n  - {{name: x, rrule: '{rrule}'}}\n")
    assert caught.value.problems[0].line == 3
    assert "FREQ=WEEKLY" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("weekly_reveiw:\n  - {due: 2024-06-14}\n", "chores.unknown", 1),
        ("weekly_review:\n  - {due: Friday}\n", "chores.due", 2),
        ("weekly_review: yes\n", "chores.type", 1),
        ("weekly_review:\n  - 2024-06-14\n", "chores.due", 2),
    ],
)
def test_broken_ticks_are_named_and_the_rest_counts(text: str, code: str, line: int) -> None:
    good = "strategy_review:\n  - {due: 2024-06-30, by: 周敏}\n"
    found, problems = ticks.read((text + good).encode(), "chores/2024.yaml", _settings(TEAM))
    assert [(p.code, p.line) for p in problems] == [(code, line)]
    assert found["strategy_review"] == [ticks.Tick(date(2024, 6, 30), "周敏")]
