"""Where the customers are: by industry, region, size and stage, with shares (R-001-35).

- Every customer counts once in each table, those who wait for review too (`-is:draft` leaves them out); who does not
  say stands under *not stated*.
- Sectors and industries are those of GB/T 4754-2017; an industry that is not of the standard stands under its own
  name. Regions are the usual groups of provinces (华东 ...), countries elsewhere stand as abroad.
- Size goes by `employees`: under 20, 20 to 299, 300 to 999, 1,000 and more (the limits for industry of 2011);
  persons stand apart.
- Shares are exact and add up to 100; they are rounded to a tenth where they are shown, equal counts to equal shares.
- *Won* counts customers whose stage is won or loyal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports.report import Chart, Column, Doc, Figure, Label, Material, Section, Series
from crmkit.reports.tables import Tables, percent, shares, totalled
from crmkit.values import industry, region

NAME, ABOUT = "distribution", N_("Distribution of customers")
NOTES = (
    N_(
        "Every customer counts once in each table, those who wait for review too (-is:draft leaves them out)."
    ),
    N_("Sectors and industries are those of GB/T 4754-2017, regions the usual groups of provinces."),
    N_("Size: by the number of employees; persons stand apart."),
    N_("Shares are of all that are counted; they are rounded only where they are shown."),
)
UNSTATED = N_("not stated")
SIZES = {
    "large": N_("1,000 and more"),
    "medium": N_("300 to 999"),
    "small": N_("20 to 299"),
    "micro": N_("under 20"),
    "person": N_("a person"),
    "": UNSTATED,
}
REGIONS = {
    "east": N_("East China"),
    "south": N_("South China"),
    "north": N_("North China"),
    "central": N_("Central China"),
    "southwest": N_("Southwest China"),
    "northwest": N_("Northwest China"),
    "northeast": N_("Northeast China"),
    "hk_mo_tw": N_("Hong Kong, Macau, Taiwan"),
    "abroad": N_("abroad"),
    "": UNSTATED,
}
_HOME = frozenset({"", "中国", "china", "cn", "prc", "中华人民共和国"})
_CHARTED = 12


def sector_of(doc: Doc) -> str:
    """Return the letter of the sector of a customer's industry; another text as it stands, "" without one."""
    text = str(doc.get("industry") or "").strip()
    found = industry.find(text) if text else None
    return found.section if found else text


def industry_of(doc: Doc) -> str:
    """Return the industry by its standard name, another text as it stands."""
    text = str(doc.get("industry") or "").strip()
    found = industry.find(text) if text else None
    return found.zh if found else text


def industry_name(name: str) -> Label:
    """Return an industry or the letter of a sector in the reader's language."""
    found = industry.find(name) if name else None
    if found is None:
        return name or msg(UNSTATED)
    return found.zh if language() == "zh" else found.en


def stage_of(doc: Doc) -> str:
    """Return the lifecycle stage; none means potential."""
    return str(doc.get("stage") or "potential")


def region_of(doc: Doc) -> str:
    """Return the code of the group of provinces that the address lies in, `abroad` or ""."""
    address = doc.get("address") or {}
    code = region.group_of(str(address.get("province") or "")) or region.group_of(
        str(address.get("city") or "")
    )
    if code:
        return code
    return "" if str(address.get("country") or "").strip().casefold() in _HOME else "abroad"


def size_of(doc: Doc) -> str:
    """Return the size by the number of employees."""
    if doc.get("type") == "person":
        return "person"
    count = doc.get("employees")
    if isinstance(count, bool) or not isinstance(count, int | float):
        return ""
    return "large" if count >= 1000 else "medium" if count >= 300 else "small" if count >= 20 else "micro"


def is_won(doc: Doc) -> bool:
    """Whether a customer buys from us."""
    return doc.get("stage") in {"won", "loyal"}


def report(material: Material) -> Tables:
    """Count the customers."""
    customers = material.own_customers
    sections = tables(material, customers)
    won = sum(map(is_won, customers))
    figures = [
        Figure(N_("Customers"), len(customers)),
        Figure(N_("Won or loyal"), won),
        Figure(N_("Share won"), percent(won, len(customers)), "percent"),
    ]
    for label, section in ((N_("Largest sector"), sections[0]), (N_("Largest region"), sections[2])):
        row = next((r for r in section.rows if r["value"]), None)
        if row:
            figures.append(
                Figure(label, msg(N_("{name} {share}%"), name=row["label"], share=f"{row['share']:.1f}"))
            )
    return Tables(NAME, ABOUT, material, sections, figures)


def tables(material: Material, customers: Sequence[Doc]) -> list[Section]:
    """Return the customers by each of their properties."""
    terms = material.settings.vocabularies

    def word(vocabulary: str) -> Callable[[str], Label]:
        def label(code: str) -> Label:
            return material.settings.label(vocabulary, code, language()) if code else msg(UNSTATED)

        return label

    def of(words: Mapping[str, str]) -> Callable[[str], Label]:
        return lambda code: msg(words[code])

    return [
        counted("sector", N_("By sector"), N_("Sector"), customers, sector_of, industry_name),
        counted("industry", N_("By industry"), N_("Industry"), customers, industry_of, industry_name),
        counted("region", N_("By region"), N_("Region"), customers, region_of, of(REGIONS)),
        counted("size", N_("By size"), N_("Employees"), customers, size_of, of(SIZES), order=list(SIZES)),
        counted(
            "stage",
            N_("By stage"),
            N_("Lifecycle stage"),
            customers,
            stage_of,
            word("stage"),
            order=list(terms.get("stage", ())),
        ),
        counted(
            "source",
            N_("By source"),
            N_("Source"),
            customers,
            lambda d: str(d.get("source") or ""),
            word("source"),
        ),
    ]


def counted(
    name: str,
    title: str,
    head: str,
    customers: Sequence[Doc],
    key: Callable[[Doc], str],
    label: Callable[[str], Label],
    *,
    order: Sequence[str] = (),
) -> Section:
    """Return how many customers there are by what `key` gives, the most first or in `order`; "" comes last."""
    count = Counter(map(key, customers))
    won = Counter(key(doc) for doc in customers if is_won(doc))
    place = {code: i for i, code in enumerate(order)}
    found = sorted(count, key=lambda c: (not c, place.get(c, len(place)), -count[c], c))
    parts = shares([count[c] for c in found])
    rows: list[dict[str, Any]] = [
        {"value": c, "label": label(c), "customers": count[c], "share": part, "won": won[c]}
        for c, part in zip(found, parts, strict=True)
    ]
    columns = (
        Column("label", head),
        Column("customers", N_("Customers"), "integer"),
        Column("share", N_("Share"), "percent"),
        Column("won", N_("Won or loyal"), "integer"),
    )
    total = totalled(rows, columns, "label") | {"share": Decimal(100)}
    shown = rows[:_CHARTED]
    chart = Chart(
        "stacked",
        msg(title),
        [r["label"] for r in shown],
        (
            Series(msg(N_("Won or loyal")), [r["won"] for r in shown]),
            Series(msg(N_("Others")), [r["customers"] - r["won"] for r in shown]),
        ),
    )
    return Section(name, title, columns, rows, total if rows else None, (chart,) if rows else ())
