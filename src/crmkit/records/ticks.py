"""Ticks of the team's duties: `chores/YYYY.yaml` says which chore was done for which day, by whom.

weekly_review:
  2024-06-14:                  # the day it fell due
    周敏: {at: 2024-06-14T17:30, note: 三家要盯}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crmkit.errors import Problem, msg
from crmkit.i18n import N_
from crmkit.yaml.read import Document, Unreadable, load

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

Ticks = dict[str, dict[date, dict[str, "Tick"]]]
"""By chore, by the day it fell due, by who did it."""


class Tick(NamedTuple):
    """One tick: when it was made (a date or time, as written) and what was noted."""

    at: str = ""
    note: str = ""


def read(raw: bytes, path: str, settings: Settings) -> tuple[Ticks, list[Problem]]:
    """Return the ticks in the bytes of a file, and what is wrong in it; the rest counts all the same."""
    try:
        document = load(raw, path, empty_ok=True)
    except Unreadable as e:
        return {}, list(e.problems)
    out: Ticks = {}
    problems: list[Problem] = []
    known = {c.name for c in settings.chores}
    for chore, days in document.data.items():
        if chore not in known:
            problems.append(_no_chore(document, chore, known))
        for text, people in _mapping(document, (chore,), days, problems):
            day = _day(text)
            if day is None:
                message = msg(N_("{text!r} is not a day"), text=text)
                problems.append(
                    _problem(document, (chore, text), "chores.day", message, N_("write 2024-06-14:"))
                )
                continue
            done = out.setdefault(chore, {}).setdefault(day, {})
            for who, tick in _mapping(document, (chore, text), people, problems):
                given = tick if isinstance(tick, dict) else {}
                done[who] = Tick(str(given.get("at") or ""), str(given.get("note") or ""))
    return out, problems


def add(into: Ticks, more: Ticks) -> None:
    """Add ticks to others, in place."""
    for chore, days in more.items():
        for day, people in days.items():
            into.setdefault(chore, {}).setdefault(day, {}).update(people)


def _mapping(
    document: Document, steps: tuple[str, ...], value: Any, problems: list[Problem]
) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif value is not None:
        message = msg(N_("a mapping is wanted here: day, then who"))
        hint = N_("write 2024-06-14: {{NAME: {{at: 2024-06-14}}}}")
        problems.append(_problem(document, steps, "chores.type", message, hint))


def _no_chore(document: Document, chore: str, known: set[str]) -> Problem:
    from crmkit.values.suggest import nearest

    near = nearest(chore, sorted(known))
    hint = N_("did you mean {near}?") if near else N_("name it under chores in crm.yaml, or remove its ticks")
    message = msg(N_("no chore is called {name!r}"), name=chore)
    line = document.line((chore,))
    return Problem(document.path, line, chore, "chores.unknown", "warning", message, msg(hint, near=near))


def _problem(document: Document, steps: tuple[str, ...], code: str, message: Any, hint: str) -> Problem:
    line = document.line(steps)
    return Problem(document.path, line, ".".join(steps), code, "error", message, msg(hint))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2024-06-14") else None
    except ValueError:
        return None
