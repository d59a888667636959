"""The tables of the index, and the key that says which book and which crmkit they were made for.

The index holds nothing that is not in the files: on any mismatch or damage it is made again from nothing.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

from crmkit import __version__

if TYPE_CHECKING:
    from sqlite3 import Connection

VERSION = 3

TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE folder(path TEXT PRIMARY KEY, sig INTEGER NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE record(
  rowid INTEGER PRIMARY KEY, folder TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL,
  id TEXT NOT NULL, customer TEXT NOT NULL, draft INTEGER NOT NULL, title TEXT NOT NULL, owner TEXT NOT NULL,
  day TEXT NOT NULL, computed TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE search(rowid INTEGER PRIMARY KEY, folder TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE name(
  rowid INTEGER PRIMARY KEY, folder TEXT NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, names TEXT NOT NULL,
  keys TEXT NOT NULL);
CREATE TABLE people(
  rowid INTEGER PRIMARY KEY, folder TEXT NOT NULL, path TEXT NOT NULL, who TEXT NOT NULL, whole INTEGER NOT NULL);
CREATE TABLE agenda(
  rowid INTEGER PRIMARY KEY, folder TEXT NOT NULL, due_on TEXT NOT NULL, until TEXT, due TEXT NOT NULL,
  id TEXT NOT NULL, customer TEXT NOT NULL, draft INTEGER NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL,
  rule TEXT NOT NULL, source TEXT NOT NULL, owner TEXT NOT NULL, people TEXT NOT NULL,
  customer_name TEXT NOT NULL, tier TEXT NOT NULL,  contact TEXT NOT NULL, doc TEXT NOT NULL);
CREATE TABLE link(
  rowid INTEGER PRIMARY KEY, folder TEXT NOT NULL, path TEXT NOT NULL, field TEXT NOT NULL, kind TEXT NOT NULL,
  target TEXT NOT NULL);
CREATE TABLE problem(
  rowid INTEGER PRIMARY KEY, folder TEXT NOT NULL, path TEXT NOT NULL, unreadable INTEGER NOT NULL, row TEXT NOT NULL);
"""

INDEXES = """
CREATE INDEX record_folder ON record(folder, kind);
CREATE INDEX record_id ON record(id, kind, path);
CREATE INDEX record_kind ON record(kind, owner);
CREATE INDEX search_folder ON search(folder);
CREATE INDEX name_folder ON name(folder, kind);
CREATE INDEX people_who ON people(who, whole, folder);
CREATE INDEX people_folder ON people(folder);
CREATE INDEX agenda_due ON agenda(due_on, until);
CREATE INDEX record_customer ON record(customer);
CREATE INDEX agenda_customer ON agenda(customer, id);
CREATE INDEX agenda_folder ON agenda(folder, source, due);
CREATE INDEX link_folder ON link(folder);
CREATE INDEX link_target ON link(target);
CREATE INDEX problem_folder ON problem(folder);
"""

TABLES_OF_FOLDERS = {"record": 12, "search": 3, "name": 6, "people": 5, "agenda": 18, "link": 6, "problem": 5}
"""The tables that hold a folder's rows, and how many columns they have, the rowid among them."""

_READING = ("yaml", "values", "settings", "records", "query", "rules", "index")
"""The packages that decide what a file means; a change in any of them makes the index anew."""


_CALENDARS = ("chinese_calendar", "holidays")
"""The packages that know the working days: another version of them may know a year more."""


def table(name: str) -> str:
    """Return the statement that makes one of the tables."""
    return next(part for part in TABLES.split(";") if part.strip().startswith(f"CREATE TABLE {name}("))


def create(db: Connection) -> None:
    """Make the empty tables."""
    db.executescript(TABLES)


def fingerprint() -> str:
    """Return what changes when crmkit's code does: names, sizes and times of the modules that read the book.

    The calendars' packages are among them: rows that had to assume something are reckoned again with a newer one.
    """
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib costs time
    seen: list[tuple[str, int, int]] = []
    for package in _READING:
        with os.scandir(f"{here}/{package}") as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".yaml")):
                    stat = entry.stat()
                    seen.append((f"{package}/{entry.name}", stat.st_size, stat.st_mtime_ns))
    for package in _CALENDARS:
        spec = PathFinder.find_spec(package)
        if spec and spec.origin:
            stat = os.stat(spec.origin)  # noqa: PTH116 - pathlib costs time
            seen.append((package, stat.st_size, stat.st_mtime_ns))
    seen.sort()
    numbers = tuple(
        n for name, size, time in seen for n in (int.from_bytes(name.encode(), "big"), size, time)
    )
    return f"{VERSION} {__version__} {sys.hexversion:x} {hash(numbers) & 0xFFFFFFFFFFFFFFFF:x}"
