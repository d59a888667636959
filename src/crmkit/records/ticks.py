"""Ticks of the team's duties: `chores/YYYY.yaml` says which chore was done for which day, by whom.

weekly_review:
  2024-06-14:                  # the day it fell due
    周敏: {at: 2024-06-14T17:30, note: 三家要盯}
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crmkit.errors import Problem, msg
from crmkit.i18n import N_
from crmkit.yaml.read import Document, Unreadable, load

if TYPE_CHECKING:
    from crmkit.settings.model import Settings


class Tick(NamedTuple):
    """One tick: the day the chore fell due, who did it, when (as written) and what was noted."""

    due: date
    by: str = ""
    done_on: str = ""
    note: str = ""


Ticks = dict[str, list[Tick]]
"""By chore."""


def read(raw: bytes, path: str, settings: Settings) -> tuple[Ticks, list[Problem]]:
    """Return the ticks in the bytes of a file, and what is wrong in it; the rest counts all the same."""
    try:
        document = load(raw, path, empty_ok=True)
    except Unreadable as e:
        return {}, list(e.problems)
    out: Ticks = {}
    problems: list[Problem] = []
    known = {c.name for c in settings.chores}
    for chore, entries in document.data.items():
        if chore not in known:
            problems.append(_no_chore(document, chore, known))
        for at, entry in enumerate(_list(document, chore, entries, problems)):
            due = _day(entry.get("due")) if isinstance(entry, dict) else None
            if due is None:
                message = msg(N_("a tick names the day on which the chore fell due"))
                hint = N_("write - {{due: 2024-06-14, done_on: 2024-06-14, by: NAME}}")
                problems.append(_problem(document, (chore, at), "chores.due", message, hint))
                continue
            by, done_on, note = (str(entry.get(k) or "") for k in ("by", "done_on", "note"))
            out.setdefault(chore, []).append(Tick(due, by, done_on, note))
    return out, problems


def add(into: Ticks, more: Ticks) -> None:
    """Add ticks to others, in place."""
    for chore, found in more.items():
        into.setdefault(chore, []).extend(found)


def _list(document: Document, chore: str, value: Any, problems: list[Problem]) -> list[Any]:
    if isinstance(value, list):
        return value
    if value is not None:
        message = msg(N_("a list of ticks is wanted here"))
        problems.append(
            _problem(document, (chore,), "chores.type", message, N_("write - {{due: ...}} lines"))
        )
    return []


def _no_chore(document: Document, chore: str, known: set[str]) -> Problem:
    from crmkit.values.suggest import nearest

    near = nearest(chore, sorted(known))
    hint = N_("did you mean {near}?") if near else N_("name it under chores in crm.yaml, or remove its ticks")
    message = msg(N_("no chore is called {name!r}"), name=chore)
    line = document.line((chore,))
    return Problem(document.path, line, chore, "chores.unknown", "warning", message, msg(hint, near=near))


def _problem(document: Document, steps: tuple[str | int, ...], code: str, message: Any, hint: str) -> Problem:
    line = document.line(steps)
    return Problem(document.path, line, ".".join(map(str, steps)), code, "error", message, msg(hint))


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2024-06-14") else None
    except (ValueError, TypeError):
        return None
