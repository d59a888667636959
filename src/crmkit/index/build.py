"""Make the index from nothing: walk, read, check and reckon everything, on all cores where it is worth it."""

from __future__ import annotations

import gc
import json
import marshal
import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit import clock as wall
from crmkit.book import paths as layout
from crmkit.index import files, schema, stamp, sync
from crmkit.index._json import problem_json
from crmkit.index.load import Folder, Loader, Rows
from crmkit.index.stamp import Stamp

if TYPE_CHECKING:
    from sqlite3 import Connection

    from crmkit.book.paths import Book
    from crmkit.index.sync import Progress

SHARED = 250
"""From so many folders on (some 2,000 files) the work is shared between processes."""

_CHUNK = 20
_BATCH = 100
_MASK = 0xFFFFFFFFFFFFFFFF
_MOST_WORKERS = 8
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031


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
    db.executemany(
        "INSERT INTO meta VALUES (?, ?)", [(k, json.dumps(v, ensure_ascii=False)) for k, v in meta.items()]
    )
    db.executemany(
        "INSERT INTO problem VALUES (NULL, '', ?, 0, ?)", [(p.path, problem_json(p)) for p in problems]
    )
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
    workers = min(_cores(), _MOST_WORKERS)
    if len(todo) < SHARED or workers < 2 or not hasattr(os, "fork"):
        return _alone(loader, todo)
    return _together(loader, todo, workers)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _alone(loader: Loader, todo: Sequence[tuple[bytes, int]]) -> Iterator[tuple[Folder, int]]:
    root = os.fsencode(loader.root)
    collecting = gc.isenabled()
    gc.disable()  # records are many, small and without cycles: looking for some costs a fifth of the time
    try:
        for i, (path, sig) in enumerate(todo, 1):
            names, _ = files.entries(root, path)
            yield loader.folder(os.fsdecode(path), names), sig
            if i % 1000 == 0:
                gc.collect()
    finally:
        if collecting:
            gc.enable()


def _together(
    loader: Loader, todo: Sequence[tuple[bytes, int]], workers: int
) -> Iterator[tuple[Folder, int]]:
    """Read with forked processes, each every n-th chunk; folders arrive in the order of `todo`."""
    chunks = [todo[i : i + _CHUNK] for i in range(0, len(todo), _CHUNK)]
    _warm()
    started: list[tuple[int, Any]] = []
    try:
        for i in range(workers):
            started.append(_start(loader, chunks[i::workers], [reader for _, reader in started]))
        for i, chunk in enumerate(chunks):
            answer = _frame(started[i % workers][1])
            if answer is None:  # the process died (out of memory, killed): do its work here
                yield from _alone(loader, chunk)
                continue
            for (path, rows, digest, latest), (_, sig) in zip(marshal.loads(answer), chunk, strict=True):  # noqa: S302 - from our own child
                yield Folder(path, rows, digest, latest), sig
    finally:
        for pid, reader in started:
            reader.close()
            os.waitpid(pid, 0)


def _warm() -> None:
    """Load what every worker needs, once."""
    from crmkit.records import read, registry
    from crmkit.rules import agenda, computed
    from crmkit.values.names import keys
    from crmkit.yaml import read as yaml_read

    keys("预热")  # loads the pinyin tables
    for module in (read, registry, agenda, computed, yaml_read):
        assert module  # noqa: S101 - imported so that every worker has it


def _start(
    loader: Loader, chunks: Sequence[Sequence[tuple[bytes, int]]], others: Sequence[Any]
) -> tuple[int, Any]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reader)
            for other in others:  # else an earlier process would never learn that nobody reads any more
                other.close()
            _widen(writer)
            with open(writer, "wb") as out:  # noqa: PTH123 - a file descriptor
                for chunk in chunks:
                    plain = [(f.path, f.rows, f.hash, f.latest) for f, _ in _alone(loader, chunk)]
                    answer = marshal.dumps(plain)
                    out.write(len(answer).to_bytes(8, "big") + answer)
                    out.flush()
            code = 0
        except BrokenPipeError:
            pass
        finally:
            os._exit(code)
    os.close(writer)
    return pid, open(reader, "rb")  # noqa: PTH123 - a file descriptor, closed by the caller


def _widen(pipe: int) -> None:
    try:
        import fcntl

        fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, OSError):
        pass


def _frame(reader: Any) -> bytes | None:
    head = reader.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    body: bytes = reader.read(size)
    return body if len(body) == size else None
