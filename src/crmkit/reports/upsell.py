"""Who may buy again, and what else (R-001-03, R-002-37).

- Purchases are the days on which a customer ordered (orders not cancelled). The purchase cycle is the mean number
  of days
  between them; with one purchase alone, the median of the cycles of all other customers, told as the book's.
- The next purchase is expected one cycle after the last one. *Due*: within a quarter of the cycle before that day
  and a
  quarter after it. *Late*: later than that. *Early*: before. Lost customers are left out.
- What else: products that the customer never ordered and that others ordered who have one of its products, by how
  many of
  them did; services and software so follow equipment (one module, then the whole solution). Products that its needs
  name stand first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.reports._sales import REST, WHOLE, Line, Products, lines
from crmkit.reports.distribution import stage_of
from crmkit.reports.report import Chart, Column, Doc, Figure, Label, Material, Period, Section, Series
from crmkit.reports.tables import Tables, mean, median, percent

NAME, ABOUT = "upsell", N_("Buying again, and more")
NOTES = (
    N_(
        "Cycle: the mean days between a customer's orders; with one order alone the median of all "
        "others, marked so."
    ),
    N_(
        "Due: within a quarter of the cycle around the day one cycle after the last order. Late: after "
        "that, never after one order alone."
    ),
    N_(
        "What else: what others bought who have one of its products, by how many; what its needs "
        "name comes first."
    ),
    N_("Lost customers are left out; --from and --to choose by the day of the expected purchase."),
)
_STATES = {
    "due": N_("due now"),
    "late": N_("late"),
    "once": N_("bought once"),
    "early": N_("not yet"),
    "": "",
}
_BASES = {"own": N_("own cycle"), "book": N_("cycle of others"), "": ""}
_MOST = 3


def report(material: Material) -> Tables:
    """Say who may buy again, and what else."""
    all_time = Period(date.min, date.max, material.period.now, material.period.whole_day)
    found = [
        line
        for line in lines(replace(material, owner="", period=all_time))
        if not line.on or line.on <= material.today
    ]
    bought: dict[str, list[Line]] = defaultdict(list)
    for line in found:
        bought[line.customer].append(line)
    cycles = {number: cycle for number, mine in bought.items() if (cycle := cycle_of(mine)) is not None}
    usual = median(list(cycles.values()))
    beside = _beside(bought)
    products = Products(material)
    again, more = [], []
    for doc in material.own_customers:
        mine = bought.get(str(doc["id"]))
        if not mine or "lost" in (stage_of(doc), doc.get("status")):
            continue
        row = _again(material, doc, mine, cycles.get(str(doc["id"])), usual)
        if row["expected"] in material.period:
            again.append(row)
        more += _more(material, doc, mine, beside, products)
    place = {state: n for n, state in enumerate(_STATES)}
    again.sort(key=lambda r: (place[r["state"]], str(r["expected"]), r["customer"]))
    figures = [
        Figure(N_("Buyers"), len(again)),
        Figure(N_("Due now"), sum(r["state"] == "due" for r in again)),
        Figure(N_("Late"), sum(r["state"] == "late" for r in again)),
        Figure(N_("Usual cycle in days"), usual, "average"),
        Figure(N_("Suggestions"), len(more)),
    ]
    return Tables(NAME, ABOUT, material, [_repurchase(again), _suggestions(more)], figures)


def cycle_of(found: Sequence[Line]) -> Decimal | None:
    """Return the mean days between the days of purchase, None with fewer than two."""
    days = sorted({line.on for line in found if line.on})
    if len(days) < 2:
        return None
    return mean([(b - a).days for a, b in pairwise(days)])


def _again(
    material: Material, doc: Doc, mine: Sequence[Line], own: Decimal | None, usual: Decimal | None
) -> dict[str, Any]:
    last = max((line.on for line in mine if line.on), default=None)
    cycle = own if own is not None else usual
    expected = last + timedelta(days=int(cycle)) if last and cycle is not None else None
    state = ""
    if expected and cycle is not None:
        slack = timedelta(days=int(cycle / 4))
        today = material.today
        state = "late" if today > expected + slack else "due" if today >= expected - slack else "early"
        if state == "late" and own is None:
            state = "once"
    return {
        "id": doc["id"],
        "customer": doc["id"],
        "name": doc.get("name") or "",
        "purchases": len({line.on for line in mine if line.on}),
        "last": last,
        "cycle": cycle,
        "basis": "own" if own is not None else "book" if cycle is not None else "",
        "expected": expected,
        "state": state,
        "bought": list(
            dict.fromkeys(str(line.product_name) for line in mine if line.product not in {REST, WHOLE})
        ),
        "owner": material.person(doc.get("owner")),
    }


def _beside(bought: Mapping[str, Sequence[Line]]) -> dict[str, Counter[str]]:
    """Return for each product how many customers who have it ordered each other one too."""
    beside: dict[str, Counter[str]] = defaultdict(Counter)
    for mine in bought.values():
        own = {line.product for line in mine} - {REST, WHOLE, ""}
        for one in own:
            beside[one].update(own - {one})
            beside[one][""] += 1
    return beside


def _more(
    material: Material, doc: Doc, mine: Sequence[Line], beside: Mapping[str, Counter[str]], products: Products
) -> list[dict[str, Any]]:
    """Return at most three products that a customer may want."""
    own = {line.product for line in mine} - {REST, WHOLE, ""}
    wanted = " ".join(
        str(need.get(name) or "") for need in doc.get("needs") or () for name in ("summary", "pains", "goals")
    ).casefold()
    best: dict[str, tuple[bool, int, int, str]] = {}
    for one in own:
        for other, n in beside.get(one, Counter()).items():
            if other and other not in own:
                best[other] = max(best.get(other, (False, 0, 1, one)), (False, n, beside[one][""], one))
    for product in material.records("product"):
        ident, name = str(product["id"]), str(product.get("name") or "")
        words = {name, str(product.get("category") or ""), str(product.get("code") or "")} - {""}
        if ident not in own and wanted and any(word.casefold() in wanted for word in words):
            _named, n, of, with_ = best.get(ident, (False, 0, 0, ""))
            best[ident] = (True, n, of, with_)
    order = sorted(best, key=lambda p: (not best[p][0], -best[p][1], p))[:_MOST]
    return [
        {
            "customer": doc["id"],
            "name": doc.get("name") or "",
            "product": other,
            "product_name": products.key(other)[1],
            "category": products.key(other)[2],
            "why": _why(products, *best[other]),
            "needed": best[other][0],
            "also": best[other][1],
            "of": best[other][2],
            "rate": percent(best[other][1], best[other][2]),
            "owner": material.person(doc.get("owner")),
        }
        for other in order
    ]


def _why(products: Products, named: bool, n: int, of: int, with_: str) -> Label:
    if named:
        return msg(N_("its needs name it"))
    return msg(N_("{n} of {of} who have {product}"), n=n, of=of, product=products.key(with_)[1])


def _repurchase(rows: Sequence[dict[str, Any]]) -> Section:
    columns = (
        Column("name", N_("Customer name")),
        Column("state", N_("State"), words=_STATES),
        Column("expected", N_("Expected"), "date"),
        Column("last", N_("Last order"), "date"),
        Column("purchases", N_("Purchases"), "integer"),
        Column("cycle", N_("Cycle in days"), "average"),
        Column("basis", N_("Basis"), words=_BASES),
        Column("owner", N_("Owner")),
        Column("bought", N_("Bought"), under=True),
    )
    states = [state for state in _STATES if state]
    chart = Chart(
        "bar",
        msg(N_("Buying again")),
        [msg(_STATES[s]) for s in states],
        (Series(msg(N_("Customers")), [sum(r["state"] == s for r in rows) for s in states]),),
    )
    return Section("repurchase", N_("Buying again"), columns, rows, charts=(chart,))


def _suggestions(rows: Sequence[dict[str, Any]]) -> Section:
    columns = (
        Column("name", N_("Customer name")),
        Column("product_name", N_("May also want")),
        Column("category", N_("Category")),
        Column("why", N_("Because")),
        Column("rate", N_("Share of them"), "percent"),
        Column("owner", N_("Owner")),
    )
    return Section("suggestions", N_("What else"), columns, rows)
