"""The open deals by stage, and the revenue that they let expect month by month (R-003-17, -18, -55).

- What a deal is, its amount and its chance is written in `_deals`. Weighted is the amount times the chance.
- The forecast puts an open deal into the month of its `close_date`. One whose date has passed stands under *overdue*,
  one without a date under *no date*; both count in the sums. `--from` and `--to` choose by the close date.
- Deals without an amount are counted, and add nothing to the sums.
- Every currency has its own rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports import _money
from crmkit.reports._deals import Deal, deals, stages
from crmkit.reports.report import Chart, Column, Figure, Label, Material, Section, Series
from crmkit.reports.tables import Tables, totalled

NAME, ABOUT = "pipeline", N_("Pipeline and revenue forecast")
NOTES = (
    N_(
        "Open: neither won nor lost, and no day of closing is noted. --from and --to choose by the "
        "expected closing date."
    ),
    N_("Amount: that of the deal, without one the sum of its items. Weighted: amount times probability."),
    N_(
        "Without a probability the stage gives it: 10, 25, 50, 70, 90 percent from new to signing, "
        "unless crm.yaml says otherwise."
    ),
    N_("Forecast: the month of the expected closing date; passed ones stand under overdue."),
)
_SUMS = (
    Column("currency", N_("Currency")),
    Column("deals", N_("Deals"), "integer"),
    Column("amount", N_("Amount"), "money"),
    Column("weighted", N_("Weighted"), "money"),
)
OVERDUE, UNDATED = "overdue", "undated"
_WHEN = {OVERDUE: N_("overdue"), UNDATED: N_("no date")}


def report(material: Material) -> Tables:
    """Sum up the open deals."""
    found = [deal for deal in deals(material) if deal.open and deal.close_date in material.period]
    units = _money.currencies((deal.currency for deal in found), material.settings.currency)
    figures = [Figure(N_("Open deals"), len(found))]
    for unit in units:
        mine = [deal for deal in found if deal.currency == unit]
        figures.append(Figure(N_("Amount"), _sum(mine), "money", unit))
        figures.append(Figure(N_("Weighted"), _weighted(mine), "money", unit))
    without = sum(deal.amount is None for deal in found)
    remarks = [msg(N_("deals without an amount: {n}"), n=without)] if without else []
    sections = [_stages(material, found, units), _months(material, found, units), _deals(material, found)]
    return Tables(NAME, ABOUT, material, sections, figures, remarks)


def _sum(found: Sequence[Deal]) -> Decimal:
    return sum((deal.amount for deal in found if deal.amount is not None), Decimal(0))


def _weighted(found: Sequence[Deal]) -> Decimal:
    return sum((deal.weighted for deal in found if deal.weighted is not None), Decimal(0))


def _sums(found: Sequence[Deal], unit: str) -> dict[str, Any]:
    return {"currency": unit, "deals": len(found), "amount": _sum(found), "weighted": _weighted(found)}


def _chart(
    title: str, labels: Sequence[Label], rows: Sequence[dict[str, Any]], unit: str, *, over_time: bool
) -> Chart:
    rest = [row["amount"] - row["weighted"] for row in rows]
    series = (
        Series(msg(N_("Weighted")), [row["weighted"] for row in rows]),
        Series(msg(N_("Rest of the amount")), rest),
    )
    told = msg(N_("{title} ({currency})"), title=msg(title), currency=unit)
    return Chart("stacked", told, labels, series, "money", unit, over_time)


def _stages(material: Material, found: Sequence[Deal], units: Sequence[str]) -> Section:
    title = N_("By stage")
    order = stages(material)
    order += sorted({deal.stage for deal in found} - set(order))
    rows, charts = [], []
    for unit in units:
        mine = [
            {"stage": stage} | _sums(several, unit)
            for stage in order
            if (several := [d for d in found if d.stage == stage and d.currency == unit])
        ]
        rows += mine
        labels = [material.settings.label("opportunity_stage", str(r["stage"]), language()) for r in mine]
        charts.append(_chart(title, labels, mine, unit, over_time=False))
    columns = (Column("stage", N_("Stage"), vocabulary="opportunity_stage"), *_SUMS)
    return Section("stages", title, columns, rows, _total(rows, columns, "stage", units), tuple(charts))


def _months(material: Material, found: Sequence[Deal], units: Sequence[str]) -> Section:
    title = N_("Forecast by month of closing")
    groups: dict[tuple[str, str], list[Deal]] = defaultdict(list)
    for deal in found:
        groups[deal.currency, _month(material, deal)].append(deal)
    rows, charts = [], []
    for unit in units:
        months = sorted((m for u, m in groups if u == unit), key=lambda m: (m != OVERDUE, m == UNDATED, m))
        mine = [
            {"month": m, "label": msg(_WHEN[m]) if m in _WHEN else m} | _sums(groups[unit, m], unit)
            for m in months
        ]
        rows += mine
        charts.append(_chart(title, [r["label"] for r in mine], mine, unit, over_time=True))
    columns = (Column("label", N_("Month")), *_SUMS)
    return Section("forecast", title, columns, rows, _total(rows, columns, "label", units), tuple(charts))


def _month(material: Material, deal: Deal) -> str:
    if deal.close_date is None:
        return UNDATED
    return OVERDUE if deal.close_date < material.today else f"{deal.close_date:%Y-%m}"


def _total(
    rows: Sequence[dict[str, Any]], columns: Sequence[Column], label: str, units: Sequence[str]
) -> dict[str, Any] | None:
    return totalled(rows, columns, label) if len(units) == 1 else None


def _deals(material: Material, found: Sequence[Deal]) -> Section:
    columns = (
        Column("name", N_("Opportunity name")),
        Column("customer_name", N_("Customer")),
        Column("stage", N_("Stage"), vocabulary="opportunity_stage"),
        Column("amount", N_("Amount"), "money"),
        Column("chance", N_("Chance"), "percent"),
        Column("weighted", N_("Weighted"), "money"),
        Column("close_date", N_("Expected to close"), "date"),
        Column("days", N_("Days to go"), "integer"),
        Column("owner", N_("Owner")),
    )
    rows = [
        {
            "id": deal.id,
            "name": deal.name,
            "customer": deal.customer,
            "customer_name": deal.customer_name,
            "stage": deal.stage,
            "currency": deal.currency,
            "amount": deal.amount,
            "chance": deal.chance,
            "weighted": deal.weighted,
            "close_date": deal.close_date,
            "days": (deal.close_date - material.today).days if deal.close_date else None,
            "owner": deal.owner,
        }
        for deal in sorted(found, key=lambda d: (d.close_date or date.max, d.id))
    ]
    return Section("deals", N_("Deal by deal"), columns, rows)
