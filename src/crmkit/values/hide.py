"""Numbers and addresses that people wrote into free text, masked: a notification passes through strangers' servers."""

from __future__ import annotations

import re

from crmkit.values.phone import mask_email

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NUMBER = re.compile(
    r"(?<![\w-])(?:"
    r"(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}"  # a mobile
    r"|\(?0\d{2,3}\)?[- ]?\d{7,8}"  # a landline
    r"|\+\d(?:[- ]?\d){7,14}"  # from abroad
    r"|\d{4}(?:[- ]\d{4}){3}(?:[- ]\d{1,3})?"  # a bank card in groups
    r"|\d{14,19}[Xx]?"  # a resident's number, an account
    r")(?![0-9A-Za-z])|"
    r"(?<=[^\x00-\x7f])1[3-9]\d{9}(?!\d)"  # a mobile right behind Chinese
)


def hidden(text: str) -> str:
    """Return `text` with phone, card and identity numbers and e-mail addresses masked."""
    if "@" in text:
        text = _EMAIL.sub(lambda m: mask_email(m[0]), text)
    return _NUMBER.sub(lambda m: _masked(m[0]), text)


def _masked(number: str) -> str:
    return f"{number[:3]}****{number[-4:]}"


def veiled(text: str, marks: frozenset[str]) -> str:
    """Return a field's text with what is personal in it masked, by the field's marks (R-004-51)."""
    if not text or not marks & {"phone", "email", "personal", "secret"}:
        return text
    if "email" in marks:
        return mask_email(text)
    if "phone" in marks:
        from crmkit.values.phone import mask

        return mask(text)
    return text[: 2 if len(text) > 4 else 1] + "****"
