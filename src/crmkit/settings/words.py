"""Values of records as people read them: one wording for the terminal, for pages, for messages.

Nothing here escapes what its text may hold: whoever shows it does (`values.safe`, a template's autoescape).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmkit import i18n

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

_NAMES = ("name", "summary", "what", "product", "title", "stage", "on", "id", "code")
"""By what an entry of a list is known when only one of its fields can be shown."""


LOCK = "\U0001f512"
"""What people see of an encrypted value; `crm reveal` shows it."""


class Words:
    """How values are worded for people: vocabulary labels and money in the reader's language."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Without settings codes stay codes."""
        self._settings = settings

    def label(self, vocabulary: str, code: Any) -> str:
        """Return the label of a vocabulary's code; the code itself where it has none."""
        if self._settings is None or not isinstance(code, str):
            return plain(code)
        term = self._settings.vocabularies.get(vocabulary, {}).get(code)
        return (getattr(term, i18n.language(), "") or code) if term else code

    def tier(self, code: Any) -> str:
        """Return a customer level with the book's name for it: `A VIP客户`."""
        found = self._settings.tier(code) if self._settings else None
        return f"{found.code} {found.name}".strip() if found else plain(code)

    def money(self, value: Any, currency: str = "") -> str:
        """Return an amount with its currency: `¥500,000`."""
        if isinstance(value, Mapping):
            currency = str(value.get("currency") or currency)
            value = value.get("amount")
        from decimal import Decimal

        from crmkit.values import money

        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return plain(value)

        unit = currency or (self._settings.currency if self._settings else "CNY")
        return money.show(Decimal(str(value)), unit, i18n.language())

    def cell(self, value: Any, kind: str = "text", vocabulary: str = "") -> str:
        """Return a field's value as one line for people; an encrypted one is a lock."""
        if value is None or value in ("", []):
            return ""
        if isinstance(value, str) and value.startswith("enc:v1:"):
            return LOCK
        if isinstance(value, list):
            comma = "、" if i18n.language() == "zh" else ", "
            return comma.join(t for t in (self.cell(v, kind, vocabulary) for v in value) if t)
        if vocabulary:
            return self.label(vocabulary, value)
        if kind == "money":
            return self.money(value)
        if kind == "when" and isinstance(value, str):
            return moment(value)
        if isinstance(value, bool):
            return i18n._("yes") if value else i18n._("no")
        return plain(value)


def moment(value: str) -> str:
    """Return `2024-06-05T14:30+08:00` as `2024-06-05 14:30`; a date stays."""
    day, _, time = value.partition("T")
    return f"{day} {time[:5]}" if time else day


def when_words(days: int) -> str:
    """Return how far off a day is (+ late, - ahead): `3 days late`, `today`, `in 2 days`."""
    if days > 0:
        return i18n.ngettext("{n} day late", "{n} days late", days).format(n=days)
    if days == 0:
        return i18n._("today")
    return i18n._("tomorrow") if days == -1 else i18n._("in {n} days").format(n=-days)


def plain(value: Any) -> str:
    """Return a value as one line for programs: codes, bare numbers, lists by comma."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, Mapping):
        if "amount" in value and set(value) <= {"amount", "currency"}:
            return f"{value['amount']} {value.get('currency', '')}".strip()
        known = next((value[n] for n in _NAMES if value.get(n)), None)
        return plain(known) if known is not None else ",".join(f"{k}={plain(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ",".join(t for t in map(plain, value) if t)
    return str(value)
