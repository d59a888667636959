"""The one door: every change of a book goes through `writing` and `Door.apply`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from crmkit.book.change import Applied, Change, Delete, Move, Write
from crmkit.errors import Invalid, Message, Refused, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.book.disk import Disk
    from crmkit.book.paths import Book
    from crmkit.errors import Problem

__all__ = ["Applied", "Change", "Delete", "Door", "Move", "Write", "apply", "recover", "writing"]

Validate = Callable[[Change], Sequence["Problem"]]


class Door:
    """The book while this process alone may write to it.

    Read what a change is computed from, and choose ids, inside `writing`.
    """

    def __init__(self, book: Book, disk: Disk, notes: Sequence[Message] = ()) -> None:
        """Use `writing(book)`."""
        self.book = book
        self._disk = disk
        self._notes = list(notes)

    def apply(self, change: Change, validate: Validate | None = None) -> Applied:
        """Make the change: whole, durable and committed to git, or not at all.

        Raises Invalid where `validate` returns errors, Conflict where a file is not what the change was
        computed from, Refused where the disk would not take it. Ctrl-C is answered before the change begins
        to happen or after it is whole, never between.
        """
        from crmkit.book import before, finish, journal

        if validate and (errors := [p for p in validate(change) if p.severity == "error"]):
            raise Invalid(N_("nothing was written: {n} error(s) in the record"), errors, n=len(errors))
        change, modes = before.checked(self._disk, change)
        if not (
            change.writes or change.moves or change.deletes or change.gone or change.parents or change.adopt
        ):
            return Applied()
        at = before.stamp()
        try:
            building = journal.stage(self.book, self._disk, change, at, modes)
            with before.unbroken():
                entry = journal.enter(building, change, at)
                applied = finish.finish(self.book, self._disk, entry, self._notes)
                self._notes.clear()
        except BaseException as e:
            with suppress(OSError):
                journal.discard(self.book.state / "journal" / journal.BUILDING)
            if isinstance(e, OSError):
                raise _failed(e) from None
            raise
        return applied


def _failed(e: OSError) -> Refused:
    return Refused(
        N_("nothing was written: the disk says: {reason}"),
        hint=N_("make room, or make the folder writable, and repeat the command"),
        reason=e.strerror or str(e),
    )


@contextmanager
def writing(book: Book, wait: float = 60.0) -> Iterator[Door]:
    """Hold the book's lock: ids chosen and texts computed inside hold until `Door.apply`.

    Finishes first what a crash has left behind. Raises Refused when another process holds the lock for `wait`
    seconds, or where the disk is read-only.
    """
    from crmkit.book import finish, lock
    from crmkit.book.disk import Disk

    holding = lock.held(book, wait)
    try:
        holding.__enter__()
    except OSError as e:
        raise _failed(e) from None
    try:
        lock.protect(book)
        with Disk(book.root) as disk:
            yield Door(book, disk, finish.all_of(book, disk))
    finally:
        holding.__exit__(None, None, None)


def apply(book: Book, change: Change, validate: Validate | None = None) -> Applied:
    """Make a change that was computed without the lock; see `Door.apply`."""
    with writing(book) as door:
        return door.apply(change, validate)


def recover(book: Book) -> tuple[str, ...]:
    """Finish a change that a crash has left in the journal, if the lock is free; never waits, never raises.

    Return what people should be told. Where nothing was left this costs one look into a folder.
    """
    if not book.interrupted:
        return ()
    from crmkit.book import before, finish, lock
    from crmkit.book.disk import Disk

    try:
        with lock.held(book, 0.0), Disk(book.root) as disk, before.unbroken():
            return tuple(str(note) for note in finish.all_of(book, disk))
    except OSError as e:
        return (
            str(
                msg(N_("an interrupted change could not be finished: {reason}"), reason=e.strerror or str(e))
            ),
        )
    except lock.Busy:
        return ()
    except Refused as e:
        return (str(e),)
