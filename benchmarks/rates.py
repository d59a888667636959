"""How fast the index is made from nothing, against `json.loads` and our own models on the same records.

python benchmarks/rates.py BOOK: turns of the one and the other, records a second and the ratio (JSON on stdout).
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from crmkit.book.paths import Book
from crmkit.index import Index
from crmkit.records.registry import kinds


def build(book: Book) -> float:
    """Make the index from nothing; return the seconds it took."""
    shutil.rmtree(book.state, ignore_errors=True)
    start = time.perf_counter()
    Index.open(book).refresh()
    return time.perf_counter() - start


def validate(lines: list[tuple[str, str]]) -> float:
    """Read the same records from JSON into the models; return the seconds it took."""
    models = kinds()
    start = time.perf_counter()
    for kind, line in lines:
        models[kind].model_validate(json.loads(line))
    return time.perf_counter() - start


def main(root: str, turns: int = 3) -> dict[str, Any]:
    """Measure; return records, both rates (records a second) and their ratio."""
    book = Book(Path(root).resolve())
    build(book)
    index = Index.open(book)
    lines = list(index.db.execute("SELECT kind, doc FROM record"))
    index.close()
    validate(lines[:100])
    pairs = [(build(book), validate(lines)) for _ in range(turns)]
    return {
        "records": len(lines),
        "index": len(lines) / statistics.median(b for b, _ in pairs),
        "json": len(lines) / statistics.median(v for _, v in pairs),
        "ratio": statistics.median(v / b for b, v in pairs),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
