"""Numbers for dossiers whose own was given to another one in another clone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

from crmkit.book.naming import LETTERS

_NUMBER = re.compile(r"(\d{6})-(\d{3,})\Z")


def highest(month: str, used: Collection[str]) -> int:
    """Return the highest number of a month (`202406`), 0 where none is used."""
    found = (m for name in used if (m := _NUMBER.match(name)) and m[1] == month)
    return max((int(m[2]) for m in found), default=0)


def number_after(month: str, last: int) -> str:
    """Return the next number."""
    return f"{month}-{last + 1:03d}"


def fresh_draft(ident: str, used: Collection[str], raw: bytes) -> str:
    """Return another id for a draft, of the same day; it follows from the draft's bytes."""
    head = ident.rpartition("-")[0]
    for turn in range(1000):
        digest = hashlib.sha256(raw + turn.to_bytes(2, "big")).digest()
        new = f"{head}-" + "".join(LETTERS[b % len(LETTERS)] for b in digest[:4])
        if new not in used:
            return new
    return f"{ident}-{hashlib.sha256(raw).hexdigest()[:8]}"
