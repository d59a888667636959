"""What campaigns brought: participants, conversion, cost, compared with earlier ones (R-001-11, R-003-72 to -78).

- Participants are the customers a campaign lists, each once; `--from` and `--to` choose campaigns by their start.
- The participation rate is participants of the customers that were in the book when the campaign ended (or by today),
  that is entered by then.
- A participant is converted by an order that was not cancelled, or a deal that was won, on the day it joined or later
  within 90 days. Conversion is converted of participants.
- Orders and revenue are those orders of the participants within the 90 days, and orders of deals that name the
  campaign;
  each order once. Leads are the customers that name the campaign as theirs.
- *Change* compares the participation rate with the mean rate of all earlier campaigns, in percent of that mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.reports import _money
from crmkit.reports._deals import deals
from crmkit.reports._sales import Products, counts, lines_of
from crmkit.reports.report import Chart, Column, Doc, Figure, Material, Section, Series, day_of
from crmkit.reports.tables import Tables, mean, percent, totalled

NAME, ABOUT = "campaigns", N_("Effect of campaigns")
NOTES = (
    N_("Participation: participants of the customers that had been entered when the campaign ended."),
    N_("Converted: an order or a won deal within 90 days of joining. Conversion: converted of participants."),
    N_("Revenue: those orders, and orders of deals that name the campaign; each order once."),
    N_("Change: the participation rate against the mean of all earlier campaigns, in percent of it."),
)
WITHIN = timedelta(days=90)


def report(material: Material) -> Tables:
    """Reckon every campaign."""
    past = _Past(material)
    docs = sorted(
        (d for d in material.records("campaign") if day_of(d.get("start_date")) is not None),
        key=lambda d: (str(d["start_date"]), str(d["id"])),
    )
    docs += [d for d in material.records("campaign") if day_of(d.get("start_date")) is None]
    all_rows: list[dict[str, Any]] = []
    people: dict[str, list[dict[str, Any]]] = {}
    for doc in docs:
        row, people[str(doc["id"])] = past.campaign(doc)
        earlier = [r["participation"] for r in all_rows if r["participation"] is not None]
        before = mean(earlier)
        rate = row["participation"]
        row["change"] = (rate - before) * 100 / before if before and rate is not None else None
        row["earlier"] = before
        all_rows.append(row)
    rows = [r for r in all_rows if r["start_date"] in material.period and material.owns(str(r["owner"]))]
    rows.reverse()
    taken = sum(r["participants"] for r in rows)
    converted = sum(r["converted"] for r in rows)
    figures = [
        Figure(N_("Campaigns"), len(rows)),
        Figure(N_("Took part"), taken),
        Figure(N_("Converted"), converted),
        Figure(N_("Conversion rate"), percent(converted, taken), "percent"),
    ]
    sections = [_campaigns(rows), _money_of(rows), _participants([p for r in rows for p in people[r["id"]]])]
    return Tables(NAME, ABOUT, material, sections, figures)


class _Past:
    """Orders and won deals by customer, gathered once."""

    def __init__(self, material: Material) -> None:
        self.material = material
        products = Products(material)
        self.orders: dict[str, list[tuple[date, str, Decimal, str, str]]] = defaultdict(list)
        for doc in material.records("order"):
            day = day_of(doc.get("ordered_on"))
            if day and counts(doc):
                found = lines_of(material, products, doc)
                whole = sum((line.revenue for line in found), Decimal(0))
                unit = found[0].currency if found else material.settings.currency
                self.orders[str(doc["customer"])].append(
                    (day, str(doc["id"]), whole, unit, str(doc.get("opportunity") or ""))
                )
        from dataclasses import replace

        self.deals = list(deals(replace(material, owner="")))
        self.won: dict[str, list[date]] = defaultdict(list)
        for deal in self.deals:
            if deal.stage == "won" and deal.ended_on:
                self.won[deal.customer].append(deal.ended_on)
        self.entered = sorted(d for c in material.customers.values() if (d := day_of(c.get("created_on"))))

    def campaign(self, doc: Doc) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return a campaign's numbers and its participants."""
        material, start = self.material, day_of(doc.get("start_date"))
        people, seen = [], {}
        for entry in doc.get("participants") or ():
            number = str(entry.get("customer") or "")
            if number and number not in seen and number in material.customers:
                joined = day_of(entry.get("joined_on")) or start
                seen[number] = joined
                people.append(self._person(doc, entry, number, joined))
        end = min(day_of(doc.get("end_date")) or start or material.today, material.today)
        known = sum(day <= end for day in self.entered)
        orders = self._orders(doc, seen)
        converted = sum(p["converted"] for p in people)
        cost = _money.amount(doc.get("cost"), material.settings.currency)
        budget = _money.amount(doc.get("budget"), material.settings.currency)
        unit = cost[1] if cost else material.settings.currency
        revenue = sum((value for _id, (value, u) in orders.items() if u == unit), Decimal(0))
        return {
            "id": doc["id"],
            "name": doc.get("name") or doc["id"],
            "type": doc.get("type") or "",
            "start_date": start,
            "end_date": day_of(doc.get("end_date")),
            "participants": len(people),
            "known": known,
            "participation": percent(len(people), known),
            "leads": sum(c.get("campaign") == doc["id"] for c in material.customers.values()),
            "converted": converted,
            "conversion": percent(converted, len(people)),
            "orders": len(orders),
            "currency": unit,
            "revenue": revenue,
            "cost": cost[0] if cost else None,
            "budget": budget[0] if budget and budget[1] == unit else None,
            "each": cost[0] / len(people) if cost and people else None,
            "per_converted": cost[0] / converted if cost and converted else None,
            "return": revenue * 100 / cost[0] if cost and cost[0] else None,
            "owner": material.person(doc.get("owner")),
            "goal": doc.get("goal") or "",
        }, people

    def _person(self, doc: Doc, entry: Mapping[str, Any], number: str, joined: date | None) -> dict[str, Any]:
        return {
            "campaign": doc["id"],
            "campaign_name": doc.get("name") or doc["id"],
            "customer": number,
            "customer_name": self.material.customers[number].get("name") or "",
            "joined_on": joined,
            "converted": joined is not None and self._converted(number, joined),
            "result": entry.get("result") or "",
        }

    def _converted(self, number: str, joined: date) -> bool:
        days = [order[0] for order in self.orders.get(number, ())] + self.won.get(number, [])
        return any(joined <= day <= joined + WITHIN for day in days)

    def _orders(self, doc: Doc, joined: Mapping[str, date | None]) -> dict[str, tuple[Decimal, str]]:
        """Return the orders that a campaign brought, by id."""
        named = {deal.id for deal in self.deals if deal.campaign == doc["id"]}
        found = {}
        for number, orders in self.orders.items():
            day = joined.get(number)
            for on, ident, value, unit, deal in orders:
                if deal in named or (day is not None and day <= on <= day + WITHIN):
                    found[ident] = (value, unit)
        return found


