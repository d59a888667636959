"""One writer at a time: a lock on `.crm/lock`, which the kernel gives back whatever happens to its holder."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from crmkit.errors import Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.book.paths import Book

_PAUSE = 0.004


class Busy(Refused):
    """Another process is writing."""


@contextmanager
def held(book: Book, wait: float, name: str = "lock") -> Iterator[None]:
    """Hold the book's lock; raise Busy after `wait` seconds, OSError where it cannot be had.

    `name` is another lock beside it, for work that hinders no writer.

    The file is never deleted: a lock on a deleted file would protect nothing.
    """
    from crmkit.book.disk import make_private

    make_private(book.state)
    fd = os.open(book.state / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _lock(fd, wait)
        yield
    finally:
        os.close(fd)


def _lock(fd: int, wait: float) -> None:
    import fcntl

    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            if e.errno not in {errno.EAGAIN, errno.EACCES}:
                raise
            if time.monotonic() >= end:
                raise Busy(
                    N_("another crm is writing to this book (waited {seconds} s)"),
                    hint=N_("try again when it has finished"),
                    seconds=round(wait),
                ) from None
            time.sleep(_PAUSE)
        else:
            return


def protect(book: Book) -> None:
    """Keep `.crm` out of git, also in a book that was made by hand."""
    ignore = book.state / ".gitignore"
    with suppress(OSError):
        fd = os.open(ignore, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, b"*\n")
        finally:
            os.close(fd)
