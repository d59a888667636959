"""Taking back the last change: its commit turned round, as a change like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    from crmkit.git.history import Past

_UNDO, _REDO = "undo: ", "redo: "
_COUNT = "changes taken back: "
"""The line of a commit's message that says how many it took back; one has none."""


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
    """Return the reverse of the last commit that touched the book; of an undo, that is the change made again.

    The door refuses it where a file has changed since. Raises Refused where there is nothing to take back,
    git.NoGit or git.GitError.
    """
    from crmkit.git import history

    past = _possible(history.last(book.root))
    subject, redo = past.subject, past.subject.startswith(_UNDO)
    bare = subject.removeprefix(_UNDO).removeprefix(_REDO)
    return _undo(book, [past], f"{_REDO if redo else _UNDO}{bare}", actor, redo=redo)


def several(book: Book, count: int, actor: tuple[str, str] = ("", "")) -> Undo:
    """Return the reverse of the last `count` changes that have not been taken back yet, as one change.

    Raises as `last`, also where there are not so many.
    """
    from crmkit.git import history

    found: list[Past] = []
    undone = 0
    for past in history.back(book.root):
        if _of_log(past):
            continue
        if past.subject.startswith(_UNDO):
            undone += _steps(past)
        elif undone and not past.first:
            undone -= 1
        else:
            found.append(_possible(past, len(found)))
        if len(found) == count:
            break
    else:
        _possible(None, len(found))
    if count == 1:
        return _undo(book, found, f"{_UNDO}{found[0].subject.removeprefix(_REDO)}", actor)
    message = f"{_UNDO}{count} changes, back to before: {found[-1].subject}\n\n{_COUNT}{count}"
    return _undo(book, found, message, actor)


def _possible(past: Past | None, before: int = 0) -> Past:
    """Return a commit that can be taken back; Refused otherwise. `before` says how many come before it."""
    if past is None or past.first or not (past.files or past.merge):
        if before:
            raise Refused(
                N_("there are only {n} changes to take back"),
                hint=N_("take them back: crm undo --last {n}"),
                n=before,
            )
        raise Refused(N_("there is nothing to undo"), hint=N_("see what was done with: git log"))
    if past.merge:
        raise Refused(
            N_("the last commit joined two histories: {subject}"),
            hint=N_("take it back with git: git revert -m 1 {commit}"),
            subject=past.subject,
            commit=past.sha[:10],
        )
    if _of_log(past):
        raise Refused(
            N_("the last change is an entry of the access log, which is not taken back: {subject}"),
            hint=N_("take back what came before it: crm undo --last 1"),
            subject=past.subject,
        )
    return past


def _of_log(past: Past) -> bool:
    """Whether a commit is an entry of the access log: who looked at a secret stays known."""
    return bool(past.files) and all(path.endswith("/access.yaml") for path in past.files)


def _steps(past: Past) -> int:
    """Return how many changes an undo took back."""
    line = past.message.rpartition("\n")[2]
    count = line.removeprefix(_COUNT)
    return int(count) if line.startswith(_COUNT) and count.isdecimal() else 1


def _undo(
    book: Book, commits: Sequence[Past], message: str, actor: tuple[str, str], *, redo: bool = False
) -> Undo:
    """Return the reverse of these commits, the newest first: what stood before the oldest of each file."""
    files: dict[str, tuple[bytes | None, bytes | None]] = {}
    for past in commits:
        for path, (before, after) in past.files.items():
            files[path] = files[path][0] if path in files else after, before
    files = {path: (now, then) for path, (now, then) in files.items() if now != then}
    _keep_numbers(book, files)
    writes, deletes = [], []
    for path, (now, then) in files.items():
        if then is None:
            deletes.append(Delete(path, sha256(now or b"")))
        else:
            writes.append(Write(path, then, None if now is None else sha256(now), now))
    past = commits[0]
    change = Change(tuple(writes), (), tuple(deletes), message, actor)
    return Undo(change, files, past.sha[:10], past.subject, past.author, past.at, redo)


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
