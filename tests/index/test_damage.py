"""The index is disposable: whatever happens to its files, answers stay right."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from crmkit.book.paths import Book
from crmkit.index import Index, stamp, sync

DAY = date(2024, 6, 15)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    root = tmp_path_factory.mktemp("damage") / "book"
    for n in range(30):
        folder = root / f"customers/2024/202405-{n + 1:03}"
        folder.mkdir(parents=True)
        text = f"name: 第{n}示例有限公司\nstage: potential\nowner: 李四\ncreated_on: 2024-05-{n % 28 + 1:02}\nnote: {'备注' * 60}\n"
        (folder / "customer.yaml").write_text(text, encoding="utf-8")
        (folder / f"followup-240601-{n:04}.yaml").write_text(
            f"status: planned\nreason: 回访{n}\ndue: 2024-06-{n % 28 + 1:02}\n", encoding="utf-8"
        )
    (root / "crm.yaml").write_text("name: 损坏\n", encoding="utf-8")
    Index.open(Book(root)).refresh()
    return Book(root)


def answers(index: Index) -> object:
    return (
        [row.to_json() for kind in ("customer", "followup") for row in index.rows(kind)],
        [row.to_json() for row in index.due(None, upto=DAY, today=DAY)],
        [found.to_json() for found in index.find("回访")],
        index.problems(),
        index.settings.name,
    )


def answers_of(book: Book) -> object:
    index = Index.open(book)
    index.refresh()
    return answers(index)


def harm(path: Path, chance: random.Random) -> None:
    """Do one kind of damage to a file, its modification time put back."""
    times = os.stat(path)
    raw = bytearray(path.read_bytes())
    way = chance.randrange(6)
    at = chance.randrange(len(raw))
    if way == 0:
        raw[at] ^= 1 << chance.randrange(8)
    elif way == 1:
        size = chance.choice((1, 64, 512, 4096))
        raw[at : at + size] = bytes(min(size, len(raw) - at))
    elif way == 2:
        raw[at : at + 64] = chance.randbytes(min(64, len(raw) - at))
    elif way == 3:
        del raw[at:]
    elif way == 4:
        pages = [bytes(raw[i : i + 4096]) for i in range(0, len(raw), 4096)]
        chance.shuffle(pages)
        raw = bytearray(b"".join(pages))
    else:
        raw += chance.randbytes(100)
    with path.open("r+b") as file:
        file.write(raw)
        file.truncate(len(raw))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("damages", [30, pytest.param(400, marks=pytest.mark.slow)])
def test_no_damage_gives_a_wrong_answer(
    book: Book, damages: int, record_property: Callable[[str, object], None]
) -> None:
    right = answers_of(book)
    chance = random.Random(20240615)
    wrong = 0
    noticed = 0
    for n in range(damages):
        name = sync.STAMP if n % 8 == 0 else sync.DATABASE
        harm(book.cache / name, chance)
        index = Index.open(book)
        noticed += index.refresh().rebuilt
        wrong += answers(index) != right
        index.close()
    record_property("damages", damages)
    record_property("wrong", wrong)
    assert wrong == 0
    assert (
        noticed > damages * 0.9
    )  # a file that was put back as it was, or a page written over itself, is no damage


def test_the_control_believes_the_damaged_file(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the stamp's four numbers of the database the same damages give wrong answers, silently."""
    right = answers_of(book)
    monkeypatch.setattr(stamp, "numbers", lambda _: (1, 1, 1, 1))
    good = (book.cache / sync.DATABASE).read_bytes()
    known = stamp.read(str(book.cache / sync.STAMP))
    assert known
    stamp.write(str(book.cache / sync.STAMP), known._replace(database=(1,) * 4, settings=(1,) * 4))
    chance = random.Random(1)
    wrong = 0
    for _ in range(60):
        (book.cache / sync.DATABASE).write_bytes(good)
        harm(book.cache / sync.DATABASE, chance)
        index = Index.open(book)
        try:
            index.refresh()
            wrong += answers(index) != right
        except (sqlite3.Error, ValueError, TypeError, KeyError):
            pass  # it was noticed
        finally:
            index.close()
    assert wrong > 0


def test_a_foreign_journal_beside_the_index_changes_nothing(book: Book) -> None:
    index = Index.open(book)
    index.refresh()
    right = answers(index)
    index.close()
    (book.cache / f"{sync.DATABASE}-journal").write_bytes(os.urandom(5000))
    assert answers_of(book) == right


def test_an_empty_file_or_a_folder_in_its_place_is_no_obstacle(book: Book) -> None:
    right = answers_of(book)
    (book.cache / sync.DATABASE).write_bytes(b"")
    assert answers_of(book) == right
    (book.cache / sync.STAMP).unlink()
    assert answers_of(book) == right
