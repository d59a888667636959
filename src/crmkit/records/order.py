"""The order (R-003-25 to -31, R-003-84 to -89)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, ClassVar

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.records.base import Day, Flaw, Money, Number, Part, Record, Vocab, about, many, warning


class OrderItem(Part):
    """A line of the order; `unit_cost` gives the profit (R-003-26, -88). `discount` is an amount of money."""

    product: str | None = about(N_("Product"), ref="product")
    quantity: Number | None = about(N_("Quantity"))
    unit_price: Money | None = about(N_("Unit price"))
    unit_cost: Money | None = about(N_("Unit cost"))
    discount: Money | None = about(N_("Discount of the line"))


class Payment(Part):
    """One instalment (R-003-30)."""

    due: Day | None = about(N_("Payment due"))
    amount: Money | None = about(N_("Payment amount"))
    paid_on: Day | None = about(N_("Paid on"))


class AfterSales(Part):
    """A return, an exchange or a repair (R-003-31)."""

    on: Day | None = about(N_("After-sales on"))
    kind: Annotated[str, Vocab("after_sales")] | None = about(N_("Kind of after-sales service"))
    note: str | None = about(N_("After-sales note"))


class Order(Record):
    """What a customer ordered, its delivery and its payments."""

    kind: ClassVar[str] = "order"
    label: ClassVar[str] = N_("Order")
    rank: ClassVar[int] = 40
    date_field: ClassVar[str] = "ordered_on"
    columns: ClassVar[tuple[str, ...]] = ("number", "ordered_on", "status", "amount", "payment_status")
    before: ClassVar[tuple[tuple[str, str], ...]] = (
        ("ordered_on", "delivery_date"),
        ("ordered_on", "delivered_on"),
    )

    number: str | None = about(N_("Order number"), "title", "search", "key", required=True)  # R-003-25
    ordered_on: Day | None = about(N_("Ordered on"), required=True)  # R-003-85
    items: tuple[OrderItem, ...] = many(N_("Items"))  # R-003-26
    amount: Money | None = about(N_("Order amount"))  # R-003-26, -87
    currency: str | None = about(N_("Currency"))
    status: Annotated[str, Vocab("order_status")] | None = about(N_("Order status"))  # R-003-27
    delivery_date: Day | None = about(N_("Delivery date"))  # R-003-28
    delivered_on: Day | None = about(N_("Delivered on"))
    payment_method: Annotated[str, Vocab("payment_method")] | None = about(N_("Payment method"))  # R-003-29
    payment_status: Annotated[str, Vocab("payment_status")] | None = about(N_("Payment status"))  # R-003-30
    payments: tuple[Payment, ...] = many(N_("Payments"))
    after_sales: tuple[AfterSales, ...] = many(N_("After-sales service"))  # R-003-31
    opportunity: str | None = about(N_("Opportunity"), ref="opportunity")
    contract: str | None = about(N_("Contract"), ref="contract")
    owner: str | None = about(N_("Owner"), "owner")

    def flaws(self) -> Iterable[Flaw]:
        """Yield what is wrong beyond single fields."""
        total = self.total()
        if total is not None and self.amount is not None and total != self.amount.amount:
            yield warning(
                "amount",
                "order.sum",
                msg(
                    N_("the items make {total}, the amount says {amount}"),
                    total=f"{total:,f}",
                    amount=f"{self.amount.amount:,f}",
                ),
                msg(N_("correct the amount or the items")),
                "R-003-26",
            )
        yield from self._instalments()
        paid = [p.amount.amount for p in self.payments if p.amount]
        if self.amount and len(paid) == len(self.payments) and sum(paid) > self.amount.amount:
            yield warning(
                "payments",
                "order.payments",
                msg(N_("the payments add up to more than the amount")),
                msg(N_("correct the payments or the amount")),
                "R-003-30",
            )

    def _instalments(self) -> Iterable[Flaw]:
        """Yield where the instalments and what is said of the payment do not fit together (R-003-30)."""
        known = [p.amount.amount for p in self.payments if p.amount]
        whole = bool(known) and len(known) == len(self.payments)
        if self.amount and whole and sum(known) < self.amount.amount:
            yield warning(
                "payments",
                "order.payments",
                msg(
                    N_("the payments make {total}, the amount says {amount}"),
                    total=f"{sum(known):,f}",
                    amount=f"{self.amount.amount:,f}",
                ),
                msg(
                    N_("add the instalments that are missing: payments.{n}.due, payments.{n}.amount"),
                    n=len(known),
                ),
                "R-003-30",
            )
        if self.payment_status == "paid" and any(not p.paid_on for p in self.payments):
            yield warning(
                "payment_status",
                "order.payments",
                msg(N_("an instalment is not paid, but the order says it is")),
                msg(N_("write paid_on at each instalment, or payment_status: instalments")),
                "R-003-30",
            )
        if self.payment_status == "instalments" and not self.payments:
            yield warning(
                "payments",
                "order.payments",
                msg(N_("the order is paid by instalments, but none is written down")),
                msg(N_("write them: payments.0.due, payments.0.amount")),
                "R-003-30",
            )

    def total(self) -> Decimal | None:
        """Return what the items make, None where one of them does not say."""
        if not self.items:
            return None
        total = Decimal(0)
        for item in self.items:
            if item.quantity is None or item.unit_price is None:
                return None
            total += item.quantity * item.unit_price.amount
            total -= item.discount.amount if item.discount else 0
        return total.normalize() if total % 1 else total.quantize(Decimal(1))
