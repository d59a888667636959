"""data/due_cases.yaml: every rule, with the boundaries on each side of its numbers, through the rules and on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crmkit import __main__, i18n
from crmkit.records import ticks
from crmkit.records.base import Identity
from crmkit.records.read import read
from crmkit.rules import chores, window
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row, split_id
from crmkit.settings.load import load
from crmkit.settings.model import Settings
from crmkit.yaml import read as yaml

DATA = Path(__file__).parent / "data" / "due_cases.yaml"
HORIZON = date(2027, 1, 1)
KEYS = {"for", "why", "facts", "settings", "draft", "on", "due"}
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
CHORE = "chore."


@dataclass(frozen=True)
class Expected:
    """One row of the table; `of`, `owner` and `says` are "" where nothing is asked of them."""

    rule: str
    due: str
    until: str = ""
    also: tuple[str, ...] = ()
    of: str = ""
    owner: str = ""
    says: str = ""


@dataclass(frozen=True)
class Case:
    """One case. `settings` is the text of its crm.yaml, `files` the dossier's files (name -> text)."""

    rule: str
    requirement: str
    why: str
    settings: str
    customer: str
    draft: bool
    files: Mapping[str, str]
    on: date | None
    due: tuple[Expected, ...]

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.why}"

    @property
    def asked(self) -> date:
        """The day on which `crm due` is run: the case's, else the one on which its last row falls due."""
        if self.on:
            return self.on
        return max((date.fromisoformat(row.due[:10]) for row in self.due), default=date(2026, 12, 1))


# reading the table


@cache
def cases() -> tuple[Case, ...]:
    """Read the table; a misspelt key or a row that cannot be read fails."""
    data = yaml.load(DATA.read_bytes(), DATA.name).data
    blocks = data.pop("settings")
    found = [(rule, entry) for rule, entries in data.items() for entry in entries]
    return tuple(_case(at, rule, entry, blocks) for at, (rule, entry) in enumerate(found, 1))


def _case(at: int, rule: str, entry: Mapping[str, Any], blocks: Mapping[str, Any]) -> Case:
    assert entry.keys() <= KEYS, f"{rule}, {entry.get('why')}: {entry.keys() - KEYS}"
    own = entry.get("settings", {})
    settings = {**blocks["plain"], **(blocks[own] if isinstance(own, str) else own)}
    draft = entry.get("draft") == "true"
    code = LETTERS[at // 32] + LETTERS[at % 32]
    customer = f"draft-240601-{code}00" if draft else f"202406-{at:03}"
    names = {
        key: f"{key.split()[0]}-240601-{code}{LETTERS[i]}0"
        for i, key in enumerate(entry["facts"])
        if key not in ("customer", "chores")
    }

    def real(text: str) -> str:
        """Put real ids in the place of `202406-001` and `order-a`."""
        text = text.replace("202406-001", customer)
        for key, ident in names.items():
            text = re.sub(rf"\b{key.replace(' ', '-')}\b", ident, text) if " " in key else text
        return text

    facts = json.loads(real(json.dumps(entry["facts"], ensure_ascii=False)))
    facts = {
        real(key.replace(" ", "-")) if " " in key else names.get(key, key): v for key, v in facts.items()
    }
    if "customer" in facts:
        facts["customer"] = {"name": f"示例{at:03}", **facts["customer"]}
    due = entry["due"]
    return Case(
        rule=rule,
        requirement=entry["for"],
        why=entry["why"],
        settings=json.dumps(settings, ensure_ascii=False, indent=1),
        customer=chores.TEAM if "chores" in facts else customer,
        draft=draft,
        files={name: json.dumps(fields, ensure_ascii=False) + "\n" for name, fields in facts.items()},
        on=date.fromisoformat(entry["on"]) if "on" in entry else None,
        due=tuple(_expected(real(row)) for row in ([due] if isinstance(due, str) else due)),
    )


def _expected(text: str) -> Expected:
    """Read `RULE DUE [until DAY] [also RULE DAY]... [of SOURCE] [owner NAME] [says TEXT]`."""
    text, _, says = text.partition(" says ")
    rule, due, *words = text.split()
    told: dict[str, str] = {}
    also = []
    while words:
        key, word, *words = words
        if key == "also":
            day, *words = words
            also.append(f"{word} {day}")
        else:
            assert key in ("until", "of", "owner"), f"unknown word {key!r} in {text!r}"
            assert key not in told
            told[key] = word
    return Expected(
        rule, due, told.get("until", ""), tuple(also), told.get("of", ""), told.get("owner", ""), says
    )


# what the rules and the program say


def _met(expected: Expected, found: Expected) -> bool:
    """Whether a row that was found is the one in the table."""
    return (
        (expected.rule, expected.due, expected.also) == (found.rule, found.due, found.also)
        and expected.of in ("", found.of)
        and expected.owner in ("", found.owner)
        and expected.says in found.says
    )


def _same(expected: tuple[Expected, ...], found: list[Expected]) -> bool:
    """Whether these are the rows of the table, in any order."""
    left = list(found)
    for row in expected:
        hit = next((at for at, other in enumerate(left) if _met(row, other)), None)
        if hit is None:
            return False
        del left[hit]
    return not left


def _told(row: Row) -> Expected:
    due = row.due.strftime("%Y-%m-%dT%H:%M") if isinstance(row.due, datetime) else row.due.isoformat()
    until = row.until.isoformat() if row.until else ""
    also = tuple(f"{a.rule} {a.due}" for a in row.also)
    return Expected(row.rule, due, until, also, row.part or row.source, row.owner, str(row.reason))


def _printed(row: Mapping[str, Any]) -> Expected:
    """Return a row of `crm due --json`; it does not tell until when."""
    also = tuple(f"{a['rule']} {a['due']}" for a in row["also"])
    parts = split_id(row["id"])
    assert parts, row["id"]
    assert parts[:2] == (row["customer"] or chores.TEAM, row["rule"])
    return Expected(row["rule"], row["due"][:16], "", also, parts[2], row["owner"], row["reason"])


def _rows(case: Case) -> list[Row]:
    settings = load(case.settings.encode())[0]
    if "chores" in case.files:
        ticked, problems = ticks.read(case.files["chores"].encode(), "chores/2024.yaml", settings)
        assert not problems
        return [row for row in chores.rows(settings, ticked, HORIZON) if row.rule == case.rule]
    return agenda(_dossier(case, settings), settings, max(HORIZON, case.asked + timedelta(days=1)))


def _dossier(case: Case, settings: Settings) -> Dossier:
    records: dict[str, list[Any]] = {}
    docs: dict[str, list[Mapping[str, Any]]] = {}
    for name, text in case.files.items():
        kind = name.partition("-")[0]
        identity = Identity(case.customer if kind == "customer" else name, f"{name}.yaml", case.customer)
        loaded = read(kind, yaml.load(text.encode(), f"{name}.yaml"), settings, identity)
        records.setdefault(kind, []).append(loaded.record)
        docs.setdefault(kind, []).append({**loaded.doc, "id": identity.id, "kind": kind})
    customers = records.pop("customer", [None])
    return Dossier(case.customer, case.draft, customers[0], {k: tuple(v) for k, v in records.items()}, docs)


# the tests


def test_the_table_is_whole() -> None:
    """150 cases at least, each of a requirement; every rule falls due somewhere, and rests somewhere."""
    assert len(cases()) >= 150
    assert len({case.name for case in cases()}) == len(cases())
    assert all(re.fullmatch(r"R-\d{3}-\d{2}", case.requirement) for case in cases())
    settings = load(b"")[0]
    wanted = {*settings.rules, *(CHORE + chore.name for chore in settings.chores)}
    assert {case.rule for case in cases()} >= wanted
    assert {row.rule for case in cases() for row in case.due} >= wanted
    assert {case.rule for case in cases() if not case.due} >= wanted


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.requirement} {case.name}")
def test_the_rules(case: Case) -> None:
    found = _rows(case)
    if case.on:
        last = case.on + timedelta(days=1)
        found = [row for row in found if window.shows(row, case.on, last)]
    told = [_told(row) for row in found]
    assert _same(case.due, told), told
    assert sorted(row.until for row in case.due) == sorted(row.until for row in told)


