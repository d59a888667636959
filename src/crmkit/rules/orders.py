"""The rules `order.*`: what was ordered is delivered, what was delivered is paid (R-003-28, R-003-30)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules.condition import active, where
from crmkit.rules.dates import is_answered
from crmkit.rules.row import Row

if TYPE_CHECKING:
    from datetime import date

    from crmkit.records.order import Order, Payment
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec

DELIVERY = "order.delivery"
PAYMENT = "order.payment"

DELIVERED = frozenset({"delivered", "paid", "cancelled"})
"""Statuses of an order of which nothing is to be delivered any more."""

SETTLED = frozenset({"paid", "cancelled"})
"""Statuses of an order of which nothing is to be paid any more; `paid` is a status of both kinds (R-003-27)."""


def delivery_rows(facts: Facts) -> Iterator[Row]:
    """Give a row on the delivery date of each order, until it is delivered (R-003-28)."""
    spec = active(facts, DELIVERY)
    if spec is None:
        return
    for order in facts.dossier.orders:
        if order.delivery_date is None or order.delivered_on or order.status in DELIVERED:
            continue
        text = N_("order {number}: to be delivered on {day}")
        reason = msg(text, number=_name(order), day=order.delivery_date.isoformat())
        yield from _row(facts, spec, order, order.delivery_date, reason)


def payment_rows(facts: Facts) -> Iterator[Row]:
    """Give a row for each instalment with a date that is not paid (R-003-30); ORDER-ID.N, counted from 1.

    An order without instalments names no day on which it is to be paid, and gives no row.
    """
    spec = active(facts, PAYMENT)
    if spec is None:
        return
    for order in facts.dossier.orders:
        if order.status in SETTLED or order.payment_status == "paid":
            continue
        for number, payment in enumerate(order.payments, 1):
            if payment.due and not payment.paid_on:
                reason = _asked(facts, order, payment, number)
                yield from _row(facts, spec, order, payment.due, reason, part=f"{order.id}.{number}")


def _asked(facts: Facts, order: Order, payment: Payment, number: int) -> Message:
    """Return what is to be paid: which of how many instalments, and how much in which currency."""
    count = len(order.payments)
    value = payment.amount or (order.amount if count == 1 else None)
    names = {"number": _name(order), "n": number, "count": count}
    if value is None:
        return msg(N_("order {number}: payment {n} of {count} is due"), **names)
    currency = value.currency or order.currency or facts.settings.currency
    # the code, not the symbol: read alike in every language, and by scripts
    amount = f"{currency} {value.amount:,f}"
    return msg(N_("order {number}: payment {n} of {count} is due, {amount}"), **names, amount=amount)


def _name(order: Order) -> str:
    return order.number or order.id


def _row(
    facts: Facts, spec: RuleSpec, order: Order, due: date, reason: Message, *, part: str = ""
) -> Iterator[Row]:
    contact, channels = facts.reach()
    row = Row(
        customer=facts.number,
        rule=spec.name,
        source=order.id,
        part=part,
        due_on=due,
        reason=reason,
        owner=facts.owner(order),
        channels=channels,
        contact=contact,
        high_value=facts.high_value,
        grade=facts.grade,
        where=where(spec),
    )
    if not is_answered(facts, row):
        yield row
