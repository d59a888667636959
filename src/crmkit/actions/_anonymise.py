"""What stays of a dossier when only the money is kept: sums, dates and codes, and nothing that says who it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmkit.records.catalog import FieldSpec, KindSpec

CUSTOMER = frozenset(
    (
        "type",
        "industry",
        "source",
        "campaign",
        "collected_by",
        "customer_type",
        "importance",
        "stage",
        "stage_history.stage",
        "stage_history.on",
        "status",
        "tier",
        "tier_on",
        "strategic",
        "success_manager",
        "owner",
        "collaborators",
        "review.state",
        "created_by",
        "created_on",
        "updated_by",
        "updated_at",
        "founded",
        "formerly",
    )
)
"""Fields of a customer that say nothing of a person."""

_SAFE = frozenset({"date", "when", "integer", "number", "money", "boolean", "vocabulary", "reference"})
_TEXTS = frozenset({"number", "currency", "items.product", "owner", "created_by", "updated_by"})


def keeps(spec: KindSpec) -> bool:
    """Whether records of a kind hold money and so stay."""
    return spec.place == "dossier" and any(f.type == "money" for f in spec.fields)


def kept(spec: KindSpec, field: FieldSpec) -> bool:
    """Whether a field stays."""
    if spec.name == "customer":
        return field.name in CUSTOMER
    if field.custom or field.marks & {"personal", "secret", "contact"}:
        return False
    return field.type in _SAFE or field.name in _TEXTS


def left(spec: KindSpec, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's fields without what tells of a person; order and sums stay."""
    return _left(spec, data, "")


def _left(spec: KindSpec, data: Mapping[str, Any], above: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{above}{key}"
        field = spec.by_name.get(name)
        below = f"{name}."
        if any(n.startswith(below) for n in spec.by_name) and not (field and field.type == "money"):
            inner = _below(spec, value, below)
            if inner:
                out[key] = inner
        elif field is not None and kept(spec, field):
            out[key] = value
    return out


def _below(spec: KindSpec, value: Any, above: str) -> Any:
    if isinstance(value, Mapping):
        return _left(spec, value, above)
    if isinstance(value, list):
        found = [_left(spec, v, above) for v in value if isinstance(v, Mapping)]
        return [f for f in found if f]
    return None
