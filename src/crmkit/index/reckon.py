"""Reckon agendas again from the records that the index holds: other rules, the same facts.

Changing a number in crm.yaml changes no record, so no file is read again; and a trial of other rules leaves the index
as it is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from crmkit.book.paths import CHORES
from crmkit.index import _share, agenda
from crmkit.index._json import compact, problem_json

if TYPE_CHECKING:
    from crmkit.index.load import Loader
    from crmkit.rules.dossier import Dossier
    from crmkit.settings.model import Settings

Progress = Callable[[int, int], None]

SHARED = 250
"""From so many dossiers on the work is shared between processes."""

OF_AGENDAS = frozenset(
    {
        *("rules", "sla", "holidays", "chores", "health", "review", "lines", "digest"),
        *("views", "templates", "notify", "privacy", "profile", "survey", "name", "roles"),
    }
)
"""The parts of the settings that no record is read by: a change in them alone leaves the records as they are."""

_RECORDS = "SELECT kind, id, path, customer, draft, doc FROM record WHERE folder = ? ORDER BY path"
_FOLDERS = "SELECT DISTINCT folder FROM record WHERE kind = 'customer' OR customer <> '' ORDER BY folder"


class Reckoned(NamedTuple):
    """The agenda rows of one folder, as the table holds them, and the warnings of the rules (JSON)."""

    folder: str
    rows: list[tuple[Any, ...]]
    warnings: list[tuple[str, str]]


def alike(one: Settings, other: Settings) -> bool:
    """Whether records are read in the same way under both settings, and their problems name the same lines."""
    return _of_records(one) == _of_records(other)


def _of_records(settings: Settings) -> str:
    plain = settings.to_json()
    kept = {name: value for name, value in plain.items() if name not in OF_AGENDAS}
    lines = {name: line for name, line in settings.lines.items() if name.partition(".")[0] in kept}
    return compact([kept, lines])


def reckon(
    db: sqlite3.Connection, database: str, loader: Loader, progress: Progress | None = None
) -> Iterator[Reckoned]:
    """Yield the agenda of every dossier, and of the team, under the loader's settings and up to its horizon.

    `db` is the index, `database` its file, which is only read ("": it lives in memory, and one process does it all).
    Raises pydantic's ValidationError where a stored record cannot be read back.
    """
    folders = [str(row[0]) for row in db.execute(_FOLDERS)]

    def work(chunk: Sequence[str]) -> list[Reckoned]:
        with _reading(db, database) as mine, _share.many_objects() as made:
            out = []
            for folder in chunk:
                out.append(_folder(mine, folder, loader.settings, loader.horizon))
                made()
            return out

    def plain(chunk: Sequence[str]) -> list[tuple[Any, ...]]:
        return [tuple(found) for found in work(chunk)]

    _warm()
    done = 0
    several = bool(database) and len(folders) >= SHARED and _share.possible()
    for chunk, found in (
        _share.shared(plain, folders) if several else ((f, plain(f)) for f in _share.chunks(folders))
    ):
        yield from (Reckoned(*values) for values in found)
        done += len(chunk)
        if progress:
            progress(done, len(folders))
    yield Reckoned(CHORES, loader.folder(CHORES, loader.names(CHORES)).rows["agenda"], [])


def _warm() -> None:
    """Import before the work is shared what every process needs."""
    from crmkit.records import read, registry
    from crmkit.rules import agenda as rules

    for module in (read, registry, rules):
        assert module  # noqa: S101 - imported for later


@contextmanager
def _reading(db: sqlite3.Connection, database: str) -> Iterator[sqlite3.Connection]:
    """Give a connection of this process's own: one that was open before a fork must not be used after it."""
    if not database:
        yield db
        return
    from urllib.parse import quote

    own = sqlite3.connect(f"file:{quote(database)}?mode=ro", uri=True, isolation_level=None)
    try:
        yield own
    finally:
        own.close()


def _folder(db: sqlite3.Connection, folder: str, settings: Settings, horizon: date) -> Reckoned:
    dossier = _dossier(db, folder, settings)
    rows, warned = agenda.of_dossier(folder, dossier, settings, horizon)
    return Reckoned(folder, rows, [(p.path, problem_json(p)) for p in warned])


def _dossier(db: sqlite3.Connection, folder: str, settings: Settings) -> Dossier:
    from crmkit.records.base import Identity
    from crmkit.records.read import from_doc
    from crmkit.rules.dossier import Dossier

    records: dict[str, list[Any]] = {}
    docs: dict[str, list[dict[str, Any]]] = {}
    number, drafted = "", False
    for kind, ident, path, customer, draft, doc in db.execute(_RECORDS, [folder]):
        number, drafted = customer, bool(draft)
        plain = json.loads(doc)
        records.setdefault(kind, []).append(from_doc(kind, plain, Identity(ident, path, customer), settings))
        identity = {"id": ident, "kind": kind, "path": path, "customer": customer}
        docs.setdefault(kind, []).append({**plain, **identity})
    customers = records.get("customer", ())
    return Dossier(number, drafted, customers[0] if customers else None, records, docs)
