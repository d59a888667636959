"""What every report is made from and gives back.

A report is one module with a function `report(material) -> Report`; `actions.report.NAMES` names it. It reads no
file and no clock: the records come as the index keeps them, the day is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from crmkit.errors import Message

if TYPE_CHECKING:
    from crmkit.index.due import AgendaRow
    from crmkit.settings.model import Settings

Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a report is about, both ends included, and the moment at which it is looked at.

    `whole_day` says that `now` stands for its whole day (`--on DATE`), so that only days are compared.
    """

    first: date
    last: date
    now: datetime
    whole_day: bool = False

    def __contains__(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last

    @property
    def today(self) -> date:
        """The day at which it is looked at."""
        return self.now.date()


@dataclass(frozen=True, slots=True)
class Material:
    """What a report may ask for.

    `records` gives all records of a kind as JSON, with `id`, `customer` and `customer_name`; `rows` what stands
    open in the agenda up to and with a day, passed rows included. `holds` says for which customers a rule is meant
    (None: for all). `owner` is the person whose share is asked for, "" for everybody; whom nobody owns is everybody's.
    """

    settings: Settings
    period: Period
    records: Callable[[str], Sequence[Doc]]
    rows: Callable[[date], Sequence[AgendaRow]] = lambda _day: ()
    holds: Callable[[str], frozenset[str] | None] = lambda _rule: None
    owner: str = ""

    def person(self, name: Any) -> str:
        """Return a person as the team knows him, whether a record gives his name or his address."""
        text = name if isinstance(name, str) else ""
        member = self.settings.member(text)
        return member.name if member else text

    def wants(self, owner: str) -> bool:
        """Whether what `owner` answers for belongs to the share that is asked for."""
        return not self.owner or not owner or owner.casefold() == self.owner.casefold()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a section: the key in its rows, its head (a msgid), its type.

    `words` are the msgids for the codes that it holds. `under` puts it on a line below its row, where a long text has
    room; `told` sets its head before it there.
    """

    name: str
    label: str
    type: str = "text"
    words: Mapping[str, str] = field(default_factory=dict)
    under: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a report under a title (a msgid)."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]


class Report(Protocol):
    """A report that was reckoned."""

    @property
    def title(self) -> Message:
        """Its name and its period."""

    @property
    def summary(self) -> Sequence[Message]:
        """What it comes to, in a few sentences."""

    @property
    def sections(self) -> Sequence[Section]:
        """Its tables."""

    @property
    def columns(self) -> Sequence[str]:
        """What `entries` have in common: the columns of a spreadsheet."""

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """Return everything that was counted, one entry each, with the `section` it stands in."""

    def to_json(self) -> dict[str, Any]:
        """Return all of it under stable keys."""


def day_of(value: Any) -> date | None:
    """Return the day of a date or time as records write it (times stand in the book's zone), None without one."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
