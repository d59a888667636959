"""Other rules in crm.yaml: the agendas are reckoned anew from the records that the index holds."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from crmkit.book.paths import Book
from crmkit.errors import CrmError
from crmkit.index import Index, load, reckon

SAMPLE = Path(__file__).parents[2] / "sample_data"

CHANGES = [
    ("  cadence.dormant: {every: 14 days}", "  cadence.dormant: {every: 20 days}"),
    ("  date.birthday: {lead: 3 days}", "  date.birthday: off          "),
    ("  respond: 2 hours", "  respond: 1 hours"),
    ('rrule: "FREQ=WEEKLY;BYDAY=FR"', 'rrule: "FREQ=WEEKLY;BYDAY=MO"'),
    ("  followup: {}", '  followup: {when: "tier:A"}'),
]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    shutil.copytree(SAMPLE, tmp_path / "book")
    return Book(tmp_path / "book")


def _fresh(book: Book) -> Index:
    index = Index.open(book)
    index.refresh()
    return index


def _all(index: Index) -> dict[str, list[Any]]:
    agenda = "SELECT folder, due_on, until, due, id, customer, draft, path, rule, source, owner, people, doc FROM agenda"
    return {
        "agenda": sorted(map(tuple, index.db.execute(agenda)), key=str),
        "problem": sorted(map(tuple, index.db.execute("SELECT folder, path, row FROM problem"))),
        "settings": list(index.db.execute("SELECT value FROM meta WHERE key = 'settings'")),
    }


def _change(book: Book, old: str, new: str) -> None:
    text = book.settings_path.read_text(encoding="utf-8")
    assert old in text
    book.settings_path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(("old", "new"), CHANGES, ids=[new.strip()[:30] for _, new in CHANGES])
def test_reckoned_anew_is_what_a_rebuild_gives(
    book: Book, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    before = _all(_fresh(book))
    _change(book, old, new)
    read: list[str] = []
    real = load.Loader.folder

    def folder(self: load.Loader, path: str, names: list[str]) -> load.Folder:
        read.append(path)
        return real(self, path, names)

    monkeypatch.setattr(load.Loader, "folder", folder)
    found = _all(_fresh(book))
    assert read == ["chores"], "a record was read again"
    assert found["agenda"] != before["agenda"]
    shutil.rmtree(book.state)
    assert found == _all(_fresh(book))


def test_a_change_of_rules_and_of_a_record_at_once_are_both_seen(book: Book) -> None:
    _fresh(book)
    _change(book, *CHANGES[0])
    path = book.root / "customers/2024/202404-002/customer.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("status: dormant", "status: active"), encoding="utf-8"
    )
    found = _all(_fresh(book))
    shutil.rmtree(book.state)
    assert found == _all(_fresh(book))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  customer: [type, name, source]", "  customer: [type, name, tax_id]"),
        ("country: CN", "country: DE"),
    ],
)
def test_what_records_are_read_by_makes_everything_anew(book: Book, old: str, new: str) -> None:
    _fresh(book)
    _change(book, old, new)
    index = Index.open(book)
    assert index.refresh().rebuilt


def test_broken_rules_are_named_and_mended_rules_count(book: Book) -> None:
    _fresh(book)
    _change(book, "{every: 14 days}", "{every: 14 dys}")
    with pytest.raises(CrmError, match="dys"):
        _fresh(book)
    _change(book, "{every: 14 dys}", "{every: 15 days}")
    found = _all(_fresh(book))
    shutil.rmtree(book.state)
    assert found == _all(_fresh(book))


def test_shared_between_processes_it_gives_the_same(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    _fresh(book)
    _change(book, *CHANGES[0])
    monkeypatch.setattr(reckon, "SHARED", 2)
    monkeypatch.setattr("crmkit.index._share._cores", lambda: 3)
    seen: list[tuple[int, int]] = []
    index = Index.open(book, lambda done, all_: seen.append((done, all_)))
    index.refresh()
    found = _all(index)
    assert seen[-1][0] == seen[-1][1] > 1
    shutil.rmtree(book.state)
    assert found == _all(_fresh(book))
