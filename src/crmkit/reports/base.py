"""The customer base table of the source: thirteen columns in its order (R-000-24 to -36).

- One row for each customer, by number; those who wait for review stand in it under the number of their draft.
- Contact, position, phone and e-mail are those of the main contact, without one the customer's own.
- Last updated is the day of the last change, without one the day of entry. `--from` and `--to` choose by the day
  of entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmkit.i18n import N_
from crmkit.reports import _people
from crmkit.reports.report import Column, Doc, Figure, Material, Section, day_of
from crmkit.reports.tables import Tables

NAME, ABOUT = "base", N_("Customer base table")
NOTES = (
    N_("Thirteen columns in the order of the source; one row a customer, by number."),
    N_("Contact, position, phone and e-mail are the main contact's, without one the customer's own."),
    N_("Last updated: the day of the last change, without one the day of entry."),
    N_("--from and --to choose by the day of entry."),
)

COLUMNS = (
    Column("customer", N_("Customer number")),
    Column("name", N_("Customer name")),
    Column("tax_id", N_("Unified social credit code")),
    Column("industry", N_("Industry")),
    Column("address", N_("Registered address")),
    Column("contact", N_("Contact name")),
    Column("job_title", N_("Position")),
    Column("phone", N_("Phone")),
    Column("email", N_("E-mail")),
    Column("tags", N_("Tags")),
    Column("created_by", N_("Entered by")),
    Column("created_on", N_("Entered on"), "date"),
    Column("updated_on", N_("Last updated"), "date"),
)


def report(material: Material) -> Tables:
    """List the customers."""
    found = [doc for doc in material.own_customers if day_of(doc.get("created_on")) in material.period]
    rows = [_row(material, doc) for doc in found]
    figures = [
        Figure(N_("Customers"), len(rows)),
        Figure(N_("Companies"), _count(found, "company")),
        Figure(N_("Persons"), _count(found, "person")),
    ]
    section = Section("customers", N_("Customers"), COLUMNS, rows, whole=True)
    return Tables(NAME, ABOUT, material, [section], figures)


def _count(found: Iterable[Doc], kind: str) -> int:
    return sum(str(doc.get("type") or "company") == kind for doc in found)


def _row(material: Material, doc: Doc) -> dict[str, Any]:
    main = _people.contact(doc)
    created = day_of(doc.get("created_on"))
    return {
        "id": doc["id"],
        "customer": doc["id"],
        "name": doc.get("name") or "",
        "tax_id": doc.get("tax_id") or "",
        "industry": doc.get("industry") or "",
        "address": _people.address(material, doc),
        "contact": main.get("name") or "",
        "job_title": main.get("job_title") or "",
        "phone": _people.phone(material, doc),
        "email": _people.email(material, doc),
        "tags": list(doc.get("tags") or ()),
        "created_by": material.person(doc.get("created_by")),
        "created_on": created,
        "updated_on": day_of(doc.get("updated_at")) or created,
    }
