"""`crm due` day after day, over a real book: its union over the days is the agenda; no clock or zone moves a row."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmkit import __main__, i18n

ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
ON_ZONE = ["Asia/Shanghai", "America/New_York", "Europe/Berlin"]

CUSTOMERS: dict[str, dict[str, dict[str, Any]]] = {
    "202406-001": {
        "customer": {"name": "一", "stage": "potential", "owner": "张三"},
        "followup-240605-aaaa": {"status": "done", "at": "2024-06-05T23:30", "changes": ["contact"]},
        "followup-240605-aaab": {"status": "planned", "due": "2024-06-20T00:05", "reason": "夜班"},
    },
    "202406-002": {
        "customer": {
            "name": "二",
            "stage": "won",
            "tier": "A",
            "stage_history": [{"stage": "won", "on": "2024-03-08"}],
            "contacts": [{"name": "王经理", "birthday": "1988-02-29"}, {"name": "李工", "birthday": "1980-06-18"}],
        },
        "followup-240605-aaac": {"status": "done", "at": "2024-06-01", "promises": ["培训"]},
        "order-240601-aaad": {"number": "S1", "ordered_on": "2024-06-01", "delivery_date": "2024-06-12",
                              "payments": [{"due": "2024-06-30", "amount": "5"}]},
        "opportunity-240601-aaae": {"name": "换新", "created_on": "2024-06-01", "close_date": "2024-06-21"},
        "contract-240601-aaaf": {"number": "H1", "status": "in_force", "end_date": "2024-07-10"},
    },
    "202406-003": {
        "customer": {"name": "三", "stage": "lost", "churn": {"on": "2024-06-02"}},
        "feedback-240601-aaag": {"type": "complaint", "received_at": "2024-03-09T23:10", "content": "停机"},
        "feedback-240601-aaah": {"type": "complaint", "received_at": "2024-11-02T23:40", "content": "停机"},
        "feedback-240601-aaaj": {"type": "enquiry", "received_at": "2024-06-01", "content": "价", "due": "2024-06-13"},
        "plan-240601-aaak": {"name": "挽回", "purpose": "recovery", "steps": [{"what": "回访", "due": "2024-06-17"}]},
    },
}  # fmt: skip


def _book(root: Path, zone: str) -> Path:
    """Write the book, with a team whose duties come round as well."""
    (root / "chores").mkdir(parents=True)
    (root / "chores" / "2024.yaml").write_text(
        "weekly_review: [{due: 2024-06-14, by: 周敏}]\n", encoding="utf-8"
    )
    (root / "crm.yaml").write_text(
        f"name: t\nlanguage: zh\ntime_zone: {zone}\nholidays: {{年中: 06-18}}\n"
        "team: [{name: 张三, roles: [sales]}, {name: 周敏, roles: [supervisor]}]\n",
        encoding="utf-8",
    )
    for number, files in CUSTOMERS.items():
        folder = root / "customers" / "2024" / number
        folder.mkdir(parents=True)
        for name, fields in files.items():
            (folder / f"{name}.yaml").write_text(
                json.dumps(fields, ensure_ascii=False) + "\n", encoding="utf-8"
            )
    return root


@pytest.fixture
def quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's home without anything in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("CRM_USER", "张三")
    monkeypatch.delenv("CRM_BOOK", raising=False)
    return tmp_path


def _due(capfd: pytest.CaptureFixture[str], book: Path, *words: str) -> dict[str, dict[str, Any]]:
    capfd.readouterr()
    try:
        code = __main__.main(["--book", str(book), "due", "--owner", "all", "--json", *words])
    finally:
        i18n.set_language("en")
    out, err = capfd.readouterr()
    assert code == 0, err
    rows = json.loads(out)
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def test_day_after_day_nothing_is_lost_and_nothing_comes_twice(
    quiet: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A row comes the day before it is due, stays every day, and once gone it does not come again."""
    book = _book(quiet / "book", "Asia/Shanghai")
    first, last = date(2024, 5, 28), date(2024, 7, 12)
    seen: dict[str, list[date]] = {}
    due: dict[str, date] = {}
    for day in _days(first, last):
        for ident, row in _due(capfd, book, "--on", day.isoformat()).items():
            seen.setdefault(ident, []).append(day)
            due[ident] = date.fromisoformat(row["due"][:10])
            assert row["days"] == (day - due[ident]).days
            state = "overdue" if row["days"] > 0 else "soon" if row["days"] < 0 else "today"
            assert row["state"] == state
    for ident, days in seen.items():
        assert days == list(_days(days[0], days[-1])), ident
        assert days[0] == max(first, due[ident] - timedelta(days=1)), ident
    gone = {ident: days[-1] for ident, days in seen.items() if days[-1] != last}
    passing = ("date.birthday", "date.holiday", "chore.")
    assert all(ident.split("/")[1].startswith(passing) for ident in gone), gone
    assert gone["202406-002/date.birthday/李工/2024-06-15"] == date(2024, 6, 18)
    wide = _due(capfd, book, "--on", last.isoformat(), "--within", "0d")
    assert set(wide) == {ident for ident in seen if ident not in gone and due[ident] <= last}


