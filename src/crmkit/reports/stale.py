"""Deals that do not move, and deals whose day of closing has passed (R-003-16, R-003-18, R-003-53).

- A deal stands still from its last change of stage or contact that names it, else from the day it was entered. It is
  listed from the day on which `crm due` asks for it: the rules `opportunity.stale` (14 days, or what its stage
  allows)
  and `opportunity.close`, unless a planned follow-up covers it.
- `--from` and `--to` choose by the day on which the rule fell due.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports import _money
from crmkit.reports._deals import Deal, deals, stages
from crmkit.reports._past import status_of
from crmkit.reports.report import Chart, Column, Figure, Material, Section, Series, day_of
from crmkit.reports.tables import Tables
from crmkit.rules.row import split_id

NAME, ABOUT = "stale", N_("Deals that do not move")
NOTES = (
    N_("Listed from the day on which crm due asks for them (opportunity.stale, opportunity.close)."),
    N_(
        "A deal moves by a change of its stage or a contact that names it; else it stands since it "
        "was entered."
    ),
    N_("--from and --to choose by the day on which the rule fell due."),
)
_RULES = ("opportunity.stale", "opportunity.close")


def report(material: Material) -> Tables:
    """List the deals that somebody has to move."""
    known = {deal.id: deal for deal in deals(material)}
    moved = _moved(material)
    found: dict[str, dict[str, Any]] = {}
    for row in material.rows(material.today):
        deal = known.get(row.source)
        if (
            row.rule not in _RULES
            or deal is None
            or row.due_on not in material.period
            or row.due_on > material.today
        ):
            continue
        if row.rule == "opportunity.close" and row.due_on >= material.today:
            continue
        told = found.setdefault(deal.id, _row(material, deal, moved))
        told["rules"].append(row.rule)
        told["due"] = min(told["due"], row.due_on) if told["due"] else row.due_on
        told["reasons"].append(str(row.reason))
    rows = sorted(found.values(), key=lambda r: (-(r["still"] or 0), r["id"]))
    units = _money.currencies(
        (r["currency"] for r in rows if r["amount"] is not None), material.settings.currency
    )
    figures = [
        Figure(N_("Deals"), len(rows)),
        Figure(N_("Open deals"), sum(deal.open for deal in known.values())),
    ]
    for unit in units:
        whole = sum(
            (r["amount"] for r in rows if r["currency"] == unit and r["amount"] is not None), Decimal(0)
        )
        figures.append(Figure(N_("Amount at stake"), whole, "money", unit))
    order = [s for s in stages(material) if any(r["stage"] == s for r in rows)]
    chart = Chart(
        "bar",
        msg(N_("By stage")),
        [material.settings.label("opportunity_stage", s, language()) for s in order],
        (Series(msg(N_("Deals")), [sum(r["stage"] == s for r in rows) for s in order]),),
    )
    columns = (
        Column("id", N_("ID")),
        Column("stage", N_("Stage"), vocabulary="opportunity_stage"),
        Column("amount", N_("Amount"), "money"),
        Column("moved_on", N_("Moved last"), "date"),
        Column("still", N_("Days still"), "integer"),
        Column("close_date", N_("Expected to close"), "date"),
        Column("owner", N_("Owner")),
        Column("customer_name", N_("Customer"), under=True),
        Column("reasons", N_("Reason"), under=True),
        Column("next_step", N_("Next step"), under=True, told=True),
    )
    section = Section("deals", N_("Deals"), columns, rows, charts=(chart,), whole=True)
    return Tables(NAME, ABOUT, material, [section], figures)


def _moved(material: Material) -> dict[str, date]:
    """Return the day of the last contact that names each deal."""
    days: dict[str, date] = {}
    for doc in material.records("followup"):
        day = day_of(doc.get("at"))
        if day is None or status_of(doc) != "done":
            continue
        answered = split_id(str(doc.get("answers") or ""))
        for ident in {
            str(doc.get("opportunity") or ""),
            str(doc.get("answers") or ""),
            answered[2] if answered else "",
        }:
            if ident and day > days.get(ident, date.min):
                days[ident] = day
    return days


def _row(material: Material, deal: Deal, moved: dict[str, date]) -> dict[str, Any]:
    days = [day for _stage, day in deal.history] + ([moved[deal.id]] if deal.id in moved else [])
    last = max(days, default=day_of(deal.doc.get("created_on")))
    return {
        "id": deal.id,
        "name": deal.name,
        "customer": deal.customer,
        "customer_name": deal.customer_name,
        "stage": deal.stage,
        "currency": deal.currency,
        "amount": deal.amount,
        "moved_on": last,
        "still": (material.today - last).days if last else None,
        "close_date": deal.close_date,
        "due": None,
        "rules": [],
        "reasons": [],
        "owner": deal.owner,
        "next_step": deal.doc.get("next_step") or "",
    }
