"""Whether a phone number is complete (R-001-22). See `phone.check`."""

from __future__ import annotations

import re
from functools import lru_cache

from crmkit.errors import Message, Severity, msg
from crmkit.i18n import N_
from crmkit.values.company import is_china
from crmkit.values.phone import SEVERAL, TWO_DIGIT_AREAS, PhoneFlaw, fold, key, split

_LANDLINE_HINT = N_("a landline has its area code: 010-88886666, 0571-88886666转8001")
_MOBILE_HINT = N_("a mobile number has 11 digits: 13800138000")
_ABROAD_HINT = N_("a number abroad begins with + and the country's code: +49 30 901820")
_TWO_MOBILES = re.compile(r"1[3-9][0-9]{9}\s+1[3-9][0-9]{9}")
_ALLOWED = re.compile(r"[0-9+()\-—–./\s]*")


def _flaw(code: str, severity: Severity, message: Message, hint: str) -> list[PhoneFlaw]:
    return [PhoneFlaw(f"phone.{code}", severity, message, msg(hint))]


@lru_cache(maxsize=4096)
def flaws(text: str, country: str) -> tuple[PhoneFlaw, ...]:
    """See `phone.check`."""
    return tuple(_flaws(text, country))


def _flaws(text: str, country: str) -> list[PhoneFlaw]:
    if not text.strip():
        return []
    if re.search(r"[*×xX＊•●][*×xX＊•●]|\*", text):
        return _flaw(
            "masked", "error", msg(N_("the number is masked; enter all of its digits")), _MOBILE_HINT
        )
    if _TWO_MOBILES.search(text) or len(SEVERAL.split(fold(text).strip(" 、,;/|"))) > 1:
        return _flaw(
            "several", "warning", msg(N_("several numbers in one field; give each its own")), _MOBILE_HINT
        )
    number = split(text)[0]
    if not _ALLOWED.fullmatch(number):
        return _flaw("letters", "error", msg(N_("{text!r} is not a phone number"), text=text), _MOBILE_HINT)
    digits = key(text)
    if digits.startswith("+"):
        return _check_abroad(digits, None)
    if not is_china(country):
        region = country.strip().upper()
        return _check_abroad(digits, region) if len(region) == 2 and region.isascii() else []
    return _check_china(digits, text)


def _check_china(digits: str, text: str) -> list[PhoneFlaw]:
    size = len(digits)
    if digits.startswith("0"):
        return _check_landline(digits)
    if digits[:3] in ("400", "800") and size >= 8:
        if size == 10:
            return []
        return _flaw(
            "length",
            "error",
            msg(N_("a 400 or 800 number has 10 digits, this one has {n}"), n=size),
            _LANDLINE_HINT,
        )
    if re.fullmatch(r"9[56][0-9]{3,6}|1[0-2][0-9]{3}|12[0-9]{3,4}|11[0-9]", digits):
        return []
    if size == 10 and re.match(r"10[2-8]|2[0-9][2-8]|[3-9][1-9][0-9][2-8]", digits):
        return _flaw(
            "area_code",
            "error",
            msg(N_("the leading 0 of the area code is missing (a spreadsheet may have dropped it)")),
            _LANDLINE_HINT,
        )
    if digits.startswith("1"):
        if size == 11 and digits[1] in "3456789":
            return []
        message = (
            msg(N_("no mobile number begins with {start}"), start=digits[:2])
            if size == 11
            else msg(N_("a mobile number has 11 digits, this one has {n}"), n=size)
        )
        return _flaw("length", "error", message, _MOBILE_HINT)
    if size in (7, 8):
        return _flaw("area_code", "warning", msg(N_("the area code is missing")), _LANDLINE_HINT)
    return _flaw("length", "error", msg(N_("{text!r} is not a complete number"), text=text), _LANDLINE_HINT)


def _check_landline(digits: str) -> list[PhoneFlaw]:
    area = 3 if digits.startswith(TWO_DIGIT_AREAS) else 4
    local = digits[area:]
    wanted = (8,) if area == 3 else (7, 8)
    if digits[1] == "1" and digits[2:3] not in ("0", "") and len(digits) == 12:
        return _flaw(
            "area_code", "warning", msg(N_("a mobile number is written without the 0")), _MOBILE_HINT
        )
    if len(local) not in wanted:
        return _flaw(
            "length",
            "error",
            msg(
                N_("after the area code {area} stand {n} digits instead of {wanted}"),
                area=digits[:area],
                n=len(local),
                wanted="8" if area == 3 else "7-8",
            ),
            _LANDLINE_HINT,
        )
    if local[0] in "019" or (area == 4 and digits[1] == "1"):
        return _flaw(
            "doubtful", "warning", msg(N_("{digits} is hardly a landline"), digits=digits), _LANDLINE_HINT
        )
    return []


def _check_abroad(digits: str, region: str | None) -> list[PhoneFlaw]:
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return _flaw(
            "length", "error", msg(N_("{text!r} is not a complete number"), text=digits), _ABROAD_HINT
        )
    if not phonenumbers.is_possible_number(number):
        return _flaw(
            "length", "error", msg(N_("{text!r} is not a complete number"), text=digits), _ABROAD_HINT
        )
    if not phonenumbers.is_valid_number(number):
        return _flaw("doubtful", "warning", msg(N_("{digits} is hardly in use"), digits=digits), _ABROAD_HINT)
    return []
