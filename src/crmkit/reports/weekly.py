"""The weekly review (R-004-26): what was kept, late and why, won and lost, and after which contacts.

Definitions, also told by `crm report weekly --help`:

- A week runs from Monday to Sunday in the book's zone. What counts is what the records say, whenever they were
  written; the day on which the review is made decides only what is overdue and what is still ahead.
- A task is a follow-up with a day (the one it was last put off to), or a row of `crm due` that a contact answered.
  *Kept*: done on its day or before. *Late*: done after it. *Open*: not done, and its day is over. The share is kept
  of kept, late and open. What was due before the week and still open in it, or done late in it, is listed as
  *carried* and does not count in the share. Cancelled ones count as neither.
- *Put off*: by the day from which; the follow-up is then judged by its new day.
- *Unanswered*: rows of the rules that nobody answered; those before the week as long as they are of use.
- Clocks of complaints belong to the week in which they run out. A promise belongs to the weeks in which it was made,
  fell due and was kept, and to every one while it is overdue.
- *Won*: a customer who first became won, with the deals; or a deal of an existing customer. *Timely*: there were
  contacts, and none of the follow-ups up to the day was late. *Lost* likewise, from the last change of stage on. The
  last contact is the last before the day itself.
- Everything counts for its owner, and what nobody owns for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.reports import _weekly_tables
from crmkit.reports._clocks import Clock, clocks
from crmkit.reports._outcomes import Outcome, lost, won
from crmkit.reports._past import Past, PutOff, Task, belongs, gather
from crmkit.reports._promised import Promise, promises
from crmkit.reports.report import Figure, Material, Period, Section

NAME = "weekly"
NOTES = (
    N_("weekly: Monday to Sunday, the week of today or of --on, in the book's zone."),
    N_("Kept: done on its day or before; put off, by its new day."),
    N_("Late: done after its day, or not done and its day is over, old ones too."),
    N_("Percent: kept of all that was due in the week and is kept or late."),
    N_("Complaints: clocks that ran out. Promises: made, due, kept, or overdue."),
    N_("Timely contact: there were contacts, no follow-up before it was late."),
)
_OWN = ("followup", "promise.open", "sla.")
"""Rules whose open rows stand in sections of their own."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A row of `crm due` that nobody answered; `passed` says that it is of no use any more (a birthday)."""

    id: str
    customer: str
    customer_name: str
    owner: str
    rule: str
    due: date
    days: int
    reason: Message
    carried: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """What one owner did: contacts made, tasks due in the period by what became of them, puttings off.

    `share` is kept of kept, late and open, in percent; None where nothing was to be kept yet.
    """

    owner: str
    contacts: int = 0
    due: int = 0
    kept: int = 0
    late: int = 0
    open: int = 0
    ahead: int = 0
    cancelled: int = 0
    put_off: int = 0

    @property
    def share(self) -> int | None:
        """Percent kept."""
        judged = self.kept + self.late + self.open
        return round(100 * self.kept / judged) if judged else None

    def to_json(self) -> dict[str, Any]:
        """Return all numbers."""
        return {**{f.name: getattr(self, f.name) for f in fields(self)}, "share": self.share}


