"""The rule `followup`: what people planned themselves (R-000-62, R-004-07)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules.condition import active, where
from crmkit.rules.facts import When, day_of, moment_of, planned_for
from crmkit.rules.row import Row

if TYPE_CHECKING:
    from crmkit.records.followup import Followup
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec

RULE = "followup"
SPOKEN = frozenset({"phone", "visit", "meeting"})
"""Channels by voice; all others are in writing."""


def rows(facts: Facts) -> Iterator[Row]:
    """Give a row for each planned follow-up, and for each important one that only half took place."""
    spec = active(facts, RULE)
    if spec is None:
        return
    for when, followup in facts.planned:
        yield _row(facts, spec, followup, when, _reason(followup))
    for followup in facts.done:
        if followup.important and (missing := _missing_half(facts, followup)):
            when_due = planned_for(followup) or followup.at
            if when_due:
                reason = msg(N_("{reason}: {missing}"), reason=_reason(followup), missing=missing)
                yield _row(facts, spec, followup, when_due, reason)


def _row(facts: Facts, spec: RuleSpec, followup: Followup, when: When, reason: Message) -> Row:
    contact, channels = facts.reach(followup.contact, followup.channels)
    return Row(
        customer=facts.number,
        rule=RULE,
        source=followup.id,
        due_on=day_of(when, facts.zone),
        due_at=moment_of(when, facts.zone),
        reason=reason,
        owner=facts.owner(followup),
        channels=channels,
        contact=contact,
        remind=followup.remind,
        important=bool(followup.important),
        high_value=facts.high_value,
        grade=facts.grade,
        where=where(spec),
    )


def _reason(followup: Followup) -> Message:
    text = followup.reason or followup.goal or followup.subject
    return msg("{text}", text=text) if text else msg(N_("planned follow-up"))


def _missing_half(facts: Facts, followup: Followup) -> Message | None:
    """Return what an important matter still lacks of a written and a spoken contact (R-004-17)."""
    logged = {*(followup.channels or ())}
    for other in facts.done:
        if other.answers == followup.id:
            logged |= {*(other.channels or ())}
    if not logged & SPOKEN:
        return msg(N_("a spoken confirmation is still to be logged"))
    return None if logged - SPOKEN else msg(N_("a written confirmation is still to be logged"))
