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
def under(  # noqa: PLR0917 - two settings, and who looks
    keeper: Sync,
    db: Connection,
    now: Settings,
    then: Settings,
    progress: Progress | None = None,
    seen: str = "1",
) -> Iterator[None]:
    """Put the agenda that other settings make before the one of the index, for this connection alone.

    `seen` is the condition over its rows (`v`) that what may be seen meets.
    """
    if not reckon.alike(now, then):
        raise UsageError(
            N_("only what falls due can be tried"),
            hint=N_("the file may say: rules, sla, chores, holidays, health, review"),
        )
    loader = sync.loader_of(keeper.book, db, keeper.horizon, then)
    # a temporary view hides the table of the same name; both live in memory and die with the connection
    db.execute("PRAGMA temp_store = MEMORY")
    db.execute(schema.table("agenda").replace("CREATE TABLE agenda", "CREATE TEMP TABLE tried"))
    try:
        marks = ",?" * (schema.TABLES_OF_FOLDERS["agenda"] - 1)
        file = "" if keeper.connection else keeper.database
        for folder in reckon.reckon(db, file, loader, progress):
            db.executemany(f"INSERT INTO temp.tried VALUES (NULL{marks})", folder.rows)
        db.execute("DROP VIEW IF EXISTS temp.agenda")
        db.execute(f"CREATE TEMP VIEW agenda AS SELECT v.* FROM temp.tried v WHERE {seen}")
        yield
    finally:
        db.execute("DROP VIEW IF EXISTS temp.agenda")
        db.execute("DROP TABLE temp.tried")
