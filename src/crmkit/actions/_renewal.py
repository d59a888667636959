"""A contract that renews another one: `crm add contract CUSTOMER number=... renews=OLD` (R-003-93, R-004-42)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.errors import Refused, UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit

WORDS = frozenset({"renews", "续签自", "续签"})


def split(session: Session, customer: Hit, assignments: Sequence[str]) -> tuple[list[str], Hit | None]:
    """Return the assignments without `renews=`, and the contract that it names.

    Raises Refused where that is another customer's, or was renewed already.
    """
    said = [w.partition("=")[2].strip() for w in assignments if _name(w) in WORDS]
    words = [w for w in assignments if _name(w) not in WORDS]
    if not said:
        return words, None
    if not said[-1]:
        raise UsageError(N_("which contract is renewed?"), hint=N_("renews=ID, look with: crm list contract"))
    old = session.resolve(_numbered(session, customer, said[-1]), ("contract",))
    if old.customer != customer.id:
        raise Refused(
            N_("{id} is a contract of another customer"), hint=N_("look with: crm show {id}"), id=old.id
        )
    if by := session.index.doc(old.path).get("renewed_by"):
        raise Refused(
            N_("{id} was renewed by {by} already"), hint=N_("look with: crm show {id}"), id=old.id, by=str(by)
        )
    return words, old


def renew(draft: Draft, old: Hit, new: str) -> None:
    """Let the old contract name the new one: nobody is asked to renew it any more."""
    from crmkit.yaml.write import Edit

    draft.edit(old.path, [Edit(("renewed_by",), new)])
    draft.stamp(old.path)


def _numbered(session: Session, customer: Hit, text: str) -> str:
    """Return the id of the customer's contract with that number, else what was typed."""
    contracts = (r for r in session.index.dossier_docs(customer.id) if r.kind == "contract")
    return next(
        (r.id for r in contracts if str(r.doc.get("number") or "").casefold() == text.casefold()), text
    )


def _name(word: str) -> str:
    return word.partition("=")[0].strip()
