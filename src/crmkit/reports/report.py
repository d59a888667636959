"""What every report is made from and gives back.

A report is one module with a function `report(material) -> Report`; `actions.report.NAMES` names it. It reads no
file and no clock: the records come as the index keeps them, the day is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

from crmkit.errors import Message

if TYPE_CHECKING:
    from crmkit.errors import Problem
    from crmkit.index.due import AgendaRow
    from crmkit.rules.health import Health
    from crmkit.settings.model import Settings

Doc = Mapping[str, Any]
Label = str | Message
"""A text of the records, or one that is translated when it is shown."""
Number = int | Decimal


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
        """Whether the day is one of it; what has no day belongs to all time, and to no shorter period."""
        return not self.bounded if day is None else self.first <= day <= self.last

    @property
    def bounded(self) -> bool:
        """Whether it is less than all time."""
        return (self.first, self.last) != (date.min, date.max)

    @property
    def today(self) -> date:
        """The day at which it is looked at."""
        return self.now.date()


@dataclass(frozen=True)
class Material:
    """What a report may ask for.

    `records` gives all records of a kind as JSON, with `id`, `customer` and `customer_name`; where a `query` was asked
    for, only its customers and what lies in their dossiers. `rows` is what stands open in the agenda up to and with a
    day, passed rows included. `finds` gives the numbers of the customers that a query finds, `holds` those for which a
    rule is meant (None: all). `health` gives the score of each won customer on a day, `problems` what is wrong in the
    files. `owner` is the person whose share is asked for, "" for everybody; `reveal` says that contact details are
    shown plainly.
    """

    settings: Settings
    period: Period
    records: Callable[[str], Sequence[Doc]]
    rows: Callable[[date], Sequence[AgendaRow]] = lambda _day: ()
    holds: Callable[[str], frozenset[str] | None] = lambda _rule: None
    owner: str = ""
    query: str = ""
    reveal: bool = False
    finds: Callable[[str], frozenset[str]] = lambda _query: frozenset()
    health: Callable[[date], Mapping[str, Health]] = lambda _day: {}
    problems: Callable[[], Sequence[Problem]] = lambda: ()

    def person(self, name: Any) -> str:
        """Return a person as the team knows him, whether a record gives his name or his address."""
        text = name if isinstance(name, str) else ""
        member = self.settings.member(text)
        return member.name if member else text

    def wants(self, owner: str) -> bool:
        """Whether what `owner` answers for belongs to the share that is asked for; what nobody owns is everybody's."""
        return not owner or self.owns(owner)

    def owns(self, owner: str) -> bool:
        """Whether `owner` is the one asked for. What nobody owns is nobody's: shares add up to the whole."""
        return not self.owner or owner.casefold() == self.owner.casefold()

    def whose(self, doc: Doc, *names: str) -> str:
        """Return who answers for a record: the first of its fields `names` (`owner`), else the customer's owner."""
        own = next((doc[n] for n in names or ("owner",) if doc.get(n)), None)
        return self.person(own or (self.customers.get(str(doc.get("customer"))) or {}).get("owner"))

    @cached_property
    def customers(self) -> Mapping[str, Doc]:
        """The customers that are asked about, by number, whosever they are."""
        return {str(doc["id"]): doc for doc in self.records("customer")}

    @cached_property
    def own_customers(self) -> Sequence[Doc]:
        """The customers that the owner asked for answers for, in the order of their numbers."""
        return [doc for doc in self.customers.values() if self.owns(self.person(doc.get("owner")))]

    @property
    def today(self) -> date:
        """The day at which it is looked at."""
        return self.period.today


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a section: the key in its rows, its head (a msgid), its type.

    Types are those of the catalogue, and `percent` and `average` (shown with one decimal). A row's `currency` belongs
    to all its money. `words` are the msgids for the codes that it holds, `vocabulary` names the settings' words.
    `under` puts it on a line below its row, where a long text has room; `told` sets its head before it there.
    """

    name: str
    label: str
    type: str = "text"
    words: Mapping[str, str] = field(default_factory=dict)
    under: bool = False
    told: bool = False
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One set of values of a chart, one for each of its labels; None where there is no value."""

    name: Label
    values: Sequence[Number | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a section: drawn as text on a terminal, as SVG on a page, by Textual on the dashboard.

    `bar` sets series side by side, `stacked` on top of each other, `line` joins their points. `unit` is a column's type
    (integer, percent, money, average), `currency` that of money. `over_time` says that the labels are points in time,
    in order.
    """

    kind: Literal["bar", "stacked", "line"]
    title: Label
    labels: Sequence[Label]
    series: Sequence[Series]
    unit: str = "integer"
    currency: str = ""
    over_time: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a report under a title (a msgid).

    `total` is a last row that sums the others; it is no row. `whole` shows all rows on a terminal, however many.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    total: Mapping[str, Any] | None = None
    charts: Sequence[Chart] = ()
    whole: bool = False
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that stands above the tables: its label (a msgid), its value, its type as of a column."""

    label: str
    value: Any
    type: str = "integer"
    currency: str = ""


class Report(Protocol):
    """A report that was reckoned."""

    @property
    def title(self) -> Message:
        """Its name and its period."""

    @property
    def summary(self) -> Sequence[Message]:
        """What it comes to, in a few sentences."""

    @property
    def figures(self) -> Sequence[Figure]:
        """Its numbers that matter most."""

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
