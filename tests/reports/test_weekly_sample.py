"""The review of the sample book against numbers reckoned anew from `crm list --json`, by other means."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from contextlib import redirect_stdout
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crmkit import __main__, i18n
from crmkit.actions import due
from crmkit.actions.session import open_session

SAMPLE = Path(__file__).parents[2] / "sample_data"
TODAY = date(2024, 6, 15)
WEEKS = [date(2024, 6, 10) - timedelta(days=7 * n) for n in range(30)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "book"
    shutil.copytree(SAMPLE, folder)
    return folder


class Book:
    """What `crm list KIND --json` prints, and the review of a week."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.customers = {c["id"]: c for c in self.list("customer")}
        self.followups = self.list("followup")
        self.feedback = self.list("feedback")
        self.deals = self.list("opportunity")

    def crm(self, *words: str) -> Any:
        out = io.StringIO()
        try:
            with redirect_stdout(out):
                assert (
                    __main__.main(
                        [*words, "--json", "--book", str(self.folder), "--as", "赵静", "--lang", "en"]
                    )
                    == 0
                )
        finally:
            i18n.set_language("en")
        return json.loads(out.getvalue())

    def list(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.crm("list", kind)
        return found

    def weekly(self, monday: date) -> dict[str, Any]:
        found: dict[str, Any] = self.crm("report", "weekly", "--from", str(monday), "--on", str(TODAY))
        return found

    def owner(self, record: dict[str, Any]) -> str:
        return str(record.get("owner") or self.customers.get(record["customer"], {}).get("owner") or "")


@pytest.fixture(scope="module")
def told(book: Path) -> Book:
    return Book(book)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text.split("T")[0]) if text else None


def within(monday: date, one: date | None) -> bool:
    return one is not None and timedelta(0) <= one - monday < timedelta(days=7)


def final_day(followup: dict[str, Any]) -> date | None:
    moved = [entry["to"] for entry in followup.get("snoozed", []) if "to" in entry]
    return day(moved[-1] if moved else followup.get("due"))


@pytest.mark.parametrize("monday", WEEKS, ids=str)
def test_follow_ups_of_the_week_by_owner(told: Book, monday: date) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for f in told.followups:
        planned = final_day(f)
        if planned is None or not within(monday, planned):
            continue
        if f["status"] == "cancelled":
            state = "cancelled"
        elif f["status"] == "done":
            made = day(f["at"])
            assert made
            state = "kept" if made <= planned else "late"
        else:
            state = "open" if planned < TODAY else "ahead"
        counts[told.owner(f), state] += 1
    found = told.weekly(monday)
    assert {
        (line["owner"], state): line[state]
        for line in found["owners"]
        for state in ("kept", "late", "open", "ahead", "cancelled")
        if line[state]
    } == dict(counts)
    for state in ("kept", "late", "open", "ahead", "cancelled"):
        assert found["totals"][state] == sum(n for (_owner, s), n in counts.items() if s == state)


@pytest.mark.parametrize("monday", WEEKS, ids=str)
def test_contacts_of_the_week_by_who_made_them(told: Book, monday: date) -> None:
    made = Counter(
        f.get("by") or told.owner(f)
        for f in told.followups
        if f["status"] == "done" and within(monday, day(f["at"]))
    )
    assert {o["owner"]: o["contacts"] for o in told.weekly(monday)["owners"] if o["contacts"]} == dict(made)


@pytest.mark.parametrize("monday", WEEKS, ids=str)
def test_clocks_of_complaints(told: Book, monday: date) -> None:
    counts: Counter[str] = Counter()
    for f in told.feedback:
        if f["type"] != "complaint":
            continue
        received = datetime.fromisoformat(f["received_at"])
        stamps = [f.get(n) for n in ("first_responded_at", "resolved_at", "revisited_at")]
        for n, hours in enumerate((2, 24, 72)):
            limit = received + timedelta(hours=hours)
            answered = [datetime.fromisoformat(s) for s in stamps[n:] if s]
            if within(monday, limit.date()):
                if answered:
                    counts["kept" if min(answered) <= limit else "broken"] += 1
                else:
                    counts["broken" if limit.date() < TODAY else "running"] += 1
    totals = told.weekly(monday)["totals"]
    assert {state: totals[f"clocks_{state}"] for state in ("kept", "broken", "running")} == {
        state: counts[state] for state in ("kept", "broken", "running")
    }


@pytest.mark.parametrize("monday", WEEKS, ids=str)
def test_won_and_lost_with_the_contacts_before(told: Book, monday: date) -> None:
    found = told.weekly(monday)
    won, lost = {}, {}
    for number, c in told.customers.items():
        talks = [
            d
            for f in told.followups
            if f["customer"] == number and f["status"] == "done" and (d := day(f["at"]))
        ]
        history = c.get("stage_history", [])
        firsts = [day(e["on"]) for e in history if e["stage"] in ("won", "loyal")]
        if firsts and within(monday, firsts[0]):
            won[number] = sum(d <= firsts[0] for d in talks if firsts[0])
        for at, e in enumerate(history):
            gone = day(e["on"])
            if e["stage"] == "lost" and gone and within(monday, gone):
                since = day(history[at - 1]["on"]) if at else date.min
                assert since
                lost[number] = sum(since <= d <= gone for d in talks)
    assert {o["customer"]: o["contacts"] for o in found["won"] if o["what"] == "customer"} == won
    assert {o["customer"]: o["contacts"] for o in found["lost"] if o["what"] == "customer"} == lost
    deals = {
        stage: sorted(
            d["id"]
            for d in told.deals
            if d["stage"] == stage
            and any(e["stage"] == stage and within(monday, day(e["on"])) for e in d["stage_history"])
        )
        for stage in ("won", "lost")
    }
    assert {stage: sorted(i for o in found[stage] for i in o["deals"]) for stage in ("won", "lost")} == deals


def test_the_weeks_have_something_to_tell(told: Book) -> None:
    """The tests above would hold of a review that is empty."""
    found = [told.weekly(monday)["totals"] for monday in WEEKS]
    names = (
        "kept",
        "late",
        "open",
        "ahead",
        "cancelled",
        "put_off",
        "contacts",
        "clocks_kept",
        "won",
        "lost",
    )
    assert {name for name in names if not any(t[name] for t in found)} == set()


def test_promises_that_wait_are_those_of_crm_due(told: Book) -> None:
    """Every row that the rule gives is a promise that the review calls open or overdue."""
    session = open_session(book=str(told.folder), actor="赵静", on=str(TODAY), env={}, cwd=told.folder)
    rows = due.due(session, within="60 days")
    waiting = {
        (r.row.source, r.row.due_on.isoformat())
        for r in rows
        if r.row.rule == "promise.open" and r.row.part.rpartition(".")[2].isdecimal()
    }
    listed = {
        (p["id"], p["due"])
        for monday in (*WEEKS, date(2024, 6, 17))
        for p in told.weekly(monday)["promises"]
        if p["state"] in ("open", "overdue")
    }
    assert waiting
    assert waiting <= listed


def test_the_rows_nobody_answered_are_the_overdue_ones_of_crm_due(told: Book) -> None:
    rows = {
        r["id"]: r["days"]
        for r in told.crm("due", "--owner", "all", "--on", str(TODAY))
        if r["state"] == "overdue" and not r["rule"].startswith(("followup", "sla.", "promise."))
    }
    assert rows
    assert {r["id"]: r["days"] for r in told.weekly(WEEKS[0])["unanswered"]} == rows
