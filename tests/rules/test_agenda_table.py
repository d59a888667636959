"""The tables in data/: boundaries of every rule, each row with the requirement it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from crmkit.errors import Message
from crmkit.rules import window
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row
from crmkit.settings.model import Settings

DATA = Path(__file__).parent / "data"
HORIZON = date(2027, 1, 1)


def table(name: str) -> list[list[str]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def sections(text: str) -> str:
    """Turn `customer{...} followup#x{...}` into the sections of a dossier."""
    out, at = "", 0
    while at < len(text):
        head = re.compile(r"\s*(\w+)(?:#(\w+))?(?=\{)").match(text, at)
        assert head, f"not a record: {text[at:]!r}"
        at = start = head.end()
        depth = 0
        while True:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
            if not depth:
                break
        name = f" {head[1]}-{head[2]}" if head[2] else ""
        out += f"--- {head[1]}{name}\n{text[start:at]}\n"
    return out


def told(row: Row) -> str:
    due = row.due.strftime("%Y-%m-%dT%H:%M") if isinstance(row.due, datetime) else row.due.isoformat()
    return " ".join([f"{due} {row.rule}", *(f"+{a.rule} {a.due}" for a in row.also)])


AGENDA = table("agenda.tsv")
STATES = table("states.tsv")


def test_tables_are_large_and_name_their_requirements() -> None:
    rows = AGENDA + STATES
    assert len(rows) >= 180
    assert all(re.fullmatch(r"R-\d{3}-\d{2}", row[0]) for row in rows)
    cases = [(row[0], row[1], *row[2:4]) for row in rows]
    assert len(set(cases)) == len(cases)


@pytest.mark.parametrize("row", AGENDA, ids=[f"{r[0]} {r[1]}" for r in AGENDA])
def test_agenda(row: list[str], make: Callable[..., Dossier], settings: Settings) -> None:
    _, _, records, on, expected = row
    draft = records.startswith("draft ")
    dossier = make(sections(records.removeprefix("draft ")), draft=draft)
    found = agenda(dossier, settings, HORIZON)
    if on:
        today = date.fromisoformat(on)
        found = [r for r in found if window.shows(r, today, today + timedelta(days=1))]
    assert [told(r) for r in found] == ([] if expected == "-" else expected.split("; "))


@pytest.mark.parametrize("row", STATES, ids=[f"{r[0]} {r[1]}" for r in STATES])
def test_state(row: list[str], settings: Settings) -> None:
    _, _, due, now, state, days = row
    at = datetime.fromisoformat(due).replace(tzinfo=settings.zone) if "T" in due else None
    item = Row("c", "r", "s", date.fromisoformat(due[:10]), Message(""), due_at=at)
    whole_day = "T" not in now
    moment = datetime.fromisoformat(now).replace(tzinfo=settings.zone)
    assert window.state(item, moment, whole_day=whole_day) == state
    assert window.days(item, moment) == int(days)
