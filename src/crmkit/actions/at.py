"""The book as it stood at some moment (`--at`): a commit's files laid out beside the cache and opened like any book.

Records are the past's, settings and rights today's: whoever may not see a customer now does not see what it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.book import layout
from crmkit.book.disk import make_private
from crmkit.errors import CrmError, NotFound, Refused, UsageError
from crmkit.git import past, plumbing
from crmkit.git.objects import Reader
from crmkit.i18n import N_
from crmkit.index import Index

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.git.plumbing import Repository

KEPT = 4
"""So many past states stay laid out; the ones not used for longest go."""
_LONGEST = 255


def open_at(session: Session, text: str, *, clock: bool = True) -> Session:
    """Return a session on the book as it stood at the end of a day, or at a moment; it refuses every write.

    `clock` moves its today to that day. Raises UsageError for the words, NotFound before the book's first commit,
    Refused where there is no git.
    """
    moment, day = _moment(session, text)
    commit = commit_at(session, moment, day)
    repo = plumbing.discover(session.book.root)
    seen = _seen(session)
    root = _laid_out(session, repo, commit, seen)
    book = layout.Book(root)
    index = Index.open(book)
    index.refresh()
    then = replace(session, book=book, index=index, past=day.isoformat(), moved=True, seen=None)
    if clock:
        then.now = moment
        then.whole_day = moment.time() == time(23, 59, 59)
        if then.whole_day:
            then.now = datetime.combine(day, time(), moment.tzinfo)
    look_as = getattr(index, "look_as", None)
    if look_as is not None:
        look_as(lambda: then.actor)
    return then


def _moment(session: Session, text: str) -> tuple[datetime, date]:
    from crmkit.values import when

    said = when.parse_when(text, session.now, lean="past")
    zone = session.now.tzinfo
    if isinstance(said, datetime):
        moment = said if said.tzinfo else said.replace(tzinfo=zone)
        moment, day = moment.astimezone(zone), moment.astimezone(zone).date()
    else:
        moment, day = datetime.combine(said, time(23, 59, 59), zone), said
    if day > session.today:
        raise UsageError(
            N_("{day} has not come yet"),
            hint=N_("--at looks back; --on sets the clock ahead"),
            day=day.isoformat(),
        )
    return moment, day


def commit_at(session: Session, moment: datetime, day: date) -> str:
    """Return the commit that holds the book as it stood at a moment; NotFound before the first one."""
    try:
        repo = plumbing.discover(session.book.root)
        commit = past.before(repo.root, moment) if past.commit_of(repo.root, "HEAD") else ""
    except plumbing.NoGit:
        raise Refused(
            N_("the book is in no git repository"), hint=N_("without one there is no history")
        ) from None
    if not commit or f"{layout.SETTINGS}" not in past.names(repo.root, commit, repo.prefix):
        raise NotFound(
            N_("this book has no history on {day}: it begins on {first}"),
            hint=N_("name a later day"),
            day=day.isoformat(),
            first=_first_day(session, repo),
        )
    return commit


def name_then(now: Session, then: Session, ident: str) -> str:
    """Return what a record was called then: a customer may have been a draft, or have had another number."""
    try:
        hit = now.resolve(ident)
    except CrmError:
        return ident
    if hit.kind != "customer" or then.index.has_id(hit.id):
        return hit.id
    names = now.index.doc(hit.path).get("formerly") or ()
    return next((str(n) for n in reversed(list(names)) if then.index.has_id(str(n))), hit.id)


def end_of(day: date, session: Session) -> datetime:
    """Return the last second of a day in the book's time zone."""
    return datetime.combine(day + timedelta(days=1), time(), session.now.tzinfo) - timedelta(seconds=1)


def _first_day(session: Session, repo: Repository) -> str:
    out = plumbing.run(repo.root, "log", "--reverse", "--format=%cI", "--first-parent", "HEAD", "--")
    first = out.decode("ascii", "replace").partition("\n")[0]
    return datetime.fromisoformat(first).astimezone(session.now.tzinfo).date().isoformat() if first else "?"


# ---- the files


def _seen(session: Session) -> set[str] | None:
    """Return the numbers, present and past, of the customers that may be seen today, None for all."""
    if getattr(getattr(session, "rights", None), "sees_all", True):
        return None
    rows = session.index.rows("customer")
    return {str(n) for row in rows for n in (row.id, *(row.doc.get("formerly") or ()))}


def _laid_out(session: Session, repo: Repository, commit: str, seen: set[str] | None) -> Path:
    tree = plumbing.run(repo.root, "rev-parse", f"{commit}^{{tree}}").decode("ascii").strip()
    name = tree if seen is None else f"{tree}-{hashlib.sha256(repr(sorted(seen)).encode()).hexdigest()[:12]}"
    session.book.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = session.book.cache / "at"
    make_private(home)
    target = home / name
    if not target.is_dir():
        building = home / f".{name[:12]}-{os.getpid()}"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(mode=0o700)
        with Reader(repo) as reader:
            _write_all(building, past.tree(repo.root, commit, repo.prefix), reader, seen)
        with contextlib.suppress(OSError):
            building.rename(target)
        shutil.rmtree(building, ignore_errors=True)
    settings = session.book.read(layout.SETTINGS)
    if not (target / layout.SETTINGS).is_file() or (target / layout.SETTINGS).read_bytes() != settings:
        (target / layout.SETTINGS).write_bytes(settings)
    os.utime(target)
    _tidy(home, target)
    return target


def _write_all(
    root: Path, files: Mapping[str, tuple[str, str]], reader: Reader, seen: set[str] | None
) -> None:
    folders: set[str] = set()
    for path, (mode, blob) in files.items():
        if mode not in {"100644", "100755"} or not _belongs(path, seen):
            continue
        folder = path.rpartition("/")[0]
        if folder not in folders:
            (root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            folders.add(folder)
        # of attachments only the names are shown
        raw = b"" if f"/{layout.FILES}/" in path else reader.blob(blob)
        (root / path).write_bytes(raw)


def _belongs(path: str, seen: set[str] | None) -> bool:
    parts = path.split("/")
    if len(parts) < 2 or any(
        p in {"", ".", ".."} or p[0] == "." or len(p.encode()) > _LONGEST for p in parts
    ):
        return False
    return seen is None or parts[0] != layout.CUSTOMERS or len(parts) < 4 or parts[2] in seen


def _tidy(home: Path, used: Path) -> None:
    found = sorted(_states(home), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in [p for p in found if p != used][KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _states(home: Path) -> Iterator[Path]:
    for path in home.iterdir():
        if path.is_dir() and not path.is_symlink():
            yield path
