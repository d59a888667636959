"""Contact details hidden in what leaves the book (R-001-40), by what each field is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmkit.records.catalog import FieldSpec, KindSpec
from crmkit.values.hide import hidden
from crmkit.values.phone import mask, mask_email

MASK = "***"
"""What every masked detail holds; a file that comes back with it changes nothing there."""
_KEPT = {"tax_id", "owner", "stamp"}
"""Marks of texts that are shown as they are: numbers of companies, and our own people."""
_NAMES = {"wechat"}
"""Ways to reach somebody that are neither a phone nor an address."""


def masked(spec: KindSpec, doc: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a record with its contact details masked, those within texts too, and without its secrets."""
    out: dict[str, Any] = {}
    for key, value in doc.items():
        field = spec.by_name.get(f"{prefix}{key}")
        if field is not None and "secret" in field.marks:
            continue
        out[key] = _hidden(spec, field, value, f"{prefix}{key}.")
    return out


def _hidden(spec: KindSpec, field: FieldSpec | None, value: Any, below: str) -> Any:
    if isinstance(value, Mapping):
        return masked(spec, value, below)
    if isinstance(value, list):
        return [_hidden(spec, field, v, below) for v in value]
    if not isinstance(value, str) or not value:
        return value
    if field is None:
        return hidden(value)
    if "phone" in field.marks:
        return mask(value)
    if "email" in field.marks:
        return mask_email(value)
    if field.name.rpartition(".")[2] in _NAMES:
        return f"{value[:1]}{MASK}"
    return value if field.type != "text" or field.marks & _KEPT else hidden(value)
