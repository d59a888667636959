"""What was won and what was lost in a period, and the contacts that went before (R-004-26)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from crmkit.reports._past import Past
from crmkit.reports.report import Doc, Material, day_of

WON = frozenset({"won", "loyal"})
LOST = frozenset({"lost"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """A customer or a deal that was won or lost.

    `whole` says that the customer itself was, else it was a deal of one that stays what it is. `deals` are the
    opportunities that it is about, `names` what they are called. `contacts` counts those between `since` (None: from
    the first) and `on`; `last_contact` is the last one before the day, where there is none the one on it; `late`
    counts the follow-ups that were not done on their day.
    """

    customer: str
    customer_name: str
    owner: str
    on: date
    whole: bool
    deals: tuple[str, ...]
    names: tuple[str, ...]
    amount: Any
    since: date | None
    contacts: int
    last_contact: date | None
    late: int
    how: str
    reason: str
    lessons: str

    @property
    def timely(self) -> bool:
        """Whether there were contacts before, and none of the follow-ups was late."""
        return self.contacts > 0 and not self.late

    @property
    def days_since_contact(self) -> int | None:
        """Days from the last contact to the day, None without a contact."""
        return (self.on - self.last_contact).days if self.last_contact else None


def won(material: Material, past: Past) -> list[Outcome]:
    """Return the customers that first became won in the period, with their deals, and the deals of other customers."""
    deals = _deals(material, "won")
    found = []
    for number, doc in past.customers.items():
        entry = min(_entries(doc, WON), key=_on, default=None)
        day = day_of(entry.get("on")) if entry else None
        if entry and day and day in material.period:
            how = str(entry.get("via") or "")
            mine = deals.pop(number, [])
            found.append(_outcome(material, past, number, day, mine, whole=True, since=None, how=how))
    for number, several in deals.items():
        found += (_deal(material, past, number, day, deal) for day, deal in several)
    return _in_order(material, found)


def lost(material: Material, past: Past) -> list[Outcome]:
    """Return the customers that were lost in the period, with their deals, and the deals lost with other customers."""
    deals = _deals(material, "lost")
    found = []
    for number, doc in past.customers.items():
        entry = max(_entries(doc, LOST), key=_on, default=None)
        churn = doc.get("churn") or {}
        gone = "lost" in (doc.get("stage"), doc.get("status"))
        day = day_of(entry.get("on") if entry else churn.get("on") if gone else None)
        if day and day in material.period:
            before = [d for e in doc.get("stage_history") or () if (d := day_of(e.get("on"))) and d < day]
            since = max(before, default=None)
            mine = deals.pop(number, [])
            how = str((entry or {}).get("via") or "")
            found.append(_outcome(material, past, number, day, mine, whole=True, since=since, how=how))
    for number, several in deals.items():
        found += (_deal(material, past, number, day, deal) for day, deal in several)
    return _in_order(material, found)


def _in_order(material: Material, found: Sequence[Outcome]) -> list[Outcome]:
    return sorted((o for o in found if material.wants(o.owner)), key=lambda o: (o.on, o.customer, o.deals))


def _entries(doc: Doc, stages: frozenset[str]) -> Iterator[Doc]:
    for entry in doc.get("stage_history") or ():
        if entry.get("stage") in stages and day_of(entry.get("on")):
            yield entry


def _on(entry: Doc) -> str:
    return str(entry["on"])


def _deals(material: Material, stage: str) -> dict[str, list[tuple[date, Doc]]]:
    """Return the opportunities that came to `stage` in the period, with the day, by customer."""
    found = defaultdict(list)
    for doc in material.records("opportunity"):
        if doc.get("stage") != stage:
            continue
        entry = max(_entries(doc, frozenset({stage})), key=_on, default=None)
        day = day_of(entry.get("on") if entry else doc.get("closed_on"))
        if day and day in material.period:
            found[str(doc["customer"])].append((day, doc))
    return dict(found)


def _deal(material: Material, past: Past, number: str, day: date, doc: Doc) -> Outcome:
    begun = [d for e in doc.get("stage_history") or () if (d := day_of(e.get("on")))]
    since = min(begun, default=day_of(doc.get("created_on")))
    return _outcome(material, past, number, day, [(day, doc)], whole=False, since=since)


def _outcome(
    material: Material,
    past: Past,
    number: str,
    day: date,
    deals: Sequence[tuple[date, Doc]],
    *,
    whole: bool,
    since: date | None,
    how: str = "",
) -> Outcome:
    customer = past.customers.get(number) or {}
    docs = [doc for _day, doc in deals]
    start = since or date.min
    talks = [d for d in past.contacts.get(number, ()) if start <= d <= day]
    earlier = [d for d in talks if d < day]
    reasons = [str(d["lost_reason"]) for d in docs if d.get("lost_reason")]
    churn = customer.get("churn") or {}
    if whole:
        reasons = [str(churn.get(n)) for n in ("reason", "cause") if churn.get(n)][:1] or reasons
    owner = customer.get("owner") if whole else docs[0].get("owner") or customer.get("owner")
    return Outcome(
        customer=number,
        customer_name=str(customer.get("name") or ""),
        owner=material.person(owner),
        on=day,
        whole=whole,
        deals=tuple(str(d["id"]) for d in docs),
        names=tuple(str(d.get("name") or d["id"]) for d in docs),
        amount=_sum(docs, material.settings.currency),
        since=since,
        contacts=len(talks),
        last_contact=max(earlier or talks, default=None),
        late=_late(past, number, start, day),
        how=how,
        reason="; ".join(dict.fromkeys(reasons)),
        lessons=str(churn.get("lessons") or "") if whole else "",
    )


def _late(past: Past, number: str, start: date, day: date) -> int:
    """Count the follow-ups due from `start` to `day` that were late, or not done before the day."""
    found = [t for t in past.tasks.get(number, ()) if t.due and start <= t.due <= day and not t.cancelled]
    return sum(
        1 for t in found if t.due and ((t.done is None and t.due < day) or (t.done and t.done > t.due))
    )


def _sum(docs: Sequence[Doc], currency: str) -> Any:
    """Return the sum of the deals as `{amount, currency}`; None without amounts, or where the currencies differ."""
    total, units = Decimal(0), set()
    for doc in docs:
        value = doc.get("amount")
        unit = doc.get("currency") or currency
        if isinstance(value, dict):
            unit, value = value.get("currency") or unit, value.get("amount")
        if value is None or isinstance(value, bool):
            continue
        try:
            total += Decimal(str(value))
        except InvalidOperation:
            continue
        units.add(str(unit))
    if len(units) != 1:
        return None
    plain = int(total) if total == total.to_integral_value() else float(total)
    return {"amount": plain, "currency": units.pop()}
