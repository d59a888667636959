"""The line of a query with a caret under the place where it goes wrong."""

from __future__ import annotations

_AROUND = 40


def caret(text: str, pos: int) -> str:
    """Return two lines: the query (cut around `pos` where it is long) and a caret; CJK signs are two wide."""
    from unicodedata import east_asian_width

    start = max(0, pos - _AROUND)
    line = " ".join(text[start : pos + _AROUND].splitlines()).replace("\t", " ")
    before = line[: pos - start]
    width = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in before)
    return f"  {line}\n  {' ' * width}^"
