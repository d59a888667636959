"""Two edits of one text that touch different lines, made into one: keeps both sides' comments and spacing."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import NamedTuple


class _Hunk(NamedTuple):
    lo: int
    hi: int
    new: tuple[str, ...]


def merged(base: str, one: str, two: str) -> str | None:
    """Return the text with both sides' changes, None where they touch the same lines."""
    lines = base.splitlines(keepends=True)
    hunks = _hunks(lines, one)
    for hunk in _hunks(lines, two):
        if hunk in hunks:
            continue
        if any(_meet(hunk, other) for other in hunks):
            return None
        hunks.append(hunk)
    out = []
    at = 0
    for hunk in sorted(hunks, key=lambda h: (h.lo, h.hi)):
        out += [*lines[at : hunk.lo], *hunk.new]
        at = hunk.hi
    return "".join([*out, *lines[at:]])


def _hunks(base: list[str], side: str) -> list[_Hunk]:
    other = side.splitlines(keepends=True)
    found = SequenceMatcher(None, base, other, autojunk=False).get_opcodes()
    return [_Hunk(a, b, tuple(other[c:d])) for tag, a, b, c, d in found if tag != "equal"]


def _meet(one: _Hunk, two: _Hunk) -> bool:
    if one.lo == one.hi or two.lo == two.hi:  # something put in between two lines: where is not certain
        return one.lo <= two.hi and two.lo <= one.hi
    return one.lo < two.hi and two.lo < one.hi
