"""The reader's own private key: an age identity or an ssh key, in his configuration and never in a book."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crmkit.crypt import _extra
from crmkit.errors import Refused
from crmkit.i18n import N_

FILE = "CRM_AGE_KEY_FILE"
"""The variable that names another file: an age identity file, or an OpenSSH private key."""

_AGE = re.compile(r"age1[02-9ac-hj-np-z]{58}\Z")
_SSH = re.compile(r"(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/]{40,}={0,3}\Z")
_MOST = 1 << 16


def place(env: Mapping[str, str]) -> Path:
    """Return where the user's key is or would be: CRM_AGE_KEY_FILE, else `crmkit/identity.txt` among his settings."""
    if said := env.get(FILE):
        return Path(said).expanduser()
    base = env.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else _home(env) / ".config") / "crmkit" / "identity.txt"


def _home(env: Mapping[str, str]) -> Path:
    return Path(env.get("HOME") or "~").expanduser()


def plain_key(text: str) -> str:
    """Return a public key without its comment, "" for what has not the form of one."""
    words = " ".join(text.split()[:2]) if text.strip().startswith("ssh-") else text.strip()
    return words if _AGE.match(words) or _SSH.match(words) else ""


def recipient(text: str) -> str:
    """Return a public key as crm.yaml keeps it; Refused for what is none. A key's comment is left out."""
    words = plain_key(text)
    if text.strip().upper().startswith("AGE-SECRET-KEY-") or "PRIVATE KEY" in text:
        raise Refused(
            N_("this is a private key: nobody else may have it"),
            hint=N_("the public one begins with age1 or ssh-ed25519: crm keys list"),
        )
    if not words:
        raise Refused(
            N_("this is no public key of age"), hint=N_("it begins with age1, ssh-ed25519 or ssh-rsa")
        )
    to_age(words)
    return words


def to_age(text: str) -> Any:
    """Return the age library's recipient; Refused where it cannot be read."""
    pyrage = _extra.pyrage()
    make = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return make.from_str(text)
    except pyrage.RecipientError:
        raise Refused(
            N_("{key}… is no public key of age"),
            hint=N_("copy it again: crm keys list shows one's own"),
            key=text[:16],
        ) from None


@dataclass(frozen=True)
class Identity:
    """Private keys of one person, by the public key that each belongs to. Never shown: see `__repr__`."""

    keys: Mapping[str, Any] = field(default_factory=dict, repr=False)
    path: str = ""

    @property
    def recipients(self) -> tuple[str, ...]:
        """The public keys."""
        return tuple(self.keys)

    def unwrap(self, wrapped: bytes, to: str) -> bytes | None:
        """Return what was wrapped to the public key `to`; None where that is not ours or the bytes are damaged."""
        own = self.keys.get(to)
        if own is None:
            return None
        pyrage = _extra.pyrage()
        try:
            out: bytes = pyrage.decrypt(wrapped, [own])
        except pyrage.DecryptError:
            return None
        return out


def load(env: Mapping[str, str]) -> Identity:
    """Return the user's keys: those of `place`, and without CRM_AGE_KEY_FILE also `~/.ssh/id_ed25519`.

    Where there is none, the identity has no keys. Raises Refused for a file that others can read, that is no key,
    or (where the variable names it) a key that a passphrase protects; no message repeats what it holds.
    """
    path = place(env)
    found: dict[str, Any] = {}
    raw = _read(path)
    if raw is not None:
        found |= _parsed(raw, path)
    elif env.get(FILE):
        raise Refused(
            N_("{name} names {path}, and nothing is there"),
            hint=N_("make a key: crm keys init"),
            name=FILE,
            path=str(path),
        )
    if not env.get(FILE):
        found |= _own_ssh(_home(env) / ".ssh" / "id_ed25519")
    return Identity(found, str(path))


def _own_ssh(path: Path) -> dict[str, Any]:
    """Return the user's ssh key where it is one that can be used as it is."""
    try:
        raw = _read(path)
        return _parsed(raw, path) if raw is not None else {}
    except Refused:
        return {}


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            info = os.fstat(file.fileno())
            raw = file.read(_MOST)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    if not stat.S_ISREG(info.st_mode):
        raise Refused(N_("{path} is not a plain file"), path=str(path))
    if info.st_mode & 0o077:
        raise Refused(
            N_("others on this machine can read your private key in {path}"),
            hint=N_("chmod 600 {path}"),
            path=str(path),
        )
    return raw


def _parsed(raw: bytes, path: Path) -> dict[str, Any]:
    pyrage = _extra.pyrage()
    try:
        if b"PRIVATE KEY-----" in raw:
            return {_ssh_public(raw, path): pyrage.ssh.Identity.from_buffer(raw)}
        lines = [line.strip() for line in raw.decode("utf-8").splitlines()]
        made = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (pyrage.IdentityError, UnicodeDecodeError, ValueError):
        raise Refused(
            N_("{path} holds no private key that can be used"),
            hint=N_("it takes AGE-SECRET-KEY-1... lines, or an OpenSSH key without a passphrase"),
            path=str(path),
        ) from None
    return {str(one.to_public()): one for one in made}


def _ssh_public(raw: bytes, path: Path) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        public = serialization.load_ssh_private_key(raw, None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refused(
            N_("{path} holds an ssh key that cannot be used as it is"),
            hint=N_("crmkit asks for no passphrase: use a key of its own, made with crm keys init"),
            path=str(path),
        ) from None
    text = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    return " ".join(text.split()[:2])


def make(path: Path, note: str) -> str:
    """Write a new private key to `path` (mode 600) and return its public key. Raises Refused where a file is there."""
    one = _extra.pyrage().x25519.Identity.generate()
    public = str(one.to_public())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Refused(
            N_("there is a file {path} already"), hint=N_("it is kept; move it away first"), path=str(path)
        ) from None
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(f"# {note}\n# public key: {public}\n{one}\n")
        file.flush()
        os.fsync(file.fileno())
    return public
