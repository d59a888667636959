"""The lifecycle of customers: stages, ways of conversion by channel, time in each stage (R-001-36, R-003-96 to -100).

- A customer entered a stage on the first day that its stage history gives it. `--from` and `--to` choose customers by
  the first day of their history, without one by the day of entry.
- Conversion by source: of the customers from a source, how many percent were ever won (or loyal) and how many were
  lost; the days to winning run from the first day of the history to the first day of won.
- Conversion by channel: the steps of the histories by what they say under `via`.
- Time in a stage is the days from its first day to the first day of the next one; the stage it stands in runs until
  today and is told apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports.distribution import UNSTATED, stage_of
from crmkit.reports.report import Chart, Column, Doc, Figure, Label, Material, Section, Series, day_of
from crmkit.reports.tables import Tables, mean, median, percent, shares, totalled

NAME, ABOUT = "lifecycle", N_("Lifecycle and conversion")
NOTES = (
    N_("A customer entered a stage on the first day that its stage history gives it."),
    N_("Counted are those whose history began in the period, without one those entered in it."),
    N_("Conversion: how many percent were ever won; days to winning: from the first day of the history."),
    N_(
        "Time in a stage: to the first day of the next; the stage it stands in runs until today and "
        "is told apart."
    ),
)
WON = frozenset({"won", "loyal"})


def entered(doc: Doc) -> dict[str, tuple[date, str]]:
    """Return the first day of each stage of a customer's history, in order, and through what it was reached."""
    steps = [
        (day, str(entry["stage"]), str(entry.get("via") or ""))
        for entry in doc.get("stage_history") or ()
        if entry.get("stage") and (day := day_of(entry.get("on")))
    ]
    found: dict[str, tuple[date, str]] = {}
    for day, stage, via in sorted(steps, key=lambda step: step[0]):
        found.setdefault(stage, (day, via))
    return found


def report(material: Material) -> Tables:
    """Follow the customers through their stages."""
    chosen = []
    for doc in material.own_customers:
        steps = entered(doc)
        began = next(iter(steps.values()))[0] if steps else day_of(doc.get("created_on"))
        if began in material.period:
            chosen.append((doc, steps))
    won = [_days_to_won(steps) for _doc, steps in chosen if WON & steps.keys()]
    figures = [
        Figure(N_("Customers"), len(chosen)),
        Figure(N_("Ever won"), sum(_ever_won(doc, steps) for doc, steps in chosen)),
        Figure(
            N_("Conversion rate"), percent(sum(_ever_won(d, s) for d, s in chosen), len(chosen)), "percent"
        ),
        Figure(N_("Days to winning (median)"), median([d for d in won if d is not None]), "average"),
        Figure(N_("Lost"), sum(stage_of(doc) == "lost" for doc, _steps in chosen)),
    ]
    sections = [
        _stages(material, chosen),
        _sources(material, chosen),
        _channels(chosen),
        _list(material, chosen),
    ]
    return Tables(NAME, ABOUT, material, sections, figures)


_Chosen = Sequence[tuple[Doc, Mapping[str, tuple[date, str]]]]


def _ever_won(doc: Doc, steps: Mapping[str, Any]) -> bool:
    return stage_of(doc) in WON or bool(WON & steps.keys())


def _days_to_won(steps: Mapping[str, tuple[date, str]]) -> int | None:
    """Return the days from the first step to the first of won; None where it was won from the first."""
    days = [day for stage, (day, _via) in steps.items() if stage in WON]
    first = next(iter(steps.values()))[0] if steps else None
    return (min(days) - first).days if days and first and next(iter(steps)) not in WON else None


def _stages(material: Material, chosen: _Chosen) -> Section:
    title = N_("Stages, and the time in them")
    known = list(material.settings.vocabularies.get("stage", ()))
    now = Counter(stage_of(doc) for doc, _steps in chosen)
    left: dict[str, list[int]] = defaultdict(list)
    stands: dict[str, list[int]] = defaultdict(list)
    ever: Counter[str] = Counter()
    for doc, steps in chosen:
        days = [(stage, day) for stage, (day, _via) in steps.items()]
        for (stage, start), (_next, end) in pairwise(days):
            left[stage].append((end - start).days)
        ever.update({*steps, stage_of(doc)})
        if days and days[-1][0] == stage_of(doc) and days[-1][1] <= material.today:
            stands[stage_of(doc)].append((material.today - days[-1][1]).days)
    codes = [*known, *sorted({*now, *ever} - set(known))]
    rows: list[dict[str, Any]] = [
        {
            "stage": code,
            "label": material.settings.label("stage", code, language()),
            "customers": now[code],
            "share": part,
            "ever": ever[code],
            "days_mean": mean(left[code]),
            "days_median": median(left[code]),
            "stands_mean": mean(stands[code]),
        }
        for code, part in zip(codes, shares([now[c] for c in codes]), strict=True)
    ]
    columns = (
        Column("label", N_("Lifecycle stage")),
        Column("customers", N_("Customers"), "integer"),
        Column("share", N_("Share"), "percent"),
        Column("ever", N_("Ever in it"), "integer"),
        Column("days_mean", N_("Days in it (mean)"), "average"),
        Column("days_median", N_("Days in it (median)"), "average"),
        Column("stands_mean", N_("Days so far (mean)"), "average"),
    )
    total = totalled(rows, columns, "label") | {"share": sum(r["share"] for r in rows), "ever": None}
    chart = Chart(
        "bar",
        msg(title),
        [r["label"] for r in rows],
        (Series(msg(N_("Customers")), [r["customers"] for r in rows]),),
    )
    return Section("stages", title, columns, rows, total if chosen else None, (chart,))


