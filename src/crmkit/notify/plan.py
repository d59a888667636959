"""Which rows are told now, and to whom. Pure: rows and a moment in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from crmkit.rules import window
from crmkit.values.names import norm

if TYPE_CHECKING:
    from crmkit.index.due import AgendaRow
    from crmkit.settings.model import Settings

AT_ONCE = ("sla.",)
"""Rules whose rows are told as soon as they exist: clocks that run in hours (R-004-12 to -14)."""

LOOK = timedelta(days=730)
"""How far ahead rows are looked for that may be told long before they fall due; the index reaches as far."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is told. `names` are the spellings he goes by; "" is nobody in particular."""

    name: str
    names: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What he is remembered by: his name hashed."""
        return _hash(norm(self.name))


def told_from(row: AgendaRow, at: time, now: datetime) -> datetime | None:
    """Return from when on a row is told, None for at once.

    That is the follow-up's `remind`, else the day before (R-004-23); days begin at `at`, the time of digests.
    """
    if row.rule.startswith(AT_ONCE) and row.remind is None:
        return None
    when = window.remind_on(row.due_on, row.remind)
    if isinstance(when, datetime):
        return when if when.tzinfo else when.replace(tzinfo=now.tzinfo)
    return datetime.combine(when, at, now.tzinfo)


def due_now(
    rows: Iterable[AgendaRow], now: datetime, at: time, *, whole_day: bool = False
) -> Iterator[AgendaRow]:
    """Yield the rows whose moment has come, however long ago: a day without cron loses nothing."""
    last = datetime.combine(now.date(), time.max, now.tzinfo) if whole_day else now
    for row in rows:
        moment = told_from(row, at, now)
        if moment is None or moment <= last:
            yield row


def people(row: AgendaRow, settings: Settings) -> list[Person]:
    """Return whom a row concerns: its owner and those beside him; of a row without any, nobody in particular.

    A role that owns a row is told as its members.
    """
    names = row.people if row.people and is_role(row.owner, settings) else (row.owner, *row.people)
    found = {p.key: p for p in (person(name, settings) for name in names if name.strip())}
    return [*found.values()] or [Person("")]


def is_role(name: str, settings: Settings) -> bool:
    """Whether a name is a role's and nobody's own."""
    return name in settings.roles and settings.member(name) is None


def person(name: str, settings: Settings) -> Person:
    """Return somebody by the team's name for him."""
    member = settings.member(name)
    if member is None:
        return Person(name, (name,))
    return Person(member.name, tuple(t for t in (member.name, member.email, name) if t))


def row_key(row: AgendaRow) -> str:
    """Return what a row is remembered by: its id hashed, for ids hold names."""
    return _hash(row.id)


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def last_day(today: date) -> date:
    """Return the last day whose rows may have to be told today."""
    return today + LOOK
