"""`crm show`: one record; for a customer the page that is read before a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.actions import attach
from crmkit.actions.due import DueRow, due_of
from crmkit.rules.loop import Talk, done, folded
from crmkit.rules.row import split_id

if TYPE_CHECKING:
    from crmkit.actions.attach import Attachment
    from crmkit.actions.chain import Step
    from crmkit.actions.session import Session
    from crmkit.errors import Problem
    from crmkit.index.lookup import Hit
    from crmkit.rules.cases import Case

Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a customer's timeline: when, what kind of record, which, and what happened.

    `on` is a date or a time as text; `text` is the record's title; `more` are its fields for whoever wants detail.
    """

    on: str
    kind: str
    id: str
    text: str
    more: Doc

    def to_json(self) -> dict[str, Any]:
        """Return `on kind id text`."""
        return {"on": self.on, "kind": self.kind, "id": self.id, "text": self.text}


@dataclass(frozen=True, slots=True)
class Said:
    """Something a contact left behind (a promise, an objection): the day, the words, the record."""

    on: str
    text: str
    id: str
    open: bool = True


@dataclass(frozen=True, slots=True)
class Money:
    """What the customer is worth so far, in the book's currency; other currencies are listed in `other`.

    `ordered` sums orders that were not cancelled, `outstanding` their instalments not paid, `open` the amounts of
    open opportunities.
    """

    ordered: float = 0
    orders: int = 0
    last_order: str = ""
    outstanding: float = 0
    open: float = 0
    opportunities: int = 0
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """What to know before the call (R-004-48)."""

    last_contact: Doc | None = None
    planned: Sequence[Doc] = ()
    promises: Sequence[Said] = ()
    objections: Sequence[Said] = ()
    competitor_news: Sequence[Said] = ()
    complaints: Sequence[Doc] = ()
    opportunities: Sequence[Doc] = ()
    contracts: Sequence[Doc] = ()
    money: Money = field(default_factory=Money)
    since: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A record with what belongs to it: `chain` is for follow-ups, what stands below it for customers."""

    hit: Hit
    doc: Doc
    problems: Sequence[Problem] = ()
    chain: Sequence[Step] = ()
    like: Sequence[Case] = ()
    """Of feedback: solved cases like it (R-001-08)."""
    records: Sequence[Doc] = ()
    due: Sequence[DueRow] = ()
    timeline: Sequence[Event] = ()
    brief: Brief | None = None
    files: Sequence[Attachment] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the record's fields; of a follow-up also `chain`, of a customer `records`, `due` and `timeline`."""
        if self.brief is None:
            chain = {"chain": [step.to_json() for step in self.chain]} if self.chain else {}
            from crmkit.actions.cases import to_json

            return {**self.doc, **chain, **({"like": to_json(list(self.like))} if self.like else {})}
        return {
            **self.doc,
            "records": [dict(r) for r in self.records],
            "due": [r.to_json() for r in self.due],
            "timeline": [e.to_json() for e in self.timeline],
            **({"files": [f.to_json() for f in self.files]} if self.files else {}),
        }


def show(session: Session, ident: str) -> Page:
    """Return the page of what goes by `ident`."""
    hit = session.resolve(ident)
    problems = session.index.problems(hit.path)
    if hit.kind != "customer":
        return Page(
            hit, session.index.json(hit.path), problems, _chain(session, hit), like=_like(session, hit)
        )
    docs = session.index.dossier_json(hit.id)
    children = [d for d in docs if d["kind"] != "customer"]
    own = session.index.json(hit.path)
    return Page(
        hit,
        own,
        problems,
        records=children,
        due=due_of(session, hit.id),
        timeline=timeline(session, children),
        brief=brief(session, own, children),
        files=attach.of_dossier(session, hit.path),
    )


def _like(session: Session, hit: Hit) -> Sequence[Case]:
    """Return the solved cases like an open one."""
    if hit.kind != "feedback" or session.index.doc(hit.path).get("solution"):
        return ()
    from crmkit.actions.cases import like

    return like(session, hit.id)


def _chain(session: Session, hit: Hit) -> Sequence[Step]:
    if hit.kind != "followup":
        return ()
    from crmkit.actions.chain import chain

    return chain(session, hit)


def timeline(session: Session, children: Iterable[Doc]) -> list[Event]:
    """Return everything that happened with the customer, newest first (R-003-24)."""
    events = []
    for doc in children:
        spec = session.catalog.kinds[doc["kind"]]
        on = str(doc.get(spec.date_field) or doc.get("due") or doc.get("created_on") or "")
        if doc["kind"] == "followup" and doc.get("status") != "done":
            continue
        text = str(
            doc.get("content") or doc.get(spec.first("title")) or doc.get("name") or doc.get("reason") or ""
        )
        events.append(Event(on, doc["kind"], doc["id"], text, doc))
    return sorted(events, key=lambda e: (e.on, e.id), reverse=True)


