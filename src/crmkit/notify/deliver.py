"""Each row once: reserve, send, record.

A process may end at any point. Before the reservation nothing was sent; after the record nothing is sent again. In
between the letter stays open, and the next run sends the same rows once more under the same key: nothing is lost,
and where the target knows its messages by a key nothing comes twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.notify.letter import BadTarget, Letter, Outcome, State, Target
from crmkit.notify.plan import row_key

if TYPE_CHECKING:
    from crmkit.index.due import AgendaRow
    from crmkit.notify.compose import Voice
    from crmkit.notify.memory import Memory, Open

_PATIENCE = 3
"""Refusals in a row after which a target is left alone until the next run."""

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message; of rows that were not tried in this run the state is `waits`."""

    target: Target
    rows: tuple[AgendaRow, ...]
    state: State | str
    said: Message | str = ""
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What this run is about: some person's rows, some targets; None is everything."""

    person: str | None = None
    targets: frozenset[str] | None = None

    def wants(self, people: Iterable[str]) -> bool:
        """Whether a letter to these people is this run's business."""
        return self.person is None or self.person in set(people)


@dataclass
class Delivery:
    """One run over a memory that is held alone. `post` sends; a trial run hands in one that does not."""

    memory: Memory
    voice: Voice
    book: str
    rows: Mapping[str, AgendaRow]
    post: Callable[[Target, Letter], Outcome] = field(default=lambda target, letter: target.send(letter))
    digest: bool = True

    def run(self, targets: Sequence[Target], only: Filter) -> Iterator[Report]:
        """Deliver what is to be told over `targets`, yielding what became of each message."""
        for target in targets:
            if only.targets is None or target.identity in only.targets:
                yield from self._one(target, only)

    def _one(self, target: Target, only: Filter) -> Iterator[Report]:
        try:
            yield from self._letters(target, only)
        except BadTarget as e:
            rows = self._waiting(target, only)
            if rows:
                yield Report(target, tuple(rows), "refused", _with_hint(e))

    def _letters(self, target: Target, only: Filter) -> Iterator[Report]:
        refusals = 0
        for letter in self.memory.open_letters(target.identity):
            if not only.wants(letter.people):
                continue
            report, stop = self._again(target, letter)
            if report:
                yield report
            if stop:
                yield from self._untried(target, only)
                return
        waiting = self._waiting(target, only)
        batches = deque(self.voice.packed(target, waiting, digest=self.digest) if waiting else ())
        tried: list[AgendaRow] = []
        while batches:
            rows = batches.popleft()
            report, stop = self._send(target, rows)
            refusals = refusals + 1 if report.state == "refused" else 0
            if refusals and len(rows) > 1 and not stop:  # the words of one row may be what it will not have
                batches.extendleft([row] for row in reversed(rows))
                continue
            yield report
            tried += rows
            if stop or refusals >= _PATIENCE:
                yield from self._untried(target, only, besides=tried)
                return

    def _waiting(self, target: Target, only: Filter) -> list[AgendaRow]:
        keys = {row for row, person in self.memory.waiting(target.identity) if only.wants((person,))}
        return [self.rows[key] for key in keys if key in self.rows]

    def _untried(self, target: Target, only: Filter, besides: Sequence[AgendaRow] = ()) -> Iterator[Report]:
        tried = {row.id for row in besides}
        rows = [row for row in self._waiting(target, only) if row.id not in tried]
        if rows:
            yield Report(
                target, tuple(rows), "waits", msg(N_("not tried any more; they go with the next run"))
            )

    def _again(self, target: Target, letter: Open) -> tuple[Report | None, bool]:
        """Send an open letter once more: the rows of it that are still due, under its key."""
        rows = [self.rows[key] for key in letter.rows if key in self.rows]
        if not rows:
            self.memory.dropped(letter.id)
            return None, False
        if letter.wait and self.voice.now < datetime.fromisoformat(letter.wait):
            said = msg(
                N_("nobody knows whether it arrived; it goes again from {moment}"),
                moment=letter.wait[:16].replace("T", " "),
            )
            return Report(target, tuple(rows), "unknown", said), False
        return self._attempt(target, letter.id, letter.key, rows, letter.tries)

    def _send(self, target: Target, rows: Sequence[AgendaRow]) -> tuple[Report, bool]:
        keys = [row_key(row) for row in rows]
        key = letter_key(self.book, target.identity, keys)
        ident = self.memory.reserve(target.identity, key, keys)
        return self._attempt(target, ident, key, rows, 0)

    def _attempt(
        self, target: Target, ident: int, key: str, rows: Sequence[AgendaRow], tries: int
    ) -> tuple[Report, bool]:
        letter = self.voice.letter(target, key, rows)
        outcome = self._posted(target, letter)
        now = self.voice.now
        if outcome.state == "sent":
            self.memory.sent(ident, [row_key(row) for row in rows], now)
        elif outcome.state == "refused":
            self.memory.refused(ident)
        else:
            self.memory.unsure(ident, now + min(_FIRST_WAIT * 2 ** min(tries, 12), _LONGEST_WAIT))
        return Report(target, tuple(rows), outcome.state, outcome.said, letter), outcome.stop

    def _posted(self, target: Target, letter: Letter) -> Outcome:
        """Send; whatever happens to one target, the others are told."""
        try:
            return self.post(target, letter)
        except BadTarget as e:
            return Outcome("refused", _with_hint(e), stop=True)
        except Exception as e:  # noqa: BLE001 - a mistake of ours: nobody knows how far it came
            return Outcome(
                "unknown", msg(N_("the connection broke ({kind})"), kind=type(e).__name__), stop=True
            )


def _with_hint(error: BadTarget) -> Message:
    return msg("{what} ({hint})", what=error.message, hint=error.hint)


def letter_key(book: str, target: str, rows: Iterable[str]) -> str:
    """Return the key of a message: the same rows over the same target of the same book give the same."""
    return blake2b("\0".join([book, target, *sorted(rows)]).encode(), digest_size=16).hexdigest()
