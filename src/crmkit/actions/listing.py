"""`crm list` and `crm find`: rows from the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crmkit.errors import Message, UsageError
from crmkit.i18n import N_
from crmkit.query.fields import BY_TODAY, COMPUTED

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.records.catalog import KindSpec

FOUND = ("id", "kind", "customer", "customer_name", "title", "where")
"""Columns of `crm find`; `where` is the piece of text that matched."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field's dotted name, its label (a msgid), its type."""

    name: str
    label: str
    type: str = "text"
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; a row is the record's JSON, a cell is looked up by the column's dotted name."""

    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]

    def cells(self, row: Mapping[str, Any]) -> list[Any]:
        """Return a row's values in the order of the columns; lists on the way give a list."""
        return [pick(row, c.name) for c in self.columns]


def pick(doc: Any, name: str) -> Any:
    """Return the value at a dotted name; a list on the way gives the list of what its entries have."""
    for step in name.split("."):
        if isinstance(doc, list):
            doc = doc[int(step)] if step.isdigit() and int(step) < len(doc) else [pick(d, step) for d in doc]
        elif isinstance(doc, Mapping):
            doc = doc.get(step)
        else:
            return None
    return doc


@dataclass(frozen=True, slots=True)
class Choice:
    """What `crm list` shows: a query, its order, its columns, how many."""

    query: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    limit: int | None = None


def rows(session: Session, kind: str, choice: Choice, view: str = "") -> Table:
    """Return the records of `kind` that the query finds; `view` is a saved one from `crm.yaml`.

    Raises UsageError for an unknown kind, view, field or value.
    """
    spec = session.kind(kind)
    if view:
        choice = with_view(session, spec, view, choice)
    bound = (
        session.index.bind(choice.query, spec.name, session.today, session.actor_name)
        if choice.query
        else None
    )
    columns = [column(spec, name) for name in choice.columns or default_columns(spec)]
    found = session.index.rows(spec.name, bound, sort=choice.sort, limit=choice.limit)
    beside = [c.name for c in columns if c.name in {"customer_name", "title"}]
    reckoned = [c.name for c in columns if c.name in COMPUTED.get(spec.name, {})]
    return Table(
        columns,
        [
            {
                **{name: r.computed.get(name) for name in reckoned},
                **r.to_json(),
                **{name: getattr(r, name) for name in beside},
            }
            for r in found
        ],
    )


def default_columns(spec: KindSpec) -> tuple[str, ...]:
    """Return the columns that a kind is listed with; what lies in a dossier names its customer."""
    whose = ("customer_name",) if spec.place == "dossier" else ()
    return tuple(dict.fromkeys(("id", *whose, *spec.columns)))


def column(spec: KindSpec, name: str) -> Column:
    """Return the column that goes by a field's dotted name."""
    builtin = {
        "id": N_("ID"),
        "kind": N_("Kind"),
        "path": N_("Path"),
        "customer": N_("Customer number"),
        "customer_name": N_("Customer"),
        "title": N_("Title"),
    }
    if name in builtin:
        return Column(name, builtin[name])
    field = spec.by_name.get(".".join(s for s in name.split(".") if not s.isdigit()))
    if field is None and name not in BY_TODAY:
        field = COMPUTED.get(spec.name, {}).get(name)
    if field is None:
        from crmkit.i18n import LANGUAGES, in_language
        from crmkit.records.place import named

        for other, label in builtin.items():
            if name.casefold() in {in_language(lang, label).casefold() for lang in LANGUAGES}:
                return Column(other, label)
        if found := named(spec, name):
            return column(spec, found)
        raise _unknown(spec, name)
    return Column(name, field.label, field.type, field.vocabulary)


def _unknown(spec: KindSpec, name: str) -> UsageError:
    from crmkit.values.suggest import nearest

    near = nearest(name, spec.by_name)
    hint = N_("did you mean {near}?") if near else ""
    return UsageError(
        N_("{kind} has no field {name!r}"), hint=hint, kind=Message(spec.label), name=name, near=near
    )


def with_view(session: Session, spec: KindSpec, name: str, choice: Choice) -> Choice:
    """Return `choice` with what the saved view `name` says; UsageError where there is none for the kind."""
    from crmkit.values.suggest import nearest

    view = session.settings.views.get(name)
    if view is None:
        near = nearest(name, session.settings.views)
        hint = N_("did you mean @{near}?") if near else N_("views stand in crm.yaml under views:")
        raise UsageError(N_("no view is called {name!r}"), hint=hint, name=name, near=near)
    if view.kind != spec.name:
        raise UsageError(N_("the view {name!r} lists {kind}"), name=name, kind=view.kind)
    both = f"({view.query}) ({choice.query})" if view.query and choice.query else view.query or choice.query
    return replace(
        choice, query=both, sort=choice.sort or view.sort, columns=choice.columns or tuple(view.columns)
    )


def find(session: Session, text: str, limit: int | None = None) -> Table:
    """Search all records for a text, Chinese and pinyin included; the best first."""
    labels = {"where": N_("Where"), "title": N_("Title"), "customer_name": N_("Customer")}
    columns = [Column(c, labels.get(c, c.replace("_", " ").capitalize())) for c in FOUND]
    return Table(columns, [f.to_json() for f in session.index.find(text, limit=limit)])
