"""Long lists in pieces: the order of all records first, their contents as they are seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crmkit.index import reader

if TYPE_CHECKING:
    from sqlite3 import Connection

    from crmkit.index.reader import Row
    from crmkit.query.nodes import Node
    from crmkit.records.catalog import Catalog

_COLUMNS = ("id", "path", "customer", "title")
_BATCH = 400


def keys(
    db: Connection, catalog: Catalog, kind: str, node: Node | None = None, sort: str = ""
) -> list[tuple[str, str]]:
    """Return `(path, id)` of the records of `kind` that a bound query finds, in the order of `sort`.

    The order is that of `reader.rows`, except that a list sorts by its first entry.
    """
    where, params = reader.condition(node, kind)
    order = [*_order(catalog, kind, sort), "r.id", "r.path"]
    sql = f"SELECT r.path, r.id FROM record r WHERE r.kind = ? AND {where} ORDER BY {', '.join(order)}"
    return list(db.execute(sql, [kind, *params]))


def _order(catalog: Catalog, kind: str, sort: str) -> Iterator[str]:
    for name, backwards in reader.sort_terms(catalog, kind, sort):
        value = _value(catalog, kind, name)
        yield f"({value}) IS NULL"
        yield f"({value}) {'DESC' if backwards else 'ASC'}"


def _value(catalog: Catalog, kind: str, name: str) -> str:
    """Return the expression that a field sorts by; names were checked against the catalogue."""
    if name in _COLUMNS:
        return f"nullif(r.{name}, '')"
    if name == "customer_name":
        return "SELECT c.title FROM record c WHERE c.folder = r.folder AND c.kind = 'customer' AND r.customer <> ''"
    field = catalog.kinds[kind].by_name.get(name)
    if field is None:
        return f"json_extract(r.computed, '$.{name}')"
    path = "$" + "".join(f'."{key}"' + ("[0]" if many else "") for key, many in field.steps)
    at = "'" + path.replace("'", "''") + "'"
    plain = f"json_extract(r.doc, {at})"
    amount = f"json_extract(r.doc, '{path.replace(chr(39), chr(39) * 2)}.amount')"
    return f"ifnull({amount}, {plain})" if field.type == "money" else plain


def at(db: Connection, paths: Sequence[str]) -> list[Row]:
    """Return the records in the files at `paths`, in any order."""
    found: list[Row] = []
    for start in range(0, len(paths), _BATCH):
        batch: list[Any] = list(paths[start : start + _BATCH])
        folders = sorted({p.rpartition("/")[0] for p in batch})
        marks = ", ".join("?" * len(batch)), ", ".join("?" * len(folders))
        found += reader.select(db, f"r.folder IN ({marks[1]}) AND r.path IN ({marks[0]})", [*folders, *batch])
    return found
