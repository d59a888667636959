"""Whether the person who acts has the right to a change: asked of every draft, whatever command made it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from crmkit.errors import Refused, msg
from crmkit.i18n import N_
from crmkit.rules import rights as rules

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.book.judge import Judge
    from crmkit.errors import Problem


class _Before:
    """The book as the draft found it."""

    def __init__(self, session: Session, old: dict[str, bytes | None], restored: AbstractSet[str]) -> None:
        self._session = session
        self._old = old
        self._restored = restored

    def read(self, path: str) -> bytes | None:
        if path in self._old:
            return self._old[path]
        try:
            return self._session.book.read(path)
        except (OSError, Refused):
            return None

    def files(self, folder: str) -> Iterable[str]:
        try:
            found = [f"{folder}/{p.name}" for p in (self._session.book.root / folder).iterdir()]
        except OSError:
            return []
        return sorted({p for p in found if self._old.get(p, b"") is not None})

    def held(self, path: str, raw: bytes) -> bool:  # noqa: ARG002 - only an undo brings back what stood once
        return path in self._restored


def judge(
    session: Session, old: dict[str, bytes | None] | None = None, restored: AbstractSet[str] = frozenset()
) -> Judge:
    """Return the judge of what the person who acts may change in the book as it stands."""
    from crmkit.book.judge import Judge

    return Judge(session.settings, session.catalog, session.rights, _Before(session, old or {}, restored))


def demand(draft: Draft) -> None:
    """Raise Refused where the person who acts has no right to what the draft changes."""
    session = draft.session
    if session.rights.everything:
        return
    if session.rights.member is None:
        raise rules.stranger(session.settings, session.actor)
    files = {draft.named(path): (f.old, f.new) for path, f in draft.files.items() if f.old != f.new}
    old = {path: f.old for path, f in draft.files.items()}
    found = judge(session, old, draft.restored).problems(files, draft.moves or None)
    if found:
        raise _refusal(found)


def _refusal(found: list[Problem]) -> Refused:
    first = found[0]
    more = len(found) - 1
    what = msg("{what}: {path}", what=first.message, path=first.path)
    if more:
        what = msg(N_("{what}: {path}, and {n} more"), what=first.message, path=first.path, n=more)
    return Refused(what, hint=first.hint)
