"""Files that crmkit hands out: replaced at one stroke, left alone where nothing changed, safely named."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import unicodedata
from pathlib import Path

from crmkit.book.disk import fsync_folder, write_all, write_new
from crmkit.errors import Refused
from crmkit.exchange.table import MOST_BYTES
from crmkit.i18n import N_

_LONGEST = 150
"""Bytes of a name; with a suffix and a hash far below what file systems allow."""

_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
"""Names that Windows keeps for itself; folders are shared with it."""


def held(path: Path) -> bytes:
    """Return what the plain file at `path` holds, nothing where there is none."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except FileNotFoundError:
        return b""


def limited(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a plain file that somebody hands us; Refused where it is too large or no plain file."""
    with path.open("rb") as file:
        info = os.fstat(file.fileno())
        if info.st_size > most:
            raise Refused(N_("{name} is larger than {most} MB"), name=path.name, most=most >> 20)
        data = file.read(most + 1)  # a pipe has no size
    if len(data) > most:
        raise Refused(N_("{name} is larger than {most} MB"), name=path.name, most=most >> 20)
    return data


def replace(path: Path, data: bytes) -> bool:
    """Let the file at `path` hold `data`; whoever reads it meanwhile sees the old text or the new one, whole.

    Return whether anything changed: a file that holds `data` already keeps its time, so that a web server need not
    send it again. A link stays a link; a device or pipe is written to. Raises OSError.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        mode = 0
    if mode and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        _pour(target, data)
        return True
    if mode and stat.S_ISREG(mode) and target.read_bytes() == data:
        return False
    beside = target.with_name(f".crm-{secrets.token_hex(8)}")
    try:
        write_new(beside, data)
        if mode:
            beside.chmod(stat.S_IMODE(mode))
        beside.replace(target)
    except OSError as e:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise type(e)(e.errno, e.strerror, str(path)) from None  # not the name that nobody has heard of
    fsync_folder(target.parent)
    return True


def _pour(target: Path, data: bytes) -> None:
    fd = os.open(target, os.O_WRONLY | os.O_CLOEXEC)
    try:
        write_all(fd, data)
    finally:
        os.close(fd)


def file_name(text: str, suffix: str) -> str:
    """Return a file's name for `text`, a person's name or anything else, on any disk.

    A plain name stays as it is. One that had to be changed gets a hash of the original behind it, so that two never
    become one.
    """
    plain = unicodedata.normalize("NFC", text)
    kept = "".join("_" if _refused(c) else c for c in plain).lstrip(". ")
    kept = kept.encode()[:_LONGEST].decode("utf-8", "ignore").rstrip(". ")
    if kept == plain and kept and kept.partition(".")[0].casefold() not in _DEVICES:
        return kept + suffix
    told = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept}-{told}{suffix}" if kept else f"{told}{suffix}"


def _refused(c: str) -> bool:
    return c in '/\\:*?"<>|' or unicodedata.category(c) in {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
