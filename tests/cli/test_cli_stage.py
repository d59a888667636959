"""R-001-30, R-001-36, R-001-37, R-002-10, R-002-25, R-003-12, R-003-98, R-003-99: stages and their gates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Crm

NUMBER = "202406-001"
DAY = ("--on", "2024-06-15")


def shown(crm: Crm, ident: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(crm("show", ident, "--json", *DAY).out)
    return found


@pytest.fixture
def deal(book: Path, crm: Crm) -> str:
    added = crm("add", "opportunity", NUMBER, "name=节能改造", "source=展会", "--on", "2024-06-06")
    assert added.code == 0, added.err
    return added.out.strip()


def test_won_needs_amount_and_effective_date(crm: Crm, deal: str) -> None:
    refused = crm("stage", deal, "won", *DAY)
    assert refused.code == 1
    assert f"crm stage {deal} won amount=50万 start_date=2024-06-15" in refused.err
    assert "R-001-30" in refused.err
    assert shown(crm, deal).get("stage") is None, "nothing was written"

    done = crm("stage", deal, "won", "amount=50万", "start_date=2024-07-01", *DAY)
    assert done.code == 0, done.err
    doc = shown(crm, deal)
    assert (doc["stage"], doc["amount"], doc["start_date"]) == ("won", 500_000, "2024-07-01")
    assert doc["closed_on"] == "2024-06-15"
    assert doc["stage_history"] == [
        {"stage": "new", "on": "2024-06-06"},
        {"stage": "won", "on": "2024-06-15"},
    ]


def test_a_won_deal_wins_its_customer_through_its_channel_in_one_change(crm: Crm, deal: str) -> None:
    crm("set", NUMBER, "customer_type=potential", *DAY)
    done = crm("stage", deal, "won", "amount=1", "start_date=today", "--json", *DAY)
    assert len(json.loads(done.out)["changed"]) == 2
    customer = shown(crm, NUMBER)
    assert customer["stage"] == "won"
    assert customer["customer_type"] == "existing"
    assert customer["stage_history"][-1] == {"stage": "won", "on": "2024-06-15", "via": "展会"}
    assert crm("undo", "--yes").code == 0
    assert shown(crm, NUMBER)["stage"] == "potential"
    assert shown(crm, deal).get("stage") is None


def test_the_contract_of_the_dossier_answers_the_gate(crm: Crm, deal: str) -> None:
    crm("add", "contract", NUMBER, "number=HT-0", "start_date=2023-01-01", "amount=7", *DAY)
    assert crm("stage", deal, "won", *DAY).code == 1, "a contract from before the deal is another one"
    crm("add", "contract", NUMBER, "number=HT-1", "start_date=2024-07-01", "amount=30万", *DAY)
    assert crm("stage", deal, "won", *DAY).code == 0
    doc = shown(crm, deal)
    assert (doc["amount"], doc["start_date"]) == (300_000, "2024-07-01")


def test_lost_needs_a_reason_and_reopening_takes_it_back(crm: Crm, deal: str) -> None:
    assert "lost_reason" in crm("stage", deal, "lost", *DAY).err
    assert crm("stage", deal, "丢单", "lost_reason=价格", *DAY).code == 0
    assert (shown(crm, deal)["closed_on"], shown(crm, deal)["lost_reason"]) == ("2024-06-15", "价格")
    assert crm("stage", deal, "negotiation", *DAY).code == 0
    doc = shown(crm, deal)
    assert "closed_on" not in doc
    assert "lost_reason" not in doc
    assert [s["stage"] for s in doc["stage_history"]] == ["new", "lost", "negotiation"]


def test_goal_and_day_of_a_stage(crm: Crm, deal: str) -> None:
    assert crm("stage", deal, "negotiation", "--goal", "价格谈定", "--by", "+2w", *DAY).code == 0
    assert shown(crm, deal)["stage_history"][-1] == {
        "stage": "negotiation",
        "on": "2024-06-15",
        "goal": "价格谈定",
        "by": "2024-06-29",
    }
    assert crm("stage", deal, "negotiation", "--by", "+3w", "--on", "2024-06-20").code == 0
    assert shown(crm, deal)["stage_history"][-1]["by"] == "2024-07-11"
    assert len(shown(crm, deal)["stage_history"]) == 2
    again = crm("stage", deal, "negotiation", *DAY)
    assert "nothing to change" in again.err


def test_a_customer_goes_by_its_one_open_deal(crm: Crm, deal: str) -> None:
    assert crm("stage", "北京示例", "qualify", *DAY).out.strip() == deal
    crm("add", "opportunity", NUMBER, "name=另一个", *DAY)
    several = crm("stage", "北京示例", "proposal", *DAY)
    assert several.code == 1
    assert deal in several.err
    assert crm("stage", deal, "nogotiation").code == 2


def test_a_lead_becomes_intent_with_a_need(crm: Crm, book: Path) -> None:
    refused = crm("stage", NUMBER, "intent", *DAY)
    assert refused.code == 1
    assert f"crm stage {NUMBER} intent needs.0.summary=" in refused.err
    assert crm("stage", NUMBER, "intent", "needs.0.summary=机房节能", "--via", "展会", *DAY).code == 0
    doc = shown(crm, NUMBER)
    assert doc["stage_history"] == [
        {"stage": "potential", "on": "2024-06-05"},
        {"stage": "intent", "on": "2024-06-15", "via": "展会"},
    ]
    assert doc["needs"][0]["summary"] == "机房节能"


def test_a_customer_is_won_with_its_contract_loyal_after_that_and_lost_with_a_reason(
    crm: Crm, book: Path
) -> None:
    assert crm("stage", NUMBER, "loyal", *DAY).code == 1
    refused = crm("stage", NUMBER, "won", "amount=50万", *DAY)
    assert f"crm stage {NUMBER} won amount=50万 number=" in refused.err
    won = crm(
        "stage",
        NUMBER,
        "won",
        "amount=50万",
        "number=HT-9",
        "start_date=2024-07-01",
        "end_date=2025-06-30",
        *DAY,
    )
    assert won.code == 0, won.err
    (contract,) = json.loads(crm("list", "contract", "--json", *DAY).out)
    assert (contract["number"], contract["amount"], contract["end_date"]) == ("HT-9", 500_000, "2025-06-30")
    assert crm("stage", NUMBER, "loyal", *DAY).code == 0
    assert crm("stage", NUMBER, "lost", *DAY).code == 1
    assert crm("stage", NUMBER, "lost", "churn.reason=改用竞品", *DAY).code == 0
    doc = shown(crm, NUMBER)
    assert (doc["status"], doc["churn"]) == ("lost", {"reason": "改用竞品", "on": "2024-06-15"})
    assert crm("stage", NUMBER, "won", *DAY).code == 0
    assert shown(crm, NUMBER)["status"] == "active"


def test_nothing_is_signed_before_legal_has_approved_where_the_book_reviews(
    crm: Crm, deal: str, book: Path
) -> None:
    settings = book / "crm.yaml"
    settings.write_text(settings.read_text().replace("required: false", "required: true"))
    added = crm("add", "contract", NUMBER, "number=HT-1", "start_date=2024-07-01", "amount=30万", *DAY)
    contract = added.out.strip()
    for stage in ("signing", "won"):
        refused = crm("stage", deal, stage, *DAY)
        assert refused.code == 1
        assert "R-002-25" in refused.err
        assert contract in refused.err
    settings.write_text(settings.read_text().replace("required: true", "required: false"))
    crm("set", contract, "review.state=approved")
    settings.write_text(settings.read_text().replace("required: false", "required: true"))
    assert crm("stage", deal, "signing", *DAY).code == 0
    assert crm("stage", deal, "won", *DAY).code == 0


def test_set_does_not_slip_around_the_gate_in_silence(crm: Crm, deal: str) -> None:
    told = crm("set", deal, "stage=won", *DAY)
    assert told.code == 0, "a record can be corrected"
    assert told.err.count("R-001-30") >= 2, told.err
    assert "start_date" in told.err
    doc = shown(crm, deal)
    assert doc["closed_on"] == "2024-06-15"
    assert doc["stage_history"] == [{"stage": "won", "on": "2024-06-15"}]
    silent = crm("set", deal, "note_x=", "--dry-run")
    assert silent.code == 2


def test_a_stage_of_the_books_own_goes_through_the_gate_it_is_like(crm: Crm, deal: str, book: Path) -> None:
    with (book / "crm.yaml").open("a") as settings:
        settings.write("vocabularies: {opportunity_stage: {signed: {zh: 已签, like: won}}}\n")
    assert "R-001-30" in crm("stage", deal, "已签", *DAY).err


def test_an_editor_does_not_slip_around_the_gate_in_silence_either(crm: Crm, deal: str) -> None:
    from crmkit.actions import edit
    from crmkit.actions.session import open_session

    session = open_session(on="2024-06-15")
    sheet = edit.start(session, deal)
    done = edit.finish(session, sheet, sheet.text + "stage: 已成交\n").apply()
    assert {p.field for p in done.warnings if p.code == "stage.gate"} == {"amount", "start_date"}
    assert shown(crm, deal)["stage_history"] == [{"stage": "won", "on": "2024-06-15"}]
