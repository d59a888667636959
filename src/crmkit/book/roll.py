"""Put an entry of the journal in place, file by file; every step may be repeated after a crash."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.book.disk import Disk, make_private, sha256

if TYPE_CHECKING:
    from crmkit.book.journal import Entry
    from crmkit.book.paths import Book


def forward(book: Book, disk: Disk, entry: Entry) -> list[str]:
    """Apply what is still to be applied.

    Return the files under `.crm/conflicts` that hold what somebody else had saved at the same moment.
    """
    change = entry.change
    kept = []
    for n, write in enumerate(change.writes):
        mine = entry.file(n)
        new = sha256(write.data)
        if write.base != new and _holds(mine) == new:
            disk.put(mine, write.path)
        kept += _keep(book, write.path, mine, {None, write.base, new})
    for n, delete in enumerate(change.deletes, len(change.writes)):
        gone = entry.file(n)
        if _holds(gone) is None and disk.take(delete.path, gone):
            disk.prune(delete.path)
        kept += _keep(book, delete.path, gone, {None, delete.base})
    for move in change.moves:
        try:
            if disk.move(move.source, move.target):
                disk.prune(move.source)
        except FileExistsError:  # somebody made the target at this moment: theirs gives way
            put_aside = aside(book, move.target)
            disk.take(move.target, put_aside)
            kept.append(put_aside.name)
            disk.move(move.source, move.target)
    return kept


def untouched(disk: Disk, entry: Entry) -> bool:
    """Whether nothing of the entry has been applied, and somebody has changed one of its files since."""
    change = entry.change
    if any(_holds(entry.file(n)) != sha256(w.data) for n, w in enumerate(change.writes)):
        return False
    if any(_holds(entry.file(n)) is not None for n, _ in enumerate(change.deletes, len(change.writes))):
        return False
    bases = [(w.path, w.base) for w in change.writes] + [(d.path, d.base) for d in change.deletes]
    return any(base_of(disk, path) != base for path, base in bases)


def base_of(disk: Disk, path: str) -> str | None:
    """Return the hash of what stands at `path`, None where nothing does."""
    found = disk.read(path)
    return None if found is None else sha256(found[0])


def _holds(path: Path) -> str | None:
    try:
        return sha256(path.read_bytes())
    except FileNotFoundError:
        return None


def _keep(book: Book, path: str, displaced: Path, expected: Container[str | None]) -> list[str]:
    """Put what was displaced aside if it is not what the change was computed from."""
    if _holds(displaced) in expected:
        return []
    kept = aside(book, path)
    displaced.rename(kept)
    return [kept.name]


def aside(book: Book, path: str) -> Path:
    """Return a free name under `.crm/conflicts` that tells the path."""
    conflicts = book.state / "conflicts"
    make_private(conflicts)
    name = path.replace("/", "~")[-60:]
    n = 1
    while (conflicts / f"{name}.{n}").exists():
        n += 1
    return conflicts / f"{name}.{n}"
