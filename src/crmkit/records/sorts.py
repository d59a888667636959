"""Sorts of values: the text of a file -> a typed value, and back to the plain JSON of the canonical document.

Each sort is put on a field by its annotation (`due: When | None`). The converters are on the path of
every index build, so they are plain functions that look at the commonest case first and remember texts
that repeat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.values import BadValue, money, when

_YES = {
    **dict.fromkeys(("true", "yes", "y", "on", "1", "是", "对", "有"), True),
    **dict.fromkeys(("false", "no", "n", "off", "0", "否", "不", "无"), False),
}


@dataclass(frozen=True, slots=True)
class Context:
    """What converting needs to know of the book."""

    zone: tzinfo = UTC
    currency: str = ""
    codes: Mapping[str, Mapping[str, str]] | None = None


def flawed(
    code: str, message: Message, hint: Message | None = None, requirement: str = ""
) -> PydanticCustomError:
    """Return the error to raise for a value that cannot be converted; the reader makes a Problem of it."""
    flaw = {"message": message, "hint": hint or Message(""), "requirement": requirement}
    return PydanticCustomError(code, "crmkit", flaw)


def _bad(code: str, e: BadValue) -> PydanticCustomError:
    return flawed(code, e.message, e.hint)


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of value: its name in the catalogue, and the converter `(value, context) -> value`."""

    type: str
    convert: Callable[[Any, Context | None], Any]
    vocabulary: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Let the converter alone decide."""
        convert = self.convert

        def validate(value: Any, info: core_schema.ValidationInfo[Any]) -> Any:
            return convert(value, info.context)

        return core_schema.with_info_plain_validator_function(validate)


# dates and times


@lru_cache(maxsize=20_000)
def _day_of_text(text: str) -> date:
    return when.iso_day(text)


def to_day(value: Any, _context: Context | None = None) -> date:
    """Convert `2024-06-05`."""
    if value.__class__ is str:
        try:
            return _day_of_text(value)
        except BadValue as e:
            raise _bad("date", e) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise flawed("date", msg(N_("a date is wanted here")), msg(N_("for example 2024-06-05")))


@lru_cache(maxsize=20_000)
def _when_of_text(text: str, zone: tzinfo | None) -> date | datetime:
    if zone is not None:
        return when.iso_when(text, zone)
    value = when.iso_when(text, UTC)  # checked; without a book the offset that stands there is kept
    return datetime.fromisoformat(text) if text[-6:-5] in {"+", "-"} and len(text) > 10 else value


def to_when(value: Any, context: Context | None = None) -> date | datetime:
    """Convert `2024-06-05` or `2024-06-05T14:30+08:00`; a time comes out in the book's zone."""
    zone = context.zone if context else None
    if value.__class__ is str:
        try:
            return _when_of_text(value, zone)
        except BadValue as e:
            raise _bad("when", e) from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.replace(tzinfo=zone or UTC)
        return value.astimezone(zone) if zone else value
    if isinstance(value, date):
        return value
    raise flawed("when", msg(N_("a date or time is wanted here")), msg(N_("for example 2024-06-05T14:30")))


def to_birthday(value: Any, _context: Context | None = None) -> date | str:
    """Convert `1978-06-18`, or `--06-18` where the year is not known.

    A day that only the lunar calendar may have (`1990-02-30`) stays a text.
    """
    try:
        return to_day(value)
    except PydanticCustomError:
        text = value if isinstance(value, str) else ""
        found = _NO_YEAR.fullmatch(text)
        if found:
            text = f"--{found[1]}-{found[2]}"
        elif not _OF_YEAR.fullmatch(text):
            raise
        month, day = int(text[-5:-3]), int(text[-2:])
        if not (1 <= month <= 12 and 1 <= day <= (31 if found else 30)):
            raise
        return text


