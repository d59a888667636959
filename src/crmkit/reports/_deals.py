"""Opportunities as the reports see them: amount, chance, way through the stages (R-003-09 to -18, R-003-49 to -55).

- A deal is open until its stage is won or lost or it says when it was closed.
- Its amount is `amount`; without one, the sum of its items that have a price.
- Its chance is `probability`; without one, that of its stage: `probability` of the stage under
  `vocabularies.opportunity_stage` in crm.yaml, else 10, 25, 50, 70, 90 percent from new to signing (crmkit's).
- It began on the first day of its stage history, else on the day it was entered. It was won or lost on the last day
  that its history gives that stage, else on `closed_on`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from crmkit.reports import _money
from crmkit.reports.report import Doc, Material, day_of

ORDER = ("new", "qualify", "proposal", "negotiation", "signing")
CLOSED = ("won", "lost")
CHANCES = {"new": 10, "qualify": 25, "proposal": 50, "negotiation": 70, "signing": 90, "won": 100, "lost": 0}


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity. `amount` None: it names none; `chance` is in percent; `ended_on` the day it was won or lost."""

    id: str
    name: str
    customer: str
    customer_name: str
    owner: str
    stage: str
    open: bool
    amount: Decimal | None
    currency: str
    chance: Decimal
    close_date: date | None
    source: str
    campaign: str
    began_on: date | None
    ended_on: date | None
    history: Sequence[tuple[str, date]]
    doc: Doc

    @property
    def weighted(self) -> Decimal | None:
        """The amount times the chance, None without an amount."""
        return None if self.amount is None else self.amount * self.chance / 100

    @property
    def cycle(self) -> int | None:
        """Days from the beginning to winning or losing, None where either is not known."""
        if self.began_on is None or self.ended_on is None or self.ended_on < self.began_on:
            return None
        return (self.ended_on - self.began_on).days


def deals(material: Material) -> Iterator[Deal]:
    """Yield the opportunities of the owner asked for, of all time."""
    for doc in material.records("opportunity"):
        owner = material.whose(doc)
        if material.owns(owner):
            yield _deal(material, doc, owner)


def _deal(material: Material, doc: Doc, owner: str) -> Deal:
    stage = str(doc.get("stage") or "new")
    value, unit = _amount(doc, material.settings.currency)
    history = [
        (str(entry["stage"]), day)
        for entry in doc.get("stage_history") or ()
        if entry.get("stage") and (day := day_of(entry.get("on")))
    ]
    history.sort(key=lambda entry: entry[1])
    ended = [day for name, day in history if name == stage] if stage in CLOSED else []
    closed_on = day_of(doc.get("closed_on"))
    return Deal(
        id=str(doc["id"]),
        name=str(doc.get("name") or doc["id"]),
        customer=str(doc["customer"]),
        customer_name=str(doc.get("customer_name") or ""),
        owner=owner,
        stage=stage,
        open=stage not in CLOSED and closed_on is None,
        amount=value,
        currency=unit,
        chance=chance(material, doc, stage),
        close_date=day_of(doc.get("close_date")),
        source=str(doc.get("source") or ""),
        campaign=str(doc.get("campaign") or ""),
        began_on=history[0][1] if history else day_of(doc.get("created_on")),
        ended_on=max(ended, default=closed_on),
        history=history,
        doc=doc,
    )


def _amount(doc: Doc, currency: str) -> tuple[Decimal | None, str]:
    unit = str(doc.get("currency") or currency)
    stated = _money.amount(doc.get("amount"), unit)
    if stated:
        return stated
    priced = [_item(i, unit) for i in doc.get("items") or () if isinstance(i, Mapping)]
    known = [p for p in priced if p]
    units = {p[1] for p in known}
    if len(units) != 1:
        return None, unit
    return sum((p[0] for p in known), Decimal(0)), units.pop()


def _item(item: Mapping[str, Any], unit: str) -> tuple[Decimal, str] | None:
    price = _money.amount(item.get("unit_price"), unit)
    quantity = _money.number(item.get("quantity"))
    return (price[0] * (1 if quantity is None else quantity), price[1]) if price else None


def chance(material: Material, doc: Doc, stage: str) -> Decimal:
    """Return the chance of a deal in percent."""
    own = _money.number(doc.get("probability"))
    if own is not None:
        return own
    term = material.settings.vocabularies.get("opportunity_stage", {}).get(stage)
    stated = _money.number(term.attrs.get("probability")) if term else None
    return Decimal(CHANCES.get(stage, 0)) if stated is None else stated


def stages(material: Material) -> list[str]:
    """Return the stages before the end in their order: crmkit's, then the book's own."""
    known = material.settings.vocabularies.get("opportunity_stage", {})
    return [*ORDER, *(code for code in known if code not in ORDER and code not in CLOSED)]
