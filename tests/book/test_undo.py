from __future__ import annotations

from collections.abc import Callable

import pytest

from crmkit.book import layout, store, undo
from crmkit.book.disk import sha256
from crmkit.book.paths import Book
from crmkit.book.store import Change, Delete, Write
from crmkit.errors import Conflict, Refused
from crmkit.git.plumbing import NoGit

Git = Callable[..., str]
CUSTOMER = "customers/2024/202406-001/customer.yaml"
FOLLOWUP = "customers/2024/202406-001/followup-240605-7k3m.yaml"
OLD, NEW = (
    b"name: \xe5\x8c\x97\xe4\xba\xac\xe7\xa4\xba\xe4\xbe\x8b\nnote: old\n",
    "name: 北京示例\nnote: new\n",
)


def log(book: Book) -> None:
    store.apply(
        book, Change((Write(CUSTOMER, NEW, sha256(OLD)), Write(FOLLOWUP, "at: 1\n")), message="log 北京示例")
    )


def test_the_last_change_is_taken_back_and_redone(book: Book, git: Git) -> None:
    log(book)
    taken = undo.last(book, ("李四", "l@example.com"))
    assert (taken.subject, taken.redo, set(taken.files)) == ("log 北京示例", False, {CUSTOMER, FOLLOWUP})
    store.apply(book, taken.change)
    assert book.read(CUSTOMER) == OLD
    assert not (book.root / FOLLOWUP).exists()
    again = undo.last(book)
    assert again.redo
    store.apply(book, again.change)
    assert book.read(CUSTOMER) == NEW.encode()
    store.apply(book, undo.last(book).change)
    assert git("log", "--format=%s").splitlines() == [
        "undo: log 北京示例", "redo: log 北京示例", "undo: log 北京示例", "log 北京示例", "begin",
    ]  # fmt: skip
    assert git("status", "--porcelain") == ""


def test_what_was_edited_since_is_not_taken_back(book: Book) -> None:
    log(book)
    (book.root / CUSTOMER).write_text("name: by hand\n")
    with pytest.raises(Conflict):
        store.apply(book, undo.last(book).change)
    assert book.read(CUSTOMER) == b"name: by hand\n"


def test_a_number_that_was_given_is_not_given_again(book: Book) -> None:
    from datetime import date

    path = "customers/2024/202406-002/customer.yaml"
    store.apply(book, Change((Write(path, "name: a\n"),), message="add"))
    store.apply(book, undo.last(book).change)
    assert not (book.root / path).exists()
    assert layout.next_number(book, date(2024, 6, 1)) == "202406-003"
    store.apply(book, undo.last(book).change)
    assert book.read(path) == b"name: a\n"
    assert not (book.root / layout.RETIRED).exists()


def test_a_removal_is_taken_back(book: Book) -> None:
    store.apply(book, Change(deletes=(Delete(CUSTOMER, sha256(OLD)),), message="rm"))
    store.apply(book, undo.last(book).change)
    assert book.read(CUSTOMER) == OLD


def test_there_may_be_nothing_to_undo(book: Book, plain: Book, git: Git) -> None:
    with pytest.raises(Refused, match="nothing to undo"):
        undo.last(book)


def test_without_git_there_is_no_undo(plain: Book) -> None:
    with pytest.raises(NoGit):
        undo.last(plain)


def test_a_merge_is_left_to_git(book: Book, git: Git) -> None:
    git("checkout", "-q", "-b", "other")
    (book.root / "a.txt").write_text("a")
    git("add", "a.txt")
    git("commit", "-qm", "a")
    git("checkout", "-q", "main")
    log(book)
    git("merge", "-q", "--no-edit", "other")
    with pytest.raises(Refused, match="joined"):
        undo.last(book)
