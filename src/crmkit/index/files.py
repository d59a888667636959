"""What lies in the book: one cheap look at every record file.

Every file is looked at (`lstat`), every time: a folder's own time does not move when an editor saves in place.
Name, size, inode, mtime and ctime of a folder's files make its signature, one number; ctime catches what keeps
the other times (`cp -p`, `touch -r`). Above `PARALLEL` folders several processes share
them, unless the machine is busy with other things already.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

ATTACHMENTS = b"files"
DOSSIER_DEPTH = 2
"""How many folders lie above a dossier: `customers/2024/`."""

PARALLEL = 2000
_MOST_PROCESSES = 4


def folders(root: bytes, places: Iterable[str]) -> list[bytes]:
    """Return every folder below the `places` (top folders of the book) that may hold records, outermost first.

    A link to a folder is listed too, so that it can be named; it is never followed.
    """
    found: list[bytes] = []
    for place in places:
        _below(root, place.encode(), 0, found)
    return found


def _below(root: bytes, path: bytes, depth: int, found: list[bytes]) -> None:
    found.append(path)
    if os.path.islink(root + b"/" + path):  # noqa: PTH114 - pathlib costs time
        return
    try:
        entries = os.scandir(root + b"/" + path)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        below = [e.name for e in entries if e.name[:1] != b"." and not e.is_file(follow_symlinks=False)]
    below.sort()
    if depth + 1 < DOSSIER_DEPTH:
        for name in below:
            _below(root, path + b"/" + name, depth + 1, found)
    else:
        found += [path + b"/" + name for name in below]


def signatures(root: bytes, paths: Sequence[bytes], meanwhile: Callable[[], None] | None = None) -> list[int]:
    """Return the signature of each folder, 0 for one without anything to see.

    Where other processes do the looking, `meanwhile` is called before their answers are awaited.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(paths) > PARALLEL and hasattr(os, "fork"):
        idle = os.getloadavg()[0] < cores
        return _shared(root, paths, min(cores, _MOST_PROCESSES) if idle else 1, meanwhile)
    return _signatures(root, paths)


def _signatures(root: bytes, paths: Sequence[bytes]) -> list[int]:
    # the hottest loop of every command: some 5 microseconds a file, nearly all of it in the kernel
    out: list[int] = []
    listdir, lstat, number = os.listdir, os.lstat, int.from_bytes
    for path in paths:
        base = root + b"/" + path
        try:
            names = listdir(base)
        except OSError:
            out.append(_closed(base))
            continue
        names.sort()
        seen: list[int] = []
        base += b"/"
        deep = path.count(b"/") >= DOSSIER_DEPTH
        for name in names:
            if name[-5:] != b".yaml" and not _odd(name, deep=deep):
                continue
            try:
                s = lstat(base + name)
            except FileNotFoundError:
                continue
            seen += (number(name, "big"), s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_ino, s.st_mode)
        if not (seen or deep) and os.path.islink(base[:-1]):  # noqa: PTH114 - pathlib costs time
            seen.append(lstat(base[:-1]).st_ctime_ns)
        out.append(hash((number(path, "big"), *seen)) if seen else 0)
    return out


def _closed(base: bytes) -> int:
    """Return the signature of a folder that cannot be listed; it counts unless it is gone."""
    try:
        s = os.lstat(base)
    except FileNotFoundError:
        return 0
    return hash((s.st_ino, s.st_ctime_ns, s.st_mode))


def _odd(name: bytes, *, deep: bool) -> bool:
    """Whether something beside `.yaml` files must be seen, so that it can be named.

    That is `.yml`, and in a dossier what may be a folder or a link with records behind it.
    """
    if name[-4:] == b".yml":
        return True
    return deep and b"." not in name and name != ATTACHMENTS


def _shared(
    root: bytes, paths: Sequence[bytes], processes: int, meanwhile: Callable[[], None] | None
) -> list[int]:
    from array import array

    size = -(-len(paths) // processes)
    parts = [paths[i : i + size] for i in range(0, len(paths), size)]
    started = [_start(root, part) for part in parts]
    out: list[int] = []
    try:
        if meanwhile:
            meanwhile()
    finally:
        for (child, reader), part in zip(started, parts, strict=True):
            with open(reader, "rb") as answer:  # noqa: PTH123 - a file descriptor
                found = array("q", answer.read())
            os.waitpid(child, 0)
            # a process that died (killed, out of memory) leaves its part to this one
            out += found if len(found) == len(part) else _signatures(root, part)
    return out


def _start(root: bytes, paths: Sequence[bytes]) -> tuple[int, int]:
    from array import array

    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        os.close(reader)
        os.chdir(root)  # short paths: a fifth less work for the kernel
        with open(writer, "wb") as out:  # noqa: PTH123 - a file descriptor
            out.write(array("q", _signatures(b".", paths)).tobytes())
    finally:
        os._exit(0)


def entries(root: bytes, path: bytes) -> tuple[list[str], int]:
    """Return the names in a folder that `signatures` looks at, and the latest ctime among them (ns)."""
    base = root + b"/" + path + b"/"
    try:
        names = sorted(os.listdir(base))  # noqa: PTH208 - bytes
    except OSError:
        return [], 0
    found: list[str] = []
    latest = 0
    deep = path.count(b"/") >= DOSSIER_DEPTH
    for name in names:
        if name[-5:] != b".yaml" and not _odd(name, deep=deep):
            continue
        try:
            latest = max(latest, os.lstat(base + name).st_ctime_ns)
        except FileNotFoundError:
            continue
        found.append(os.fsdecode(name))
    return found, latest
