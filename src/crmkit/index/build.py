"""Make the index from nothing: walk, read, check and reckon everything, on all cores where it is worth it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from crmkit import clock as wall
from crmkit.book import paths as layout
from crmkit.index import _share, files, said, schema, stamp, sync
from crmkit.index._json import compact
from crmkit.index.load import Folder, Loader, Rows
from crmkit.index.stamp import Stamp

if TYPE_CHECKING:
    from sqlite3 import Connection

    from crmkit.book.paths import Book
    from crmkit.index.sync import Progress

SHARED = 250
"""From so many folders on (some 2,000 files) the work is shared between processes."""

_BATCH = 100
_MASK = 0xFFFFFFFFFFFFFFFF


def build(book: Book, path: str, folder: str, wanted: str, progress: Progress | None = None) -> Stamp:
    """Write a new index file at `path`; `folder` is where the file clock is read.

    Returns its stamp without the database's numbers. Raises SettingsError for a broken crm.yaml.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        started = stamp.clock(folder)
        stamp.past(folder, started)
        return _fill(db, book, stamp.clock(folder), wanted, progress)
    finally:
        db.close()


def build_in_memory(book: Book, wanted: str, progress: Progress | None = None) -> tuple[Connection, Stamp]:
    """Make the index without writing anything: no later look trusts what it saw, so it needs no file clock."""
    db = sync.connect(":memory:")
    return db, _fill(db, book, 0, wanted, progress)


def _fill(db: Connection, book: Book, moment: int, wanted: str, progress: Progress | None) -> Stamp:
    """Read the whole book into `db`; what changed since `moment` (ns) is looked at again by the next refresh."""
    from crmkit.records.registry import catalog
    from crmkit.settings.load import load

    key = schema.fingerprint()
    settings_at = stamp.numbers(str(book.settings_path))
    raw = book.read(layout.SETTINGS)
    settings, problems = load(raw, layout.SETTINGS)
    known = catalog(settings)
    horizon = _horizon(wall.now(settings.zone).date(), wanted)
    loader = Loader(str(book.root), settings, known, horizon)
    places = layout.folders(known)
    paths = files.folders(os.fsencode(str(book.root)), places)
    sigs = files.signatures(os.fsencode(str(book.root)), paths)
    todo = [(p, s) for p, s in zip(paths, sigs, strict=True) if s]
    schema.create(db)
    db.execute("BEGIN")
    meta = {"settings": settings.to_json(), "catalog": known.to_json()}
    db.executemany("INSERT INTO meta VALUES (?, ?)", [(k, compact(v)) for k, v in meta.items()])
    db.executemany("INSERT INTO problem VALUES (NULL, '', ?, 0, ?)", said.rows(settings, problems))
    if os.fsencode(layout.CHORES) not in {path for path, _ in todo}:
        sync.insert_duties(db, loader)
    total = _take(db, _read(loader, todo), moment, len(todo), progress)
    db.executescript(schema.INDEXES)
    db.execute("COMMIT") if db.in_transaction else None
    trusted = settings_at if settings_at and settings_at[3] < moment else (0, 0, 0, 0)
    return Stamp(key, total, places, trusted, settings.digest, horizon.isoformat())


def _horizon(today: date, wanted: str) -> date:
    """Return the last day to reckon: the end of a year, so that it rests for months."""
    last = max(today.year, date.fromisoformat(wanted).year if wanted else 0) + sync.YEARS_AHEAD
    return date(min(last, date.max.year), 12, 31)


def _take(
    db: Connection, found: Iterator[tuple[Folder, int]], moment: int, count: int, progress: Progress | None
) -> int:
    """Store what was read; return the sum of the signatures. What changed since `moment` is looked at again."""
    total = last = 0
    waiting: Rows = {table: [] for table in schema.TABLES_OF_FOLDERS}
    for done, (folder, sig) in enumerate(found, 1):
        trusted = sig if folder.latest < moment else 0
        total += trusted
        for table, rows in folder.rows.items():
            waiting[table] += rows
        db.execute("INSERT INTO folder VALUES (?, ?, ?)", (folder.path, trusted, folder.hash))
        if done % _BATCH == 0 or done == count:
            last = sync.insert(db, waiting, last)
            for rows in waiting.values():
                rows.clear()
            if progress:
                progress(done, count)
    return total & _MASK


def _read(loader: Loader, todo: Sequence[tuple[bytes, int]]) -> Iterator[tuple[Folder, int]]:
    if len(todo) < SHARED or not _share.possible():
        yield from _alone(loader, todo)
        return
    _warm()

    def work(chunk: Sequence[tuple[bytes, int]]) -> list[tuple[str, Rows, bytes, int]]:
        return [(f.path, f.rows, f.hash, f.latest) for f, _ in _alone(loader, chunk)]

    for chunk, found in _share.shared(work, todo):
        for (path, rows, digest, latest), (_, sig) in zip(found, chunk, strict=True):
            yield Folder(path, rows, digest, latest), sig


def _alone(loader: Loader, todo: Sequence[tuple[bytes, int]]) -> Iterator[tuple[Folder, int]]:
    root = os.fsencode(loader.root)
    with _share.many_objects() as made:
        for path, sig in todo:
            names, _ = files.entries(root, path)
            yield loader.folder(os.fsdecode(path), names), sig
            made()


def _warm() -> None:
    """Load what every worker needs, once."""
    from crmkit.records import read, registry
    from crmkit.rules import agenda, computed
    from crmkit.values.names import keys
    from crmkit.yaml import read as yaml_read

    keys("预热")  # loads the pinyin tables
    for module in (read, registry, agenda, computed, yaml_read):
        assert module  # noqa: S101 - imported so that every worker has it
