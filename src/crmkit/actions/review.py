"""`crm review`: what waits for a decision, with what a reviewer looks for; and the status review at a quarter's end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions import _review, propose
from crmkit.actions._write import Prepared
from crmkit.errors import UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row

_LOOKED_FOR = ("tax_id", "industry", "address", "contacts", "source", "consent")
"""What a reviewer of a company misses first (R-000-18: omissions); a person needs no tax id and no industry."""
_OF_COMPANIES = frozenset({"tax_id", "industry"})
STATUS_CHORE = "status_review"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that waits: `submitted` for a verdict, `returned` and `draft` to be put right, `proposed` for a yes.

    `missing` are fields that a reviewer would ask for, `problems` what `crm check` says, `alike` other customers with
    the same name, number or telephone, `mine` whether the person who asks may decide it.
    """

    id: str
    kind: str
    state: str
    title: str
    customer: str
    by: str = ""
    at: str = ""
    reason: str = ""
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    mine: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "id": self.id, "kind": self.kind, "state": self.state, "title": self.title, "customer": self.customer,
            "by": self.by, "at": self.at, "reason": self.reason, "missing": list(self.missing),
            "problems": list(self.problems), "alike": list(self.alike), "mine": self.mine,
        }  # fmt: skip


def waiting(session: Session, *, everything: bool = False) -> list[Waiting]:
    """Return what waits for the person who asks, or (`everything`) for whomever; what he can decide comes first."""
    found = [
        w for kind in _review.KINDS for row in session.index.rows(kind) if (w := _reviewed(session, row))
    ]
    found += _proposals(session)
    shown = [w for w in found if everything or w.mine]
    return sorted(shown, key=lambda w: (not w.mine, w.state != "submitted", w.at, w.id))


def _reviewed(session: Session, row: Row) -> Waiting | None:
    state, review = _review.state(row.doc), row.doc.get("review") or {}
    if state not in {"submitted", "returned", "draft"}:
        return None
    me = session.settings.member(session.actor)
    submitter = str(review.get("submitted_by") or row.doc.get("created_by") or "")
    own = me is not None and session.settings.member(submitter) == me
    if state == "submitted":
        mine = _review.may_review(session, row.kind) and (session.settings.solo or not own)
    else:
        mine = own or session.settings.solo
    customer = row.kind == "customer"
    return Waiting(
        row.id, row.kind, state, row.title, row.customer_name or row.customer, submitter,
        str(review.get("submitted_at") or row.doc.get("created_on") or ""), str(review.get("reason") or ""),
        tuple(_missing(row.doc)) if customer else (),
        tuple(str(p) for p in session.index.problems(row.path)),
        tuple(session.index.namesakes(row.path)) if customer and state == "submitted" else (),
        mine,
    )  # fmt: skip


def _missing(doc: Mapping[str, Any]) -> Iterator[str]:
    person = doc.get("type") == "person"
    return (name for name in _LOOKED_FOR if not doc.get(name) and not (person and name in _OF_COMPANIES))


def _proposals(session: Session) -> Iterator[Waiting]:
    node = session.index.bind("has:proposes status:planned", "followup", session.today)
    me = session.settings.member(session.actor)
    for row in session.index.rows("followup", node):
        if not propose.is_one(row.doc):
            continue
        owner = session.settings.member(str(row.doc.get("owner") or ""))
        mine = session.settings.solo or (owner == me and me is not None) or session.rights.edits_all
        said = "; ".join(_worded(p) for p in row.doc["proposes"])
        by, at = str(row.doc.get("created_by") or ""), str(row.doc.get("created_on") or "")
        yield Waiting(row.id, row.kind, "proposed", said, row.customer_name, by, at, mine=mine)


def _worded(proposal: Mapping[str, Any]) -> str:
    was = f" ({proposal['was']})" if proposal.get("was") else ""
    return f"{proposal.get('what', '')}{was}"


# the status review