def test_a_wider_window_shows_what_the_days_will_show(quiet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    book = _book(quiet / "book", "Asia/Shanghai")
    today = date(2024, 6, 10)
    wide = set(_due(capfd, book, "--on", today.isoformat(), "--within", "14d"))
    union: set[str] = set()
    for day in _days(today, today + timedelta(days=13)):
        union |= set(_due(capfd, book, "--on", day.isoformat()))
    assert union == wide


def test_an_answer_takes_the_row_from_that_day_and_every_later_one(
    quiet: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    book = _book(quiet / "book", "Asia/Shanghai")
    day = "2024-07-12"
    before = _due(capfd, book, "--on", day)
    step, words = "202406-003/plan.step/plan-240601-aaak.1/2024-06-17", ["--why", "客户出差", "--on", day]
    assert __main__.main(["--book", str(book), "done", step, *words]) == 0
    after = _due(capfd, book, "--on", day)
    assert after == {ident: row for ident, row in before.items() if ident != step}
    assert step not in _due(capfd, book, "--on", "2025-07-12")


# time zones: of the machine, and of the book


def _run(book: Path, zone: str, *words: str) -> str:
    """Run `crm due` as cron does, in an environment of its own; from a fresh index each time."""
    shutil.rmtree(book / ".crm", ignore_errors=True)
    env = {"PATH": os.environ["PATH"], "TZ": zone, "HOME": str(book.parent), "CRM_USER": "张三"}
    command = [
        sys.executable,
        "-m",
        "crmkit",
        "--book",
        str(book),
        "--lang",
        "zh",
        "due",
        "--owner",
        "all",
        "--json",
    ]
    done = subprocess.run(
        [*command, *words], env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("book_zone", ON_ZONE)
@pytest.mark.parametrize("on", ["2024-03-10", "2024-06-13", "2024-06-13T00:30", "2024-11-03T01:30"])
def test_the_machines_zone_moves_nothing(book_zone: str, on: str, tmp_path: Path) -> None:
    """The days of the change of clocks in New York among them."""
    book = _book(tmp_path / "book", book_zone)
    found = {_run(book, zone, "--on", on, "--within", "30d") for zone in ZONES}
    assert len(found) == 1
    assert len(json.loads(found.pop())) > 5


def test_today_is_the_books_whatever_the_machine_says(tmp_path: Path) -> None:
    """Without --on: what falls due yesterday, today and in two days in Shanghai, asked from three zones."""
    book = _book(tmp_path / "book", "Asia/Shanghai")
    folder = book / "customers" / "2024" / "202406-004"
    folder.mkdir()
    (folder / "customer.yaml").write_text("name: 四\nrhythm: none\n", encoding="utf-8")

    def asked() -> tuple[date, dict[str, str]]:
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        for n in range(-1, 3):
            plan = {"status": "planned", "due": str(today + timedelta(days=n)), "reason": "回访"}
            (folder / f"followup-240601-bbb{n + 1}.yaml").write_text(json.dumps(plan), encoding="utf-8")
        return today, {zone: _run(book, zone, "customer:202406-004") for zone in ZONES}

    today, found = asked()
    if datetime.now(ZoneInfo("Asia/Shanghai")).date() != today:  # midnight came between
        today, found = asked()
    assert len(set(found.values())) == 1
    rows = {row["due"]: row["state"] for row in json.loads(found["UTC"])}
    days = [str(today + timedelta(days=n)) for n in (-1, 0, 1)]
    assert rows == dict(zip(days, ("overdue", "today", "soon"), strict=True))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        # 9 March 2024, 23:10: the night in which New York leaves out the hour from two to three
        ("America/New_York", ["2024-03-10T01:10-05:00", "2024-03-11T00:10-04:00", "2024-03-13T00:10-04:00"]),
        ("Asia/Shanghai", ["2024-03-10T01:10+08:00", "2024-03-10T23:10+08:00", "2024-03-12T23:10+08:00"]),
    ],
)
def test_clocks_of_a_complaint_elapse_in_the_night_the_clocks_change(
    zone: str, expected: list[str], quiet: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = _due(capfd, _book(quiet / "book", zone), "--on", "2024-03-13")
    assert sorted(row["due"] for row in rows.values() if row["source"].endswith("aaag")) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        # 2 November 2024, 23:40: two hours on it is 01:40 for the first time of two
        ("America/New_York", ["2024-11-03T01:40-04:00", "2024-11-03T22:40-05:00", "2024-11-05T22:40-05:00"]),
        ("Europe/Berlin", ["2024-11-03T01:40+01:00", "2024-11-03T23:40+01:00", "2024-11-05T23:40+01:00"]),
    ],
)
def test_clocks_of_a_complaint_elapse_in_the_night_with_an_hour_more(
    zone: str, expected: list[str], quiet: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = _due(capfd, _book(quiet / "book", zone), "--on", "2024-11-05")
    assert sorted(row["due"] for row in rows.values() if row["source"].endswith("aaah")) == expected


def test_days_are_days_in_every_zone(quiet: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What has no time falls due on the same day wherever the book is kept."""
    dated = []
    for zone in ON_ZONE:
        rows = _due(
            capfd, _book(quiet / zone.replace("/", "-"), zone), "--on", "2024-06-20", "--within", "60d"
        )
        dated.append({ident for ident, row in rows.items() if len(row["due"]) == 10})
    assert dated[0] == dated[1] == dated[2]
    assert len(dated[0]) > 10


WORDS = {
    "opportunity.close": ["stage=lost", "lost_reason=价格"],
    "survey.quarterly": ["scores.response=4"],
    "need.update": ["--content", "空压机 3 台"],
    "contact.update": ["--content", "无误"],
    "followup": ["--channel", "phone", "--content", "已谈"],
}
"""What a row wants to be told when it is done; all others a contact by phone or nothing."""

WITHOUT_CONTACT = (
    "sla.",
    "feedback.",
    "order.",
    "plan.",
    "survey.",
    "need.",
    "contact.",
    "opportunity.close",
    "chore.",
)


COUNTED = {"cadence.potential", "cadence.high_value", "cadence.new", "opportunity.stale"}
"""Rows that count contacts: a new one moves them."""

TAKEN = {
    "sla.revisit": {"sla.respond", "sla.resolve", "feedback.due"},
    "sla.resolve": {"sla.respond", "feedback.due"},
    "opportunity.close": {"opportunity.stale"},
}


def test_every_row_can_be_answered_and_takes_no_other_with_it(
    quiet: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With `crm done` on a copy of the book each: the row goes; of others only what due.md names with it."""
    day = "2024-06-20"
    first = _due(capfd, _book(quiet / "book", "Asia/Shanghai"), "--on", day, "--within", "30d")
    assert len({row["rule"] for row in first.values()}) >= 15
    for at, (ident, row) in enumerate(first.items()):
        book = _book(quiet / f"book{at}", "Asia/Shanghai")
        before = _due(capfd, book, "--on", day, "--within", "30d")
        rule = row["rule"]
        contact = [] if rule.startswith(WITHOUT_CONTACT) else ["--channel", "phone", "--content", "已谈"]
        who = ["--as", "周敏"] if row["owner"] == "supervisor" else []  # duties are their role's to tick
        words = ["done", ident, *(WORDS.get(rule) or contact), "--why", "客户出差", "--on", day, *who]
        assert __main__.main(["--book", str(book), *words]) == 0, (words, capfd.readouterr())
        after = _due(capfd, book, "--on", day, "--within", "30d")
        assert ident not in after
        gone = {before[i]["rule"] for i in before.keys() - after.keys() - {ident}}
        come = {after[i]["rule"] for i in after.keys() - before.keys()}
        assert gone <= TAKEN.get(rule, set()) | (set() if rule.startswith(WITHOUT_CONTACT) else COUNTED), (
            ident
        )
        assert come <= COUNTED | {"survey.quarterly"}, ident
