"""What customers need most, linked with what they bought (R-001-38, R-003-36).

- A customer cares about a topic if one of its texts names it (see `_topics`): needs with pains and goals, concerns of
  contacts, interests and doubts, feedback, answers and objections in talks, comments of surveys.
- *80 % of manufacturing customers care about response speed*: the share of a sector is of all its customers.
- *Of buyers* is the share of those who bought something in the period; of a product, of those who bought it.
- With `--from` and `--to` only texts and orders of these days count; undated ones (concerns) belong to all time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports._sales import Line, lines
from crmkit.reports._topics import VOCABULARY, mentioned
from crmkit.reports.distribution import industry_name, sector_of
from crmkit.reports.report import Chart, Column, Doc, Figure, Material, Section, Series
from crmkit.reports.tables import Tables, percent

NAME, ABOUT = "needs", N_("Frequent needs")
NOTES = (
    N_(
        "A customer cares about a topic if its needs, concerns, feedback, talks or surveys name one "
        "of its words."
    ),
    N_("Topics and their words: vocabularies.need_topic in crm.yaml adds to those of crmkit."),
    N_("Share of a sector: of all its customers. Of buyers: of those with an order in the period."),
)


def report(material: Material) -> Tables:
    """Count who cares about what."""
    customers = material.own_customers
    mine = {str(doc["id"]) for doc in customers}
    said = {code: {n: k for n, k in who.items() if n in mine} for code, who in mentioned(material).items()}
    bought = [line for line in lines(replace(material, owner="")) if line.customer in mine]
    speaking = {number for who in said.values() for number in who}
    figures = [
        Figure(N_("Customers"), len(customers)),
        Figure(N_("With a topic"), len(speaking)),
        Figure(N_("Buyers"), len({line.customer for line in bought})),
    ]
    top = max(said, key=lambda code: len(said[code]), default="")
    if top and said[top]:
        label = material.settings.label(VOCABULARY, top, language())
        rate = percent(len(said[top]), len(customers)) or 0
        figures.append(
            Figure(N_("Most frequent"), msg(N_("{name} {share}%"), name=label, share=f"{rate:.1f}"))
        )
    sections = [
        _topics(material, said, bought, len(customers)),
        _sectors(material, said, customers),
        _products(material, said, bought),
        _needs(material, customers),
    ]
    return Tables(NAME, ABOUT, material, sections, figures)


_Said = Mapping[str, Mapping[str, int]]


def _label(material: Material, code: str) -> str:
    return material.settings.label(VOCABULARY, code, language())


def _topics(material: Material, said: _Said, bought: Sequence[Line], whole: int) -> Section:
    title = N_("Topics")
    buyers = {line.customer for line in bought}
    rows: list[dict[str, Any]] = [
        {
            "topic": code,
            "label": _label(material, code),
            "customers": len(who),
            "share": percent(len(who), whole),
            "buyers": len(buyers & who.keys()),
            "of_buyers": percent(len(buyers & who.keys()), len(buyers)),
            "mentions": sum(who.values()),
        }
        for code, who in sorted(said.items(), key=lambda s: (-len(s[1]), -sum(s[1].values()), s[0]))
    ]
    columns = (
        Column("label", N_("Topic")),
        Column("customers", N_("Customers"), "integer"),
        Column("share", N_("Share of customers"), "percent"),
        Column("buyers", N_("Buyers"), "integer"),
        Column("of_buyers", N_("Share of buyers"), "percent"),
        Column("mentions", N_("Mentions"), "integer"),
    )
    shown = rows[:12]
    chart = Chart(
        "bar",
        msg(title),
        [r["label"] for r in shown],
        (Series(msg(N_("Share of customers")), [r["share"] for r in shown]),),
        "percent",
    )
    return Section("topics", title, columns, rows, charts=(chart,))


def _sectors(material: Material, said: _Said, customers: Sequence[Doc]) -> Section:
    """Return how many of each sector care about each topic, the sectors with most customers first."""
    groups: dict[str, set[str]] = defaultdict(set)
    for doc in customers:
        groups[sector_of(doc)].add(str(doc["id"]))
    rows: list[dict[str, Any]] = []
    for sector, numbers in sorted(groups.items(), key=lambda g: (not g[0], -len(g[1]), g[0])):
        found = sorted(said, key=lambda code: (-len(numbers & said[code].keys()), code))
        rows += [
            {
                "sector": sector,
                "label": industry_name(sector),
                "of": len(numbers),
                "topic": code,
                "topic_label": _label(material, code),
                "customers": n,
                "share": percent(n, len(numbers)),
            }
            for code in found
            if (n := len(numbers & said[code].keys()))
        ]
    columns = (
        Column("label", N_("Sector")),
        Column("of", N_("Customers"), "integer"),
        Column("topic_label", N_("Topic")),
        Column("customers", N_("Care about it"), "integer"),
        Column("share", N_("Share"), "percent"),
    )
    return Section("sectors", N_("Topics by sector"), columns, rows)


def _products(material: Material, said: _Said, bought: Sequence[Line]) -> Section:
    """Return what the buyers of each product care about."""
    who: dict[str, set[str]] = defaultdict(set)
    names = {}
    for line in bought:
        who[line.product].add(line.customer)
        names[line.product] = line.product_name
    rows: list[dict[str, Any]] = []
    for product, numbers in sorted(who.items(), key=lambda p: (-len(p[1]), p[0])):
        found = sorted(said, key=lambda code: (-len(numbers & said[code].keys()), code))
        rows += [
            {
                "product": product,
                "product_name": names[product],
                "of": len(numbers),
                "topic": code,
                "topic_label": _label(material, code),
                "customers": n,
                "share": percent(n, len(numbers)),
            }
            for code in found
            if (n := len(numbers & said[code].keys()))
        ]
    columns = (
        Column("product_name", N_("Product")),
        Column("of", N_("Buyers"), "integer"),
        Column("topic_label", N_("Topic")),
        Column("customers", N_("Care about it"), "integer"),
        Column("share", N_("Share"), "percent"),
    )
    return Section("products", N_("Topics by product bought"), columns, rows)


def _needs(material: Material, customers: Sequence[Doc]) -> Section:
    """Return the needs by when they were noted: the trend of what is asked for, month by month."""
    count: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for doc in customers:
        for need in doc.get("needs") or ():
            day = str(need.get("on") or "")[:7]
            if day and _in(material, need):
                count[day][0] += 1
                count[day][1] += need.get("kind") == "implicit"
    rows: list[dict[str, Any]] = [
        {"month": month, "needs": n, "implicit": hidden} for month, (n, hidden) in sorted(count.items())
    ]
    columns = (
        Column("month", N_("Month")),
        Column("needs", N_("Needs noted"), "integer"),
        Column("implicit", N_("of these implicit"), "integer"),
    )
    total = {
        "month": msg(N_("all together")),
        "needs": sum(r["needs"] for r in rows),
        "implicit": sum(r["implicit"] for r in rows),
    }
    title = N_("Needs noted by month")
    chart = Chart(
        "bar",
        msg(title),
        [r["month"] for r in rows],
        (Series(msg(N_("Needs noted")), [r["needs"] for r in rows]),),
        over_time=True,
    )
    return Section("months", title, columns, rows, total if rows else None, (chart,) if rows else ())


def _in(material: Material, need: Doc) -> bool:
    from crmkit.reports.report import day_of

    return day_of(need.get("on")) in material.period