@dataclass(frozen=True, slots=True)
class Standing:
    """One customer as the status review shows it: the status it has, and how long ago it was contacted last."""

    id: str
    name: str
    status: str
    stage: str
    last_contact: str
    days: int | None
    path: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "id": self.id, "kind": "customer", "path": self.path, "customer": self.id, "name": self.name,
            "status": self.status, "stage": self.stage, "last_contact": self.last_contact, "days": self.days,
        }  # fmt: skip


def standings(session: Session, query: str = "") -> list[Standing]:
    """Return the customers that the person answers for (R-000-22), longest without a contact first."""
    from datetime import date

    text = f"owner:me ({query})" if query else "owner:me"
    node = session.index.bind(text, "customer", session.today, session.actor_name)
    found = []
    for row in session.index.rows("customer", node):
        if _review.state(row.doc) in {"draft", "submitted", "returned"}:
            continue
        last = str(row.computed.get("last_contact") or "")[:10]
        days = (session.today - date.fromisoformat(last)).days if last else None
        status, stage = str(row.doc.get("status") or ""), str(row.doc.get("stage") or "")
        found.append(Standing(row.id, row.title, status, stage, last, days, row.path))
    return sorted(found, key=lambda s: (-(s.days if s.days is not None else 10**6), s.id))


def set_status(session: Session, said: Sequence[tuple[str, str]], *, done: bool = False) -> Prepared:
    """Set the status of customers, `(customer, status)`, in one change; `done` ticks the duty (R-000-22, -23).

    Raises UsageError for what is no status.
    """
    from crmkit.records import entry

    codes = session.settings.codes.get("activity", {})
    records = []
    for ident, status in said:
        code = codes.get(status.strip()) or codes.get(status.strip().casefold())
        if code is None:
            raise UsageError(
                N_("{status!r} is no status"),
                hint=N_("one of: {codes}"),
                status=status,
                codes=", ".join(dict.fromkeys(codes.values())),
            )
        records.append((session.resolve(ident, ("customer",)), code))
    ticks = _duty(session) if done else None
    if not records and ticks is None:
        raise UsageError(
            N_("nothing to set"), hint=N_("say it: crm review status CUSTOMER=dormant ... --done")
        )

    def compose(draft: Draft) -> None:
        spec = session.catalog.kinds["customer"]
        for hit, code in records:
            current = session.index.doc(hit.path)
            if current.get("status") != code:
                draft.edit(
                    hit.path, entry.assign(spec, session.settings, current, [f"status={code}"], session.now)
                )
                draft.stamp(hit.path)
            draft.also.append(hit.id)
        if ticks is not None:
            _tick(draft, *ticks)
        who = f" by {session.actor_name}" if session.actor_name else ""
        draft.about("", "customer", "", f"status review of {len(records)} customer(s){who}")

    return Prepared(session, compose)


def _duty(session: Session) -> tuple[str, Any]:
    """Return the duty of the nearest quarter's end that the person has still to tick: its name and its day."""
    from datetime import timedelta

    upto = session.today + timedelta(days=31)
    me = session.actor_name
    rows = [
        r for r in session.index.due(None, upto, today=session.today) if r.rule == f"chore.{STATUS_CHORE}"
    ]
    mine = [r for r in rows if not r.part or me in {r.part, r.owner} or session.settings.solo]
    if not mine:
        raise UsageError(
            N_("no status review is due within a month"), hint=N_("set it without ticking: leave --done out")
        )
    row = min(mine, key=lambda r: abs(r.due_on - session.today))
    return row.source, row.due_on


def _tick(draft: Draft, name: str, day: Any) -> None:
    from crmkit.book.paths import CHORES
    from crmkit.yaml import read, write

    path = f"{CHORES}/{day.year}.yaml"
    tick = {"due": day, "done_on": draft.session.today, "by": draft.session.actor_name}
    base = draft.maybe(path)
    if base is None:
        draft.put(path, write.dump({name: [tick]}), base=None)
        return
    ticks = read.load(base, path, empty_ok=True).data.get(name) or []
    where = (name, len(ticks)) if ticks else (name,)
    draft.edit(path, [write.Edit(where, tick if ticks else [tick])])