def _books() -> dict[str, list[Case]]:
    """Put the cases that one book can hold together; ticks of duties are a book's, so each has its own."""
    out: dict[str, list[Case]] = {}
    for case in cases():
        key = case.settings + case.files.get("chores", "")
        out.setdefault(key, []).append(case)
    return out


@pytest.mark.parametrize("book", _books().values(), ids=lambda book: f"{len(book)} cases, {book[0].name}")
def test_on_disk(
    book: list[Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each case as files of a book, asked with `crm due --on DAY --json`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("CRM_USER", "张三")
    root = tmp_path / "book"
    _write(root, book)
    wrong = []
    for day in sorted({case.asked for case in book}):
        rows = _due(root, day, capfd)
        for case in book:
            if case.asked == day:
                found = [_printed(row) for row in rows if _is_of(case, row)]
                shown = tuple(row for row in case.due if _shown(row, day))
                if not _same(shown, found):
                    wrong.append((case.name, found))
    assert not wrong


def _write(root: Path, book: list[Case]) -> None:
    root.mkdir()
    (root / "crm.yaml").write_text(book[0].settings, encoding="utf-8")
    for case in book:
        folder = root / "customers" / ("drafts" if case.draft else "2024") / case.customer
        for name, text in case.files.items():
            path = root / "chores" / "2024.yaml" if name == "chores" else folder / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _due(root: Path, day: date, capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capfd.readouterr()
    try:
        code = __main__.main(
            ["--book", str(root), "due", "--on", day.isoformat(), "--owner", "all", "--json"]
        )
    finally:
        i18n.set_language("en")
    out, err = capfd.readouterr()
    assert code == 0, err
    rows: list[dict[str, Any]] = json.loads(out)
    return rows


def _is_of(case: Case, row: Mapping[str, Any]) -> bool:
    if case.customer == chores.TEAM:
        return bool(row["id"].startswith(f"{chores.TEAM}/{case.rule}/"))
    return bool(row["customer"] == case.customer)


def _shown(row: Expected, day: date) -> bool:
    """Whether `crm due --on day` shows a row of the table."""
    due = date.fromisoformat(row.due[:10])
    return due <= day + timedelta(days=1) and (not row.until or day <= date.fromisoformat(row.until))


def test_a_table_that_is_wrong_is_noticed() -> None:
    row = Expected("followup", "2024-06-12", of="followup-a")
    found = Expected("followup", "2024-06-12", "", (), "followup-a", "张三", "回访")
    assert _same((row,), [found])
    others: Iterator[list[Expected]] = iter(
        (
            [],
            [found, found],
            [Expected("followup", "2024-06-13", of="followup-a")],
            [Expected("followup", "2024-06-12", of="followup-b")],
            [Expected("followup", "2024-06-12", also=("cadence.new 2024-06-13",), of="followup-a")],
        )
    )
    assert not any(_same((row,), other) for other in others)