def _campaigns(rows: Sequence[dict[str, Any]]) -> Section:
    columns = (
        Column("name", N_("Campaign name")),
        Column("type", N_("Type"), vocabulary="campaign_type"),
        Column("start_date", N_("Start date"), "date"),
        Column("end_date", N_("End date"), "date"),
        Column("participants", N_("Took part"), "integer"),
        Column("participation", N_("Participation"), "percent"),
        Column("change", N_("Change against earlier ones"), "percent"),
        Column("leads", N_("Leads"), "integer"),
        Column("converted", N_("Converted"), "integer"),
        Column("conversion", N_("Conversion rate"), "percent"),
    )
    total = totalled(rows, columns, "name")
    total["conversion"] = percent(total["converted"], total["participants"])
    ordered = list(reversed(rows))
    chart = Chart(
        "stacked",
        msg(N_("Participants and conversion")),
        [r["name"] for r in ordered],
        (
            Series(msg(N_("Converted")), [r["converted"] for r in ordered]),
            Series(msg(N_("Others")), [r["participants"] - r["converted"] for r in ordered]),
        ),
    )
    return Section(
        "campaigns", N_("Campaigns"), columns, rows, total if rows else None, (chart,) if rows else ()
    )


def _money_of(rows: Sequence[dict[str, Any]]) -> Section:
    columns = (
        Column("name", N_("Campaign name")),
        Column("budget", N_("Budget"), "money"),
        Column("cost", N_("Cost"), "money"),
        Column("each", N_("Cost a participant"), "money"),
        Column("per_converted", N_("Cost a conversion"), "money"),
        Column("orders", N_("Orders"), "integer"),
        Column("revenue", N_("Revenue"), "money"),
        Column("return", N_("Revenue in percent of cost"), "percent"),
    )
    units = {r["currency"] for r in rows}
    total = None
    if len(units) == 1:
        total = totalled(rows, columns, "name") | {"each": None, "per_converted": None}
        if total["cost"]:
            total["return"] = total["revenue"] * 100 / total["cost"]
    return Section("money", N_("Cost and revenue"), columns, rows, total)


def _participants(rows: Sequence[dict[str, Any]]) -> Section:
    columns = (
        Column("campaign_name", N_("Campaign name")),
        Column("customer_name", N_("Customer")),
        Column("joined_on", N_("Joined on"), "date"),
        Column("converted", N_("Converted"), "boolean"),
        Column("result", N_("Result"), under=True),
    )
    return Section("participants", N_("Participating customers"), columns, rows)
