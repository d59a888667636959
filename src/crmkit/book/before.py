"""What comes before a change: it is sound, and still about the files as they are."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC

from crmkit import clock
from crmkit.book.change import Change, Write
from crmkit.book.disk import Disk, sha256
from crmkit.book.paths import check_foreign, check_path
from crmkit.errors import Conflict, Refused
from crmkit.i18n import N_

_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def stamp() -> str:
    """Return the moment of a change, in the machine's own zone, as ISO."""
    return clock.now(UTC).astimezone().isoformat()


@contextmanager
def unbroken() -> Iterator[None]:
    """Let Ctrl-C, a closed terminal and a polite kill wait until the block is done.

    The processes started inside inherit that. A thread that is not the main one is never interrupted anyway.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def checked(disk: Disk, change: Change) -> tuple[Change, dict[str, int]]:
    """Return the change without what changes nothing, and the permissions of the files that stand there.

    Raises Refused for a path that no book may hold or that is named twice, Conflict where a file is no
    longer what the change was computed from.
    """
    _distinct(change)
    check = check_foreign if change.joins else check_path
    modes = {}
    writes = []
    for write in change.writes:
        found = disk.read(check(write.path))
        if (None if found is None else sha256(found[0])) != write.base:
            raise _conflict(write, None if found is None else found[0])
        if found is not None:
            modes[write.path] = found[1]
        if change.standing or write.base != sha256(write.data):
            writes.append(write)
    for delete in change.deletes:
        found = disk.read(check(delete.path))
        if found is None or sha256(found[0]) != delete.base:
            raise Conflict(
                N_("{path} has changed since it was read; it is not deleted"),
                hint=N_("look at it and repeat the command"),
                path=delete.path,
            )
    for path in change.gone:
        if disk.kind(check(path)) is not None:
            raise Conflict(
                N_("{path} has changed since it was read; it is not deleted"),
                hint=N_("look at it and repeat the command"),
                path=path,
            )
    for move in change.moves:
        if disk.kind(check_path(move.source)) is None or disk.kind(check_path(move.target)) is not None:
            raise Conflict(
                N_("{source} cannot be moved to {target}: it is gone, or the name is taken"),
                source=move.source,
                target=move.target,
            )
    return replace(change, writes=tuple(writes)), modes


def _distinct(change: Change) -> None:
    paths = [w.path for w in change.writes] + [d.path for d in change.deletes]
    twice = {p for p in paths if paths.count(p) > 1} if len(set(paths)) < len(paths) else set()
    if twice:
        raise Refused(N_("{path} is named twice in one change"), path=min(twice))


def _conflict(write: Write, now: bytes | None) -> Conflict:
    old = write.was if write.was is not None else now
    diff = "".join(
        line if line.endswith("\n") else line + "\n"
        for line in difflib.unified_diff(
            _lines(old),
            _lines(write.data),
            f"a/{write.path}" if old is not None else "/dev/null",
            f"b/{write.path}",
        )
    )
    if write.base is None:
        message = N_("{path} exists already")
    elif now is None:
        message = N_("{path} is gone: somebody removed or moved it since it was read")
    else:
        message = N_("{path} has changed since it was read: somebody else's version is kept")
    return Conflict(message, diff, hint=N_("look at the file and repeat the change"), path=write.path)


def _lines(raw: bytes | None) -> list[str]:
    return (raw or b"").decode("utf-8", "replace").splitlines(keepends=True)
