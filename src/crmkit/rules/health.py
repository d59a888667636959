"""The health score of a customer and the rule `health.warning` (R-002-41, R-002-42).

The score is 0 to 100: three dimensions, each marked 0 to 100 and weighted as `health` in crm.yaml says (orders 40,
complaints 30, contact 30). All look at the same window, the last six months, and most compare it with the six
months before; a day counts in the window from itself until six calendar months later, exclusively.

- **orders** (stability of the cooperation): of the orders of the six months before, how many percent there are now;
  cancelled ones do not count. Where every order states an amount in one currency, the mean of the percentages by
  number and by amount. More than before is 100, not better.
- **complaints** (satisfaction): 100 less 50 for each complaint per order; complaints of the window, orders of the last
  twelve months, at least one.
- **contact** (frequency of talks): as with orders, by number, of the contacts after the day the customer was won:
  the talks that win somebody are no measure.

Little history says nothing, so it takes nothing away: with fewer than two orders (contacts) in the time before, the
dimension has full marks. Where the window is empty, the time before is the six months up to the last order (contact),
however long ago: nobody gets healthy by silence. Marks and score are whole numbers, cut, not rounded.

Worked example, on 2024-06-15: six orders from July to December 2023 and three since, amounts not known: 50 percent.
One complaint in March, nine orders in twelve months: 100 - 50 * 1/9 = 94. Four contacts in the half-year before, one
since: 25 percent. Score: (40 * 50 + 30 * 94 + 30 * 25) / 100 = 55. It warns, being below 70.

The score changes only on known days (something happens, or leaves a window), so only those are looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.rules.condition import active, where
from crmkit.rules.dates import is_answered
from crmkit.rules.facts import WON, day_of
from crmkit.rules.row import Row
from crmkit.values import BadValue
from crmkit.values.duration import Duration

if TYPE_CHECKING:
    from crmkit.records.order import Order
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec, Settings

WARNING = "health.warning"

DIMENSIONS = ("orders", "complaints", "contact")
WEIGHTS = {"orders": 40, "complaints": 30, "contact": 30}
LIMIT = 70
WINDOW = "6 months"

ENOUGH = 2
"""So many orders (contacts) are needed in the time before for a fall of them to mean anything."""

RISKS = {"high": 40, "medium": 55}
"""Below which score a customer that is warned of is at such a risk; above both it is at a low one (R-002-44)."""

PER_COMPLAINT = 50
"""What a complaint per order costs of the marks."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the book weighs health: weights by dimension, the limits below which it warns, the window.

    `each` are limits of single dimensions (R-002-42), none by default.
    """

    weights: Mapping[str, int]
    limit: int
    each: Mapping[str, int]
    window: str
    risks: Mapping[str, int] = field(default_factory=lambda: RISKS)

    @property
    def total(self) -> int:
        """The sum of the weights."""
        return sum(self.weights.values())

    def score(self, marks: Iterable[int]) -> int:
        """Return the score that the marks of the dimensions make, cut; 100 where nothing weighs anything."""
        total = self.total
        if not total:
            return 100
        return sum(w * mark for w, mark in zip(self.weights.values(), marks, strict=True)) // total


@dataclass(frozen=True, slots=True)
class Mark:
    """One dimension of a score: its weight, its mark of 0 to 100, and what it was reckoned from."""

    dimension: str
    weight: int
    mark: int
    told: Message

    @property
    def lost(self) -> int:
        """What it takes off the score, in hundredths of the weights."""
        return self.weight * (100 - self.mark)


@dataclass(frozen=True, slots=True)
class Health:
    """The score of a customer on a day, 0 to 100, with the marks that make it, in the order of `DIMENSIONS`."""

    day: date
    score: int
    marks: tuple[Mark, ...]

    @property
    def weakest(self) -> Mark:
        """The dimension that takes most off the score."""
        return max(self.marks, key=lambda m: m.lost)  # of two alike the first

    def warns(self, scheme: Scheme) -> bool:
        """Whether the score, or a dimension that has a limit of its own, is below its limit."""
        return self.score < scheme.limit or self.broken(scheme) is not None

    def risk(self, scheme: Scheme) -> str:
        """Return the risk of losing the customer, high, medium or low; "" where nothing warns (R-002-44)."""
        if not self.warns(scheme):
            return ""
        return next((name for name in ("high", "medium") if self.score < scheme.risks[name]), "low")

    def broken(self, scheme: Scheme) -> Mark | None:
        """Return the first dimension that is below its own limit."""
        return next((m for m in self.marks if m.mark < scheme.each.get(m.dimension, 0)), None)


def scheme_of(settings: Settings) -> Scheme:
    """Return what `health` in crm.yaml says; what is missing there or cannot be read is crmkit's."""
    said = settings.health
    weights = said.get("weights")
    each = said.get("warn_each")
    window = str(said.get("window") or WINDOW)
    length = intervals.length(window)
    return Scheme(
        {name: _whole(weights, name, WEIGHTS[name]) for name in DIMENSIONS},
        _whole(said, "warn_below", LIMIT),
        {name: _whole(each, name, 0) for name in DIMENSIONS if isinstance(each, Mapping) and name in each},
        window if length and min(length.months, length.days) >= 0 < length.months + length.days else WINDOW,
        {name: _whole(said.get("risk_below"), name, limit) for name, limit in RISKS.items()},
    )


