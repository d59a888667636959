"""The agenda of one dossier: everything that falls due up to a horizon, whatever day it is today.

A rule is a function from `Facts` to rows:
a new one is written in the file of its family and put into `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from crmkit.errors import Problem, msg
from crmkit.i18n import N_
from crmkit.rules import (
    activity,
    cadence,
    dates,
    followup,
    health,
    holidays,
    opportunities,
    orders,
    own,
    people,
    plans,
    promises,
    review,
    sla,
    survey,
    workdays,
)
from crmkit.rules.dossier import Dossier
from crmkit.rules.facts import Facts, gathered
from crmkit.rules.row import Row

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

Rule = Callable[[Facts], Iterator[Row]]

IN_DRAFTS: tuple[Rule, ...] = (followup.rows, review.customer_rows)
"""All that a dossier under `drafts/` gives."""

RULES: tuple[Rule, ...] = (
    *IN_DRAFTS,
    cadence.rows,
    dates.contract_rows,
    dates.birthday_rows,
    holidays.rows,
    sla.rows,
    review.contract_rows,
    orders.delivery_rows,
    orders.payment_rows,
    opportunities.stale_rows,
    opportunities.close_rows,
    plans.rows,
    promises.promise_rows,
    promises.need_rows,
    promises.contact_rows,
    activity.rows,
    survey.rows,
    health.rows,
    own.rows,
)


def agenda(dossier: Dossier, settings: Settings, horizon: date) -> list[Row]:
    """Return what falls due in the dossier up to and with `horizon`, by day, time and id.

    Pure: no clock, no files; the order of the records does not matter. Birthdays reach back to the dossier's
    first year and at least `dates.BACK` years before the horizon's, so that `--on` can look into the past;
    they say themselves when they have passed (`Row.until`).
    """
    facts = Facts(dossier, settings, horizon)
    rules = IN_DRAFTS if dossier.draft else RULES
    found = (row for rule in rules for row in rule(facts) if row.due_on <= horizon)
    rows = people.share(facts, (workdays.told(facts, row) for row in found))
    if len(rows) > 1:
        rows.sort(key=_by_time)
    return rows


def _by_time(row: Row) -> tuple[date, str, str]:
    return row.due_on, row.due_at.isoformat() if row.due_at else "", row.id


def warnings(dossier: Dossier, settings: Settings, path: str = "") -> list[Problem]:
    """Return the warnings of the rules: a customer whom no rule can count for lack of any date.

    `path` is the customer's file.
    """
    facts = gathered(dossier, settings)
    if not cadence.expected(facts) or cadence.candidates(facts):
        return []
    if facts.lost:
        message = msg(N_("it is not known since when the customer is lost, so nothing falls due"))
        hint = msg(N_("add the day to stage_history (stage: lost) or to churn.on"))
        requirement = "R-001-37"
    else:
        message = msg(N_("there is no contact and no date to count from, so nothing falls due"))
        hint = msg(N_("log a contact (crm log), or fill in created_on"))
        requirement = "R-000-41"
    return [Problem(path, 0, "", "cadence.no_start", "warning", message, hint, requirement)]
