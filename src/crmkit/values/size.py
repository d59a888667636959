"""Sizes of files as people write them: `20 MB`, `512k`, `1.5 GB`."""

from __future__ import annotations

import re

from crmkit.i18n import N_
from crmkit.values import BadValue

_SIZE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([kmg]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def parse(text: str) -> int:
    """Read a size in bytes, counting by 1024. Raises BadValue."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise BadValue(N_("{text!r} is not a size"), hint=N_("for example 20 MB"), text=text)
    return int(float(found[1]) * _UNITS[found[2].lower()])


def show(count: int) -> str:
    """Return `340 B`, `1.2 MB`."""
    if count < 1 << 10:
        return f"{count} B"
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"