def health(facts: Facts, day: date) -> Health:
    """Return the health of the customer as it stood, or will stand if nothing happens, at the end of `day`.

    What happened later than `day` is left out.
    """
    scheme = scheme_of(facts.settings)
    return _History(facts, scheme).on(day)


def rows(facts: Facts) -> Iterator[Row]:
    """Give a row on the day on which the score of a won customer falls below the limit (R-002-42).

    It is the present fall, or the one to come if nothing happens; falls that something has mended give no row. Where
    the score comes back by itself, a complaint being half a year old, that is the end of the row.
    """
    if facts.lost or facts.stage not in WON:
        return
    spec = active(facts, WARNING)
    if spec is None:
        return
    scheme = scheme_of(facts.settings)
    if not _may_warn(facts, scheme):
        return
    history = _History(facts, scheme)
    for start, end in _falls(history):
        row = _row(facts, spec, history.on(start), scheme, end - timedelta(1) if end else None)
        if not is_answered(facts, row):
            yield row


def _may_warn(facts: Facts, scheme: Scheme) -> bool:
    """Whether this customer has history enough to lose so many marks: for most there is nothing to reckon."""
    possible = {
        "orders": len(facts.dossier.orders) >= ENOUGH,
        "complaints": any(f.type == "complaint" for f in facts.dossier.feedback),
        "contact": len(facts.contacts) >= ENOUGH,
    }
    lost = sum(scheme.weights[name] for name, can in possible.items() if can)
    if any(possible[name] for name in scheme.each):
        return True
    return bool(scheme.total) and 100 * (scheme.total - lost) < scheme.limit * scheme.total


def _falls(history: _History) -> Iterator[tuple[date, date | None]]:
    """Yield the times below the limit, from the one that holds the last event on: first day, first day after."""
    days = history.days
    if not days:
        return
    at = bisect_right(days, history.last) - 1
    if history.warns(days[at]):
        while at and history.warns(days[at - 1]):
            at -= 1
    start = None
    for day in days[at:]:
        below = history.warns(day)
        if below and start is None:
            start = day
        elif not below and start is not None:
            yield start, day
            start = None
    if start is not None:
        yield start, None


class _Days:
    """The days of one kind of event, in order, with the days on which each leaves the window and twice the window."""

    __slots__ = ("left", "starts", "twice")

    def __init__(self, starts: Sequence[date], window: Duration) -> None:
        double = Duration(months=2 * window.months, days=2 * window.days)
        self.starts = starts
        self.left = [_later(day, window) for day in starts]
        self.twice = [_later(day, double) for day in starts]

    def compared(self, day: date) -> tuple[range, range]:
        """Return which events are in the window on `day`, and which in the time before it."""
        known, old = bisect_right(self.starts, day), bisect_right(self.left, day)
        if known > old or not old:
            return range(old, known), range(bisect_right(self.twice, day), old)
        return range(old, known), range(bisect_right(self.left, self.starts[old - 1]), old)

    def ever(self) -> Iterator[date]:
        """Yield the days on which a comparison may change."""
        yield from self.starts
        yield from self.left
        yield from self.twice


