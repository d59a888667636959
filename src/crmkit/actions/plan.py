"""`crm plan`, `crm snooze`, `crm cancel`: the life of a planned follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.actions.log import ahead, first_line, stamped, status_told
from crmkit.errors import Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session


def plan(session: Session, customer: str, due: str, reason: str, assignments: Sequence[str] = ()) -> Prepared:
    """Plan a follow-up for `customer` (R-000-41, R-004-07): when, why, and further `field=value`."""
    from crmkit.records import entry

    hit = session.customer(customer)
    spec = session.catalog.kinds["followup"]
    fields: dict[str, Any] = {"status": "planned", "reason": reason, "due": ahead(session, due)}
    fields |= entry.new_fields(spec, session.settings, assignments, session.now)
    fields.setdefault("owner", hit.owner or session.actor_name)

    def compose(draft: Draft) -> None:
        folder = str(PurePosixPath(hit.path).parent)
        message = f"plan {hit.title}: {first_line(reason)}"
        draft.create("followup", stamped(session, fields), folder, session.today, message=message)

    return Prepared(session, compose)


def cancel(session: Session, ident: str, why: str) -> Prepared:
    """Cancel a planned follow-up; `why` is kept as its result."""
    from crmkit.yaml.write import Edit

    hit = session.resolve(ident, ("followup",))
    doc = session.index.doc(hit.path)
    if doc.get("status", "planned") != "planned":
        raise Refused(
            N_("{id} is not planned but {status}"),
            hint=N_("only a planned follow-up can be cancelled"),
            id=hit.id,
            status=status_told(session, doc),
        )

    def compose(draft: Draft) -> None:
        edits = [Edit(("status",), "cancelled")] + ([Edit(("result",), why)] if why else [])
        draft.edit(hit.path, edits)
        draft.stamp(hit.path)
        draft.about(hit.id, hit.kind, hit.path, f"cancel {hit.title or hit.id}: {first_line(why)}")

    return Prepared(session, compose)
