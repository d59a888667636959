"""Answering a computed row of `crm due`: each rule is answered by what due.md names under "until".

Cadence and date rows, promises and warnings are answered by a contact that carries the row's id; the others by the
field that they wait for: the stamp of a complaint, the day of a delivery or a payment, a step that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.actions.due import CHORE
from crmkit.actions.log import LogEntry, first_line, next_step, record_contact, stamped
from crmkit.errors import Refused, UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit
    from crmkit.rules.row import Row


@dataclass(frozen=True, slots=True)
class Answer:
    """A row, the record behind it (None: a duty of the team), and what was said when it was done."""

    session: Session
    row: Row
    hit: Hit | None
    entry: LogEntry
    at: date | datetime
    why: str = ""

    @property
    def day(self) -> date:
        """The day on which it was done."""
        return self.at.date() if isinstance(self.at, datetime) else self.at

    @property
    def said(self) -> str:
        """What was told of it."""
        return self.entry.content or self.entry.feedback

    @property
    def record(self) -> Hit:
        """The record behind the row."""
        assert self.hit is not None  # noqa: S101 - only duties have none, and they are ticked
        return self.hit

    @property
    def number(self) -> int:
        """Which instalment or step of the record it is, from 0."""
        return int(self.row.part.rpartition(".")[2]) - 1


def answer(answer: Answer) -> Prepared:
    """Return the change that answers the row."""
    rule = answer.row.rule
    if rule.startswith(CHORE):
        return Prepared(answer.session, lambda draft: _tick(draft, answer))
    write = _WRITERS.get(rule)
    if write is None:
        return _contact(answer)
    _only_fields(answer)

    def compose(draft: Draft) -> None:
        write(draft, answer)
        late = f" (late: {first_line(answer.why)})" if answer.why else ""
        draft.about(
            answer.record.id,
            answer.record.kind,
            answer.record.path,
            f"done {rule} {first_line(answer.record.title or answer.record.id)}{late}",
        )

    return Prepared(answer.session, compose)


def _only_fields(answer: Answer) -> None:
    """Refuse what would be lost: such a row logs no contact, so it has no next step."""
    if answer.entry.next:
        raise UsageError(
            N_("{rule} is answered without a contact, so it has no next step"),
            hint=N_("plan it: crm plan {customer} --due DATE --reason TEXT"),
            rule=answer.row.rule,
            customer=answer.row.customer,
        )


def _contact(answer: Answer) -> Prepared:
    """Log a contact that answers the row."""
    from crmkit.yaml.write import Edit

    session, row, entry = answer.session, answer.row, answer.entry
    customer = session.customer(row.customer)
    if not entry.tells:
        raise UsageError(
            N_("what was talked about with {name}?"),
            hint=N_("say it: crm done {id} --content TEXT, or at least --channel phone"),
            name=customer.title,
            id=row.id,
        )
    planned = next_step(session, customer, entry, answer.at)
    if row.rule.startswith("opportunity.") and not entry.opportunity:
        entry = replace(entry, opportunity=row.source)
    if answer.why:
        entry = replace(entry, fields=(*entry.fields, f"overdue_reason={answer.why}"))

    def compose(draft: Draft) -> None:
        message = f"done {row.rule} {customer.title}: {first_line(answer.said or str(row.reason))}"
        record_contact(draft, customer, entry, answer.at, planned=planned, answers=row.id, message=message)
        if row.rule == "cadence.lost" and answer.said:
            # the point of this row is to learn why (R-001-37); it rests once the reason stands on the customer
            draft.edit(customer.path, [Edit(("churn", "reason"), answer.said)])
            draft.stamp(customer.path)

    return Prepared(session, compose)


def _stamp(field: str, status: str) -> Callable[[Draft, Answer], None]:
    def write(draft: Draft, answer: Answer) -> None:
        values: dict[str, Any] = {field: answer.at, "status": status}
        if field == "resolved_at" and answer.said:
            values["solution"] = answer.said
        _set(draft, answer, values)
        _assign(draft, answer.record.path, "feedback", answer.entry.fields)

    return write


def _delivered(draft: Draft, answer: Answer) -> None:
    current = _current(draft, answer.record.path)
    paid = {"status": "delivered"} if current.get("status") != "paid" else {}
    _set(draft, answer, {"delivered_on": answer.day, **paid})


def _paid(draft: Draft, answer: Answer) -> None:
    from crmkit.yaml.write import Edit

    payments = _current(draft, answer.record.path).get("payments") or []
    if answer.number >= len(payments):
        raise Refused(N_("{id} is no longer there"), hint=N_("look again: crm due"), id=answer.row.id)
    edits = [Edit(("payments", answer.number, "paid_on"), answer.day)]
    open_ = [p for at, p in enumerate(payments) if at != answer.number and not (p or {}).get("paid_on")]
    if not open_:
        edits.append(Edit(("payment_status",), "paid"))
    draft.edit(answer.record.path, edits)
    draft.stamp(answer.record.path)


def _step(draft: Draft, answer: Answer) -> None:
    from crmkit.yaml.write import Edit

    steps = _current(draft, answer.record.path).get("steps") or []
    if answer.number >= len(steps):
        raise Refused(N_("{id} is no longer there"), hint=N_("look again: crm due"), id=answer.row.id)
    edits = [Edit(("steps", answer.number, "done_on"), answer.day)]
    if answer.said:
        edits.append(Edit(("steps", answer.number, "note"), answer.said))
    draft.edit(answer.record.path, edits)
    draft.stamp(answer.record.path)


def _need(draft: Draft, answer: Answer) -> None:
    """Add the changed need to the customer (R-001-29)."""
    from crmkit.yaml.write import Edit

    if not answer.said:
        raise UsageError(
            N_("what does {name} need now?"),
            hint=N_("say it: crm done {id} --content TEXT; or change needs: crm edit {customer}"),
            name=answer.session.customer(answer.row.customer).title,
            id=answer.row.id,
            customer=answer.row.customer,
        )
    path = answer.session.customer(answer.row.customer).path
    needs = _current(draft, path).get("needs") or []
    need = {"summary": answer.said, "on": answer.day}
    draft.edit(path, [Edit(("needs", len(needs)), need) if needs else Edit(("needs",), [need])])
    draft.stamp(path)


def _contact_data(draft: Draft, answer: Answer) -> None:
    """Write the changed contact data (R-001-28); said to be right as it stands, it is only stamped."""
    if not (answer.entry.fields or answer.said):
        raise UsageError(
            N_("what has changed?"),
            hint=N_("say it: crm done {id} contacts.0.mobile=...; if it is right already: --content TEXT"),
            id=answer.row.id,
        )
    path = answer.session.customer(answer.row.customer).path
    _assign(draft, path, "customer", answer.entry.fields)
    draft.stamp(path)


def _cause(draft: Draft, answer: Answer) -> None:
    """Note why the customer's activity fell (R-002-36)."""
    from crmkit.yaml.write import Edit

    if not answer.said:
        hint = N_("say it: crm done {id} --content 内部组织架构调整")
        raise UsageError(N_("what is the cause?"), hint=hint, id=answer.row.id)
    path = answer.session.customer(answer.row.customer).path
    draft.edit(path, [Edit(("churn", "cause"), answer.said), Edit(("churn", "on"), answer.day)])
    draft.stamp(path)


