"""What makes the index file trustworthy: a stamp beside it that names exactly the file that crmkit last wrote.

A damaged SQLite file answers wrongly without a word. Checking every page at every start would cost more than the
query, so the stamp holds inode, size, mtime and ctime of the database as they were after the last write (which
was synced to the disk first). Whoever changes a byte of it moves the ctime, which no program can set back;
then the index is made anew. The stamp carries a checksum of itself.
"""

from __future__ import annotations

import json
import os
import time
from binascii import crc32
from pathlib import Path
from typing import NamedTuple

_TICK = 0.001
_PATIENCE = 50
"""How often to wait a tick for the clock of the file system: 50 ms, over twice the coarsest kernel clock."""


class Stamp(NamedTuple):
    """`key` names crmkit's code, `total` the state of the book's files, `places` the folders that hold records.

    `settings` is inode, size, mtime, ctime of `crm.yaml`, all 0 where it was too fresh to be trusted;
    `digest` the sha256 of it; `database` the same four numbers of the index file; `horizon` the last day reckoned.
    """

    key: str
    total: int
    places: tuple[str, ...]
    settings: tuple[int, ...]
    digest: str
    horizon: str
    database: tuple[int, ...] = ()


def numbers(path: str) -> tuple[int, ...]:
    """Return inode, size, mtime and ctime (ns) of a file, () where there is none."""
    try:
        s = os.stat(path)  # noqa: PTH116 - pathlib costs time
    except OSError:
        return ()
    return s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns


def read(path: str) -> Stamp | None:
    """Return the stamp at `path`, None where there is none or it is damaged."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs time
            check, _, body = file.read().partition(b"\n")
        if check != _sum(body):
            return None
        plain = json.loads(body)
    except (OSError, ValueError):
        return None
    for name in ("places", "settings", "database"):
        plain[name] = tuple(plain[name])
    return Stamp(**plain)


def write(path: str, stamp: Stamp) -> None:
    """Put the stamp at `path` in one step."""
    body = json.dumps(stamp._asdict(), ensure_ascii=False).encode()
    beside = f"{path}.{os.getpid()}"
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(fd, "wb") as file:  # noqa: PTH123 - a file descriptor
        file.write(_sum(body) + b"\n" + body)
    Path(beside).replace(path)


def _sum(body: bytes) -> bytes:
    return b"%08x" % crc32(body)


def clock(folder: str) -> int:
    """Return the present time (ns) by the clock that stamps files in `folder`; it may be another machine's."""
    path = f"{folder}/clock"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.utime(fd)
            return os.fstat(fd).st_ctime_ns
        finally:
            os.close(fd)
    except OSError:
        return time.time_ns()


def past(folder: str, moment: int) -> bool:
    """Wait until the file clock has moved on from `moment` (ns): from then on no change can look like one at it.

    Return False where it does not within 50 ms: the time lies in the future.
    """
    for _ in range(_PATIENCE):
        if clock(folder) > moment:
            return True
        time.sleep(_TICK)
    return False
