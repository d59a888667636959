"""The JSON Schema of crm.yaml, for editors."""

from __future__ import annotations

from typing import Any

from crmkit.i18n import LANGUAGES
from crmkit.settings._sections import FIELD_TYPES, MARKS
from crmkit.settings.model import Settings

_TEXT = {"type": ["string", "number", "boolean", "null"]}
_FLAG = {"enum": [True, False, "yes", "no", "是", "否"]}
_TEXTS = {"anyOf": [{"type": "array", "items": _TEXT}, {"type": "string"}]}
_DURATION = {"type": "string", "examples": ["3 days", "2 weeks", "1 month", "24 hours", "2 working days"]}
_QUERY = {"type": "string", "examples": ["tier:A region:华东 -status:lost", "budget>=50万"]}


def _object(properties: dict[str, Any], *required: str, more: bool = False) -> dict[str, Any]:
    out: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": more}
    return out | ({"required": list(required)} if required else {})


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def _named(entry: dict[str, Any], names: list[str] | None = None) -> dict[str, Any]:
    """Return a mapping from names that people choose to entries; `names` are offered, others allowed."""
    offered = {"propertyNames": {"anyOf": [{"enum": names}, {"type": "string"}]}} if names else {}
    return {"type": "object", **offered, "additionalProperties": entry}


def _holidays(settings: Settings) -> dict[str, Any]:
    """Return the schema of the festivals and of the days that are worked on."""
    on = ["06-18", "lunar 08-15", "农历 08-15", "农历正月十五", "off"]
    names = {"anyOf": [{"enum": [*settings.holidays.get("festivals", ())]}, {"type": "string"}]}
    return {
        "type": "object",
        "description": "Festivals on which high-value customers are greeted, and which days are worked on.",
        "propertyNames": names,
        "properties": {
            "country": {"type": "string", "pattern": "^[A-Za-z]{2}(-[A-Za-z0-9]{1,4})?$"},
            "off": {**_ref("days"), "description": "Own days off."},
            "work": {**_ref("days"), "description": "Own days of work, such as a Saturday."},
        },
        "additionalProperties": {"anyOf": [{"type": ["string", "boolean"], "examples": on}, _ref("days")]},
    }


def crm_yaml(settings: Settings, kinds: list[str]) -> dict[str, Any]:
    """Return the schema of crm.yaml in a book with these settings; `kinds` are those of its records."""
    role = {"type": "string", "examples": sorted(settings.roles)}
    term = {
        "anyOf": [
            {"type": "array", "items": {"type": "string"}, "description": "[English, 中文, other spellings]"},
            {"type": ["string", "null"]},
            _object({"en": _TEXT, "zh": _TEXT, "also": _TEXTS}, more=True),
        ]
    }
    custom = _object(
        {
            "type": {"enum": list(FIELD_TYPES)},
            "label": {"anyOf": [{"type": "string"}, _object({"en": _TEXT, "zh": _TEXT})]},
            "label_en": _TEXT,
            "label_zh": _TEXT,
            "vocabulary": _TEXT,
            "many": _FLAG,
            "marks": {"type": "array", "items": {"enum": list(MARKS)}},
        }
    )
    rule = {
        "anyOf": [
            {"enum": [True, False, "on", "off"]},
            _object(
                {
                    "on": _FLAG,
                    "when": _QUERY,
                    "first": _DURATION,
                    "every": _DURATION,
                    "lead": _DURATION,
                    "of": {
                        "type": "string",
                        "examples": ["order.delivered_on", "contract.signed_on", "founded"],
                    },
                    "reason": _TEXT,
                    "below": {"type": ["integer", "string"]},
                }
            ),
        ]
    }
    member = _object({"name": _TEXT, "email": _TEXT, "roles": {"type": "array", "items": role}, "age": _TEXT})
    label = {"anyOf": [{"type": "string"}, _object({"en": _TEXT, "zh": _TEXT})]}
    rrule = {"type": "string", "examples": ["FREQ=WEEKLY;BYDAY=FR", "FREQ=MONTHLY;BYMONTHDAY=-1"]}
    chore = {
        "name": _TEXT, "rrule": rrule, "role": role, "label": label, "each": _FLAG, "on": _FLAG, "since": _TEXT,
    }  # fmt: skip
    anything = {"type": "object"}
    day = r"\d{4}-\d\d-\d\d"
    dates = {"type": "string", "pattern": rf"^{day}(\.\.{day})?$", "examples": ["2024-07-01..2024-07-05"]}
    days = {"anyOf": [{"type": "array", "items": dates}, dates]}
    defined = {
        "days": days,
        "term": term,
        "field": {"anyOf": [custom, {"type": ["string", "null"]}]},
        "rule": rule,
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "crmkit: crm.yaml",
        "definitions": defined,
        **_object(
            {
                "name": {**_TEXT, "description": "What the book is called."},
                "language": {"enum": list(LANGUAGES)},
                "time_zone": {"type": "string", "examples": ["Asia/Shanghai"]},
                "currency": {"type": "string", "pattern": "^[A-Za-z]{3}$"},
                "country": _TEXT,
                "attachments": {"type": ["string", "integer"], "examples": ["20 MB"]},
                "review": {
                    "anyOf": [_FLAG, _object({"required": _FLAG, "by": role, "within": _DURATION})],
                    "description": "Whether new customers are reviewed, by whom, within which time.",
                },
                "team": {"type": "array", "items": {"anyOf": [{"type": "string"}, member]}},
                "roles": _named(anything, sorted(settings.roles)),
                "vocabularies": _named(
                    {"anyOf": [_named(_ref("term")), {"type": "array", "items": {"type": "string"}}]},
                    sorted(settings.vocabularies),
                ),
                "required": _object(dict.fromkeys(kinds, _TEXTS)),
                "fields": _object(dict.fromkeys(kinds, _named(_ref("field")))),
                "tiers": {
                    "type": "array",
                    "items": _object(
                        {"code": _TEXT, "name": _TEXT, "high_value": _FLAG, "when": _QUERY, "policy": _TEXT},
                        "code",
                    ),
                },
                "rules": {
                    **_object(dict.fromkeys(sorted(settings.rules), _ref("rule"))),
                    "patternProperties": {r"^(cadence|date)\.": _ref("rule")},
                },
                "sla": _object(dict.fromkeys(settings.sla, _DURATION)),
                "holidays": _holidays(settings),
                "chores": {"type": "array", "items": _object(chore, "name")},
                "health": anything,
                "views": _named(
                    {
                        "anyOf": [
                            {"type": "string"},
                            _object(
                                {"kind": {"enum": kinds}, "query": _QUERY, "columns": _TEXTS, "sort": _TEXT}
                            ),
                        ]
                    }
                ),
                "templates": anything,
                "notify": anything,
                "privacy": _object(
                    {
                        "recipients": _named(_TEXT),
                        "retention": _named(
                            {"anyOf": [_DURATION, _object({"when": _QUERY, "after": _DURATION}, "after")]}
                        ),
                    }
                ),
                "profile": anything,
                "survey": anything,
            }
        ),
    }
