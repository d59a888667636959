"""JSON as the index keeps it."""

from __future__ import annotations

import json
from typing import Any

from crmkit.errors import Problem

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def compact(value: Any) -> str:
    """Return JSON as the index keeps it."""
    return _ENCODER.encode(value)


def problem_json(problem: Problem) -> str:
    """Return a problem as the index keeps it; `problem_from` reads it back."""
    return compact(
        [
            problem.path,
            problem.line,
            problem.field,
            problem.code,
            problem.severity,
            problem.message.to_json(),
            problem.hint.to_json(),
            problem.requirement,
        ]
    )
