"""How deals get through the stages, how often they are won, and how long it takes (R-003-18, R-003-100).

- A cohort: the deals that began in the period (all of them without one). What a deal is and when it began is written
  in `_deals`.
- A deal reached a stage if its history names that stage or a later one, or it stands there; a deal that was lost
  reached the latest stage of its history. So no stage has more deals than the one before it.
- *To the next*: of those that reached the stage, how many percent reached the next. *Won*: how many percent of them
  were won. Deals that are still open lower both, since nobody knows yet: the win rate is won of won and lost.
- The cycle is the days from the beginning to the day the deal was won. Time in a stage is the days from its first day
  to the first day of the next stage that the history names, or to the end; the stage it stands in is not counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports._deals import CLOSED, Deal, deals, stages
from crmkit.reports.report import Chart, Column, Figure, Material, Section, Series
from crmkit.reports.tables import Tables, mean, median, percent, totalled

NAME, ABOUT = "conversion", N_("Stage conversion and sales cycle")
NOTES = (
    N_(
        "Counted are the deals that began in the period: the first day of their stage history, else "
        "the day of entry."
    ),
    N_("A deal reached a stage if its history names it or a later one, or it stands there."),
    N_("Win rate: won of won and lost. Cycle: days from the beginning to the day it was won."),
    N_(
        "Time in a stage: from its first day to the first day of what came next; the stage it stands "
        "in is not counted."
    ),
)


def report(material: Material) -> Tables:
    """Follow the deals of a cohort."""
    found = [deal for deal in deals(material) if deal.began_on in material.period]
    won = [deal for deal in found if deal.stage == "won"]
    lost = [deal for deal in found if deal.stage == "lost"]
    cycles = [deal.cycle for deal in won if deal.cycle is not None]
    figures = [
        Figure(N_("Deals"), len(found)),
        Figure(N_("Won"), len(won)),
        Figure(N_("Lost"), len(lost)),
        Figure(N_("Win rate"), percent(len(won), len(won) + len(lost)), "percent"),
        Figure(N_("Cycle in days (median)"), median(cycles), "average"),
    ]
    sections = [
        _funnel(material, found),
        _by(
            "sources",
            N_("By source"),
            Column("source", N_("Source"), vocabulary="source"),
            found,
            lambda d: d.source,
        ),
        _by("owners", N_("By owner"), Column("owner", N_("Owner")), found, lambda d: d.owner),
        _cycles(won),
    ]
    return Tables(NAME, ABOUT, material, sections, figures)


def reached(deal: Deal, order: Sequence[str]) -> int:
    """Return the place of the latest stage that a deal reached; the number of stages where it was won."""
    if deal.stage == "won":
        return len(order)
    place = {stage: n for n, stage in enumerate(order)}
    passed = [place[stage] for stage, _day in deal.history if stage in place]
    return max([*passed, place.get(deal.stage, 0)])


def _funnel(material: Material, found: Sequence[Deal]) -> Section:
    title = N_("From stage to stage")
    known = {deal.stage for deal in found} | {stage for deal in found for stage, _day in deal.history}
    crm = stages(material)
    order = [stage for stage in crm if stage in known or stage in crm[:5]]
    got = [reached(deal, order) for deal in found]
    times = _times(found)
    counts = [sum(g >= n for g in got) for n in range(len(order) + 1)]
    rows: list[dict[str, Any]] = []
    for n, stage in enumerate(order):
        spent = times.get(stage, [])
        rows.append(
            {
                "stage": stage,
                "reached": counts[n],
                "next": percent(counts[n + 1], counts[n]),
                "won": percent(counts[-1], counts[n]),
                "now": sum(d.open and (d.stage == stage) for d in found),
                "lost": sum(d.stage == "lost" and g == n for d, g in zip(found, got, strict=True)),
                "days_mean": mean(spent),
                "days_median": median(spent),
            }
        )
    rows.append({"stage": "won", "reached": counts[-1], "won": percent(counts[-1], counts[-1])})
    columns = (
        Column("stage", N_("Stage"), vocabulary="opportunity_stage"),
        Column("reached", N_("Reached it"), "integer"),
        Column("next", N_("To the next"), "percent"),
        Column("won", N_("Won of them"), "percent"),
        Column("now", N_("Stand there"), "integer"),
        Column("lost", N_("Lost there"), "integer"),
        Column("days_mean", N_("Days in it (mean)"), "average"),
        Column("days_median", N_("Days in it (median)"), "average"),
    )
    labels = [material.settings.label("opportunity_stage", r["stage"], language()) for r in rows]
    chart = Chart("bar", msg(title), labels, (Series(msg(N_("Deals")), [r["reached"] for r in rows]),))
    return Section("stages", title, columns, rows, charts=(chart,))


def _times(found: Sequence[Deal]) -> dict[str, list[int]]:
    """Return the days spent in each stage that was left."""
    times: dict[str, list[int]] = defaultdict(list)
    for deal in found:
        first: dict[str, Any] = {}
        for stage, day in deal.history:
            first.setdefault(stage, day)
        if deal.stage in CLOSED and deal.ended_on:
            first.setdefault(deal.stage, deal.ended_on)
        steps = sorted(first.items(), key=lambda step: step[1])
        for (stage, start), (_next, end) in pairwise(steps):
            times[stage].append((end - start).days)
    return times


def _by(name: str, title: str, head: Column, found: Sequence[Deal], key: Callable[[Deal], str]) -> Section:
    groups: dict[str, list[Deal]] = defaultdict(list)
    for deal in found:
        groups[key(deal)].append(deal)
    rows: list[dict[str, Any]] = []
    for code, mine in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        won = [d for d in mine if d.stage == "won"]
        lost = sum(d.stage == "lost" for d in mine)
        rows.append(
            {
                head.name: code,
                "deals": len(mine),
                "won": len(won),
                "lost": lost,
                "open": len(mine) - len(won) - lost,
                "rate": percent(len(won), len(won) + lost),
                "cycle": median([d.cycle for d in won if d.cycle is not None]),
            }
        )
    columns = (
        head,
        Column("deals", N_("Deals"), "integer"),
        Column("won", N_("Won"), "integer"),
        Column("lost", N_("Lost"), "integer"),
        Column("open", N_("Still open"), "integer"),
        Column("rate", N_("Win rate"), "percent"),
        Column("cycle", N_("Cycle in days (median)"), "average"),
    )
    whole = [d for d in found if d.stage == "won"]
    total = totalled(rows, columns, head.name) | {
        "rate": percent(len(whole), len(whole) + sum(d.stage == "lost" for d in found)),
        "cycle": median([d.cycle for d in whole if d.cycle is not None]),
    }
    return Section(name, title, columns, rows, total if rows else None)


def _cycles(won: Sequence[Deal]) -> Section:
    columns = (
        Column("name", N_("Opportunity name")),
        Column("customer_name", N_("Customer")),
        Column("began_on", N_("Began on"), "date"),
        Column("ended_on", N_("Won on"), "date"),
        Column("cycle", N_("Days"), "integer"),
        Column("amount", N_("Amount"), "money"),
        Column("source", N_("Source"), vocabulary="source"),
        Column("owner", N_("Owner")),
    )
    rows = [
        {
            "id": d.id,
            "name": d.name,
            "customer": d.customer,
            "customer_name": d.customer_name,
            "began_on": d.began_on,
            "ended_on": d.ended_on,
            "cycle": d.cycle,
            "amount": d.amount,
            "currency": d.currency,
            "source": d.source,
            "owner": d.owner,
        }
        for d in sorted(won, key=lambda d: (str(d.ended_on), d.id), reverse=True)
    ]
    return Section("cycles", N_("Won deals"), columns, rows)
