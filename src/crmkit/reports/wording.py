"""How the values of a report are worded for people, on a terminal, a page or a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from crmkit.errors import Message
from crmkit.i18n import _
from crmkit.reports.report import Column, Figure, Label

if TYPE_CHECKING:
    from crmkit.settings.words import Words

FIGURES = frozenset({"integer", "number", "money", "percent", "average"})
"""Types that stand on the right."""

_TENTH = Decimal("0.1")
_CENT = Decimal("0.01")


def label(text: Label) -> str:
    """Return a label in the reader's language; texts of records stay as they are."""
    return str(text)


def cell(words: Words, column: Column, row: Mapping[str, Any]) -> str:
    """Return a cell's text; nothing here escapes it."""
    value = row.get(column.name)
    if isinstance(value, Message):
        return str(value)
    if column.words and isinstance(value, str):
        return _(column.words.get(value, "")) or value
    return shown(words, value, column.type, str(row.get("currency") or ""), column.vocabulary)


def figure(words: Words, one: Figure) -> str:
    """Return a figure's value as text."""
    return shown(words, one.value, one.type, one.currency) or "–"


def shown(words: Words, value: Any, kind: str, currency: str = "", vocabulary: str = "") -> str:
    """Return a value of a type as text; percentages and averages to a tenth, money to a hundredth."""
    if value is None or value == "":
        return ""
    if isinstance(value, Message):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if kind in {"percent", "average"} and not isinstance(value, str):
        number = f"{_rounded(value, _TENTH):,f}"
        return f"{number}%" if kind == "percent" else number
    if kind == "money" and isinstance(value, Decimal):
        return words.money(_rounded(value, _CENT), currency)
    if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if kind == "number" and isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    if isinstance(value, tuple):
        value = list(value)
    return words.cell(value, kind, vocabulary)


def _rounded(value: Any, unit: Decimal) -> Decimal:
    number = Decimal(value).quantize(unit, ROUND_HALF_UP)
    return number + 0  # no minus before a zero
