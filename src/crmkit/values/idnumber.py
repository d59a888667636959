"""China's numbers with a check digit: 统一社会信用代码 (R-000-26), the resident identity number (R-000-08).

The rules stand in GB 32100-2015 and GB 11643-1999. They are a few lines; python-stdnum refuses numbers that
do exist (rural collectives begin with N, residents of Hong Kong, Macau and Taiwan with 81 to 83, foreign
permanent residents with 9) or were given before a district got its code. A test holds both against it.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from crmkit.errors import Message, msg
from crmkit.i18n import N_

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TAX_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PROVINCES = frozenset(
    map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)))
) | {"71", "81", "82", "83"}


def tax_id_check_digit(first17: str) -> str:
    """Return the 18th character to 17 given ones. Raises ValueError for a character outside the alphabet."""
    if len(first17) != 17:
        raise ValueError(first17)
    total = sum(
        _ALPHABET.index(char) * weight for char, weight in zip(first17.upper(), _TAX_WEIGHTS, strict=True)
    )
    return _ALPHABET[-total % 31]


def resident_id_check_digit(first17: str) -> str:
    """Return the 18th character to 17 given digits."""
    total = sum(int(char) * weight for char, weight in zip(first17, _RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def tax_id_flaw(text: str) -> Message | None:
    """Return what is wrong with a 统一社会信用代码, None where nothing is; lower case counts as upper."""
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if len(code) == 15 and code.isdigit():
        return msg(
            N_("{text} is an old registration number; enter the 18 characters of the business licence"),
            text=text,
        )
    if len(code) != 18:
        return msg(N_("a unified social credit code has 18 characters, this one has {n}"), n=len(code))
    for place, char in enumerate(code, 1):
        if char not in _ALPHABET or (3 <= place <= 8 and not char.isdigit()):
            return _wrong_character(char, place)
    expected = tax_id_check_digit(code[:17])
    if code[17] != expected:
        return msg(
            N_("wrong check digit: {text} should end in {expected}, or another character is wrong"),
            text=code,
            expected=expected,
        )
    return None


def _wrong_character(char: str, place: int) -> Message:
    if 3 <= place <= 8:
        return msg(
            N_("character {place} is {char!r}; characters 3 to 8 are digits, the region's code"),
            char=char,
            place=place,
        )
    meant = {"I": "1", "O": "0", "Z": "2", "S": "5", "V": "U"}.get(char)
    if meant:
        return msg(
            N_("character {place} is {char!r}, which never stands in such a code; {meant!r}, perhaps?"),
            char=char,
            place=place,
            meant=meant,
        )
    return msg(N_("character {place} is {char!r}, which never stands in such a code"), char=char, place=place)


def resident_id_flaw(text: str) -> Message | None:
    """Return what is wrong with a resident identity number, None where nothing is.

    Residence permits of Hong Kong, Macau and Taiwan (81, 82, 83) and of foreigners (9) count as well.
    The message never repeats the number, which is secret.
    """
    number = unicodedata.normalize("NFKC", text).strip().upper()
    if len(number) == 15 and number.isascii() and number.isdigit():
        return msg(N_("an identity number of 15 digits is of the old kind; ask for the 18 of today's card"))
    if len(number) != 18:
        return msg(N_("an identity number has 18 characters, this one has {n}"), n=len(number))
    if not (number.isascii() and number[:17].isdigit() and (number[17].isdigit() or number[17] == "X")):
        return msg(N_("an identity number has 17 digits and then a digit or X"))
    if number[:2] not in _PROVINCES and number[0] != "9":
        return msg(N_("the identity number begins with the code of no province"))
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = date.min
    if born.year < 1850:
        return msg(N_("digits 7 to 14 of the identity number are no date of birth"))
    if number[17] != resident_id_check_digit(number[:17]):
        return msg(N_("the check digit of the identity number does not match; a digit is wrong"))
    return None
