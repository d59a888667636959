"""Revenue and profit by customer, product and period, and order by order (R-003-84 to -89).

What counts as revenue, cost and profit is written in `_sales`: orders that were not cancelled, by the day they were
ordered. Every table has a row for each currency: amounts of two currencies are never added. The tables of one
currency
have the same total. The margin is profit in percent of the revenue whose cost is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.reports import _money
from crmkit.reports._sales import Line, Sum, lines, summed
from crmkit.reports.report import Chart, Column, Figure, Label, Material, Section, Series
from crmkit.reports.tables import Tables, shares, totalled

NAME, ABOUT = "revenue", N_("Revenue and profit")
NOTES = (
    N_(
        "Revenue: orders by the day they were ordered, unless cancelled; their amount, without one "
        "the sum of their lines."
    ),
    N_(
        "A line is quantity times unit price less its discount; what an order's amount differs from "
        "its lines is a line of its own."
    ),
    N_(
        "Cost: quantity times unit cost, without one the product's present cost. Profit: revenue "
        "less cost, where the cost is known."
    ),
    N_("Margin: profit in percent of the revenue whose cost is known."),
)
MONTHS = 24
_CHARTED = 12

_SUMS = (
    Column("currency", N_("Currency")),
    Column("orders", N_("Orders"), "integer"),
    Column("revenue", N_("Revenue"), "money"),
    Column("share", N_("Share"), "percent"),
    Column("profit", N_("Profit"), "money"),
    Column("margin", N_("Margin"), "percent"),
)


def report(material: Material) -> Tables:
    """Sum up the orders of the period."""
    found = lines(material)
    units = _money.currencies((line.currency for line in found), material.settings.currency)
    sections = [
        _months(found, units),
        _table("years", N_("By year"), (Column("year", N_("Year")),), found, units, _year, backwards=True),
        _table(
            "customers",
            N_("By customer"),
            (Column("customer_name", N_("Customer")), Column("customer", N_("Customer number"))),
            found,
            units,
            lambda line: {"customer": line.customer, "customer_name": line.customer_name},
            chart="customer_name",
        ),
        _table(
            "products",
            N_("By product"),
            (Column("product_name", N_("Product")), Column("category", N_("Category"))),
            found,
            units,
            lambda line: {
                "product": line.product,
                "product_name": line.product_name,
                "category": line.category,
            },
            chart="product_name",
        ),
        _table(
            "owners",
            N_("By owner"),
            (Column("owner", N_("Owner")),),
            found,
            units,
            lambda line: {"owner": line.owner},
        ),
        _purchases(found),
    ]
    figures = [Figure(N_("Orders"), len({line.order for line in found}))]
    for unit in units:
        one = summed([line for line in found if line.currency == unit])
        figures += [
            Figure(N_("Revenue"), one.revenue, "money", unit),
            Figure(N_("Profit"), one.profit, "money", unit),
            Figure(N_("Margin"), one.margin, "percent"),
        ]
    unknown = sum(line.cost is None for line in found)
    remarks = [msg(N_("lines without a known cost, left out of profit: {n}"), n=unknown)] if unknown else []
    return Tables(NAME, ABOUT, material, sections, figures, remarks)


def _year(line: Line) -> dict[str, Any]:
    return {"year": f"{line.on:%Y}" if line.on else ""}


def _month(line: Line) -> dict[str, Any]:
    return {"month": f"{line.on:%Y-%m}" if line.on else ""}


def _months(found: Sequence[Line], units: Sequence[str]) -> Section:
    section = _table(
        "months", N_("By month"), (Column("month", N_("Month")),), found, units, _month, backwards=True
    )
    charts = []
    for unit in units:
        rows = {r["month"]: r for r in section.rows if r["currency"] == unit and r["month"]}
        labels = _run(min(rows), max(rows))[-MONTHS:] if rows else []
        if len(labels) > 1:
            charts.append(
                _stacked(N_("Revenue by month"), labels, [rows.get(m) for m in labels], unit, over_time=True)
            )
    return Section(
        section.name,
        section.title,
        section.columns,
        section.rows,
        section.total,
        tuple(charts),
        note=section.note,
    )


def _run(first: str, last: str) -> list[str]:
    """Return all months from the first to the last, empty ones too."""
    year, month = int(first[:4]), int(first[5:])
    out = []
    while (text := f"{year:04}-{month:02}") <= last:
        out.append(text)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return out


def _stacked(
    title: str,
    labels: Sequence[Label],
    rows: Sequence[Mapping[str, Any] | None],
    unit: str,
    *,
    over_time: bool = False,
) -> Chart:
    """Return revenue as profit on top of cost; revenue whose cost is not known, or a loss, stands whole."""
    profit = [max(Decimal(0), r["profit"]) if r else Decimal(0) for r in rows]
    rest = [(r["revenue"] - p if r else Decimal(0)) for r, p in zip(rows, profit, strict=True)]
    series = (Series(msg(N_("Profit")), profit), Series(msg(N_("Cost, or cost not known")), rest))
    return Chart(
        "stacked",
        msg(N_("{title} ({currency})"), title=msg(title), currency=unit),
        labels,
        series,
        "money",
        unit,
        over_time,
    )


def _table(
    name: str,
    title: str,
    heads: Sequence[Column],
    found: Sequence[Line],
    units: Sequence[str],
    key: Callable[[Line], dict[str, Any]],
    *,
    backwards: bool = False,
    chart: str = "",
) -> Section:
    """Return the sums by what `key` gives and by currency: the largest first, or `backwards` by the key itself."""
    rows: list[dict[str, Any]] = []
    charts = []
    for unit in units:
        groups: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
        told: dict[tuple[Any, ...], dict[str, Any]] = {}
        for line in found:
            if line.currency == unit:
                fields = key(line)
                ident = tuple(map(str, fields.values()))
                groups[ident].append(line)
                told.setdefault(ident, fields)
        sums = {ident: summed(several) for ident, several in groups.items()}
        order = sorted(sums, reverse=True) if backwards else sorted(sums, key=lambda i: (-sums[i].revenue, i))
        parts = shares([max(sums[i].revenue, Decimal(0)) for i in order])
        mine = [told[i] | _row(sums[i], part, unit) for i, part in zip(order, parts, strict=True)]
        rows += mine
        if chart and mine:
            top = mine[:_CHARTED]
            charts.append(_stacked(title, [r[chart] for r in top], top, unit))
    columns = (*heads, *_SUMS)
    return Section(
        name, title, columns, rows, _total(rows, columns, heads[0].name, found, units), tuple(charts)
    )


def _row(one: Sum, part: Decimal, unit: str) -> dict[str, Any]:
    return {
        "currency": unit,
        "orders": one.orders,
        "revenue": one.revenue,
        "share": part,
        "profit": one.profit,
        "margin": one.margin,
    }


def _total(
    rows: Sequence[dict[str, Any]],
    columns: Sequence[Column],
    label: str,
    found: Sequence[Line],
    units: Sequence[str],
) -> dict[str, Any] | None:
    """Return the row below the table; of several currencies there is no sum, and an order counts once."""
    if len(units) != 1:
        return None
    whole = summed(found)
    return totalled(rows, columns, label) | {
        "orders": whole.orders,
        "share": Decimal(100),
        "margin": whole.margin,
    }


def _purchases(found: Sequence[Line]) -> Section:
    """Return the revenue and profit table of the source: customer, date, product, amount, profit."""
    columns = (
        Column("customer_name", N_("Customer")),
        Column("on", N_("Ordered on"), "date"),
        Column("product_name", N_("Product")),
        Column("quantity", N_("Quantity"), "number"),
        Column("currency", N_("Currency")),
        Column("revenue", N_("Amount"), "money"),
        Column("profit", N_("Profit"), "money"),
        Column("number", N_("Order number")),
    )
    rows = [
        {
            "customer": line.customer,
            "customer_name": line.customer_name,
            "order": line.order,
            "number": line.number,
            "on": line.on,
            "product": line.product,
            "product_name": line.product_name,
            "quantity": line.quantity,
            "currency": line.currency,
            "revenue": line.revenue,
            "cost": line.cost,
            "profit": line.profit,
        }
        for line in reversed(found)
    ]
    total = totalled(rows, columns, "customer_name") if len({r["currency"] for r in rows}) == 1 else None
    return Section("purchases", N_("Purchase by purchase"), columns, rows, total)
