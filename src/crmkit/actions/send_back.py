"""`crm return`: send a customer or a contract back for correction, with the reason (R-000-21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.actions import _review, propose
from crmkit.actions._write import Prepared
from crmkit.errors import UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session


def send_back(session: Session, ident: str, why: str) -> Prepared:
    """Return what goes by `ident` to whoever submitted it; without a reason nobody could put it right."""
    hit = session.resolve(ident)
    if hit.kind == "followup":
        return propose.refuse(session, hit, why)
    hit, doc = _review.reviewed(session, hit)
    _review.demand_reviewer(session, hit, doc)
    _review.demand_submitted(session, hit, doc)
    if not why.strip():
        raise UsageError(
            N_("what is to be corrected?"), hint=N_("say it: crm return {id} --why TEXT"), id=hit.id
        )

    def compose(draft: Draft) -> None:
        from crmkit.yaml.write import Edit

        _review.decide(draft, hit, "returned", why)
        if hit.kind == "contract" and doc.get("status") == "review":
            draft.edit(hit.path, [Edit(("status",), "draft")])
        draft.about(hit.id, hit.kind, hit.path, f"return {hit.title or hit.id}: {why}")

    return Prepared(session, compose)
