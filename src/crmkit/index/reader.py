"""Questions to the index: rows, one record, what is due, what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from crmkit.errors import Message, Problem, UsageError, msg
from crmkit.i18n import N_
from crmkit.query.fields import BY_TODAY, COMPUTED

if TYPE_CHECKING:
    from datetime import date
    from sqlite3 import Connection

    from crmkit.index.due import AgendaRow
    from crmkit.query.nodes import Node
    from crmkit.records.catalog import Catalog

Doc = Mapping[str, Any]


class Row(NamedTuple):
    """One record of a list. `doc` are its fields alone; `computed` what the rules know of it (phase ...)."""

    id: str
    kind: str
    path: str
    customer: str
    title: str
    doc: Doc
    computed: Doc
    customer_name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return id, kind, path, customer and the fields under their names in YAML."""
        return {"id": self.id, "kind": self.kind, "path": self.path, "customer": self.customer, **self.doc}


class Found(NamedTuple):
    """One record that a text was found in; `where` is the piece of text around it."""

    id: str
    kind: str
    path: str
    customer: str
    customer_name: str
    title: str
    where: str

    def to_json(self) -> dict[str, str]:
        """Return all of it."""
        return self._asdict()


_ROW = (
    "r.id, r.kind, r.path, r.customer, r.title, r.doc, r.computed, ifnull((SELECT c.title FROM record c "
    "WHERE c.folder = r.folder AND c.kind = 'customer' AND r.customer <> ''), '')"
)
_AROUND = 30
_BATCH = 400


def _row(values: Sequence[Any]) -> Row:
    ident, kind, path, customer, title, doc, computed, name = values
    return Row(ident, kind, path, customer, title, json.loads(doc), json.loads(computed), name)


def rows(  # noqa: PLR0917 - what a list is made of
    db: Connection,
    catalog: Catalog,
    kind: str,
    node: Node | None = None,
    sort: str = "",
    limit: int | None = None,
) -> list[Row]:
    """Return the records of `kind` that a bound query finds.

    `sort` is one or more field names separated by commas, `-` before one turns it round; without it the order is
    that of the ids. Records without the field come last either way.
    """
    where, params = condition(node, kind)
    sql = f"SELECT {_ROW} FROM record r WHERE r.kind = ? AND {where}"
    order = sort_terms(catalog, kind, sort)
    if not order and limit is not None:
        sql += " ORDER BY r.id, r.path LIMIT ?"
        params.append(limit)
    found = [_row(values) for values in db.execute(sql, [kind, *params])]
    found.sort(key=lambda r: (r.id, r.path))
    for name, backwards in reversed(order):
        _sort(found, name, backwards=backwards)
    return found[:limit] if limit is not None else found


def select(db: Connection, where: str, params: Sequence[Any]) -> list[Row]:
    """Return the records (aliased `r`) that a condition finds."""
    return [_row(values) for values in db.execute(f"SELECT {_ROW} FROM record r WHERE {where}", params)]


def condition(node: Node | None, kind: str) -> tuple[str, list[Any]]:
    """Return the condition of a bound query in SQL, with its parameters."""
    if node is None:
        return "1", []
    from crmkit.index.select import Condition

    condition = Condition(node, kind)
    return condition.sql, condition.params


def sort_terms(catalog: Catalog, kind: str, sort: str) -> list[tuple[str, bool]]:
    """Read a `--sort`: `[(field, backwards)]`; UsageError for an unknown field."""
    out = []
    computed = [n for n in COMPUTED.get(kind, {}) if n not in BY_TODAY]
    known = [*catalog.kinds[kind].by_name, "id", "path", "customer", "customer_name", "title", *computed]
    for part in sort.split(",") if sort else ():
        name = part.strip().lstrip("-+")
        if name not in known:
            from crmkit.records.place import named
            from crmkit.values.suggest import nearest

            if found := named(catalog.kinds[kind], name):
                out.append((found, part.strip().startswith("-")))
                continue

            near = nearest(name, known)
            raise UsageError(
                msg(N_("cannot sort by {name!r}: {kind} has no such field"), name=name, kind=kind),
                hint=msg(N_("did you mean {near!r}?"), near=near) if near else "",
            )
        out.append((name, part.strip().startswith("-")))
    return out


def _sort(found: list[Row], name: str, *, backwards: bool) -> None:
    def key(row: Row) -> tuple[int, Any]:
        value = _sortable(row, name)
        if isinstance(value, bool):
            return 0, int(value)
        return (0, value) if isinstance(value, int | float) else (1, str(value))

    with_value = [r for r in found if _sortable(r, name) is not None]
    without = [r for r in found if _sortable(r, name) is None]
    with_value.sort(key=key, reverse=backwards)
    found[:] = with_value + without


