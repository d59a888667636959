"""Lost customers and lost deals, with reasons and lessons; who is at risk (R-001-37, R-002-43 to -48).

- A customer is lost where its stage or status says so; the day is the last `lost` of its stage history, else
  `churn.on`.
  One without a day belongs to all time alone. What it brought is the revenue of all its orders before.
- The rate is lost of the customers that were ever won (or are lost).
- Lost deals count by the day they were lost. At risk are customers whose `churn.risk` is noted and who are not lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports import _money
from crmkit.reports._deals import deals
from crmkit.reports._past import gather
from crmkit.reports._sales import lines
from crmkit.reports.distribution import is_won, stage_of
from crmkit.reports.report import Chart, Column, Doc, Figure, Label, Material, Period, Section, Series, day_of
from crmkit.reports.tables import Tables, percent, shares, totalled

NAME, ABOUT = "churn", N_("Review of losses")
NOTES = (
    N_(
        "Lost: by stage or status; the day is the last lost of the stage history, else that of the "
        "churn review."
    ),
    N_("Rate: lost of the customers that were ever won. Brought: revenue of all their orders."),
    N_("At risk: a churn risk is noted, and the customer is not lost."),
)
UNKNOWN = N_("not known yet")
_RISK = {"high": 0, "medium": 1, "low": 2}


def is_lost(doc: Doc) -> bool:
    """Whether a customer is lost."""
    return "lost" in (doc.get("stage"), doc.get("status"))


def lost_on(doc: Doc) -> date | None:
    """Return the day on which a customer was lost, None where the record does not say."""
    days = [
        d for e in doc.get("stage_history") or () if e.get("stage") == "lost" and (d := day_of(e.get("on")))
    ]
    return max(days, default=day_of((doc.get("churn") or {}).get("on")))


def ever_won(doc: Doc) -> bool:
    """Whether a customer ever bought from us."""
    return is_won(doc) or any(e.get("stage") in {"won", "loyal"} for e in doc.get("stage_history") or ())


def report(material: Material) -> Tables:
    """Review the losses of the period."""
    everybody = replace(material, owner="", period=Period(date.min, date.max, material.period.now))
    brought: dict[str, list[tuple[Decimal, str]]] = defaultdict(list)
    for line in lines(everybody):
        brought[line.customer].append((line.revenue, line.currency))
    contacts = gather(material).contacts
    customers = material.own_customers
    rows = []
    for doc in customers:
        day = lost_on(doc) if is_lost(doc) else None
        if is_lost(doc) and day in material.period:
            rows.append(
                _row(material, doc, day, brought.get(str(doc["id"]), ()), contacts.get(str(doc["id"]), ()))
            )
    rows.sort(key=lambda r: (str(r["lost_on"] or ""), r["customer"]), reverse=True)
    ever = sum(ever_won(doc) or is_lost(doc) for doc in customers)
    figures = [
        Figure(N_("Lost customers"), len(rows)),
        Figure(N_("Rate of loss"), percent(len(rows), ever), "percent"),
        Figure(N_("Without a reason"), sum(not r["reason"] for r in rows)),
        Figure(N_("Without lessons"), sum(not r["lessons"] for r in rows)),
    ]
    sections = [_causes(material, rows), _customers(rows), _risks(material, customers), _lost_deals(material)]
    figures.append(Figure(N_("At risk"), len(sections[2].rows)))
    return Tables(NAME, ABOUT, material, sections, figures)


def _row(
    material: Material,
    doc: Doc,
    day: date | None,
    brought: Sequence[tuple[Decimal, str]],
    contacts: Sequence[date],
) -> dict[str, Any]:
    churn = doc.get("churn") or {}
    sums = _money.by_currency(brought)
    units = _money.currencies(sums, material.settings.currency)
    won = [
        d
        for e in doc.get("stage_history") or ()
        if e.get("stage") in {"won", "loyal"} and (d := day_of(e.get("on")))
    ]
    last = max((d for d in contacts if day is None or d <= day), default=None)
    return {
        "id": doc["id"],
        "customer": doc["id"],
        "name": doc.get("name") or "",
        "lost_on": day,
        "won_on": min(won, default=None),
        "days": (day - min(won)).days if day and won else None,
        "silent": (day - last).days if day and last else None,
        "cause": churn.get("cause") or "",
        "reason": churn.get("reason") or "",
        "lessons": churn.get("lessons") or "",
        "competitors": list(doc.get("competitors") or ()),
        "currency": units[0] if units else material.settings.currency,
        "brought": sums[units[0]] if units else Decimal(0),
        "owner": material.person(doc.get("owner")),
    }


def _causes(material: Material, rows: Sequence[dict[str, Any]]) -> Section:
    title = N_("Causes")

    def label(cause: str) -> Label:
        return material.settings.label("churn_cause", cause, language()) if cause else msg(UNKNOWN)

    count = Counter(r["cause"] for r in rows)
    order = sorted(count, key=lambda c: (not c, -count[c], c))
    found = [
        {"cause": c, "label": label(c), "customers": count[c], "share": part}
        for c, part in zip(order, shares([count[c] for c in order]), strict=True)
    ]
    columns = (
        Column("label", N_("Cause of churn")),
        Column("customers", N_("Customers"), "integer"),
        Column("share", N_("Share"), "percent"),
    )
    chart = Chart(
        "bar",
        msg(title),
        [r["label"] for r in found],
        (Series(msg(N_("Customers")), [r["customers"] for r in found]),),
    )
    total = totalled(found, columns, "label") | {"share": Decimal(100)}
    return Section("causes", title, columns, found, total if found else None, (chart,))


def _customers(rows: Sequence[dict[str, Any]]) -> Section:
    columns = (
        Column("customer", N_("Customer number")),
        Column("lost_on", N_("Lost since"), "date"),
        Column("days", N_("Days as a customer"), "integer"),
        Column("silent", N_("Days since the last contact"), "integer"),
        Column("brought", N_("Brought"), "money"),
        Column("owner", N_("Owner")),
        Column("name", N_("Customer name"), under=True),
        Column("cause", N_("Cause of churn"), under=True, told=True, vocabulary="churn_cause"),
        Column("reason", N_("Reason of churn"), under=True, told=True),
        Column("lessons", N_("Lessons"), under=True, told=True),
        Column("competitors", N_("Competitors"), under=True, told=True),
    )
    return Section("customers", N_("Lost customers"), columns, rows)


def _risks(material: Material, customers: Sequence[Doc]) -> Section:
    rows = []
    for doc in customers:
        churn = doc.get("churn") or {}
        if churn.get("risk") and not is_lost(doc):
            rows.append(
                {
                    "customer": doc["id"],
                    "name": doc.get("name") or "",
                    "risk": churn["risk"],
                    "stage": stage_of(doc),
                    "noted_on": day_of(churn.get("on")),
                    "cause": churn.get("cause") or "",
                    "reason": churn.get("reason") or "",
                    "owner": material.person(doc.get("owner")),
                }
            )
    rows.sort(key=lambda r: (_RISK.get(str(r["risk"]), 3), r["customer"]))
    columns = (
        Column("customer", N_("Customer number")),
        Column("name", N_("Customer name")),
        Column("risk", N_("Churn risk"), vocabulary="churn_risk"),
        Column("noted_on", N_("Noted on"), "date"),
        Column("owner", N_("Owner")),
        Column("cause", N_("Cause of churn"), under=True, told=True, vocabulary="churn_cause"),
        Column("reason", N_("Reason"), under=True, told=True),
    )
    return Section("risks", N_("At risk"), columns, rows)


def _lost_deals(material: Material) -> Section:
    columns = (
        Column("id", N_("ID")),
        Column("lost_on", N_("Lost on"), "date"),
        Column("amount", N_("Amount"), "money"),
        Column("owner", N_("Owner")),
        Column("name", N_("Opportunity name"), under=True),
        Column("customer_name", N_("Customer"), under=True),
        Column("reason", N_("Reason of the loss"), under=True, told=True),
        Column("competitors", N_("Competitors"), under=True, told=True),
    )
    rows = [
        {
            "id": deal.id,
            "name": deal.name,
            "customer": deal.customer,
            "customer_name": deal.customer_name,
            "lost_on": deal.ended_on,
            "amount": deal.amount,
            "currency": deal.currency,
            "reason": deal.doc.get("lost_reason") or "",
            "competitors": list(deal.doc.get("competitors") or ()),
            "owner": deal.owner,
        }
        for deal in deals(material)
        if deal.stage == "lost" and deal.ended_on in material.period
    ]
    rows.sort(key=lambda r: (str(r["lost_on"] or ""), r["id"]), reverse=True)
    return Section("deals", N_("Lost deals"), columns, rows)
