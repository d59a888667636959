"""JSON Schemas of the kinds and of crm.yaml, for editors: `python -m crmkit.records.schema DIR [crm.yaml]`.

Editors type scalars by YAML's rules, crmkit by these schemas, so a text may look like a number in an
editor. The schemas complete and explain (a book may extend every vocabulary); `crm check` says what is
right and wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.records.base import About, Part
from crmkit.records.catalog import KindSpec
from crmkit.records.registry import about_of, catalog, key_of, kinds, ordered, shape

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from crmkit.settings.model import Settings

_NOTHING = {"type": "null"}
_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_WHEN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"
_AMOUNT = {"type": ["number", "string"], "examples": [500000, "50万", "1.2亿"]}
_MONEY = {
    "anyOf": [
        _AMOUNT,
        {
            "type": "object",
            "properties": {"amount": _AMOUNT, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}},
            "required": ["amount"],
            "additionalProperties": False,
        },
    ]
}
_SCALARS: Mapping[str, dict[str, Any]] = {
    "text": {"type": ["string", "number", "boolean"]},
    "reference": {"type": ["string", "number"]},
    "date": {"type": "string", "pattern": _DAY, "examples": ["2024-06-05"]},
    "birthday": {
        "type": "string",
        "pattern": "^([0-9]{4}|-)-[0-9]{2}-[0-9]{2}$",
        "examples": ["1978-06-18", "--06-18"],
    },
    "when": {"type": "string", "pattern": _WHEN, "examples": ["2024-06-05T14:30", "2024-06-05"]},
    "integer": {"type": ["integer", "string"]},
    "number": {"type": ["number", "string"]},
    "boolean": {"enum": [True, False, "yes", "no", "是", "否"]},
    "money": _MONEY,
}


def schemas(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of record, and that of `crm` (crm.yaml), by name."""
    from crmkit.settings.schema import crm_yaml

    specs = catalog(settings).kinds
    out = {name: _of_kind(specs[name], cls, settings) for name, cls in kinds().items()}
    return out | {"crm": crm_yaml(settings, list(specs))}


def _of_kind(spec: KindSpec, cls: type[Part], settings: Settings) -> dict[str, Any]:
    made = _of_part(cls, settings)
    for field in spec.fields:
        if field.custom:
            scalar = _scalar(field.type, field.vocabulary, settings)
            titled = {"title": field.label, **(_list(scalar) if field.is_list else _or_nothing(scalar))}
            made["properties"][field.name] = titled
    required = [f.name for f in spec.fields if f.required and "." not in f.name]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"crmkit: {spec.name}",
        "description": spec.help,
        **made,
        **({"required": required} if required else {}),
    }


def _of_part(cls: type[Part], settings: Settings) -> dict[str, Any]:
    properties = {key_of(n, f): _of_field(f, settings) for n, f in ordered(cls)}
    return {"type": "object", "properties": properties}


def _of_field(field: FieldInfo, settings: Settings) -> dict[str, Any]:
    made, meta = shape(field), about_of(field)
    if made.part is not None:
        value = _of_part(made.part, settings)
        if "range" in meta.marks:
            value = {"anyOf": [value, {"type": ["number", "string"], "examples": ["50-80万"]}]}
    elif made.free:
        value = _free(meta, _scalar(made.sort.type if made.sort else "text", "", settings))
    elif "secret" in meta.marks:
        value = {"type": "string", "pattern": "^enc:v1:", "description": "Kept only encrypted."}
    else:
        sort = made.sort
        kind = "birthday" if "birthday" in meta.marks else sort.type if sort else "text"
        value = _scalar(kind, sort.vocabulary if sort else "", settings)
    told = {"title": meta.label, **({"description": meta.help} if meta.help else {})}
    return {**told, **(_list(value) if made.many else _or_nothing(value))}


def _list(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": value}


def _free(meta: About, value: dict[str, Any]) -> dict[str, Any]:
    known = {key: {"title": label, **_or_nothing(value)} for key, label in meta.keys.items()}
    return {"type": "object", "properties": known, "additionalProperties": _or_nothing(value)}


def _scalar(kind: str, vocabulary: str, settings: Settings) -> dict[str, Any]:
    terms = settings.vocabularies.get(vocabulary) if vocabulary else None
    if not terms:
        return _SCALARS.get(kind, _SCALARS["text"])
    labels = dict.fromkeys(s for t in terms.values() for s in t.spellings if s not in terms)
    told = "; ".join(f"{t.code}: {t.zh or t.en}" for t in terms.values())
    return {"anyOf": [{"enum": list(terms)}, {"enum": list(labels)}, {"type": "string"}], "description": told}


def _or_nothing(value: dict[str, Any]) -> dict[str, Any]:
    """Let the value be left empty."""
    if isinstance(value.get("type"), str | list):
        types = value["type"] if isinstance(value["type"], list) else [value["type"]]
        return {**value, "type": [*types, "null"]}
    if "anyOf" in value:
        return {**value, "anyOf": [*value["anyOf"], _NOTHING]}
    return {**value, "enum": [*value["enum"], None]}


def main(arguments: list[str]) -> int:
    """Write the schemas of the defaults, or of the book whose crm.yaml is named, into a folder."""
    from crmkit.settings.load import load

    folder = Path(arguments[0] if arguments else "schemas")
    raw = Path(arguments[1]).read_bytes() if len(arguments) > 1 else None
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas(load(raw)[0]).items():
        text = json.dumps(schema, ensure_ascii=False, indent=2)
        (folder / f"{name}.schema.json").write_text(f"{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
