"""Did you mean: the nearest of a few known words."""

from __future__ import annotations

from collections.abc import Iterable

_FARTHEST = 0.4
"""Share of the longer word's characters that may be wrong."""


def _distance(a: str, b: str) -> int:
    """Count the edits between two words; swapping two neighbours is one edit."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _score(word: str, candidate: str) -> float:
    """Return how far apart two folded words are: 0 equal, 1 nothing in common."""
    longest = max(len(word), len(candidate))
    shortest = min(len(word), len(candidate))
    if not shortest:
        return 1.0
    starts = candidate.startswith(word) or word.startswith(candidate)
    if starts and shortest >= (2 if not word.isascii() else 3):
        return min(0.3, (longest - shortest) / longest)
    if longest - shortest > longest * _FARTHEST + 1:
        return 1.0
    distance = _distance(word, candidate)
    if longest <= 3:  # one wrong letter of two or three is half the word and still the likeliest slip
        return 0.35 if distance == 1 and shortest > 1 else (0.0 if not distance else 1.0)
    return distance / longest


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `word` was most likely meant to be, None where none is near.

    Case, `-`, `_` and spaces do not count; the first of equally near ones wins.
    """
    folded = _fold(word)
    best, found = 1.0, None
    for candidate in candidates:
        score = _score(folded, _fold(candidate))
        if score < best:
            best, found = score, candidate
    return found if best <= _FARTHEST else None


def _fold(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")
