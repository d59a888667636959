"""Names of attachments: `<company>-<document>-<YYYY-MM>.<ext>` (R-000-16)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.values.names import norm

_NAME = re.compile(
    r"(?P<company>.+?)-(?P<document>[^-].*?)-(?P<year>[0-9]{4})-(?P<month>[0-9]{2})"
    r"(?:-(?P<count>[0-9]{1,3}))?\.(?P<ext>[A-Za-z0-9]{1,8})"
)
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]|^[.\s-]|\s$')


def proper_name(company: str, document: str, month: date, extension: str, count: int = 1) -> str:
    """Return the name that an attachment is filed under; `count` above 1 tells several of one month apart.

    Characters that file systems refuse are left out, hyphens in company and document become underscores.
    """
    parts = [re.sub(r"-+", "_", _UNSAFE.sub("", _fold(part)).strip()) for part in (company, document)]
    number = f"-{count}" if count > 1 else ""
    ending = _fold(extension).lstrip(".").lower()
    return f"{parts[0]}-{parts[1]}-{month:%Y-%m}{number}" + (f".{ending}" if ending else "")


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def name_flaw(filename: str, company_short: str) -> Message | None:
    """Return what keeps an attachment's name from the book's form, None where it has it.

    `company_short` may be "" where it is not known.
    """
    name = _fold(filename)
    if _UNSAFE.search(name):
        return msg(N_("{name!r} has characters that some computers refuse in a file's name"), name=filename)
    ours = bool(company_short) and norm(name).startswith(f"{norm(company_short)}-")
    match = _NAME.fullmatch(f"x{name[len(company_short) :]}" if ours else name)
    if not match:
        example = company_short or "示例科技"
        return msg(
            N_("{name!r} is not named <company>-<document>-<YYYY-MM>.<ext>, for example {example}"),
            name=filename,
            example=f"{example}-营业执照-2024-06.pdf",
        )
    if not 1 <= int(match["month"]) <= 12 or not 1900 <= int(match["year"]) <= 2199:
        return msg(
            N_("{name!r} has no month of the calendar: {month}"),
            name=filename,
            month=f"{match['year']}-{match['month']}",
        )
    if company_short and not ours and norm(match["company"]) != norm(company_short).replace("-", "_"):
        return msg(
            N_("{name!r} does not begin with the customer's short name {company!r}"),
            name=filename,
            company=company_short,
        )
    return None
