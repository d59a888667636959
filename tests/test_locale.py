"""Every text that people see is there in Chinese, with the same places to fill in."""

from __future__ import annotations

import re
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import crmkit

SOURCE = Path(crmkit.__file__).parent
FOLDER = SOURCE / "locale" / "zh_CN" / "LC_MESSAGES"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


@cache
def chinese() -> Catalog:
    return read_po(BytesIO((FOLDER / "crmkit.po").read_bytes()), locale="zh_CN")


def marked() -> dict[str, str]:
    """All msgids in the source, each with the place where it stands."""
    found = {}
    for file, line, message, _comments, _context in extract_from_dir(SOURCE, keywords=KEYWORDS):
        msgid = message[0] if isinstance(message, tuple) else message  # a plural goes by its singular
        if msgid:
            found[msgid] = f"{file}:{line}"
    return found


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)[^}]*\}", text))


def translation(msgid: str) -> str:
    message = chinese().get(msgid)
    if message is None:
        return ""
    found = message.string
    return found if isinstance(found, str) else (found or ("",))[0]


def test_every_text_is_translated() -> None:
    missing = [f"{where}: {msgid!r}" for msgid, where in marked().items() if not translation(msgid)]
    assert not missing, "\n".join(["not in Chinese:", *missing])


def test_translations_fill_the_same_places() -> None:
    wrong = [
        f"{msgid!r} -> {translation(msgid)!r}"
        for msgid in marked()
        if not places(translation(msgid)) <= places(msgid)
        or (places(msgid) - places(translation(msgid))) - {"n", "s"}
    ]
    assert not wrong, "\n".join(wrong)


def test_no_translation_is_left_over() -> None:
    known = marked()
    stale = [m.id for m in chinese() if m.id and str(m.id if isinstance(m.id, str) else m.id[0]) not in known]
    assert not stale


def compiled(raw: BytesIO) -> dict[str, str]:
    """All texts of a compiled catalogue; its header names the version of Babel that wrote it."""
    texts = dict(GNUTranslations(raw)._catalog)  # type: ignore[attr-defined]
    del texts[""]
    return texts


def test_compiled_catalogue_is_fresh() -> None:
    buffer = BytesIO()
    write_mo(buffer, chinese())
    buffer.seek(0)
    assert compiled(BytesIO((FOLDER / "crmkit.mo").read_bytes())) == compiled(buffer), "run: make locale"
