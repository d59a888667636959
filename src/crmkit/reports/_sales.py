"""What was sold, line by line: revenue, cost and profit of orders (R-003-84 to -89).

- An order counts from the day it was ordered (`ordered_on`), unless it was cancelled; one without a day counts only
  where all time is asked for.
- Revenue of an order is its `amount`; without one, the sum of its lines. Revenue of a line is `quantity` times
  `unit_price` less `discount` (an amount of money); a line without a quantity is one piece.
- Where the amount differs from the sum of the lines, the difference is a line of its own, so that products, customers
  and months add up to the same. An order whose lines have no prices, or prices of another currency, is one line.
- Cost of a line is `quantity` times `unit_cost`, without one the present `cost` of the product if it is of the
  order's
  currency. Profit is revenue less cost, of the lines whose cost is known; the margin is profit of their revenue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.reports import _money
from crmkit.reports.report import Doc, Label, Material, day_of

REST = "(rest)"
WHOLE = "(order)"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order that counts. `product` is the product's id or its text, `cost` None where it is not known."""

    order: str
    number: str
    customer: str
    customer_name: str
    owner: str
    on: date | None
    product: str
    product_name: Label
    category: str
    quantity: Decimal | None
    currency: str
    revenue: Decimal
    cost: Decimal | None

    @property
    def profit(self) -> Decimal | None:
        """Revenue less cost, None where the cost is not known."""
        return None if self.cost is None else self.revenue - self.cost


class Products:
    """The products of the book, by id, code and name."""

    def __init__(self, material: Material) -> None:
        self._docs = material.records("product")
        self.currency = material.settings.currency

    @cached_property
    def by_word(self) -> Mapping[str, Doc]:
        """Every product by everything it goes by, casefolded; an id beats a code beats a name."""
        found: dict[str, Doc] = {}
        for field in ("id", "code", "name"):
            for doc in self._docs:
                if doc.get(field):
                    found.setdefault(str(doc[field]).casefold(), doc)
        return found

    def find(self, text: str) -> Doc:
        """Return the product that a line names, nothing where it is free text."""
        return self.by_word.get(text.strip().casefold(), {})

    def key(self, text: str) -> tuple[str, str, str]:
        """Return `(id, name, category)` of what a line names; free text is its own id and name."""
        doc = self.find(text)
        if not doc:
            return text, text, ""
        return str(doc["id"]), str(doc.get("name") or doc["id"]), str(doc.get("category") or "")


def orders(material: Material) -> Iterator[Doc]:
    """Yield the orders of the period that count, of the owner asked for."""
    for doc in material.records("order"):
        if (
            counts(doc)
            and day_of(doc.get("ordered_on")) in material.period
            and material.owns(material.whose(doc))
        ):
            yield doc


def counts(doc: Doc) -> bool:
    """Whether an order counts: it was not cancelled."""
    return doc.get("status") != "cancelled"


def lines(material: Material) -> list[Line]:
    """Return the lines of the orders of the period, by day and order."""
    products = Products(material)
    found = [line for doc in orders(material) for line in lines_of(material, products, doc)]
    return sorted(found, key=lambda one: (one.on or date.min, one.order))


@dataclass(frozen=True, slots=True)
class _Item:
    """A line as the order tells it; `revenue` None where it has no price in the order's currency."""

    key: tuple[str, Label, str]
    quantity: Decimal
    revenue: Decimal | None
    cost: Decimal | None


def lines_of(material: Material, products: Products, doc: Doc) -> list[Line]:
    """Return the lines of one order."""
    raw = [i for i in doc.get("items") or () if isinstance(i, Mapping)]
    unit = _unit(doc, raw, products.currency)
    items = [_item(products, i, unit) for i in raw]
    stated = _money.amount(doc.get("amount"), unit)
    if not items or any(i.revenue is None for i in items):
        if stated is None:
            return []
        single = items[0] if len(items) == 1 else None
        key = single.key if single else (WHOLE, msg(N_("not broken down")), "")
        cost = single.cost if single else None
        return [_line(material, doc, key, single.quantity if single else None, unit, stated[0], cost)]
    out = [_line(material, doc, i.key, i.quantity, unit, i.revenue or Decimal(0), i.cost) for i in items]
    rest = stated[0] - sum((one.revenue for one in out), Decimal(0)) if stated else Decimal(0)
    if rest:
        known = Decimal(0) if all(one.cost is not None for one in out) else None
        key = (REST, msg(N_("difference to the order's amount")), "")
        out.append(_line(material, doc, key, None, unit, rest, known))
    return out


def _unit(doc: Doc, items: Sequence[Doc], currency: str) -> str:
    """Return the currency of an order: its amount's, its own, its first price's, the book's."""
    values = (doc.get("amount"), {"currency": doc.get("currency")}, *(i.get("unit_price") for i in items))
    return next(
        (str(v["currency"]) for v in values if isinstance(v, Mapping) and v.get("currency")), currency
    )


def _item(products: Products, item: Doc, unit: str) -> _Item:
    text = str(item.get("product") or "")
    quantity = _money.number(item.get("quantity"))
    quantity = Decimal(1) if quantity is None else quantity
    price, off = (_money.amount(item.get(name), unit) for name in ("unit_price", "discount"))
    cost = _money.amount(item.get("unit_cost"), unit)
    if cost is None:
        cost = _money.amount(products.find(text).get("cost"), products.currency)
    revenue = None
    if price and price[1] == unit and (off is None or off[1] == unit):
        revenue = price[0] * quantity - (off[0] if off else 0)
    return _Item(
        products.key(text), quantity, revenue, cost[0] * quantity if cost and cost[1] == unit else None
    )


def _line(
    material: Material,
    doc: Doc,
    key: tuple[str, Label, str],
    quantity: Decimal | None,
    unit: str,
    revenue: Decimal,
    cost: Decimal | None,
) -> Line:
    return Line(
        order=str(doc["id"]),
        number=str(doc.get("number") or ""),
        customer=str(doc["customer"]),
        customer_name=str(doc.get("customer_name") or ""),
        owner=material.whose(doc),
        on=day_of(doc.get("ordered_on")),
        product=key[0],
        product_name=key[1],
        category=key[2],
        quantity=quantity,
        currency=unit,
        revenue=revenue,
        cost=cost,
    )


@dataclass(slots=True)
class Sum:
    """Revenue, cost and profit of some lines of one currency; `costed` is the revenue whose cost is known."""

    revenue: Decimal = Decimal(0)
    costed: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    orders: int = 0

    @property
    def profit(self) -> Decimal:
        """Profit of the lines whose cost is known."""
        return self.costed - self.cost

    @property
    def margin(self) -> Decimal | None:
        """Profit in percent of the revenue whose cost is known, None without any."""
        return self.profit * 100 / self.costed if self.costed else None


def summed(found: Sequence[Line]) -> Sum:
    """Return the sums of lines, which must be of one currency."""
    out = Sum(orders=len({line.order for line in found}))
    for line in found:
        out.revenue += line.revenue
        if line.cost is not None:
            out.costed += line.revenue
            out.cost += line.cost
    return out


def revenue_of(material: Material, doc: Doc) -> tuple[Decimal, str] | None:
    """Return what one order brings, with its currency; None where it does not say."""
    found = lines_of(material, Products(material), doc)
    return (sum((one.revenue for one in found), Decimal(0)), found[0].currency) if found else None
