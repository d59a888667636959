"""What submit, approve and return share: the records that are reviewed, by whom, and their state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmkit.errors import Refused
from crmkit.i18n import N_
from crmkit.rules import review as rule

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit

KINDS = ("customer", "contract")
"""The kinds that are reviewed (R-000-17, R-002-25)."""


def reviewed(session: Session, hit: Hit) -> tuple[Hit, Mapping[str, Any]]:
    """Return a customer or a contract with its fields; Refused for any other record."""
    if hit.kind not in KINDS:
        raise Refused(
            N_("{id} is a {kind}; customers and contracts are reviewed"),
            hint=N_("name the customer or the contract"),
            id=hit.id,
            kind=hit.kind,
        )
    return hit, session.index.doc(hit.path)


def state(doc: Mapping[str, Any]) -> str:
    """Return where a record stands in its review, "" where nobody has said."""
    return str((doc.get("review") or {}).get("state") or "")


def demand_submitted(session: Session, hit: Hit, doc: Mapping[str, Any]) -> None:
    """Refuse what does not wait for review; alone in a book nobody needs to submit to himself."""
    now = state(doc)
    if now == "submitted" or (session.settings.solo and now != "approved"):
        return
    if now == "approved":
        raise Refused(N_("{id} is approved already"), id=hit.id)
    raise Refused(
        N_("{id} has not been submitted"), hint=N_("its owner submits it: crm submit {id}"), id=hit.id
    )


def demand_reviewer(session: Session, hit: Hit, doc: Mapping[str, Any]) -> None:
    """Refuse whoever may not review the record: the submitter, its owner, whoever has no such role."""
    settings = session.settings
    if settings.solo:
        return
    me = settings.member(session.actor)
    if me is None or not may_review(session, hit.kind):
        role, names = rule.reviewers(
            settings, hit.kind, str((doc.get("review") or {}).get("submitted_by") or "")
        )
        raise Refused(
            N_("{name} may not review a {kind}"),
            hint=N_("that is for: {who}"),
            name=session.actor_name or "?",
            kind=hit.kind,
            who=", ".join(names) or role or "?",
        )
    review = doc.get("review") or {}
    submitter = str(review.get("submitted_by") or doc.get("created_by") or "")
    if settings.member(submitter) == me:
        raise Refused(
            N_("nobody reviews what he submitted himself: {id}"),
            hint=N_("that is for: {who}"),
            id=hit.id,
            who=", ".join(rule.reviewers(settings, hit.kind, me.name)[1]) or N_("a colleague"),
        )


def decide(draft: Draft, hit: Hit, verdict: str, reason: str) -> None:
    """Write the verdict, by whom, when and why; an approval without a word drops the reason of an earlier return."""
    from crmkit.yaml.write import DELETE, Edit

    session = draft.session
    edits = [
        Edit(("review", "state"), verdict),
        Edit(("review", "reviewed_by"), session.actor_name),
        Edit(("review", "reviewed_at"), session.stamp),
    ]
    if reason:
        edits.append(Edit(("review", "reason"), reason))
    elif (session.index.doc(hit.path).get("review") or {}).get("reason"):
        edits.append(Edit(("review", "reason"), DELETE))
    draft.edit(hit.path, edits)
    draft.stamp(hit.path)


def may_review(session: Session, kind: str) -> bool:
    """Whether the person who acts has a role that approves records of `kind`; alone in a book everybody has."""
    if session.settings.solo:
        return True
    me = session.settings.member(session.actor)
    return me is not None and bool(set(me.roles) & set(rule.approving(session.settings, kind)))
