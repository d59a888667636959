"""A target list: the customers that a query finds, with whom to reach and what they want (R-001-10, R-001-39).

`crm report target 'need.on>=-6m budget>=50万'` are those with a need of the last six months and a budget of 500,000.

- One row a customer, the largest budget first. The need is the one of highest priority, then the latest; the
  budget is
  the largest of its needs, in its own currency.
- Last contact is the last follow-up that was done. Contacts who do not want to be called are marked.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.reports import _money, _people
from crmkit.reports._past import gather
from crmkit.reports.distribution import REGIONS, region_of
from crmkit.reports.report import Column, Doc, Figure, Material, Section, day_of
from crmkit.reports.tables import Tables

NAME, ABOUT = "target", N_("Target list")
NOTES = (
    N_(
        "The customers that the query finds: need.on>=-6m budget>=50万 are those with a need of the "
        "last six months "
        "and a budget of 500,000."
    ),
    N_("The largest budget first; the need shown is the one of highest priority, then the latest."),
    N_("--from and --to choose by the last contact; who was never contacted belongs to all time alone."),
)
_COLUMNS = (
    Column("customer", N_("Customer number")),
    Column("name", N_("Customer name")),
    Column("industry", N_("Industry")),
    Column("region", N_("Region"), words=REGIONS),
    Column("contact", N_("Contact name")),
    Column("job_title", N_("Position")),
    Column("phone", N_("Phone")),
    Column("email", N_("E-mail")),
    Column("do_not_call", N_("Do not call"), "boolean"),
    Column("budget", N_("Budget"), "money"),
    Column("last_contact", N_("Last contact"), "date"),
    Column("owner", N_("Owner")),
    Column("need", N_("Need"), under=True),
)
_RANK = {"high": 0, "medium": 1, "low": 2}


def report(material: Material) -> Tables:
    """List the customers found."""
    contacts = gather(material).contacts
    rows = []
    for doc in material.own_customers:
        last = max((d for d in contacts.get(str(doc["id"]), ()) if d <= material.today), default=None)
        if last in material.period:
            rows.append(_row(material, doc) | {"last_contact": last})
    rows.sort(key=lambda r: (-(r["budget"] if r["budget"] is not None else Decimal(-1)), r["customer"]))
    figures = [
        Figure(N_("Customers"), len(rows)),
        Figure(N_("With a need"), sum(bool(r["need"]) for r in rows)),
    ]
    for unit in _money.currencies(
        (r["currency"] for r in rows if r["budget"] is not None), material.settings.currency
    ):
        whole = sum(
            (r["budget"] for r in rows if r["budget"] is not None and r["currency"] == unit), Decimal(0)
        )
        figures.append(Figure(N_("Budgets"), whole, "money", unit))
    remarks = [] if material.query else [msg(N_("no query was given: these are all customers"))]
    section = Section("customers", N_("Customers"), _COLUMNS, rows, whole=True)
    return Tables(NAME, ABOUT, material, [section], figures, remarks)


def budget_of(doc: Doc, currency: str) -> tuple[Decimal, str] | None:
    """Return the largest budget among a customer's needs, of the book's currency where there are several."""
    found = []
    for need in doc.get("needs") or ():
        given = need.get("budget") or {}
        unit = str(given.get("currency") or currency)
        ends = [_money.amount(given.get(end), unit) for end in ("max", "min")]
        found += [next((end for end in ends if end), None)]
    known = [one for one in found if one]
    return max(known, key=lambda one: (one[1] == currency, one[0]), default=None)


def need_of(doc: Doc) -> Doc:
    """Return the need that matters most: of the highest priority, then the latest."""
    needs = [n for n in doc.get("needs") or () if n.get("summary") or n.get("pains")]
    return min(needs, key=_urgency, default={})


def _urgency(need: Doc) -> tuple[int, int]:
    day = day_of(need.get("on"))
    return _RANK.get(str(need.get("priority")), len(_RANK)), -day.toordinal() if day else 0


def _row(material: Material, doc: Doc) -> dict[str, Any]:
    main, need = _people.contact(doc), need_of(doc)
    budget = budget_of(doc, material.settings.currency)
    return {
        "id": doc["id"],
        "customer": doc["id"],
        "name": doc.get("name") or "",
        "industry": doc.get("industry") or "",
        "region": region_of(doc),
        "contact": main.get("name") or "",
        "job_title": main.get("job_title") or "",
        "phone": _people.phone(material, doc),
        "email": _people.email(material, doc),
        "do_not_call": True if main.get("do_not_call") else None,
        "budget": budget[0] if budget else None,
        "currency": budget[1] if budget else "",
        "owner": material.person(doc.get("owner")),
        "need": _people.veiled(material, need.get("summary") or need.get("pains")),
    }
