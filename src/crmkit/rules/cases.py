"""Solved cases like this one (R-001-08): what was done about the like before, so that advice comes within minutes.

Likeness of two records of feedback, 0 to 100: the words of their contents (Chinese by pairs of characters, other
scripts by words) as the share of common ones, rare words weighing more than frequent ones, up to 60; the same product
25; about the same (product, service, price) 10; of the same type 5. A case counts that has a solution; from 15 on it is
told.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Doc = Mapping[str, Any]

WORDS, PRODUCT, ABOUT, TYPE = 60, 25, 10, 5
LEAST = 15
MOST = 5

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_LATIN = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_IDLE = frozenset(
    {"the", "and", "for", "with", "that", "this", "was", "not", "are", "has", "have", "from", "they"}
)


@dataclass(frozen=True, slots=True)
class Case:
    """A solved case: its document, and how like it is (0 to 100)."""

    doc: Doc
    likeness: int


def tokens(text: str) -> frozenset[str]:
    """Return what a text is compared by: pairs of Chinese characters, words of other scripts."""
    from crmkit.values.names import norm

    plain = norm(text)
    found = {word for word in _LATIN.findall(plain) if word not in _IDLE}
    for run in _HAN.findall(plain):
        found.update(run[i : i + 2] for i in range(len(run) - 1)) if len(run) > 1 else found.add(run)
    return frozenset(found)


def like(new: Doc, others: Iterable[Doc], *, most: int = MOST) -> list[Case]:
    """Return the solved cases that are most like `new`, the likest first, then the best rated and the newest."""
    solved = [doc for doc in others if doc.get("solution") and doc.get("id") != new.get("id")]
    read = [tokens(str(doc.get("content") or "")) for doc in solved]
    mine = tokens(str(new.get("content") or ""))
    frequent = Counter(token for each in (*read, mine) for token in each)
    count = len(read) + 1
    weight = {token: 1 + math.log(count / n) for token, n in frequent.items()}
    found = [Case(doc, _likeness(new, doc, mine, own, weight)) for doc, own in zip(solved, read, strict=True)]
    near = [case for case in found if case.likeness >= LEAST]
    return sorted(near, key=_order)[:most]


def _likeness(
    new: Doc, doc: Doc, mine: frozenset[str], own: frozenset[str], weight: Mapping[str, float]
) -> int:
    # by the shorter of the two: a long old case may say the same and much more
    least = min(_sum(mine, weight), _sum(own, weight))
    words = WORDS * _sum(mine & own, weight) / least if least else 0.0
    same = ((PRODUCT, "product"), (ABOUT, "about"), (TYPE, "type"))
    return int(words) + sum(n for n, key in same if new.get(key) and new.get(key) == doc.get(key))


def _sum(words: frozenset[str], weight: Mapping[str, float]) -> float:
    return math.fsum(weight[word] for word in words)


def _order(case: Case) -> tuple[Any, ...]:
    rated = case.doc.get("satisfaction")
    newest = str(case.doc.get("resolved_at") or case.doc.get("received_at") or "")
    return (
        -case.likeness,
        -(rated if isinstance(rated, int) else 0),
        _backwards(newest),
        str(case.doc.get("id")),
    )


def _backwards(text: str) -> Sequence[int]:
    return [-ord(c) for c in text]
