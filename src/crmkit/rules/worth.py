"""What a customer is worth, as levels and queries see it: length of cooperation, spending, number of orders (R-002-39).

An order counts with its amount, else with what its items make, where that is in the book's currency; cancelled ones
do not count. The cooperation began on the day when the customer was first won, or with the first order or the first
contract that came into force, whichever was earlier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.records.order import Order
    from crmkit.rules.facts import Facts

BINDING = frozenset({"in_force", "completed", "ended"})
"""Statuses of a contract that was signed."""


def of_order(order: Order, currency: str) -> int | float | None:
    """Return what an order counts for, None where it does not say, was cancelled, or is in another currency."""
    from crmkit.records.sorts import plain_number

    if order.status == "cancelled":
        return None
    if order.amount is not None:
        unit = order.amount.currency or order.currency or currency
        return plain_number(order.amount.amount) if unit == currency else None
    total = order.total()
    units = {i.unit_price.currency or order.currency or currency for i in order.items if i.unit_price}
    return plain_number(total) if total is not None and units == {currency} else None


def of_customer(facts: Facts) -> dict[str, Any]:
    """Return `since` (a date as text), `order_count` and `spent` (book's currency) of a dossier.

    What is 0 or unknown is left out, but `order_count` and `spent` are 0 for a customer without orders.
    """
    orders = [o for o in facts.dossier.orders if o.status != "cancelled"]
    amounts = [a for o in orders if (a := of_order(o, facts.settings.currency)) is not None]
    days = [o.ordered_on for o in orders if o.ordered_on]
    bound = (c for c in facts.dossier.contracts if c.status in BINDING)
    days += (begun for c in bound if (begun := c.signed_on or c.start_date))
    if won := facts.first_won:
        days.append(won)
    since = {"since": min(days).isoformat()} if days else {}
    return {**since, "order_count": len(orders), "spent": _round(sum(amounts))}


def years(since: date, today: date) -> int:
    """Return how many full years have passed since a day."""
    full = today.year - since.year - ((today.month, today.day) < (since.month, since.day))
    return max(full, 0)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a customer is measured by on a day.

    `since` is a date as text ("" without any cooperation); `spent` and `spent_12m` are in the book's currency; `other`
    counts orders that say no amount in it.
    """

    since: str = ""
    years: int = 0
    order_count: int = 0
    orders_12m: int = 0
    spent: int | float = 0
    spent_12m: int | float = 0
    last_order: str = ""
    strategic: bool = False
    other: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return all of it."""
        return asdict(self)


Doc = Mapping[str, Any]


def figures(customer: Doc, computed: Doc, orders: list[tuple[Doc, Doc]], today: date) -> Figures:
    """Return the figures of a customer on a day, from its document and its orders with what is computed of them.

    `order_count` and `spent` are of all time, as queries have them; the 12 months end today.
    """
    from crmkit.query.dates import add_months

    first, last = add_months(today, -12).isoformat(), today.isoformat()
    real = [(doc, found) for doc, found in orders if doc.get("status") != "cancelled"]
    recent = [(doc, found) for doc, found in real if first < str(doc.get("ordered_on") or "") <= last]
    since = str(computed.get("since") or "")
    return Figures(
        since=since,
        years=years(date.fromisoformat(since), today) if since else 0,
        order_count=len(real),
        orders_12m=len(recent),
        spent=_round(sum(found.get("worth", 0) for _, found in real)),
        spent_12m=_round(sum(found.get("worth", 0) for _, found in recent)),
        last_order=max((str(doc.get("ordered_on") or "") for doc, _ in real), default=""),
        strategic=bool(customer.get("strategic")),
        other=sum("worth" not in found for _, found in real),
    )


def _round(amount: float) -> int | float:
    """Return an amount to the hundredth, whole where it is."""
    rounded = round(amount, 2)
    return int(rounded) if rounded == int(rounded) else rounded