class _History:
    """What the score is reckoned from, laid out once for all the days that matter."""

    def __init__(self, facts: Facts, scheme: Scheme) -> None:
        window = intervals.length(scheme.window) or Duration(months=6)
        ordered = sorted(
            (o for o in facts.dossier.orders if o.ordered_on and o.status != "cancelled"),
            key=lambda o: (o.ordered_on or date.min, o.id),
        )
        won = facts.first_won
        complaints = (
            day_of(f.received_at, facts.zone)
            for f in facts.dossier.feedback
            if f.type == "complaint" and f.received_at
        )
        self.scheme = scheme
        self.span = intervals.span(scheme.window)
        self.orders = _Days([o.ordered_on for o in ordered if o.ordered_on], window)
        self.complaints = _Days(sorted(complaints), window)
        self.contact = _Days([day for day in facts.contacts if won is None or day > won], window)
        self.money = _sums(ordered, facts.settings.currency)
        kinds = (self.orders, self.complaints, self.contact)
        self.last = max((kind.starts[-1] for kind in kinds if kind.starts), default=date.min)
        self.days = sorted({day for kind in kinds for day in kind.ever() if day < date.max})

    def on(self, day: date) -> Health:
        """Return the health at the end of `day`."""
        values = self.values(day)
        told = (self._ordered(day, values[0]), self._complained(day, values[1]), self._talked(day, values[2]))
        marks = tuple(
            Mark(name, self.scheme.weights[name], value, text)
            for name, value, text in zip(DIMENSIONS, values, told, strict=True)
        )
        return Health(day, self.scheme.score(values), marks)

    def warns(self, day: date) -> bool:
        """Whether it warns at the end of `day`; as `Health.warns`, without the words."""
        values = self.values(day)
        if self.scheme.score(values) < self.scheme.limit:
            return True
        each = self.scheme.each
        return bool(each) and any(v < each.get(name, 0) for name, v in zip(DIMENSIONS, values, strict=True))

    def values(self, day: date) -> tuple[int, int, int]:
        """Return the marks of the dimensions at the end of `day`."""
        now, before = self.orders.compared(day)
        ordered = _kept(now, before)
        if len(before) >= ENOUGH and self.money and (worth := _sum(self.money, before)) > 0:
            ordered = (ordered + _percent(_sum(self.money, now), worth)) // 2
        orders = max(1, bisect_right(self.orders.starts, day) - bisect_right(self.orders.twice, day))
        complaints = len(self.complaints.compared(day)[0])
        complained = max(0, (100 * orders - PER_COMPLAINT * complaints) // orders)
        return ordered, complained, _kept(*self.contact.compared(day))

    def _ordered(self, day: date, mark: int) -> Message:
        now, before = self.orders.compared(day)
        if len(before) < ENOUGH:
            return msg(N_("orders: too few to compare"))
        text = N_("orders {mark} of 100: {n} in {span}, {before} in the time before")
        return msg(text, mark=mark, n=len(now), span=self.span, before=len(before))

    def _complained(self, day: date, mark: int) -> Message:
        now, _ = self.complaints.compared(day)
        if not now:
            return msg(N_("complaints: none in {span}"), span=self.span)
        return msg(N_("complaints {mark} of 100: {n} in {span}"), mark=mark, n=len(now), span=self.span)

    def _talked(self, day: date, mark: int) -> Message:
        now, before = self.contact.compared(day)
        if len(before) < ENOUGH:
            return msg(N_("contact: too few to compare"))
        text = N_("contact {mark} of 100: {n} in {span}, {before} in the time before")
        return msg(text, mark=mark, n=len(now), span=self.span, before=len(before))


def _kept(now: range, before: range) -> int:
    """Return how many percent of the events before there are now; full marks where they were too few."""
    return _percent(len(now), len(before)) if len(before) >= ENOUGH else 100


def _percent(now: Decimal | int, before: Decimal | int) -> int:
    """Return how many percent `now` is of `before`, 0 to 100."""
    if now >= before:
        return 100
    return max(0, int(100 * now / before))


def _sums(orders: Iterable[Order], currency: str) -> Sequence[Decimal]:
    """Return the running sums of the amounts, () where one is missing or they are not all of one currency."""
    amounts = [o.amount for o in orders]
    currencies = {a.currency or o.currency or currency for o, a in zip(orders, amounts, strict=True) if a}
    if None in amounts or len(currencies) != 1:
        return ()
    return [Decimal(0), *accumulate(a.amount for a in amounts if a)]


def _sum(running: Sequence[Decimal], which: range) -> Decimal:
    return running[which.stop] - running[which.start]


def _later(day: date, length: Duration) -> date:
    try:
        return length.after(day)
    except BadValue:
        return date.max


def _whole(said: Any, name: str, otherwise: int) -> int:
    value = said.get(name) if isinstance(said, Mapping) else None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else otherwise


def _row(facts: Facts, spec: RuleSpec, found: Health, scheme: Scheme, until: date | None) -> Row:
    broken = found.broken(scheme) if found.score >= scheme.limit else None
    if broken:
        text = N_("health: {weakest}; its limit is {limit}")
        reason = msg(text, weakest=broken.told, limit=scheme.each[broken.dimension])
    else:
        text = N_("health score {score}, below {limit}; weakest: {weakest}")
        reason = msg(text, score=found.score, limit=scheme.limit, weakest=found.weakest.told)
    contact, channels = facts.reach()
    line = facts.settings.lines.get("health")
    return Row(
        customer=facts.number,
        rule=WARNING,
        source=facts.number,
        due_on=found.day,
        until=until,
        reason=reason,
        owner=facts.owner(),
        people=facts.cared_by,
        channels=channels,
        contact=contact,
        high_value=facts.high_value,
        grade=facts.grade,
        where=f"crm.yaml:{line}" if line else where(spec),
    )
