"""`crm undo`: the last change taken back, as a new change; where that was an undo, the change is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.actions._write import Prepared

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session


def undo(session: Session, count: int = 0) -> Prepared:
    """Return the reverse of the last commit that touched the book; undo of an undo redoes.

    With a `count` so many of the last changes are taken back together; those that were taken back already do not
    count, so that one can go back further and further. Raises Refused where there is nothing to take back; applying
    it raises Conflict where a file has changed since.
    """

    def compose(draft: Draft) -> None:
        from crmkit.book import undo as book_undo

        back = book_undo.several(session.book, count) if count else book_undo.last(session.book)
        for path, (now, then) in back.files.items():
            draft.restore(path, now, then)
        draft.about("", "", "", back.change.message)

    return Prepared(session, compose)


def whose(session: Session) -> str:
    """Return who made the change that would be taken back, "" where it is the actor's own or nobody can tell.

    After `crm sync` the last change may be a colleague's.
    """
    from crmkit.book import undo as book_undo

    if session.settings.solo:
        return ""
    name, _, email = book_undo.last(session.book).author.partition(" <")
    member = session.settings.member(email.rstrip(">")) or session.settings.member(name)
    author = member.name if member else name
    return "" if author == session.actor_name else author


def turned(message: str) -> tuple[bool, str]:
    """Return whether the change that `message` tells of was made again, and what git's log calls it."""
    how, _, what = message.partition("\n")[0].partition(": ")
    return how == "redo", what
