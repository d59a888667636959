"""How complete the customers' data are, by owner, and what is missing or wrong (R-001-33).

- Looked for are the fields of the base table and those that `required.customer` of crm.yaml names: a field counts as
  filled where the record has a value. A company needs an industry and, on the mainland, a tax id; a person
  neither; the address counts
  when it
  reaches the street, contact details when the main contact or the customer has them.
- Complete is filled of looked for, in percent; complete customers lack nothing. *Wrong* is what `crm check` finds
  in the
  customer's own file, errors and warnings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmkit.errors import Problem, msg
from crmkit.i18n import N_
from crmkit.reports import _people
from crmkit.reports.distribution import region_of
from crmkit.reports.report import Chart, Column, Doc, Figure, Label, Material, Section, Series, day_of
from crmkit.reports.tables import Tables, percent, totalled

NAME, ABOUT = "completeness", N_("Completeness of the data")
NOTES = (
    N_("Looked for: the fields of the base table, and those that required.customer of crm.yaml names."),
    N_(
        "The address counts when it reaches the street; industry is asked of companies, the tax id of "
        "those on the mainland."
    ),
    N_("Wrong: what crm check finds in the customer's own file. --from and --to choose by the day of entry."),
)


def _reach(doc: Doc, *names: str) -> bool:
    main = _people.contact(doc)
    return any(main.get(n) or doc.get(n) for n in names)


def _address(doc: Doc) -> bool:
    address = doc.get("address") or {}
    return bool(address.get("street") and (address.get("city") or address.get("province")))


_COMPANY = ("tax_id", "industry", "contacts.name", "contacts.job_title")
FIELDS: Mapping[str, tuple[str, Callable[[Doc], bool]]] = {
    "name": (N_("Customer name"), lambda d: bool(d.get("name"))),
    "tax_id": (N_("Unified social credit code"), lambda d: bool(d.get("tax_id"))),
    "industry": (N_("Industry"), lambda d: bool(d.get("industry"))),
    "address": (N_("Registered address"), _address),
    "contacts.name": (N_("Contact name"), lambda d: bool(_people.contact(d).get("name"))),
    "contacts.job_title": (N_("Position"), lambda d: bool(_people.contact(d).get("job_title"))),
    "phone": (N_("Phone"), lambda d: _reach(d, "phone", "mobile")),
    "email": (N_("E-mail"), lambda d: _reach(d, "email")),
    "source": (N_("Source"), lambda d: bool(d.get("source"))),
    "stage": (N_("Lifecycle stage"), lambda d: bool(d.get("stage"))),
    "owner": (N_("Owner"), lambda d: bool(d.get("owner"))),
    "tags": (N_("Tags"), lambda d: bool(d.get("tags"))),
}


def report(material: Material) -> Tables:
    """Look for what is missing."""
    customers = [d for d in material.own_customers if day_of(d.get("created_on")) in material.period]
    wrong: dict[str, list[Problem]] = defaultdict(list)
    paths = {str(doc["path"]): str(doc["id"]) for doc in customers if doc.get("path")}
    for problem in material.problems():
        if problem.path in paths:
            wrong[paths[problem.path]].append(problem)
    asked = {str(doc["id"]): wanted(material, doc) for doc in customers}
    lacks = {str(d["id"]): [n for n in asked[str(d["id"])] if not filled(d, n)] for d in customers}
    looked = sum(map(len, asked.values()))
    missing = sum(map(len, lacks.values()))
    figures = [
        Figure(N_("Customers"), len(customers)),
        Figure(N_("Complete"), percent(looked - missing, looked), "percent"),
        Figure(N_("Lacking nothing"), sum(not lack for lack in lacks.values())),
        Figure(N_("Missing fields"), missing),
        Figure(N_("Customers with something wrong"), sum(bool(w) for w in wrong.values())),
    ]
    sections = [
        _owners(material, customers, asked, lacks, wrong),
        _fields(material, asked, lacks),
        _list(material, customers, asked, lacks, wrong),
    ]
    return Tables(NAME, ABOUT, material, sections, figures)


def wanted(material: Material, doc: Doc) -> list[str]:
    """Return the fields that are looked for in a customer's record."""
    person, foreign = doc.get("type") == "person", region_of(doc) in {"abroad", "hk_mo_tw"}
    left_out = {*(_COMPANY if person else ()), *(("tax_id",) if foreign else ())}
    names = [n for n in FIELDS if n not in left_out]
    asked = (n for n in material.settings.required.get("customer", ()) if n not in left_out)
    return list(dict.fromkeys([*names, *asked]))


def filled(doc: Doc, name: str) -> bool:
    """Whether a field has a value; of a list one entry that has it is enough."""
    if name in FIELDS:
        return FIELDS[name][1](doc)
    found: list[Any] = [doc]
    for step in name.split("."):
        found = [inner for one in found for inner in _inner(one, step)]
    return any(value not in (None, "", [], {}) for value in found)


