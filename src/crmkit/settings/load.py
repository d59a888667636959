"""crm.yaml over the defaults -> frozen settings; what is wrong in it, with line and way out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from crmkit.errors import CrmError, Problem
from crmkit.i18n import N_
from crmkit.settings._sections import Reader
from crmkit.settings.model import Settings
from crmkit.yaml import read

PATH = "crm.yaml"


class SettingsError(CrmError):
    """crm.yaml cannot be used. `problems` say where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        first = problems[0]
        super().__init__(
            N_("{path}:{line}: {what}") if first.line else N_("{path}: {what}"),
            hint=first.hint,
            path=first.path,
            line=first.line,
            what=first.message,
        )


def load(raw: bytes | None, path: str = PATH) -> tuple[Settings, list[Problem]]:
    """Return the settings that the bytes of crm.yaml make (None: there is none), and warnings about them.

    Raises SettingsError, naming the first error's line and hint, where the file cannot be read or says
    something that has no meaning.
    """
    if raw is None:
        return Settings(**_defaults()), []
    try:
        document = read.load(raw, path, empty_ok=True)
    except read.Unreadable as e:
        raise SettingsError(list(e.problems)) from e
    reader = Reader(document, path, "crm.yaml", _defaults())
    values = reader.settings()
    errors = [p for p in reader.problems if p.severity == "error"]
    if errors:
        raise SettingsError(errors)
    return Settings(**{**values, "digest": hashlib.sha256(raw).hexdigest()}), reader.problems


def over(settings: Settings, raw: bytes, path: str) -> Settings:
    """Return `settings` with what the bytes of another file say over them: a trial of other rules.

    Raises SettingsError where the file cannot be read or says something that has no meaning.
    """
    from dataclasses import fields

    try:
        document = read.load(raw, path, empty_ok=True)
    except read.Unreadable as e:
        raise SettingsError(list(e.problems)) from e
    reader = Reader(document, path, path, {f.name: getattr(settings, f.name) for f in fields(settings)})
    values = reader.settings()
    # what only warns in crm.yaml stops a trial: it would try something else than was meant
    if reader.problems:
        raise SettingsError(reader.problems)
    return Settings(**{**values, "lines": settings.lines, "digest": settings.digest})


def defaults() -> Settings:
    """Return the settings of a book whose crm.yaml says nothing."""
    return Settings(**_defaults())


@cache
def _read_defaults() -> Mapping[str, Any]:
    path = Path(__file__).with_name("defaults.yaml")
    reader = Reader(read.load(path.read_bytes(), path.name), path.name, "defaults", {})
    values = reader.settings()
    assert not reader.problems, reader.problems  # noqa: S101 - a mistake in our own file
    return values


def _defaults() -> dict[str, Any]:
    return dict(_read_defaults())
