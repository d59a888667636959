"""What was told, to whom, over which target: kept in the user's state folder, not in the book.

The book's `.crm` may be deleted at any time, and a clone must not bring anybody's memory along. Rows and people are
kept as hashes. A row that a person is to be told over a target is an *item*; items that go in one message belong to
a *letter*, which exists from the moment before it is sent until it is known whether it arrived.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.book.paths import SETTINGS
from crmkit.errors import Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.book.layout import Book

VERSION = 1
KEPT = timedelta(days=400)
"""How long a told row is remembered that is due no more: it may come back by an undo."""

WAIT = 60.0
"""Seconds that a second run waits for the first."""

_PAUSE = 0.05
_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE letter(
  id INTEGER PRIMARY KEY, target TEXT NOT NULL, key TEXT NOT NULL, tries INTEGER NOT NULL, wait TEXT NOT NULL);
CREATE TABLE item(
  row TEXT NOT NULL, person TEXT NOT NULL, target TEXT NOT NULL, letter INTEGER, sent TEXT NOT NULL,
  PRIMARY KEY(row, person, target)) WITHOUT ROWID;
CREATE INDEX item_target ON item(target, sent);
CREATE INDEX item_letter ON item(letter);
"""


class Occupied(Exception):
    """Another run is at it."""


@dataclass(frozen=True, slots=True)
class Open:
    """A letter of which nobody knows whether it arrived; `wait` is the time before which it is not sent again."""

    id: int
    key: str
    tries: int
    wait: str
    rows: frozenset[str]
    people: frozenset[str]


