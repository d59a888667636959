"""The journal: what makes a change of several files happen whole or not at all.

An entry is a folder `.crm/journal/NNNNNNNN`. It is built under another name, made durable, and renamed: that
is the commit point. Its files `0`, `1` ... hold the new texts and are put in place by exchanging names with
the record, so an entry always shows how far it has come: a file that holds its new text is still to be
applied, one that holds the old text, or is gone, has been. Nothing else needs to be noted, and every step
may be repeated.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.book import disk as disks
from crmkit.book.change import Change, Delete, Move, Write
from crmkit.book.disk import Disk, sha256
from crmkit.book.paths import check_foreign, check_path
from crmkit.errors import Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.book.paths import Book

MANIFEST = "manifest"
BUILDING = "new"
_MANY = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A change that happens: `folder` is its place in the journal, `at` the moment (ISO, with offset)."""

    folder: Path
    change: Change
    at: str

    def file(self, n: int) -> Path:
        """Return the file that belongs to the n-th write, or behind those to a delete."""
        return self.folder / str(n)


def stage(book: Book, disk: Disk, change: Change, at: str, modes: Mapping[str, int]) -> Path:
    """Write the change into a folder of the journal, durably; it does not happen before `enter`."""
    journal = book.state / "journal"
    disks.make_private(journal)
    building = journal / BUILDING
    discard(building)
    building.mkdir(mode=0o700)
    many = len(change.writes) > _MANY
    for n, write in enumerate(change.writes):
        path = building / str(n)
        disks.write_new(path, write.data, sync=False)
        mode = modes.get(write.path)
        if mode is not None and mode != path.stat().st_mode & 0o7777:
            path.chmod(mode)
        if not many:
            _sync(path)
    disks.write_new(building / MANIFEST, _pack(change, at), 0o600, sync=not many)
    if many:
        disk.flush()
    else:
        disks.fsync_folder(building)
    return building


def _sync(path: Path) -> None:
    import os

    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def enter(building: Path, change: Change, at: str) -> Entry:
    """Let the staged change happen: from here on it will be whole, whatever comes."""
    journal = building.parent
    last = max((int(p.name) for p in journal.iterdir() if p.name.isdigit()), default=0)
    folder = journal / f"{last + 1:08d}"
    building.rename(folder)
    try:
        disks.fsync_folder(journal)
    except OSError as e:
        try:
            folder.rename(building)  # taken back, while nothing has been touched
        except OSError:
            pass
        else:
            raise
        raise Refused(
            N_("the disk failed while the change was made: {reason}"),
            hint=N_("the change is kept in .crm/journal; the next crm command finishes it"),
            reason=e.strerror or str(e),
        ) from None
    return Entry(folder, change, at)


def entries(book: Book) -> list[Path]:
    """Return the folders in the journal, oldest first; unfinished and dropped ones are removed."""
    journal = book.state / "journal"
    if journal.is_symlink() or not journal.is_dir():
        return []
    found = []
    for folder in sorted(journal.iterdir()):
        if folder.name.isdigit() and (folder / MANIFEST).is_file():
            found.append(folder)
        else:
            with contextlib.suppress(OSError):
                discard(folder)
    return found


def load(folder: Path) -> Entry | None:
    """Read an entry back; None where the disk has damaged it or it names what no book holds."""
    try:
        return _unpack(folder, (folder / MANIFEST).read_bytes())
    except (ValueError, KeyError, TypeError, OSError, UnicodeError):
        return None


def drop(entry: Entry) -> None:
    """Remove a finished entry: the manifest first, so that a rest of it is never taken for an entry."""
    (entry.folder / MANIFEST).unlink()
    discard(entry.folder)


def discard(folder: Path) -> None:
    """Remove a folder of the journal with the plain files in it."""
    if not folder.is_dir() or folder.is_symlink():
        folder.unlink(missing_ok=True)
        return
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    folder.rmdir()


def _pack(change: Change, at: str) -> bytes:
    body = {
        "writes": [_packed(w) for w in change.writes],
        "moves": [[m.source, m.target] for m in change.moves],
        "deletes": [[d.path, d.base] for d in change.deletes],
        "message": change.message,
        "actor": list(change.actor),
        "at": at,
        "gone": list(change.gone),
        "parents": list(change.parents),
        "adopt": change.adopt,
    }
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return sha256(text).encode() + b"\n" + text


def _packed(write: Write) -> dict[str, Any]:
    plain: dict[str, Any] = {"path": write.path, "base": write.base}
    try:
        return plain | {"text": write.data.decode("utf-8")}
    except UnicodeDecodeError:
        from base64 import b64encode

        return plain | {"bytes": b64encode(write.data).decode()}


def _unpack(folder: Path, raw: bytes) -> Entry:
    digest, _, text = raw.partition(b"\n")
    if sha256(text).encode() != digest:
        raise ValueError(folder)
    body = json.loads(text.decode("utf-8", "surrogatepass"))
    check = check_foreign if body.get("parents") or body.get("adopt") else check_path
    change = Change(
        tuple(_unpacked(w, check) for w in body["writes"]),
        tuple(Move(check_path(source), check_path(target)) for source, target in body["moves"]),
        tuple(Delete(check(path), base) for path, base in body["deletes"]),
        body["message"],
        (body["actor"][0], body["actor"][1]),
        gone=tuple(check_path(path) for path in body.get("gone", ())),
        parents=tuple(map(_commit_name, body.get("parents", ()))),
        adopt=_commit_name(body.get("adopt", "")),
    )
    return Entry(folder, change, body["at"])


def _commit_name(text: str) -> str:
    if text.strip("0123456789abcdef"):
        raise ValueError(text)
    return text


def _unpacked(plain: Mapping[str, Any], check: Callable[[str], str]) -> Write:
    from base64 import b64decode

    text = plain["text"] if "text" in plain else b64decode(plain["bytes"])
    return Write(check(plain["path"]), text, plain["base"])
