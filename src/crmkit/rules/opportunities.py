"""The rules `opportunity.*`: none goes stale, none passes its close date unnoticed (R-003-16, R-003-53)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from crmkit.errors import Message
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.rules.condition import active, where
from crmkit.rules.dates import is_answered
from crmkit.rules.facts import day_of
from crmkit.rules.labels import label
from crmkit.rules.row import Row, split_id

if TYPE_CHECKING:
    from crmkit.records.followup import Followup
    from crmkit.records.opportunity import Opportunity, OpportunityStage
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec

STALE = "opportunity.stale"
CLOSE = "opportunity.close"

VOCABULARY = "opportunity_stage"


def stale_rows(facts: Facts) -> Iterator[Row]:
    """Give a row for each open opportunity that does not move for the days its stage allows (R-003-16).

    The stage's own goal falls due where it comes earlier (R-003-12). A planned follow-up that names the
    opportunity and comes no later covers it. Without a movement and without a day of entry there is no row.
    """
    spec = active(facts, STALE)
    if spec is None:
        return
    for opportunity in facts.dossier.opportunities:
        since = None if closed(opportunity) else last_movement(facts, opportunity)
        if since is None:
            continue
        interval, place = _allowed(facts, spec, opportunity)
        limit = intervals.after(interval, since, facts.settings.workdays)
        goal = _goal(opportunity, since)
        due = min((day for day in (limit, goal.by if goal else None) if day), default=None)
        if due is None:
            continue
        by_goal = goal is not None and goal.by == due
        row = _row(
            facts,
            spec,
            opportunity,
            due,
            _still(facts, opportunity, since, goal, "" if by_goal else interval),
            interval="" if by_goal else interval,
            place=place,
        )
        if not is_answered(facts, row) and not _covered(facts, opportunity, due):
            yield row


def close_rows(facts: Facts) -> Iterator[Row]:
    """Give a row on the expected close date of each opportunity, until it is closed (R-003-53)."""
    spec = active(facts, CLOSE)
    if spec is None:
        return
    for opportunity in facts.dossier.opportunities:
        day = opportunity.close_date
        if day is None or closed(opportunity):
            continue
        text = N_("opportunity {name}: expected to close on {day}, now {stage}")
        told = {"name": _name(opportunity), "day": day.isoformat(), "stage": _stage(facts, opportunity)}
        row = _row(facts, spec, opportunity, day, Message(text, told), place=where(spec))
        if not is_answered(facts, row):
            yield row


def closed(opportunity: Opportunity) -> bool:
    """Whether it was won, lost, or given up: a closing day is the end at whatever stage."""
    return opportunity.stage in {"won", "lost"} or opportunity.closed_on is not None


def last_movement(facts: Facts, opportunity: Opportunity) -> date | None:
    """Return the day of the last stage change or contact that names it, else the day it was entered."""
    days = [entry.on for entry in opportunity.stage_history if entry.on]
    days += [day_of(f.at, facts.zone) for f in facts.done if f.at and _names(f, opportunity)]
    return max(days, default=opportunity.created_on)


def _names(followup: Followup, opportunity: Opportunity) -> bool:
    """Whether a follow-up is about the opportunity: it says so, or it answers a row of it."""
    if opportunity.id in (followup.opportunity, followup.answers):
        return True
    answered = split_id(followup.answers) if followup.answers else None
    return answered is not None and answered[2] == opportunity.id


def _covered(facts: Facts, opportunity: Opportunity, due: date) -> bool:
    return any(day_of(when, facts.zone) <= due for when, f in facts.planned if _names(f, opportunity))


def _goal(opportunity: Opportunity, since: date) -> OpportunityStage | None:
    """Return the present stage's entry where its goal has a day that no movement has overtaken."""
    stage = opportunity.stage or "new"
    entry = next((e for e in reversed(opportunity.stage_history) if (e.stage or stage) == stage), None)
    return entry if entry and entry.by and entry.by > since else None


def _allowed(facts: Facts, spec: RuleSpec, opportunity: Opportunity) -> tuple[str, str]:
    """Return how long the stage may stand still, and where that is set.

    A stage says it as `days: 21` or `every: 3 weeks`; one that cannot be read leaves the rule's own.
    """
    term = facts.settings.vocabularies.get(VOCABULARY, {}).get(opportunity.stage or "new")
    own = str((term.attrs.get("every") or term.attrs.get("days") or "") if term else "").strip()
    own = f"{own} days" if own.isdecimal() else own
    if intervals.length(own) is None or own.startswith("-"):
        return spec.every, where(spec)
    line = facts.settings.lines.get(f"vocabularies.{VOCABULARY}")
    return own, f"crm.yaml:{line}" if line else where(spec)


def _still(
    facts: Facts, opportunity: Opportunity, since: date, goal: OpportunityStage | None, interval: str
) -> Message:
    """Tell since when it stands still, and what it misses: the days of its stage, its goal, or both."""
    told = {
        "name": _name(opportunity),
        "stage": _stage(facts, opportunity),
        "since": since.isoformat(),
        "span": intervals.span(interval),
    }
    if goal and goal.by:
        told["goal"] = goal.goal or Message(N_("the goal of the stage"))
        told["by"] = goal.by.isoformat()
    if not interval:
        text = N_("opportunity {name} ({stage}): no movement since {since}; planned by {by}: {goal}")
    elif goal:
        text = N_(
            "opportunity {name} ({stage}): no movement since {since}, allowed are {span}; planned by {by}: {goal}"
        )
    else:
        text = N_("opportunity {name} ({stage}): no movement since {since}, allowed are {span}")
    return Message(text, told)


def _name(opportunity: Opportunity) -> str:
    return opportunity.name or opportunity.id


def _stage(facts: Facts, opportunity: Opportunity) -> Message | str:
    settings = facts.settings
    code = opportunity.stage or "new"
    return label(*(settings.label(VOCABULARY, code, language) for language in ("en", "zh")))


def _row(
    facts: Facts,
    spec: RuleSpec,
    opportunity: Opportunity,
    due: date,
    reason: Message,
    *,
    interval: str = "",
    place: str = "",
) -> Row:
    contact, channels = facts.reach(opportunity.contacts[0] if opportunity.contacts else None)
    return Row(
        customer=facts.number,
        rule=spec.name,
        source=opportunity.id,
        due_on=due,
        reason=reason,
        owner=facts.owner(opportunity),
        channels=channels,
        contact=contact,
        high_value=facts.high_value,
        grade=facts.grade,
        interval=interval,
        where=place,
    )