class Memory:
    """The open memory of one book."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # what is to be told

    def plan(self, wanted: Mapping[tuple[str, str], Iterable[str]], known: Iterable[str]) -> None:
        """Note over which targets each row and person is to be told: `{(row, person): targets}`.

        Once noted it stays, so that a target added later is not told old rows; a row that was never told over any
        target that is still `known` is noted anew.
        """
        known = set(known)
        with self._change() as db:
            gone = {t for (t,) in db.execute("SELECT DISTINCT target FROM item WHERE sent = ''")} - known
            db.executemany("DELETE FROM item WHERE sent = '' AND target = ?", [(t,) for t in gone])
            db.executemany("DELETE FROM letter WHERE target = ?", [(t,) for t in gone])
            have = set(db.execute("SELECT row, person FROM item"))
            stands = {
                (r, t): (n, s) for r, t, n, s in db.execute("SELECT row, target, letter, sent FROM item")
            }
            db.executemany(  # over a target that others share the row may have been told, or be on its way
                "INSERT INTO item VALUES(?, ?, ?, ?, ?)",
                [
                    (row, person, target, *stands.get((row, target), (None, "")))
                    for (row, person), targets in wanted.items()
                    if (row, person) not in have
                    for target in targets
                ],
            )

    def noted(self) -> set[tuple[str, str]]:
        """Return `(row, person)` of all that was told or is to be."""
        return set(self._db.execute("SELECT row, person FROM item"))

    def forget(self, present: Iterable[str], now: datetime) -> None:
        """Drop what is due no more: unsent rows at once (they were answered), told ones after `KEPT`."""
        with self._change() as db:
            db.execute("CREATE TEMP TABLE IF NOT EXISTS present(row TEXT PRIMARY KEY) WITHOUT ROWID")
            db.execute("DELETE FROM present")
            db.executemany("INSERT OR IGNORE INTO present VALUES(?)", [(row,) for row in present])
            gone = "row NOT IN (SELECT row FROM present)"
            db.execute(f"DELETE FROM item WHERE sent = '' AND letter IS NULL AND {gone}")  # noqa: S608 - ours
            before = (now - KEPT).isoformat()
            db.execute(f"DELETE FROM item WHERE sent <> '' AND sent < ? AND {gone}", [before])  # noqa: S608

    def waiting(self, target: str) -> list[tuple[str, str]]:
        """Return `(row, person)` of what is to be told over a target and is in no letter."""
        sql = "SELECT row, person FROM item WHERE target = ? AND sent = '' AND letter IS NULL ORDER BY row, person"
        return list(self._db.execute(sql, [target]))

    def open_letters(self, target: str) -> list[Open]:
        """Return the letters to a target of which nobody knows whether they arrived, the oldest first."""
        found = []
        sql = "SELECT id, key, tries, wait FROM letter WHERE target = ? ORDER BY id"
        for ident, key, tries, wait in self._db.execute(sql, [target]).fetchall():
            items = self._db.execute("SELECT row, person FROM item WHERE letter = ?", [ident]).fetchall()
            rows, people = frozenset(r for r, _ in items), frozenset(p for _, p in items)
            found.append(Open(ident, key, tries, wait, rows, people))
        return found

    # one letter

    def reserve(self, target: str, key: str, rows: Iterable[str]) -> int:
        """Note, durably, that a letter with these rows is about to be sent; return its number."""
        with self._change() as db:
            ident = db.execute("INSERT INTO letter VALUES(NULL, ?, ?, 0, '')", [target, key]).lastrowid or 0
            sql = "UPDATE item SET letter = ? WHERE target = ? AND row = ? AND sent = '' AND letter IS NULL"
            db.executemany(sql, [(ident, target, row) for row in rows])
        return ident

    def sent(self, letter: int, rows: Iterable[str], now: datetime) -> None:
        """Note that a letter with these rows arrived; what else belonged to it was due no more."""
        with self._change() as db:
            sql = "UPDATE item SET sent = ?, letter = NULL WHERE letter = ? AND row = ?"
            db.executemany(sql, [(now.isoformat(), letter, row) for row in rows])
            self._drop(db, letter)

    def refused(self, letter: int) -> None:
        """Note that a letter surely did not arrive: its rows may go in another."""
        with self._change() as db:
            db.execute("UPDATE item SET letter = NULL WHERE letter = ?", [letter])
            db.execute("DELETE FROM letter WHERE id = ?", [letter])

    def unsure(self, letter: int, wait: datetime) -> None:
        """Note that nobody knows whether a letter arrived: the same one goes again after `wait`."""
        with self._change() as db:
            sql = "UPDATE letter SET tries = tries + 1, wait = ? WHERE id = ?"
            db.execute(sql, [wait.isoformat(), letter])

    def dropped(self, letter: int) -> None:
        """Note that nothing of a letter is due any more."""
        with self._change() as db:
            self._drop(db, letter)

    @staticmethod
    def _drop(db: sqlite3.Connection, letter: int) -> None:
        db.execute("DELETE FROM item WHERE letter = ?", [letter])
        db.execute("DELETE FROM letter WHERE id = ?", [letter])


# the file


def folder(env: Mapping[str, str]) -> Path:
    """Return where memories are kept: `crmkit/notify` in the user's state folder."""
    base = env.get("XDG_STATE_HOME", "")
    home = Path(env.get("HOME") or "~").expanduser()
    return (Path(base) if base.startswith("/") else home / ".local" / "state") / "crmkit" / "notify"


def book_key(book: Book) -> str:
    """Return what a book's memory goes by: where the book lies.

    Not its first commit: two books made in the same second share it, and would take each other's rows for told.
    """
    return blake2b(os.fsencode(book.root), digest_size=8).hexdigest()


@contextmanager
def remembered(book: Book, env: Mapping[str, str]) -> Iterator[Memory]:
    """Hold the memory of a book, alone. Raises Occupied after `WAIT` seconds, Refused where it cannot be trusted."""
    where = folder(env)
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = book_key(book)
    with _alone(where / f"{key}.lock", WAIT):
        origin = _origin(book)
        path = where / f"{key}.sqlite"
        _settle(path, origin)
        memory = Memory(_opened(path, book, origin))
        try:
            yield memory
        finally:
            memory.close()


