"""The only place that asks what time it is; everything else is handed a date or a time."""

from __future__ import annotations

from datetime import datetime, tzinfo


def now(zone: tzinfo) -> datetime:
    """Return the present moment in `zone`, to the second."""
    return datetime.now(zone).replace(microsecond=0)
