"""R-000-02, R-003-37: the working instructions, and where a customer stands in them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Crm

from crmkit.actions._guide_text import PHASES, STEPS
from crmkit.actions.guide import _CHECKS
from crmkit.cli import app
from crmkit.i18n import in_language

NUMBER = "202406-001"
DAY = ("--on", "2024-06-15")


def standing(crm: Crm, customer: str = NUMBER) -> dict[str, Any]:
    shown = crm("guide", customer, "--json", *DAY)
    assert shown.code == 0, shown.err
    found: dict[str, Any] = json.loads(shown.out)
    return found


@pytest.mark.parametrize("step", STEPS, ids=[s.name for s in STEPS])
def test_every_step_names_commands_that_there_are_and_speaks_chinese(step: Any) -> None:
    assert step.phase in PHASES
    assert step.do
    for one in step.do:
        verb = one.command.split()[1] if one.command.startswith("crm ") else ""
        assert not verb or verb in app.COMMANDS, one.command
        assert re.search("[一-鿿]", in_language("zh", one.text)), one.text
    numbers = step.sources.split()
    assert numbers
    assert all(re.fullmatch(r"R-00\d-\d+", n) for n in numbers)


def test_every_check_is_of_a_step_and_every_phase_has_some() -> None:
    assert set(_CHECKS) <= {s.name for s in STEPS}
    assert {s.phase for s in STEPS if s.name in _CHECKS} == set(PHASES) - {"always"}


def test_the_overview_counts_the_customers_of_each_phase(crm: Crm, book: Path) -> None:
    told = json.loads(crm("guide", "--json", *DAY).out)
    assert told["phases"]["follow_up"] == 1
    assert {s["step"] for s in told["steps"]} == {s.name for s in STEPS}
    assert "crm guide CUSTOMER" in crm("guide", *DAY).out


def test_a_step_goes_by_its_name_or_title_and_a_phase_by_its_own(crm: Crm, book: Path) -> None:
    shown = crm("guide", "needs").out
    assert "crm add plan ID template=analysis" in shown
    assert "R-002-15" in shown
    assert crm("guide", "弄清客户需求", "--lang", "zh").out == crm("guide", "needs", "--lang", "zh").out
    assert [s["step"] for s in json.loads(crm("guide", "recovery", "--json").out)] == [
        "health",
        "winback",
        "churn",
    ]
    assert len(json.loads(crm("guide", "acquisition", "--json").out)) == 4
    assert "needs" in crm("guide", "neds").err


def test_where_a_customer_stands_moves_on_with_what_is_entered(crm: Crm, book: Path) -> None:
    found = standing(crm)
    assert (found["phase"], found["step"]) == ("follow_up", "needs")
    lines = [x["line"] for x in found["steps"][0]["lacking"]]
    assert f"crm set {NUMBER} needs.0.summary=..." in lines
    crm(
        "set",
        NUMBER,
        "needs.0.summary=节能",
        "needs.0.priority=high",
        "needs.0.budget=50万",
        "needs.0.pains=耗电",
        "needs.0.goals=省电",
    )
    crm("set", NUMBER, "contacts.0.role=decision_maker")
    crm("add", "plan", NUMBER, "template=analysis")
    crm("stage", NUMBER, "intent")
    assert standing(crm)["step"] == "solution"
    crm("add", "opportunity", NUMBER, "name=节能", "amount=50万", "close_date=+30d")
    crm("add", "plan", NUMBER, "template=solution")
    found = standing(crm)
    assert (found["phase"], found["step"]) == ("conversion", "contract")
    page = crm("guide", NUMBER, *DAY).out
    assert "→" in page
    assert "crm guide contract" in page


def test_a_lost_customer_waits_for_reason_lessons_and_review(crm: Crm, book: Path) -> None:
    crm("stage", NUMBER, "lost", "churn.reason=价格", "churn.cause=竞品吸引")
    found = standing(crm)
    assert (found["phase"], found["step"]) == ("recovery", "churn")
    crm("set", NUMBER, "churn.lessons=报价要快")
    crm("add", "plan", NUMBER, "template=churn_review")
    assert standing(crm)["step"] == ""
