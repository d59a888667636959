"""`crm done`: complete a planned follow-up, or answer a row of `crm due` (see `answer`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from crmkit.actions._write import Prepared
from crmkit.actions.answer import Answer, answer
from crmkit.actions.due import CHORE, last_day
from crmkit.actions.log import (
    LogEntry,
    contact_fields,
    first_line,
    next_step,
    record_contact,
    stamped,
    status_told,
    took_place,
)
from crmkit.errors import Ambiguous, NotFound, Refused, UsageError, msg
from crmkit.i18n import N_
from crmkit.rules.row import split_id

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.due import AgendaRow
    from crmkit.index.lookup import Hit
    from crmkit.rules.row import Row

SPOKEN = frozenset({"phone", "visit", "meeting"})
"""Channels by voice; all others are in writing. An important matter needs one of each (R-004-17)."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an ID of `crm done` or `crm snooze` means: a follow-up, or a computed row of the agenda.

    `hit` is None for a duty of the team.
    """

    hit: Hit | None
    row: Row | None = None

    @property
    def record(self) -> Hit:
        """The follow-up, or the record behind the row."""
        if self.hit is None:
            raise Refused(N_("a duty of the team has no record"), hint=N_("tick it off: crm done ID"))
        return self.hit


def target(session: Session, ident: str) -> Target:
    """Return what goes by `ident`: a row of the agenda (CUSTOMER/RULE/SOURCE/DUE) or a planned follow-up.

    A customer means the one row that `crm due` shows for it; Ambiguous where it shows several.
    """
    row = session.index.agenda_row(ident) if "/" in ident else None
    if row is None:
        try:
            return Target(session.resolve(ident, ("followup",)))
        except NotFound:
            row = _only_row(session, ident)
            if row is None:
                raise_settled(session, ident)
                raise
    if row.rule == "followup":
        return Target(session.resolve(row.source, ("followup",)))
    if row.rule.startswith(CHORE):
        return Target(None, row)
    return Target(session.resolve(row.source), row)


def raise_settled(session: Session, ident: str) -> None:
    """Refuse an id that was a row's, saying when it was done and by which follow-up; return for any other text."""
    parts = split_id(ident)
    if parts is None or not session.index.has_id(parts[0]):
        return
    records = session.index.dossier_docs(parts[0])
    for record in records:
        doc = record.doc
        if record.kind != "followup" or doc.get("answers") != ident or doc.get("status") == "cancelled":
            continue
        if doc.get("status") == "done":
            text, day = N_("{row} is done: on {day}, by {id}"), doc.get("at")
        else:
            snoozed = doc.get("snoozed") or [{}]
            text, day = N_("{row} was put off to {day}, as {id}"), snoozed[-1].get("to") or doc.get("due")
        raise Refused(
            text, hint=N_("look at it: crm show {id}"), row=ident, day=str(day or "")[:10], id=record.id
        )
    if any(parts[2].rpartition(".")[0] in {r.id, ""} or parts[2] == r.id for r in records):
        raise Refused(
            N_("{row} is not due any more"),
            hint=N_("its record says what became of it: crm show {customer}"),
            row=ident,
            customer=parts[0],
        )


def _only_row(session: Session, ident: str) -> AgendaRow | None:
    """Return the row that is due with the customer `ident`, None where nothing is or nobody goes by it."""
    try:
        customer = session.resolve(ident, ("customer",))
    except NotFound:
        return None
    rows = session.index.due(None, last_day(session, ""), today=session.today, customer=customer.id)
    if len(rows) > 1:
        raise Ambiguous(
            N_("{n} things are due with {name}"),
            [(r.id, str(r.reason)) for r in rows],
            hint=N_("name one by its id"),
            n=len(rows),
            name=customer.title,
        )
    return rows[0] if rows else None


def done(session: Session, ident: str, entry: LogEntry, why: str = "") -> Prepared:
    """Answer what goes by `ident` with the contact in `entry`.

    `why` says why it is late; UsageError where an overdue one gives no reason (R-004-47).
    """
    aim = target(session, ident)
    at = took_place(session, entry.at)
    demand_reason(session, aim, why)
    if aim.row is None:
        return _complete(session, aim.record, entry, at, why)
    return answer(Answer(session, aim.row, aim.hit, entry, at, why))


def demand_reason(session: Session, aim: Target, why: str) -> None:
    """Refuse an overdue one without a reason."""
    from crmkit.rules import window

    row = aim.row or session.index.followup_row(aim.record.id)
    if row is None or why:
        return
    if window.state(row, session.now, whole_day=session.whole_day) == "overdue":
        raise UsageError(
            N_("{id} was due on {due}: why is it late?"),
            hint=N_("say why: --why 客户出差 (or 暂无需求, ...)"),
            id=row.id,
            due=row.due_on.isoformat(),
        )


def _complete(session: Session, hit: Hit, entry: LogEntry, at: date | datetime, why: str) -> Prepared:
    doc = session.index.doc(hit.path)
    if doc.get("status", "planned") != "planned":
        raise Refused(N_("{id} is {status} already"), id=hit.id, status=status_told(session, doc))
    customer = session.customer(hit.customer)
    planned = next_step(session, customer, entry, at)
    halves = _channels_so_far(session, hit) | set(entry.channels)
    if doc.get("important") and not (halves & SPOKEN and halves - SPOKEN):
        return _half(session, hit, customer, entry, at)

    def compose(draft: Draft) -> None:
        from crmkit.yaml.write import Edit

        fields = contact_fields(session, entry, at)
        if why:
            fields["overdue_reason"] = why
        if planned is not None:
            folder = str(PurePosixPath(hit.path).parent)
            follow = draft.create("followup", stamped(session, planned), folder, session.today)
            fields |= {"next_step": entry.next, "next": follow}
        draft.edit(hit.path, [Edit((k,), v) for k, v in fields.items()])
        draft.stamp(hit.path)
        draft.about(hit.id, hit.kind, hit.path, f"done {customer.title}: {first_line(hit.title)}")

    return Prepared(session, compose)


def _channels_so_far(session: Session, hit: Hit) -> set[str]:
    records = session.index.dossier_docs(hit.customer)
    return {
        channel
        for record in records
        if record.kind == "followup"
        and record.doc.get("status") == "done"
        and record.doc.get("answers") == hit.id
        for channel in record.doc.get("channels", ())
    }


def _half(session: Session, hit: Hit, customer: Hit, entry: LogEntry, at: date | datetime) -> Prepared:
    """Log one of the two contacts that an important matter needs; it stays planned until the other is logged."""
    spoken = bool((_channels_so_far(session, hit) | set(entry.channels)) & SPOKEN)
    lacking = (
        N_("{id} is important and stays planned until it is confirmed in writing too: --channel email")
        if spoken
        else N_("{id} is important and stays planned until it is confirmed by voice too: --channel phone")
    )

    def compose(draft: Draft) -> None:
        message = f"log {customer.title}: one of two confirmations for {first_line(hit.title)}"
        record_contact(draft, customer, entry, at, answers=hit.id, message=message)
        draft.notice = str(msg(lacking, id=hit.id))

    return Prepared(session, compose)
