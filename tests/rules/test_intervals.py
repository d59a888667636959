"""Intervals of the settings in words."""

from __future__ import annotations

import pytest

from crmkit.rules import intervals


@pytest.mark.parametrize(
    ("text", "every", "span"),
    [
        ("1 month", "every month", "1 month"),
        ("3 months", "every 3 months", "3 months"),
        ("1年", "every 12 months", "12 months"),
        ("1 day", "every day", "1 day"),
        ("2 weeks", "every 14 days", "14 days"),
        ("2 hours", "every 2 hours", "2 hours"),
        ("1个工作日", "every working day", "1 working day"),
        ("1 month 2 days", "every 1 month 2 days", "1 month 2 days"),
        ("90 minutes", "every 90 minutes", "90 minutes"),
    ],
)
def test_words(text: str, every: str, span: str) -> None:
    assert str(intervals.every(text)) == every
    assert str(intervals.span(text)) == span


@pytest.mark.parametrize("text", ["", "soon", "3"])
def test_what_is_no_interval_gives_none(text: str) -> None:
    assert intervals.length(text) is None
