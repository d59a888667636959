"""Taking back the last change: its commit turned round, as a change like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crmkit.book.change import Change, Delete, Write
from crmkit.book.disk import sha256
from crmkit.book.naming import RETIRED, retired_with
from crmkit.book.paths import place_of
from crmkit.errors import Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.book.paths import Book

_UNDO, _REDO = "undo: ", "redo: "


@dataclass(frozen=True, slots=True)
class Undo:
    """What `crm undo` would do, to be shown first.

    `files` maps paths to `(bytes now, bytes afterwards)`, None for no file; `redo` says that an undo is
    undone.
    """

    change: Change
    files: Mapping[str, tuple[bytes | None, bytes | None]]
    commit: str
    subject: str
    author: str
    at: datetime
    redo: bool


def last(book: Book, actor: tuple[str, str] = ("", "")) -> Undo:
    """Return the reverse of the last commit that touched the book.

    The door refuses it where a file has changed since. Raises Refused where there is nothing to take back,
    git.NoGit or git.GitError.
    """
    from crmkit.git import history

    past = history.last(book.root)
    if past is None or past.first or not (past.files or past.merge):
        raise Refused(N_("there is nothing to undo"), hint=N_("see what was done with: git log"))
    if past.merge:
        raise Refused(
            N_("the last commit joined two histories: {subject}"),
            hint=N_("take it back with git: git revert -m 1 {commit}"),
            subject=past.subject,
            commit=past.sha[:10],
        )
    if past.files and all(path.endswith("/access.yaml") for path in past.files):
        raise Refused(
            N_("the last change is an entry of the access log, which is not taken back: {subject}"),
            hint=N_("take back what came before it with git: git revert COMMIT"),
            subject=past.subject,
        )
    subject, redo = past.subject, past.subject.startswith(_UNDO)
    files = {path: (after, before) for path, (before, after) in past.files.items()}
    _keep_numbers(book, files)
    writes, deletes = [], []
    for path, (now, then) in files.items():
        if then is None:
            deletes.append(Delete(path, sha256(now or b"")))
        else:
            writes.append(Write(path, then, None if now is None else sha256(now), now))
    bare = subject.removeprefix(_UNDO).removeprefix(_REDO)
    message = f"{_REDO if redo else _UNDO}{bare}"
    change = Change(tuple(writes), (), tuple(deletes), message, actor)
    return Undo(change, files, past.sha[:10], subject, past.author, past.at, redo)


def _keep_numbers(book: Book, files: dict[str, tuple[bytes | None, bytes | None]]) -> None:
    """Retire the number of a dossier that is taken back: who was told it must not meet another."""
    gone = [
        place.customer
        for path, (_, then) in files.items()
        if then is None and (place := place_of(path)) and place.kind == "customer" and not place.draft
    ]
    if not gone or RETIRED in files:
        return
    try:
        old: bytes | None = book.read(RETIRED)
    except FileNotFoundError:
        old = None
    new = old
    for number in gone:
        new = retired_with(new, number).encode()
    if new is not None and new != old:
        files[RETIRED] = old, new
