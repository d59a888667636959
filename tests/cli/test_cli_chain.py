"""`crm show FOLLOWUP`: the page walks from the first contact to now (R-000-52)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Crm = Callable[..., Any]
NUMBER = "202406-001"
KEYS = [
    "id", "kind", "status", "on", "due", "channels", "content", "customer", "by", "contact", "feedback", "result",
    "next_step", "came_of", "led_to", "end", "here",
]  # fmt: skip


@pytest.fixture
def talk(book: Path, crm: Crm) -> list[str]:
    """A talk whose next step was done and led to a third one: their ids."""
    first = crm(
        "log", NUMBER, "--channel", "phone", "--content", "谈需求", "--at", "2024-06-06T10:00", "--next", "发方案",
        "--by", "2024-06-10", "--on", "2024-06-06T11:00", "--json",
    )  # fmt: skip
    told = json.loads(first.out)
    second = json.loads(crm("show", told["id"], "--json").out)["next"]
    done = crm(
        "done", second, "--channel", "email", "--content", "方案已发", "--feedback", "再看看", "--next", "听意见",
        "--by", "2024-06-15", "--at", "2024-06-10T09:00", "--on", "2024-06-10T10:00",
    )  # fmt: skip
    assert done.code == 0, done.err
    third = json.loads(crm("show", second, "--json").out)["next"]
    return [told["id"], second, third]


def test_the_chain_in_json(talk: list[str], crm: Crm) -> None:
    for ident in talk:
        chain = json.loads(crm("show", ident, "--json").out)["chain"]
        assert [step["id"] for step in chain] == talk
        assert [step["id"] for step in chain if step["here"]] == [ident]
        assert [list(step) for step in chain] == [KEYS] * 3
    assert [(step["on"][:10], step["channels"], step["content"], step["end"]) for step in chain] == [
        ("2024-06-06", ["phone"], "谈需求", ""),
        ("2024-06-10", ["email"], "方案已发", ""),
        ("2024-06-15", [], "听意见", "open"),
    ]


def test_the_page_shows_it_in_order_and_says_where_it_ends(
    talk: list[str], crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = crm("show", talk[1], "--format", "table").out
    section = page[page.index("From the first contact to now (3)") :]
    places = [
        section.index(text)
        for text in ("谈需求", talk[0], "> 2024-06-10", "再看看", talk[1], "still to be done")
    ]
    assert places == sorted(places)
    crm(
        "done",
        talk[2],
        "--channel",
        "phone",
        "--content",
        "不做了",
        "--at",
        "2024-06-15",
        "--on",
        "2024-06-15",
    )
    monkeypatch.setenv("COLUMNS", "80")
    assert "the chain ends here: done, no next step" in crm("show", talk[0], "--format", "table").out


def test_only_followups_have_one(book: Path, crm: Crm) -> None:
    assert "chain" not in json.loads(crm("show", NUMBER, "--json").out)
    made = crm("add", "opportunity", NUMBER, "name=二期")
    assert "chain" not in json.loads(crm("show", made.out.strip(), "--json").out)


def test_links_by_hand_that_lead_nowhere_or_back(talk: list[str], book: Path, crm: Crm) -> None:
    folder = book / "customers/2024" / NUMBER
    (folder / "followup-240603-aaaa.yaml").write_text(
        f"status: done\nat: 2024-06-03\nchannels: [phone]\ncontent: '[red]\\x1b[31m漏'\n"
        f"next: followup-240604-zzzz\nanswers: {talk[2]}\n",
        "utf-8",
    )
    shown = crm("show", talk[0], "--format", "table")
    assert shown.code == 0
    assert "a link leads here, but there is no such record" in shown.out
    assert "\x1b" not in shown.out
    (folder / "followup-240603-aaaa.yaml").write_text(
        f"status: done\nat: 2024-06-03\nanswers: {talk[2]}\nnext: {talk[0]}\n", "utf-8"
    )
    chain = json.loads(crm("show", talk[0], "--json").out)["chain"]
    assert sorted(step["id"] for step in chain) == sorted([*talk, "followup-240603-aaaa"])


@pytest.mark.parametrize(
    "value", ["[a, b]", "{a: b}", "7", "''", "2024-06-01", "../../x", "a/b/c/2024-06-01"]
)
def test_odd_links_are_survived(book: Path, crm: Crm, value: str) -> None:
    path = book / "customers/2024" / NUMBER / "followup-240603-aaaa.yaml"
    path.write_text(f"status: done\nat: 2024-06-03\ncontent: x\nnext: {value}\nanswers: {value}\n", "utf-8")
    for form in ("table", "json", "tsv"):
        shown = crm("show", "followup-240603-aaaa", "--format", form)
        assert shown.code == 0, shown.err
