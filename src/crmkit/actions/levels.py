"""The customers of each tier, what they are worth, and what their data speak for (R-002-39, R-003-67..71)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.actions.due import owner_filter
from crmkit.actions.set import set_fields
from crmkit.actions.tier import Proposal, proposals
from crmkit.errors import UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Prepared
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a tier. `spent` is in the book's currency, `proposal` what its data speak for instead, if so."""

    row: Row
    proposal: Proposal | None = None

    @property
    def spent(self) -> int | float:
        """What its orders come to."""
        return self.row.computed.get("spent") or 0

    @property
    def orders(self) -> int:
        """How many orders it has."""
        return int(self.row.computed.get("order_count") or 0)


@dataclass(frozen=True, slots=True)
class Level:
    """A tier: its code ("" for customers without one), its name, what is promised to it, who is in it."""

    code: str
    name: str
    policy: str
    members: Sequence[Member]

    @property
    def spent(self) -> int | float:
        """What the orders of all its members come to."""
        return sum(m.spent for m in self.members)


def levels(session: Session, owner: str = "all") -> tuple[Level, ...]:
    """Return all tiers in the order of crm.yaml, those without one last; members by what they spent."""
    wanted = owner_filter(session, owner)
    node = session.index.bind(f'owner:"{wanted}"', "customer", session.today) if wanted else None
    told = _proposals(session)
    members: dict[str, list[Member]] = {}
    for row in session.index.rows("customer", node):
        members.setdefault(str(row.doc.get("tier") or ""), []).append(Member(row, told.get(row.id)))
    known = [(t.code, t.name, t.policy) for t in session.settings.tiers]
    known += [(code, "", "") for code in sorted(set(members) - {code for code, *_ in known} - {""})]
    if members.get(""):
        known.append(("", "", ""))
    return tuple(
        Level(code, name, policy, sorted(members.get(code, ()), key=lambda m: (-m.spent, m.row.title)))
        for code, name, policy in known
    )


def _proposals(session: Session) -> Mapping[str, Proposal]:
    try:
        return {p.customer: p for p in proposals(session)}
    except UsageError:  # no tier says whom it is for, so nothing can be proposed
        return {}


def put(session: Session, customer: str, code: str, why: str) -> Prepared:
    """Let a customer be of a tier by hand; `why` becomes its basis. Raises UsageError without a reason."""
    if not why.strip():
        raise UsageError(N_("why does this tier fit?"), hint=N_("a tier set by hand needs its basis"))
    day = session.today.isoformat()
    return set_fields(session, [customer], [f"tier={code}", f"tier_basis={why}", f"tier_on={day}"])


__all__ = ["Level", "Member", "levels", "put"]
