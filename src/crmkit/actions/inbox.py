"""`crm import --watch DIR`: a folder that other programs and people drop files into (R-001-17).

A file is taken when it has stopped growing, and never twice: what was imported is remembered by its content. It then
lies in `done/`, or in `failed/` with the bad rows beside it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.actions import importing
from crmkit.errors import CrmError, Refused
from crmkit.exchange.files import limited, replace
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions.session import Session

DONE, FAILED = "done", "failed"
_MEMORY = ".imported"
_LOCK = ".crm-import.lock"
_UNFINISHED = frozenset({".part", ".crdownload", ".tmp", ".download", ".partial", ".filepart", ".swp"})

Look = dict[str, tuple[int, int]]
"""What each file's size and time were at the last look."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of one file: where it lies now, the counts, and what went wrong ("" for nothing)."""

    name: str
    to: Path
    counts: dict[str, int]
    error: str = ""

    def to_json(self) -> dict[str, object]:
        """Return what `--json` prints."""
        return {"name": self.name, "path": str(self.to), **self.counts, "error": self.error}


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder for one importer; Refused where another one does."""
    fd = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(N_("another crm import watches {folder}"), folder=str(folder)) from None
        yield
    finally:
        os.close(fd)


def look(folder: Path) -> Look:
    """Return the files that wait in a folder, with their sizes and times."""
    found: Look = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "~$")) or Path(entry.name).suffix.lower() in _UNFINISHED:
                continue
            info = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(info.st_mode) and info.st_size:
                found[entry.name] = info.st_size, info.st_mtime_ns
    return found


def sweep(  # noqa: PLR0917 - what an import is made of
    session: Callable[[], Session],
    folder: Path,
    before: Look,
    options: importing.Options,
    assignments: Sequence[str] = (),
    mode: str = "",
) -> Iterator[Swept]:
    """Import every file that looks as it did in `before`, oldest first; yield what became of each."""
    now = look(folder)
    for name in sorted((n for n, seen in now.items() if before.get(n) == seen), key=lambda n: (now[n][1], n)):
        yield _one(session(), folder, name, options, assignments, mode)


def _one(  # noqa: PLR0917 - what an import is made of
    session: Session,
    folder: Path,
    name: str,
    options: importing.Options,
    assignments: Sequence[str],
    mode: str,
) -> Swept:
    path = folder / name
    try:
        raw = limited(path)
    except (OSError, CrmError) as e:
        return Swept(name, _failed(folder, name, str(e)), {}, str(e))
    digest = sha256(raw).hexdigest()
    if digest in _known(folder):
        return Swept(name, _moved(folder, name, DONE), {}, _("imported before"))
    try:
        batch = importing.read(session, name, raw, options, assignments)
        made = importing.prepare(session, batch, mode)
        made.apply()
    except CrmError as e:
        said = f"{e} ({e.hint})" if str(e.hint) else str(e)
        return Swept(name, _failed(folder, name, said), {}, said)
    _remember(folder, digest, name)
    counts = made.outcome.counts()
    if not made.outcome.bad:
        return Swept(name, _moved(folder, name, DONE), counts)
    to = _moved(folder, name, FAILED)
    ending, data = importing.bad_file(made)
    replace(to.with_name(f"{to.stem}-errors{ending}"), data)
    return Swept(name, to, counts, made.outcome.bad[0].reasons)


def _known(folder: Path) -> set[str]:
    try:
        text = (folder / DONE / _MEMORY).read_text("utf-8", "replace")
    except FileNotFoundError:
        return set()
    return {line.partition(" ")[0] for line in text.splitlines()}


def _remember(folder: Path, digest: str, name: str) -> None:
    (folder / DONE).mkdir(exist_ok=True)
    with (folder / DONE / _MEMORY).open("a", encoding="utf-8", errors="replace") as memory:
        memory.write(f"{digest} {name}\n")
        memory.flush()
        os.fsync(memory.fileno())


def _failed(folder: Path, name: str, why: str) -> Path:
    to = _moved(folder, name, FAILED)
    replace(to.with_name(f"{to.name}.txt"), f"{why}\n".encode("utf-8", "replace"))
    return to


def _moved(folder: Path, name: str, where: str) -> Path:
    """Move a file to `done` or `failed` under a name that is free there."""
    (folder / where).mkdir(exist_ok=True)
    source = folder / name
    target = folder / where / name
    n = 1
    while target.exists():
        n += 1
        target = folder / where / f"{source.stem}-{n}{source.suffix}"
    source.rename(target)
    return target
