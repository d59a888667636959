"""Customers by tier, with what the tiers rest on: spending and how often they buy (R-003-67 to -71).

- Orders and spending are those of `_sales`, of the period; frequency is orders a year: the orders, from the first to
  the day it is looked at, but over a year at least.
- *Fits* is the first tier of crm.yaml whose `when` the customer meets, "" where none does: `crm tier` proposes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.reports import _money
from crmkit.reports._sales import Line, lines
from crmkit.reports.report import Chart, Column, Figure, Label, Material, Section, Series, day_of
from crmkit.reports.tables import Tables, shares, totalled

NAME, ABOUT = "tiers", N_("Customers by tier")
NOTES = (
    N_("Spending and orders are those of crm report revenue, of the period; frequency is orders a year."),
    N_("Frequency counts from the first order to today, over a year at least."),
    N_("Fits: the first tier of crm.yaml whose `when` the customer meets; crm tier proposes it."),
)
_YEAR = Decimal("365.25")


def report(material: Material) -> Tables:
    """Count and list the customers by tier."""
    customers = material.own_customers
    bought: dict[str, list[Line]] = defaultdict(list)
    mine = {str(doc["id"]) for doc in customers}
    for line in lines(_everybody(material)):
        if line.customer in mine:
            bought[line.customer].append(line)
    fits = _fits(material)
    rows = [_row(material, doc, bought.get(str(doc["id"]), ()), fits) for doc in customers]
    place = {tier.code: n for n, tier in enumerate(material.settings.tiers)}
    rows.sort(key=lambda r: (place.get(r["tier"], len(place)), not r["tier"], -r["spent"], r["customer"]))
    differ = sum(bool(r["fits"]) and r["fits"] != r["tier"] for r in rows)
    high = {tier.code for tier in material.settings.tiers if tier.high_value}
    figures = [
        Figure(N_("Customers"), len(rows)),
        Figure(N_("High value"), sum(r["tier"] in high for r in rows)),
        Figure(N_("Without a tier"), sum(not r["tier"] for r in rows)),
        Figure(N_("Would fit another tier"), differ),
    ]
    return Tables(NAME, ABOUT, material, [_tiers(material, rows, bought), _list(rows)], figures)


def _everybody(material: Material) -> Material:
    """Return the material with all owners' orders: a tier is the customer's, whoever sold."""
    from dataclasses import replace

    return replace(material, owner="")


def _fits(material: Material) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for tier in material.settings.tiers:
        for number in material.finds(tier.when) if tier.when else ():
            found.setdefault(number, tier.code)
    return found


def label_of(material: Material, code: str) -> Label:
    """Return a tier with its name."""
    tier = material.settings.tier(code)
    return f"{tier.code} {tier.name}".strip() if tier else (code or msg(N_("none")))


def _row(
    material: Material, doc: Mapping[str, Any], bought: Sequence[Line], fits: Mapping[str, str]
) -> dict[str, Any]:
    days = [line.on for line in bought if line.on]
    orders = len({line.order for line in bought})
    sums = _money.by_currency((line.revenue, line.currency) for line in bought)
    first = _money.currencies(sums, material.settings.currency)
    unit = first[0] if first else material.settings.currency
    code, fit = str(doc.get("tier") or ""), fits.get(str(doc["id"]), "")
    return {
        "id": doc["id"],
        "customer": doc["id"],
        "name": doc.get("name") or "",
        "tier": code,
        "label": label_of(material, code),
        "basis": doc.get("tier_basis") or "",
        "tier_on": day_of(doc.get("tier_on")),
        "orders": orders,
        "spent": sums.get(unit, Decimal(0)),
        "currency": unit,
        "other": [f"{value} {u}" for u, value in sums.items() if u != unit],
        "frequency": _yearly(orders, min(days, default=None), material.today),
        "last_order": max(days, default=None),
        "fits": fit,
        "fits_label": label_of(material, fit) if fit and fit != code else "",
        "owner": material.person(doc.get("owner")),
        "note": doc.get("note") or "",
    }


def _yearly(orders: int, first: date | None, today: date) -> Decimal | None:
    if not orders or first is None:
        return None
    return Decimal(orders) / max(Decimal((today - first).days) / _YEAR, Decimal(1))


def _tiers(
    material: Material, rows: Sequence[dict[str, Any]], bought: Mapping[str, Sequence[Line]]
) -> Section:
    known = [tier.code for tier in material.settings.tiers]
    codes = [
        *known,
        *sorted({r["tier"] for r in rows} - {*known, ""}),
        *([""] if any(not r["tier"] for r in rows) else []),
    ]
    units = _money.currencies(
        (line.currency for ls in bought.values() for line in ls), material.settings.currency
    )
    counts = [sum(r["tier"] == code for r in rows) for code in codes]
    out: list[dict[str, Any]] = []
    for code, count, part in zip(codes, counts, shares(counts), strict=True):
        of = [r["customer"] for r in rows if r["tier"] == code]
        for n, unit in enumerate(units[:1] or [material.settings.currency]):
            del n
            ours = [line for number in of for line in bought.get(number, ()) if line.currency == unit]
            out.append(
                {
                    "tier": code,
                    "label": label_of(material, code),
                    "customers": count,
                    "share": part,
                    "orders": len({line.order for line in ours}),
                    "currency": unit,
                    "spent": sum((line.revenue for line in ours), Decimal(0)),
                }
            )
    columns = (
        Column("label", N_("Tier")),
        Column("customers", N_("Customers"), "integer"),
        Column("share", N_("Share"), "percent"),
        Column("orders", N_("Orders"), "integer"),
        Column("spent", N_("Spent"), "money"),
    )
    total = totalled(out, columns, "label") | {"share": Decimal(100)}
    chart = Chart("bar", msg(N_("Tiers")), [r["label"] for r in out], (Series(msg(N_("Customers")), counts),))
    note = None
    if len(units) > 1:
        note = msg(
            N_("spent in {currency}; other currencies stand with each customer in --json"), currency=units[0]
        )
    return Section("tiers", N_("Tiers"), columns, out, total if rows else None, (chart,), note=note)


def _list(rows: Sequence[dict[str, Any]]) -> Section:
    columns = (
        Column("name", N_("Customer name")),
        Column("label", N_("Tier")),
        Column("spent", N_("Spent"), "money"),
        Column("orders", N_("Orders"), "integer"),
        Column("frequency", N_("Orders a year"), "average"),
        Column("last_order", N_("Last order"), "date"),
        Column("fits_label", N_("Fits")),
        Column("tier_on", N_("Tier set on"), "date"),
        Column("basis", N_("Basis of the tier"), under=True, told=True),
        Column("note", N_("Remarks"), under=True, told=True),
    )
    return Section("customers", N_("Customers"), columns, rows)
