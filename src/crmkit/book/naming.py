"""Ids and customer numbers: chosen under the lock, never given twice."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterable
from datetime import date
from typing import Protocol

from crmkit.book.paths import CUSTOMER_FILE, CUSTOMERS, Book, customer_folder

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
RETIRED = f"{CUSTOMERS}/retired.txt"
"""Numbers whose dossiers are gone, one a line; merged by union, for a number is never given again."""

Taken = Callable[[str], bool]
_NUMBER = re.compile(r"(\d{6})-(\d{3,})\Z")


def _free(_ident: str) -> bool:
    return False


def random_letters(n: int = 4) -> str:
    """Return `n` letters that are hard to misread."""
    import secrets

    return "".join(secrets.choice(LETTERS) for _ in range(n))


def new_id(
    book: Book, kind: str, day: date, taken: Taken = _free, letters: Callable[[], str] = random_letters
) -> str:
    """Return an id `<kind>-<yymmdd>-<4 letters>` that is neither `taken` nor in the book's drafts.

    Four letters are a million ids for a kind and a day; the two clones that draw the same ones both keep
    their files, in two dossiers, and `crm check` names them.
    """
    while True:
        ident = f"{kind}-{day:%y%m%d}-{letters()}"
        if not taken(ident) and not (kind == "draft" and (book.root / customer_folder(ident)).exists()):
            return ident


def next_number(book: Book, day: date, also: Iterable[str] = (), taken: Taken = _free) -> str:
    """Return the next customer number of `day`'s month: `YYYYMM-NNN`.

    One more than the highest among the dossiers on disk, the retired numbers and `also` (numbers or paths
    that the change in the making creates). Call it under the lock.
    """
    month = f"{day:%Y%m}"
    highest = 0
    for name in (
        *_names(book, month[:4]),
        *retired(book),
        *(part for path in also for part in path.split("/")),
    ):
        if (m := _NUMBER.match(name)) and m[1] == month:
            highest = max(highest, int(m[2]))
    number = f"{month}-{highest + 1:03d}"
    while taken(number):
        highest += 1
        number = f"{month}-{highest + 1:03d}"
    return number


class Numbers:
    """Numbers for many customers of one change: the book is looked at once. Use it under the lock."""

    def __init__(self, book: Book) -> None:
        """Look at nothing yet."""
        self._book = book
        self._last: dict[str, str] = {}

    def next(self, day: date, taken: Container[str] = ()) -> str:
        """Return the next number of `day`'s month that is not among `taken`."""
        month = f"{day:%Y%m}"
        last = self._last.get(month)
        found = _following(last) if last else next_number(self._book, day)
        while found in taken:
            found = _following(found)
        self._last[month] = found
        return found


def _following(number: str) -> str:
    month, _, count = number.partition("-")
    return f"{month}-{int(count) + 1:03d}"


def new_customer(
    book: Book, day: date, *, draft: bool, also: Container[str] | Iterable[str] = (), taken: Taken = _free
) -> tuple[str, str]:
    """Return a new customer's number (or draft id) and path; `also` are paths already in the change."""
    paths = tuple(also) if isinstance(also, Iterable) else ()
    if draft:
        ident = new_id(
            book, "draft", day, lambda i: taken(i) or f"{customer_folder(i)}/{CUSTOMER_FILE}" in paths
        )
    else:
        ident = next_number(book, day, paths, taken)
    return ident, f"{customer_folder(ident)}/{CUSTOMER_FILE}"


def _names(book: Book, year: str) -> list[str]:
    try:
        return [e.name for e in os.scandir(book.root / CUSTOMERS / year)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def retired(book: Book) -> set[str]:
    """Return the numbers that are never given again."""
    try:
        return set(book.read(RETIRED).decode("utf-8", "replace").split())
    except FileNotFoundError:
        return set()


class _HasBook(Protocol):
    @property
    def book(self) -> Book: ...


class _Draft(Protocol):
    @property
    def session(self) -> _HasBook: ...

    def put(self, path: str, text: str, *, base: bytes | None) -> None: ...


def retired_with(old: bytes | None, number: str) -> str:
    """Return the text of the list of retired numbers with `number` in it."""
    lines = (old or b"").decode("utf-8", "replace").split()
    return "".join(f"{n}\n" for n in [*lines, *([] if number in lines else [number])])


def retire(draft: _Draft, number: str) -> None:
    """Add to the change that `number` is never given again; a draft's id needs no such care."""
    if not _NUMBER.match(number):
        return
    try:
        old: bytes | None = draft.session.book.read(RETIRED)
    except FileNotFoundError:
        old = None
    draft.put(RETIRED, retired_with(old, number), base=old)
