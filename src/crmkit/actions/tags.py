"""Tags as people type them: `重点客户 -旧` adds one and takes one away."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[,，、;；\s]+")


def words(text: str) -> list[str]:
    """Return the assignments that the tags in `text` make."""
    names = [name for name in _SEPARATORS.split(text) if name.strip("+-")]
    return [
        f"tags-={name[1:]}" if name.startswith("-") else f"tags+={name.removeprefix('+')}" for name in names
    ]
