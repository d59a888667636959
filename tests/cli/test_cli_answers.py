"""`crm done` on every kind of row: the field that the rule waits for is written, and the row is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Crm = Callable[..., Any]
HOME = "customers/2024/202406-001"
ON = ("--on", "2024-06-20")


def _write(book: Path, name: str, text: str) -> str:
    path = f"{HOME}/{name}.yaml"
    (book / path).write_text(text, encoding="utf-8")
    return path


def _rows(crm: Crm, rule: str) -> list[str]:
    return [r["id"] for r in json.loads(crm("due", *ON, "--json").out) if r["rule"] == rule]


CASES = [
    (
        "order.delivery",
        "order-240601-aa11",
        "number: S1\nordered_on: 2024-06-01\nstatus: processing\ndelivery_date: 2024-06-20\n",
        (),
        ["status: delivered", "delivered_on: 2024-06-20"],
    ),
    (
        "order.payment",
        "order-240601-aa12",
        "number: S1\nordered_on: 2024-06-01\npayment_status: instalments\npayments:\n  - {due: 2024-06-01, amount: 100, paid_on: 2024-06-01}\n  - {due: 2024-06-20, amount: 50}\n",
        (),
        ["payment_status: paid", "  - {due: 2024-06-20, amount: 50, paid_on: 2024-06-20}"],
    ),
    (
        "plan.step",
        "plan-240601-aa13",
        "name: 挽回\npurpose: recovery\nstatus: active\nsteps:\n  - {what: 回访, due: 2024-06-20}\n",
        ("--content", "已回访"),
        ["  - {what: 回访, due: 2024-06-20, done_on: 2024-06-20, note: 已回访}"],
    ),
    (
        "sla.respond",
        "feedback-240620-aa14",
        "type: complaint\nreceived_at: 2024-06-19T23:00\ncontent: 漏水\n",
        ("--at", "2024-06-20T09:00"),
        ["status: responded", "first_responded_at: 2024-06-20T09:00+08:00"],
    ),
    (
        "opportunity.close",
        "opportunity-240601-aa15",
        "name: 泵\nstage: proposal\nclose_date: 2024-06-20\nstage_history:\n  - {stage: proposal, on: 2024-06-15}\n",
        ("stage=lost", "lost_reason=价格"),
        ["stage: lost", "lost_reason: 价格"],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
def test_the_field_is_written_and_the_row_is_gone(book: Path, crm: Crm, case: tuple[Any, ...]) -> None:
    rule, name, text, words, lines = case
    path = _write(book, name, text)
    (row,) = _rows(crm, rule)
    done = crm("done", row, *words, *ON)
    assert done.code == 0, done.err
    written = (book / path).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line not in written] == []
    assert _rows(crm, rule) == []
    assert "updated_by: Zhang San" in written


def test_a_stale_deal_is_answered_by_a_contact_that_names_it(book: Path, crm: Crm) -> None:
    _write(
        book,
        "opportunity-240601-aa16",
        "name: 泵\nstage: proposal\nstage_history:\n  - {stage: proposal, on: 2024-06-01}\n",
    )
    (row,) = _rows(crm, "opportunity.stale")
    ident = crm("done", row, "--content", "看了现场", "--why", "出差", *ON).out.strip()
    doc = json.loads(crm("show", ident, "--json").out)
    assert (doc["opportunity"], doc["answers"], doc["overdue_reason"]) == (
        "opportunity-240601-aa16",
        row,
        "出差",
    )
    assert _rows(crm, "opportunity.stale") == []


@pytest.mark.parametrize(
    "case",
    [
        (
            "opportunity.close",
            "opportunity-240601-aa17",
            "name: 泵\nstage: new\nclose_date: 2024-06-20\n",
            "stage=won",
        ),
        (
            "need.update",
            "followup-240619-aa18",
            "status: done\nat: 2024-06-19\ncontent: 谈预算\nchanges: [need]\nneed_changes: 预算减半\n",
            "--content",
        ),
    ],
)
def test_an_answer_that_says_nothing_is_refused_and_nothing_is_written(
    book: Path, crm: Crm, case: tuple[str, str, str, str]
) -> None:
    rule, name, text, hint = case
    path = _write(book, name, text)
    (row,) = _rows(crm, rule)
    refused = crm("done", row, *ON)
    assert refused.code == 2
    assert hint in refused.err
    assert (book / path).read_text(encoding="utf-8") == text
    assert _rows(crm, rule) == [row]


def test_a_changed_need_becomes_a_need_of_the_customer(book: Path, crm: Crm) -> None:
    _write(book, "followup-240619-aa19", "status: done\nat: 2024-06-19\ncontent: 谈预算\nchanges: [need]\n")
    (row,) = _rows(crm, "need.update")
    assert crm("done", row, "--content", "预算减到 40 万", *ON).code == 0
    needs = json.loads(crm("show", "202406-001", "--json").out)["needs"]
    assert [(n["summary"], n["on"]) for n in needs] == [("预算减到 40 万", "2024-06-20")]
    assert _rows(crm, "need.update") == []


def test_a_row_without_a_contact_takes_no_next_step(book: Path, crm: Crm) -> None:
    _write(book, *CASES[0][1:3])
    (row,) = _rows(crm, "order.delivery")
    refused = crm("done", row, "--next", "回访", "--by", "+3d", *ON)
    assert refused.code == 2
    assert "crm plan 202406-001" in refused.err


def test_duties_are_ticked_and_undone(book: Path, crm: Crm) -> None:
    text = (book / "crm.yaml").read_text(encoding="utf-8")
    (book / "crm.yaml").write_text(
        text + "\nchores:\n  - {name: pay, rrule: 'FREQ=MONTHLY;BYMONTHDAY=20', label: 缴费}\n",
        encoding="utf-8",
    )
    (row,) = json.loads(crm("due", "rule:chore.pay", *ON, "--json").out)
    assert (row["id"], row["customer"], row["owner"]) == ("team/chore.pay/team/2024-06-20", "", "")
    assert "缴费" in crm("due", *ON, "--format", "table").out
    assert crm("snooze", row["id"], "+3d", *ON).code == 1
    assert crm("done", row["id"], "--content", "已付", *ON).code == 0
    ticks = (book / "chores/2024.yaml").read_text(encoding="utf-8")
    assert [w in ticks for w in ("2024-06-20", "Zhang San", "已付")] == [True, True, True]
    assert _rows(crm, "chore.pay") == []
    assert crm("undo", "--yes").code == 0
    assert len(_rows(crm, "chore.pay")) == 1
    assert not (book / "chores/2024.yaml").exists()


def test_a_second_tick_stands_beside_the_first_and_comments_stay(book: Path, crm: Crm) -> None:
    text = (book / "crm.yaml").read_text(encoding="utf-8")
    (book / "crm.yaml").write_text(
        text + "\nchores:\n  - {name: pay, rrule: 'FREQ=MONTHLY;BYMONTHDAY=20'}\n", encoding="utf-8"
    )
    (book / "chores").mkdir()
    before = "# 手写\npay:\n  - {due: 2024-05-20, done_on: 2024-05-20, by: 王经理}  # 五月\n"
    (book / "chores/2024.yaml").write_text(before, encoding="utf-8")
    (row,) = _rows(crm, "chore.pay")
    assert crm("done", row, *ON).code == 0
    after = (book / "chores/2024.yaml").read_text(encoding="utf-8")
    assert after.startswith(before)
    assert "2024-06-20" in after
    assert _rows(crm, "chore.pay") == []


def test_other_rules_are_tried_and_nothing_changes(book: Path, crm: Crm, tmp_path: Path) -> None:
    trial = tmp_path / "trial.yaml"
    trial.write_text("rules:\n  cadence.potential: {first: 1 day}\n", encoding="utf-8")
    before = crm("due", "--on", "2024-06-06", "--json").out
    tried = json.loads(crm("due", "--on", "2024-06-06", "--rules", str(trial), "--json").out)
    assert [(t["change"], t["due"], t["elsewhere"]) for t in tried] == [
        ("appears", "2024-06-06", "2024-06-08")
    ]
    assert crm("due", "--on", "2024-06-06", "--json").out == before
    later = json.loads(crm("due", "--on", "2024-06-08", "--rules", str(trial), "--json").out)
    assert [(t["change"], t["due"]) for t in later] == [
        ("appears", "2024-06-06"),
        ("disappears", "2024-06-08"),
    ]
    shown = crm("due", "--on", "2024-06-08", "--rules", str(trial), "--format", "table").out
    assert "1 row would appear" in shown
    assert "then due 2024-06-06" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules:\n  cadence.potential: {first: 1 dya}\n", "trial.yaml:2"),
        ("country: DE\n", "only what falls due can be tried"),
        ("rules:\n  cadence.potentail: {first: 1 day}\n", "cadence.potential"),
        ("- a\n", "trial.yaml"),
    ],
)
def test_a_trial_that_means_nothing_is_refused(
    book: Path, crm: Crm, tmp_path: Path, text: str, said: str
) -> None:
    trial = tmp_path / "trial.yaml"
    trial.write_text(text, encoding="utf-8")
    refused = crm("due", "--rules", str(trial))
    assert refused.code in {1, 2}
    assert refused.out == ""
    assert said in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("day", ["9999-12-31", "2200-01-01", "1899-12-31"])
def test_a_day_beyond_the_calendar_is_refused(book: Path, crm: Crm, day: str) -> None:
    refused = crm("due", "--on", day)
    assert (refused.code, refused.out) == (2, "")
    assert "2199-12-31" in refused.err
    assert crm("due", "--on", "2199-12-31", "--within", "900 years").code == 0


# what was answered, and what is told of people


def test_the_id_of_an_answered_row_says_when_it_was_done_and_by_what(book: Path, crm: Crm) -> None:
    on = ("--on", "2024-06-08T11:00")
    row = json.loads(crm("due", *on, "--json").out)[0]["id"]
    answer = crm("done", row, "--content", "再谈", *on).out.strip()
    for words in (("done", row, "--content", "x"), ("snooze", row, "+3d")):
        again = crm(*words, "--on", "2024-06-10")
        assert (again.code, again.err.splitlines()) == (
            1,
            [f"error: {row} is done: on 2024-06-08, by {answer}", f"hint: look at it: crm show {answer}"],
        )
    unknown = crm("done", row.replace("2024-06-08", "2024-06-09"), "--content", "x", *on)
    assert (
        "nothing goes by" in unknown.err or "no followup goes by" in unknown.err or "not due" in unknown.err
    )


def test_the_id_of_a_row_that_was_put_off_says_to_when(book: Path, crm: Crm) -> None:
    on = ("--on", "2024-06-08")
    row = json.loads(crm("due", *on, "--json").out)[0]["id"]
    planned = crm("snooze", row, "2024-06-11", *on).out.strip()
    again = crm("done", row, "--content", "x", *on)
    assert f"error: {row} was put off to 2024-06-11, as {planned}" in again.err


def test_the_id_of_a_row_that_a_field_answered(book: Path, crm: Crm) -> None:
    on = ("--on", "2024-06-08")
    order = crm(
        "add", "order", "202406-001", "number=P1", "ordered_on=2024-06-01", "delivery_date=2024-06-08"
    ).out.strip()
    row = f"202406-001/order.delivery/{order}/2024-06-08"
    assert crm("done", row, *on).code == 0
    again = crm("done", row, *on)
    assert (again.code, f"error: {row} is not due any more" in again.err) == (1, True)


def test_numbers_within_a_reason_are_masked_as_those_of_contacts_are(book: Path, crm: Crm) -> None:
    """R-004-51."""
    reason = "回电 13812345678，或写信到 wang@example.com；合同 2024-06-05 到期"
    crm("plan", "北京示例", "--due", "2024-06-08", "--reason", reason)
    crm("log", "北京示例", "--content", "x", "--at", "2024-06-06", "--promise", "明天打 010-88886666")
    on = ("--on", "2024-06-08")
    for form in ((), ("--json",), ("--format", "table")):
        told = crm("due", *on, *form).out
        assert "2024-06-05" in told
        assert "138****5678" in told
        for number in ("13812345678", "wang@example.com", "88886666"):
            assert number not in told
        assert "13812345678" in crm("due", *on, *form, "--reveal").out
