"""The `keys.yaml` of a dossier: its data keys, each wrapped to every reader, one entry for each of both.

A flat list of mappings with an `id`, so that two clones' entries merge by adding up. A key that somebody lost the
right to is `retired`: it still opens what was written under it, and nothing new is.
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmkit.crypt import _extra
from crmkit.crypt.identity import Identity, to_age
from crmkit.errors import Refused
from crmkit.i18n import N_
from crmkit.yaml import read

NAME = "keys.yaml"
"""The file beside the records whose secrets it is about."""

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key for one reader: `to` is his public key, `wrapped` what only he can open."""

    id: str
    key: str
    to: str
    wrapped: bytes = field(repr=False)
    made: str = ""
    retired: bool = False

    @classmethod
    def make(cls, key_id: str, data_key: bytes, to: str, made: str) -> Wrapped:
        """Wrap a data key; what is wrapped names the key, so that entries cannot be exchanged."""
        raw = _extra.pyrage().encrypt(key_id.encode() + b":" + data_key, [to_age(to)])
        return cls(f"{key_id}.{tag(to)}", key_id, to, raw, made)

    def to_yaml(self) -> dict[str, Any]:
        """Return the entry of the file."""
        body = {"id": self.id, "made": self.made, "to": self.to, "wrapped": b64encode(self.wrapped).decode()}
        return body | ({"retired": True} if self.retired else {})


def tag(to: str) -> str:
    """Return the few letters by which entries tell readers apart."""
    return hashlib.sha256(to.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Keyring:
    """The data keys of one dossier, as its file lists them; `path` is the file's."""

    entries: tuple[Wrapped, ...] = ()
    path: str = ""

    @classmethod
    def read(cls, raw: bytes | None, path: str) -> Keyring:
        """Return what a `keys.yaml` holds (None: there is none). What is no entry in it is passed over.

        Raises Unreadable where it is no YAML at all.
        """
        data: Mapping[str, Any] = {} if raw is None else read.load(raw, path, empty_ok=True).data
        listed = data.get("keys")
        entries = (_entry(e) for e in (listed if isinstance(listed, list) else ()))
        return cls(tuple(e for e in entries if e is not None), path)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the data keys, the oldest first."""
        made = {e.key: e.made for e in sorted(self.entries, key=lambda e: e.made, reverse=True)}
        return tuple(sorted(made, key=lambda k: (made[k], k)))

    @property
    def retired(self) -> frozenset[str]:
        """The data keys under which nothing new is written."""
        return frozenset(e.key for e in self.entries if e.retired)

    def readers(self, key_id: str) -> frozenset[str]:
        """Return the public keys that a data key is wrapped to."""
        return frozenset(e.to for e in self.entries if e.key == key_id)

    def open(self, key_id: str, identity: Identity) -> bytes | None:
        """Return a data key, None where no key of ours opens it."""
        for entry in self.entries:
            if entry.key == key_id:
                raw = identity.unwrap(entry.wrapped, entry.to)
                name, _, key = (raw or b"").partition(b":")
                if name == key_id.encode() and len(key) == 32:
                    return key
        return None

    def current(self, identity: Identity, wanted: Iterable[str]) -> tuple[str, bytes] | None:
        """Return the oldest data key in use that we can open and that nobody but the `wanted` readers can.

        The oldest, since whoever can write to the book can put a key of his own beside it.
        """
        allowed = frozenset(wanted)
        for key_id in self.ids:
            if key_id not in self.retired and self.readers(key_id) <= allowed:
                key = self.open(key_id, identity)
                if key is not None:
                    return key_id, key
        return None


def _entry(plain: Any) -> Wrapped | None:
    if not isinstance(plain, dict):
        return None
    ident, to, made = (str(plain.get(k) or "") for k in ("id", "to", "made"))
    key_id, dot, _ = ident.partition(".")
    try:
        wrapped = b64decode(str(plain.get("wrapped") or ""), validate=True)
    except ValueError:
        return None
    if not dot or not to or not wrapped:
        return None
    return Wrapped(ident, key_id, to, wrapped, made, str(plain.get("retired", "")).lower() == "true")


def new_key() -> tuple[str, bytes]:
    """Return the id of a new data key, and the key."""
    return "".join(_LETTERS[b % len(_LETTERS)] for b in os.urandom(8)), os.urandom(32)


def wrap(key_id: str, data_key: bytes, readers: Iterable[str], made: str) -> list[Wrapped]:
    """Wrap a data key to readers. Raises Refused where there are none: nobody could open it again."""
    out = [Wrapped.make(key_id, data_key, to, made) for to in dict.fromkeys(readers)]
    if not out:
        raise Refused(
            N_("nobody could read it again: the book names no public key"),
            hint=N_("make yours first: crm keys init"),
        )
    return out
