"""The index from nothing, beside the least that any program would do: json.loads and pydantic on the same records."""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
import time
from pathlib import Path

ROUNDS = 3


def against_json(root: Path) -> str:
    """Return a line with both rates, in records a second, and their ratio."""
    pairs = [(index_from_nothing(root), json_and_pydantic(root)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    return (
        f"\nindex from nothing: {ours:,.0f} records/s; json.loads + pydantic on the same records: "
        f"{theirs:,.0f}/s; ratio {ratio:.3f}"
    )


def index_from_nothing(root: Path) -> float:
    """Return how many records a second are read, validated, reckoned and indexed."""
    from crmkit.book import layout
    from crmkit.index import Index

    shutil.rmtree(root / ".crm", ignore_errors=True)
    began = time.perf_counter()
    index = Index.open(layout.Book(root.resolve()))
    index.refresh()
    taken = time.perf_counter() - began
    (count,) = index.db.execute("SELECT count(*) FROM record").fetchone()
    return float(count) / taken


def json_and_pydantic(root: Path) -> float:
    """Return how many of the same records a second `json.loads` and the same pydantic classes take."""
    from crmkit.records.registry import kinds
    from crmkit.records.sorts import Context

    path = next((root / ".crm" / "cache").glob("*.sqlite*"))
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT kind, doc FROM record").fetchall()
    classes, context = kinds(), Context()
    began = time.perf_counter()
    for kind, doc in rows:
        classes[kind].model_validate(json.loads(doc), context=context)
    return len(rows) / (time.perf_counter() - began)
