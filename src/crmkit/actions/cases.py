"""Solved cases like a complaint, from the whole book (R-001-08); only those that the reader may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.rules.cases import Case

TYPES = frozenset({"complaint", "service", "enquiry", "suggestion"})


def like(session: Session, ident: str) -> list[Case]:
    """Return the solved cases most like the feedback `ident`; none for praise."""
    from crmkit.rules import cases

    row = session.index.record(ident)
    if row.doc.get("type", "complaint") not in TYPES:
        return []
    others = ({**r.to_json(), "customer_name": r.customer_name} for r in session.index.rows("feedback"))
    return cases.like(row.to_json(), others)


def to_json(found: list[Case]) -> list[dict[str, Any]]:
    """Return cases as plain JSON."""
    keys = ("id", "customer", "customer_name", "received_at", "content", "solution", "satisfaction")
    return [
        {"likeness": case.likeness, **{k: case.doc[k] for k in keys if case.doc.get(k) is not None}}
        for case in found
    ]
