"""Who sees a row beside its owner: the people of several departments who share a customer or a case (R-004-05)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmkit.records.feedback import Feedback
    from crmkit.rules.facts import Facts
    from crmkit.rules.row import Row


def of_case(facts: Facts, case: Feedback) -> tuple[str, ...]:
    """Return who shares a case: its collaborators, and the success manager, whom a complaint may cost the customer."""
    manager = (facts.customer.success_manager if facts.customer else None) or ""
    return (*case.collaborators, manager)


def share(facts: Facts, rows: Iterable[Row]) -> list[Row]:
    """Return the rows with the customer's collaborators on each of them; nobody stands twice, nor as the owner too."""
    common = facts.customer.collaborators if facts.customer else ()
    out = []
    for row in rows:
        people = _others(row.owner, (*row.people, *common)) if common or row.people else ()
        out.append(row if people == row.people else replace(row, people=people))
    return out


def _others(owner: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name and name != owner))
