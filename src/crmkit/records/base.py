"""What every kind of record is made of: typed fields with a label and a meaning, an identity, stamps.

A kind is a subclass of `Record` in a module of its own in this package; nothing else has to know of it.
Values come in as the text that stands in the file (the schema decides types, not YAML) and are converted
by `sorts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from crmkit.errors import Message, Severity
from crmkit.i18n import N_
from crmkit.records.sorts import (
    Birthday,
    Day,
    Flag,
    Integer,
    Money,
    MoneyValue,
    Number,
    Open,
    Secret,
    Vocab,
    When,
    to_range,
)

__all__ = [
    "Birthday",
    "Budget",
    "Day",
    "Flag",
    "Flaw",
    "Identity",
    "Integer",
    "Money",
    "MoneyValue",
    "Number",
    "Open",
    "Part",
    "Record",
    "Review",
    "Secret",
    "Vocab",
    "When",
    "about",
    "day_of",
    "error",
    "many",
    "warning",
]

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class About:
    """What a field means: its English label (a msgid), its marks, the kind it refers to, a help text."""

    label: str
    marks: frozenset[str] = frozenset()
    refers_to: str = ""
    required: bool = False
    help: str = ""
    keys: Mapping[str, str] = dataclass_field(default_factory=dict)


def about(
    label: str,
    *marks: str,
    ref: str = "",
    required: bool = False,
    help: str = "",  # noqa: A002 - what it is
    keys: Mapping[str, str] | None = None,
) -> Any:
    """Describe a field that may be left out; None where the file does not have it.

    `marks` are meanings (see `catalog.FieldSpec`), `ref` the kind that the value names a record of,
    `keys` the usual keys of a free mapping with their labels.
    """
    meta = About(label, frozenset(marks), ref, required, help, keys or {})
    return Field(default=None, json_schema_extra={"about": meta})  # type: ignore[dict-item]


def many(label: str, *marks: str, ref: str = "", help: str = "") -> Any:  # noqa: A002 - what it is
    """Describe a list; an empty tuple where the file does not have it."""
    meta = About(label, frozenset(marks), ref, help=help)
    return Field(default=(), json_schema_extra={"about": meta})  # type: ignore[dict-item]


class Part(BaseModel):
    """A mapping inside a record. Unknown keys are kept, and reported by the reader.

    `before` are pairs of dates of which the first may not be later.
    """

    before: ClassVar[tuple[tuple[str, str], ...]] = ()

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        coerce_numbers_to_str=True,
        arbitrary_types_allowed=True,
        defer_build=True,
        hide_input_in_errors=True,
    )


class BudgetRange(Part):
    """A budget from `min` to `max` (R-001-15); where only one end is known, only that is set."""

    min: Money | None = about(N_("Budget from"))
    max: Money | None = about(N_("Budget to"))
    currency: str | None = about(N_("Budget currency"))


Budget = Annotated[BudgetRange, BeforeValidator(to_range)]


class Review(Part):
    """Where a customer or contract stands in its review (R-000-17 to R-000-21, R-002-25)."""

    before: ClassVar[tuple[tuple[str, str], ...]] = (("submitted_at", "reviewed_at"),)

    state: Annotated[str, Vocab("review_state")] | None = about(N_("Review state"))
    submitted_by: str | None = about(N_("Submitted by"))
    submitted_at: When | None = about(N_("Submitted at"))
    reviewed_by: str | None = about(N_("Reviewed by"))
    reviewed_at: When | None = about(N_("Reviewed at"))
    reason: str | None = about(N_("Reason of the review"))


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a record stands: its id (the file's stem), its path, its customer's number ("": none)."""

    id: str = ""
    path: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What a check found at `steps` inside a record; the reader adds path and line."""

    steps: Steps
    code: str
    severity: Severity
    message: Message
    hint: Message = dataclass_field(default_factory=lambda: Message(""))
    requirement: str = ""


def error(
    steps: str | Steps, code: str, message: Message, hint: Message | None = None, requirement: str = ""
) -> Flaw:
    """Make a flaw that stops a write. `steps` may be a single key."""
    steps = (steps,) if isinstance(steps, str) else steps
    return Flaw(steps, code, "error", message, hint or Message(""), requirement)


def warning(
    steps: str | Steps, code: str, message: Message, hint: Message | None = None, requirement: str = ""
) -> Flaw:
    """Make a flaw that is only reported."""
    steps = (steps,) if isinstance(steps, str) else steps
    return Flaw(steps, code, "warning", message, hint or Message(""), requirement)


class Record(Part):
    """A record of one kind: the file's fields, and beside them `id`, `path` and `customer`.

    Subclasses set the class variables and describe their fields with `about` and `many`. `date_field`
    names the field whose day the id carries; `columns` are what a list shows when nothing else is asked
    for.
    """

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""
    rank: ClassVar[int] = 100
    """Kinds are listed by rank, then by name."""
    place: ClassVar[str] = "dossier"
    by_year: ClassVar[bool] = False
    date_field: ClassVar[str] = ""
    columns: ClassVar[tuple[str, ...]] = ()

    created_by: str | None = about(N_("Entered by"), "stamp")  # R-000-34
    created_on: Day | None = about(N_("Entered on"), "stamp")  # R-000-35
    updated_by: str | None = about(N_("Updated by"), "stamp")
    updated_at: When | None = about(N_("Updated at"), "stamp")  # R-000-36

    def flaws(self) -> Iterable[Flaw]:
        """Yield what is wrong in this record beyond its single fields; kinds extend it."""
        return ()

    @property
    def identity(self) -> Identity:
        """Where the record stands; empty for one that was never in a file."""
        private: dict[str, Any] | None = self.__pydantic_private__
        found = private["identity"] if private else Identity()
        assert isinstance(found, Identity)  # noqa: S101 - narrows
        return found

    @property
    def id(self) -> str:
        """The record's id."""
        return self.identity.id

    @property
    def path(self) -> str:
        """The file's path relative to the book."""
        return self.identity.path

    @property
    def customer(self) -> str:
        """The number of the dossier that the record lies in, "" outside dossiers."""
        return self.identity.customer

    @property
    def extra(self) -> Mapping[str, Any]:
        """The keys that the kind does not know: custom fields (typed by the reader) and unknown ones."""
        return self.__pydantic_extra__ or {}

    def placed(self, identity: Identity) -> None:
        """Say where the record stands; for the reader, right after validation."""
        object.__setattr__(self, "__pydantic_private__", {"identity": identity})


def day_of(value: date | datetime | None) -> date | None:
    """Return the day of a date or a time in the book's zone."""
    return value.date() if isinstance(value, datetime) else value
