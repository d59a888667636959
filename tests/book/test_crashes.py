"""Promises 1, 3 and 4: killed, full, failing, interrupted, or many at once: whole or not at all, and nothing lost."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from crmkit.book import store
from crmkit.book.disk import sha256
from crmkit.book.paths import Book
from crmkit.book.store import Change, Delete, Move, Write
from crmkit.errors import CrmError

Git = Callable[..., str]
CUSTOMER = "customers/2024/202406-001/customer.yaml"
FOLLOWUP = "customers/2024/202406-001/followup-240605-7k3m.yaml"
OLD, NEW, NEXT = "name: 北京示例\nnote: old\n", "name: 北京示例\nnote: new\n", "at: 2024-06-05\n"
CALLS = ("open", "write", "fsync", "rename", "link", "unlink", "mkdir", "rmdir")


def two_files(book: Book) -> None:
    base = sha256(book.read(CUSTOMER))
    store.apply(book, Change((Write(CUSTOMER, NEW, base), Write(FOLLOWUP, NEXT)), message="log"))


def naive(book: Book) -> None:
    for path, text in ((CUSTOMER, NEW), (FOLLOWUP, NEXT)):
        beside = book.root / f"{path}.tmp"
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(fd, text.encode())
        os.close(fd)
        os.rename(beside, book.root / path)  # noqa: PTH104 - the call that is counted


class Fault:
    """Lets the n-th mutating call of this process fail, or kill it."""

    def __init__(self, n: int, code: int, *, sticky: bool = False) -> None:
        self.left, self.code, self.sticky = n, code, sticky

    def install(self) -> None:
        for name in CALLS:
            setattr(os, name, self._wrap(getattr(os, name), name))

    def _wrap(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if name == "open" and not args[1] & (os.O_WRONLY | os.O_RDWR):
                return real(*args, **kwargs)
            self.left -= 1
            if self.left == 0 or (self.sticky and self.left < 0):
                if self.code == 0:
                    os._exit(9)
                raise OSError(self.code, os.strerror(self.code))
            return real(*args, **kwargs)

        return call


def run_with(fault: Fault, book: Book, what: Callable[[Book], None]) -> int:
    """0 acknowledged, 1 refused politely, 2 a traceback, 3 the fault was never reached, 9 killed; run in a child."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 2
    try:
        fault.install()
        what(book)
        code = 0 if fault.left < 1 else 3
    except CrmError:
        code = 1
    finally:
        os._exit(code)


def state(book: Book) -> str:
    read = {
        p: (book.root / p).read_text("utf-8") if (book.root / p).exists() else None
        for p in (CUSTOMER, FOLLOWUP)
    }
    if read == {CUSTOMER: NEW, FOLLOWUP: NEXT}:
        return "new"
    return "old" if read == {CUSTOMER: OLD, FOLLOWUP: None} else f"torn: {read}"


DRAFT, NUMBERED = "customers/drafts/draft-240601-k2m9", "customers/2024/202406-002"


def approval(book: Book) -> None:
    """A dossier's folder moves, with a file edited, one made and one removed in it."""
    one, gone = book.read(f"{DRAFT}/customer.yaml"), book.read(f"{DRAFT}/plan-1.yaml")
    writes = (
        Write(f"{DRAFT}/customer.yaml", NEW, sha256(one)),
        Write(f"{DRAFT}/order-1.yaml", NEXT),
    )
    deletes = (Delete(f"{DRAFT}/plan-1.yaml", sha256(gone)),)
    store.apply(book, Change(writes, (Move(DRAFT, NUMBERED),), deletes, message="approve"))


def moved_state(book: Book) -> str:
    read = {
        p.relative_to(book.root).as_posix(): p.read_bytes()
        for p in (book.root / "customers").rglob("*")
        if p.is_file() and "202406-001" not in p.parts
    }
    kept = {"files/a.pdf": b"\x00\xff"}
    old = kept | {"customer.yaml": OLD.encode(), "plan-1.yaml": b"name: x\n"}
    new = kept | {"customer.yaml": NEW.encode(), "order-1.yaml": NEXT.encode()}
    if read == {f"{NUMBERED}/{name}": raw for name, raw in new.items()}:
        return "new"
    return "old" if read == {f"{DRAFT}/{name}": raw for name, raw in old.items()} else f"torn: {read}"


def sweep(
    book: Book,
    git: Git,
    code: int,
    first: int,
    step: int,
    *,
    sticky: bool = False,
    what: Callable[[Book], None] = two_files,
    state: Callable[[Book], str] = state,
) -> int:
    """Put one fault at every `step`-th call from `first`; return how many calls there are."""
    point = first
    while True:
        ended = run_with(Fault(point, code, sticky=sticky), book, what)
        assert ended != 2, f"a traceback at call {point}"
        notes = store.recover(book)
        found = state(book)
        assert found in ({"new"} if ended in {0, 3} else {"new", "old"}), (point, ended, found)
        assert notes == (), (point, notes)
        assert git("status", "--porcelain") == "", point
        assert git("rev-list", "--count", "HEAD") == ("2" if found == "new" else "1"), point
        assert not (book.state / "journal").exists() or not list((book.state / "journal").iterdir()), point
        assert not list((book.root / ".git").glob("**/*.lock")), point
        assert not list((book.root / "customers").glob("**/*.tmp")), point
        git("reset", "-q", "--hard", "begin")
        if ended == 3:
            return point
        point += step


