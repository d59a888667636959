"""The product or service that is sold."""

from __future__ import annotations

from typing import ClassVar

from crmkit.i18n import N_
from crmkit.records.base import Money, Record, about


class Product(Record):
    """What opportunities and orders are made of."""

    kind: ClassVar[str] = "product"
    label: ClassVar[str] = N_("Product")
    rank: ClassVar[int] = 90
    place: ClassVar[str] = "products"
    date_field: ClassVar[str] = "created_on"
    columns: ClassVar[tuple[str, ...]] = ("name", "code", "unit", "price", "category")

    name: str | None = about(N_("Product name"), "title", "search", required=True)
    code: str | None = about(N_("Product code"), "search", "key")
    unit: str | None = about(N_("Unit"))
    price: Money | None = about(N_("Price"))
    cost: Money | None = about(N_("Cost"))
    category: str | None = about(N_("Category"))