def _closed(draft: Draft, answer: Answer) -> None:
    """Close the opportunity, or move the day on which it is expected to (R-003-53)."""
    _demand(
        answer,
        N_("how did it end?"),
        N_(
            "say it: crm done {id} stage=won start_date=today (or stage=lost lost_reason=..., close_date=+30d)"
        ),
    )
    into = [w for w in answer.entry.fields if w.partition("=")[0].strip() == "stage"]
    if into:
        from crmkit.actions import stage

        others = [w for w in answer.entry.fields if w not in into]
        stage.into(draft, stage.move(answer.session, answer.record.id, into[-1].partition("=")[2], others))
        return
    _assign(draft, answer.record.path, "opportunity", answer.entry.fields)
    draft.stamp(answer.record.path)


def _surveyed(draft: Draft, answer: Answer) -> None:
    """Add the survey (R-002-32)."""
    from pathlib import PurePosixPath

    from crmkit.records import entry as typed

    _demand(
        answer,
        N_("how did the customer score the service?"),
        N_("say it: crm done {id} scores.response=4 scores.solving=5 scores.attitude=5"),
    )
    session = answer.session
    spec = session.catalog.kinds["survey"]
    fields = {"on": answer.day, "by": session.actor_name}
    fields |= typed.new_fields(spec, session.settings, answer.entry.fields, session.now)
    fields |= {"comment": answer.said} if answer.said else {}
    folder = str(PurePosixPath(session.customer(answer.row.customer).path).parent)
    draft.create("survey", stamped(session, fields), folder, answer.day)


