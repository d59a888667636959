"""`crm snooze`: put off a planned follow-up or a row of `crm due`, with the reason."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.actions.done import demand_reason, target
from crmkit.actions.log import first_line, stamped, status_told
from crmkit.errors import Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit
    from crmkit.rules.row import Row


def snooze(session: Session, ident: str, until: str, why: str = "") -> Prepared:
    """Put off what goes by `ident` to the day `until`.

    A computed row becomes a planned follow-up that answers it and so covers it. Clocks of complaints cannot be
    put off. An overdue one needs a reason (R-004-47).
    """
    aim = target(session, ident)
    day = session.day(until)
    if day <= session.today:
        raise Refused(N_("{day} is not ahead of today"), hint=N_("name a later day"), day=day.isoformat())
    demand_reason(session, aim, why)
    if aim.row is None:
        return _put_off(session, aim.record, day, why)
    if aim.hit is None:
        raise Refused(
            N_("a duty of the team cannot be put off"), hint=N_("tick it off: crm done {id}"), id=aim.row.id
        )
    if aim.row.rule.startswith("sla."):
        raise Refused(
            N_("the clock of a complaint cannot be put off"),
            hint=N_("answer it: crm done {id}"),
            id=aim.row.id,
        )
    return _cover(session, aim.row, day, why)


def _put_off(session: Session, hit: Hit, day: date, why: str) -> Prepared:
    from crmkit.yaml.write import DELETE, Edit

    doc = session.index.doc(hit.path)
    if doc.get("status", "planned") != "planned":
        raise Refused(N_("{id} is {status} already"), id=hit.id, status=status_told(session, doc))
    earlier = doc.get("snoozed", [])
    now_due = earlier[-1].get("to") if earlier else doc.get("due")

    def compose(draft: Draft) -> None:
        entry = _entry(now_due, day, why)
        edit = Edit(("snoozed", len(earlier)), entry) if earlier else Edit(("snoozed",), [entry])
        # a reminder for the day that is given up would come too early; without one it comes the day before
        draft.edit(hit.path, [edit, Edit(("remind",), DELETE)] if doc.get("remind") else [edit])
        draft.stamp(hit.path)
        draft.about(hit.id, hit.kind, hit.path, f"snooze {hit.title or hit.id} to {day}: {first_line(why)}")

    return Prepared(session, compose)


def _cover(session: Session, row: Row, day: date, why: str) -> Prepared:
    customer = session.customer(row.customer)
    fields: dict[str, Any] = {
        "status": "planned",
        "reason": str(row.reason),
        "due": row.due_on,
        "owner": row.owner or session.actor_name,
        "channels": list(row.channels),
        "answers": row.id,
        "snoozed": [_entry(row.due_on, day, why)],
    }

    def compose(draft: Draft) -> None:
        folder = str(PurePosixPath(customer.path).parent)
        message = f"snooze {row.rule} {customer.title} to {day}: {first_line(why)}"
        body = {k: v for k, v in fields.items() if v not in ("", [])}
        draft.create("followup", stamped(session, body), folder, session.today, message=message)

    return Prepared(session, compose)


def _entry(before: Any, to: date, why: str) -> dict[str, Any]:
    return {"from": before, "to": to} | ({"why": why} if why else {})
