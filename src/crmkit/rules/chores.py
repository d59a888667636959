"""The rules `chore.*`: duties of the team that come round (R-000-22, R-001-33, R-002-20, R-004-26, R-004-52).

An occurrence stays until it is ticked off, or until the next one takes its place: nobody catches up on three
weekly reviews.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules.labels import label
from crmkit.rules.row import Row

if TYPE_CHECKING:
    from crmkit.records.ticks import Tick
    from crmkit.settings.model import Chore, Settings

TEAM = "team"
"""What stands in a row's id in place of the customer."""

PREFIX = "chore."
BACK = 12
"""Years before the horizon's from which duties are given, so that `--on` can look into the past."""

EPOCH = date(2001, 1, 1)
"""The Monday from which a duty is counted that does not say `since`."""

LABELS = {
    "status_review": N_("quarter-end status review of one's customers"),
    "completeness_check": N_("completeness check of the records"),
    "weekly_review": N_("weekly review of follow-ups"),
    "strategy_review": N_("monthly review of the reminder card and the strategy"),
    "progress_sync": N_("monthly synchronisation of running opportunities"),
}
"""What people call the chores that crmkit knows; `label` in crm.yaml says otherwise."""

REQUIREMENTS = {
    "status_review": "R-000-22",
    "completeness_check": "R-001-33",
    "weekly_review": "R-004-26",
    "strategy_review": "R-004-52",
    "progress_sync": "R-002-20",
}


def rows(settings: Settings, ticks: Mapping[str, Sequence[Tick]], horizon: date) -> Iterator[Row]:
    """Yield the occurrences up to `horizon` that are not ticked off, chore by chore, oldest first."""
    for chore in settings.chores:
        members = [m.name for m in settings.team if chore.role in m.roles]
        if not chore.on or (chore.source == "defaults" and not members):
            continue
        done: dict[date, set[str]] = {}
        for tick in ticks.get(chore.name, ()):
            done.setdefault(tick.due, set()).add(tick.by)
        told = msg(N_("team duty: {label}"), label=label_of(chore))
        for days in occurrences(chore, horizon):
            ticked = done.get(days[0], ())
            if chore.each and members:
                for name in members:
                    if name not in ticked:
                        yield _row(chore, told, days, name, owner=name)
            elif not ticked:
                part = chore.role or TEAM
                owner = chore.role if members else ""
                yield _row(chore, told, days, part, owner=owner, people=members)


def occurrences(chore: Chore, horizon: date) -> list[tuple[date, date | None]]:
    """Return each day on which a chore falls due, and the last day on which it is of use.

    Counted from `since`, else from `EPOCH`: every second Friday must be the same Fridays next year.
    """
    from dateutil.rrule import rrulestr

    start = date.fromisoformat(chore.since) if chore.since else EPOCH
    rule = rrulestr(chore.rrule, dtstart=datetime(start.year, start.month, start.day))  # noqa: DTZ001 - days alone
    first = datetime(max(horizon.year - BACK, 1), 1, 1)  # noqa: DTZ001
    last = datetime(horizon.year, horizon.month, horizon.day)  # noqa: DTZ001
    found = rule.between(first, last, inc=True)
    days = [moment.date() for moment in found]
    following = rule.after(found[-1]) if found else None
    ends = [day - timedelta(days=1) for day in (*days[1:], *([following.date()] if following else []))]
    return [*zip_longest(days, ends)]


def _row(
    chore: Chore,
    reason: Message,
    days: tuple[date, date | None],
    part: str,
    *,
    owner: str,
    people: Sequence[str] = (),
) -> Row:
    return Row(
        customer=TEAM,
        rule=PREFIX + chore.name,
        source=chore.name,
        part=part,
        due_on=days[0],
        until=days[1],
        reason=reason,
        owner=owner,
        people=tuple(people),
        where="" if chore.source == "defaults" else f"{chore.source}:{chore.line}",
    )


def label_of(chore: Chore) -> Message | str:
    """Return what people call a chore: as the book names it, else as crmkit does."""
    if chore.label_en or chore.label_zh:
        return label(chore.label_en, chore.label_zh)
    return Message(LABELS[chore.name]) if chore.name in LABELS else chore.name
