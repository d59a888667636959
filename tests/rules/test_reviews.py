"""What was submitted is reviewed within working days: R-000-18, R-002-25."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from textwrap import dedent

import pytest
from tests.rules.conftest import Make, shown

from crmkit.rules import review
from crmkit.rules.agenda import agenda
from crmkit.rules.row import Row
from crmkit.rules.why import why
from crmkit.settings.load import load
from crmkit.settings.model import Settings

TEAM = """
review: {required: true}
team:
  - {name: 张三, email: zhangsan@example.com, roles: [sales]}
  - {name: 周敏, email: zhoumin@example.com, roles: [supervisor]}
  - {name: 吴磊, email: wulei@example.com, roles: [legal]}
  - {name: 赵静, email: zhaojing@example.com, roles: [data_manager, admin]}
"""
CUSTOMER = "{name: 示例, rhythm: none, owner: 张三, review: %s}"
Rows = Callable[..., list[Row]]


def book(text: str = "", team: str = TEAM) -> Settings:
    return load(f"{dedent(team)}\n{dedent(text)}".encode())[0]


@pytest.fixture
def rows(make: Make) -> Rows:
    """The rows of a customer whose review stands so, and of contracts under review, in a book."""

    def rows(review: str = "{}", *contracts: str, settings: Settings, draft: bool = True) -> list[Row]:
        text = f"--- customer\n{CUSTOMER % review}\n"
        for at, contract in enumerate(contracts):
            text += f"--- contract contract-{at}\n{contract}\n"
        found = agenda(make(text, draft=draft, settings=settings), settings, date(2030, 1, 1))
        return [row for row in found if row.rule.startswith("review.")]

    return rows


def submitted(at: str, by: str = "张三") -> str:
    return json.dumps({"state": "submitted", "submitted_at": at, "submitted_by": by}, ensure_ascii=False)


def contract(at: str, by: str = "张三") -> str:
    return f"{{number: H1, owner: 张三, review: {submitted(at, by)}}}"


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2024-09-27", "2024-09-30"),  # the worked example: Sunday 29 September works
        ("2024-09-27T23:59", "2024-09-30"),
        ("2024-09-26", "2024-09-29"),
        ("2024-09-28", "2024-09-30"),  # submitted on a free day: the 29th is the first to count
        ("2024-09-29", "2024-10-08"),  # the day of submission never counts, though it is worked on
        ("2024-09-30", "2024-10-09"),
        ("2024-06-05", "2024-06-07"),
        ("2024-06-06", "2024-06-11"),  # 10 June is the Dragon Boat Festival
        ("2024-12-31", "2025-01-03"),
    ],
)
def test_a_customer_is_reviewed_within_two_working_days(at: str, due: str, rows: Rows) -> None:
    """R-000-18."""
    assert [shown(row) for row in rows(submitted(at), settings=book())] == [f"{due} review.customer"]


@pytest.mark.parametrize(
    ("at", "due"), [("2024-09-27", "2024-09-30"), ("2024-09-29", "2024-10-08"), ("2024-04-30", "2024-05-07")]
)
def test_a_contract_is_reviewed_within_two_working_days(at: str, due: str, rows: Rows) -> None:
    """R-002-25."""
    found = rows("{}", contract(at), settings=book(), draft=False)
    assert [shown(row) for row in found] == [f"{due} review.contract"]
    assert found[0].id == f"202406-001/review.contract/contract-0/{due}"


@pytest.mark.parametrize("state", ["draft", "approved", "returned"])
def test_approved_or_returned_it_rests(state: str, rows: Rows) -> None:
    """R-000-19, R-000-21."""
    said = f'{{state: {state}, submitted_at: "2024-09-27"}}'
    assert rows(said, f"{{review: {said}}}", settings=book(), draft=False) == []


@pytest.mark.parametrize(
    ("team", "text"),
    [
        pytest.param(TEAM.replace("required: true", "required: false"), "", id="review is off"),
        pytest.param("review: {required: true}", "", id="a solo book"),
        pytest.param(TEAM, "rules: {review.customer: off, review.contract: off}", id="the rules are off"),
    ],
)
def test_where_nothing_is_reviewed_there_is_no_row(team: str, text: str, rows: Rows) -> None:
    """R-000-17."""
    both = submitted("2024-09-27"), contract("2024-09-27")
    assert rows(*both, settings=book(text, team), draft=False) == []
    assert len(rows(*both, settings=book(), draft=False)) == 2


def test_a_draft_gives_the_customers_review_and_no_contracts(rows: Rows) -> None:
    """R-000-18: and a customer that has its number already may be submitted again."""
    both = submitted("2024-09-27"), contract("2024-09-27")
    assert [row.rule for row in rows(*both, settings=book())] == ["review.customer"]
    numbered = rows(*both, settings=book(), draft=False)
    assert sorted(row.rule for row in numbered) == ["review.contract", "review.customer"]


def test_a_contract_without_a_number_of_its_own_takes_the_books(rows: Rows) -> None:
    """R-002-25: review.within, where rules.review.contract says nothing."""
    team = TEAM.replace("required: true", "required: true, within: 5 working days")
    found = rows("{}", contract("2024-09-27"), settings=book(team=team), draft=False)
    assert [str(row.due_on) for row in found] == ["2024-09-30"]
    none = book('rules: {review.contract: {first: ""}}', team=team)
    found = rows("{}", contract("2024-09-27"), settings=none, draft=False)
    assert [str(row.due_on) for row in found] == ["2024-10-10"]


def test_hours_are_elapsed_time_from_the_moment(rows: Rows) -> None:
    team = TEAM.replace("required: true", "required: true, within: 24 hours")
    (row,) = rows(submitted("2024-09-27T16:30"), settings=book(team=team))
    assert row.due_at is not None
    assert row.due_at.isoformat() == "2024-09-28T16:30:00+08:00"


def test_the_day_of_submission_is_the_books(rows: Rows) -> None:
    """Submitted by a member in New York on Thursday afternoon, which is Friday in Shanghai."""
    (row,) = rows(submitted("2024-09-26T16:30-04:00"), settings=book())
    assert str(row.due_on) == "2024-09-30"
    (row,) = rows(submitted("2024-09-26T16:30-04:00"), settings=book("time_zone: America/New_York\ncountry: US"))  # fmt: skip
    assert str(row.due_on) == "2024-09-30"  # Friday and Monday, no Sunday of China's
    (row,) = rows(submitted("2024-09-26T10:30-04:00"), settings=book())
    assert str(row.due_on) == "2024-09-29"


def test_without_a_time_of_submission_the_day_it_was_made_counts(make: Make) -> None:
    """A row too early is better than a customer whom nobody reviews."""
    text = "--- customer\n{name: x, rhythm: none, created_on: 2024-09-26, review: {state: submitted}}\n"
    settings = book()
    found = agenda(make(text, draft=True, settings=settings), settings, date(2030, 1, 1))
    assert [shown(row) for row in found] == ["2024-09-29 review.customer"]


# whose it is


def who(row: Row) -> tuple[str, tuple[str, ...]]:
    return row.owner, row.people


def test_the_only_reviewer_owns_the_row(rows: Rows) -> None:
    found = rows(submitted("2024-09-27"), contract("2024-09-27"), settings=book(), draft=False)
    assert {row.rule: who(row) for row in found} == {
        "review.customer": ("周敏", ()),
        "review.contract": ("吴磊", ()),  # legal before the administrator, who may approve anything
    }


def test_several_share_it_under_the_name_of_their_role(rows: Rows) -> None:
    team = TEAM + "  - {name: 钱进, roles: [supervisor]}\n  - {name: 孙法, roles: [legal, sales]}\n"
    found = rows(submitted("2024-09-27"), contract("2024-09-27"), settings=book(team=team), draft=False)
    assert {row.rule: who(row) for row in found} == {
        "review.customer": ("supervisor", ("周敏", "钱进")),
        "review.contract": ("legal", ("吴磊", "孙法")),
    }


@pytest.mark.parametrize("by", ["周敏", "zhoumin@example.com", "ZhouMin@Example.com"])
def test_nobody_reviews_what_is_his_own(by: str, rows: Rows) -> None:
    """R-000-18: it is a second pair of eyes. Another role that approves takes the place, then everybody."""
    team = TEAM + "  - {name: 钱进, roles: [supervisor]}\n"
    (row,) = rows(submitted("2024-09-27", by), settings=book(team=team))
    assert who(row) == ("钱进", ())
    (row,) = rows(submitted("2024-09-27", by), settings=book())
    assert who(row) == ("赵静", ())
    (row,) = rows(submitted("2024-09-27", by), settings=book(team=TEAM.replace(", admin", "")))
    assert who(row) == ("", ())


def test_a_contract_goes_to_whoever_may_approve_contracts(rows: Rows) -> None:
    """R-002-25: also where the book gives the right to a role of its own."""
    settings = book("roles: {finance: {see: all, approve: contract}}", team=TEAM.replace("legal", "finance"))
    (row,) = rows("{}", contract("2024-09-27"), settings=settings, draft=False)
    assert who(row) == ("吴磊", ())


def test_the_role_under_review_by_reviews_customers(rows: Rows) -> None:
    settings = book(team=TEAM.replace("required: true", "required: true, by: data_manager"))
    (row,) = rows(submitted("2024-09-27"), settings=settings)
    assert who(row) == ("赵静", ())


def test_a_team_in_which_nobody_can_review_is_warned_of() -> None:
    """R-000-18."""
    assert review.problems(book()) == []
    assert review.problems(book(team="review: {required: true}")) == []
    alone = book(team="review: {required: true}\nteam: [{name: 张三, roles: [sales]}]\n")
    (problem,) = review.problems(alone)
    assert (problem.severity, problem.line, problem.requirement) == ("warning", 1, "R-000-18")
    assert "supervisor, admin" in str(problem.hint)


# what it tells


def test_the_row_tells_who_submitted_what_and_when(rows: Rows) -> None:
    found = rows(submitted("2024-09-27"), contract("2024-09-26", ""), settings=book(), draft=False)
    assert {str(row.reason) for row in found} == {
        "submitted 2024-09-27 by 张三: review the record within 2 working days",
        "contract H1 submitted 2024-09-26: review it within 2 working days",
    }


def test_why_names_the_line_of_the_number(rows: Rows) -> None:
    plain = {row.rule: str(why(row, "")[0]) for row in rows(submitted("2024-09-27"), settings=book())}
    assert plain == {"review.customer": "rule review.customer (R-000-18): 2 working days, crm.yaml:2"}
    own = book(
        "rules:\n  review.customer: {first: 1 working day}\n  review.contract: {first: 3 working days}\n"
    )
    found = rows(submitted("2024-09-27"), contract("2024-09-27"), settings=own, draft=False)
    assert sorted(str(why(row, "")[0]) for row in found) == [
        "rule review.contract (R-002-25): 3 working days, crm.yaml:11",
        "rule review.customer (R-000-18): 1 working day, crm.yaml:10",
    ]


def test_a_snoozed_or_answered_row_gives_way(make: Make) -> None:
    text = f"--- customer\n{CUSTOMER % submitted('2024-09-27')}\n--- followup followup-1\n"
    row = "202406-001/review.customer/202406-001/2024-09-30"
    settings = book()
    for said in (
        f"{{status: planned, due: 2024-10-08, answers: {row}}}",
        f"{{status: done, answers: {row}}}",
    ):
        found = agenda(make(text + said, draft=True, settings=settings), settings, date(2030, 1, 1))
        assert "review.customer" not in {r.rule for r in found}


def test_the_row_survives_json(rows: Rows) -> None:
    for row in rows(submitted("2029-09-27"), contract("2024-09-27"), settings=book(), draft=False):
        again = Row.from_json(json.loads(json.dumps(row.to_json())))
        assert (again, str(again.reason)) == (row, str(row.reason))
