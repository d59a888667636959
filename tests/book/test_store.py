from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from crmkit.book import store
from crmkit.book.disk import sha256
from crmkit.book.paths import Book
from crmkit.book.store import Change, Delete, Move, Write
from crmkit.errors import Conflict, Invalid, Problem, Refused, msg

Git = Callable[..., str]
CUSTOMER = "customers/2024/202406-001/customer.yaml"
FOLLOWUP = "customers/2024/202406-001/followup-240605-7k3m.yaml"

NEW = "name: 北京示例\nnote: new\n"


def change(
    book: Book, *, message: str = "log 北京示例", actor: tuple[str, str] = ("张三", "z@example.com")
) -> Change:
    base = sha256(book.read(CUSTOMER))
    return Change(
        (Write(CUSTOMER, NEW, base), Write(FOLLOWUP, "at: 2024-06-05\n")), message=message, actor=actor
    )


def test_a_change_is_one_readable_commit_of_its_paths_alone(book: Book, git: Git) -> None:
    (book.root / "crm.yaml").write_text("name: staged\n")
    git("add", "crm.yaml")
    (book.root / "notes.txt").write_text("mine\n")
    applied = store.apply(book, change(book))
    assert (book.root / CUSTOMER).read_text("utf-8") == NEW
    assert applied.warning == ""
    assert git("log", "-1", "--format=%h %an <%ae> %cn %s", f"--abbrev={len(applied.commit)}") == (
        f"{applied.commit} 张三 <z@example.com> 测试 log 北京示例"
    )
    assert git("-c", "core.quotePath=false", "show", "--format=", "--name-only").splitlines() == [
        CUSTOMER,
        FOLLOWUP,
    ]
    assert git("status", "--porcelain").splitlines() == ["M  crm.yaml", "?? notes.txt"]
    assert git("fsck", "--strict") == ""
    assert "crm: log 北京示例" in git("reflog", "-1")
    assert list((book.state / "journal").iterdir()) == []


def test_what_changed_meanwhile_is_kept_and_ours_shown(book: Book) -> None:
    ours = Change((Write(CUSTOMER, NEW, sha256(book.read(CUSTOMER)), book.read(CUSTOMER)),))
    (book.root / CUSTOMER).write_text("name: 北京示例\nnote: theirs\n", "utf-8")
    with pytest.raises(Conflict) as e:
        store.apply(book, ours)
    assert "theirs" in (book.root / CUSTOMER).read_text("utf-8")
    assert "-note: old\n+note: new\n" in e.value.diff
    assert CUSTOMER in str(e.value)


def test_a_conflict_in_one_file_leaves_the_others_alone(book: Book) -> None:
    two = Change((Write(FOLLOWUP, "at: 2024-06-05\n"), Write(CUSTOMER, NEW, "0" * 64)))
    with pytest.raises(Conflict):
        store.apply(book, two)
    assert not (book.root / FOLLOWUP).exists()


def test_nothing_is_written_over_a_file_that_should_not_be_there(book: Book) -> None:
    with pytest.raises(Conflict, match="exists"):
        store.apply(book, Change((Write(CUSTOMER, NEW),)))


def test_an_error_of_the_check_stops_the_write(book: Book, git: Git) -> None:
    bad = Problem(CUSTOMER, 1, "name", "x", "error", msg("no"))
    with pytest.raises(Invalid):
        store.apply(book, change(book), lambda _: [bad])
    assert git("status", "--porcelain") == ""
    assert git("rev-list", "--count", "HEAD") == "1"


def test_what_changes_nothing_makes_no_commit(book: Book, git: Git) -> None:
    raw = book.read(CUSTOMER)
    assert store.apply(book, Change((Write(CUSTOMER, raw, sha256(raw)),))) == store.Applied()
    assert git("rev-list", "--count", "HEAD") == "1"


