"""Open feedback as a service desk sees it: complaints by the clock that runs out next, the rest by age.

Its three steps (first response, solution, revisit) are taken here, whether a rule counts them or not: those of a
complaint answer its row of `crm due`, those of other feedback are only stamped (R-001-07, R-004-12..14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crmkit.actions import done, form
from crmkit.actions.due import DueRow, owner_filter, seen
from crmkit.actions.log import LogEntry
from crmkit.actions.set import set_fields
from crmkit.errors import Refused
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions._write import Prepared
    from crmkit.actions.form import Ask
    from crmkit.actions.session import Session
    from crmkit.index.due import AgendaRow
    from crmkit.index.reader import Row

STEPS: Mapping[str, tuple[str, str]] = {
    "respond": ("first_responded_at", "responded"),
    "resolve": ("resolved_at", "resolved"),
    "revisit": ("revisited_at", "closed"),
}
"""What each step stamps, and the status that it leads to."""

_STATUS = {"responded": 1, "resolved": 2, "closed": 3}
_CLOCKS = ("sla.", "feedback.due")
_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Case:
    """One feedback. `clock` is what runs out next, None where nothing does; `days` how old it is."""

    row: Row
    clock: DueRow | None
    days: int

    @property
    def complaint(self) -> bool:
        """Whether it is a complaint."""
        return self.row.doc.get("type") == "complaint"

    @property
    def taken(self) -> int:
        """How many of the three steps have been taken."""
        stamped = max((n for n, (f, _s) in enumerate(STEPS.values(), 1) if self.row.doc.get(f)), default=0)
        return max(stamped, _STATUS.get(str(self.row.doc.get("status") or ""), 0))


@dataclass(frozen=True, slots=True)
class Cases:
    """`complaints` by the clock that runs out next, `others` by age, oldest first; all of them open.

    `settled` are the last ones that are closed; `scores` what satisfaction was scored (1 to 5), over the last year.
    """

    complaints: Sequence[Case]
    others: Sequence[Case]
    settled: Sequence[Case]
    scores: Sequence[int]


def cases(session: Session, owner: str = "all", query: str = "", *, settled: int = 20) -> Cases:
    """Return the feedback that `owner` (me, all, a name) or a collaborator of his answers for."""
    wanted = owner_filter(session, owner)
    node = session.index.bind(query, "feedback", session.today, session.actor_name) if query else None
    clocks = _clocks(session, wanted)
    found = [
        Case(row, clocks.get(row.id), _age(row, session.today))
        for row in session.index.rows("feedback", node)
        if not wanted or row.id in clocks or _of(session, row, wanted)
    ]
    open_ = [c for c in found if c.taken < (3 if c.complaint else 2)]
    closed = sorted((c for c in found if c not in open_), key=lambda c: c.days)
    complaints = sorted((c for c in open_ if c.complaint), key=_by_clock)
    others = sorted((c for c in open_ if not c.complaint), key=lambda c: (-c.days, c.row.id))
    scores = [int(c.row.doc["satisfaction"]) for c in found if c.days <= 365 and _scored(c.row)]
    return Cases(complaints, others, closed[:settled], scores)


def _clocks(session: Session, owner: str) -> dict[str, DueRow]:
    """Return for each feedback the clock that runs out next."""
    rows: Sequence[AgendaRow] = session.index.due(
        None, session.today + _AHEAD, owner=owner, today=session.today
    )
    mine = [r for r in rows if r.rule.startswith(_CLOCKS)]
    out: dict[str, DueRow] = {}
    for row in seen(session, mine, plain=False):
        kept = out.get(row.row.source)
        if kept is None or _moment(row) < _moment(kept):
            out[row.row.source] = row
    return out


def _moment(row: DueRow) -> tuple[str, str]:
    at = row.row.due_at
    return row.row.due_on.isoformat(), at.isoformat() if at else ""


def _by_clock(case: Case) -> tuple[int, tuple[str, str], int, str]:
    clock = case.clock
    return (0, _moment(clock), 0, case.row.id) if clock else (1, ("", ""), -case.days, case.row.id)


def _of(session: Session, row: Row, owner: str) -> bool:
    member = session.settings.member(owner)
    names = {owner.casefold(), *((member.name.casefold(), member.email.casefold()) if member else ())}
    people = [row.doc.get("owner"), *(row.doc.get("collaborators") or ())]
    return any(str(p).casefold() in names for p in people if p) or not row.doc.get("owner")


def _scored(row: Row) -> bool:
    return isinstance(row.doc.get("satisfaction"), int)


def _age(row: Row, today: date) -> int:
    try:
        return (today - date.fromisoformat(str(row.doc.get("received_at") or "")[:10])).days
    except ValueError:
        return 0


def to_answer(session: Session, ident: str, step: str) -> tuple[Ask, ...]:
    """Return what is asked before a step is taken; where its clock has run out, why it is late (R-004-47)."""
    from crmkit.actions import questions

    doc = session.index.record(ident).doc
    asks = [form.ask(session, "feedback", STEPS[step][0]).but(name="at", label=_("When"))]
    if step == "resolve":
        solution = form.ask(session, "feedback", "solution", doc.get("solution"))
        asks.insert(0, solution.but(required=True, type="text"))
    if step == "revisit":
        asks.insert(0, form.ask(session, "feedback", "satisfaction", doc.get("satisfaction")))
    row = _row(session, ident, step)
    if row is not None and row.state == "overdue":
        asks.append(questions.why(session))
    return tuple(asks)


def answer(session: Session, ident: str, step: str, values: Mapping[str, str]) -> Prepared:
    """Take a step: stamp it, with what `to_answer` asked for.

    Raises Refused for one that was taken already.
    """
    field, status = STEPS[step]
    doc = session.index.record(ident).doc
    if doc.get(field):
        raise Refused(N_("{id}: that was done {at}"), id=ident, at=str(doc[field]))
    score = values.get("satisfaction", "")
    given = (f"satisfaction={score}",) if score else ()
    row = _row(session, ident, step)
    if row is not None:
        entry = LogEntry(content=values.get("solution", ""), at=values.get("at", ""), fields=given)
        return done.done(session, row.row.id, entry, values.get("why", ""))
    at = session.moment(values.get("at", ""))
    solution = [f"solution={values['solution']}"] if values.get("solution") else []
    return set_fields(session, [ident], [f"{field}={at.isoformat()}", f"status={status}", *solution, *given])


def _row(session: Session, ident: str, step: str) -> DueRow | None:
    hit = session.resolve(ident, ("feedback",))
    rows = session.index.due(None, session.today + _AHEAD, today=session.today, customer=hit.customer)
    mine = [r for r in rows if r.source == ident and r.rule == f"sla.{step}"]
    return seen(session, mine, plain=False)[0] if mine else None


__all__ = ["STEPS", "Case", "Cases", "answer", "cases", "to_answer"]