@contextmanager
def imagined(book: Book, env: Mapping[str, str]) -> Iterator[Memory]:
    """Hold a copy of a book's memory that changes nothing on disk and waits for nobody: for a trial."""
    origin = _origin(book)
    path = _found(folder(env) / f"{book_key(book)}.sqlite", origin)
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        if path is None:
            db.executescript(_TABLES)
        else:
            with _closing(path) as source:
                source.backup(db)
    except sqlite3.DatabaseError:
        db.close()
        raise _untrusted(path or folder(env)) from None
    memory = Memory(db)
    try:
        yield memory
    finally:
        memory.close()


@contextmanager
def _alone(path: Path, wait: float) -> Iterator[None]:
    """Hold a lock that the kernel gives back whatever happens to its holder; its file is never deleted."""
    import fcntl
    import time

    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        end = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise Occupied from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(fd)


def _opened(path: Path, book: Book, origin: str) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    try:
        db = sqlite3.connect(path, isolation_level=None, timeout=10)
        db.execute("PRAGMA synchronous = EXTRA")  # the reservation must survive a power cut, its name too
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            db.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        elif db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise _untrusted(path)
        if version > VERSION:
            raise Refused(
                N_("{path} was written by a newer crmkit"),
                hint=N_("use that one: crm --version"),
                path=str(path),
            )
        facts = {"path": os.fsencode(book.root).hex(), "origin": origin}
        known = dict(db.execute("SELECT key, value FROM meta"))
        if new := {k: v for k, v in facts.items() if v and known.get(k) != v}:
            db.executemany("INSERT OR REPLACE INTO meta VALUES(?, ?)", new.items())
    except sqlite3.DatabaseError as e:
        if isinstance(e, sqlite3.OperationalError) and "malformed" not in str(e):
            raise Refused(
                N_("what was sent cannot be kept in {path}, so nothing is sent: {why}"),
                path=str(path),
                why=str(e),
            ) from None
        raise _untrusted(path) from None
    return db


def _untrusted(path: Path) -> Refused:
    return Refused(
        N_("{path} is damaged: what was sent is not known, so nothing is sent"),
        hint=N_("delete it to start again; what is due now is then told once more"),
        path=str(path),
    )


@contextmanager
def _closing(path: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=10)
    try:
        yield db
    finally:
        db.close()


def _meta(path: Path) -> dict[str, str]:
    """Return which book a memory is of, {} where that cannot be told."""
    try:
        with _closing(path) as db:
            return dict(db.execute("SELECT key, value FROM meta"))
    except (sqlite3.DatabaseError, ValueError):
        return {}


def _found(path: Path, origin: str) -> Path | None:
    """Return the memory of the book that lies here: its own, else the one from where it lay before."""
    commits = set(origin.split())
    if path.exists():
        was = set(_meta(path).get("origin", "").split())
        return path if not was or not commits or was & commits else None
    for other in sorted(path.parent.glob("*.sqlite")) if commits else ():
        meta = _meta(other)
        lay = os.fsdecode(bytes.fromhex(meta.get("path", "")))
        if commits & set(meta.get("origin", "").split()) and not (Path(lay) / SETTINGS).exists():
            return other
    return None


def _settle(path: Path, origin: str) -> None:
    """Take over this book's memory from where it lay before, or put that of another book aside."""
    found = _found(path, origin)
    if found is None and path.exists():
        path.replace(path.with_suffix(".was"))
    elif found is not None and found != path:
        with suppress(Occupied), _alone(found.with_suffix(".lock"), 0):
            found.replace(path)


def _origin(book: Book) -> str:
    """Return the book's first commits and its place in the repository, "" without any: what stays when it moves."""
    from crmkit.git import plumbing

    try:
        repository = plumbing.discover(book.root)
        if (repository.git_dir / "shallow").exists():
            return ""
        out = plumbing.run(book.root, "rev-list", "--max-parents=0", "HEAD")
    except plumbing.GitError:
        return ""
    place = blake2b(repository.prefix.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return " ".join(f"{commit}.{place}" for commit in sorted(out.decode("ascii", "replace").split()))
