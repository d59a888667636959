"""Long lists for a screen: which records, in which order, and the cells of those that are seen."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crmkit.actions import listing
from crmkit.actions.listing import Choice, Column, pick
from crmkit.settings.words import Words
from crmkit.values.hide import veiled

if TYPE_CHECKING:
    from crmkit.actions.session import Session


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list holds: its columns, and `(path, id)` of its records in their order."""

    columns: Sequence[Column]
    keys: Sequence[tuple[str, str]]
    sort: str


def views(session: Session, kind: str) -> list[str]:
    """Return the names of the saved views over a kind."""
    return [name for name, view in session.settings.views.items() if view.kind == kind]


def browse(session: Session, kind: str, choice: Choice, view: str = "") -> Listed:
    """Return what the query and the view find; raises UsageError for what they do not know."""
    spec = session.kind(kind)
    if view:
        choice = listing.with_view(session, spec, view, choice)
    index = session.index
    query = _or_number(choice.query)
    node = index.bind(query, spec.name, session.today, session.actor_name) if query else None
    names = choice.columns or listing.default_columns(spec)
    names = tuple(dict.fromkeys(("id", *names)))
    columns = [listing.column(spec, name) for name in names]
    return Listed(columns, index.keys(spec.name, node, choice.sort), choice.sort)


_NUMBER = re.compile(r"[0-9a-z]+(?:-[0-9a-z]*)+|[0-9]{3,}|[0-9a-z]{4}", re.IGNORECASE)


def _or_number(query: str) -> str:
    """Let what looks like a part of a number find the records so numbered as well."""
    return f"{query} or id:{query}" if _NUMBER.fullmatch(query) else query


def cells(
    session: Session, kind: str, columns: Sequence[Column], paths: Sequence[str], *, reveal: bool = False
) -> Mapping[str, Sequence[str]]:
    """Return the cells of the records at `paths` as people read them; contact details are masked unless `reveal`."""
    words = Words(session.settings)
    fields = session.catalog.kinds[kind].by_name
    marks = [f.marks if (f := fields.get(c.name)) and not reveal else frozenset() for c in columns]
    found = {}
    for row in session.index.at(paths):
        doc = {**row.computed, **row.to_json(), "customer_name": row.customer_name, "title": row.title}
        found[row.path] = [
            veiled(words.cell(pick(doc, c.name), c.type, c.vocabulary), mark)
            for c, mark in zip(columns, marks, strict=True)
        ]
    return found


def turned(choice: Choice, sort: str) -> Choice:
    """Return the choice in another order."""
    return replace(choice, sort=sort)


def named(session: Session, text: str, limit: int) -> list[tuple[str, str]]:
    """Return `(id, name)` of the customers in which all words of `text` stand, those so named first."""
    found = [f for f in session.index.find(text, limit=limit * 4) if f.kind == "customer"]
    return [(f.id, f.title) for f in found[:limit]]