def test_a_draft_is_approved_by_moving_its_folder(book: Book, git: Git) -> None:
    draft = "customers/drafts/draft-240601-k2m9"
    store.apply(
        book, Change((Write(f"{draft}/customer.yaml", "name: a\n"), Write(f"{draft}/order-1.yaml", "x: 1\n")))
    )
    (book.root / draft / "untracked.txt").write_text("mine")
    raw = book.read(f"{draft}/customer.yaml")
    target = "customers/2024/202406-002"
    writes = (Write(f"{draft}/customer.yaml", "name: a\nreview: ok\n", sha256(raw)),)
    applied = store.apply(book, Change(writes, (Move(draft, target),), message="approve"))
    assert (book.root / target / "customer.yaml").read_text() == "name: a\nreview: ok\n"
    assert (book.root / target / "untracked.txt").exists()
    assert not (book.root / "customers/drafts").exists()
    assert set(applied.paths) == {f"{target}/customer.yaml", target}
    assert sorted(git("ls-files", "customers").splitlines()) == [
        CUSTOMER, f"{target}/customer.yaml", f"{target}/order-1.yaml",
    ]  # fmt: skip
    assert git("status", "--porcelain") == f"?? {target}/untracked.txt"


def test_a_dossier_is_removed_with_its_folder(book: Book, git: Git) -> None:
    raw = book.read(CUSTOMER)
    store.apply(book, Change(deletes=(Delete(CUSTOMER, sha256(raw)),), message="rm"))
    assert not (book.root / "customers/2024").exists()
    assert git("ls-files", "customers") == ""
    assert git("status", "--porcelain") == ""


def test_permissions_stay(book: Book) -> None:
    path = book.root / CUSTOMER
    path.chmod(0o640)
    store.apply(book, change(book))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(book.state.stat().st_mode) == 0o700


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_link_leads_no_write_out_of_the_book(book: Book, tmp_path: Path, where: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "customer.yaml").write_text("theirs")
    if where == "file":
        (book.root / CUSTOMER).unlink()
        (book.root / CUSTOMER).symlink_to(outside / "customer.yaml")
        path, base = CUSTOMER, sha256(b"theirs")
    else:
        (book.root / "customers/2025").symlink_to(outside, target_is_directory=True)
        path, base = "customers/2025/202501-001/customer.yaml", None
    with pytest.raises(Refused):
        store.apply(book, Change((Write(path, NEW, base),)))
    assert [p.name for p in outside.iterdir()] == ["customer.yaml"]
    assert (outside / "customer.yaml").read_text() == "theirs"


def test_a_planted_state_folder_is_refused(book: Book, tmp_path: Path) -> None:
    book.state.symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(Refused):
        store.apply(book, change(book))
    assert not (tmp_path / "lock").exists()
    assert not (tmp_path / "journal").exists()


def test_an_id_chosen_inside_the_lock_is_there_for_the_change(book: Book) -> None:
    with (
        store.writing(book) as door,
        pytest.raises(Refused, match="another crm"),
        store.writing(book, wait=0.05),
    ):
        pass
    with store.writing(book) as door:
        raw = book.read(CUSTOMER)
        door.apply(Change((Write(CUSTOMER, NEW, sha256(raw)),)))
        door.apply(Change((Write(CUSTOMER, "name: again\n", sha256(NEW.encode())),)))
    assert book.read(CUSTOMER) == b"name: again\n"


def test_a_read_only_disk_is_told_plainly(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def read_only(path: str, flags: int, *rest: int, **more: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(30, "Read-only file system", path)
        return real(path, flags, *rest, **more)

    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(Refused, match="Read-only"):
        store.apply(book, change(book))
    assert store.recover(book) == ()


def test_deleting_the_state_folder_costs_nothing(book: Book) -> None:
    import shutil

    store.apply(book, change(book))
    shutil.rmtree(book.state)
    assert store.recover(book) == ()
    store.apply(book, Change((Write(CUSTOMER, "name: b\n", sha256(NEW.encode())),)))


def test_many_files_at_once(book: Book, git: Git) -> None:
    paths = [f"customers/2024/202406-{n:03d}/customer.yaml" for n in range(2, 60)]
    store.apply(book, Change(tuple(Write(p, f"name: {p}\n") for p in paths), message="import"))
    assert len(git("ls-files", "customers").splitlines()) == 59
    assert git("status", "--porcelain") == ""


def test_bytes_that_are_no_text(book: Book, git: Git) -> None:
    path = "customers/2024/202406-001/files/示例-营业执照-2024-06.pdf"
    raw = bytes(range(256)) * 20
    store.apply(book, Change((Write(path, raw),), message="attach"))
    assert (book.root / path).read_bytes() == raw
    assert git("status", "--porcelain") == ""