@pytest.fixture
def begun(book: Book, git: Git) -> Book:
    git("tag", "begin")
    return book


FAULTS = [
    pytest.param(0, False, id="kill"),
    pytest.param(errno.ENOSPC, False, id="ENOSPC"),
    pytest.param(errno.EIO, False, id="EIO"),
    pytest.param(errno.ENOSPC, True, id="ENOSPC for good"),
    pytest.param(errno.EROFS, True, id="EROFS for good"),
]


@pytest.fixture
def drafted(book: Book, git: Git) -> Book:
    folder = book.root / DRAFT
    (folder / "files").mkdir(parents=True)
    (folder / "customer.yaml").write_text(OLD, "utf-8")
    (folder / "plan-1.yaml").write_text("name: x\n", "utf-8")
    (folder / "files/a.pdf").write_bytes(b"\x00\xff")
    git("add", "-A")
    git("commit", "-q", "--amend", "--no-edit")
    git("tag", "begin")
    return book


@pytest.mark.parametrize(("code", "sticky"), FAULTS)
def test_a_fault_while_a_dossier_moves_leaves_all_or_nothing(
    drafted: Book, git: Git, code: int, sticky: bool
) -> None:
    assert sweep(drafted, git, code, 3, 7, sticky=sticky, what=approval, state=moved_state) > 40


@pytest.mark.slow
@pytest.mark.parametrize(("code", "sticky"), FAULTS)
def test_a_fault_at_every_call_leaves_all_or_nothing(begun: Book, git: Git, code: int, sticky: bool) -> None:
    assert sweep(begun, git, code, 1, 1, sticky=sticky) > 40


@pytest.mark.parametrize(("code", "sticky"), FAULTS)
def test_a_fault_at_some_calls_leaves_all_or_nothing(begun: Book, git: Git, code: int, sticky: bool) -> None:
    assert sweep(begun, git, code, 2, 9, sticky=sticky) > 40


def test_the_control_without_a_journal_is_torn(begun: Book, git: Git) -> None:
    torn = 0
    for point in range(1, 7):
        run_with(Fault(point, 0), begun, naive)
        torn += state(begun).startswith("torn")
        git("reset", "-q", "--hard", "begin")
        git("clean", "-fdq")
    assert torn >= 2


def _interrupted(book: Book, ready: int) -> NoReturn:
    """Write as a process of its own, saying when it is about to; 130 where Ctrl-C was heard."""
    code = 1
    try:
        os.write(ready, b".")
        two_files(book)
        code = 0
    except (KeyboardInterrupt, CrmError):
        code = 130
    finally:
        os._exit(code)


