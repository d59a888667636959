"""What a contact leaves behind: promises, objections, changed needs, changed contact data.

R-004-20 (`promise.open`), R-001-29 (`need.update`), R-001-28 (`contact.update`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules import intervals, loop
from crmkit.rules.condition import active, where
from crmkit.rules.dates import is_answered
from crmkit.rules.facts import When, day_of, moment_of, planned_for, status_of
from crmkit.rules.row import Row, split_id

if TYPE_CHECKING:
    from crmkit.records.followup import Followup
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec

PROMISE = "promise.open"
NEED = "need.update"
CONTACT = "contact.update"


def promise_rows(facts: Facts) -> Iterator[Row]:
    """Give a row for each promise of a contact, and for each objection that nothing was prepared for (R-004-20).

    A promise is due on the day that it names, else `first` after it was made; an objection `first` after it was
    raised. FOLLOWUP-ID.N and FOLLOWUP-ID.oN, counted from 1. One rests once a later contact answers it, its row or
    its talk; once a next step that is about it was done; and while one is planned for its day or before, or that is
    about it where no day was named. A step done about something else lets it appear again. Objections rest while
    anything is planned next; those of a lost customer are no longer worked on.
    """
    spec = active(facts, PROMISE)
    made = [f for f in facts.done if f.at and (f.promises or f.objections)]
    if spec is None or not made:
        return
    book = _Loop.of(facts)
    for followup in made:
        if followup.at is None or book.answers(followup.id, followup):
            continue
        for number, text in enumerate(followup.promises, 1):
            row = _promise(facts, spec, followup, followup.at, text=text, part=f"{followup.id}.{number}")
            if row and not book.answers(row.part, followup) and not book.keeps(row, followup, text):
                yield row
        for number, text in enumerate(() if facts.lost else followup.objections, 1):
            row = _objection(facts, spec, followup, followup.at, text=text, part=f"{followup.id}.o{number}")
            if row is None or book.answers(row.part, followup) or book.prepares(row, followup, text):
                continue
            if not _named_later(facts, followup, text):
                yield row


def need_rows(facts: Facts) -> Iterator[Row]:
    """Give a row `first` after each contact that reported a changed need (R-001-29).

    It rests once the customer has a need noted (`on`) on that day or later; other changes are no answer.
    """
    spec = active(facts, NEED)
    changed = [f for f in facts.done if f.at and (f.need_changes or "need" in f.changes)]
    if spec is None or not changed:
        return
    needs = facts.customer.needs if facts.customer else ()
    noted = max((need.on for need in needs if need.on), default=date.min)
    for followup in changed:
        due = _after(facts, spec.first, followup.at)
        if due is None or followup.at is None or noted >= (day := day_of(followup.at, facts.zone)):
            continue
        text = _one_line(followup.need_changes)
        reason = (
            msg(N_("need changed on {day}: {text}"), day=day.isoformat(), text=text)
            if text
            else msg(N_("need changed on {day}: enter it with the customer"), day=day.isoformat())
        )
        row = _row(facts, spec, followup, due, reason, interval=spec.first)
        if not is_answered(facts, row):
            yield row


def contact_rows(facts: Facts) -> Iterator[Row]:
    """Give a row `first` after each contact that reported changed contact data, for who logged it (R-001-28).

    It rests once the customer was changed (`updated_at`) at or after the contact.
    """
    spec = active(facts, CONTACT)
    changed = [f for f in facts.done if f.at and "contact" in f.changes]
    if spec is None or not changed:
        return
    updated = facts.customer.updated_at if facts.customer else None
    for followup in changed:
        due = _after(facts, spec.first, followup.at)
        if due is None or followup.at is None or (updated and _not_before(facts, updated, followup.at)):
            continue
        reason = msg(
            N_("contact data changed on {day}: update the customer within {span}"),
            day=day_of(followup.at, facts.zone).isoformat(),
            span=intervals.span(spec.first),
        )
        owner = followup.by or facts.owner(followup)
        row = _row(facts, spec, followup, due, reason, interval=spec.first, owner=owner)
        if not is_answered(facts, row):
            yield row


@dataclass(frozen=True, slots=True)
class _Loop:
    """How contacts of a dossier follow from each other: by id, and the last day on which an id was answered."""

    facts: Facts
    talks: Mapping[str, loop.Talk]
    planned: Mapping[str, date]
    put_off: frozenset[str]
    answered: Mapping[str, date]

    @classmethod
    def of(cls, facts: Facts) -> _Loop:
        """Return the loop of a dossier."""
        followups = facts.dossier.followups
        planned = {f.id: planned_for(f) for f in followups if status_of(f) == "planned"}
        days = {ident: day_of(when, facts.zone) for ident, when in planned.items() if when is not None}
        put_off = frozenset(map(_part, facts.snoozed))
        return cls(facts, {f.id: _talk(f) for f in followups}, days, put_off, _answers(facts))

    def answers(self, ident: str, followup: Followup) -> bool:
        """Whether a contact not before this one answers `ident`."""
        last = self.answered.get(ident)
        return bool(last and followup.at and last >= day_of(followup.at, self.facts.zone))

    def keeps(self, row: Row, followup: Followup, text: str) -> bool:
        """Whether a promise is kept or will be: by a step that is about it, or by one planned before its day."""
        if row.part in self.put_off:
            return True
        named = not row.interval
        for number, step in enumerate(self._steps(followup)):
            about = loop.stands_for(step, text, first=number == 0)
            if step.status == "done" and about:
                return True
            day = self.planned.get(step.id)
            if day and (day <= row.due_on or (about and not named)):
                return True
        return False

    def prepares(self, row: Row, followup: Followup, text: str) -> bool:
        """Whether something was prepared for an objection: planned next, said in words, or done about it."""
        if row.part in self.put_off:
            return True
        alone = len(followup.objections) == 1
        for number, step in enumerate(self._steps(followup)):
            first = number == 0
            if step.id in self.planned:
                return True
            if step.status == "done" and loop.stands_for(step, text, first=first, alone=alone):
                return True
        said = followup.next_step or ""
        return bool(said.strip()) and (alone or not followup.next or loop.about(said, text))

    def _steps(self, followup: Followup) -> Iterator[loop.Talk]:
        return loop.steps(self.talks, self.talks[followup.id])


def _talk(followup: Followup) -> loop.Talk:
    texts = (getattr(followup, name) for name in loop.TOLD)
    return loop.Talk(followup.id, followup.next or "", status_of(followup), tuple(t for t in texts if t))


def _answers(facts: Facts) -> dict[str, date]:
    """Return the last day on which each id was answered; no contact answers itself."""
    out: dict[str, date] = {}
    for followup in facts.done:
        if followup.answers and followup.at and followup.answers != followup.id:
            day = day_of(followup.at, facts.zone)
            for ident in (followup.answers, _part(followup.answers)):
                out[ident] = max(day, out.get(ident, day))
    return out


def _part(ident: str) -> str:
    """Return which promise a row's id is about, whatever day it fell due on; any other id as it is."""
    parts = split_id(ident)
    return parts[2] if parts and parts[1] == PROMISE else ident


