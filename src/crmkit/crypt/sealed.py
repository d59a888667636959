"""One encrypted value: `enc:v1:KEYID:BODY`, AES-GCM under a dossier's data key.

What the value belongs to (key, kind, record, field) is authenticated with it, so that it opens nowhere else. A
customer's number is no part of that: it changes on approval and when clones meet, and the key itself already
belongs to one dossier.
"""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, NamedTuple

from crmkit.crypt import _extra
from crmkit.errors import Refused
from crmkit.i18n import N_

PREFIX = "enc:v1:"
"""How every encrypted value begins."""

_NONCE, _BLOCK = 12, 32
_FORM = re.compile(r"enc:v1:([0-9a-z]{8}):([A-Za-z0-9_-]{60,})\Z")


class Where(NamedTuple):
    """What a value belongs to. `record` is the id of a record beside a customer, "" for the customer itself."""

    kind: str
    record: str
    field: str


class Altered(Refused):
    """The value was moved here from another record or field, or changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted value taken apart: the id of its data key, and the bytes."""

    key: str
    body: bytes


def is_sealed(value: Any) -> bool:
    """Whether a value stands encrypted (however badly)."""
    return isinstance(value, str) and value.startswith(PREFIX)


def parse(text: str) -> Sealed | None:
    """Take an encrypted value apart; None where it has not the form of one."""
    found = _FORM.match(text.strip())
    if not found:
        return None
    try:
        body = urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
    except ValueError:
        return None
    return Sealed(found[1], body)


def seal(text: str, key: bytes, key_id: str, where: Where) -> str:
    """Return `text` encrypted. Short values all give the same length: about 95 characters."""
    raw = text.encode("utf-8") + b"\x80"
    raw += bytes(-len(raw) % _BLOCK)
    nonce = os.urandom(_NONCE)
    body = nonce + _extra.aesgcm(key).encrypt(nonce, raw, _bound(key_id, where))
    return f"{PREFIX}{key_id}:{urlsafe_b64encode(body).decode().rstrip('=')}"


def unseal(value: Sealed, key: bytes, where: Where) -> str:
    """Return the text. Raises Altered where the value does not belong to `where`."""
    from cryptography.exceptions import InvalidTag

    nonce, body = value.body[:_NONCE], value.body[_NONCE:]
    try:
        raw: bytes = _extra.aesgcm(key).decrypt(nonce, body, _bound(value.key, where))
    except InvalidTag:
        raise Altered(
            N_(
                "the encrypted {field} does not belong here: it was copied from another record or field, or changed"
            ),
            hint=N_("take back what was done to the file: git log -p"),
            field=where.field,
        ) from None
    return raw.rstrip(b"\0").removesuffix(b"\x80").decode("utf-8")


def _bound(key_id: str, where: Where) -> bytes:
    return "\0".join(("crmkit", "v1", key_id, *where)).encode()
