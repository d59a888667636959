"""The portrait of a group: who they are, what they can spend, what hurts, how to reach them (R-001-09, R-001-10).

- The group is what the query finds, all customers without one.
- Buying power: orders of the period with what they brought, by currency; budgets of needs and annual revenue as
  the median
  of those that say them.
- Pains are the topics of `crm report needs`; words are the customers' own, the latest first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports import _money, _people
from crmkit.reports._sales import Line, lines
from crmkit.reports._topics import VOCABULARY, mentioned
from crmkit.reports.distribution import is_won, tables
from crmkit.reports.report import Chart, Column, Doc, Figure, Label, Material, Section, Series
from crmkit.reports.tables import Tables, mean, median, percent
from crmkit.reports.target import budget_of

NAME, ABOUT = "portrait", N_("Customer portrait")
NOTES = (
    N_("The group is what the query finds, all customers without one."),
    N_(
        "Buying power: orders of the period by currency; budgets and annual revenue as the median of "
        "those that say them."
    ),
    N_("Pains: the topics of crm report needs; the words are the customers' own, the latest first."),
)
_WORDS = 12


def report(material: Material) -> Tables:
    """Draw the portrait."""
    customers = material.own_customers
    mine = {str(doc["id"]) for doc in customers}
    bought = [line for line in lines(replace(material, owner="")) if line.customer in mine]
    sizes = [n for doc in customers if (n := _money.number(doc.get("employees"))) is not None]
    figures = [
        Figure(N_("Customers"), len(customers)),
        Figure(N_("Share won"), percent(sum(map(is_won, customers)), len(customers)), "percent"),
        Figure(N_("Employees (median)"), median(sizes), "average"),
        Figure(N_("Buyers"), len({line.customer for line in bought})),
    ]
    units = _money.currencies((line.currency for line in bought), material.settings.currency)
    if units:
        whole = sum((line.revenue for line in bought if line.currency == units[0]), Decimal(0))
        figures.append(Figure(N_("Revenue"), whole, "money", units[0]))
    wanted = {"sector", "region", "size"}
    sections = [
        *(section for section in tables(material, customers) if section.name in wanted),
        _power(material, customers, bought, units),
        _pains(material, mine, len(customers)),
        _words(material, customers),
        _habits(material, customers),
        _tags(customers),
    ]
    return Tables(NAME, ABOUT, material, sections, figures)


def _power(
    material: Material, customers: Sequence[Doc], bought: Sequence[Line], units: Sequence[str]
) -> Section:
    currency = material.settings.currency
    rows: list[dict[str, Any]] = []
    budgets: dict[str, list[Decimal]] = defaultdict(list)
    revenues: dict[str, list[Decimal]] = defaultdict(list)
    for doc in customers:
        if budget := budget_of(doc, currency):
            budgets[budget[1]].append(budget[0])
        if yearly := _money.amount(doc.get("annual_revenue"), currency):
            revenues[yearly[1]].append(yearly[0])
    for unit in _money.currencies([*units, *budgets, *revenues], currency):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        buyers = {line.customer for line in bought if line.currency == unit}
        for line in bought:
            if line.currency == unit:
                sums[line.order] += line.revenue
        orders = list(sums.values())
        rows.append(
            {
                "currency": unit,
                "buyers": len(buyers),
                "orders": len(orders),
                "revenue": sum(orders, Decimal(0)),
                "order_mean": mean(orders),
                "order_largest": max(orders, default=None),
                "with_budget": len(budgets[unit]),
                "budget_median": median(budgets[unit]),
                "with_revenue": len(revenues[unit]),
                "annual_median": median(revenues[unit]),
            }
        )
    columns = (
        Column("currency", N_("Currency")),
        Column("buyers", N_("Buyers"), "integer"),
        Column("orders", N_("Orders"), "integer"),
        Column("revenue", N_("Revenue"), "money"),
        Column("order_mean", N_("Mean order"), "money"),
        Column("order_largest", N_("Largest order"), "money"),
        Column("with_budget", N_("Say a budget"), "integer"),
        Column("budget_median", N_("Budget (median)"), "money"),
        Column("annual_median", N_("Annual revenue (median)"), "money"),
    )
    return Section("power", N_("Buying power"), columns, rows)


def _pains(material: Material, mine: set[str], whole: int) -> Section:
    title = N_("Pains and wishes")
    said = {code: who.keys() & mine for code, who in mentioned(material).items()}
    rows: list[dict[str, Any]] = [
        {
            "topic": code,
            "label": material.settings.label(VOCABULARY, code, language()),
            "customers": len(who),
            "share": percent(len(who), whole),
        }
        for code, who in sorted(said.items(), key=lambda s: (-len(s[1]), s[0]))
        if who
    ]
    columns = (
        Column("label", N_("Topic")),
        Column("customers", N_("Customers"), "integer"),
        Column("share", N_("Share"), "percent"),
    )
    chart = Chart(
        "bar",
        msg(title),
        [r["label"] for r in rows],
        (Series(msg(N_("Share")), [r["share"] for r in rows]),),
        "percent",
    )
    return Section("pains", title, columns, rows, charts=(chart,) if rows else ())


def _words(material: Material, customers: Sequence[Doc]) -> Section:
    found = [
        {
            "customer": doc["id"],
            "name": doc.get("name") or "",
            "on": str(need.get("on") or ""),
            "words": _people.veiled(material, need.get("pains") or need.get("summary")),
        }
        for doc in customers
        for need in doc.get("needs") or ()
        if need.get("pains") or need.get("summary")
    ]
    found.sort(key=lambda r: (str(r["on"]), str(r["customer"])), reverse=True)
    columns = (
        Column("on", N_("Need noted on"), "date"),
        Column("name", N_("Customer name")),
        Column("words", N_("In their words"), under=True),
    )
    return Section("words", N_("In their words"), columns, found[:_WORDS])


def _habits(material: Material, customers: Sequence[Doc]) -> Section:
    """Count how the main contacts like to be reached, and what they decide."""
    settings = material.settings

    def word(vocabulary: str) -> Callable[[str], Label]:
        return lambda code: settings.label(vocabulary, code, language())

    rows: list[dict[str, Any]] = []
    for what, label, vocabulary, field in (
        ("channel", N_("Preferred channel"), "channel", "preferred_channel"),
        ("role", N_("Role in decisions"), "contact_role", "role"),
    ):
        count = Counter(
            str(person[field])
            for doc in customers
            for person in doc.get("contacts") or ()
            if person.get(field)
        )
        whole = sum(count.values())
        rows += [
            {
                "what": what,
                "what_label": msg(label),
                "value": code,
                "label": word(vocabulary)(code),
                "contacts": n,
                "share": percent(n, whole),
            }
            for code, n in sorted(count.items(), key=lambda c: (-c[1], c[0]))
        ]
    columns = (
        Column("what_label", N_("What")),
        Column("label", N_("Value")),
        Column("contacts", N_("Contacts"), "integer"),
        Column("share", N_("Share"), "percent"),
    )
    return Section("habits", N_("How to reach them"), columns, rows)


def _tags(customers: Sequence[Doc]) -> Section:
    count = Counter(str(tag) for doc in customers for tag in dict.fromkeys(doc.get("tags") or ()))
    rows = [
        {"tag": tag, "customers": n, "share": percent(n, len(customers))}
        for tag, n in sorted(count.items(), key=lambda t: (-t[1], t[0]))
    ]
    columns = (
        Column("tag", N_("Tag")),
        Column("customers", N_("Customers"), "integer"),
        Column("share", N_("Share"), "percent"),
    )
    return Section("tags", N_("Tags"), columns, rows)