def _promise(
    facts: Facts, spec: RuleSpec, followup: Followup, at: When, *, text: str, part: str
) -> Row | None:
    from crmkit.values.said_inside import find_day

    told, day = _one_line(text), day_of(at, facts.zone)
    if not told:
        return None
    named = find_day(told, moment_of(at, facts.zone) or day, add_working_days=facts.settings.workdays.after)
    due = named or _after(facts, spec.first, day)
    if due is None:
        return None
    reason = msg(N_("promised on {day}: {text}"), day=day.isoformat(), text=told)
    return _row(facts, spec, followup, due, reason, interval="" if named else spec.first, part=part)


def _objection(
    facts: Facts, spec: RuleSpec, followup: Followup, at: When, *, text: str, part: str
) -> Row | None:
    told, day = _one_line(text), day_of(at, facts.zone)
    due = _after(facts, spec.first, day)
    if due is None or not told:
        return None
    reason = msg(N_("objection of {day}, nothing is prepared for it: {text}"), day=day.isoformat(), text=told)
    return _row(facts, spec, followup, due, reason, interval=spec.first, part=part)


def _named_later(facts: Facts, followup: Followup, objection: str) -> bool:
    """Whether a later contact speaks of the objection; raised again, it is that contact's to answer."""
    wanted, mine = loop.folded(objection), _place(facts, followup)
    return any(
        wanted
        in loop.folded(" ".join((*other.objections, *(getattr(other, name) or "" for name in loop.TOLD))))
        for other in facts.done
        if other.at and _place(facts, other) > mine
    )


def _place(facts: Facts, followup: Followup) -> tuple[date, str, str]:
    """Return what orders contacts in time, so that of two on one day only one is the later."""
    at = followup.at
    if at is None:
        return date.min, "", followup.id
    moment = moment_of(at, facts.zone)
    return day_of(at, facts.zone), moment.isoformat() if moment else "", followup.id


def _after(facts: Facts, interval: str, at: When | None) -> When | None:
    """Return when an interval after a contact is over: a time where hours are counted from a time, else a day."""
    if at is None:
        return None
    found, moment = intervals.length(interval), moment_of(at, facts.zone)
    if found and moment and (found.hours or found.minutes):
        return intervals.after(interval, moment, facts.settings.workdays)
    return intervals.after(interval, day_of(at, facts.zone), facts.settings.workdays)


def _not_before(facts: Facts, one: When, other: When) -> bool:
    """Whether `one` is at or after `other`; where a time is missing the days decide."""
    moments = moment_of(one, facts.zone), moment_of(other, facts.zone)
    if moments[0] and moments[1]:
        return moments[0] >= moments[1]
    return day_of(one, facts.zone) >= day_of(other, facts.zone)


def _row(
    facts: Facts,
    spec: RuleSpec,
    followup: Followup,
    due: When,
    reason: Message,
    *,
    interval: str,
    part: str = "",
    owner: str = "",
) -> Row:
    contact, channels = facts.reach(followup.contact)
    answerable = owner or facts.owner(followup)
    # who gave the promise or heard of the change sees what became of it
    heard = followup.by or ""
    return Row(
        customer=facts.number,
        rule=spec.name,
        source=followup.id,
        part=part,
        due_on=day_of(due, facts.zone),
        due_at=due if isinstance(due, datetime) else None,
        reason=reason,
        owner=answerable,
        people=(heard,) if heard and heard != answerable else (),
        channels=channels,
        contact=contact,
        high_value=facts.high_value,
        grade=facts.grade,
        interval=interval,
        where=where(spec),
    )


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
