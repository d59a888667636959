"""Promises of a period: kept, kept late, open or overdue (R-004-20).

The day of a promise and what keeps it are those of the rule `promise.open`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from crmkit.reports._past import Past, planned_for, status_of
from crmkit.reports.report import Doc, Material, Period, day_of
from crmkit.rules import intervals, loop
from crmkit.rules.row import split_id

State = Literal["kept", "late", "open", "overdue"]
RULE = "promise.open"


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: the talk it was made in, its words, the day by which it was to be kept and the day it was."""

    id: str
    customer: str
    customer_name: str
    owner: str
    text: str
    made: date
    due: date
    kept: date | None
    state: State


def promises(material: Material, past: Past) -> Iterator[Promise]:
    """Yield the promises that were made, fell due or were kept in the period, and older ones that are overdue."""
    spec = material.settings.rules.get(RULE)
    if spec is None or not spec.on:
        return
    meant, period = material.holds(RULE), material.period
    for number, docs in past.followups.items():
        if meant is not None and number not in meant:
            continue
        owner = (past.customers.get(number) or {}).get("owner")
        for doc in docs:
            who = material.person(doc.get("owner") or owner)
            if status_of(doc) == "done" and doc.get("promises") and material.wants(who):
                found = _of_talk(material, spec.first, docs, doc, who)
                yield from (one for one in found if _belongs(one, period))


def _belongs(one: Promise, period: Period) -> bool:
    return (
        one.made in period
        or one.due in period
        or one.kept in period
        or (one.state == "overdue" and one.due < period.first)
    )


def _of_talk(material: Material, first: str, docs: Sequence[Doc], doc: Doc, owner: str) -> Iterator[Promise]:
    from crmkit.values.said_inside import find_day

    at, made = str(doc.get("at") or ""), day_of(doc.get("at"))
    if made is None:
        return
    following = next((d for d in docs if d["id"] == doc.get("next") and d is not doc), None)
    planned = planned_for(following) if following and status_of(following) == "planned" else None
    workdays = material.settings.workdays
    talks = {str(d["id"]): loop.Talk.of(d) for d in docs}
    for number, words in enumerate(doc["promises"], 1):
        text = " ".join(str(words).split())
        moment = datetime.fromisoformat(at) if "T" in at else made
        named = find_day(text, moment, add_working_days=workdays.after)
        mine = (
            planned if following and loop.stands_for(talks[str(following["id"])], text, first=True) else None
        )
        due = named or mine or intervals.after(first, made, workdays)
        if not text or due is None:
            continue
        step = loop.done(talks, talks[str(doc["id"])], text)
        kept = _kept(docs, doc, step, f"{doc['id']}.{number}", made)
        due = due.date() if isinstance(due, datetime) else due
        yield Promise(
            id=str(doc["id"]),
            customer=str(doc["customer"]),
            customer_name=str(doc.get("customer_name") or ""),
            owner=owner,
            text=text,
            made=made,
            due=due,
            kept=kept,
            state=_state(due, kept, material.period.today),
        )


def _kept(docs: Sequence[Doc], talk: Doc, step: str, part: str, made: date) -> date | None:
    """Return the day on which a later contact answered the talk, this promise of it or its row, or `step` was done."""
    days = [max(day_of(d.get("at")) or made, made) for d in docs if d["id"] == step]
    for doc in docs:
        answers = str(doc.get("answers") or "")
        row = split_id(answers)
        hit = answers in {talk["id"], part} or (row is not None and row[1:3] == (RULE, part))
        day = day_of(doc.get("at")) if hit and doc is not talk and status_of(doc) == "done" else None
        if day and day >= made:
            days.append(day)
    return min(days, default=None)


def _state(due: date, kept: date | None, today: date) -> State:
    if kept is not None:
        return "kept" if kept <= due else "late"
    return "overdue" if due < today else "open"
