"""The one door: every change of a book goes through `writing` and `Door.apply`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crmkit.book.change import Applied as Applied
from crmkit.book.change import Change as Change
from crmkit.book.change import Delete as Delete
from crmkit.book.change import Move as Move
from crmkit.book.change import Write as Write

if TYPE_CHECKING:
    from crmkit.book.paths import Book
    from crmkit.errors import Problem

Validate = Callable[[Change], Sequence["Problem"]]


class Door:
    """The book while this process alone may write to it. Read what a change is computed from inside `writing`."""

    def __init__(self, book: Book) -> None:
        """Use `writing(book)`."""
        self.book = book

    def apply(self, change: Change, validate: Validate | None = None) -> Applied:
        """Make the change: whole, durable and committed to git, or not at all.

        Raises Invalid where `validate` returns errors, Conflict where a file is not what the change was computed
        from, Refused where the disk would not take it.
        """
        raise NotImplementedError


@contextmanager
def writing(book: Book, wait: float = 60.0) -> Iterator[Door]:
    """Hold the book's lock: ids chosen and texts computed inside hold until `Door.apply`.

    Finishes first what a crash has left behind. Raises Refused when another process holds the lock for `wait`
    seconds, or where the disk is read-only.
    """
    yield Door(book)


def apply(book: Book, change: Change, validate: Validate | None = None) -> Applied:
    """Make a change that was computed without the lock; see `Door.apply`."""
    with writing(book) as door:
        return door.apply(change, validate)


def recover(book: Book) -> tuple[str, ...]:
    """Finish a change that a crash has left in the journal, if the lock is free; never waits, never raises.

    Return what people should be told.
    """
    return ()
