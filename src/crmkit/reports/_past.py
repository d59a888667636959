"""What happened, gathered from the records once: contacts, and what was to be done by which day.

A contact is a follow-up that was done, whatever its channel, as in the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from crmkit.reports.report import Doc, Material, Period, day_of
from crmkit.rules.row import split_id

State = Literal["kept", "late", "open", "ahead", "cancelled"]

FOLLOWUP = "followup"
_ELSEWHERE = ("sla.", "feedback.", "promise.", "chore.", FOLLOWUP)
"""Rules whose rows are no tasks here: they have a section of their own, or are the follow-up itself."""


@dataclass(frozen=True, slots=True)
class Task:
    """What was to be done by a day: a follow-up that was planned, or a row of `crm due` that a contact answered.

    `due` is the day it was last put off to, None where a contact says that it is late, but not since when. `reason`
    is why it was late, `put_off` why it was put off before.
    """

    id: str
    customer: str
    customer_name: str
    owner: str
    rule: str
    due: date | None
    done: date | None
    cancelled: bool
    what: str
    reason: str
    put_off: tuple[str, ...] = ()

    def state(self, today: date) -> State:
        """Return kept (done on its day or before), late (done after it), open (overdue), ahead or cancelled."""
        if self.cancelled:
            return "cancelled"
        if self.done is not None:
            return "kept" if self.due and self.done <= self.due else "late"
        return "open" if self.due and self.due < today else "ahead"

    def days(self, today: date) -> int | None:
        """Return by how many days it is or was late (negative: done so many days ahead), None where nobody knows."""
        return ((self.done or today) - self.due).days if self.due else None


@dataclass(frozen=True, slots=True)
class PutOff:
    """One putting off: from which day to which, and why."""

    id: str
    customer: str
    customer_name: str
    owner: str
    what: str
    from_: date
    to: date | None
    why: str


@dataclass(frozen=True, slots=True)
class Past:
    """Customers by number; contacts, tasks and follow-ups by customer; who made each contact."""

    customers: Mapping[str, Doc]
    followups: Mapping[str, Sequence[Doc]]
    contacts: Mapping[str, Sequence[date]]
    tasks: Mapping[str, Sequence[Task]]
    put_off: Sequence[PutOff]
    talks: Sequence[tuple[date, str]]

    def all_tasks(self) -> Iterator[Task]:
        """Yield the tasks of all customers."""
        for tasks in self.tasks.values():
            yield from tasks


def gather(material: Material) -> Past:
    """Return what the records say."""
    customers = {str(doc["id"]): doc for doc in material.records("customer")}
    followups = defaultdict(list)
    for doc in material.records(FOLLOWUP):
        followups[str(doc["customer"])].append(doc)
    contacts, tasks = {}, {}
    put_off: list[PutOff] = []
    talks: list[tuple[date, str]] = []
    for number, docs in followups.items():
        owner = (customers.get(number) or {}).get("owner")
        made = [(day_of(d.get("at")), d) for d in docs if status_of(d) == "done"]
        done = [(day, d) for day, d in made if day]
        contacts[number] = sorted(day for day, _doc in done)
        talks += ((day, material.person(d.get("by") or d.get("owner") or owner)) for day, d in done)
        found = [task(material, d, owner) for d in docs]
        tasks[number] = [one for one in found if one]
        put_off += (one for d in docs for one in _put_off(material, d, owner))
    for number, doc in customers.items():
        first = day_of((doc.get("lead") or {}).get("first_contact_on"))
        if first and not any(status_of(d) == "done" for d in followups.get(number, ())):
            contacts[number] = [first]
    return Past(customers, followups, contacts, tasks, put_off, talks)


def status_of(doc: Doc) -> str:
    """Return planned, done or cancelled; one that does not say is done where it tells when it took place."""
    return str(doc.get("status") or ("done" if doc.get("at") else "planned"))


def planned_for(doc: Doc) -> date | None:
    """Return a follow-up's day: the one it was last put off to, else `due`."""
    for entry in reversed(doc.get("snoozed") or ()):
        if entry.get("to"):
            return day_of(entry["to"])
    return day_of(doc.get("due"))


def task(material: Material, doc: Doc, owner: Any) -> Task | None:
    """Return the task that a follow-up was, None where it was a contact that nobody had planned."""
    status, due, rule = status_of(doc), planned_for(doc), FOLLOWUP
    done = day_of(doc.get("at")) if status == "done" else None
    if status == "done" and done is None:
        return None  # an error that `crm check` names: nobody knows when
    if due is None and status == "done":
        parts = split_id(str(doc.get("answers") or ""))
        if parts and not parts[1].startswith(_ELSEWHERE):
            rule, due = parts[1], parts[3]
    if due is None and not (done and doc.get("overdue_reason")):
        return None
    return Task(
        id=str(doc["id"]),
        customer=str(doc["customer"]),
        customer_name=str(doc.get("customer_name") or ""),
        owner=material.person(doc.get("owner") or owner),
        rule=rule,
        due=due,
        done=done,
        cancelled=status == "cancelled",
        what=_what(doc),
        reason=str(doc.get("overdue_reason") or (doc.get("result") if status == "cancelled" else "") or ""),
        put_off=tuple(str(e["why"]) for e in doc.get("snoozed") or () if e.get("why")),
    )


def _put_off(material: Material, doc: Doc, owner: Any) -> Iterator[PutOff]:
    before = day_of(doc.get("due"))
    for entry in doc.get("snoozed") or ():
        start, to = day_of(entry.get("from")) or before, day_of(entry.get("to"))
        before = to or before
        if start:
            yield PutOff(
                id=str(doc["id"]),
                customer=str(doc["customer"]),
                customer_name=str(doc.get("customer_name") or ""),
                owner=material.person(doc.get("owner") or owner),
                what=_what(doc),
                from_=start,
                to=to,
                why=str(entry.get("why") or ""),
            )


def _what(doc: Doc) -> str:
    return str(next((doc[n] for n in ("reason", "goal", "subject", "content") if doc.get(n)), ""))


def belongs(one: Task, period: Period) -> Literal["", "due", "carried"]:
    """Say whether a task is the period's: due in it, or carried into it from before, not done by then or done late."""
    if one.due is None:
        return "due" if one.done in period else ""
    if one.due in period:
        return "due"
    if one.due > period.last:
        return ""
    carried = one.done is None or (one.done >= period.first and one.done > one.due)
    return "carried" if carried else ""