_NO_YEAR = re.compile(r"(?:--)?([0-9]{2})-([0-9]{2})")
_OF_YEAR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def of_calendar(birthday: str, *, lunar: bool) -> bool:
    """Whether a birthday that is a text is a day of its calendar; the lunar one has no 31st."""
    if lunar:
        return not birthday.endswith("-31")
    if not birthday.startswith("--"):
        return False
    try:
        return bool(date.fromisoformat(f"2000-{birthday[2:]}"))  # a leap year
    except ValueError:
        return False


# numbers


class MoneyValue(NamedTuple):
    """An amount; `currency` is "" where the record (else the book) says which."""

    amount: Decimal
    currency: str = ""


@lru_cache(maxsize=20_000)
def _money_of_text(text: str) -> tuple[Decimal, str]:
    if text.isascii() and text.isdecimal():
        return Decimal(text), ""
    return money.parse_amount(text), money.currency_in(text)


def to_money(value: Any, context: Context | None = None) -> MoneyValue:
    """Convert `500000`, `50万`, `¥500,000`, or `{amount: 500000, currency: USD}`."""
    own = context.currency if context else ""
    if value.__class__ is str:
        try:
            amount, currency = _money_of_text(value)
        except BadValue as e:
            raise _bad("money", e) from None
        return MoneyValue(amount, "" if currency == own else currency)
    if isinstance(value, MoneyValue):
        return value
    if isinstance(value, dict) and value.keys() <= {"amount", "currency"} and value.get("amount") is not None:
        currency = str(value.get("currency") or "").upper()
        return MoneyValue(to_money(value["amount"], context).amount, currency)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return MoneyValue(Decimal(str(value)))
    hint = msg(N_("for example 500000, 50万 or {{amount: 500000, currency: USD}}"), _=0)
    raise flawed("money", msg(N_("an amount of money is wanted here")), hint)


def to_number(value: Any, _context: Context | None = None) -> Decimal:
    """Convert `12.5`."""
    try:
        if isinstance(value, str):
            found = Decimal(value.replace(",", "").replace("_", "x").strip())
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            found = Decimal(str(value))
        else:
            found = Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found.adjusted() > 18:
        raise flawed("number", msg(N_("a number is wanted here")), msg(N_("for example 12.5")))
    return found


def to_integer(value: Any, context: Context | None = None) -> int:
    """Convert `640`, `1,200`, also `75%` and `2万`."""
    if value.__class__ is str and value.isascii() and value.isdecimal():
        return int(value[:30])
    try:
        found = to_number(value.removesuffix("%") if isinstance(value, str) else value)
    except PydanticCustomError:
        try:
            found = to_money(value, context).amount
        except PydanticCustomError:
            found = Decimal("0.5")
    if found != found.to_integral_value() or abs(found) > 10**18:
        raise flawed("integer", msg(N_("a whole number is wanted here")), msg(N_("for example 12")))
    return int(found)


def to_flag(value: Any, _context: Context | None = None) -> bool:
    """Convert `true` and `false`, also yes and no, 是 and 否."""
    if isinstance(value, bool):
        return value
    found = _YES.get(value.strip().casefold()) if isinstance(value, str) else None
    if found is None:
        raise flawed("flag", msg(N_("yes or no is wanted here")), msg(N_("write true or false")))
    return found


def to_secret(value: Any, _context: Context | None = None) -> str:
    """Let only an encrypted value pass, and never repeat another one (R-000-39)."""
    if isinstance(value, str) and value.startswith("enc:v1:"):
        return value
    raise flawed(
        "secret.plain",
        msg(N_("a secret stands here in plain text")),
        msg(N_("secrets are kept only encrypted: crm keys init, then crm check --fix encrypts it")),
        "R-000-39",
    )


# vocabularies


def code_of(name: str, value: Any, codes: Mapping[str, Mapping[str, str]]) -> str:
    """Return the code that a code or label means; a vocabulary that nobody defined takes every text."""
    known = codes.get(name)
    if known is None and isinstance(value, str):
        return value
    text = value.strip() if isinstance(value, str) else ""
    found = (known or {}).get(text) or (known or {}).get(text.casefold())
    if found:
        return found
    raise flawed(
        "vocabulary", *unknown_code(name, str(value) if isinstance(value, str | int) else "", known or {})
    )


