"""Most reports: sections of columns and rows under a title, with the figures that matter most.

Rows hold plain values: text, `Decimal` and `int`, `date`, codes of vocabularies, messages. They are rounded and
worded
only where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmkit.errors import Message, UsageError, msg
from crmkit.i18n import N_
from crmkit.reports.report import Column, Figure, Material, Section


@dataclass(frozen=True)
class Tables:
    """A report made of sections; `material` is what it was made from."""

    name: str
    about: str
    material: Material
    sections: Sequence[Section]
    figures: Sequence[Figure] = ()
    remarks: Sequence[Message] = ()

    @property
    def title(self) -> Message:
        """Its name, and the days and the person it is about."""
        period, told = self.material.period, msg(self.about)
        if period.bounded:
            told = msg(
                N_("{title} {first} to {last}"),
                title=told,
                first="…" if period.first == date.min else period.first.isoformat(),
                last="…" if period.last == date.max else period.last.isoformat(),
            )
        if self.material.owner:
            told = msg(N_("{title}: {owner}"), title=told, owner=self.material.owner)
        return told

    @property
    def summary(self) -> list[Message]:
        """As of when it holds and of which customers, and its remarks."""
        day = self.material.today.isoformat()
        told = msg(N_("as of {day}"), day=day)
        if self.material.query:
            n = len(self.material.customers)
            told = msg(N_("as of {day}; customers: {query} ({n})"), day=day, query=self.material.query, n=n)
        return [told, *self.remarks]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its sections; with several, `section` before them."""
        names = dict.fromkeys(c.name for s in self.sections for c in s.columns)
        return tuple(names) if len(self.sections) == 1 else ("section", *names)

    def entries(self) -> list[dict[str, Any]]:
        """Return the rows of all sections, totals left out."""
        return [{"section": s.name, **plain(row)} for s in self.sections for row in s.rows]

    def to_json(self) -> dict[str, Any]:
        """Return the rows by section, and their totals."""
        material, period = self.material, self.material.period
        return {
            "report": self.name,
            "from": None if period.first == date.min else period.first.isoformat(),
            "to": None if period.last == date.max else period.last.isoformat(),
            "as_of": period.today.isoformat(),
            "owner": material.owner,
            "query": material.query,
            "totals": {s.name: plain(s.total) for s in self.sections if s.total is not None},
            **{s.name: [plain(row) for row in s.rows] for s in self.sections},
        }

    def only(self, name: str) -> Tables:
        """Return the report with one of its sections; UsageError with the names there are."""
        found = [s for s in self.sections if s.name == name]
        if not found:
            raise UsageError(
                N_("the report {report} has no section {name!r}"),
                hint=N_("there are: {names}"),
                report=self.name,
                name=name,
                names=", ".join(s.name for s in self.sections),
            )
        return replace(self, sections=found)


def plain(value: Any) -> Any:
    """Return a value of a row as plain JSON: whole numbers without a point, days as text, messages worded."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Message):
        return str(value)
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def totalled(rows: Sequence[Mapping[str, Any]], columns: Iterable[Column], label: str) -> dict[str, Any]:
    """Return the row that sums the whole numbers and the money of `rows` of one currency; `label` gets the name."""
    total: dict[str, Any] = {label: msg(N_("all together"))}
    units = {row["currency"] for row in rows if row.get("currency")}
    for column in columns:
        if column.type == "integer" or (column.type == "money" and len(units) <= 1):
            values = [row[column.name] for row in rows if row.get(column.name) is not None]
            total[column.name] = sum(values) if values else (0 if column.type == "integer" else None)
    if len(units) == 1:
        total["currency"] = next(iter(units))
    return total


def shares(counts: Sequence[int | Decimal]) -> list[Decimal]:
    """Return the percentages of a whole, unrounded; of nothing they are all 0."""
    whole = sum(counts)
    return [Decimal(c) * 100 / Decimal(whole) if whole else Decimal(0) for c in counts]


def percent(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Return how many percent `part` is of `whole`, None of nothing."""
    return Decimal(part) * 100 / Decimal(whole) if whole else None


def mean(values: Sequence[int | Decimal]) -> Decimal | None:
    """Return the average, None of nothing."""
    return Decimal(sum(values)) / len(values) if values else None


def median(values: Sequence[int | Decimal]) -> Decimal | None:
    """Return the value in the middle, of an even number the average of the two; None of nothing."""
    if not values:
        return None
    ordered = sorted(Decimal(v) for v in values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
