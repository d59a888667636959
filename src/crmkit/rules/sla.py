"""The rules `sla.*` and `feedback.due`: clocks of complaints, deadlines of feedback (R-004-12..14, R-000-51).

The clocks of a complaint run by elapsed time, nights and weekends included. A later stamp answers the earlier
clocks; the status counts as its stamp.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules import intervals, people
from crmkit.rules.condition import active, where
from crmkit.rules.facts import When, day_of, moment_of
from crmkit.rules.row import Row

if TYPE_CHECKING:
    from crmkit.records.feedback import Feedback
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec

DUE = "feedback.due"

CLOCKS = (
    ("respond", N_("complaint received {at}: first response within {span}")),
    ("resolve", N_("complaint received {at}: a solution within {span}")),
    ("revisit", N_("complaint received {at}: revisit to confirm within {span}")),
)

KINDS = {
    "complaint": N_("complaint"),
    "suggestion": N_("suggestion"),
    "praise": N_("praise"),
    "enquiry": N_("enquiry"),
    "service": N_("service request"),
}

_STATUS = {"responded": 1, "resolved": 2, "closed": 3}


def rows(facts: Facts) -> Iterator[Row]:
    """Give the rows of every feedback that is not settled yet."""
    for feedback in facts.dossier.feedback:
        reached = steps_taken(feedback)
        if feedback.type == "complaint" and feedback.received_at:
            yield from _clocks(facts, feedback, feedback.received_at, reached)
        if feedback.due and reached < 2:
            yield from _deadline(facts, feedback, feedback.due)


def steps_taken(feedback: Feedback) -> int:
    """Return how far a feedback has come: 0 nothing, 1 responded, 2 resolved, 3 revisited or closed."""
    stamps = (feedback.first_responded_at, feedback.resolved_at, feedback.revisited_at)
    stamped = max((at for at, stamp in enumerate(stamps, 1) if stamp), default=0)
    return max(stamped, _STATUS.get(feedback.status or "", 0))


def _clocks(facts: Facts, feedback: Feedback, received: When, reached: int) -> Iterator[Row]:
    for name, text in CLOCKS[reached:]:
        spec = active(facts, f"sla.{name}")
        interval = str(facts.settings.sla.get(name) or "")
        at = moment_of(received, facts.zone)
        due: When | None = intervals.after(interval, at or received, facts.settings.workdays)
        if spec is None or due is None:
            continue
        told = received.isoformat() if at is None else at.strftime("%Y-%m-%d %H:%M")
        reason = msg(text, at=told, span=intervals.span(interval))
        yield from _row(facts, spec, feedback, due=due, reason=reason, interval=interval)


def _deadline(facts: Facts, feedback: Feedback, due: When) -> Iterator[Row]:
    spec = active(facts, DUE)
    if spec is None:
        return
    kind: Message | str = Message(KINDS[feedback.type]) if feedback.type in KINDS else feedback.type or ""
    received = day_of(feedback.received_at, facts.zone).isoformat() if feedback.received_at else ""
    if received:
        reason = msg(N_("{kind} received {day}: to be settled by the agreed date"), kind=kind, day=received)
    else:
        reason = msg(N_("{kind}: to be settled by the agreed date"), kind=kind)
    yield from _row(facts, spec, feedback, due=due, reason=reason)


def _row(
    facts: Facts, spec: RuleSpec, feedback: Feedback, *, due: When, reason: Message, interval: str = ""
) -> Iterator[Row]:
    contact, channels = facts.reach(feedback.contact)
    row = Row(
        customer=facts.number,
        rule=spec.name,
        source=feedback.id,
        due_on=day_of(due, facts.zone),
        due_at=moment_of(due, facts.zone),
        reason=reason,
        owner=facts.owner(feedback),
        people=people.of_case(facts, feedback),
        channels=channels,
        contact=contact,
        complaint=feedback.type == "complaint",
        high_value=facts.high_value,
        grade=facts.grade,
        interval=interval,
        where=_where(facts, spec),
    )
    if row.id not in facts.snoozed:
        yield row


def _where(facts: Facts, spec: RuleSpec) -> str:
    line = facts.settings.lines.get(spec.name)
    return f"crm.yaml:{line}" if line else where(spec)
