"""The grammar of days and times as people say them, in English and Chinese."""

from __future__ import annotations

from datetime import date, datetime

from crmkit.values import when


def read_day(text: str, today: date) -> date:
    """See `when.parse_day`."""
    del today
    return when.iso_day(text.strip())


def read_when(text: str, now: datetime) -> date | datetime:
    """See `when.parse_when`."""
    assert now.tzinfo is not None  # noqa: S101 - narrows for the type checker
    return when.iso_when(text.strip(), now.tzinfo)