def _inner(value: Any, step: str) -> Sequence[Any]:
    if isinstance(value, list):
        return [one.get(step) for one in value if isinstance(one, Mapping)]
    return [value.get(step)] if isinstance(value, Mapping) else []


def _label(material: Material, name: str) -> Label:
    """Return a field's label, as the catalogue has it where the base table has none."""
    if name in FIELDS:
        return msg(FIELDS[name][0])
    from crmkit.records.registry import catalog

    spec = catalog(material.settings).kinds["customer"].by_name.get(name)
    return msg(spec.label) if spec else name


def _owners(
    material: Material,
    customers: Sequence[Doc],
    asked: Mapping[str, Sequence[str]],
    lacks: Mapping[str, Sequence[str]],
    wrong: Mapping[str, Sequence[Problem]],
) -> Section:
    title = N_("By owner")
    groups: dict[str, list[str]] = defaultdict(list)
    for doc in customers:
        groups[material.person(doc.get("owner"))].append(str(doc["id"]))
    rows: list[dict[str, Any]] = []
    for owner, mine in groups.items():
        looked, missing = sum(len(asked[n]) for n in mine), sum(len(lacks[n]) for n in mine)
        rows.append(
            {
                "owner": owner,
                "label": owner or msg(N_("nobody")),
                "customers": len(mine),
                "whole": sum(not lacks[n] for n in mine),
                "looked": looked,
                "missing": missing,
                "complete": percent(looked - missing, looked),
                "wrong": sum(bool(wrong.get(n)) for n in mine),
            }
        )
    rows.sort(key=lambda r: (r["complete"], r["owner"]))
    columns = (
        Column("label", N_("Owner")),
        Column("customers", N_("Customers"), "integer"),
        Column("whole", N_("Lacking nothing"), "integer"),
        Column("missing", N_("Missing fields"), "integer"),
        Column("complete", N_("Complete"), "percent"),
        Column("wrong", N_("Something wrong"), "integer"),
    )
    total = totalled(rows, columns, "label")
    looked = sum(r["looked"] for r in rows)
    total |= {"looked": looked, "complete": percent(looked - total["missing"], looked)}
    chart = Chart(
        "bar",
        msg(N_("Complete")),
        [r["label"] for r in rows],
        (Series(msg(N_("Complete")), [r["complete"] for r in rows]),),
        "percent",
    )
    return Section("owners", title, columns, rows, total if rows else None, (chart,))


def _fields(
    material: Material, asked: Mapping[str, Sequence[str]], lacks: Mapping[str, Sequence[str]]
) -> Section:
    looked = Counter(name for names in asked.values() for name in names)
    missing = Counter(name for names in lacks.values() for name in names)
    rows = [
        {
            "field": name,
            "label": _label(material, name),
            "looked": looked[name],
            "missing": missing[name],
            "complete": percent(looked[name] - missing[name], looked[name]),
        }
        for name in sorted(looked, key=lambda n: (-missing[n], list(looked).index(n)))
    ]
    columns = (
        Column("label", N_("Field")),
        Column("looked", N_("Looked for"), "integer"),
        Column("missing", N_("Missing"), "integer"),
        Column("complete", N_("Complete"), "percent"),
    )
    total = totalled(rows, columns, "label")
    total["complete"] = percent(total["looked"] - total["missing"], total["looked"])
    return Section("fields", N_("By field"), columns, rows, total if rows else None)


def _list(
    material: Material,
    customers: Sequence[Doc],
    asked: Mapping[str, Sequence[str]],
    lacks: Mapping[str, Sequence[str]],
    wrong: Mapping[str, Sequence[Problem]],
) -> Section:
    rows = []
    for doc in customers:
        number = str(doc["id"])
        found = wrong.get(number, ())
        if lacks[number] or found:
            rows.append(
                {
                    "id": number,
                    "customer": number,
                    "name": doc.get("name") or "",
                    "complete": percent(len(asked[number]) - len(lacks[number]), len(asked[number])),
                    "owner": material.person(doc.get("owner")),
                    "missing": list(lacks[number]),
                    "labels": [str(_label(material, n)) for n in lacks[number]],
                    "wrong": [f"{p.field or p.path}: {p.message}" for p in found],
                }
            )
    rows.sort(key=lambda r: (r["complete"], r["customer"]))
    columns = (
        Column("customer", N_("Customer number")),
        Column("name", N_("Customer name")),
        Column("complete", N_("Complete"), "percent"),
        Column("owner", N_("Owner")),
        Column("labels", N_("Missing"), under=True, told=True),
        Column("wrong", N_("Wrong"), under=True, told=True),
    )
    return Section("customers", N_("What to complete"), columns, rows)
