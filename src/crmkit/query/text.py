"""The text of a record that bare words search, and the one way to walk its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.records.catalog import KindSpec

_NAME_FIELDS = ("name", "short_name", "contacts.name")
_KEYS = ("tax_id", "code", "email", "contacts.email", "formerly")
_PHONE_KEYS = ("phone", "mobile")
SECRET = "enc:v1:"  # noqa: S105 - how an encrypted value begins; it is never searched


def name_fields(spec: KindSpec) -> tuple[str, ...]:
    """Return the dotted names of the fields that are also found by pinyin and initials: names, not prose."""
    title = spec.first("title") if spec.place != "dossier" else ""
    return tuple(dict.fromkeys(n for n in (title, *_NAME_FIELDS) if n and n in spec.by_name))


def leaves(value: Any) -> Iterator[Any]:
    """Yield every scalar in `value`, however deep, in order."""
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None:
        yield value


def search_text(doc: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return what bare words are looked for in: every value normalised, names in pinyin, phones as digits.

    One value a line, so that a phrase never runs over from one value into the next.
    """
    from crmkit.values.names import norm

    texts: list[str] = []
    phones: list[str] = []
    _collect(doc, texts, phones)
    lines = [norm(text) for text in texts if not text.startswith(SECRET)]
    lines += name_keys(doc, names)
    lines += [digits for phone in phones if (digits := _digits(phone))]
    return "\n".join(lines)


def _collect(value: Any, texts: list[str], phones: list[str]) -> None:
    """Gather every scalar as text, and the phone numbers once more. Hot: a first build passes every value here."""
    if type(value) is dict:
        for key, item in value.items():
            if type(item) is str:
                texts.append(item)
                if key in _PHONE_KEYS:
                    phones.append(item)
            else:
                _collect(item, texts, phones)
    elif type(value) is list:
        for item in value:
            if type(item) is str:
                texts.append(item)
            else:
                _collect(item, texts, phones)
    elif value is not None and type(value) is not bool:
        texts.append(str(value))


def name_keys(doc: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """Return the pinyin and initials of the fields called `names`."""
    out: list[str] = []
    for name in names:
        for text in dotted(doc, name):
            if isinstance(text, str):
                out += _pinyin(text)
    return list(dict.fromkeys(out))


def dotted(value: Any, name: str) -> list[Any]:
    """Return the values under a dotted name, through lists."""
    found = [value]
    for step in name.split("."):
        below = [item[step] for item in found if isinstance(item, dict) and step in item]
        found = [leaf for item in below for leaf in (item if isinstance(item, list) else [item])]
    return found


def norm_all(value: Any) -> list[str]:
    """Return every text in `value`, normalised."""
    from crmkit.values.names import norm

    return [norm(leaf) for leaf in leaves(value) if isinstance(leaf, str)]


def key_texts(doc: Mapping[str, Any], names: Sequence[str], keys: Sequence[str]) -> Iterator[str]:
    """Yield what a record is looked up by: names (in pinyin too), phones as digits, addresses and numbers."""
    from crmkit.values.names import norm

    for name in (*names, *keys, *_KEYS):
        for value in dotted(doc, name):
            if isinstance(value, str) and value and not value.startswith(SECRET):
                yield norm(value)
    yield from name_keys(doc, tuple(names))
    phones: list[str] = []
    _collect(doc, [], phones)
    yield from (digits for phone in phones if (digits := _digits(phone)))


def _digits(text: str) -> str:
    from crmkit.values.phone import key

    return key(text)


def _pinyin(text: str) -> tuple[str, ...]:
    if text.isascii():
        return ()
    from crmkit.values.names import keys

    return keys(text)
