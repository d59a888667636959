"""What a kind of record consists of, as plain data.

The record classes are pydantic; importing them costs more than a whole `crm due`. So what lists, queries,
completion and help need to know of them is put into these dataclasses once, when the index is built, and read
from the index afterwards. Nothing here imports pydantic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from crmkit.frozen import dataclass, field

FieldType = Literal[
    "text", "date", "when", "integer", "number", "money", "boolean", "vocabulary", "reference", "mapping"
]
"""`when` is a date or a time; `mapping` has fields below it; `money` is a number or {amount, currency}."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a kind.

    `path` is dotted, with `[]` behind each step that is a list: `name`, `tags[]`, `contacts[].phone`.
    `label` is the English label (a msgid; custom fields carry their own text).
    `marks` are meanings, never widgets: title, due, owner, secret, personal, search, key, contact; birthday (a
    day that may lack its year); and whose name stands there: member (of the team, who answers for something), by (who
    did it), met (at the customer).
    `keys` are the usual keys of a mapping whose keys are free, each with its label.
    """

    path: str
    type: FieldType
    label: str
    vocabulary: str = ""
    refers_to: str = ""
    required: bool = False
    custom: bool = False
    marks: frozenset[str] = frozenset()
    help: str = ""
    keys: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The dotted name without list marks, as queries and people write it: `contacts.phone`."""
        return self.path.replace("[]", "")

    @property
    def steps(self) -> tuple[tuple[str, bool], ...]:
        """`(key, is_list)` from the top of the record downward."""
        return tuple((s.removesuffix("[]"), s.endswith("[]")) for s in self.path.split("."))

    @property
    def is_list(self) -> bool:
        """Whether the field itself is a list (of scalars or of mappings)."""
        return self.path.endswith("[]")


@dataclass(frozen=True)
class KindSpec:
    """One kind of record: its name, where its files lie, and its fields in the order they are written.

    `place` is "dossier" (beside the customer), "customer" (the dossier's own file) or the name of a folder at
    the root such as "campaigns" or "products"; `by_year` says whether that folder has one for each year.
    """

    name: str
    label: str
    place: str
    fields: tuple[FieldSpec, ...]
    by_year: bool = False
    date_field: str = ""
    columns: tuple[str, ...] = ()
    help: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, FieldSpec]:
        """Fields by dotted name (`contacts.phone`)."""
        return {f.name: f for f in self.fields}

    def marked(self, mark: str) -> Iterator[FieldSpec]:
        """Yield the fields that carry `mark`."""
        return (f for f in self.fields if mark in f.marks)

    def first(self, mark: str) -> str:
        """Return the name of the first field that carries `mark`, "" where none does."""
        return next((f.name for f in self.marked(mark)), "")


@dataclass(frozen=True)
class Catalog:
    """All kinds of a book: the built-in ones with the book's custom fields."""

    kinds: Mapping[str, KindSpec] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; `from_json` reads them back."""
        from dataclasses import asdict

        out: dict[str, Any] = {}
        for name, kind in self.kinds.items():
            plain = asdict(kind)
            for f in plain["fields"]:
                f["marks"] = sorted(f["marks"])
            out[name] = plain
        return out

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Catalog:
        """Read back what `to_json` wrote."""
        kinds = {}
        for name, kind in value.items():
            fields = tuple(map(_field, kind["fields"]))
            kinds[name] = KindSpec(**{**kind, "fields": fields, "columns": tuple(kind["columns"])})
        return cls(kinds)


def _field(plain: Mapping[str, Any]) -> FieldSpec:
    keys = tuple((key, label) for key, label in plain.get("keys", ()))
    return FieldSpec(**{**plain, "marks": frozenset(plain["marks"]), "keys": keys})
