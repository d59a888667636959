"""Amounts in records, as exact numbers with their currency. Amounts of two currencies are never added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any


def amount(value: Any, currency: str) -> tuple[Decimal, str] | None:
    """Return a money value of a record as `(number, currency)`; `currency` where it names none. None without one."""
    if isinstance(value, Mapping):
        currency, value = str(value.get("currency") or currency), value.get("amount")
    found = number(value)
    return None if found is None else (found, currency)


def number(value: Any) -> Decimal | None:
    """Return a number of a record exactly, None for what is none."""
    if value is None or isinstance(value, bool | Mapping | list):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def by_currency(amounts: Iterable[tuple[Decimal, str]]) -> dict[str, Decimal]:
    """Return the sums by currency."""
    sums: dict[str, Decimal] = {}
    for value, unit in amounts:
        sums[unit] = sums.get(unit, Decimal(0)) + value
    return sums


def currencies(found: Iterable[str], first: str) -> list[str]:
    """Return the currencies in the order in which they are shown: the book's first, then by name."""
    return sorted(set(found), key=lambda unit: (unit != first, unit))
