"""A change that somebody may not make himself, proposed to whoever may (appendix C: service and customer data).

A proposal is a planned follow-up of the customer's owner that says what shall be changed: so it is due, is reminded
of and is put off like any other. Accepting it makes the change; neither counts as a contact with the customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions import _rights
from crmkit.actions._write import Prepared
from crmkit.actions.log import first_line, stamped
from crmkit.errors import Refused, UsageError, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit


def wanted(session: Session, hits: Sequence[Hit]) -> bool:
    """Whether a change of these records is to be proposed: it is a customer that the person may not change."""
    rights = session.rights
    if rights.edits_all or len(hits) != 1 or hits[0].kind not in rights.propose:
        return False
    return not _rights.judge(session).may_change(hits[0].path)


def propose(session: Session, hit: Hit, assignments: Sequence[str]) -> Prepared:
    """Return the proposal; UsageError for what no `crm set` would take, Refused for a secret."""
    from crmkit.records import entry

    spec = session.catalog.kinds[hit.kind]
    doc = session.index.doc(hit.path)
    names = [a.partition("=")[0].rstrip("+-") for a in assignments]
    plain = [".".join(step for step in name.split(".") if not step.isdecimal()) for name in names]
    if any(name in spec.by_name and "secret" in spec.by_name[name].marks for name in plain):
        raise Refused(N_("a secret is not proposed"), hint=N_("let {owner} enter it"), owner=hit.owner or "?")
    entry.assign(spec, session.settings, doc, assignments, session.now)
    proposes: list[dict[str, Any]] = []
    for name, text in zip(names, assignments, strict=True):
        was = _said(doc, name)
        proposes.append({"what": text} | ({"was": was} if was else {}))
    due = session.settings.workdays.after(session.today, 1)
    reason = str(msg(N_("{name} proposes: {what}"), name=session.actor_name, what=", ".join(assignments)))
    fields = {
        "status": "planned",
        "reason": reason,
        "due": due,
        "owner": hit.owner or session.actor_name,
        "proposes": proposes,
    }

    def compose(draft: Draft) -> None:
        folder = str(PurePosixPath(hit.path).parent)
        message = f"propose {first_line(hit.title or hit.id)}: {', '.join(dict.fromkeys(names))}"
        draft.create("followup", stamped(session, fields), folder, session.today, message=message)

    return Prepared(session, compose)


def is_one(doc: Mapping[str, Any]) -> bool:
    """Whether a follow-up is a proposal."""
    return bool(doc.get("proposes"))


def accept(session: Session, hit: Hit, note: str = "") -> Prepared:
    """Make the change that a proposal asks for; Refused where the fields have changed since."""
    from crmkit.records import entry
    from crmkit.yaml import read

    doc = _open(session, hit)
    customer = session.customer(hit.customer)
    proposed = [p for p in doc["proposes"] if p.get("what")]

    def compose(draft: Draft) -> None:
        spec = session.catalog.kinds["customer"]
        current = read.load(draft.text(customer.path).encode(), customer.path).data
        for proposal in proposed:
            name = str(proposal["what"]).partition("=")[0].rstrip("+-")
            now = _said(current, name)
            if now != str(proposal.get("was") or ""):
                raise Refused(
                    N_("{field} is {now!r} by now; the proposal was made when it was {was!r}"),
                    hint=N_("change it yourself: crm set {customer} ...; then crm return {id} --why TEXT"),
                    field=name,
                    now=now,
                    was=str(proposal.get("was") or ""),
                    customer=customer.id,
                    id=hit.id,
                )
        edits = entry.assign(spec, session.settings, current, [str(p["what"]) for p in proposed], session.now)
        draft.edit(customer.path, edits)
        draft.stamp(customer.path)
        _close(draft, hit, msg(N_("accepted by {name}"), name=session.actor_name), note)
        draft.about(
            customer.id,
            "customer",
            customer.path,
            f"accept {first_line(hit.title)}" + (f": {note}" if note else ""),
        )

    return Prepared(session, compose)


def refuse(session: Session, hit: Hit, why: str) -> Prepared:
    """Turn a proposal down, with the reason; UsageError without one."""
    _open(session, hit)
    if not why.strip():
        raise UsageError(
            N_("why is it turned down?"), hint=N_("say it: crm return {id} --why TEXT"), id=hit.id
        )
    if not _rights.judge(session).may_change(session.customer(hit.customer).path):
        raise Refused(
            N_("a proposal is decided by whoever may change the customer"),
            hint=N_("yours can be taken back: crm cancel {id} --why TEXT"),
            id=hit.id,
        )

    def compose(draft: Draft) -> None:
        _close(draft, hit, msg(N_("turned down by {name}"), name=session.actor_name), why)
        draft.about(hit.id, hit.kind, hit.path, f"turn down {first_line(hit.title)}: {why}")

    return Prepared(session, compose)


def _open(session: Session, hit: Hit) -> Mapping[str, Any]:
    doc = session.index.doc(hit.path)
    if not is_one(doc):
        raise Refused(N_("{id} proposes nothing"), hint=N_("what waits: crm review"), id=hit.id)
    if doc.get("status", "planned") != "planned":
        raise Refused(N_("{id} is decided already"), hint=N_("what waits: crm review"), id=hit.id)
    return doc


def _close(draft: Draft, hit: Hit, result: object, note: str) -> None:
    """Close a proposal: as one that needs no contact, for nobody has talked to the customer."""
    from crmkit.yaml.write import Edit

    told = f"{result}: {note}" if note else str(result)
    draft.edit(hit.path, [Edit(("status",), "cancelled"), Edit(("result",), told)])
    draft.stamp(hit.path)


def _said(doc: Any, name: str) -> str:
    """Return what stands in a field, as text; "" for nothing and for whole lists and mappings."""
    for step in name.split("."):
        if isinstance(doc, list) and step.isdecimal():
            doc = doc[int(step)] if int(step) < len(doc) else None
        else:
            doc = doc.get(step) if isinstance(doc, Mapping) else None
    return "" if doc is None or isinstance(doc, list | Mapping) else str(doc)
