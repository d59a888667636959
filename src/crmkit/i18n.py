"""Languages: English is what stands in the source, Chinese comes from `locale/zh_CN`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path

from crmkit import errors

LANGUAGES = ("en", "zh")
_LOCALES = {"zh": "zh_CN"}


class _State:
    language = "en"
    catalogue: NullTranslations = NullTranslations()


@cache
def _catalogue(language: str) -> NullTranslations:
    if language not in _LOCALES:
        return NullTranslations()
    folder = Path(__file__).parent / "locale"
    found = translation("crmkit", folder, [_LOCALES[language]], class_=GNUTranslations, fallback=True)
    assert isinstance(found, NullTranslations)  # noqa: S101 - narrows the stub's type
    return found


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
