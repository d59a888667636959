"""Who is told where: `notify.yaml` in the user's own configuration, and the environment. Never the book.

A cloned book is data from strangers; an address in it would send the customers of whoever opens it there.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.errors import Message, Refused, msg
from crmkit.i18n import N_
from crmkit.notify import targets
from crmkit.notify.letter import BadTarget, Target
from crmkit.values.names import norm

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

DEFAULT = "default"
VARIABLE = "CRM_NOTIFY_"
FILE = "CRM_NOTIFY_CONFIG"
_MOST = 1 << 18


@dataclass(frozen=True)
class Directory:
    """Names and their targets. `path` is where the file is or would be, `warnings` what is wrong with it."""

    entries: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    path: str = ""
    warnings: tuple[Message, ...] = ()

    @property
    def all(self) -> dict[str, Target]:
        """Every target by its identity."""
        return {t.identity: t for targets in self.entries.values() for t in targets}

    def of(self, names: Sequence[str], *, anybody: bool = False) -> tuple[Target, ...]:
        """Return the targets of somebody who goes by `names`, else those under `default`.

        `anybody`: without a `default` everybody's, for what belongs to nobody in particular.
        """
        known = {norm(name): found for name, found in self.entries.items()}
        for name in (*names, DEFAULT):
            if found := known.get(norm(name)):
                return found
        return tuple(self.all.values()) if anybody else ()

    def named(self, text: str) -> set[str]:
        """Return the identities that `--to` means: an entry, or a channel. Raises Refused."""
        entry = next((found for name, found in self.entries.items() if norm(name) == norm(text)), None)
        chosen = entry if entry is not None else [t for t in self.all.values() if t.channel == text.lower()]
        if not chosen:
            known = sorted({*self.entries, *(t.channel for t in self.all.values())})
            raise Refused(
                N_("no target goes by the name {name!r}"),
                hint=N_("there are: {known}"),
                name=text,
                known=", ".join(known),
            )
        return {t.identity for t in chosen}


def place(env: Mapping[str, str]) -> Path:
    """Return where the user keeps his targets: CRM_NOTIFY_CONFIG, else `crmkit/notify.yaml` among his settings."""
    if said := env.get(FILE):
        return Path(said).expanduser()
    base = env.get("XDG_CONFIG_HOME", "")
    home = Path(env.get("HOME") or "~").expanduser()
    return (Path(base) if base.startswith("/") else home / ".config") / "crmkit" / "notify.yaml"


def load(env: Mapping[str, str], settings: Settings) -> Directory:
    """Return the user's targets. Raises Refused where there are none or one cannot be read (never repeating it)."""
    path = place(env)
    raw, warnings = _read(path)
    entries: dict[str, tuple[Target, ...]] = {}
    if raw is not None:
        entries.update(_from_file(raw, str(path)))
    for name, words in _variables(env):
        entries[_entry_name(name, entries, settings)] = _parsed(words, [msg("{name}", name=VARIABLE + name)])
    entries = {name: found for name, found in entries.items() if found}
    if not entries:
        raise Refused(
            N_("nobody has a target: notifications go where {path} says"),
            hint=N_(
                "write into it for example: default: ['mailtos://USER:PASSWORD@smtp.example.com?to=YOU']"
            ),
            path=str(path),
        )
    return Directory(entries, str(path), tuple(warnings))


def _read(path: Path) -> tuple[bytes | None, list[Message]]:
    try:
        with path.open("rb") as file:
            info = path.stat()
            raw = file.read(_MOST)
    except (FileNotFoundError, NotADirectoryError):
        return None, []
    if not stat.S_ISREG(info.st_mode):
        raise Refused(N_("{path} is not a plain file"), path=str(path))
    if info.st_mode & stat.S_IWOTH:
        raise Refused(
            N_("anybody on this machine can write to {path}, and so say where reminders go"),
            hint=N_("chmod 600 {path}"),
            path=str(path),
        )
    if info.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return raw, [
            msg(N_("others on this machine can read the secrets in {path}: chmod 600 it"), path=str(path))
        ]
    return raw, []


def _from_file(raw: bytes, path: str) -> Iterator[tuple[str, tuple[Target, ...]]]:
    from crmkit.yaml import read

    try:
        document = read.load(raw, path, empty_ok=True)
    except read.Unreadable as e:  # its words may quote the line, and the line may hold a secret
        line = e.problems[0].line
        raise Refused(
            N_("{path}:{line}: cannot be read as YAML"),
            hint=N_("write a name and a list of addresses: default: ['wecom://KEY']"),
            path=path,
            line=line,
        ) from None
    for name, value in document.data.items():
        words = [value] if isinstance(value, str) else value or []
        if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
            raise Refused(
                N_("{where}: a list of addresses is wanted here"),
                hint=N_("write a name and a list of addresses: default: ['wecom://KEY']"),
                where=f"{path}:{document.line([name])}",
            )
        places = [
            msg(
                "{path}:{line}",
                path=path,
                line=document.line([name, i] if isinstance(value, list) else [name]),
            )
            for i in range(len(words))
        ]
        yield name, _parsed(words, places)


def _variables(env: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    for key, value in sorted(env.items()):
        if key.startswith(VARIABLE) and key != FILE and value.strip():
            yield key.removeprefix(VARIABLE), value.split()


def _entry_name(name: str, entries: Mapping[str, object], settings: Settings) -> str:
    """Return whom CRM_NOTIFY_<NAME> means: shells allow only letters, digits and _ in it."""
    wanted = _letters(name)
    for entry in entries:
        if _letters(entry) == wanted:
            return entry
    for member in settings.team:
        if wanted in {
            _letters(member.name),
            _letters(member.email),
            _letters(member.email.partition("@")[0]),
        }:
            return member.name
    return name.lower()


def _letters(text: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in norm(text))


def _parsed(words: Sequence[str], places: Sequence[Message]) -> tuple[Target, ...]:
    found: dict[str, Target] = {}
    for i, word in enumerate(words):
        try:
            for target in targets.parse(word):
                found.setdefault(target.identity, target)
        except BadTarget as e:
            where = places[min(i, len(places) - 1)]
            raise BadTarget(msg("{where}: {what}", where=where, what=e.message), hint=e.hint) from None
    return tuple(found.values())
