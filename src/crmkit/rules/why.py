"""What `crm due --why` tells: the rule, its requirement, its number and where that is set; the facts' file.

Light to import: the rows come from the index, no rule is asked again.
"""

from __future__ import annotations

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules import chores, intervals
from crmkit.rules.row import Row

REQUIREMENTS = {
    "followup": "R-000-62",
    "cadence.potential": "R-004-10, R-004-11",
    "cadence.new": "R-000-42",
    "cadence.high_value": "R-000-43",
    "cadence.dormant": "R-000-44",
    "cadence.ordinary": "R-004-02",
    "cadence.lost": "R-001-37",
    "cadence.override": "R-004-21, R-004-22",
    "date.contract": "R-004-08",
    "date.birthday": "R-004-15",
    "sla.respond": "R-004-12",
    "sla.resolve": "R-004-13",
    "sla.revisit": "R-004-14",
    "feedback.due": "R-000-51, R-004-49",
    "date.holiday": "R-004-04",
    "need.update": "R-001-29",
    "promise.open": "R-004-20",
    "contact.update": "R-001-28",
    "activity.drop": "R-002-35, R-002-36",
    "review.customer": "R-000-18",
    "review.contract": "R-002-25",
    "order.delivery": "R-003-28",
    "order.payment": "R-003-30",
    "opportunity.stale": "R-003-16",
    "opportunity.close": "R-003-53",
    "survey.quarterly": "R-002-32",
    "health.warning": "R-002-42",
    "plan.step": "R-002-46",
}
"""Where the sources ask for each rule; crmkit's own rules have none."""

_KEYS = {"health.warning": "health", "review.customer": "review"}
"""Where the number of a rule stands, if not under `rules`."""


def why(row: Row, path: str) -> list[Message]:
    """Return the lines that explain a row; `path` is the file that its date is counted from."""
    asked = REQUIREMENTS.get(row.rule) or chores.REQUIREMENTS.get(row.source, "")
    rule = msg(N_("rule {rule} ({requirement})"), rule=row.rule, requirement=asked) if asked else row.rule
    return [_setting(row, rule), msg(N_("counted from {path}"), path=path)]


def _setting(row: Row, rule: Message | str) -> Message:
    key = _KEYS.get(row.rule) or (row.rule if row.rule.startswith("sla.") else f"rules.{row.rule}")
    where = row.where or msg(N_("crmkit's default, which {key} in crm.yaml changes"), key=key)
    if row.interval:
        return msg(N_("{rule}: {span}, {where}"), rule=rule, span=intervals.span(row.interval), where=where)
    return msg(N_("{rule}: {where}"), rule=rule, where=where)
