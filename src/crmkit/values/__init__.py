"""From what people type or a file holds to a value, and back: pure, light, one module a sort of value."""

from __future__ import annotations

from crmkit.errors import UsageError


class BadValue(UsageError):
    """A text is not a value of the sort asked for. `hint` shows forms that are."""