def _review(_: Draft, answer: Answer) -> None:
    raise Refused(
        N_("a review is answered by approving the record or returning it"),
        hint=N_("look at it: crm show {id}; then crm approve {id}, or crm return {id} --why TEXT"),
        id=answer.row.source,
    )


def _demand(answer: Answer, what: str, hint: str) -> None:
    if not answer.entry.fields:
        raise UsageError(what, hint=hint, id=answer.row.id)


def _set(draft: Draft, answer: Answer, values: Mapping[str, Any]) -> None:
    from crmkit.yaml.write import Edit

    draft.edit(answer.record.path, [Edit((k,), v) for k, v in values.items()])
    draft.stamp(answer.record.path)


def _assign(draft: Draft, path: str, kind: str, assignments: Sequence[str]) -> None:
    from crmkit.records import entry as typed

    session = draft.session
    spec = session.catalog.kinds[kind]
    draft.edit(path, typed.assign(spec, session.settings, _current(draft, path), assignments, session.now))


def _current(draft: Draft, path: str) -> dict[str, Any]:
    from crmkit.yaml import read

    return read.load(draft.text(path).encode(), path).data


def _tick(draft: Draft, answer: Answer) -> None:
    """Tick a duty of the team off for its day."""
    from crmkit.book.paths import CHORES
    from crmkit.yaml import read, write

    row, who = answer.row, answer.session.actor_name
    path = f"{CHORES}/{row.due_on.year}.yaml"
    # a duty that each member ticks is ticked for the member whose row it is
    tick = {"due": row.due_on, "done_on": answer.day, "by": row.owner if _of_member(answer) else who}
    said = "; ".join(text for text in (answer.said, answer.why) if text)
    tick |= {"note": said} if said else {}
    base = draft.maybe(path)
    if base is None:
        draft.put(path, write.dump({row.source: [tick]}), base=None)
    else:
        ticks = read.load(base, path, empty_ok=True).data.get(row.source) or []
        where = (row.source, len(ticks)) if ticks else (row.source,)
        draft.edit(path, [write.Edit(where, tick if ticks else [tick])])
    draft.about(row.id, "chore", path, f"done {row.rule} {row.due_on}: {who}")


def _of_member(answer: Answer) -> bool:
    return any(m.name == answer.row.part for m in answer.session.settings.team)


_WRITERS: Mapping[str, Callable[[Draft, Answer], None]] = {
    "sla.respond": _stamp("first_responded_at", "responded"),
    "sla.resolve": _stamp("resolved_at", "resolved"),
    "sla.revisit": _stamp("revisited_at", "closed"),
    "feedback.due": _stamp("resolved_at", "resolved"),
    "order.delivery": _delivered,
    "order.payment": _paid,
    "plan.step": _step,
    "need.update": _need,
    "contact.update": _contact_data,
    "activity.drop": _cause,
    "opportunity.close": _closed,
    "survey.quarterly": _surveyed,
    "review.customer": _review,
    "review.contract": _review,
}
"""Who writes the field that a rule waits for; all other rules are answered by a contact."""
