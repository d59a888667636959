"""What has to be asked before something can be done: which fields answer a row of `crm due`, and what they hold now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.actions import done, form
from crmkit.actions.due import CHORE
from crmkit.actions.form import Ask
from crmkit.actions.log import LogEntry
from crmkit.i18n import _

if TYPE_CHECKING:
    from crmkit.actions._write import Prepared
    from crmkit.actions.session import Session
    from crmkit.rules.row import Row

FIELD = "field:"
"""Begins the name of what is written as a field, rather than told of the contact."""

_LISTS = frozenset({"objections", "promises"})
_STAMPED = frozenset({"sla.respond", "sla.resolve", "sla.revisit", "feedback.due"})
_NOTED = frozenset({"need.update", "activity.drop"})


@dataclass(frozen=True, slots=True)
class Questions:
    """What a form asks before `ident` is done or put off; `late` says that it wants a reason."""

    ident: str
    asks: tuple[Ask, ...]
    late: bool = False


def to_do(session: Session, ident: str) -> Questions:
    """Return what is asked before the row or follow-up `ident` is done."""
    aim = done.target(session, ident)
    row = aim.row or (session.index.followup_row(aim.record.id) if aim.hit else None)
    late = row is not None and _late(session, row)
    rule = aim.row.rule if aim.row else "followup"
    customer = "" if rule.startswith(CHORE) or aim.hit is None else aim.hit.customer or aim.hit.id
    asks = list(_of_rule(session, rule, customer, aim.hit.path if aim.hit else ""))
    if late:
        asks.append(why(session))
    return Questions(ident, tuple(asks), late)


def to_snooze(session: Session, ident: str) -> Questions:
    """Return what is asked before the row or follow-up `ident` is put off."""
    aim = done.target(session, ident)
    row = aim.row or (session.index.followup_row(aim.record.id) if aim.hit else None)
    late = row is not None and _late(session, row)
    day = form.ask(session, "followup", "due").but(name="until", label=_("Until"), required=True)
    return Questions(ident, (day, why(session).but(required=late)), late)


def to_log(session: Session, customer: str) -> Questions:
    """Return what is asked of a contact with a customer that took place."""
    return Questions(customer, tuple(_contact(session, session.customer(customer).id)))


def to_plan(session: Session, customer: str) -> Questions:
    """Return what is asked before a follow-up is planned."""
    names = ("reason", "due", "channels", "goal", "outline", "contact", "important", "owner")
    asks = [form.ask(session, "followup", name) for name in names]
    hit = session.customer(customer)
    needed = {"reason", "due"}
    return Questions(
        hit.id,
        tuple(
            a.but(required=a.name in needed, value=hit.owner if a.name == "owner" else "")
            if a.name != "contact"
            else a.but(choices=_people(session, hit.id))
            for a in asks
        ),
    )


def why(session: Session) -> Ask:
    """Return the question for the reason of a delay (R-004-47)."""
    return form.ask(session, "followup", "overdue_reason").but(name="why", required=True)


def _late(session: Session, row: Row) -> bool:
    from crmkit.rules import window

    return window.state(row, session.now, whole_day=session.whole_day) == "overdue"


def _of_rule(session: Session, rule: str, customer: str, path: str) -> Iterator[Ask]:
    content = form.ask(session, "followup", "content")
    at = form.ask(session, "followup", "at").but(required=False)
    if rule.startswith(CHORE):
        yield content.but(label=_("Note"))
    elif rule in _STAMPED:
        yield content.but(label=_(session.catalog.kinds["feedback"].by_name["solution"].label))
        yield at
    elif rule in {"order.delivery", "order.payment"}:
        yield at
    elif rule == "plan.step":
        yield content.but(label=_("Note"))
        yield at
    elif rule in _NOTED:
        yield content.but(
            required=True, label=_("What they need now") if rule == "need.update" else _("The cause")
        )
    elif rule == "contact.update":
        yield content
        yield from _reach(session, customer)
    elif rule == "opportunity.close":
        doc = session.index.doc(path)
        for name in ("stage", "close_date", "amount", "lost_reason"):
            yield form.ask(session, "opportunity", name, doc.get(name)).but(name=FIELD + name)
    elif rule == "survey.quarterly":
        spec = session.catalog.kinds["survey"].by_name["scores"]
        for key, label in spec.keys:
            yield Ask(f"{FIELD}scores.{key}", _(label), "number", hint="1-5")
        yield content.but(label=_("Comment"))
    else:
        yield from _contact(session, customer)


def _contact(session: Session, customer: str) -> Iterator[Ask]:
    """Yield what is told of a contact, and the next step (R-000-50, R-004-19)."""
    for name in ("channels", "content", "feedback", "objections", "promises"):
        yield form.ask(session, "followup", name)
    yield form.ask(session, "followup", "next_step").but(name="next")
    yield form.ask(session, "followup", "due").but(name="by", label=_("Next step due"), required=False)
    yield form.ask(session, "followup", "contact").but(choices=_people(session, customer))
    yield form.ask(session, "followup", "need_changes")
    yield form.ask(session, "followup", "competitor_news").but(name=FIELD + "competitor_news")
    yield form.ask(session, "followup", "owner").but(label=_("Next step's owner"))
    yield form.ask(session, "followup", "at").but(required=False)


def _people(session: Session, customer: str) -> tuple[tuple[str, str], ...]:
    doc = session.index.record(customer).doc if customer else {}
    people = [c for c in doc.get("contacts", ()) if isinstance(c, Mapping) and c.get("name")]
    return tuple((c["name"], f"{c['name']} {c.get('job_title') or ''}".strip()) for c in people)


def _reach(session: Session, customer: str) -> Iterator[Ask]:
    """Yield the ways to reach each contact, with what is there."""
    people = session.index.record(customer).doc.get("contacts", ())
    for number, person in enumerate(people):
        for name in ("phone", "mobile", "email", "wechat"):
            if person.get(name):
                asked = form.ask(session, "customer", f"contacts.{number}.{name}", person[name])
                yield asked.but(name=FIELD + asked.name, label=f"{person.get('name', '')} {asked.label}")


def entry_of(values: Mapping[str, str]) -> LogEntry:
    """Return what was told of a contact, from the values of a form."""
    told = {k: v for k, v in values.items() if not k.startswith(FIELD) and k != "why"}
    return LogEntry(
        channels=tuple(c for c in told.pop("channels", "").split(",") if c),
        objections=_sentences(told.pop("objections", "")),
        promises=_sentences(told.pop("promises", "")),
        fields=tuple(f"{k.removeprefix(FIELD)}={v}" for k, v in values.items() if k.startswith(FIELD)),
        **told,
    )


def _sentences(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def do(session: Session, ident: str, values: Mapping[str, str]) -> Prepared:
    """Return the change that the answers to `to_do` make."""
    return done.done(session, ident, entry_of(values), values.get("why", ""))


__all__ = ["Questions", "do", "entry_of", "to_do", "to_log", "to_plan", "to_snooze", "why"]
