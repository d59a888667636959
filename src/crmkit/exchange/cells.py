"""One cell of a file -> the text that a person would have typed, for a field of a certain sort."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from crmkit.exchange.delimited import unguarded
from crmkit.i18n import N_
from crmkit.records.catalog import FieldSpec
from crmkit.values import BadValue

_EPOCH = date(1899, 12, 30)
"""Excel's day 0; days before March 1900, which it counts wrongly, are nobody's customer data."""
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.[0-9]+)?")
"""Days from 1954 to 2118 as Excel counts them: what a date is once its cell was formatted as a number."""
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})")
_SHOWN_BY_EXCEL = 7
"""Digits that Excel shows of a long number; with more of them a text like `1.3800138001E+10` is whole."""
_NOTHING = frozenset({"-", "--", "—", "/", "无", "暂无", "n/a", "na", "null", "none", "#n/a", "nan"})


def text_of(cell: Any, field: FieldSpec | None) -> str:
    """Return what stands in a cell, "" for nothing; BadValue where a program has cut a number short."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _text(cell, field)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    kind = field.type if field else "text"
    if isinstance(cell, datetime):
        return _moment(cell, kind)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time | timedelta):
        return str(cell)
    if isinstance(cell, int | float | Decimal):
        return _number(cell, kind)
    return str(cell)


def _text(cell: str, field: FieldSpec | None) -> str:
    text = unguarded(
        cell.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\ufeff", "")
    )
    ended = text.rstrip(" ").endswith("\n")
    text = text.strip()
    if ended and "\n" in text:
        text += "\n"  # as a block of text in a file ends
    kind = field.type if field else "text"
    if kind != "text" and text.casefold() in _NOTHING:
        return ""
    if kind in {"date", "when"} and _SERIAL.fullmatch(text):
        return _number(float(text), kind)
    if kind == "date" and (found := _MIDNIGHT.fullmatch(text)):
        return found[1]
    if field and "secret" in field.marks and text.startswith("enc:"):
        return ""  # only the book that it comes from can open it
    if field and "***" in text and field.marks & {"phone", "email", "personal"}:
        return ""  # masked in an export: what the book has is better
    if field and ("phone" in field.marks or "tax_id" in field.marks or "key" in field.marks):
        return _long_number(text)
    return text


_MIDNIGHT = re.compile(r"(.*\S)[ T]0?0:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?")


def _long_number(text: str) -> str:
    """Return a phone or code that Excel shows as `1.38001E+10` in full, where it still has all its digits."""
    found = _SCIENTIFIC.fullmatch(text)
    if not found:
        return text.removesuffix(".0") if text.endswith(".0") and text[:-2].isdigit() else text
    whole, rest, power = found[1], found[2] or "", int(found[3])
    if power > 20 or len(rest) > power:
        return text
    if len(whole + rest) < min(_SHOWN_BY_EXCEL, power + 1):
        raise BadValue(
            N_("Excel has cut {text!r} short: its digits are lost"),
            hint=N_("format the column as text in Excel, enter the number again, or export it anew"),
            text=text,
        )
    return whole + rest + "0" * (power - len(rest))


def _moment(cell: datetime, kind: str) -> str:
    if kind == "date" or (cell.time() == time() and cell.tzinfo is None):
        return cell.date().isoformat()
    if cell.microsecond >= 500_000:  # Excel's times are fractions of a day
        cell += timedelta(seconds=1)
    return cell.replace(microsecond=0).isoformat(timespec="seconds" if cell.second else "minutes")


def _number(cell: float | Decimal, kind: str) -> str:
    value = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    if not value.is_finite():
        return ""
    if kind in {"date", "when"} and 1 <= value < 2_958_466:
        whole = int(value)
        day = _EPOCH + timedelta(days=whole)
        seconds = round(float(value - whole) * 86_400)
        if not seconds or kind == "date":
            return day.isoformat()
        moment = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - the book's zone
        return moment.isoformat(timespec="seconds" if moment.second else "minutes")
    if value == value.to_integral_value():
        return f"{value.to_integral_value():f}"
    return f"{value.normalize():f}"
