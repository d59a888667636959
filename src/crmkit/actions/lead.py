"""`crm lead`: the grade of each lead, with points for each criterion (R-002-02 to R-002-10).

`apply` writes `lead.grade`, `lead.graded_on` and `lead.basis`, the latter beginning with "crm lead GRADE:"; a grade
with any other basis is somebody's own and stands until its customer is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions._aim import ALL, Aim, aim
from crmkit.actions._write import Prepared
from crmkit.errors import Refused, UsageError
from crmkit.i18n import N_, _, speaking

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row
    from crmkit.rules.lead import Grade

MARK = "crm lead"
OPEN = frozenset({"potential", "intent"})


@dataclass(frozen=True, slots=True)
class Graded:
    """One lead. `customer` is its number; `now` is the grade in its record, "" for none."""

    customer: str
    name: str
    path: str
    owner: str
    grade: Grade
    now: str
    by_hand: bool
    since: str
    basis: str
    stage: str

    @property
    def changes(self) -> bool:
        """Whether the record says another grade than what is reckoned."""
        return self.grade.grade != self.now

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON; texts in the reader's language."""
        return {
            "id": self.customer,
            "name": self.name,
            "owner": self.owner,
            "stage": self.stage,
            "now": self.now,
            "proposed": self.grade.grade,
            "changes": self.changes,
            "by_hand": self.by_hand,
            "since": self.since,
            "score": self.grade.score,
            "match": self.grade.match,
            "urgency": self.grade.urgency,
            "points": [
                {"criterion": p.criterion, "points": p.points, "of": p.of, "told": str(p.told)}
                for p in self.grade.points
            ],
        }


def leads(session: Session, words: Sequence[str] = ()) -> tuple[Graded, ...]:
    """Return the leads meant by `words` (names, a query, nothing for all), the best first (R-002-07).

    A lead is a customer whose stage is potential or intent; one that is named is graded whatever its stage. Raises
    UsageError where crm.yaml describes no ideal customer.
    """
    return _graded(session, aim(session, words))


def _graded(session: Session, meant: Aim) -> tuple[Graded, ...]:
    from crmkit.rules import lead

    if not lead.named(session.settings):
        raise UsageError(
            N_("crm.yaml does not say who the ideal customer is (R-002-03)"),
            hint=N_(
                "write for example: profile: {{industries: [食品制造业], regions: [华东], needs: [节能]}}"
            ),
        )
    rows = [r for r in meant.rows if r.id in meant.named or _is_lead(r)]
    found = [_one(session, row) for row in rows]
    return tuple(sorted(found, key=lambda g: (-g.grade.score, g.name)))


def _is_lead(row: Row) -> bool:
    return str(row.doc.get("stage") or "potential") in OPEN and row.doc.get("status") != "lost"


def _one(session: Session, row: Row) -> Graded:
    from crmkit.rules import lead

    own = row.doc.get("lead")
    own = own if isinstance(own, Mapping) else {}
    now, basis = str(own.get("grade") or ""), str(own.get("basis") or "")
    return Graded(
        customer=row.id,
        name=row.title,
        path=row.path,
        owner=str(row.doc.get("owner") or ""),
        grade=lead.grade(row.doc, session.settings, session.today),
        now=now,
        by_hand=bool(now) and not basis.startswith(f"{MARK} {now}:"),
        since=str(own.get("graded_on") or "") if now else "",
        basis=basis,
        stage=str(row.doc.get("stage") or "potential"),
    )


def apply(session: Session, ids: Iterable[str] = (ALL,)) -> Prepared:
    """Write the grades of the leads named, or of `all` whose present grade is not somebody's own.

    Raises Refused where there is nothing to write.
    """
    words = list(ids) or [ALL]
    found = [g for g in _graded(session, aim(session, words)) if g.changes]
    if words == [ALL]:
        found = [g for g in found if not g.by_hand]
    if not found:
        raise Refused(
            N_("there is no grade to change"),
            hint=N_("look with: crm lead; grades set by hand change only by name: crm lead ID --apply"),
        )
    with speaking(session.settings.language):
        written = [(g, f"{MARK} {g.grade.grade}: {told(g)}") for g in found]

    def compose(draft: Draft) -> None:
        from crmkit.yaml.write import Edit

        for one, why in written:
            fields = {"grade": one.grade.grade, "basis": why, "graded_on": session.today}
            draft.edit(one.path, [Edit(("lead", k), v) for k, v in fields.items()])
            draft.stamp(one.path)
            change = f"{one.now or '-'} -> {one.grade.grade}"
            draft.about(one.customer, "customer", one.path, f"lead {one.name}: {change}")
        draft.also += [g.customer for g, _why in written[:-1]]
        if len(written) > 1:
            draft.about(*draft.main, f"lead {len(written)} customers")

    return Prepared(session, compose)


def told(one: Graded) -> str:
    """Return the points in one line: `66 (match 65, urgency 70): Industry 25/25 ...`."""
    from crmkit.rules.lead import LABELS

    head = _("{score} (match {match}, urgency {urgency})").format(
        score=one.grade.score, match=one.grade.match, urgency=one.grade.urgency
    )
    parts = (f"{_(LABELS[p.criterion])} {p.points}/{p.of}" for p in one.grade.points)
    return f"{head}: {', '.join(parts)}"
