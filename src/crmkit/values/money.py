"""Amounts of money as people write them, in English and Chinese, to Decimal and back."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import cache

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.values import BadValue

HINT = N_("for example: 500000, 500,000.00, 50万, 1.2亿, ¥500,000, 300k, 50-80万 for a range")

_SYMBOLS = {
    "CNY": "¥", "USD": "US$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "JPY": "JP¥", "KRW": "₩",
    "SGD": "S$", "AUD": "A$", "CAD": "C$", "MOP": "MOP$", "INR": "₹",
}  # fmt: skip
_CURRENCIES = {
    "CNY": "¥ rmb cny 元 圆 块 块钱 元钱 人民币 人民幣 元整 圆整 元人民币 人民币元",
    "USD": "$ us$ usd 美元 美金 美刀 dollar dollars",
    "EUR": "€ eur 欧元 歐元 euro euros",
    "GBP": "£ gbp 英镑 英鎊",
    "HKD": "hk$ hkd 港元 港币 港幣",
    "TWD": "nt$ twd 新台币 台币 新台幣",
    "JPY": "jp¥ jpy 日元 日圆 円",
    "KRW": "₩ krw 韩元",
    "SGD": "s$ sgd 新加坡元 新元 新币",
    "AUD": "a$ aud 澳元 澳币",
    "CAD": "c$ cad 加元 加币",
    "MOP": "mop$ mop 澳门元 澳门币",
    "CHF": "chf 瑞士法郎",
    "INR": "₹ inr 卢比",
    "RUB": "₽ rub 卢布",
}
_CODES = {word: code for code, words in _CURRENCIES.items() for word in words.split()}
_WORDS = "|".join(re.escape(word) for word in sorted(_CODES, key=len, reverse=True))

_UNITS = {
    "亿": 10**8, "万": 10**4, "千": 10**3, "百": 10**2, "十": 10,
    "k": 10**3, "w": 10**4, "m": 10**6, "mn": 10**6, "mln": 10**6, "mio": 10**6, "b": 10**9, "bn": 10**9,
    "thousand": 10**3, "million": 10**6, "billion": 10**9,
}  # fmt: skip
_FORMAL = str.maketrans(
    "壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億兩两〇", "一二二三三四五六六七八九十百千万亿二二零"
)
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+"
_PLAIN = re.compile(rf"({_NUMBER})\s*(k|w|mn|mln|mio|m|bn|b|thousand|million|billion)?")
_PIECE = re.compile(rf"({_NUMBER})\s*(万亿|百亿|千亿|十亿|千万|百万|十万|亿|万|千|百|十)?")
_ONLY = re.compile(r"[整正]$")
_RANGE = re.compile(r"\s*(?:——|[-~–—―−至到]|\.\.+|\bto\b)\s*")


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


@cache
def _whole() -> re.Pattern[str]:
    """Return the pattern of an amount with its currency; made at first use, since it is large."""
    return re.compile(rf"(-)?\s*({_WORDS})?\s*(-)?\s*(.*?)\s*({_WORDS})?")


def _bad(text: str) -> BadValue:
    return BadValue(N_("{text!r} is not an amount of money"), hint=msg(HINT), text=text)


def _section(text: str) -> int | None:
    """Read Chinese numerals below 万: 三千五百, 一百零五, 一百五 (150), 十五, 二〇二四."""
    if all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text)) if len(text) in (1, 3, 4, 5, 6) else None
    total, digit, unit, zero = 0, None, 10**5, False
    for i, char in enumerate(text):
        if char == "零":
            if digit is not None:
                return None
            zero = True
        elif char in _DIGITS:
            if digit is not None:
                return None
            digit = _DIGITS[char]
        elif char in "十百千":
            size = _UNITS[char]
            if (
                size >= unit
                or (digit is None and not (char == "十" and (i == 0 or zero or total)))
                or digit == 0
            ):
                return None
            total, digit, unit, zero = total + (1 if digit is None else digit) * size, None, size, False
        else:
            return None
    if digit is None:
        return None if zero else total
    return total + digit * (unit // 10 if not zero and 100 <= unit < 10**5 else 1)


def chinese_integer(text: str) -> int | None:
    """Read Chinese numerals, 五十, 两万五, 一亿零三百万, 伍拾万; None where `text` is none."""
    text = text.translate(_FORMAL)
    if not text or any(char not in "零一二三四五六七八九十百千万亿" for char in text):
        return None
    for mark in "亿万":
        head, found, tail = text.rpartition(mark)
        if found:
            high = chinese_integer(head)
            if not high or (mark == "万" and high >= 10**4):
                return None
            low = _tail(tail, _UNITS[mark])
            return None if low is None else high * _UNITS[mark] + low
    return _section(text)


def _tail(text: str, unit: int) -> int | None:
    """Read what follows 万 or 亿: 五 in 两万五 is five thousand, 零五 is five."""
    if not text:
        return 0
    if len(text) == 1 and text in _DIGITS:
        return _DIGITS[text] * unit // 10
    value = chinese_integer(text.lstrip("零"))
    return value if value is not None and value < unit else None


def _number(body: str) -> Decimal | None:
    """Read an amount without its currency: 1,234.5, 50万, 3亿5000万, 1万5, 五十万, 300k."""
    plain = _PLAIN.fullmatch(body)
    if plain:
        return Decimal(plain[1].replace(",", "")) * _UNITS.get(plain[2] or "", 1)
    chinese = chinese_integer(body)
    if chinese is not None:
        return Decimal(chinese)
    total, last, at = Decimal(0), Decimal("Infinity"), 0
    while at < len(body):
        piece = _PIECE.match(body, at)
        if not piece:
            return None
        size = Decimal(1)
        for char in piece[2] or "":
            size *= _UNITS[char]
        value = Decimal(piece[1].replace(",", ""))
        if (
            not piece[2] and at and last < 10**9 and len(piece[1]) == 1 and body[at - 1] in "千万亿"
        ):  # 1万5 is 15,000
            size = last / 10
        if size >= last or (at and value * size >= last):
            return None
        total, last, at = total + value * size, size, piece.end()
    return total if at else None


def _read(text: str) -> tuple[Decimal, str, str] | None:
    """Return the amount, its currency ("" where none is written) and the bare number."""
    folded = _fold(text).translate(_FORMAL)
    match = _whole().fullmatch(_ONLY.sub("", folded)) if folded else None
    if not match or (match[1] and match[3]):
        return None
    before, after = _CODES.get(match[2] or "", ""), _CODES.get(match[5] or "", "")
    amount = _number(match[4])
    if amount is None or (before and after and before != after):
        return None
    return (-amount if match[1] or match[3] else amount), before or after, match[4]


def _tidy(amount: Decimal) -> Decimal:
    """Return the amount without an exponent or idle zeros: 5E+5 is 500000."""
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount.normalize()


def parse_amount(text: str) -> Decimal:
    """Read an amount: 500000, 500,000.00, 50万, 1.2亿, ¥500,000, 500000元, 三十万, 300k, 50w (万).

    Raises BadValue, also for separators that leave the amount open (1,23).
    """
    if text.isascii() and text.isdigit():
        return Decimal(text)
    found = _read(text)
    if found is None:
        raise _bad(text)
    return _tidy(found[0])


def currency_in(text: str) -> str:
    """Return the currency's code that an amount or range is written with, "" where there is none.

    `$` counts as USD and ¥ as CNY. Raises BadValue where the text is no amount or names two currencies.
    """
    whole = _read(text)
    found = [whole] if whole else [_read(part) for part in _parts(text)]
    codes = {part[1] for part in found if part} - {""}
    if len(codes) > 1:
        raise _bad(text)
    return codes.pop() if codes else ""


def _parts(text: str) -> list[str]:
    folded = _fold(text)
    start = 1 if folded.startswith("-") else 0
    parts = _RANGE.split(folded[start:], maxsplit=1)
    return [folded[:start] + parts[0], *parts[1:]]


def parse_range(text: str) -> tuple[Decimal, Decimal]:
    """Read a range, 50-80万, 50万-80万, 50~80万, 50万至80万; a single amount is both ends.

    A unit written once at the end counts for both (50-80万). Raises BadValue, also where it runs backwards.
    """
    parts = _parts(text)
    if len(parts) == 1:
        amount = parse_amount(text)
        return amount, amount
    low, high = _read(parts[0]), _read(parts[1])
    if low is None or high is None or (low[1] and high[1] and low[1] != high[1]):
        raise _bad(text)
    first = _with_unit(low[0], low[2], high[0], high[2])
    if first > high[0]:
        raise BadValue(N_("the range {text!r} runs backwards"), hint=msg(HINT), text=text)
    return _tidy(first), _tidy(high[0])


_UNIT = re.compile(r"[十百千]?[万亿]+|[十百千]|[a-z]+")
_BIG_UNIT = re.compile(r"[万亿]+|[百千]")


def _with_unit(low: Decimal, body: str, high: Decimal, high_body: str) -> Decimal:
    """Return `low` with the unit that stands at the high end alone: 50 in 50-80万, not in 5000-1万."""
    written = re.fullmatch(_NUMBER, body) is not None
    pattern = _UNIT if written else _BIG_UNIT
    unit = next((m[0] for m in pattern.finditer(high_body) if m.end() == len(high_body)), "")
    if not unit or not low or (not written and _BIG_UNIT.search(body)):
        return low
    shared = _number(body + unit)
    if shared is None or (shared > high and low <= high <= low * 100):
        return low
    return shared


def show(amount: Decimal, currency: str = "CNY", lang: str = "en") -> str:
    """Return `¥500,000`, `US$1,234.50`, `CHF 10`; cents only where there are any.

    `lang` "en" writes `$` for USD; everything else is the same in both languages.
    """
    whole = amount == amount.to_integral_value()
    digits = f"{abs(amount):,.0f}" if whole else f"{abs(amount):,.2f}"
    if not whole and amount != amount.quantize(Decimal("0.01")):
        digits = f"{abs(amount):,}"
    symbol = (
        "$"
        if currency == "USD" and lang == "en"
        else _SYMBOLS.get(currency, f"{currency} " if currency else "")
    )
    return f"{'-' if amount < 0 else ''}{symbol}{digits}"
