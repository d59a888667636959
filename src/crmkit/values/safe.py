r"""Text that is safe to print on a terminal, and its width in columns there.

A customer's name is data from outside: an escape sequence in it could repaint the screen, a bidi mark could
show `exe.pdf` for `fdp.exe`. Such characters are shown as `\x1b`, `\u202e`.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # controls, the escape among them
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi, invisible, line ends
    "\U000e0000-\U000e007f\ud800-\udfff]"  # tag characters, lone surrogates
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in "\t\n\r":
        return {"\t": r"\t", "\n": r"\n", "\r": r"\r"}[match[0]]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def safe(text: str, *, newlines: bool = False) -> str:
    r"""Return `text` with control, escape, bidi and invisible characters shown as escapes.

    With `newlines` line ends and tabs stay (a tab as four spaces); a `\r\n` becomes a plain line end.
    """
    if not _UNSAFE.search(text):
        return text
    if newlines:
        lines = text.replace("\r\n", "\n").replace("\t", "    ").split("\n")
        return "\n".join(_UNSAFE.sub(_escape, line) for line in lines)
    return _UNSAFE.sub(_escape, text)


def width(text: str) -> int:
    """Return the columns that `text` takes on a terminal; a Chinese character takes two."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    columns = wcswidth(text)
    return columns if columns >= 0 else width(safe(text))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill `text` with spaces up to `columns`; `right` puts them before it. Longer text stays as it is."""
    filling = " " * max(0, columns - width(text))
    return filling + text if right else text + filling


def cut(text: str, columns: int, *, mark: str = "…") -> str:
    """Shorten `text` to at most `columns`, ending in `mark`; never half of a wide character."""
    if columns <= 0:
        return ""
    if width(text) <= columns:
        return text
    from wcwidth import wcwidth

    room = columns - width(mark)
    if room < 0:
        return ""
    end = used = 0
    for end, char in enumerate(text):  # noqa: B007 - the place to cut is wanted
        used += max(0, wcwidth(char))
        if used > room:
            break
    return text[:end] + mark
