"""A trial of other rules: what would fall due under them, with nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crmkit.errors import UsageError
from crmkit.i18n import N_
from crmkit.index import reckon, schema, sync

if TYPE_CHECKING:
    from sqlite3 import Connection

    from crmkit.index.sync import Progress, Sync
    from crmkit.settings.model import Settings


@contextmanager
def under(
    keeper: Sync, db: Connection, now: Settings, then: Settings, progress: Progress | None = None
) -> Iterator[None]:
    """Put the agenda that other settings make before the one of the index, for this connection alone."""
    if not reckon.alike(now, then):
        raise UsageError(
            N_("only what falls due can be tried"),
            hint=N_("the file may say: rules, sla, chores, holidays, health, review"),
        )
    loader = sync.loader_of(keeper.book, db, keeper.horizon, then)
    # a temporary table hides the one of the same name; it lives in memory and dies with the connection
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute(schema.table("agenda").replace("CREATE TABLE", "CREATE TEMP TABLE"))
    try:
        marks = ",?" * (schema.TABLES_OF_FOLDERS["agenda"] - 1)
        file = "" if keeper.connection else keeper.database
        for folder in reckon.reckon(db, file, loader, progress):
            db.executemany(f"INSERT INTO temp.agenda VALUES (NULL{marks})", folder.rows)
        yield
    finally:
        db.execute("DROP TABLE temp.agenda")