def _sources(material: Material, chosen: _Chosen) -> Section:
    title = N_("Conversion by source")
    groups: dict[str, list[tuple[Doc, Mapping[str, tuple[date, str]]]]] = defaultdict(list)
    for doc, steps in chosen:
        groups[str(doc.get("source") or "")].append((doc, steps))
    rows: list[dict[str, Any]] = []
    for code, mine in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        won = sum(_ever_won(d, s) for d, s in mine)
        days = [n for _d, s in mine if (n := _days_to_won(s)) is not None]
        label: Label = material.settings.label("source", code, language()) if code else msg(UNSTATED)
        rows.append(
            {
                "source": code,
                "label": label,
                "customers": len(mine),
                "won": won,
                "lost": sum(stage_of(d) == "lost" for d, _s in mine),
                "rate": percent(won, len(mine)),
                "days": median(days),
            }
        )
    columns = (
        Column("label", N_("Source")),
        Column("customers", N_("Customers"), "integer"),
        Column("won", N_("Ever won"), "integer"),
        Column("lost", N_("Lost"), "integer"),
        Column("rate", N_("Conversion rate"), "percent"),
        Column("days", N_("Days to winning (median)"), "average"),
    )
    total = totalled(rows, columns, "label")
    total["rate"] = percent(total["won"], total["customers"])
    chart = Chart(
        "stacked",
        msg(title),
        [r["label"] for r in rows],
        (
            Series(msg(N_("Ever won")), [r["won"] for r in rows]),
            Series(msg(N_("Others")), [r["customers"] - r["won"] for r in rows]),
        ),
    )
    return Section("sources", title, columns, rows, total if rows else None, (chart,) if rows else ())


def _channels(chosen: _Chosen) -> Section:
    """Count the steps by what they were reached through; those into won and loyal are conversions."""
    steps: Counter[str] = Counter()
    won: Counter[str] = Counter()
    days: dict[str, list[int]] = defaultdict(list)
    for _doc, history in chosen:
        before: date | None = None
        for stage, (day, via) in history.items():
            if before is not None and stage != "lost":
                steps[via] += 1
                won[via] += stage in WON
                days[via].append((day - before).days)
            before = day
    rows = [
        {"via": via, "label": via or msg(UNSTATED), "steps": n, "won": won[via], "days": median(days[via])}
        for via, n in sorted(steps.items(), key=lambda s: (not s[0], -won[s[0]], -s[1], s[0]))
    ]
    columns = (
        Column("label", N_("Through")),
        Column("steps", N_("Steps forward"), "integer"),
        Column("won", N_("Into won or loyal"), "integer"),
        Column("days", N_("Days for the step (median)"), "average"),
    )
    total = totalled(rows, columns, "label") if rows else None
    return Section("channels", N_("What moved them on"), columns, rows, total)


def _list(material: Material, chosen: _Chosen) -> Section:
    """Return the source's table: customer, stage, time and path of conversion."""
    arrow = " → "
    rows = []
    for doc, steps in chosen:
        path = [
            f"{material.settings.label('stage', stage, language())} {day.isoformat()}"
            + (f" ({via})" if via else "")
            for stage, (day, via) in steps.items()
        ]
        rows.append(
            {
                "id": doc["id"],
                "customer": doc["id"],
                "name": doc.get("name") or "",
                "stage": stage_of(doc),
                "since": steps[stage_of(doc)][0] if stage_of(doc) in steps else None,
                "days": _days_to_won(steps),
                "path": arrow.join(path),
            }
        )
    columns = (
        Column("name", N_("Customer name")),
        Column("stage", N_("Lifecycle stage"), vocabulary="stage"),
        Column("since", N_("Since"), "date"),
        Column("days", N_("Days to winning"), "integer"),
        Column("path", N_("Path of conversion"), under=True),
    )
    return Section("customers", N_("Customer by customer"), columns, rows)
