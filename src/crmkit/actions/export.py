"""`crm export`: what is due, as a calendar to subscribe to (R-004-23).

Each form of export is a module of `exchange` (see `exchange.formats`); what goes into it is gathered here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.exchange import files, formats, ics
from crmkit.values.names import norm

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.due import AgendaRow

WITHIN = "90d"
"""How far ahead a calendar reaches unless told otherwise."""

EVERYBODY = "all"
"""What the one file is called where nobody owns anything."""


@dataclass(frozen=True, slots=True)
class Written:
    """One file: whose it is ("" for nobody's in particular), how many entries it holds, whether it changed."""

    path: Path
    rows: int
    changed: bool
    owner: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {"path": str(self.path), "owner": self.owner, "rows": self.rows, "changed": self.changed}


def calendar(
    session: Session, query: str = "", within: str = "", owner: str = "all", *, reveal: bool = False
) -> ics.Calendar:
    """Return what is due up to the end of the window, overdue included, as a calendar.

    `within` is a duration (default 90 days); `owner` is a name, `me` or `all`.
    """
    from crmkit.actions.due import owner_filter

    whose = owner_filter(session, owner)
    return _calendar(session, _rows(session, query, within, whose), whose, reveal=reveal)


def to_file(calendar: ics.Calendar, path: Path, *, trial: bool = False) -> Written:
    """Write a calendar; a file that would stay the same is not touched, and with `trial` none is."""
    return _write(calendar, path, trial=trial)


def encoded(calendar: ics.Calendar) -> bytes:
    """Return a calendar as a file's bytes."""
    return formats.load("ics").encode(calendar)


def per_owner(
    session: Session,
    folder: Path,
    query: str = "",
    within: str = "",
    *,
    reveal: bool = False,
    trial: bool = False,
) -> list[Written]:
    """Write FOLDER/OWNER.ics for everybody in the team and whoever owns something; also for those with nothing to do.

    What is nobody's stands in every file. The file of somebody who is no longer with us is emptied: whoever still
    subscribes to it is not to read on.
    """
    rows = _rows(session, query, within)
    people = _people(session, rows) or {"": EVERYBODY}
    if not trial:
        folder.mkdir(parents=True, exist_ok=True)
    made = []
    for key, name in people.items():
        own = [row for row in rows if key in (whose := _whose(session, row)) or not whose]
        whole = _calendar(session, own, name if key else "", reveal=reveal)
        made.append(_write(whole, folder / files.file_name(name, ".ics"), name if key else "", trial=trial))
    return made + _left_over(session, folder, {w.path for w in made}, trial=trial)


def _rows(session: Session, query: str, within: str, owner: str = "") -> list[AgendaRow]:
    from crmkit.actions.due import last_day

    node = session.index.bind_due(query, session.today, session.actor_name) if query else None
    return session.index.due(node, last_day(session, within or WITHIN), owner, today=session.today)


def _calendar(session: Session, rows: Sequence[AgendaRow], owner: str, *, reveal: bool) -> ics.Calendar:
    from crmkit.actions import _calendar as entries
    from crmkit.notify.wishes import wishes

    settings = session.settings
    return ics.Calendar(
        name=" · ".join(t for t in (settings.name or "crm", owner) if t),
        book=_book(session),
        zone=settings.zone,
        now=session.now,
        events=entries.events(session, rows, wishes(settings).at, reveal=reveal),
    )


def _book(session: Session) -> str:
    """Return what tells this book's files from another's: its name, hashed, for it may hold anything."""
    from hashlib import sha256

    return sha256(session.settings.name.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _write(calendar: ics.Calendar, path: Path, owner: str = "", *, trial: bool) -> Written:
    before = files.held(path)
    data = formats.load("ics").encode(calendar, before)
    changed = data != before if trial else files.replace(path, data)
    return Written(path, len(calendar.events), changed, owner)


# -- whose


def _people(session: Session, rows: Sequence[AgendaRow]) -> dict[str, str]:
    """Return everybody who gets a file, by the name that spellings agree on."""
    names = [m.name for m in session.settings.team] + session.index.owners()
    names += [name for row in rows for name in _named(session, row)]
    found: dict[str, str] = {}
    for name in names:
        if name.strip():
            found.setdefault(_key(session, name), _called(session, name))
    return dict(sorted(found.items()))


def _whose(session: Session, row: AgendaRow) -> set[str]:
    """Return whom a row concerns; nobody: everybody."""
    return {_key(session, name) for name in _named(session, row)}


def _named(session: Session, row: AgendaRow) -> list[str]:
    """Return the owner and those beside him; a duty's owner is a role, and its members stand beside it."""
    role = row.people and row.owner in session.settings.roles
    return [name for name in (*(() if role else (row.owner,)), *row.people) if name.strip()]


def _called(session: Session, name: str) -> str:
    member = session.settings.member(name)
    return member.name if member else name


def _key(session: Session, name: str) -> str:
    return norm(_called(session, name))


def _left_over(session: Session, folder: Path, written: set[Path], *, trial: bool) -> list[Written]:
    """Empty the files of this book that are nobody's any more."""
    made = []
    for path in sorted(folder.glob("*.ics")) if folder.is_dir() else ():
        if path in written or not path.is_file():
            continue
        before = files.held(path)
        data = ics.emptied(before, _book(session))
        if data is not None and data != before:
            made.append(Written(path, 0, True if trial else files.replace(path, data)))
    return made
