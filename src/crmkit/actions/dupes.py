"""`crm dupes`: customers that are probably one, found by names, tax ids, phones and e-mail addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions._likeness import LIKELY, Face, Faces, Pair, face
from crmkit.values.phone import key as phone_key

if TYPE_CHECKING:
    from crmkit.actions.session import Session

PERHAPS = 0.6
"""What `--all` shows as well: a shared phone with nothing else alike."""
_MOST = 5


@dataclass(frozen=True, slots=True)
class Dupe:
    """Two customers that look like one; `id` is the older number, which `crm merge ID OTHER` keeps."""

    pair: Pair

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        one, other = self.pair.one, self.pair.other
        return {
            "score": round(self.pair.score, 2),
            "id": one.id,
            "name": one.title,
            "other": other.id,
            "other_name": other.title,
            "why": list(self.pair.why),
        }


def dupes(session: Session, query: str = "", *, everything: bool = False) -> list[Dupe]:
    """Return the pairs that look like one customer, the likeliest first; of a query those it has a part in."""
    index = session.index
    rows = index.rows("customer")
    asked: set[str] | None = None
    if query:
        node = index.bind(query, "customer", session.today, session.actor_name)
        asked = {r.id for r in index.rows("customer", node)}
    pairs = Faces(face(r.id, r.doc) for r in rows).pairs(PERHAPS if everything else LIKELY)
    found = [_ordered(p) for p in pairs if asked is None or asked & {p.one.id, p.other.id}]
    return [Dupe(p) for p in found]


def _ordered(pair: Pair) -> Pair:
    """Return a pair with the one first whose number is older; a draft comes last."""
    one, other = sorted((pair.one, pair.other), key=lambda f: (f.id.startswith("draft-"), f.id))
    return Pair(pair.score, one, other, pair.why)


def like(session: Session, fields: Mapping[str, Any]) -> list[Pair]:
    """Return customers of the book that a new one looks like, a few at most; `pair.one` is the one of the book.

    Only those are looked at that share a number, an address or a beginning with it, so that entry stays quick.
    """
    new = face("", fields)
    near = _near(session, new, fields)
    return Faces(near).like(new)[:_MOST] if near else []


def _near(session: Session, new: Face, fields: Mapping[str, Any]) -> list[Face]:
    words = [w for w in (new.tax_id, new.bare, new.bare[:3], new.bare[-3:], new.pinyin) if len(w) >= 2]
    words += [key for _, key in new.reached]
    words += [phone_key(str(fields.get("phone") or ""))]
    idents: dict[str, None] = {}
    for word in dict.fromkeys(w for w in words if w):
        for one, other in session.index.named(word, ("customer",), 40):
            for text in (one, other):
                if session.index.has_id(text):
                    idents[text] = None
    return [face(r.id, r.doc) for r in map(session.index.record, list(idents)[:200])]
