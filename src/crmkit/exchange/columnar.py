"""The read model as Parquet files or a DuckDB database, typed, for programs that analyse (issue 6).

A table for each kind, one for each list of entries (`order_items`), and `agenda`. Money is DECIMAL with a currency
beside it, days are DATE, times TIMESTAMPTZ, lists of words VARCHAR[]. Parquet is partitioned by each record's month.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmkit.exchange.formats import need
from crmkit.records.catalog import Catalog, FieldSpec, KindSpec

Doc = Mapping[str, Any]
_TYPES = {
    "date": "DATE",
    "when": "TIMESTAMPTZ",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "money": "DECIMAL(18,2)",
    "boolean": "BOOLEAN",
}
_OWN = (("id", "VARCHAR"), ("month", "VARCHAR"), ("customer", "VARCHAR"))
"""What every row has; `customer` only those of dossiers."""
NO_MONTH = "none"
"""The partition of records without a day of their own."""


@dataclass(slots=True)
class Table:
    """One table: its columns `(name, SQL type)` and rows in their order."""

    name: str
    columns: list[tuple[str, str]]
    rows: list[list[Any]] = field(default_factory=list)


def tables(catalog: Catalog, docs: Mapping[str, Iterable[Doc]], currency: str) -> Iterator[Table]:
    """Yield the tables of all kinds; `docs` are records as JSON by kind, `currency` the book's own."""
    for name, spec in catalog.kinds.items():
        yield from _Kind(spec, currency).tables(docs.get(name, ()))


class _Kind:
    def __init__(self, spec: KindSpec, currency: str) -> None:
        self.spec = spec
        self.currency = currency
        self.own = _OWN if spec.place in {"customer", "dossier"} else _OWN[:2]
        self.parents = {n.rpartition(".")[0] for n in spec.by_name}

    def tables(self, docs: Iterable[Doc]) -> list[Table]:
        """Return the kind's table and those of its lists."""
        own = [f for f in self.spec.fields if self._is_column(f)]
        main = Table(self.spec.name, [*self.own, *self._columns(own)])
        lists = {
            f.name: f for f in self.spec.fields if f.is_list and f.type == "mapping" and "." not in f.name
        }
        below = {
            n: Table(
                f"{self.spec.name}_{n}",
                [*self.own, ("position", "BIGINT"), *self._columns(self._entries(n), n)],
            )
            for n in lists
        }
        for doc in docs:
            head = [doc.get("id"), self._month(doc), doc.get("customer") or None][: len(self.own)]
            main.rows.append([*head, *self._values(own, doc, doc)])
            for n, table in below.items():
                fields = self._entries(n)
                for at, entry in enumerate(doc.get(n) or ()):
                    if isinstance(entry, Mapping):
                        table.rows.append([*head, at, *self._values(fields, entry, doc, n)])
        return [main, *(t for t in below.values() if t.rows)]

    def _is_column(self, f: FieldSpec) -> bool:
        in_list = any(many for _, many in f.steps[:-1])
        return (
            not in_list
            and not (f.type == "mapping" and (f.is_list or f.name in self.parents))
            and "secret" not in f.marks
        )

    def _entries(self, name: str) -> list[FieldSpec]:
        return [
            f
            for f in self.spec.fields
            if f.name.startswith(f"{name}.") and not (f.type == "mapping" and f.name in self.parents)
        ]

    def _columns(self, fields: Sequence[FieldSpec], below: str = "") -> Iterator[tuple[str, str]]:
        for f in fields:
            name = f.name.removeprefix(f"{below}.").replace(".", "_")
            kind = "JSON" if f.type == "mapping" else _TYPES.get(f.type, "VARCHAR")
            yield name, f"{kind}[]" if f.is_list else kind
            if f.type == "money":
                yield f"{name}_currency", "VARCHAR"

    def _values(self, fields: Sequence[FieldSpec], doc: Doc, record: Doc, below: str = "") -> Iterator[Any]:
        for f in fields:
            value: Any = doc
            for step in f.name.removeprefix(f"{below}.").split("."):
                value = value.get(step) if isinstance(value, Mapping) else None
            if f.type == "money":
                amount = value.get("amount") if isinstance(value, Mapping) else value
                said = value.get("currency") if isinstance(value, Mapping) else None
                yield _typed("money", amount)
                yield (said or record.get("currency") or self.currency) if amount is not None else None
            elif f.is_list:
                yield [_typed(f.type, v) for v in value] if isinstance(value, list) else None
            else:
                yield _typed(f.type, value)

    def _month(self, doc: Doc) -> str:
        day = str(doc.get(self.spec.date_field) or doc.get("created_on") or "")
        return day[:7] if len(day) >= 7 else NO_MONTH


def _typed(kind: str, value: Any) -> Any:
    if value is None:
        return None
    try:
        if kind == "date":
            return date.fromisoformat(str(value)[:10])
        if kind == "when":
            text = str(value)
            return datetime.fromisoformat(text if len(text) > 10 else f"{text}T00:00+00:00")
        if kind == "money":
            return round(Decimal(str(value)), 2)
        if kind in {"integer", "number"}:
            return int(value) if kind == "integer" else float(value)
    except (ValueError, TypeError, ArithmeticError):
        return None
    if kind == "mapping" or isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return value if kind == "boolean" else str(value)


def to_duckdb(path: Path, found: Iterable[Table]) -> dict[str, int]:
    """Write a database; return the rows of each table. What stood there is replaced when all is well."""
    duckdb = need("duckdb", "duckdb")
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    counts = {}
    try:
        with duckdb.connect(str(beside)) as db:
            for table in found:
                _fill(db, table)
                counts[table.name] = len(table.rows)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
        path.with_name(f".{path.name}.new.wal").unlink(missing_ok=True)
    return counts


def to_parquet(folder: Path, found: Iterable[Table]) -> dict[str, int]:
    """Write FOLDER/TABLE/month=YYYY-MM/*.parquet; return the rows of each table. Our tables of before are replaced."""
    duckdb = need("duckdb", "duckdb")
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    with duckdb.connect() as db:
        for table in found:
            _fill(db, table)
            target, old = folder / table.name, folder / f".{table.name}.old"
            fresh = folder / f".{table.name}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            if table.rows:
                into = str(fresh).replace("'", "''")
                copy = f"COPY \"{table.name}\" TO '{into}' (FORMAT parquet, PARTITION_BY (month), OVERWRITE_OR_IGNORE)"
                db.execute(copy)
            shutil.rmtree(old, ignore_errors=True)
            if target.exists():
                target.rename(old)
            if fresh.exists():
                fresh.rename(target)
            shutil.rmtree(old, ignore_errors=True)
            counts[table.name] = len(table.rows)
    return counts


def _fill(db: Any, table: Table) -> None:
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns)
    db.execute(f'CREATE TABLE "{table.name}" ({columns})')
    if not table.rows:
        return
    marks = ", ".join("?" * len(table.columns))
    for start in range(0, len(table.rows), 1000):
        batch = table.rows[start : start + 1000]
        values = ", ".join(f"({marks})" for _ in batch)
        db.execute(f'INSERT INTO "{table.name}" VALUES {values}', [v for row in batch for v in row])
