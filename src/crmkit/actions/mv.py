"""`crm mv CUSTOMER --owner NAME`: a customer goes to a colleague with all that is open (R-001-02)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.errors import NotFound, UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit
    from crmkit.index.reader import Row
    from crmkit.yaml.write import Edit

_OPEN = {
    "followup": ("status", ("done", "cancelled")),
    "opportunity": ("stage", ("won", "lost")),
    "feedback": ("status", ("resolved", "closed")),
    "contract": ("status", ("completed", "ended")),
}
"""What goes along: by kind the field that tells, and the values that say it is over."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One open matter that the new owner takes over: what falls due, when, and in which record."""

    customer: str
    name: str
    due: str
    reason: str
    source: str


def hand_over(session: Session, idents: Sequence[str], to: str, why: str = "") -> Prepared:
    """Return the change that gives customers to a colleague.

    With a customer go the planned follow-ups, deals, cases, contracts and steps of plans that are open and its owner's;
    what colleagues own stays theirs. Raises UsageError where nobody goes by `to`.
    """
    owner = _colleague(session, to)
    hits = [session.customer(ident) for ident in dict.fromkeys(idents)]
    return Prepared(session, lambda draft: _compose(draft, hits, owner, why))


def found(session: Session, query: str) -> list[str]:
    """Return the customers that a query finds; NotFound where it finds none."""
    rows = session.index.rows(
        "customer", session.index.bind(query, "customer", session.today, session.actor_name)
    )
    if not rows:
        raise NotFound(N_("no {kind} matches {query!r}"), kind="customer", query=query)
    return [row.id for row in rows]


def matters(session: Session, idents: Sequence[str]) -> list[Matter]:
    """Return what the new owner must know of: what is due with the customers, what was promised, what comes next."""
    from crmkit.actions.due import due_of

    out = []
    for ident in idents:
        hit = session.customer(ident)
        for due in due_of(session, hit.id):
            row = due.row
            out.append(Matter(hit.id, hit.title, row.due_text, str(row.reason), row.source))
    return out


def _colleague(session: Session, name: str) -> str:
    wanted = name.strip()
    if not wanted:
        raise UsageError(N_("to whom?"), hint=N_("crm mv CUSTOMER --owner NAME"))
    team = session.settings.team
    member = session.settings.member(session.actor if wanted == "me" else wanted)
    if member:
        return str(member.name)
    if not team:
        return session.actor_name if wanted == "me" else wanted
    from crmkit.values.suggest import nearest

    near = nearest(wanted, [m.name for m in team])
    hint = N_("did you mean {near}?") if near else N_("the team: {names}")
    names = ", ".join(m.name for m in team)
    raise UsageError(
        N_("nobody in the team is called {name!r}"), hint=hint, name=wanted, near=near, names=names
    )


def _compose(draft: Draft, hits: Sequence[Hit], owner: str, why: str) -> None:
    session = draft.session
    for hit in hits:
        rows = session.index.dossier_docs(hit.id)
        old = next((str(r.doc.get("owner") or "") for r in rows if r.kind == "customer"), "")
        for row in rows:
            edits = list(_edits(row, old, owner))
            if not edits:
                continue
            draft.edit(row.path, edits)
            draft.stamp(row.path)
            if row.kind != "customer":
                draft.also.append(row.id)
        whence = f" from {old}" if old and old != owner else ""
        draft.about(
            hit.id,
            hit.kind,
            hit.path,
            f"hand over {hit.title or hit.id}{whence} to {owner}" + (f": {why}" if why else ""),
        )
    if len(hits) > 1:
        draft.also[:0] = [h.id for h in hits[:-1]]
        names = ", ".join(h.title or h.id for h in hits[:3]) + (" …" if len(hits) > 3 else "")
        draft.about(
            *draft.main, f"hand over {len(hits)} customers to {owner} ({names})" + (f": {why}" if why else "")
        )


def _edits(row: Row, old: str, owner: str) -> Iterator[Edit]:
    from crmkit.yaml.write import Edit

    doc = row.doc
    if row.kind == "customer":
        if doc.get("owner") != owner:
            yield Edit(("owner",), owner)
        return
    field, over = _OPEN.get(row.kind, ("", ()))
    if field and doc.get("owner") == old and old not in {"", owner} and doc.get(field) not in over:
        yield Edit(("owner",), owner)
    if row.kind == "plan" and old not in {"", owner}:
        yield from _steps(doc, old, owner)


def _steps(doc: Mapping[str, Any], old: str, owner: str) -> Iterator[Edit]:
    from crmkit.yaml.write import Edit

    for n, step in enumerate(doc.get("steps") or ()):
        if step.get("owner") == old and not step.get("done_on"):
            yield Edit(("steps", n, "owner"), owner)
