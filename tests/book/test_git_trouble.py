"""Promises 8 and 9: git's trouble never blocks saving and never hangs; a foreign book runs nothing."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crmkit.book import store
from crmkit.book.disk import sha256
from crmkit.book.paths import Book
from crmkit.book.store import Applied, Change, Write
from crmkit.git import plumbing

Git = Callable[..., str]
CUSTOMER = "customers/2024/202406-001/customer.yaml"
NEW = "name: 北京示例\nnote: new\n"


def save(book: Book, text: str = NEW) -> Applied:
    applied = store.apply(book, Change((Write(CUSTOMER, text, sha256(book.read(CUSTOMER))),), message="set"))
    assert book.read(CUSTOMER).decode() == text
    return applied


@pytest.fixture(autouse=True)
def _quick() -> object:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 15


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_without_git_nothing_is_said(plain: Book) -> None:
    assert save(plain) == Applied("", (CUSTOMER,), "")


def test_without_the_program(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    plumbing.program.cache_clear()
    try:
        assert "no git program" in save(book).warning
    finally:
        plumbing.program.cache_clear()


def test_without_an_identity(book: Book, git: Git, tmp_path: Path) -> None:
    (tmp_path / "gitconfig").write_text("")
    assert save(book).warning == ""
    assert git("log", "-1", "--format=%an <%ae>") == "crm <>"
    assert git("fsck", "--strict") == ""


def test_with_failing_hooks_and_a_signature_that_asks(book: Book, git: Git) -> None:
    for name in ("pre-commit", "commit-msg", "reference-transaction", "post-index-change", "post-commit"):
        executable(book.root / ".git/hooks" / name, "#!/bin/sh\nexit 1\n")
    executable(book.root.parent / "gpg", "#!/bin/sh\nsleep 1000\n")
    git("config", "commit.gpgSign", "true")
    git("config", "gpg.program", str(book.root.parent / "gpg"))
    assert save(book).commit
    assert git("status", "--porcelain") == ""


def test_with_a_stale_index_lock_the_next_command_catches_up(book: Book, git: Git) -> None:
    lock = book.root / ".git/index.lock"
    lock.touch()
    applied = save(book)
    assert "index.lock" in applied.warning
    assert git("log", "-1", "--format=%s") == "set"
    assert lock.exists(), "somebody else's lock stays"
    lock.unlink()
    assert store.recover(book) == ()
    assert git("status", "--porcelain") == ""
    assert git("rev-list", "--count", "HEAD") == "2"


def test_with_the_branch_locked_the_next_command_commits(book: Book, git: Git) -> None:
    lock = book.root / ".git/refs/heads/main.lock"
    lock.touch()
    assert "not committed" in save(book).warning
    assert save(book, "name: later\n").commit == ""
    lock.unlink()
    assert store.recover(book) == ()
    assert git("log", "--format=%s").splitlines() == ["set", "set", "begin"]
    assert git("show", "HEAD~1:" + CUSTOMER) == NEW.strip()
    assert git("status", "--porcelain") == ""


def test_a_book_named_by_a_relative_path(book: Book, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(book.root.parent)
    applied = save(Book(Path("book")))
    assert applied.commit
    assert applied.warning == ""
    assert git("status", "--porcelain") == ""


def test_on_a_detached_head(book: Book, git: Git) -> None:
    git("checkout", "-q", "--detach")
    assert save(book).commit
    assert git("status", "--porcelain") == ""


def test_before_the_first_commit(plain: Book, git: Git) -> None:
    git("init", "-q", "-b", "feature/new")
    assert save(plain).commit
    assert git("ls-tree", "-r", "--name-only", "HEAD") == CUSTOMER


def test_with_packed_branches(book: Book, git: Git) -> None:
    git("pack-refs", "--all")
    git("gc", "-q")
    assert save(book).commit
    assert git("fsck", "--strict") == ""
    assert git("log", "--format=%s").splitlines() == ["set", "begin"]


def test_in_the_middle_of_a_merge(book: Book, git: Git) -> None:
    git("checkout", "-q", "-b", "other")
    (book.root / "crm.yaml").write_text("name: a\n")
    git("commit", "-qam", "a")
    git("checkout", "-q", "main")
    (book.root / "crm.yaml").write_text("name: b\n")
    git("commit", "-qam", "b")
    git("merge", "other", check=False)
    assert save(book).commit
    assert git("status", "--porcelain") == "UU crm.yaml"
    git("checkout", "--theirs", "crm.yaml")
    git("add", "crm.yaml")
    git("commit", "-qm", "merged")
    assert git("show", f"HEAD:{CUSTOMER}") == NEW.strip()


def test_in_a_work_tree_beside(book: Book, git: Git, tmp_path: Path) -> None:
    git("worktree", "add", "-q", str(tmp_path / "beside"))
    other = Book(tmp_path / "beside")
    applied = save(other)
    assert applied.commit
    assert applied.warning == ""
    assert git("log", "-1", "--format=%s", "beside") == "set"
    assert git("log", "-1", "--format=%s", "main") == "begin"
    done = subprocess.run(
        ["git", "-C", str(other.root), "status", "--porcelain"], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""


def test_in_a_folder_of_a_bigger_repository(plain: Book, tmp_path: Path) -> None:
    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *words], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    assert "does not hold this book" in save(plain).warning, (
        "a repository that knows nothing of the book is left alone"
    )
    git("add", "book")
    git("commit", "-qm", "begin")
    save(plain, "name: again\n")
    assert git("show", "--format=%s", "--name-only").split() == ["set", f"book/{CUSTOMER}"]
    assert git("status", "--porcelain", "book") == ""


def test_in_a_repository_with_the_other_hash(plain: Book, git: Git) -> None:
    git("init", "-q", "-b", "main", "--object-format=sha256")
    git("add", "-A")
    git("commit", "-qm", "begin")
    assert save(plain).commit
    assert git("fsck", "--strict") == ""
    assert git("status", "--porcelain") == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give the folder away")
def test_in_somebody_elses_repository(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (book.root, book.root / ".git"):
        os.chown(path, 65534, 65534)
    applied = save(book)
    assert "safe.directory" in applied.warning
    assert applied.commit == ""


def test_with_a_broken_repository(book: Book) -> None:
    (book.root / ".git/config").write_text("[core\n")
    assert "git says" in save(book).warning


def test_a_git_that_hangs_is_ended(book: Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    executable(tmp_path / "bin/git", "#!/bin/sh\nexec sleep 100\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr(plumbing, "TIMEOUT", 0.3)
    plumbing.program.cache_clear()
    try:
        assert "did not answer" in save(book).warning
    finally:
        plumbing.program.cache_clear()


def test_a_commit_by_hand_during_ours_is_kept(book: Book, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmkit.git import commit

    real = commit.publish
    left = [2]

    def late(ready: commit.Ready, folder: Path) -> None:
        if left[0]:
            left[0] -= 1
            (book.root / "crm.yaml").write_text(f"name: {left[0]}\n")
            git("commit", "-qm", "by hand", "crm.yaml")
        real(ready, folder)

    monkeypatch.setattr(commit, "publish", late)
    assert save(book).commit
    assert git("log", "--format=%s").splitlines() == ["set", "by hand", "by hand", "begin"]
    assert git("show", "HEAD:crm.yaml") == "name: 0"
    assert git("status", "--porcelain") == ""


def plant(book: Book, git: Git, mark: Path) -> None:
    """Let every way in which a repository can run a program leave a line in `mark`."""
    run = book.root.parent / "run"
    executable(run, f'#!/bin/sh\necho "$@" >> {mark}\ncat\n')
    for hook in (
        "pre-commit",
        "post-commit",
        "reference-transaction",
        "post-index-change",
        "prepare-commit-msg",
        "commit-msg",
        "pre-auto-gc",
        "post-checkout",
    ):
        executable(book.root / ".git/hooks" / hook, f"#!/bin/sh\necho {hook} >> {mark}\n")
    (book.root / ".gitattributes").write_text("*.yaml filter=evil diff=evil merge=evil\n")
    (book.root / ".git/info").mkdir(exist_ok=True)
    (book.root / ".git/info/attributes").write_text(
        "* filter=evil diff=evil\ncrm.yaml filter=a=b.c\n.gitignore filter=p\n"
    )
    for name, value in {
        "filter.evil.clean": str(run), "filter.evil.smudge": str(run), "filter.evil.required": "true", "filter.a=b.c.clean": str(run), "filter.p.process": str(run),
        "diff.evil.textconv": str(run), "diff.evil.command": str(run), "diff.external": str(run),
        "core.fsmonitor": str(run), "core.hooksPath": str(book.root / ".git/hooks"), "core.editor": str(run), "core.pager": str(run),
        "core.sshCommand": str(run), "core.askPass": str(run), "credential.helper": f"!{run}", "gpg.program": str(run),
        "commit.gpgSign": "true", "alias.cat-file": f"!{run}", "alias.commit": f"!{run}", "core.alternateRefsCommand": str(run),
        "remote.origin.url": f"ext::{run}", "remote.origin.promisor": "true", "extensions.partialClone": "origin", "core.repositoryFormatVersion": "1",
        "uploadpack.packObjectsHook": str(run), "log.showSignature": "true", "interactive.diffFilter": str(run), "sequence.editor": str(run),
    }.items():  # fmt: skip
        git("config", name, value)


def test_a_foreign_book_runs_nothing(book: Book, git: Git, tmp_path: Path) -> None:
    from crmkit.book import undo

    mark = tmp_path / "ran"
    plant(book, git, mark)
    mark.unlink(missing_ok=True)
    applied = save(book)
    assert applied.commit
    taken = undo.last(book)
    store.apply(book, taken.change)
    plumbing.user_email(book.root)
    assert not mark.exists(), mark.read_text()
    (book.root / CUSTOMER).write_text("name: x\n")
    git("add", CUSTOMER, check=False)
    git("commit", "-m", "x", CUSTOMER, check=False)
    assert mark.exists(), "the control: plain git runs them"


def test_a_missing_object_is_not_fetched_by_a_foreign_helper(book: Book, git: Git, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    plant(book, git, mark)
    mark.unlink(missing_ok=True)
    tree = subprocess.run(
        ["git", "-C", str(book.root), "rev-parse", "HEAD:customers"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GIT_ALLOW_PROTOCOL": "none"},
    ).stdout.strip()
    (book.root / ".git/objects" / tree[:2] / tree[2:]).chmod(stat.S_IRWXU)
    (book.root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    mark.unlink(missing_ok=True)
    assert save(book).commit == ""
    assert not mark.exists(), mark.read_text()


def test_a_git_in_the_current_folder_is_not_run(
    book: Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    executable(book.root / "git", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")
    monkeypatch.chdir(book.root)
    plumbing.program.cache_clear()
    try:
        assert save(book).commit
    finally:
        plumbing.program.cache_clear()
    assert not (tmp_path / "ran").exists()


def test_the_environment_leads_git_nowhere_else(
    book: Book, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copytree(book.root / ".git", tmp_path / "elsewhere")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    save(book)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git("log", "-1", "--format=%s") == "set"
    assert git("status", "--porcelain") == ""
