"""Working days in the rules: what a row tells where no calendar is known, and what is missing for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from crmkit.errors import Message, Problem, msg
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.values.workdays import EXTRA

if TYPE_CHECKING:
    from crmkit.rules.facts import Facts
    from crmkit.rules.row import Row
    from crmkit.settings.model import RuleSpec, Settings


def told(facts: Facts, row: Row) -> Row:
    """Return the row; its reason says so where Monday to Friday stood in for a calendar that is not known."""
    spec = facts.settings.rules.get(row.rule)
    # the book's own date rules count by several numbers, of which a row names one
    if not _counts(row.interval) and not (row.interval and spec and spec.of and _of_rule(spec)):
        return row
    calendar = facts.settings.workdays
    # a lead was counted back to the row, so the far end lies as far ahead of it
    ahead = _counts(spec.lead) if spec else 0
    far = intervals.after(spec.lead, row.due_on, calendar) if spec and ahead > 0 else None
    unknown = next((day for day in (row.due_on, far) if day and day not in calendar.known), None)
    if unknown is None:
        return row
    return replace(row, reason=_assumed(row.reason, unknown.year, calendar.country, calendar.known.lack))


def _assumed(reason: Message, year: int, country: str, lack: str) -> Message:
    if lack == "package":
        text = N_("{reason} (Monday to Friday are counted: the holidays of {country} need {extra})")
    elif lack:
        text = N_("{reason} (Monday to Friday are counted: the holidays of {country} are not known)")
    else:
        text = N_("{reason} (Monday to Friday are counted: the holidays of {year} are not published)")
    return msg(text, reason=reason, year=year, country=country, extra=EXTRA)


@lru_cache(maxsize=256)
def _counts(interval: str) -> int:
    """Return how many working days an interval counts."""
    found = intervals.length(interval)
    return 0 if found is None else found.working_days


def _of_rule(spec: RuleSpec) -> bool:
    return bool(_counts(spec.first) or _counts(spec.every) or _counts(spec.lead))


def problems(settings: Settings, path: str = "crm.yaml") -> list[Problem]:
    """Return what keeps working days from being counted rightly, where the book counts any."""
    if not used(settings):
        return []
    calendar = settings.workdays
    lack = calendar.known.lack
    if not lack:
        return []
    key = "holidays" if settings.holidays.get("country") else "country"
    if lack == "package":
        hint = msg(N_("pip install '{extra}'"), extra=EXTRA)
    else:
        hint = msg(
            N_(
                "holidays.country: a code that the package holidays knows, such as DE or US-NY; or holidays.off"
            )
        )
    message = msg(
        N_("the holidays of {country} are not known: Monday to Friday are counted"), country=calendar.country
    )
    return [Problem(path, settings.lines.get(key, 0), key, "workdays.unknown", "warning", message, hint)]


def used(settings: Settings) -> bool:
    """Whether the book counts working days anywhere."""
    return any(_used(settings))


def _used(settings: Settings) -> Iterator[bool]:
    """Tell of each interval that the book uses whether it counts working days."""
    reviewed = settings.review.required and not settings.solo
    yield reviewed and _counts(settings.review.within) != 0
    for spec in settings.rules.values():
        yield spec.on and (reviewed or not spec.name.startswith("review.")) and _of_rule(spec)
    yield from (_counts(text) != 0 for text in settings.sla.values())