def unknown_code(name: str, text: str, known: Mapping[str, str]) -> tuple[Message, Message]:
    """Return what to say of a text that is no value of a vocabulary: message and hint."""
    from crmkit.values.suggest import nearest

    codes = ", ".join(dict.fromkeys(known.values()))
    near = nearest(text, known)
    hint = (
        msg(
            N_(
                "did you mean {near}? known: {codes}; others are added in crm.yaml under vocabularies: {name}"
            ),
            near=known[near],
            codes=codes,
            name=name,
        )
        if near
        else msg(
            N_("known: {codes}; others are added in crm.yaml under vocabularies: {name}"),
            codes=codes,
            name=name,
        )
    )
    return msg(N_("{value!r} is no known value"), value=text), hint


def Vocab(name: str) -> Sort:  # noqa: N802 - reads as a type in annotations
    """Return the sort of the codes of vocabulary `name`: a code or a label is accepted, the code kept."""

    def convert(value: Any, context: Context | None) -> str:
        codes = context.codes if context else None
        if codes is None:
            return str(value)
        try:
            return codes[name][value]
        except (KeyError, TypeError):
            return code_of(name, value, codes)

    return Sort("vocabulary", convert, name)


def Open(name: str) -> Sort:  # noqa: N802 - reads as a type in annotations
    """Return the sort of texts of which vocabulary `name` has the usual ones: its code is kept, other texts stay."""

    def convert(value: Any, context: Context | None) -> str:
        text = value if isinstance(value, str) else str(value)
        known = (context.codes if context and context.codes else {}).get(name, {})
        return known.get(text) or known.get(text.strip().casefold()) or text

    return Sort("text", convert, name)


Day = Annotated[date, Sort("date", to_day)]
When = Annotated[date | datetime, Sort("when", to_when)]
Birthday = Annotated[date | str, Sort("date", to_birthday)]
Money = Annotated[MoneyValue, Sort("money", to_money)]
Number = Annotated[Decimal, Sort("number", to_number)]
Integer = Annotated[int, Sort("integer", to_integer)]
Flag = Annotated[bool, Sort("boolean", to_flag)]
Secret = Annotated[str, Sort("text", to_secret)]


@lru_cache(maxsize=20_000)
def _range_of_text(text: str) -> dict[str, Any]:
    low, high = money.parse_range(text)
    found = {"min": low, "max": high}
    currency = money.currency_in(text)
    return {**found, "currency": currency} if currency else found


def to_range(value: Any) -> Any:
    """Convert `50-80万` or a single amount to the mapping that the canonical document holds."""
    if isinstance(value, str):
        try:
            return _range_of_text(value)
        except BadValue as e:
            raise _bad("money", e) from None
    return value


CONVERTERS: Mapping[str, Callable[[Any, Context | None], Any]] = {
    "date": to_day,
    "when": to_when,
    "integer": to_integer,
    "number": to_number,
    "money": to_money,
    "boolean": to_flag,
}
"""Converters of custom fields by type; a text needs none and a vocabulary needs its name."""


# back to plain JSON


def plain_number(value: Decimal) -> int | float:
    """Return a JSON number: an int where the value is whole."""
    whole = int(value)
    return whole if whole == value else float(value)


def plain_money(value: MoneyValue) -> int | float | dict[str, Any]:
    """Return a number, or amount and currency where the record says one."""
    amount = plain_number(value.amount)
    return {"amount": amount, "currency": value.currency} if value.currency else amount


def plain_when(value: date | datetime) -> str:
    """Return the canonical text of a date or time."""
    return when.show(value)


PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "date": str,
    "when": plain_when,
    "number": plain_number,
    "money": plain_money,
}
"""What makes plain JSON of a converted value; the other sorts are plain already."""
