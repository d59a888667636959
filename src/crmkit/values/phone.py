"""Phone numbers: whether one is complete, how two are compared, how one is masked.

`key` and `mask` run for every record and every due row and import nothing heavy; `check` asks phonenumbers
only for numbers from abroad.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from crmkit.errors import Message, Severity

_EXTENSION = re.compile(r"(?:转|轉|分机|分機|内线|ext\.?|extension|x|#|p)\s*[:.]?\s*([0-9]{1,6})\s*(?:号)?$")
SEVERAL = re.compile(r"\s*(?:[、,;/|\n]|或| or )\s*")
_LANDLINE_EXTENSION = re.compile(r"(\(?0[0-9]{2,3}\)?[-\s]*[0-9]{7,8})[-—]([0-9]{1,6})$")
_SERVICE_EXTENSION = re.compile(r"([48]00[-\s]?[0-9]{3}[-\s]?[0-9]{4})[-—]([0-9]{1,6})$")
_NOT_DIGIT = re.compile(r"[^0-9]")
TWO_DIGIT_AREAS = ("010", "02")


def fold(text: str) -> str:
    """Return `text` half width and lower case."""
    return (
        unicodedata.normalize("NFKC", text).casefold().strip()
        if not text.isascii()
        else text.casefold().strip()
    )


def split(text: str) -> tuple[str, str]:
    """Return the number without its extension, and the extension ("" where there is none)."""
    folded = fold(text)
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
    first = SEVERAL.split(fold(text), maxsplit=1)[0] if not text.isdigit() else text
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
        area = 3 if digits.startswith(TWO_DIGIT_AREAS) else 4
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


def check(text: str, country: str = "CN") -> list[PhoneFlaw]:
    """Return what keeps `text` from being a number to call as it stands, [] where nothing (R-001-22).

    Complete are: a mobile of 11 digits, a landline with its area code, 400 and 800, the short service numbers
    (95588, 10086), each with an extension or +86; abroad what phonenumbers holds valid. `country` is where a
    number without + is from, as ISO code or 中国.
    """
    from crmkit.values.phone_check import flaws

    return list(flaws(text, country))
