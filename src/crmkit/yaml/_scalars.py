"""One value as YAML text: plain where every reader takes it for what it is, quoted or a block elsewhere."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmkit.errors import Refused
from crmkit.i18n import N_

# YAML 1.1 or 1.2 would make something else of these: a truth value, nothing, a number, a time of day.
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", "=", "<<"))
_NUMBER = re.compile(
    r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|(?:[0-9][0-9_]*)?\.?[0-9_]*(?:[eE][-+]?[0-9]+)?|\.inf|\.nan)",
    re.IGNORECASE,
)
_UNSAFE_START = re.compile(r"[-?:,\[\]{}#&*!|>'\"%@`=\s\ufeff]|\.\.\.")
_UNSAFE = re.compile(
    r": |:\Z| #|\s\Z|[^ -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_UNSAFE_FLOW = re.compile(r"[,\[\]{}?:]")
_ESCAPED = re.compile(
    r'["\\]|[^ -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]'
)
_NOT_IN_BLOCK = re.compile(
    r"[^\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e"}


def to_text(value: Any) -> str | None:
    """Return what our reader will make of `value`: text, None for None.

    Times are written to the minute, with seconds only where there are some; money without an exponent.
    """
    if value is None or isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes" if not value.second and not value.microsecond else "auto")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (int, float)):
        return str(value)
    raise TypeError(type(value).__name__)


def ambiguous(text: str) -> bool:
    """Return whether a common YAML reader would take plain `text` for something that is not text."""
    return text.lower() in _WORDS or _NUMBER.fullmatch(text) is not None


def plain_fits(text: str, *, flow: bool = False) -> bool:
    """Return whether plain `text` is read as it is, ambiguous or not."""
    return bool(
        text
        and not _UNSAFE_START.match(text)
        and not _UNSAFE.search(text)
        and not (flow and _UNSAFE_FLOW.search(text))
    )


def double(text: str) -> str:
    """Return `text` in double quotes."""
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if code == 0 or 0xD800 <= code <= 0xDFFF:
        raise Refused(N_("a text holds a character that no file can keep: U+{code}"), code=f"{code:04X}")
    return _ESCAPES.get(char) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def inline(value: Any, *, flow: bool = False, style: str | None = None, old: str = "") -> str:
    """Return `value` on one line.

    `style` is that of the scalar it replaces, kept where it can be: `'`, `"` or "" (plain). A plain number
    stays plain when the new text is one too (`old` is the text before): that is how this file writes it.
    """
    text = to_text(value)
    if text is None:
        return "null" if flow else ""
    if not isinstance(value, str):
        return text if plain_fits(text, flow=flow) or text.startswith("-") else double(text)
    if style == "'" and not _ESCAPED.search(text.replace('"', "").replace("\\", "")):
        return "'" + text.replace("'", "''") + "'"
    if style == '"' or not plain_fits(text, flow=flow):
        return double(text)
    if text.lower() in _WORDS or (_NUMBER.fullmatch(text) and not (style == "" and _NUMBER.fullmatch(old))):
        return double(text)
    return text


def block_lines(text: str) -> tuple[str, list[str]] | None:
    """Return header and lines (not indented) of `text` as a literal block, None where none can be."""
    body = text.rstrip("\n")
    if "\n" not in text or not body or _NOT_IN_BLOCK.search(text):
        return None
    first = body.lstrip("\n")
    indicator = "2" if first.startswith((" ", "\t")) or body.startswith("\n") else ""
    trailing = len(text) - len(body)
    if trailing > 1 or (trailing and not body.rsplit("\n", 1)[-1].strip()):
        return None  # `|+` takes in the blank lines behind it; readers disagree on a line of blanks
    return f"|{indicator}{'' if trailing else '-'}", body.split("\n")