def interrupted_after(book: Book, seconds: float) -> int:
    """Send Ctrl-C to a writer that long after it began, and return how it ended; one that hangs is killed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            _interrupted(book, writer)
        finally:
            os._exit(130)  # Ctrl-C came while it was ending; nothing of pytest may go on in here
    os.close(writer)
    try:
        os.read(reader, 1)
        time.sleep(seconds)
        os.kill(pid, signal.SIGINT)
        for _ in range(1000):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    finally:
        os.close(reader)
    return -signal.SIGKILL


def test_ctrl_c_at_any_moment(begun: Book, git: Git) -> None:
    for step in range(14):
        ended = interrupted_after(begun, step * 0.006)
        assert ended in {0, 130, -signal.SIGINT}
        left = list((begun.state / "journal").iterdir()) if (begun.state / "journal").exists() else []
        assert left == [], "an interrupted change needs no recovery"
        assert state(begun) in ({"new"} if ended == 0 else {"old", "new"})
        assert git("status", "--porcelain") == ""
        git("reset", "-q", "--hard", "begin")


WRITER = """
import sys
from datetime import date
from pathlib import Path
from crmkit.book import layout, store
from crmkit.book.disk import sha256
book, me, n = layout.Book(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for i in range(n):
    with store.writing(book) as door:
        number, path = layout.new_customer(book, date(2024, 6, 5), draft=False)
        raw = book.read("products/list.yaml")
        door.apply(store.Change((
            store.Write(path, f"name: {me} {i}\\n"),
            store.Write("products/list.yaml", raw + f"{me}-{i}: {number}\\n".encode(), sha256(raw)),
        ), message=f"add {number}"))
    print(number, flush=True)
"""


def test_eight_writers_lose_nothing_and_share_no_number(book: Book, git: Git) -> None:
    each = 4
    store.apply(book, Change((Write("products/list.yaml", "a: b\n"),)))
    start = [sys.executable, "-c", WRITER, str(book.root)]
    writers = [
        subprocess.Popen([*start, f"w{n}", str(each)], stdout=subprocess.PIPE, text=True) for n in range(8)
    ]
    given = [line for w in writers for line in w.communicate(timeout=60)[0].split()]
    assert [w.returncode for w in writers] == [0] * 8
    assert len(given) == len(set(given)) == 8 * each
    assert len(book.read("products/list.yaml").splitlines()) == 1 + 8 * each
    assert git("rev-list", "--count", "HEAD") == str(2 + 8 * each)
    assert git("status", "--porcelain") == ""


def test_an_editor_that_saves_at_the_same_moment_loses_nothing(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmkit.book.disk import Disk

    real = Disk.put

    def just_before(self: Disk, source: Path, path: str) -> bool:
        if path == CUSTOMER:
            (self.root / path).write_text("name: theirs\n", "utf-8")
        return real(self, source, path)

    monkeypatch.setattr(Disk, "put", just_before)
    applied = store.apply(book, Change((Write(CUSTOMER, NEW, sha256(book.read(CUSTOMER))),)))
    assert book.read(CUSTOMER) == NEW.encode()
    assert len(applied.kept) == 1
    assert (book.state / "conflicts" / applied.kept[0]).read_text("utf-8") == "name: theirs\n"
    assert applied.kept[0] in applied.warning


def test_an_editor_that_saves_right_after_loses_nothing(
    book: Book, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the file held what was never committed: git gets our own text, not the file's."""
    from crmkit.book.disk import Disk

    real = Disk.put

    def right_after(self: Disk, source: Path, path: str) -> bool:
        done = real(self, source, path)
        (self.root / path).write_text("name: theirs\n", "utf-8")
        return done

    (book.root / CUSTOMER).write_text("name: never committed\n", "utf-8")
    monkeypatch.setattr(Disk, "put", right_after)
    store.apply(book, Change((Write(CUSTOMER, NEW, sha256(book.read(CUSTOMER))),)))
    assert book.read(CUSTOMER) == b"name: theirs\n"
    assert git("show", f"HEAD:{CUSTOMER}") == NEW.strip()


def test_what_comes_too_late_for_git_is_put_aside(book: Book, git: Git) -> None:
    lock = book.root / ".git/refs/heads/main.lock"
    lock.touch()
    (book.root / CUSTOMER).write_text("name: never committed\n", "utf-8")
    store.apply(book, Change((Write(CUSTOMER, NEW, sha256(book.read(CUSTOMER))),)))
    (book.root / CUSTOMER).write_text("name: by hand\n", "utf-8")
    lock.unlink()
    assert len(store.recover(book)) == 1
    assert [p.read_text("utf-8") for p in (book.state / "conflicts").iterdir()] == [NEW]
    assert git("rev-list", "--count", "HEAD") == "1"
    assert list((book.state / "journal").iterdir()) == []


def test_an_edit_after_a_crash_is_not_overwritten(book: Book, git: Git) -> None:
    """Killed after the commit point and before any file was touched; then somebody edits the file by hand."""
    from crmkit.book import before, journal
    from crmkit.book.disk import Disk

    change = Change((Write(CUSTOMER, NEW, sha256(book.read(CUSTOMER))), Write(FOLLOWUP, NEXT)), message="log")
    (book.state).mkdir()
    with Disk(book.root) as disk:
        journal.enter(journal.stage(book, disk, change, before.stamp(), {}), change, before.stamp())
    (book.root / CUSTOMER).write_text("name: by hand\n", "utf-8")
    notes = store.recover(book)
    assert len(notes) == 1
    assert book.read(CUSTOMER) == b"name: by hand\n"
    assert not (book.root / FOLLOWUP).exists()
    assert any(p.read_text("utf-8") == NEW for p in (book.state / "conflicts").iterdir())
    assert git("rev-list", "--count", "HEAD") == "1"


def test_a_damaged_journal_stops_nobody(book: Book) -> None:
    folder = book.state / "journal" / "00000001"
    folder.mkdir(parents=True)
    (folder / "manifest").write_bytes(b"\x00\xff garbage\n{")
    (folder / "0").write_text(NEW, "utf-8")
    assert len(store.recover(book)) == 1
    assert book.read(CUSTOMER) == OLD.encode()
    two_files(book)
    assert state(book) == "new"


@pytest.mark.parametrize("failing", [1, 2])
def test_what_cannot_be_made_durable_is_not_called_saved(
    begun: Book, git: Git, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    from crmkit.book.disk import Disk

    left = [failing]

    def flush(self: Disk) -> None:
        left[0] -= 1
        if left[0] == 0 or (failing == 1 and left[0] < 0):
            raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(Disk, "flush", flush)
        with pytest.raises(CrmError, match="the disk failed"):
            two_files(begun)
    assert store.recover(begun) == ()
    assert state(begun) == "new"
    assert git("rev-list", "--count", "HEAD") == "2"
    assert git("status", "--porcelain") == ""
