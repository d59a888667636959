"""Whom a row reaches beside its owner: cases and customers that several departments share (R-004-05)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
Reached = Callable[..., dict[str, tuple[str, ...]]]


@pytest.fixture
def reached(make: Make, settings: Settings) -> Reached:
    """The people of each row of a dossier, by rule and source."""

    def reached(text: str, *, draft: bool = False) -> dict[str, tuple[str, ...]]:
        rows = agenda(make(text, draft=draft), settings, date(2024, 12, 31))
        assert [Row.from_json(row.to_json()) for row in rows] == rows
        return {f"{row.rule} {row.part or row.source}": row.people for row in rows}

    return reached


CASE = """
--- feedback case
type: complaint
received_at: 2024-06-07T09:00
content: 漏水
owner: 陈晨
status: responded
due: 2024-06-10
collaborators: [林涛, 李四]
"""


def test_a_case_reaches_its_collaborators_on_every_clock_and_its_deadline(reached: Reached) -> None:
    people = reached("--- customer\n{name: 示例, owner: 张三, rhythm: none}" + CASE)
    assert people == {
        "sla.resolve case": ("林涛", "李四"),
        "sla.revisit case": ("林涛", "李四"),
        "feedback.due case": ("林涛", "李四"),
    }


def test_a_case_reaches_the_success_manager_and_the_customers_collaborators_too(reached: Reached) -> None:
    customer = (
        "{name: 示例, owner: 张三, rhythm: weekly, created_on: 2024-06-01, success_manager: 孙悦, "
        "collaborators: [林涛, 何佳]}"
    )
    people = reached(f"--- customer\n{customer}{CASE}")
    assert people["sla.resolve case"] == ("林涛", "李四", "孙悦", "何佳")
    assert people["cadence.override 202406-001"] == ("林涛", "何佳"), (
        "the success manager is reached by cases alone"
    )


def test_a_shared_customer_shares_all_its_rows(reached: Reached) -> None:
    people = reached("""
        --- customer
        name: 示例
        owner: 张三
        collaborators: [林涛]
        stage: intent
        created_on: 2024-06-01
        contacts: [{name: 王经理, birthday: 1980-06-23}]
        --- followup call
        {status: planned, due: 2024-07-01, reason: 回访, important: true}
        --- contract c1
        {number: H1, status: in_force, end_date: 2024-07-10}
        """)
    assert {
        "cadence.potential 202406-001",
        "followup call",
        "date.contract c1",
        "date.birthday 王经理",
    } <= set(people)
    assert set(people.values()) == {("林涛",)}


def test_nobody_stands_twice_and_the_owner_is_no_collaborator(reached: Reached) -> None:
    people = reached("""
        --- customer
        {name: 示例, owner: 张三, rhythm: none, success_manager: 林涛, collaborators: [张三, 陈晨, 林涛, ""]}
        --- feedback case
        {type: enquiry, received_at: 2024-06-07, content: 报价, owner: 陈晨, due: 2024-06-10, collaborators: [陈晨, 林涛]}
        --- followup call
        {status: planned, due: 2024-07-01, reason: 回访}
        """)
    assert people == {"feedback.due case": ("林涛", "张三"), "followup call": ("陈晨", "林涛")}


def test_what_nobody_shares_reaches_its_owner_alone(reached: Reached) -> None:
    people = reached(
        "--- customer\n{name: 示例, owner: 张三, rhythm: none}"
        + CASE.replace("collaborators: [林涛, 李四]\n", "")
    )
    assert set(people.values()) == {()}


def test_a_draft_is_shared_as_well(reached: Reached) -> None:
    people = reached(
        """
        --- customer
        {name: 示例, owner: 张三, collaborators: [林涛]}
        --- followup call
        {status: planned, due: 2024-07-01, reason: 回访}
        """,
        draft=True,
    )
    assert people == {"followup call": ("林涛",)}


def test_the_plan_of_an_unreadable_customer_reaches_its_owner(reached: Reached) -> None:
    assert reached("--- followup call\n{status: planned, due: 2024-07-01, reason: 回访, owner: 张三}") == {
        "followup call": ()
    }
