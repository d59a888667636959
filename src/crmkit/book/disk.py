"""Single steps on a book's disk: beneath its root, without following links, each one atomic.

Paths are walked folder by folder from an open descriptor, so that a link planted in the book cannot lead a
write out of it, whatever happens between the check and the write.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Self

from crmkit.errors import Refused
from crmkit.i18n import N_

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NOREPLACE, _EXCHANGE = 1, 2
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def sha256(raw: bytes) -> str:
    """Return the hash that names a text, in hex."""
    return hashlib.sha256(raw).hexdigest()


@cache
def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *args: Any) -> bool:
    """Call a function of libc that Python lacks; False where this system has none, OSError where it fails."""
    import ctypes

    function = getattr(_libc(), name, None)
    if function is None:
        return False
    while function(*args) != 0:
        code = ctypes.get_errno()
        if code in _UNSUPPORTED:
            return False
        if code != errno.EINTR:
            raise OSError(code, os.strerror(code))
    return True


def fsync_folder(path: Path | str) -> None:
    """Make the names in a folder durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte, however short the single writes are."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_new(path: Path, data: bytes, mode: int = 0o666, *, sync: bool = True) -> None:
    """Write a file that nobody else knows of yet; `sync` makes its bytes (not its name) durable."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        write_all(fd, data)
        if sync:
            os.fsync(fd)
    finally:
        os.close(fd)


def make_private(folder: Path) -> None:
    """Make one of our own folders (mode 700) and its name durable; no matter if it is there.

    Refuses a link: a cloned book may have planted one.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if folder.is_symlink() or not folder.is_dir():
            raise Refused(N_("{path} is not a folder"), hint=N_("move it away"), path=str(folder)) from None
    else:
        fsync_folder(folder.parent)


class Disk:
    """A book's folder, held open. Close it with `close` or a `with`."""

    def __init__(self, root: Path) -> None:
        """Open the book at `root`."""
        self.root = root
        self._fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def flush(self) -> None:
        """Make everything that was written durable: data, names, and what git wrote."""
        if not _call("syncfs", self._fd):
            os.sync()

    @contextlib.contextmanager
    def at(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """Yield the descriptor of the folder that holds `path`, and the name in it.

        Raises FileNotFoundError where a folder is missing (`make` makes it), Refused where one is a link.
        """
        *parts, name = path.split("/")
        fd = os.dup(self._fd)
        try:
            for i, part in enumerate(parts):
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=fd)
                try:
                    inner = os.open(part, _DIRECTORY, dir_fd=fd)
                except OSError as e:
                    if e.errno in {errno.ELOOP, errno.ENOTDIR}:
                        raise Refused(
                            N_("{path}: {folder} is a link or no folder; crmkit writes only inside the book"),
                            path=path,
                            folder="/".join(parts[: i + 1]),
                        ) from None
                    raise
                os.close(fd)
                fd = inner
            yield fd, name
        finally:
            os.close(fd)

    def read(self, path: str) -> tuple[bytes, int] | None:
        """Return a plain file's bytes and its permissions, None where there is no file."""
        try:
            with self.at(path) as (folder, name):
                return read_at(folder, name, path)
        except FileNotFoundError:
            return None

    def kind(self, path: str) -> str | None:
        """Return "file", "folder" or "other" for what stands at `path`, None where nothing does."""
        try:
            with self.at(path) as (folder, name):
                mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return None
        return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"

    def put(self, source: Path, path: str) -> bool:
        """Let the file `source` stand at `path`, at one stroke; what stood there takes the source's place.

        Return whether something stood there. Where the system cannot exchange two names, what stood there is
        put to `source` a moment later.
        """
        with self.at(path, make=True) as (folder, name):
            try:
                os.stat(name, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                if _rename(source, folder, name, _NOREPLACE):
                    return False
            return self._exchange(source, folder, name)

    def _exchange(self, source: Path, folder: int, name: str) -> bool:
        try:
            if _rename(source, folder, name, _EXCHANGE):
                return True
        except FileNotFoundError:  # gone at this very moment
            os.rename(source, name, dst_dir_fd=folder)
            return False
        beside = source.with_name(source.name + ".was")
        try:
            write_new(beside, read_at(folder, name, name)[0])
        except FileNotFoundError:
            os.rename(source, name, dst_dir_fd=folder)
            return False
        os.rename(source, name, dst_dir_fd=folder)
        beside.rename(source)
        return True

    def take(self, path: str, target: Path) -> bool:
        """Move the file at `path` out to `target`; return whether there was one."""
        try:
            with self.at(path) as (folder, name):
                os.rename(name, target, src_dir_fd=folder)
        except FileNotFoundError:
            return False
        return True

    def move(self, source: str, target: str) -> bool:
        """Call the file or folder `source` `target`; return whether it was there.

        FileExistsError over another.
        """
        try:
            with self.at(source) as (from_folder, from_name):
                os.stat(from_name, dir_fd=from_folder, follow_symlinks=False)
                with self.at(target, make=True) as (folder, name):
                    raw = (os.fsencode(from_name), folder, os.fsencode(name), _NOREPLACE)
                    if not _call("renameat2", from_folder, *raw):
                        with contextlib.suppress(FileNotFoundError):
                            os.stat(name, dir_fd=folder, follow_symlinks=False)
                            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
                        os.rename(from_name, name, src_dir_fd=from_folder, dst_dir_fd=folder)
        except FileNotFoundError:
            return False
        return True

    def prune(self, path: str) -> None:
        """Remove the folders above `path` that are empty now, up to the one at the root."""
        parts = path.split("/")[:-1]
        while len(parts) > 1:
            try:
                with self.at("/".join(parts)) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
            except OSError:
                return
            parts.pop()


def _rename(source: Path, folder: int, name: str, how: int) -> bool:
    """Rename with `how`; False where the system cannot, or where NOREPLACE found somebody there first."""
    here = -100  # AT_FDCWD
    try:
        return _call("renameat2", here, os.fsencode(source), folder, os.fsencode(name), how)
    except FileExistsError:
        return False


def read_at(folder: int, name: str, path: str) -> tuple[bytes, int]:
    """Read a plain file named in an open folder: its bytes and its permissions."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as e:
        if e.errno == errno.ELOOP:
            raise Refused(N_("{path} is a link; crmkit writes only inside the book"), path=path) from None
        raise
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise Refused(N_("{path} is not a plain file"), path=path)
        parts = []
        while part := os.read(fd, 1 << 20):
            parts.append(part)
        return b"".join(parts), stat.S_IMODE(info.st_mode)
    finally:
        os.close(fd)
