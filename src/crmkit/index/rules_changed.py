"""crm.yaml has other rules and reads records as before: the agendas alone are made anew."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from crmkit.book import paths as layout
from crmkit.index import reckon, said, schema, sync
from crmkit.index._json import compact

if TYPE_CHECKING:
    from crmkit.book.paths import Book
    from crmkit.settings.model import Settings

_ROW = f"INSERT INTO agenda VALUES (NULL{',?' * (schema.TABLES_OF_FOLDERS['agenda'] - 1)})"
_WARNINGS = "DELETE FROM problem WHERE json_extract(row, '$[3]') LIKE 'cadence.%'"


def apply(book: Book, database: str, horizon: str, progress: reckon.Progress | None = None) -> str | None:
    """Bring the agendas up to the book's present settings; return their digest.

    None where records would be read in another way, so that everything has to be made anew. Raises SettingsError for
    a broken crm.yaml.
    """
    from crmkit.settings.load import load

    settings, problems = load(book.read(layout.SETTINGS), layout.SETTINGS)
    db = sync.connect(database)
    try:
        if not reckon.alike(_stored(db), settings):
            return None
        loader = sync.loader_of(book, db, horizon, settings)
        found = list(reckon.reckon(db, database, loader, progress))
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM agenda")
        db.execute(_WARNINGS)
        for folder, rows, warnings in found:
            db.executemany(_ROW, rows)
            db.executemany(
                "INSERT INTO problem VALUES (NULL, ?, ?, 0, ?)",
                [(folder, path, row) for path, row in warnings],
            )
        db.execute("DELETE FROM problem WHERE folder = ''")
        db.executemany("INSERT INTO problem VALUES (NULL, '', ?, 0, ?)", said.rows(settings, problems))
        db.execute("UPDATE meta SET value = ? WHERE key = 'settings'", [compact(settings.to_json())])
        db.commit()
    except (sqlite3.DatabaseError, ValueError):  # a ValidationError is a ValueError
        db.rollback()
        return None
    finally:
        db.close()
    return settings.digest


def _stored(db: sqlite3.Connection) -> Settings:
    from crmkit.settings.model import Settings

    (text,) = db.execute("SELECT value FROM meta WHERE key = 'settings'").fetchone()
    return Settings.from_json(json.loads(text))
