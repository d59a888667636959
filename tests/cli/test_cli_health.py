"""R-002-41 to R-002-45, R-002-47; R-002-06, R-002-10: health and leads at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Crm

DAY = ("--on", "2024-06-15")


@pytest.fixture
def sick(book: Path, crm: Crm) -> str:
    """The worked example of `rules.health`: orders 50, complaints 94, contact 25: score 55."""
    number = crm(
        "add", "customer", "病号机电有限公司", "stage=won", "tier=A", "--on", "2023-01-05"
    ).out.strip()
    folder = next(book.glob(f"customers/*/{number}"))
    days = ("2023-07-01", "2023-08-01", "2023-09-01", "2023-10-01", "2023-11-01", "2023-12-01")
    for n, day in enumerate((*days, "2024-01-10", "2024-02-10", "2024-03-10")):
        (folder / f"order-{day[2:].replace('-', '')}-00{n:02}.yaml").write_text(
            f"number: O-{n}\nordered_on: {day}\n"
        )
    for n, day in enumerate(("2023-08-05", "2023-09-05", "2023-10-05", "2023-11-05", "2024-02-05")):
        text = f"status: done\nat: {day}\nchannels: [phone]\n"
        (folder / f"followup-{day[2:].replace('-', '')}-10{n:02}.yaml").write_text(text)
    complaint = "type: complaint\nreceived_at: 2024-03-20\ncontent: 漏油\nstatus: closed\n"
    (folder / "feedback-240320-2000.yaml").write_text(complaint)
    return number


def checked(crm: Crm, *words: str) -> list[dict[str, Any]]:
    shown = crm("health", *words, "--json", *DAY)
    assert shown.code == 0, shown.err
    found: list[dict[str, Any]] = json.loads(shown.out)
    return found


def test_the_worked_example_with_the_numbers_behind_each_mark(crm: Crm, sick: str) -> None:
    (one,) = checked(crm)
    assert (one["id"], one["score"], one["limit"], one["warns"]) == (sick, 55, 70, True)
    assert [(m["dimension"], m["weight"], m["mark"]) for m in one["marks"]] == [
        ("orders", 40, 50),
        ("complaints", 30, 94),
        ("contact", 30, 25),
    ]
    assert one["marks"][0]["told"] == "orders 50 of 100: 3 in 6 months, 6 in the time before"
    assert (one["risk"], one["plan"]) == ("low", "recovery"), (
        "a high-value customer is won back by the sales lead"
    )


def test_the_risk_is_written_with_its_score_and_follows_it_until_somebody_sets_his_own(
    crm: Crm, sick: str, book: Path
) -> None:
    crm(
        "log",
        sick,
        "--channel",
        "phone",
        "--content",
        "询价",
        "competitor_news=某厂报价低 8%",
        "--at",
        "2024-06-01",
    )
    (one,) = checked(crm, sick)
    assert one["cause"] == "competitor"
    assert crm("health", sick, "--apply", *DAY).code == 0
    churn = json.loads(crm("show", sick, "--json").out)["churn"]
    assert churn == {"risk": "low", "cause": "competitor", "on": "2024-06-15", "score": one["score"]}
    assert "竞品吸引" in crm("show", sick, "--lang", "zh", "--format", "table").out
    assert [c["changes"] for c in checked(crm)] == [False]
    with (book / "crm.yaml").open("a") as settings:
        settings.write("health: {risk_below: {high: 90, medium: 95}}\n")
    assert checked(crm)[0]["risk"] == "high"
    assert crm("health", "all", "--apply", *DAY).code == 0
    assert json.loads(crm("show", sick, "--json").out)["churn"]["risk"] == "high"
    crm("set", sick, "churn.risk=medium", "churn.score=")
    assert crm("health", "all", "--apply", *DAY).code == 1
    assert crm("health", sick, "--apply", "--cause", "服务未达预期", *DAY).code == 0
    assert json.loads(crm("show", sick, "--json").out)["churn"]["cause"] == "service"


def test_a_customer_that_is_well_again_loses_its_risk(crm: Crm, sick: str) -> None:
    crm("health", sick, "--apply", *DAY)
    for day in ("2024-06-16", "2024-06-17", "2024-06-18", "2024-06-19"):
        crm("log", sick, "--channel", "phone", "--content", "好", "--at", day)
        crm("add", "order", sick, f"number=N-{day}", f"ordered_on={day}")
    later = ("--on", "2024-06-20")
    (one,) = json.loads(crm("health", "--json", *later).out)
    assert (one["warns"], one["risk"], one["now"], one["changes"]) == (False, "", "low", True)
    assert crm("health", "all", "--apply", *later).code == 0
    assert "risk" not in json.loads(crm("show", sick, "--json").out)["churn"]


def test_a_cause_of_its_own_is_kept_and_codes_are_found_by_either_name(crm: Crm, sick: str) -> None:
    crm("set", sick, "churn.cause=老板换人")
    assert json.loads(crm("show", sick, "--json").out)["churn"]["cause"] == "老板换人"
    crm("set", sick, "churn.cause=竞品吸引")
    for query in ("churn.cause:competitor", "churn.cause:竞品吸引", "churn.cause=竞品吸引"):
        assert crm("list", "customer", query, "--format", "ids").out.split() == [sick], query


def test_leads_are_graded_listed_best_first_and_applied(crm: Crm, book: Path) -> None:
    refused = crm("lead")
    assert refused.code == 2
    assert "profile" in refused.err
    with (book / "crm.yaml").open("a") as settings:
        settings.write("profile: {industries: [食品制造业], needs: [节能]}\n")
    crm(
        "add",
        "customer",
        "好线索食品有限公司",
        "industry=食品制造业",
        "needs.0.summary=节能",
        "needs.0.priority=high",
        *DAY,
    )
    shown = json.loads(crm("lead", "--json", *DAY).out)
    assert [(g["id"], g["proposed"], g["score"]) for g in shown] == [
        ("202406-002", "A", 100),
        ("202406-001", "C", 0),
    ]
    assert crm("lead", "all", "--apply", "--yes", *DAY).code == 0
    lead = json.loads(crm("show", "202406-002", "--json").out)["lead"]
    assert (lead["grade"], lead["graded_on"]) == ("A", "2024-06-15")
    assert lead["basis"].startswith("crm lead A: 100")
    crm("set", "202406-002", "lead.grade=B", "lead.basis=只是问价")
    (held, _) = json.loads(crm("lead", "--json", *DAY).out)
    assert (held["by_hand"], held["since"]) == (True, "2024-06-15")
    assert crm("lead", "all", "--apply", *DAY).code == 1
    assert crm("lead", "202406-002", "--apply", *DAY).code == 0
