"""What is wrong with crm.yaml, as rows of the index: found when the settings change, told beside what is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.index._json import problem_json

if TYPE_CHECKING:
    from crmkit.errors import Problem
    from crmkit.settings.model import Settings

DUE = frozenset({"rules", "sla", "chores", "holidays", "health", "review", "country", "team", "roles"})
"""The sections on which it depends what falls due: what is not understood there may be a reminder that never comes."""


def rows(settings: Settings, found: Sequence[Problem]) -> list[tuple[str, str]]:
    """Return `(path, JSON)` of what the reader of crm.yaml found, and of what only kinds and rules can judge."""
    from crmkit.records import in_book
    from crmkit.rules import condition, review, roles, workdays

    judged = (in_book, condition, review, roles, workdays)
    problems = [*found, *(p for module in judged for p in module.problems(settings))]
    return [(p.path, problem_json(p)) for p in problems]


def matters(problem: Problem) -> bool:
    """Whether a problem of crm.yaml may change what falls due."""
    if problem.severity != "error" and problem.code.startswith("rights."):
        return False  # who may do what delays no reminder
    return problem.severity == "error" or problem.field.partition(".")[0] in DUE
