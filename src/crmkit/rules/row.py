"""A row of the agenda: something that falls due, why, and until when.

Light to import: `crm due` reads rows back from the index.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from crmkit.errors import Message
from crmkit.frozen import dataclass, trusted

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True, slots=True)
class Also:
    """A further reason behind a row: the same contact would serve it."""

    rule: str
    due: date
    reason: Message


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that falls due.

    `due_on` is its day in the book's zone; `due_at` the moment where the rule counts hours or a time was
    given. `source` is the id of the record behind the row, `part` what tells several rows of one record apart
    (a contact's name). `until` is the last day on which the row is of any use (a birthday): later it is gone.
    `interval` is the number behind the date; `where` is the place in `crm.yaml` where the book says so
    ("crm.yaml:12"), "" where it leaves it to crmkit's defaults. `people` are those whom the row concerns beside
    its owner: collaborators on a case, reviewers, the members of a role. `complaint`, `high_value` and `grade` serve
    the order of `crm due`.
    """

    customer: str
    rule: str
    source: str
    due_on: date
    reason: Message
    due_at: datetime | None = None
    part: str = ""
    until: date | None = None
    also: tuple[Also, ...] = ()
    owner: str = ""
    people: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    contact: str = ""
    remind: date | datetime | None = None
    important: bool = False
    complaint: bool = False
    high_value: bool = False
    grade: str = ""
    interval: str = ""
    where: str = ""

    @property
    def id(self) -> str:
        """`CUSTOMER/RULE/SOURCE/DUE`; SOURCE is the part where there is one, DUE the day."""
        return row_id(self.customer, self.rule, self.part or self.source, self.due_on)

    @property
    def due(self) -> date | datetime:
        """When it falls due: a time where there is one, else the day."""
        return self.due_at or self.due_on

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, defaults left out; `from_json` reads them back."""
        out: dict[str, Any] = {
            "customer": self.customer,
            "rule": self.rule,
            "source": self.source,
            "due_on": self.due_on.isoformat(),
            "reason": self.reason.to_json(),
        }
        for name in _WHENS:
            value = getattr(self, name)
            if value is not None:
                out[name] = value.isoformat()
        if self.also:
            out["also"] = [[a.rule, a.due.isoformat(), a.reason.to_json()] for a in self.also]
        for name in _LISTS:
            if value := getattr(self, name):
                out[name] = list(value)
        for name in _PLAIN:
            value = getattr(self, name)
            if value:
                out[name] = value
        return out

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls.of_plain(dict(value))

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> Self:
        """Do the same with a dict that nobody needs any more; with fields of a subclass as they are."""
        plain["due_on"] = date.fromisoformat(plain["due_on"])
        plain["reason"] = Message.from_json(plain["reason"])
        for name in _WHENS:
            if name in plain:
                plain[name] = _when(plain[name])
        if "also" in plain:
            plain["also"] = tuple(
                Also(rule, date.fromisoformat(due), Message.from_json(reason))
                for rule, due, reason in plain["also"]
            )
        for name in _LISTS:
            if name in plain:
                plain[name] = tuple(plain[name])
        return trusted(cls, plain)


_LISTS = ("channels", "people")
_WHENS = ("due_at", "until", "remind")
_PLAIN = ("part", "owner", "contact", "important", "complaint", "high_value", "grade", "interval", "where")


def _when(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def row_id(customer: str, rule: str, source: str, due_on: date) -> str:
    """Put a row's id together: `202406-001/date.birthday/王经理/2024-06-20`."""
    return f"{customer}/{rule}/{source}/{due_on.isoformat()}"


def split_id(text: str) -> tuple[str, str, str, date] | None:
    """Take a row's id apart into customer, rule, source and due day; None where it is no row's id.

    A contact's name may itself hold a slash, so the source is what the other three leave over.
    """
    first, _, rest = text.partition("/")
    rule, _, rest = rest.partition("/")
    source, _, day = rest.rpartition("/")
    if not (first and rule and source):
        return None
    try:
        return first, rule, source, date.fromisoformat(day)
    except ValueError:
        return None
