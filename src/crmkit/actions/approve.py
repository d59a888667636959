"""`crm approve`: a customer gets the number of the month and its dossier moves; a contract may be signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.actions import _review, propose
from crmkit.actions._number import renumber
from crmkit.actions._write import Prepared
from crmkit.book import naming

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session


def approve(session: Session, ident: str, note: str = "") -> Prepared:
    """Approve what goes by `ident` (R-000-19, R-000-20, R-002-25); refused to whoever submitted it."""
    hit = session.resolve(ident)
    if hit.kind == "followup":
        return propose.accept(session, hit, note)
    hit, doc = _review.reviewed(session, hit)
    _review.demand_reviewer(session, hit, doc)
    _review.demand_submitted(session, hit, doc)

    def compose(draft: Draft) -> None:
        _review.decide(draft, hit, "approved", note)
        path, ident = hit.path, hit.id
        if hit.draft:
            ident = naming.next_number(session.book, session.today, taken=session.index.has_id)
            path = renumber(draft, hit.path, ident)
        draft.about(
            ident, hit.kind, path, f"approve {hit.title or hit.id}: {ident}" + (f": {note}" if note else "")
        )

    return Prepared(session, compose)
