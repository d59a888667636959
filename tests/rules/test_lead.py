"""R-002-02, R-002-03, R-002-06: leads graded by match with the ideal customer and urgency of the need."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crmkit.rules.lead import grade, named
from crmkit.settings.load import load
from crmkit.settings.model import Settings

PROFILE = """
profile:
  industries: [通用设备制造业]
  regions: [华东]
  employees: {min: 50, max: 2000}
  needs: [空压机, 节能]
  budget: {min: 10万}
"""
TODAY = date(2024, 6, 15)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(PROFILE.encode())[0]


def customer(**fields: Any) -> dict[str, Any]:
    need = {"summary": "空压机节能改造", "budget": {"max": 80_000}, "by": "2024-08-14"}
    return {"industry": "通用设备制造业", "address": {"province": "江苏省"}, "needs": [need], **fields}


def test_the_worked_example(settings: Settings) -> None:
    found = grade(customer(), settings, TODAY)
    assert {p.criterion: (p.points, p.of) for p in found.points} == {
        "industry": (25, 25),
        "region": (15, 15),
        "size": (0, 15),
        "needs": (25, 25),
        "budget": (0, 20),
        "urgency": (70, 100),
    }
    assert (found.match, found.urgency, found.score, found.grade) == (65, 70, (70 * 65 + 30 * 70) // 100, "B")
    assert found.score == 66


@pytest.mark.parametrize(
    ("need", "urgency"),
    [
        ({"by": "2024-07-15"}, 100),
        ({"by": "2024-07-16"}, 70),
        ({"by": "2024-09-13"}, 70),
        ({"by": "2024-09-14"}, 40),
        ({"by": "2024-12-12"}, 40),
        ({"by": "2024-12-13"}, 20),
        ({"by": "2024-06-14"}, 0),
        ({"by": "2024-06-15"}, 100),
        ({"by": "2024-06-14", "priority": "medium"}, 60),
        ({"by": "2024-09-14", "priority": "high"}, 100),
        ({}, 20),
    ],
)
def test_urgency_on_both_sides_of_each_limit(settings: Settings, need: dict[str, str], urgency: int) -> None:
    assert grade({"needs": [{"summary": "x", **need}]}, settings, TODAY).urgency == urgency


def test_the_most_urgent_need_counts_and_without_one_there_is_no_urgency(settings: Settings) -> None:
    needs = [{"summary": "a", "by": "2025-01-01"}, {"summary": "b", "by": "2024-07-01"}]
    assert grade({"needs": needs}, settings, TODAY).urgency == 100
    nothing = grade({}, settings, TODAY)
    assert (nothing.score, nothing.grade) == (0, "C")


def test_full_marks_are_a_and_the_limits_are_the_books() -> None:
    settings = load((PROFILE + "  grades: {A: 90}\n  weights: {match: 100, urgency: 0}\n").encode())[0]
    need = {"summary": "节能", "budget": {"min": 200_000}}
    whole = grade(customer(employees=50, needs=[need]), settings, TODAY)
    assert (whole.match, whole.score, whole.grade) == (100, 100, "A")
    less = grade(customer(employees=49, needs=[need]), settings, TODAY)
    assert (less.match, less.grade) == (85, "B")


def test_criteria_that_the_profile_does_not_name_are_left_out() -> None:
    settings = load("profile: {regions: [华东]}\n".encode())[0]
    assert named(settings)
    found = grade(customer(), settings, TODAY)
    assert [p.criterion for p in found.points] == ["region", "urgency"]
    assert found.match == 100
    assert not named(load(b"")[0])
