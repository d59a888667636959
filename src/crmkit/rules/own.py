"""The book's own `date.NAME` rules: rows that count from any date field of its records.

    rules:
      date.warranty: {of: order.delivered_on, first: 11 months, reason: 保修将到期, when: "tier:A"}
      date.audit: {of: last_audit, every: 1 year, lead: 14 days, reason: 年度能耗审计}

`first` counts on from the date, `every` comes round with it for ever, `lead` warns ahead of either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.rules.condition import active, where
from crmkit.rules.dates import is_answered
from crmkit.rules.row import Row
from crmkit.values import BadValue

if TYPE_CHECKING:
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec
    from crmkit.values.workdays import Workdays

_MOST = 1000
"""So often a date comes round at most, whatever a mistyped year or a short interval would make of it."""


def rows(facts: Facts) -> Iterator[Row]:
    """Give the rows of every own date rule that holds for the customer; a lost one gets none."""
    if facts.lost or facts.customer is None:
        return
    for name, spec in facts.settings.rules.items():
        if spec.of and active(facts, name):
            yield from _rows(facts, spec)


def _rows(facts: Facts, spec: RuleSpec) -> Iterator[Row]:
    for source, doc, owner in _records(facts, spec.of):
        for at, day in enumerate(_days(doc, _field(spec.of))):
            for falls, until in _falls(facts, spec, day):
                row = _row(
                    facts, spec, source, falls, until, owner=owner, part=f"{source}.{at + 1}" if at else ""
                )
                if not is_answered(facts, row):
                    yield row


def _row(
    facts: Facts, spec: RuleSpec, source: str, falls: date, until: date | None, *, owner: str, part: str
) -> Row:
    contact, channels = facts.reach()
    due = (intervals.before(spec.lead, falls, facts.settings.workdays) if spec.lead else None) or falls
    return Row(
        customer=facts.number,
        rule=spec.name,
        source=source,
        part=part,
        due_on=due,
        until=until,
        reason=msg(N_("{why}: {day}"), why=spec.reason or spec.name, day=falls.isoformat()),
        owner=owner,
        channels=channels,
        contact=contact,
        high_value=facts.high_value,
        grade=facts.grade,
        interval=spec.lead or spec.first or spec.every,
        where=where(spec),
    )


def _records(facts: Facts, of: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yield id, document and owner of the records that have the field."""
    kind = of.partition(".")[0]
    docs = facts.dossier.docs
    for doc in docs.get(kind if kind in docs and "." in of else "customer", ()):
        yield str(doc["id"]), doc, str(doc.get("owner") or facts.owner())


def _field(of: str) -> str:
    from crmkit.records.registry import kinds

    kind, _, rest = of.partition(".")
    return rest if rest and kind in kinds() else of


def _days(doc: Mapping[str, Any], field: str) -> Iterator[date]:
    from crmkit.query.text import dotted

    for value in dotted(doc, field):
        try:
            yield date.fromisoformat(str(value)[:10])
        except ValueError:
            continue


def _falls(facts: Facts, spec: RuleSpec, day: date) -> Iterator[tuple[date, date | None]]:
    """Yield the days that the rule means, each with the last day of any use (None: until answered)."""
    workdays = facts.settings.workdays
    start = intervals.after(spec.first, day, workdays) if spec.first else day
    last = (intervals.after(spec.lead, facts.horizon, workdays) if spec.lead else None) or facts.horizon
    if not spec.every:
        falls = start
        if falls and falls <= last:
            yield falls, None
        return
    # counted from the date itself each time, so that 31 January comes round at every month's end
    found = _turns(spec, start, workdays) if start else iter(())
    falls = next(found, None)
    while falls is not None and falls <= last:
        following = next(found, None)
        opens = intervals.before(spec.lead, following, workdays) if spec.lead and following else following
        yield falls, _day_before(opens)
        falls = following


def _turns(spec: RuleSpec, start: date, workdays: Workdays) -> Iterator[date]:
    length = intervals.length(spec.every)
    if length is None:
        return
    for turn in range(0 if spec.first else 1, _MOST):
        try:
            yield (length * turn).after(start, workdays.after)
        except BadValue:
            return


def _day_before(day: date | None) -> date | None:
    return date.fromordinal(day.toordinal() - 1) if day and day > date.min else None
