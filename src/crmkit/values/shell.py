"""Words as people type them in a shell."""

from __future__ import annotations


def quoted(word: str) -> str:
    """Return a word as it can be typed in a shell; Chinese needs no quotes."""
    import shlex

    plain = "".join(c for c in word if c.isascii())
    return shlex.quote(word) if not word or shlex.quote(plain) != (plain or "''") else word
