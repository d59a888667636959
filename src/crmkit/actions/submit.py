"""`crm submit`: hand a customer or a contract over for review (R-000-17, R-002-25)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.actions import _review
from crmkit.actions._write import Prepared
from crmkit.errors import Invalid, Refused
from crmkit.i18n import N_, language

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session


def submit(session: Session, ident: str, note: str = "") -> Prepared:
    """Submit what goes by `ident`; what a reviewer would only send back is refused here.

    The reason of an earlier return stays on the record until it is approved.
    """
    from crmkit.yaml.write import DELETE, Edit

    hit, doc = _review.reviewed(session, session.resolve(ident))
    now = _review.state(doc)
    if now in {"submitted", "approved"}:
        raise Refused(
            N_("{id} is {state} already"),
            hint=N_("what waits: crm review"),
            id=hit.id,
            state=session.settings.label("review_state", now, language()).lower(),
        )
    if hit.kind == "customer" and not hit.draft and not now:
        raise Refused(N_("{id} has its number already and needs no review"), id=hit.id)
    errors = [p for p in session.index.problems(hit.path) if p.severity == "error"]
    if errors:
        raise Invalid(
            N_("{id} has {n} error(s), which a reviewer would send back"),
            errors,
            hint=N_("put them right: crm edit {id}"),
            id=hit.id,
            n=len(errors),
        )
    wanted = {"state": "submitted", "submitted_by": session.actor_name, "submitted_at": session.stamp}
    edits = [Edit(("review", name), value) for name, value in wanted.items()]
    gone = ("reviewed_by", "reviewed_at")
    edits += [Edit(("review", name), DELETE) for name in gone if name in (doc.get("review") or {})]
    if hit.kind == "contract" and doc.get("status", "draft") == "draft":
        edits.append(Edit(("status",), "review"))

    def compose(draft: Draft) -> None:
        draft.edit(hit.path, edits)
        draft.stamp(hit.path)
        draft.about(
            hit.id, hit.kind, hit.path, f"submit {hit.title or hit.id}" + (f": {note}" if note else "")
        )

    return Prepared(session, compose)
