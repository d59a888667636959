"""Who was forgotten: numbers that must not come back, and old history that no clone may bring back.

`customers/forgotten.txt`, one thing a line, merged by union and never taken back:

    202406-001 forgotten 2024-06-15 SALT HASH      the dossier of that number or draft id is erased
    202406-002 anonymised 2024-06-15 SALT HASH     what is left of it says nothing of a person
    history COMMIT                                 the history was written anew from that old commit on

HASH is of what the customer went by, so that the same person is known again under another number; the values
themselves never stand here.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmkit.book.paths import CUSTOMERS

NAME = "forgotten.txt"
PATH = f"{CUSTOMERS}/{NAME}"
ERASED, ANONYMISED, HISTORY = "forgotten", "anonymised", "history"


@dataclass(frozen=True, slots=True)
class Stone:
    """One customer in the list; `how` is "forgotten" or "anonymised"."""

    name: str
    how: str
    on: str
    salt: str = ""
    mark: str = ""


def stones(raw: bytes | None) -> list[Stone]:
    """Return the customers that a list names."""
    words = [line.split() for line in (raw or b"").decode("utf-8", "replace").splitlines()]
    return [Stone(*w[:5]) for w in words if len(w) >= 3 and w[1] in {ERASED, ANONYMISED}]


def erased(*lists: bytes | None) -> frozenset[str]:
    """Return the numbers and draft ids whose dossiers must not come back."""
    return frozenset(s.name for raw in lists for s in stones(raw) if s.how == ERASED)


def roots(*lists: bytes | None) -> tuple[str, ...]:
    """Return the old commits from which on history was written anew: nobody may join a history that holds one."""
    words = [line.split() for raw in lists for line in (raw or b"").decode("utf-8", "replace").splitlines()]
    return tuple(dict.fromkeys(w[1] for w in words if len(w) == 2 and w[0] == HISTORY))


def mark(salt: str, doc: Mapping[str, Any]) -> str:
    """Return a salted hash of what a customer goes by: the name with the first number or address it has."""
    contacts = [c for c in doc.get("contacts") or () if isinstance(c, Mapping)]
    known = [doc.get(k) for k in ("tax_id", "phone", "email")]
    known += [c.get(k) for c in contacts[:1] for k in ("mobile", "phone", "email", "wechat")]
    parts = (str(doc.get("name") or ""), next((str(k) for k in known if k), ""))
    text = unicodedata.normalize("NFKC", "\0".join(parts)).casefold()
    return hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def with_stone(raw: bytes | None, names: Iterable[str], how: str, on: date, doc: Mapping[str, Any]) -> str:
    """Return the list with a customer in it, under all its numbers; the salt is the list's own."""
    import os

    known = stones(raw)
    salt = next((s.salt for s in known if s.salt), "") or os.urandom(8).hex()
    lines = (raw or b"").decode("utf-8", "replace").splitlines()
    there = {(s.name, s.how) for s in known}
    new = [f"{n} {how} {on.isoformat()} {salt} {mark(salt, doc)}" for n in names if (n, how) not in there]
    return "".join(f"{line}\n" for line in [*lines, *new])


def with_roots(raw: bytes | None, commits: Iterable[str]) -> str:
    """Return the list with old commits in it that no history may hold."""
    lines = (raw or b"").decode("utf-8", "replace").splitlines()
    new = [f"{HISTORY} {sha}" for sha in commits if f"{HISTORY} {sha}" not in lines]
    return "".join(f"{line}\n" for line in [*lines, *new])


def come_back(raw: bytes | None, number: str, doc: Mapping[str, Any]) -> Stone | None:
    """Return the entry of an erased customer that a record is again, None where it is somebody else."""
    own = {number, *(str(n) for n in doc.get("formerly") or ())}
    for stone in stones(raw):
        same = stone.name in own or (bool(stone.salt) and mark(stone.salt, doc) == stone.mark)
        if same and (stone.how == ERASED or number != stone.name):
            return stone
    return None