def _sortable(row: Row, name: str) -> Any:
    from crmkit.query.text import dotted, leaves

    if name in ("id", "path", "customer", "customer_name", "title"):
        return getattr(row, name) or None
    value = next(iter(leaves(dotted(row.doc, name))), None)
    return row.computed.get(name) if value is None else value


def find(db: Connection, text: str, limit: int | None = None) -> list[Found]:
    """Return the records in which every word of `text` stands, customers first; "a phrase" in quotes stands as one."""
    from crmkit.query.nodes import And, Words
    from crmkit.query.parse import parse
    from crmkit.values.names import norm

    node = parse(text) if '"' in text or "“" in text else None
    items = node.items if isinstance(node, And) else (node,)
    words = [norm(n.text) for n in items if isinstance(n, Words)] if node else norm(text).split()
    words = [w for w in words if w]
    if not words:
        return []
    holds = " AND ".join("instr(s.text, ?)" for _ in words)
    sql = (
        f"SELECT {_ROW}, s.text FROM search s CROSS JOIN record r WHERE {holds} AND r.rowid = s.rowid "
        "ORDER BY r.kind <> 'customer', r.day DESC, r.id, r.path"
    )
    params: list[Any] = list(words)
    if limit is not None:
        sql += " LIMIT ?"
        params.append(limit)
    out = []
    for values in db.execute(sql, params):
        ident, kind, path, customer, title, doc, _, name, lines = values
        out.append(Found(ident, kind, path, customer, name, title, _around(json.loads(doc), lines, words[0])))
    return out


def _around(doc: Doc, lines: str, word: str) -> str:
    """Return the piece of the record's own text around `word`, else the line of the search text that has it."""
    from crmkit.query.text import leaves
    from crmkit.values.names import norm

    for leaf in leaves(doc):
        if not isinstance(leaf, str):
            continue
        at = norm(leaf).find(word)
        if at >= 0:
            flat = " ".join(leaf.split())
            start = max(0, at - _AROUND)
            piece = flat[start : at + len(word) + _AROUND]
            return ("…" if start else "") + piece + ("…" if start + len(piece) < len(flat) else "")
    return next((line for line in lines.split("\n") if word in line), "")


def due(
    db: Connection,
    node: Node | None,
    upto: date,
    today: date | None = None,
    *,
    owners: Iterable[str] = (),
    customer: str = "",
) -> list[AgendaRow]:
    """Return the agenda rows up to and with the day `upto`, overdue ones however old, by day and id.

    Rows that have passed by `today` are left out. `owners` are the spellings of the one asked for; rows without an
    owner are everybody's, and a row is shown to the people whom it concerns beside its owner. `customer` asks for
    one dossier alone.
    """
    where, params = condition(node, "due")
    sql = f"WHERE r.due_on <= ? AND {where}"
    params.insert(0, upto.isoformat())
    if today:
        sql += " AND (r.until IS NULL OR r.until >= ?)"
        params.append(today.isoformat())
    if customer:
        sql += " AND r.customer = ?"
        params.append(customer)
    names = list(owners)
    if names:
        told = " OR ".join("instr(r.people, ?)" for _ in names)
        sql += f" AND (r.owner = '' OR norm(r.owner) IN ({', '.join('?' * len(names))}) OR {told})"
        params += names
        params += (f"\n{name}\n" for name in names)
    return agenda(db, sql, params)


def agenda(db: Connection, where: str, params: Sequence[Any]) -> list[AgendaRow]:
    """Return the agenda rows (aliased `r`) that a condition finds."""
    from crmkit.index.due import AgendaRow

    sql = f"SELECT r.doc, r.customer_name, r.tier, r.path, r.contact FROM agenda r {where} ORDER BY r.due_on, r.id"
    rows = db.execute(sql, params).fetchall()
    docs = json.loads(f"[{','.join([row[0] for row in rows])}]")  # one call instead of thousands
    for plain, (_, name, tier, path, contact) in zip(docs, rows, strict=True):
        plain["customer_name"] = name
        plain["tier"] = tier
        plain["path"] = path
        plain["contact_json"] = contact
    return [AgendaRow.of_plain(plain) for plain in docs]


def problems(db: Connection, where: str = "1", params: Sequence[Any] = ()) -> list[Problem]:
    """Return the problems that a condition finds, by path and line."""
    sql = f"SELECT row FROM problem WHERE {where}"
    found = [problem_from(json.loads(row[0])) for row in db.execute(sql, params)]
    return sorted(found, key=lambda p: (p.path, p.line, p.field, p.code))


def problem_from(plain: Sequence[Any]) -> Problem:
    """Read back what `_json.problem_json` wrote."""
    path, line, field, code, severity, message, hint, requirement = plain
    return Problem(
        path, line, field, code, severity, Message.from_json(message), Message.from_json(hint), requirement
    )
