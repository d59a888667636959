"""Whom a computed view is about: customers named one by one, or all that a query finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row
    from crmkit.query.match import Dossier

ALL = "all"
_SIGNS = frozenset(':=<>"()“”：＝＞＜≥≤（）')
_FEW = 40
"""Up to so many dossiers are read one by one, beyond that all records of the kinds that matter at once."""


@dataclass(frozen=True, slots=True)
class Aim:
    """The customers meant. `named` are the numbers of those that were named by themselves."""

    rows: tuple[Row, ...]
    named: frozenset[str] = frozenset()


def is_query(words: Sequence[str]) -> bool:
    """Whether words are a query (they hold a sign of one), not names of customers."""
    return any(w.startswith(("@", "-", "not ")) or not _SIGNS.isdisjoint(w) for w in words)


def aim(session: Session, words: Sequence[str]) -> Aim:
    """Return whom `words` mean: nothing or `all` is every customer past its review, else a query, else names.

    Raises NotFound or Ambiguous for names, UsageError for a query that cannot be read.
    """
    if not words or list(words) == [ALL]:
        return Aim(_found(session, "not is:draft"))
    if is_query(words):
        text = " ".join(words)
        if text.startswith("@"):
            text = _view(session, text)
        return Aim(_found(session, text))
    hits = [session.customer(word) for word in words]
    rows = tuple(session.index.record(number) for number in dict.fromkeys(h.id for h in hits))
    return Aim(rows, frozenset(r.id for r in rows))


def _found(session: Session, query: str) -> tuple[Row, ...]:
    node = session.index.bind(query, "customer", session.today, session.actor_name, session.now)
    return tuple(session.index.rows("customer", node))


def _view(session: Session, text: str) -> str:
    from crmkit.actions.listing import Choice, with_view

    name, _, rest = text[1:].partition(" ")
    return with_view(session, session.kind("customer"), name, Choice(query=rest)).query


class Around:
    """What lies around customers, as queries and figures ask for it; read once for all of them."""

    def __init__(self, session: Session, rows: Sequence[Row], kinds: Sequence[str]) -> None:
        """`kinds` are the kinds of records beside the customer that will be asked for."""
        self._session = session
        self._rows: dict[str, list[Row]] = {row.id: [row] for row in rows}
        self._whole = len(rows) <= _FEW
        if self._whole:
            for row in rows:
                self._rows[row.id] = list(session.index.dossier_docs(row.customer))
        else:
            for kind in kinds:
                for row in session.index.rows(kind):
                    if row.customer in self._rows:
                        self._rows[row.customer].append(row)

    def rows(self, number: str, kind: str) -> list[Row]:
        """Return a customer's records of a kind."""
        return [row for row in self._rows.get(number, ()) if row.kind == kind]

    def all(self, number: str) -> list[Row]:
        """Return everything that was read of a customer's dossier, the customer first."""
        return self._rows.get(number, [])

    def dossier(self, number: str) -> Dossier:
        """Return the dossier as `query.match` sees it."""
        from crmkit.query.match import Dossier

        docs: dict[str, list[Mapping[str, Any]]] = {}
        values: dict[str, Mapping[str, Any]] = {}
        for row in self._rows.get(number, ()):
            docs.setdefault(row.kind, []).append(row.to_json())
            values[row.id] = row.computed
        return Dossier(docs, draft=False, values=values)