@dataclass(frozen=True)
class Weekly:
    """The review of one period; tasks by what became of them, `carried` the ids of those due before it."""

    period: Period
    owner: str
    tallies: Sequence[Tally]
    kept: Sequence[Task]
    late: Sequence[Task]
    ahead: Sequence[Task]
    carried: frozenset[str]
    put_off: Sequence[PutOff]
    unanswered: Sequence[Unanswered]
    complaints: Sequence[Clock]
    promises: Sequence[Promise]
    won: Sequence[Outcome]
    lost: Sequence[Outcome]
    query: str = ""

    @property
    def title(self) -> Message:
        """Its name, its days, and whose share it is."""
        days = {"first": self.period.first.isoformat(), "last": self.period.last.isoformat()}
        if self.owner:
            return msg(N_("Weekly review {first} to {last}: {owner}"), **days, owner=self.owner)
        return msg(N_("Weekly review {first} to {last}"), **days)

    @property
    def summary(self) -> list[Message]:
        """What it comes to."""
        told = list(_weekly_tables.summary(self.totals, self.period.today.isoformat()))
        return [*told, msg(N_("only these customers: {query}"), query=self.query)] if self.query else told

    @property
    def figures(self) -> tuple[Figure, ...]:
        """None: its sentences have the numbers."""
        return ()

    @cached_property
    def total(self) -> Tally:
        """All owners together."""
        names = [f.name for f in fields(Tally) if f.name != "owner"]
        return Tally("", **{name: sum(getattr(t, name) for t in self.tallies) for name in names})

    @cached_property
    def totals(self) -> dict[str, Any]:
        """Every number of the review."""
        total = self.total.to_json()
        del total["owner"]
        told = [t for t in self.late if not t.reason and not t.put_off]
        return {
            **total,
            "carried": len(self.carried),
            "without_reason": len(told),
            "unanswered": len(self.unanswered),
            **_counted("clocks", self.complaints, ("kept", "broken", "running", "unknown")),
            **_counted("promises", self.promises, ("kept", "late", "open", "overdue")),
            "won": len(self.won),
            "won_timely": sum(o.timely for o in self.won),
            "lost": len(self.lost),
            "lost_despite": sum(o.contacts > 0 for o in self.lost),
        }

    @property
    def sections(self) -> list[Section]:
        """Its tables."""
        total = {**self.total.to_json(), "total": True}
        return _weekly_tables.sections(self.lists, [t.to_json() for t in self.tallies], total)

    @property
    def columns(self) -> tuple[str, ...]:
        """What its entries have in common."""
        return _weekly_tables.COMMON

    @cached_property
    def lists(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that was counted, as plain JSON."""
        return {
            "kept": [self._task(t) for t in self.kept],
            "late": [self._task(t) for t in self.late],
            "ahead": [self._task(t) for t in self.ahead],
            "put_off": [_put_off(p) for p in self.put_off],
            "unanswered": [{**_plain(r), "reason": str(r.reason)} for r in self.unanswered],
            "complaints": [_plain(c) for c in self.complaints],
            "promises": [_promise(p) for p in self.promises],
            "won": [_outcome(o) for o in self.won],
            "lost": [_outcome(o) for o in self.lost],
        }

    def _task(self, one: Task) -> dict[str, Any]:
        plain = _plain(one)
        del plain["cancelled"]
        today = self.period.today
        return {
            **plain,
            "state": one.state(today),
            "days": one.days(today),
            "carried": one.id in self.carried,
        }

    def entries(self) -> list[dict[str, Any]]:
        """Return everything that was counted, one entry each."""
        return _weekly_tables.entries(self.lists)

    def to_json(self) -> dict[str, Any]:
        """Return all of it under stable keys."""
        return {
            "report": NAME,
            "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(),
            "as_of": self.period.today.isoformat(),
            "owner": self.owner,
            "totals": self.totals,
            "owners": [tally.to_json() for tally in self.tallies],
            **self.lists,
        }


def _plain(one: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as plain JSON."""
    found = {f.name: getattr(one, f.name) for f in fields(one)}
    return {
        name: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in found.items()
    }


def _put_off(one: PutOff) -> dict[str, Any]:
    return {name.rstrip("_"): value for name, value in _plain(one).items()}


def _promise(one: Promise) -> dict[str, Any]:
    names = {"text": "promise", "kept": "kept_on"}
    return {names.get(name, name): value for name, value in _plain(one).items()}


def _outcome(one: Outcome) -> dict[str, Any]:
    plain = _plain(one)
    what = "customer" if plain.pop("whole") else "deal"
    return {**plain, "what": what, "timely": one.timely, "days_since_contact": one.days_since_contact}


def week_of(day: date) -> tuple[date, date]:
    """Return the Monday and the Sunday of the week that holds `day`."""
    monday = day - timedelta(days=day.weekday())
    return monday, week_from(monday)


def week_from(day: date) -> date:
    """Return the last day of the week that begins on `day`; the calendar's last where it ends before."""
    return day + timedelta(days=min(6, (date.max - day).days))


def report(material: Material) -> Weekly:
    """Reckon the review of a period."""
    past, period = gather(material), material.period
    today = period.today
    mine = [t for t in past.all_tasks() if material.wants(t.owner)]
    due = [t for t in mine if belongs(t, period) == "due"]
    carried = [t for t in mine if belongs(t, period) == "carried" and t.state(today) in {"late", "open"}]
    put_off = [p for p in past.put_off if p.from_ in period and material.wants(p.owner)]
    return Weekly(
        period=period,
        owner=material.owner,
        tallies=_tallies(material, past, due, put_off),
        kept=sorted((t for t in due if t.state(today) == "kept"), key=_by_day),
        late=sorted((*carried, *(t for t in due if t.state(today) in {"late", "open"})), key=_by_day),
        ahead=sorted((t for t in due if t.state(today) == "ahead"), key=_by_day),
        carried=frozenset(t.id for t in carried),
        put_off=sorted(put_off, key=lambda p: (p.from_, p.id, str(p.to))),
        unanswered=sorted(_unanswered(material), key=lambda r: (r.due, r.id)),
        complaints=sorted(clocks(material), key=lambda c: (c.due, c.id)),
        promises=sorted(promises(material, past), key=lambda p: (p.due, p.id)),
        won=won(material, past),
        lost=lost(material, past),
        query=material.query,
    )


def _by_day(one: Task) -> tuple[date, str]:
    return one.due or date.max, one.id


def _unanswered(material: Material) -> Iterator[Unanswered]:
    """Yield the open rows of the rules that were due before today: of the period, and older ones still of use."""
    period = material.period
    if period.today == date.min:
        return
    last = min(period.last, period.today - timedelta(days=1))
    for row in material.rows(last):
        passed = row.until is not None and row.until < period.today
        carried = row.due_on < period.first
        owner = material.person(row.owner)
        # a duty of a role is the duty of those who have it
        mine = material.wants(owner) or (
            row.rule.startswith("chore.") and any(map(material.wants, row.people))
        )
        if row.rule.startswith(_OWN) or row.due_on > last or (carried and passed) or not mine:
            continue
        yield Unanswered(
            id=row.id,
            customer=row.customer,
            customer_name=row.customer_name,
            owner=owner,
            rule=row.rule,
            due=row.due_on,
            days=(period.today - row.due_on).days,
            reason=row.reason,
            carried=carried,
            passed=passed,
        )


def _tallies(material: Material, past: Past, due: Sequence[Task], put_off: Sequence[PutOff]) -> list[Tally]:
    """Count by owner, those with most to do first."""
    numbers: dict[str, dict[str, int]] = {}

    def count(owner: str, name: str) -> None:
        line = numbers.setdefault(owner, {})
        line[name] = line.get(name, 0) + 1

    for day, who in past.talks:
        if day in material.period and material.wants(who):
            count(who, "contacts")
    for task in due:
        state = task.state(material.period.today)
        count(task.owner, state)
        if state != "cancelled":
            count(task.owner, "due")
    for one in put_off:
        count(one.owner, "put_off")
    found = [Tally(owner, **line) for owner, line in numbers.items()]
    return sorted(found, key=lambda t: (not t.owner, -t.due, -t.contacts, t.owner))


def _counted(name: str, found: Iterable[Any], states: Sequence[str]) -> Mapping[str, int]:
    """Return how many are in each state, as `name_state`."""
    seen = [one.state for one in found]
    return {f"{name}_{state}": seen.count(state) for state in states}
