"""Which field a word may mean that is neither a name nor a label: `名称`, `级别`, `联系人.0.电话`."""

from __future__ import annotations

from collections.abc import Sequence

from crmkit.i18n import LANGUAGES, in_language, language
from crmkit.records.catalog import FieldSpec, KindSpec

_SAME = {
    "级别": "等级",
    "名字": "名称",
    "公司名称": "客户名称",
    "公司名": "客户名称",
    "企业名称": "客户名称",
    "单位名称": "客户名称",
    "税号": "统一社会信用代码",
    "手机号": "手机",
    "手机号码": "手机",
    "电话号码": "电话",
    "邮件": "邮箱",
    "公司地址": "注册地址",
}
"""What people say for a word of a label."""
_LEAST = {True: 3, False: 2}
"""Characters of a word that is looked for inside labels, in ASCII and in Chinese: fewer mean anything."""
_MOST = 6


def meant(spec: KindSpec, prefix: str, word: str) -> str | None:
    """Return the name of the one field below `prefix` that a Chinese word can only mean, else None.

    Its label must contain the word, and no other may, except that the record's own field comes before those of its
    entries where the label is the word behind the kind's name (客户 + 等级). A field of an entry is meant only where
    the entry was named: `电话` alone may be the company's.
    """
    if word.isascii():
        return None
    found = candidates(spec, prefix, word)
    if prefix:
        return found[0].name if len(found) == 1 else None
    own = [f for f in found if "." not in f.path]
    if len(own) != 1:
        return None
    called = {in_language(lang, spec.label) + w for lang in LANGUAGES for w in _said(word)}
    return own[0].name if len(found) == 1 or called & set(_labels(own[0])) else None


def candidates(spec: KindSpec, prefix: str, word: str) -> list[FieldSpec]:
    """Return the fields below `prefix` whose label contains the word, those of the record itself first."""
    if len(word) < _LEAST[word.isascii()]:
        return []
    said = _said(word)
    found = [
        f
        for f in spec.fields
        if f.name.startswith(prefix) and "stamp" not in f.marks and any(_holds(f, w) for w in said)
    ]
    return sorted(found, key=lambda f: f.path.count("."))


def listed(fields: Sequence[FieldSpec]) -> str:
    """Return fields as people type them, each with its label: `phone 公司电话, contacts.0.phone 联系电话`."""
    shown = [f"{typed(f)} {in_language(language(), f.label)}" for f in fields[:_MOST]]
    return ", ".join(shown) + (", ..." if len(fields) > _MOST else "")


def typed(field: FieldSpec) -> str:
    """Return how a field is typed: `contacts.0.phone`."""
    *above, last = field.steps
    return ".".join([*(f"{key}.0" if many else key for key, many in above), last[0]])


def _said(word: str) -> set[str]:
    return {word, _SAME.get(word, word)}


def _labels(field: FieldSpec) -> tuple[str, ...]:
    return tuple(in_language(lang, field.label) for lang in LANGUAGES)


def _holds(field: FieldSpec, word: str) -> bool:
    if word.isascii():
        return any(word.casefold() in label.casefold().split() for label in _labels(field))
    return any(word in label for label in _labels(field))
