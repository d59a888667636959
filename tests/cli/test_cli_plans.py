"""R-002-15 to -18, -27 to -34, -45 to -48; R-003-30, -76, -93; R-001-08: plans from templates, and what lies around them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Crm

NUMBER = "202406-001"
DAY = ("--on", "2024-06-14")  # a Friday
TEAM = """
team:
  - {name: 李四, email: ls@example.com, roles: [sales]}
  - {name: 郑凯, email: zk@example.com, roles: [sales_lead]}
  - {name: 孙悦, email: sy@example.com, roles: [success]}
  - {name: 陈晨, email: cc@example.com, roles: [service]}
  - {name: 周敏, email: zm@example.com, roles: [admin]}
"""


@pytest.fixture
def team(book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm("set", NUMBER, "owner=李四")
    with (book / "crm.yaml").open("a") as settings:
        settings.write(TEAM)
    monkeypatch.setenv("CRM_USER", "zm@example.com")


def shown(crm: Crm, ident: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(crm("show", ident, "--json", *DAY).out)
    return found


def added(crm: Crm, *words: str, on: tuple[str, ...] = DAY) -> dict[str, Any]:
    done = crm("add", *words, *on)
    assert done.code == 0, done.err
    return shown(crm, done.out.split()[0])


@pytest.mark.usefixtures("team")
def test_a_recovery_within_thirty_days_led_by_the_sales_lead_falls_due_step_by_step(crm: Crm) -> None:
    plan = added(crm, "plan", NUMBER, "template=recovery")
    assert (plan["purpose"], plan["by"], plan["owner"], plan["status"]) == (
        "recovery",
        "2024-07-14",
        "郑凯",
        "active",
    )
    assert plan["goal"] == "30 天内签订续约合同"
    assert [(s["owner"], s["due"]) for s in plan["steps"]] == [
        ("郑凯", "2024-06-17"),
        ("郑凯", "2024-06-21"),
        ("陈晨", "2024-06-29"),
        ("郑凯", "2024-07-14"),
    ]
    due = json.loads(crm("due", "rule:plan.step", "--within", "2m", "--owner", "all", "--json", *DAY).out)
    assert [r["due"] for r in due] == [s["due"] for s in plan["steps"]]


@pytest.mark.usefixtures("team")
def test_the_purpose_picks_the_template_and_working_days_skip_the_weekend(crm: Crm) -> None:
    plan = added(crm, "plan", NUMBER, "purpose=移交", "name=机房项目移交")
    assert plan["name"] == "机房项目移交", "what is given wins"
    assert [(s["owner"], s["due"]) for s in plan["steps"]] == [
        ("李四", "2024-06-18"),
        ("李四", "2024-06-19"),
        ("孙悦", "2024-06-21"),
    ]
    assert "初次沟通" in plan["sections"]["history"]
    plain = added(crm, "plan", NUMBER, "name=白纸", "purpose=handover", "template=none")
    assert "steps" not in plain
    own = added(crm, "plan", NUMBER, "name=自定", "purpose=handover", "steps.0.what=只有一步")
    assert [s["what"] for s in own["steps"]] == ["只有一步"]
    wrong = crm("add", "plan", NUMBER, "template=recoverry")
    assert (wrong.code, "recovery" in wrong.err) == (2, True)


@pytest.mark.usefixtures("team")
def test_needs_are_ranked_and_pains_and_goals_filled_from_the_dossier(crm: Crm) -> None:
    for n, (need, priority) in enumerate((("便宜", "low"), ("省电", "high"))):
        crm("set", NUMBER, f"needs.{n}.summary={need}", f"needs.{n}.priority={priority}")
    crm("set", NUMBER, "needs.1.pains=夜里空转", "needs.1.goals=年省 40 万度")
    sections = added(crm, "plan", NUMBER, "template=analysis")["sections"]
    assert sections["priorities"].splitlines() == ["1. 省电 (高)", "2. 便宜 (低)"]
    assert (sections["pains"], sections["goals"]) == ("夜里空转", "年省 40 万度")


@pytest.mark.usefixtures("team")
def test_a_solution_is_kept_and_the_next_version_lists_its_changes(crm: Crm) -> None:
    crm("add", "opportunity", NUMBER, "name=节能改造")
    first = added(crm, "plan", NUMBER, "template=solution", "name=机房方案", "sections.quotation=50万")
    assert (first["version"], first["status"]) == ("1", "draft")
    assert first["team"] == {"sales": "郑凯", "implementation": "李四", "service": "陈晨"}
    second = added(
        crm,
        "plan",
        NUMBER,
        "template=solution",
        "name=机房方案",
        "sections.quotation=45万",
        on=("--on", "2024-06-20"),
    )
    assert second["version"] == "2"
    assert second["sections"]["changes"] == "报价: 50万 → 45万"
    assert second["sections"]["service"] == first["sections"]["service"]
    assert shown(crm, first["id"])["sections"]["quotation"] == "50万", "the old one is kept"
    third = added(crm, "plan", NUMBER, "purpose=solution", on=("--on", "2024-06-21"))
    assert (third["version"], third["name"]) == ("3", "机房方案 V3")


def test_a_books_own_template_wins_and_unknown_places_stay(crm: Crm, book: Path) -> None:
    with (book / "crm.yaml").open("a") as settings:
        settings.write(
            "templates:\n  recovery:\n    name: '{customer} {whatever}'\n    steps:\n      - {what: 一步, after: 1 month}\n"
        )
    plan = added(crm, "plan", NUMBER, "purpose=recovery")
    assert plan["name"] == "北京示例信息技术股份有限公司 {whatever}"
    assert [s["due"] for s in plan["steps"]] == ["2024-07-14"]


def test_a_low_score_names_the_line_that_makes_the_improvement_plan(crm: Crm, book: Path) -> None:
    told = crm(
        "add",
        "survey",
        NUMBER,
        "on=2024-06-14",
        "scores.response=2",
        "scores.attitude=3",
        "scores.solving=4",
        *DAY,
    )
    assert f"crm add plan {NUMBER} template=improvement" in told.err
    assert "Response speed 2, Service attitude 3" in told.err
    assert "4" not in told.err.split("scored low")[1].splitlines()[0]
    plan = added(crm, "plan", NUMBER, "template=improvement")
    assert "响应速度 2" in plan["goal"]
    high = crm("add", "survey", NUMBER, "on=2024-06-15", "scores.response=5", *DAY)
    assert "improvement" not in high.err


def test_a_renewal_is_written_into_the_old_contract_in_the_same_change(crm: Crm, book: Path) -> None:
    old = added(
        crm,
        "contract",
        NUMBER,
        "number=HT-1",
        "start_date=2023-07-01",
        "end_date=2024-06-30",
        "status=in_force",
    )
    assert "date.contract" in crm("due", "--why", "--owner", "all", *DAY).out
    done = crm(
        "add", "contract", NUMBER, "number=HT-2", "start_date=2024-07-01", "renews=HT-1", "--json", *DAY
    )
    assert len(json.loads(done.out)["changed"]) == 2
    assert shown(crm, old["id"])["renewed_by"] == json.loads(done.out)["id"]
    assert "date.contract" not in crm("due", "--why", "--owner", "all", *DAY).out
    again = crm("add", "contract", NUMBER, "number=HT-3", "renews=HT-1")
    assert (again.code, "already" in again.err) == (1, True)


def test_participants_by_name_with_what_came_of_it(crm: Crm, book: Path) -> None:
    crm("add", "customer", "上海示例机电有限公司", *DAY)
    campaign = added(crm, "campaign", "name=客户沙龙", "start_date=2024-06-10")["id"]
    assert crm("set", campaign, "participants+=北京示例，上海示例:约了方案", *DAY).code == 0
    assert shown(crm, campaign)["participants"] == [
        {"customer": NUMBER, "joined_on": "2024-06-14"},
        {"customer": "202406-002", "joined_on": "2024-06-14", "result": "约了方案"},
    ]
    crm("set", campaign, "participants+=北京示例:已签约", *DAY)
    people = shown(crm, campaign)["participants"]
    assert (len(people), people[0]["result"]) == (2, "已签约")
    crm("set", campaign, "participants-=上海示例", "note_=x")
    crm("set", campaign, "participants-=上海示例")
    assert [p["customer"] for p in shown(crm, campaign)["participants"]] == [NUMBER]
    assert crm("set", campaign, "participants+=谁也不是").code == 1


def test_instalments_are_checked_against_the_amount(crm: Crm, book: Path) -> None:
    words = ("order", NUMBER, "number=SO-1", "ordered_on=today", "amount=10万", "payment_status=instalments")
    assert "R-003-30" in crm("add", *words).err
    order = crm("add", *words, "payments.0.due=today", "payments.0.amount=4万", "--json")
    assert "40,000" in order.err
    ident = json.loads(order.out)["id"]
    assert "R-003-30" not in crm("set", ident, "payments.1.due=+30d", "payments.1.amount=6万").err
    assert "not paid" in crm("set", ident, "payment_status=paid").err
    assert (
        crm(
            "set", ident, "after_sales.0.kind=维修", "after_sales.0.on=today", "after_sales.0.note=换密封圈"
        ).code
        == 0
    )


def test_solved_cases_like_a_complaint_are_shown_with_it(crm: Crm, book: Path) -> None:
    crm("add", "customer", "上海示例机电有限公司", *DAY)
    old = added(
        crm,
        "feedback",
        "上海示例",
        "type=complaint",
        "about=product",
        "content=空压机夏天高温停机",
        "solution=清洗散热器，加装风扇",
        "status=resolved",
    )
    added(
        crm,
        "feedback",
        "上海示例",
        "type=complaint",
        "content=发票抬头写错",
        "solution=重开",
        "status=resolved",
    )
    new = added(crm, "feedback", NUMBER, "type=complaint", "about=product", "content=机器一到下午就高温停机")
    (case,) = new["like"]
    assert (case["id"], case["solution"]) == (old["id"], "清洗散热器，加装风扇")
    assert 30 <= case["likeness"] <= 100
    page = crm("show", new["id"], "--format", "table").out
    assert "Solved before" in page
    assert "清洗散热器" in page
    assert "like" not in old
