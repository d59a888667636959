"""The ideal customer: what crm.yaml says it is like, and which customers come close (R-002-03).

- The criteria stand under `profile` in crm.yaml: industries, regions, employees, needs (words), budget. A
  criterion that
  is not set there is not asked.
- *Fit* is met of asked, in percent. An industry is met by its standard name, a region by the group or province of the
  address, employees within the range, a need where a text of its needs has one of the words, the budget where the
  largest one in the currency of the profile (the book's) lies in the range.
- Prospects are customers at the stages potential and intent, or at none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.reports import _money
from crmkit.reports.distribution import is_won, stage_of
from crmkit.reports.report import Chart, Column, Doc, Figure, Label, Material, Section, Series
from crmkit.reports.tables import Tables, percent
from crmkit.reports.target import budget_of
from crmkit.values import BadValue, industry, money, region

NAME, ABOUT = "profile", N_("Ideal customer profile")
NOTES = (
    N_("The criteria stand under profile in crm.yaml: industries, regions, employees, needs, budget."),
    N_("Fit: met of asked, in percent. What a customer does not say is not met."),
    N_("Prospects: customers at the stages potential and intent, or at none."),
)
_LABELS = {
    "industries": N_("Industry"),
    "regions": N_("Region"),
    "employees": N_("Employees"),
    "needs": N_("Words of needs"),
    "budget": N_("Budget"),
}
Test = Callable[[Doc], bool]


def report(material: Material) -> Tables:
    """Hold the customers against the profile."""
    tests = criteria(material)
    customers = material.own_customers
    met = {str(doc["id"]): [name for name, test in tests.items() if test(doc)] for doc in customers}
    prospects = [doc for doc in customers if stage_of(doc) in {"potential", "intent"}]
    rows = [_row(material, doc, met[str(doc["id"])], tests) for doc in prospects]
    rows.sort(key=lambda r: (-len(r["met"]), r["customer"]))
    whole = [doc for doc in customers if tests and len(met[str(doc["id"])]) == len(tests)]
    figures = [
        Figure(N_("Criteria"), len(tests)),
        Figure(N_("Customers that meet all"), len(whole)),
        Figure(N_("Prospects that meet all"), sum(len(r["met"]) == len(tests) > 0 for r in rows)),
        Figure(
            N_("Share won of those that meet all"), percent(sum(map(is_won, whole)), len(whole)), "percent"
        ),
        Figure(N_("Share won of the others"), _rest(customers, whole), "percent"),
    ]
    remarks = [] if tests else [msg(N_("crm.yaml has no profile: add one under profile"))]
    return Tables(
        NAME,
        ABOUT,
        material,
        [_criteria(material, tests, customers, met), _prospects(rows)],
        figures,
        remarks,
    )


def _rest(customers: Sequence[Doc], whole: Sequence[Doc]) -> Decimal | None:
    ids = {doc["id"] for doc in whole}
    others = [doc for doc in customers if doc["id"] not in ids]
    return percent(sum(map(is_won, others)), len(others))


def criteria(material: Material) -> dict[str, Test]:
    """Return the tests that the profile asks for, by name."""
    said = material.settings.profile
    tests: dict[str, Test] = {}
    if names := _texts(said.get("industries")):
        wanted = {_industry(name) for name in names}
        tests["industries"] = lambda d: bool(wanted & _industries(d))
    if names := _texts(said.get("regions")):
        places = {place for name in names for place in _provinces(name)}
        tests["regions"] = lambda d: _province(d) in places
    if isinstance(said.get("employees"), Mapping):
        least, most = _range(said["employees"])
        tests["employees"] = lambda d: _within(_money.number(d.get("employees")), least, most)
    if words := _texts(said.get("needs")):
        folded = [word.casefold() for word in words]
        tests["needs"] = lambda d: any(word in _said(d) for word in folded)
    if isinstance(said.get("budget"), Mapping):
        low, high = _range(said["budget"])
        unit = str(said["budget"].get("currency") or material.settings.currency)
        tests["budget"] = lambda d: _budget(d, unit, low, high)
    return tests


def _texts(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)] if value else []


def _industry(text: str) -> str:
    found = industry.find(text)
    return found.code if found else text.casefold()


def _industries(doc: Doc) -> set[str]:
    """Return the industry of a customer, and the sector that it belongs to."""
    text = str(doc.get("industry") or "")
    code = _industry(text) if text else ""
    found = industry.find(text) if text else None
    return {code, found.section} if found else {code} - {""}


def _provinces(name: str) -> Sequence[str]:
    code = region.find_group(name)
    if code:
        return region.GROUPS[code].provinces
    return (region.short_province(name) or name,)


def _province(doc: Doc) -> str:
    address = doc.get("address") or {}
    for name in ("province", "city"):
        if short := region.short_province(str(address.get(name) or "")):
            return short
    return str(address.get("province") or "")


def _range(value: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    return _end(value.get("min")), _end(value.get("max"))


def _end(value: Any) -> Decimal | None:
    """Return an end of a range; crm.yaml may say 10万."""
    found = _money.number(value)
    if found is None and isinstance(value, str):
        try:
            return money.parse_amount(value)
        except BadValue:
            return None
    return found


def _within(value: Decimal | None, least: Decimal | None, most: Decimal | None) -> bool:
    if value is None:
        return False
    return (least is None or value >= least) and (most is None or value <= most)


def _said(doc: Doc) -> str:
    texts = [str(n.get(name) or "") for n in doc.get("needs") or () for name in ("summary", "pains", "goals")]
    return " ".join([*texts, str((doc.get("lead") or {}).get("interests") or "")]).casefold()


def _budget(doc: Doc, unit: str, low: Decimal | None, high: Decimal | None) -> bool:
    found = budget_of(doc, unit)
    return found is not None and found[1] == unit and _within(found[0], low, high)


def _criteria(
    material: Material, tests: Mapping[str, Test], customers: Sequence[Doc], met: Mapping[str, Sequence[str]]
) -> Section:
    title = N_("Criteria")
    rows: list[dict[str, Any]] = []
    for name in tests:
        fit = [doc for doc in customers if name in met[str(doc["id"])]]
        rows.append(
            {
                "criterion": name,
                "label": msg(_LABELS[name]),
                "wanted": _wanted(material, name),
                "customers": len(fit),
                "share": percent(len(fit), len(customers)),
                "won": percent(sum(map(is_won, fit)), len(fit)),
            }
        )
    columns = (
        Column("label", N_("Criterion")),
        Column("customers", N_("Met by"), "integer"),
        Column("share", N_("Share"), "percent"),
        Column("won", N_("Share won of them"), "percent"),
        Column("wanted", N_("Wanted"), under=True),
    )
    chart = Chart(
        "bar",
        msg(title),
        [r["label"] for r in rows],
        (Series(msg(N_("Met by")), [r["customers"] for r in rows]),),
    )
    return Section("criteria", title, columns, rows, charts=(chart,) if rows else ())


def _wanted(material: Material, name: str) -> Label:
    """Return what the profile asks for, as text."""
    value = material.settings.profile[name]
    if not isinstance(value, Mapping):
        return "、".join(_texts(value))
    least, most = _range(value)
    unit = str(value.get("currency") or material.settings.currency) if name == "budget" else ""
    ends = [f"{end:,f} {unit}".strip() if end is not None else "…" for end in (least, most)]
    return " – ".join(ends)


def _prospects(rows: Sequence[dict[str, Any]]) -> Section:
    columns = (
        Column("customer", N_("Customer number")),
        Column("name", N_("Customer name")),
        Column("fit", N_("Fit"), "percent"),
        Column("stage", N_("Lifecycle stage"), vocabulary="stage"),
        Column("grade", N_("Lead grade"), vocabulary="lead_grade"),
        Column("owner", N_("Owner")),
        Column("met_labels", N_("Meets"), under=True, told=True),
        Column("open_labels", N_("Not"), under=True, told=True),
    )
    return Section("prospects", N_("Prospects"), columns, rows)


def _row(material: Material, doc: Doc, met: Sequence[str], tests: Mapping[str, Test]) -> dict[str, Any]:
    return {
        "id": doc["id"],
        "customer": doc["id"],
        "name": doc.get("name") or "",
        "fit": percent(len(met), len(tests)),
        "met": list(met),
        "met_labels": [str(msg(_LABELS[n])) for n in met],
        "open_labels": [str(msg(_LABELS[n])) for n in tests if n not in met],
        "stage": stage_of(doc),
        "grade": (doc.get("lead") or {}).get("grade") or "",
        "owner": material.person(doc.get("owner")),
    }
