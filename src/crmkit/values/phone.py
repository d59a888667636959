"""Phone numbers: whether one is complete, how two are compared, how one is masked.

`key` and `mask` run for every record and every due row and import nothing heavy; `check` asks phonenumbers
only for numbers from abroad.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from crmkit.errors import Message, Severity, msg
from crmkit.i18n import N_

_EXTENSION = re.compile(r"(?:转|轉|分机|分機|内线|ext\.?|extension|x|#|p)\s*[:.]?\s*([0-9]{1,6})\s*(?:号)?$")
_SEVERAL = re.compile(r"\s*(?:[、,;/|\n]|或| or )\s*")
_LANDLINE_EXTENSION = re.compile(r"(\(?0[0-9]{2,3}\)?[-\s]*[0-9]{7,8})[-—]([0-9]{1,6})$")
_SERVICE_EXTENSION = re.compile(r"([48]00[-\s]?[0-9]{3}[-\s]?[0-9]{4})[-—]([0-9]{1,6})$")
_NOT_DIGIT = re.compile(r"[^0-9]")
_TWO_DIGIT_AREAS = ("010", "02")


def _fold(text: str) -> str:
    return (
        unicodedata.normalize("NFKC", text).casefold().strip()
        if not text.isascii()
        else text.casefold().strip()
    )


def split(text: str) -> tuple[str, str]:
    """Return the number without its extension, and the extension ("" where there is none)."""
    folded = _fold(text)
    for pattern in (_LANDLINE_EXTENSION, _SERVICE_EXTENSION):
        match = pattern.search(folded)
        if match:
            return folded[: match.end(1)], match[2]
    match = _EXTENSION.search(folded)
    if match and match.start() > 4:
        return folded[: match.start()].rstrip(" -,("), match[1]
    return folded, ""


def key(text: str) -> str:
    """Return the form in which numbers are compared: `13800138000`, `01088886666`, `+12125550123`.

    Spaces, hyphens, +86 and extensions do not count; of several numbers in one text the first is taken;
    "" where there are no digits or some are masked.
    """
    if "*" in text:
        return ""
    first = _SEVERAL.split(_fold(text), maxsplit=1)[0] if not text.isdigit() else text
    number = split(first)[0]
    digits = _NOT_DIGIT.sub("", number)
    if number.lstrip(" (").startswith("+"):
        abroad = True
    elif digits.startswith("00") and len(digits) > 10:
        digits, abroad = digits[2:], True
    else:
        abroad = False
    if abroad and not digits.startswith("86"):
        return f"+{digits}"
    if abroad or (digits.startswith("86") and len(digits) == 13 and digits[2] == "1"):
        digits = digits[2:].removeprefix("0") if not digits.startswith("8610") else digits[2:]
        return digits if _is_mobile(digits) or digits[:3] in ("400", "800") else f"0{digits}"
    return digits


def _is_mobile(digits: str) -> bool:
    return len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"


def mask(text: str) -> str:
    """Hide the middle of a number: `138****5678`, `010-****6666`, `+1*******0123`.

    What is masked already stays as it is; of text that is no number only the first character is shown.
    """
    number, extension = split(text)
    if "*" in text:
        return text
    digits = key(text)
    tail = f"-{'*' * len(extension)}" if extension else ""
    if _is_mobile(digits):
        return f"{digits[:3]}****{digits[-4:]}{tail}"
    if digits.startswith("0") and len(digits) >= 10:
        area = 3 if digits.startswith(_TWO_DIGIT_AREAS) else 4
        return f"{digits[:area]}-{'*' * (len(digits) - area - 4)}{digits[-4:]}{tail}"
    if digits[:3] in ("400", "800") and len(digits) == 10:
        return f"{digits[:3]}***{digits[-4:]}{tail}"
    if digits.startswith("+") and len(digits) >= 9:
        return f"{digits[:2]}{'*' * (len(digits) - 6)}{digits[-4:]}{tail}"
    if len(digits) >= 5:
        return f"{'*' * (len(digits) - 2)}{digits[-2:]}"
    return f"{number[:1]}***" if number else ""


def mask_email(text: str) -> str:
    """Hide the name before the @: `w***@example.com`."""
    name, at, domain = text.rpartition("@")
    return f"{name[:1]}***@{domain}" if at else f"{text[:1]}***" if text else ""


@dataclass(frozen=True, slots=True)
class PhoneFlaw:
    """What is wrong with a number: an error where nobody can be reached, a warning where it is doubtful."""

    code: str
    severity: Severity
    message: Message
    hint: Message


_LANDLINE_HINT = N_("a landline has its area code: 010-88886666, 0571-88886666转8001")
_MOBILE_HINT = N_("a mobile number has 11 digits: 13800138000")
_ABROAD_HINT = N_("a number abroad begins with + and the country's code: +49 30 901820")
_TWO_MOBILES = re.compile(r"1[3-9][0-9]{9}\s+1[3-9][0-9]{9}")
_ALLOWED = re.compile(r"[0-9+()\-—–./\s]*")


def _flaw(code: str, severity: Severity, message: Message, hint: str) -> list[PhoneFlaw]:
    return [PhoneFlaw(f"phone.{code}", severity, message, msg(hint))]


@lru_cache(maxsize=4096)
def check(text: str, country: str = "CN") -> list[PhoneFlaw]:
    """Return what keeps `text` from being a number to call as it stands, [] where nothing (R-001-22).

    Complete are: a mobile of 11 digits, a landline with its area code, 400 and 800, the short service numbers
    (95588, 10086), each with an extension or +86; abroad what phonenumbers holds valid. `country` is where a
    number without + is from, as ISO code or 中国.
    """
    if not text.strip():
        return []
    if re.search(r"[*×xX＊•●][*×xX＊•●]|\*", text):
        return _flaw(
            "masked", "error", msg(N_("the number is masked; enter all of its digits")), _MOBILE_HINT
        )
    if _TWO_MOBILES.search(text) or len(_SEVERAL.split(_fold(text).strip(" 、,;/|"))) > 1:
        return _flaw(
            "several", "warning", msg(N_("several numbers in one field; give each its own")), _MOBILE_HINT
        )
    number = split(text)[0]
    if not _ALLOWED.fullmatch(number):
        return _flaw("letters", "error", msg(N_("{text!r} is not a phone number"), text=text), _MOBILE_HINT)
    digits = key(text)
    if digits.startswith("+"):
        return _check_abroad(digits, None)
    if country.strip().casefold() not in ("", "cn", "chn", "china", "中国", "中华人民共和国"):
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
    area = 3 if digits.startswith(_TWO_DIGIT_AREAS) else 4
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