def brief(session: Session, own: Doc, children: Sequence[Doc]) -> Brief:
    """Gather what a salesperson wants to know before the call."""
    contacts = sorted(
        (d for d in of(children, "followup") if d.get("status") == "done"), key=at, reverse=True
    )
    answered = _answered(contacts)
    talks = {str(d["id"]): Talk.of(d) for d in of(children, "followup")}
    feedback = of(children, "feedback")
    opportunities = [d for d in of(children, "opportunity") if d.get("stage") not in {"won", "lost"}]
    won = sorted(str(s.get("on", "")) for s in own.get("stage_history", ()) if s.get("stage") == "won")
    ordered = sorted(str(o.get("ordered_on", "")) for o in of(children, "order") if o.get("ordered_on"))
    return Brief(
        last_contact=contacts[0] if contacts else None,
        planned=sorted(
            (d for d in of(children, "followup") if d.get("status", "planned") == "planned"),
            key=lambda d: str(d.get("due", "")),
        ),
        promises=_said(contacts, "promises", answered, talks),
        objections=_recent(_said(contacts, "objections", answered, talks), 5),
        competitor_news=_said(contacts, "competitor_news", answered, talks)[:3],
        complaints=[d for d in feedback if d.get("status", "open") not in {"resolved", "closed"}],
        opportunities=opportunities,
        contracts=[d for d in of(children, "contract") if d.get("status") == "in_force"],
        money=money(of(children, "order"), opportunities, session.settings.currency),
        since=min([*won[:1], *ordered[:1]], default=""),
    )


def of(children: Iterable[Doc], kind: str) -> list[Doc]:
    """Return the records of one kind."""
    return [d for d in children if d["kind"] == kind]


def at(doc: Doc) -> str:
    """Return when a contact took place, as text that sorts."""
    return str(doc.get("at", ""))


def _answered(contacts: Sequence[Doc]) -> set[str]:
    """Return the ids of what contacts answer: records, and the promises that rows are about."""
    found = {str(d["answers"]) for d in contacts if d.get("answers")}
    rows = (split_id(a) for a in found)
    return found | {row[2] for row in rows if row}


def _recent(said: Sequence[Said], count: int) -> list[Said]:
    """Return the newest, and whatever is open, however old."""
    return [one for at, one in enumerate(said) if one.open or at < count]


def _said(contacts: Sequence[Doc], name: str, answered: set[str], talks: Mapping[str, Talk]) -> list[Said]:
    """Return what contacts left under `name`, newest first.

    It is open until a later contact answers it or the talk, or a next step that is about it was done (an objection
    also until one speaks of it), as the rule `promise.open` has it.
    """
    out: list[Said] = []
    later: list[str] = []
    for doc in contacts:
        value = doc.get(name, ())
        mark = "o" if name == "objections" else ""
        for number, text in enumerate([value] if isinstance(value, str) else value, 1):
            words = (
                str(text.get("what") or text.get("summary") or text)
                if isinstance(text, Mapping)
                else str(text)
            )
            own = f"{doc['id']}.{mark}{number}"  # as the row `promise.open` calls it
            alone = bool(mark) and len(value) == 1
            closed = bool(answered & {doc["id"], own} or done(talks, talks[doc["id"]], words, alone=alone))
            closed = closed or (bool(mark) and any(folded(words) in text for text in later))
            out.append(Said(at(doc)[:10], words, doc["id"], not closed))
        later.append(folded(" ".join((*map(str, doc.get("objections", ())), talks[doc["id"]].said))))
    return out


def money(orders: Sequence[Doc], opportunities: Sequence[Doc], currency: str) -> Money:
    """Sum orders, what is outstanding, and open opportunities; amounts in other currencies stay apart."""
    real = [o for o in orders if o.get("status") != "cancelled"]
    other: dict[str, float] = {}
    ordered = outstanding = opened = 0.0
    for order in real:
        amount, unit = amount_of(order, currency)
        if unit != currency:
            other[unit] = other.get(unit, 0) + amount
            continue
        ordered += amount
        outstanding += _unpaid(order, amount)
    for deal in opportunities:
        amount, unit = amount_of(deal, currency)
        opened += amount if unit == currency else 0
    return Money(
        ordered=ordered,
        orders=len(real),
        last_order=max((str(o.get("ordered_on", "")) for o in real), default=""),
        outstanding=outstanding,
        open=opened,
        opportunities=len(opportunities),
        other=tuple(f"{unit} {amount:,.2f}" for unit, amount in sorted(other.items())),
    )


def amount_of(doc: Doc, currency: str) -> tuple[float, str]:
    """Return a record's amount and its currency (the record's own, else the book's)."""
    value = doc.get("amount")
    unit = str(doc.get("currency") or currency)
    if isinstance(value, Mapping):
        return float(value.get("amount") or 0), str(value.get("currency") or unit)
    return float(value or 0), unit


def _unpaid(order: Doc, amount: float) -> float:
    payments = order.get("payments", ())
    if payments:
        return sum(amount_of(p, "")[0] for p in payments if not p.get("paid_on"))
    paid = order.get("payment_status") == "paid" or order.get("status") == "paid"
    return 0 if paid else amount
