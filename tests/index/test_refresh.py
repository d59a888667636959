"""Whatever changes the files, however it does it, the next read is right without being told."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from crmkit.book.paths import Book
from crmkit.errors import CrmError, NotFound
from crmkit.index import Index, _share, build, sync

DAY = date(2024, 6, 15)
ZHANG = "customers/2024/202406-001"
LI = "customers/2024/202406-002"
CALL = f"{ZHANG}/followup-240605-aaaa.yaml"


def write(root: Path, path: str, text: str) -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


@pytest.fixture
def book(tmp_path: Path) -> Book:
    root = tmp_path / "book"
    write(root, "crm.yaml", "name: 测试\nlanguage: zh\n")
    write(
        root,
        f"{ZHANG}/customer.yaml",
        "name: 张三科技有限公司\nstage: potential\nowner: 李四\ncreated_on: 2024-06-01\n",
    )
    write(root, CALL, "status: done\nat: 2024-06-05\ncontent: 初次沟通\n")
    write(
        root,
        f"{LI}/customer.yaml",
        "name: 李四贸易有限公司\nstage: potential\nowner: 王五\ncreated_on: 2024-06-01\n",
    )
    write(root, "products/product-240101-aaaa.yaml", "name: 水泵\n")
    return Book(root)


def fresh(book: Book) -> Index:
    index = Index.open(book)
    index.refresh()
    return index


def names(index: Index) -> list[str]:
    return [str(row.doc["name"]) for row in index.rows("customer")]


def due(index: Index) -> list[str]:
    return [row.id for row in index.due(None, upto=DAY, today=DAY)]


def test_build_holds_every_record_and_what_is_due(book: Book) -> None:
    index = fresh(book)
    assert names(index) == ["张三科技有限公司", "李四贸易有限公司"]
    assert [row.id for row in index.rows("product")] == ["product-240101-aaaa"]
    assert due(index) == [
        "202406-002/cadence.potential/202406-002/2024-06-04",
        "202406-001/cadence.potential/202406-001/2024-06-08",
    ]


def test_nothing_is_read_when_nothing_changed(book: Book) -> None:
    fresh(book).close()
    before = os.stat(book.cache / sync.DATABASE)
    again = Index.open(book)
    assert again.refresh().changed == 0
    assert os.stat(book.cache / sync.DATABASE).st_mtime_ns == before.st_mtime_ns


def _append(book: Book) -> None:
    with (book.root / f"{ZHANG}/customer.yaml").open("a", encoding="utf-8") as file:
        file.write("short_name: 张三\n")


def _same_size(book: Book) -> None:
    path = book.root / f"{ZHANG}/customer.yaml"
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace("张三".encode(), "章三".encode()))


def _same_size_and_time(book: Book) -> None:
    path = book.root / f"{ZHANG}/customer.yaml"
    times = os.stat(path)
    _same_size(book)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _copied_with_its_time(book: Book) -> None:
    path = book.root / f"{ZHANG}/customer.yaml"
    other = book.root / "other"
    other.write_bytes(path.read_bytes().replace("张三".encode(), "章三".encode()))
    shutil.copystat(path, other)
    shutil.copy2(other, path)
    other.unlink()


def _replaced(book: Book) -> None:
    path = book.root / f"{ZHANG}/customer.yaml"
    beside = path.with_name(".tmp")
    beside.write_text(path.read_text(encoding="utf-8").replace("张三", "章三"), encoding="utf-8")
    beside.rename(path)


def _added(book: Book) -> None:
    write(book.root, "customers/2025/202501-001/customer.yaml", "name: 新客户有限公司\n")


def _removed(book: Book) -> None:
    shutil.rmtree(book.root / LI)


def _renamed(book: Book) -> None:
    (book.root / LI).rename(book.root / "customers/2024/202406-003")


def _broken(book: Book) -> None:
    write(book.root, f"{LI}/customer.yaml", "name: a\nname: b\n")


def _file_swapped(book: Book) -> None:
    """Two files of one folder change their names: sizes, times and inodes are all old ones."""
    folder = book.root / ZHANG
    write(
        book.root, f"{ZHANG}/followup-240606-bbbb.yaml", "status: done\nat: 2024-06-07\ncontent: 二次沟通\n"
    )
    (folder / "x").write_text("")
    (folder / "followup-240605-aaaa.yaml").rename(folder / "x")
    (folder / "followup-240606-bbbb.yaml").rename(folder / "followup-240605-aaaa.yaml")
    (folder / "x").rename(folder / "followup-240606-bbbb.yaml")


CHANGES = [
    _append,
    _same_size,
    _same_size_and_time,
    _copied_with_its_time,
    _replaced,
    _added,
    _removed,
    _renamed,
    _broken,
    _file_swapped,
]


def everything(index: Index) -> object:
    kinds = ("customer", "followup", "product")
    return (
        [row.to_json() for kind in kinds for row in index.rows(kind)],
        [row.to_json() for row in index.due(None, upto=DAY, today=DAY)],
        index.problems(),
        [f.to_json() for f in index.find("有限公司")],
    )


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("wait", [0.0, 0.03])
def test_a_change_by_anyone_is_seen(book: Book, change: Callable[[Book], None], wait: float) -> None:
    before = everything(fresh(book))
    time.sleep(wait)  # 0: within the grain of the file system's clock
    change(book)
    index = fresh(book)
    seen = everything(index)
    assert seen != before or change is _file_swapped
    index.close()
    shutil.rmtree(book.state)
    assert everything(fresh(book)) == seen


def test_edits_in_quick_succession_are_all_seen(book: Book) -> None:
    index = fresh(book)
    path = book.root / f"{ZHANG}/customer.yaml"
    for n in range(40):
        path.write_text(f"name: n{n:04}\n")
        index.refresh()
        assert names(index)[0] == f"n{n:04}"


def test_git_checkout_is_seen(book: Book) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=book.root, check=True, capture_output=True)

    git("init", "-q")
    git("add", "customers", "crm.yaml")
    git("commit", "-qm", "a")
    fresh(book)
    _same_size(book)
    assert names(fresh(book))[0] == "章三科技有限公司"
    git("checkout", "-q", "--", ".")
    assert names(fresh(book))[0] == "张三科技有限公司"


def test_changed_settings_make_the_index_anew(book: Book) -> None:
    assert fresh(book).settings.name == "测试"
    write(book.root, "crm.yaml", "name: 别的\nlanguage: zh\n")
    index = Index.open(book)
    assert index.refresh().rebuilt
    assert index.settings.name == "别的"
    assert index.settings.name == "别的"


def test_settings_saved_without_a_change_cost_nothing(book: Book) -> None:
    fresh(book)
    os.utime(book.root / "crm.yaml")
    assert not Index.open(book).refresh().rebuilt


def test_broken_settings_are_named_and_the_book_goes_on_afterwards(book: Book) -> None:
    fresh(book)
    good = (book.root / "crm.yaml").read_text(encoding="utf-8")
    write(book.root, "crm.yaml", "language: [\n")
    with pytest.raises(CrmError):
        Index.open(book).refresh()
    write(book.root, "crm.yaml", good)
    assert len(names(fresh(book))) == 2


def test_the_index_can_be_deleted_at_any_time(book: Book) -> None:
    index = fresh(book)
    before = everything(index)
    shutil.rmtree(book.state)
    index.refresh()
    assert everything(index) == before


def test_another_process_that_wrote_is_seen_by_an_open_index(book: Book) -> None:
    index = fresh(book)
    assert len(names(index)) == 2
    _added(book)
    fresh(book)
    index.refresh()
    assert len(names(index)) == 3


def test_only_what_changed_is_read_again(book: Book) -> None:
    index = fresh(book)
    _append(book)
    assert index.refresh().changed == 1
    assert index.refresh().changed == 0


def test_touching_files_reads_nothing_again(book: Book) -> None:
    index = fresh(book)
    os.utime(book.root / f"{ZHANG}/customer.yaml")
    assert index.refresh().changed == 0


def test_a_book_that_cannot_be_written_is_read_all_the_same(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "read-only")

    monkeypatch.setattr(os, "makedirs", refuse)
    before = sorted(book.root.iterdir())
    assert len(names(fresh(book))) == 2
    assert sorted(book.root.iterdir()) == before


def test_files_that_are_no_records_are_named(book: Book) -> None:
    write(book.root, f"{ZHANG}/opportunity-240601-x1y2.yml", "name: a\n")
    write(book.root, f"{ZHANG}/folowup-240601-x1y2.yaml", "content: a\n")
    write(book.root, f"{ZHANG}/more/followup-240601-x1y2.yaml", "content: a\n")
    (book.root / f"{LI}/order-240601-x1y2.yaml").symlink_to("/etc/passwd")
    (book.root / "customers/2023").symlink_to(book.root / "customers/2024")
    (book.root / "customers/2024/202406-009").symlink_to(book.root / ZHANG)
    index = fresh(book)
    assert {(p.path, p.code) for p in index.unreadable()} == {
        (f"{ZHANG}/opportunity-240601-x1y2.yml", "path.yml"),
        (f"{ZHANG}/folowup-240601-x1y2.yaml", "path.kind"),
        (f"{ZHANG}/more", "path.deep"),
        (f"{LI}/order-240601-x1y2.yaml", "path.link"),
        ("customers/2023", "path.link"),
        ("customers/2024/202406-009", "path.link"),
    }
    assert len(names(index)) == 2


def test_many_folders_are_shared_between_processes(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(60):
        write(
            book.root, f"customers/2023/202301-{n:03}/customer.yaml", f"name: 客户{n}有限公司\nstage: won\n"
        )
    alone = everything(fresh(book))
    shutil.rmtree(book.state)
    monkeypatch.setattr(build, "SHARED", 1)
    monkeypatch.setattr(_share, "_cores", lambda: 3)
    monkeypatch.setattr("crmkit.index.files.PARALLEL", 10)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    assert everything(fresh(book)) == alone


def test_a_record_that_is_gone_is_not_found(book: Book) -> None:
    index = fresh(book)
    assert index.doc(CALL)["content"] == "初次沟通"
    (book.root / CALL).unlink()
    index.refresh()
    with pytest.raises(NotFound):
        index.doc(CALL)


def test_the_index_is_nobody_elses_to_read(book: Book) -> None:
    fresh(book)
    for file in book.cache.iterdir():
        assert not os.stat(file).st_mode & 0o077, file
