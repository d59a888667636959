"""The rule `survey.quarterly`: won customers are asked about the service at regular times (R-002-32)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.rules.condition import active, where
from crmkit.rules.facts import WON
from crmkit.rules.row import Row

if TYPE_CHECKING:
    from crmkit.rules.facts import Facts

QUARTERLY = "survey.quarterly"


def rows(facts: Facts) -> Iterator[Row]:
    """Give a row `every` after the last survey of a won customer, or after it was won where there is none.

    Only a survey answers it: the row moves on. Where nobody wrote down when the customer was won, the day it was
    recorded stands for it. A lost customer is not asked any more.
    """
    if facts.lost or facts.stage not in WON:
        return
    spec = active(facts, QUARTERLY)
    if spec is None:
        return
    last = max((s.on for s in facts.dossier.surveys if s.on), default=None)
    start = last or facts.first_won or facts.created_on
    due = intervals.after(spec.every, start, facts.settings.workdays) if start else None
    if start is None or due is None:
        return
    if last:
        text = N_("last survey {day}: {every}")
    else:
        text = (
            N_("no survey yet, won {day}: {every}")
            if facts.first_won
            else N_("no survey yet, recorded {day}: {every}")
        )
    contact, channels = facts.reach()
    row = Row(
        customer=facts.number,
        rule=QUARTERLY,
        source=facts.number,
        due_on=due,
        reason=msg(text, day=start.isoformat(), every=intervals.every(spec.every)),
        owner=facts.owner(),
        people=facts.cared_by,
        channels=channels,
        contact=contact,
        high_value=facts.high_value,
        grade=facts.grade,
        interval=spec.every,
        where=where(spec),
    )
    if row.id not in facts.snoozed:
        yield row
