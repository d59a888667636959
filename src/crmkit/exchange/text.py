"""Bytes to text: the byte order mark, then UTF-8, then GB18030 (detectors guess wrong on short GBK files)."""

from __future__ import annotations

import codecs

from crmkit.errors import Refused, UsageError
from crmkit.i18n import N_

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(raw: bytes, name: str, encoding: str = "") -> str:
    """Return a file's text; `encoding` is what the user says it is.

    Raises UsageError for an encoding that nobody knows, Refused for bytes that are no text.
    """
    if encoding:
        try:
            codecs.lookup(encoding)
            return raw.decode(encoding).removeprefix("\ufeff")
        except LookupError:
            raise UsageError(
                N_("no encoding is called {encoding!r}"),
                hint=N_("for example utf-8, gb18030, big5, utf-16"),
                encoding=encoding,
            ) from None
        except UnicodeDecodeError as e:
            raise _not_text(name, encoding, e.start) from None
    for mark, named in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(named)
            except UnicodeDecodeError as e:
                raise _not_text(name, named, e.start) from None
    if b"\0" in raw[:4096]:
        raise Refused(
            N_("{name} is not a text file"),
            hint=N_("what can be read: xlsx, xls, ods, csv, tsv, vcf, json, jsonl, eml, ics"),
            name=name,
        )
    for tried in ("utf-8", "gb18030"):
        try:
            return raw.decode(tried)
        except UnicodeDecodeError as e:
            at = e.start
    raise _not_text(name, "GB18030", at)


def _not_text(name: str, encoding: str, at: int) -> Refused:
    return Refused(
        N_("{name} is not {encoding} text (byte {at})"),
        hint=N_("say its encoding: --encoding big5"),
        name=name,
        encoding=encoding,
        at=at,
    )
