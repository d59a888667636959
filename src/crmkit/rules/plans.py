"""The rule `plan.step`: the steps of a recovery, kick-off, hand-over or improvement plan (R-002-46)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules.condition import active, where
from crmkit.rules.dates import is_answered
from crmkit.rules.row import Row

if TYPE_CHECKING:
    from crmkit.records.plan import Plan, PlanStep
    from crmkit.rules.facts import Facts

STEP = "plan.step"

PURPOSES = frozenset({"recovery", "kickoff", "handover", "improvement", "churn_review"})
"""Plans that are worked through; a solution or an analysis is a document."""

RESTING = frozenset({"draft", "done", "cancelled"})
"""Statuses of a plan that binds nobody: not yet, or no more."""


def rows(facts: Facts) -> Iterator[Row]:
    """Give a row on the date of each step that is not done; PLAN-ID.N, counted from 1."""
    spec = active(facts, STEP)
    if spec is None:
        return
    contact, channels = facts.reach()
    for plan in facts.dossier.plans:
        if plan.purpose not in PURPOSES or plan.status in RESTING:
            continue
        for number, step in enumerate(plan.steps, 1):
            if step.due is None or step.done_on:
                continue
            row = Row(
                customer=facts.number,
                rule=STEP,
                source=plan.id,
                part=f"{plan.id}.{number}",
                due_on=step.due,
                reason=_asked(plan, step, number),
                owner=step.owner or facts.owner(plan),
                # whoever answers for the plan sees what others are to do in it
                people=(plan.owner,) if plan.owner else (),
                channels=channels,
                contact=contact,
                high_value=facts.high_value,
                grade=facts.grade,
                where=where(spec),
            )
            if not is_answered(facts, row):
                yield row


def _asked(plan: Plan, step: PlanStep, number: int) -> Message:
    names = {"plan": plan.name or plan.id, "n": number, "count": len(plan.steps)}
    if step.what:
        return msg(N_("{plan}, step {n} of {count}: {what}"), **names, what=step.what)
    return msg(N_("{plan}, step {n} of {count}"), **names)
