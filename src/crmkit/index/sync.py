"""Bring the index up to date: what changed in the files is read again, and nothing else.

`refresh` looks at every file (files.py) and returns at once where the look gives the same number as last time.
Otherwise it reads the folders whose signature differs, compares by content, and writes what is new. Where the stamp
does not fit (damage, another crmkit, other settings, no index yet) everything is made anew beside the old index.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crmkit.book.paths import CHORES
from crmkit.index import files, schema, stamp
from crmkit.index.stamp import Stamp

if TYPE_CHECKING:
    from sqlite3 import Connection

    from crmkit.book.paths import Book
    from crmkit.index.load import Loader, Rows
    from crmkit.settings.model import Settings

Progress = Callable[[int, int], None]
"""Called with (folders done, folders in all) during a long build."""

DATABASE = "index.sqlite"
STAMP = "index.stamp"
LOCK = "index.lock"
YEARS_AHEAD = 2
_MANY = 2000
"""Folders that are new at once (an import) from which making the index anew is quicker."""
_MASK = 0xFFFFFFFFFFFFFFFF


class Refreshed(NamedTuple):
    """What a refresh did: folders read again, and whether the index, or all its agendas, were made anew."""

    changed: int = 0
    rebuilt: bool = False


class Sync:
    """Keeps one book's index file; `connection` is set when the index can live only in memory."""

    def __init__(self, book: Book, progress: Progress | None = None) -> None:
        """Touches no file yet."""
        self.book = book
        self.progress = progress
        self.folder = str(book.cache)
        self.database = f"{self.folder}/{DATABASE}"
        self.stamp_path = f"{self.folder}/{STAMP}"
        self.root = str(book.root)
        self.connection: Connection | None = None
        self.horizon = ""
        self._looked: tuple[list[bytes], list[int]] = ([], [])

    def refresh(self, upto: date | None = None) -> Refreshed:
        """Bring the index up to date, with agendas up to `upto` at least.

        Raises SettingsError for a broken crm.yaml.
        """
        wanted = upto.isoformat() if upto else ""
        known = stamp.read(self.stamp_path)
        if known and known.horizon >= wanted and self._fits(known) and self._look(known):
            self.horizon = known.horizon
            return Refreshed()
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - pathlib costs time
            with _locked(f"{self.folder}/{LOCK}"):
                return self._refresh_locked(wanted)
        except OSError as e:
            if isinstance(e, FileNotFoundError):
                raise
            return self._in_memory(wanted)

    def recall(self) -> bool:
        """Take the index as it was left, without a look at the files; False where none fits."""
        known = stamp.read(self.stamp_path)
        if known is None or not self._fits(known):
            return False
        self.horizon = known.horizon
        return True

    @property
    def version(self) -> Stamp | None:
        """What the index was last known by; another one means that something is new in it."""
        return stamp.read(self.stamp_path)

    def _fits(self, known: Stamp) -> bool:
        """Whether the index file is the one that the stamp names, made by this crmkit for these settings."""
        return (
            known.database == stamp.numbers(self.database)
            and not os.path.exists(f"{self.database}-journal")  # noqa: PTH110 - pathlib costs time
            and known.key == schema.fingerprint()
            and known.settings == stamp.numbers(f"{self.root}/crm.yaml")
        )

    def _look(self, known: Stamp) -> bool:
        """Look at all files; whether the book is as the index knows it."""
        root = os.fsencode(self.root)
        paths = files.folders(root, known.places)
        sigs = files.signatures(root, paths, _prepare)
        self._looked = paths, sigs
        return sum(sigs) & _MASK == known.total

    def _refresh_locked(self, wanted: str) -> Refreshed:
        known = stamp.read(self.stamp_path)
        other = bool(known and known.horizon >= wanted and not self._usable(known))
        if known and other:
            known = self._other_rules(known)
        if known is None or known.horizon < wanted:
            return self._rebuild(wanted)
        self.horizon = known.horizon
        if self._look(known) and known.settings == stamp.numbers(f"{self.root}/crm.yaml"):
            return Refreshed(rebuilt=other)
        try:
            return self._update(known)._replace(rebuilt=other)
        except sqlite3.DatabaseError:
            return self._rebuild(wanted)

    def _usable(self, known: Stamp) -> bool:
        settings = stamp.numbers(f"{self.root}/crm.yaml")
        if known.settings != settings and self._settings_digest() != known.digest:
            return False
        return self._fits(known._replace(settings=settings))

    def _other_rules(self, known: Stamp) -> Stamp | None:
        """Reckon all agendas anew where crm.yaml has other rules and nothing else is new; else return None."""
        from crmkit.index import rules_changed

        settings_at = self._settings_settled()
        if not self._fits(known._replace(settings=stamp.numbers(f"{self.root}/crm.yaml"))):
            return None
        digest = rules_changed.apply(self.book, self.database, known.horizon, self.progress)
        if digest is None:
            return None
        fresh = known._replace(settings=settings_at, digest=digest)
        self._write_stamp(fresh)
        return stamp.read(self.stamp_path)

    def _settings_digest(self) -> str:
        from hashlib import sha256

        try:
            with open(f"{self.root}/crm.yaml", "rb") as file:  # noqa: PTH123 - pathlib costs time
                return sha256(file.read()).hexdigest()
        except FileNotFoundError:
            return ""

    def _update(self, known: Stamp) -> Refreshed:
        """Read the folders that look different and write what is new in them."""
        db = connect(self.database)
        try:
            before = dict(db.execute("SELECT path, sig FROM folder"))
            paths, sigs = self._looked
            now = {os.fsdecode(p): s for p, s in zip(paths, sigs, strict=True) if s}
            differing = [p for p, s in now.items() if before.get(p) != s]
            if len(differing) > _MANY and len(differing) > len(before):
                db.close()
                return self._rebuild(known.horizon)  # by several processes
            gone = [p for p in before if p not in now]
            fresh = self._settled(differing)
            settings_at = self._settings_settled()
            db.execute("BEGIN IMMEDIATE")
            changed = self._read_again(db, known, fresh)
            for path in gone:
                remove(db, path)
                changed += 1
            if CHORES in gone:
                insert_duties(db, loader_of(self.book, db, known.horizon))
            db.executemany("DELETE FROM folder WHERE path = ?", [(p,) for p in gone])
            db.commit()
        except BaseException:
            db.rollback()
            raise
        finally:
            db.close()
        total = (known.total + sum(fresh.values()) - sum(before.get(p, 0) for p in (*fresh, *gone))) & _MASK
        self._write_stamp(known._replace(total=total, settings=settings_at))
        return Refreshed(changed)

    def _settled(self, paths: list[str]) -> dict[str, int]:
        """Return the signatures of `paths`, taken when the clock had moved past their latest change.

        A folder that was changed within the clock's grain, or in the future, gets 0, so that it is looked into again.
        """
        root = os.fsencode(self.root)
        raw = [os.fsencode(p) for p in paths]
        latest = max((files.entries(root, p)[1] for p in raw), default=0)
        stamp.past(self.folder, latest)
        moment = stamp.clock(self.folder)
        sigs = files.signatures(root, raw)
        return {
            p: s if files.entries(root, r)[1] < moment else 0
            for p, r, s in zip(paths, raw, sigs, strict=True)
        }

    def _settings_settled(self) -> tuple[int, ...]:
        found = stamp.numbers(f"{self.root}/crm.yaml")
        return found if found and stamp.past(self.folder, found[3]) else (0, 0, 0, 0)

    def _read_again(self, db: Connection, known: Stamp, fresh: Mapping[str, int]) -> int:
        """Read the folders in `fresh` (with their new signatures); return how many hold something else than before."""
        from crmkit.index.load import content_hash

        hashes = dict(db.execute("SELECT path, hash FROM folder"))
        loader: Loader | None = None
        changed = 0
        for path, sig in fresh.items():
            names, _ = files.entries(os.fsencode(self.root), os.fsencode(path))
            same = content_hash(self.root, path, names)
            if same != hashes.get(path):
                loader = loader or loader_of(self.book, db, known.horizon)
                remove(db, path)
                found = loader.folder(path, names)
                insert(db, found.rows)
                same = found.hash
                changed += 1
            db.execute("INSERT OR REPLACE INTO folder VALUES (?, ?, ?)", (path, sig, same))
        return changed

    def _write_stamp(self, known: Stamp) -> None:
        """Sync the database to the disk and name it as the one to trust, once no later write can look like ours."""
        fd = os.open(self.database, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        found = stamp.numbers(self.database)
        if found and stamp.past(self.folder, found[3]):
            stamp.write(self.stamp_path, known._replace(database=found))

    def _rebuild(self, wanted: str) -> Refreshed:
        from crmkit.index.build import build

        beside = f"{self.database}.{os.getpid()}"
        try:
            known = build(self.book, beside, self.folder, wanted, self.progress)
            _unlink(f"{self.database}-journal")
            os.replace(beside, self.database)  # noqa: PTH105 - pathlib costs time
        finally:
            _unlink(beside)
            _unlink(f"{beside}-journal")
        self.horizon = known.horizon
        self._write_stamp(known)
        return Refreshed(-1, rebuilt=True)

    def _in_memory(self, wanted: str) -> Refreshed:
        """Make the index in memory: nothing can be written beside the book, and reading must go on."""
        from crmkit.index.build import build_in_memory

        self.connection, known = build_in_memory(self.book, wanted, self.progress)
        self.horizon = known.horizon
        return Refreshed(-1, rebuilt=True)


def _prepare() -> None:
    """Import what nearly every reading command needs next, while others look at the files."""
    from crmkit.index import due, reader
    from crmkit.settings import model

    for module in (due, reader, model):
        assert module  # noqa: S101 - imported for later


def connect(path: str) -> Connection:
    """Open the index file for reading and writing."""
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    db.create_function("norm", 1, _norm, deterministic=True)
    db.execute("PRAGMA synchronous = OFF")  # the stamp is written only after the file was synced as a whole
    db.execute("PRAGMA cache_size = -32768")
    return db


def _norm(value: Any) -> str:
    from crmkit.values.names import norm

    return norm(value) if isinstance(value, str) else ""


def loader_of(book: Book, db: Connection, horizon: str, settings: Settings | None = None) -> Loader:
    """Return a loader under `settings`, else under those that the index was made with."""
    import json

    from crmkit.index.load import Loader
    from crmkit.records.catalog import Catalog
    from crmkit.settings.model import Settings

    values = dict(db.execute("SELECT key, value FROM meta WHERE key IN ('settings', 'catalog')"))
    settings = settings or Settings.from_json(json.loads(values["settings"]))
    catalog = Catalog.from_json(json.loads(values["catalog"]))
    return Loader(str(book.root), settings, catalog, date.fromisoformat(horizon))


def insert(db: Connection, rows: Rows, start: int | None = None) -> int:
    """Add rows; return the last record's rowid. A record and its search text share theirs, from `start` on."""
    if start is None:
        start = int(db.execute("SELECT ifnull(max(rowid), 0) FROM record").fetchone()[0])
    for table, columns in schema.TABLES_OF_FOLDERS.items():
        found: Iterator[tuple[Any, ...]]
        if table in ("record", "search"):
            found = ((i, *row) for i, row in enumerate(rows[table], start + 1))
        else:
            found = ((None, *row) for row in rows[table])
        db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * columns)})", found)
    return start + len(rows["record"])


def insert_duties(db: Connection, loader: Loader) -> None:
    """Add the team's duties where no folder has ticks of them."""
    insert(db, loader.folder(CHORES, ()).rows)


def remove(db: Connection, folder: str) -> None:
    """Drop everything that came from a folder."""
    for table in schema.TABLES_OF_FOLDERS:
        db.execute(f"DELETE FROM {table} WHERE folder = ?", (folder,))


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Hold the lock of whoever writes the index; waits for it."""
    import fcntl

    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108 - pathlib costs time
