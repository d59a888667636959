"""crm history, --at, --diff, crm mv and several books, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from crmkit import clock
from crmkit.book import attic

Crm = Callable[..., "tuple[int, str, str]"]


def git(where: Path, *words: str, **env: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(where), *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **env},
    )
    return done.stdout.strip()


Clock = Callable[[str], None]


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the clock: the past cannot be waited for."""

    def at(when: str) -> None:
        moment = datetime.fromisoformat(when)
        monkeypatch.setattr(clock, "now", moment.astimezone)

    at("2024-03-01T09:00:00+08:00")
    return at


@pytest.fixture
def past(clock_at: Clock, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A book whose customer changed its contact's phone on 2024-03-15, in the form of the source documents."""
    crm("init", "book", "--lang", "zh", "--no-review")
    book = tmp_path / "book"
    monkeypatch.chdir(book)
    monkeypatch.setenv("CRM_LANG", "en")
    crm(
        "add", "customer", "name=北京示例信息技术股份有限公司", "contacts.0.name=王经理", "contacts.0.phone=01088886666",
        "stage=potential", "--on", "2024-06-01",
    )  # fmt: skip
    crm("log", "北京示例", "--channel", "phone", "--content", "初次沟通")
    clock_at("2024-03-15T14:30:00+08:00")
    crm("set", "北京示例", "contacts.0.phone=13912345678", "--as", "张三")
    clock_at("2024-03-20T10:00:00+08:00")
    crm("set", "北京示例", "stage=intent", "--as", "李四")
    clock_at("2024-07-01T10:00:00+08:00")
    return book


def test_history_reads_like_the_source_documents(past: Path, crm: Crm) -> None:
    """R-001-34: 2024-03-15 14:30: the phone, from what to what, by whom."""
    _, out, _ = crm("history", "北京示例", "contacts.phone")
    lines = out.splitlines()
    assert lines[-1] == "2024-03-15 14:30 contacts.phone 010-****6666→139****5678 (王经理) by 张三"
    _, out, _ = crm("history", "北京示例", "contacts.phone", "--reveal")
    assert out.splitlines()[-1] == "2024-03-15 14:30 contacts.phone 01088886666→13912345678 (王经理) by 张三"
    _, out, _ = crm("history", "北京示例")
    assert "2024-03-20 10:00 stage potential→intent by 李四" in out
    assert any(" followup-" in line and " added: " in line for line in out.splitlines())


def test_history_for_programs(past: Path, crm: Crm) -> None:
    code, out, _ = crm("history", "北京示例", "stage", "--json")
    last = json.loads(out)[-1]
    assert (code, last["field"], last["old"], last["new"], last["by"]) == (
        0,
        "stage",
        "potential",
        "intent",
        "李四",
    )
    assert last["at"] == "2024-03-20T10:00+08:00"


def test_history_goes_through_an_approval(book: Path, crm: Crm) -> None:
    (book / "crm.yaml").write_text("language: zh\nreview: {required: true}\n", "utf-8")
    git(book, "add", "-A")
    git(book, "-c", "user.name=x", "-c", "user.email=x@e.com", "commit", "-qnm", "review")
    code, draft, err = crm(
        "add", "customer", "name=上海示例机电有限公司", "type=company", "source=hotline", "owner=Zhang San"
    )
    assert code == 0, err
    crm("set", draft.strip(), "note=起初")
    old = book / "customers/drafts" / draft.strip()
    new = book / "customers/2024/202406-009"
    old.rename(new)
    text = (new / "customer.yaml").read_text("utf-8").replace("起初", "后来")
    (new / "customer.yaml").write_text(text + f"formerly: [{draft.strip()}]\n", "utf-8")
    git(book, "add", "-A")
    git(book, "-c", "user.name=x", "-c", "user.email=x@e.com", "commit", "-qnm", "approve")
    _, out, err = crm("history", "202406-009")
    assert f"number {draft.strip()}→202406-009" in out, err
    assert "note →起初" in out
    assert "note 起初→后来" in out


def test_the_past_is_shown_and_not_changed(past: Path, crm: Crm) -> None:
    _, out, _ = crm("show", "北京示例", "--at", "2024-03-16", "--json")
    assert json.loads(out)["stage"] == "potential"
    _, out, _ = crm("list", "customer", "--at", "2024-03-10", "--columns", "id,contacts.phone")
    assert out == "202406-001\t01088886666\n"
    _, out, _ = crm("list", "customer", "stage:intent", "--at", "2024-03-20T09:59", "--format", "ids")
    assert out == ""
    _, out, _ = crm("list", "customer", "stage:intent", "--at", "2024-03-20T10:00", "--format", "ids")
    assert out == "202406-001\n"
    states = past / ".crm/cache/at"
    assert len(list(states.iterdir())) == 3  # one for each tree that was asked for
    assert all(p.stat().st_mode & 0o777 == 0o700 for p in states.iterdir())
    assert git(past, "status", "--porcelain") == ""


def test_before_the_book_began_there_is_nothing(past: Path, crm: Crm) -> None:
    code, out, err = crm("list", "customer", "--at", "2020-01-01")
    assert (code, out) == (1, "")
    assert "no history on 2020-01-01: it begins on " in err
    code, _, err = crm("list", "customer", "--at", "2999-01-01")
    assert code == 2
    assert "has not come yet" in err


def test_writing_into_the_past_is_refused(past: Path) -> None:
    from crmkit.actions import at, session
    from crmkit.actions import set as setting
    from crmkit.errors import Refused

    then = at.open_at(session.open_session(book=str(past), env={}), "2024-03-16")
    with pytest.raises(Refused, match="past is not changed"):
        setting.set_fields(then, ["202406-001"], ["note=x"]).apply()


def test_the_pipeline_between_two_days(past: Path, crm: Crm, clock_at: Clock) -> None:
    clock_at("2024-04-02T10:00:00+08:00")
    deal = crm("add", "opportunity", "北京示例", "name=服务器", "amount=50万", "stage=qualify")[1].strip()
    clock_at("2024-05-02T10:00:00+08:00")
    crm("set", deal, "amount=60万")
    clock_at("2024-06-03T10:00:00+08:00")
    won = crm("set", deal, "stage=won", "closed_on=2024-06-03")
    assert won[0] == 0, won[2]
    clock_at("2024-07-01T10:00:00+08:00")
    _, out, _ = crm("history", "--diff", "2024-04-10..2024-05-10", "--json")
    moved = json.loads(out)
    assert [(d["what"], d["amount_then"], d["amount_now"]) for d in moved["deals"]] == [
        ("amount", "500000", "600000")
    ]
    assert moved["stages"] == [
        {
            "stage": "qualify", "currency": "CNY", "count_then": 1, "count_now": 1, "amount_then": "500000",
            "amount_now": "600000",
        }
    ]  # fmt: skip
    _, out, _ = crm("history", "--diff", "2024-03-25..2024-06-10", "--json")
    assert [d["what"] for d in json.loads(out)["deals"]] == ["won"]
    _, out, _ = crm("history", "--diff", "2024-04-10..2024-06-10")
    assert "won" in out
    assert "600,000" in out
    assert crm("history", "--diff", "yesterday")[0] == 2


def test_a_customer_goes_to_a_colleague_with_all_that_is_open(book: Path, crm: Crm) -> None:
    """R-001-02."""
    crm("set", "北京示例", "owner=张三")
    deal = crm("add", "opportunity", "北京示例", "name=服务器", "owner=张三", "stage=qualify", "amount=50万")[
        1
    ].strip()
    lost = crm("add", "opportunity", "北京示例", "name=旧单", "owner=张三", "stage=lost", "lost_reason=价格")[
        1
    ].strip()
    step = crm(
        "plan", "北京示例", "--due", "2024-06-20", "--reason", "回访", "owner=张三", "--on", "2024-06-15"
    )[1].strip()
    other = crm(
        "plan", "北京示例", "--due", "2024-06-21", "--reason", "巡检", "owner=王五", "--on", "2024-06-15"
    )[1].strip()
    assert "" not in {deal, lost, step, other}
    code, out, err = crm("mv", "北京示例", "--owner", "李四", "--why", "张三转岗", "--on", "2024-06-15")
    assert code == 0, err
    assert set(out.split()) == {"202406-001", deal, step}
    assert "回访" in err
    owners = {r: json.loads(crm("show", r, "--json")[1]).get("owner") for r in (deal, lost, step, other)}
    assert owners == {deal: "李四", lost: "张三", step: "李四", other: "王五"}
    _, out, _ = crm("history", "北京示例", "owner")
    assert out.splitlines()[-1].partition(" owner ")[2].startswith("张三→李四 by ")
    assert git(book, "log", "-1", "--format=%s").endswith("from 张三 to 李四: 张三转岗")
    assert crm("undo", "--yes")[0] == 0
    assert json.loads(crm("show", deal, "--json")[1])["owner"] == "张三"


def test_several_books_are_read_as_one(
    book: Path, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm("init", str(tmp_path / "second"), "--lang", "zh")
    both = ("--book", str(book), "--book", str(tmp_path / "second"))
    crm(
        "add",
        "customer",
        "name=上海示例机电有限公司",
        "type=company",
        "source=hotline",
        "--on",
        "2024-06-01",
        *both[2:],
    )
    _, out, _ = crm("list", "customer", "--json", *both)
    assert [(r["book"], r["id"]) for r in json.loads(out)] == [
        ("book", "202406-001"),
        ("second", "202406-001"),
    ]
    _, out, _ = crm("list", "customer", *both)
    assert [line.rpartition("\t")[2] for line in out.splitlines()] == ["book", "second"]
    assert crm("set", "上海示例", "note=x", *both)[0] == 0
    assert "note: x" in (tmp_path / "second/customers/2024/202406-001/customer.yaml").read_text("utf-8")
    code, _, err = crm("set", "202406-001", "note=x", *both)
    assert code == 1
    assert "book: 202406-001" in err
    assert "second: 202406-001" in err
    assert crm("undo", *both)[0] == 2
    monkeypatch.setenv("CRM_BOOK", os.pathsep.join(both[1::2]))
    _, out, _ = crm("find", "示例", "--json")
    assert {r["book"] for r in json.loads(out)} == {"book", "second"}
    _, out, _ = crm("due", "--on", "2025-06-15", "--owner", "all", "--json")
    assert {r["book"] for r in json.loads(out)} >= {"book"}


def test_the_attic_is_shown_until_it_is_settled(
    book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = "customers/2024/202406-001"
    entries = [
        {
            "id": "aaaaaaaa",
            "record": "202406-001",
            "field": "stage",
            "value": "won",
            "by": "李四",
            "at": "2024-06-05",
        },
        {
            "id": "bbbbbbbb",
            "record": "202406-001",
            "field": "contacts.王经理.phone",
            "value": "13800138000",
            "by": "李四",
        },
    ]
    (book / folder / "attic.yaml").write_bytes(attic.dump(entries))
    git(book, "add", "-A")
    git(book, "-c", "user.name=x", "-c", "user.email=x@e.com", "commit", "-qnm", "met")
    code, out, _ = crm("check", "--json")
    found = {p["code"]: p for p in json.loads(out) if p["code"].startswith("attic.")}
    assert code == 0
    assert found["attic.important"]["field"] == "stage"
    assert "won" in found["attic.important"]["message"]
    assert "crm check --fix" in found["attic.value"]["hint"]

    from crmkit.actions import session, settle

    opened = session.open_session(book=str(book), actor="张三", env={})
    first, second = settle.unsettled(opened)
    assert (first.entry.field, first.now, first.weighty) == ("stage", "potential", True)
    settle.settle(opened, first, take=False).apply()
    settle.settle(opened, second, take=True).apply()
    assert not (book / folder / "attic.yaml").exists()
    record = json.loads(crm("show", "北京示例", "--json")[1])
    assert (record["stage"], record["contacts"][0]["phone"]) == ("potential", "13800138000")
    assert not [p for p in json.loads(crm("check", "--json")[1]) if p["code"].startswith("attic.")]
