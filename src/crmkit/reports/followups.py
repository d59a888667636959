"""The follow-up table of the source: ten columns in its order, several rows a customer (R-000-53 to -63).

- One row for each contact that took place, by day; `--from` and `--to` choose by that day.
- The next step is what the contact says, without it the reason of the follow-up that came of it. Who does it and by
  when are that follow-up's; without one, whoever made the contact, and the day that the text names (`6月10日前发报价`).
- `--owner` asks for the contacts that somebody made.
"""

from __future__ import annotations

from typing import Any

from crmkit.i18n import N_
from crmkit.reports import _people
from crmkit.reports._past import planned_for, status_of
from crmkit.reports.report import Column, Doc, Figure, Material, Section, day_of
from crmkit.reports.tables import Tables
from crmkit.values import said_inside

NAME, ABOUT = "followups", N_("Follow-up table")
NOTES = (
    N_("Ten columns in the order of the source; one row for each contact that took place, by day."),
    N_("The next step, who does it and by when are those of the follow-up that came of the contact;"),
    N_("without one, what the contact says, whoever made it, and the day that its words name."),
)

COLUMNS = (
    Column("on", N_("Date"), "date"),
    Column("customer", N_("Customer number")),
    Column("customer_name", N_("Customer name")),
    Column("by", N_("Followed up by")),
    Column("channels", N_("Method"), vocabulary="channel"),
    Column("content", N_("Key points"), under=True),
    Column("feedback", N_("Customer feedback"), under=True, told=True),
    Column("next_step", N_("Next step"), under=True, told=True),
    Column("owner", N_("Responsible")),
    Column("due", N_("To be done by"), "date"),
)


def report(material: Material) -> Tables:
    """List the contacts."""
    docs = material.records("followup")
    by_id = {str(doc["id"]): doc for doc in docs}
    found = [(day_of(doc.get("at")), doc) for doc in docs if status_of(doc) == "done"]
    mine = [
        (day, doc)
        for day, doc in found
        if day in material.period and material.owns(material.whose(doc, "by", "owner"))
    ]
    mine.sort(key=lambda pair: (str(pair[1].get("at") or ""), str(pair[1]["id"])))
    rows = [_row(material, doc, by_id) for _day, doc in mine]
    figures = [
        Figure(N_("Contacts"), len(rows)),
        Figure(N_("Customers"), len({row["customer"] for row in rows})),
        Figure(N_("With a next step"), sum(bool(row["next_step"]) for row in rows)),
    ]
    section = Section("followups", N_("Contacts"), COLUMNS, rows, whole=True)
    return Tables(NAME, ABOUT, material, [section], figures)


def _row(material: Material, doc: Doc, by_id: dict[str, Doc]) -> dict[str, Any]:
    day = day_of(doc.get("at"))
    following = by_id.get(str(doc.get("next") or ""), {})
    step = str(doc.get("next_step") or following.get("reason") or "")
    by = material.whose(doc, "by", "owner")
    named = said_inside.find_day(step, day) if step and day and not following else None
    return {
        "id": doc["id"],
        "on": day,
        "customer": doc["customer"],
        "customer_name": doc.get("customer_name") or "",
        "by": by,
        "channels": list(doc.get("channels") or ()),
        "content": _people.veiled(material, doc.get("content") or doc.get("subject")),
        "feedback": _people.veiled(material, doc.get("feedback")),
        "next_step": _people.veiled(material, step),
        "owner": material.whose(following) if following else (by if step else ""),
        "due": planned_for(following) if following else named,
    }
