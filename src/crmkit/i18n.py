"""Languages: English is what stands in the source, Chinese comes from `locale/zh_CN`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from struct import unpack_from

from crmkit import errors

LANGUAGES = ("en", "zh")
_LOCALES = {"zh": "zh_CN"}


class _Catalogue:
    """The messages of a compiled catalogue (`.mo`), each looked up where it stands.

    Reading them all takes longer than a list of what is due; a command shows a few dozen.
    """

    def __init__(self, raw: bytes) -> None:
        """`raw` are the file's bytes, "" of a language that has none. Its messages stand in order."""
        self._raw = raw
        self._count, self._ids, self._texts = unpack_from("<8x3I", raw) if raw else (0, 0, 0)
        self._known: dict[str, list[str]] = {}

    def texts(self, msgid: str) -> list[str]:
        """Return a message's translation, of a counted one a text for each form; none where there is none."""
        known = self._known.get(msgid)
        if known is None:
            known = self._known[msgid] = self._find(msgid.encode("utf-8", "surrogatepass"))
        return known

    def gettext(self, msgid: str) -> str:
        """Return the translation, else the text itself."""
        found = self.texts(msgid)
        return found[0] if found else msgid

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the translation for a count; Chinese has one form."""
        found = self.texts(singular)
        return found[0] if found else singular if n == 1 else plural

    def _find(self, wanted: bytes) -> list[str]:
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            # a counted message stands as singular and plural, parted by NUL
            found = self._at(self._ids, middle).partition(b"\0")[0]
            if found == wanted:
                return self._at(self._texts, middle).decode("utf-8").split("\0")
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return []

    def _at(self, table: int, number: int) -> bytes:
        length, start = unpack_from("<2I", self._raw, table + 8 * number)
        return self._raw[start : start + length]


class _State:
    language = "en"
    catalogue = _Catalogue(b"")


@cache
def _catalogue(language: str) -> _Catalogue:
    if language not in _LOCALES:
        return _Catalogue(b"")
    file = Path(__file__).parent / "locale" / _LOCALES[language] / "LC_MESSAGES" / "crmkit.mo"
    try:
        return _Catalogue(file.read_bytes())
    except FileNotFoundError:
        return _Catalogue(b"")


def set_language(language: str) -> None:
    """Show every message in `language` ("en" or "zh") from now on."""
    _State.language = language if language in LANGUAGES else "en"
    _State.catalogue = _catalogue(_State.language)
    errors.set_translator(_gettext)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language` inside the block: what is written into files is in the book's language."""
    before = _State.language
    set_language(language)
    try:
        yield
    finally:
        set_language(before)


def language() -> str:
    """Return the language in force, "en" or "zh"."""
    return _State.language


def from_environment(env: Mapping[str, str] | None = None) -> str | None:
    """Return the language that LC_ALL, LC_MESSAGES or LANG asks for, None where they ask for none."""
    env = os.environ if env is None else env
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = env.get(name, "")
        if not value:
            continue
        code = value.split(".")[0].split("_")[0].lower()
        return code if code in LANGUAGES else None
    return None


def in_language(language: str, msgid: str) -> str:
    """Return `msgid` in a language that need not be the one in force: people type labels in any."""
    return _catalogue(language).gettext(msgid) if msgid else ""


def _gettext(msgid: str) -> str:
    return _State.catalogue.gettext(msgid) if msgid else ""


def _(msgid: str) -> str:
    """Translate now."""
    return _gettext(msgid)


def N_(msgid: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text for translation and return it as it is; `Message` translates it later."""
    return msgid


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate a text that depends on a count."""
    return _State.catalogue.ngettext(singular, plural, n)
