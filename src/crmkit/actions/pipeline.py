"""The pipeline as a board: the deals of each stage with their sums, and a deal pushed through its gate.

The open deals, their sums and chances are those of `crm report pipeline`; won and lost ones stand beside them for a
while, so that a deal pushed there does not vanish (R-003-16..18, -51, -55).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.actions import form, stage
from crmkit.actions.due import owner_filter
from crmkit.actions.report import Ask as Wanted
from crmkit.actions.report import report
from crmkit.rules import gates

if TYPE_CHECKING:
    from crmkit.actions._write import Prepared
    from crmkit.actions.form import Ask
    from crmkit.actions.session import Session

NAME = "pipeline"
SHOWN = timedelta(days=90)
"""How long won and lost deals are shown."""
STALE = "opportunity.stale"


@dataclass(frozen=True, slots=True)
class Deal:
    """One opportunity. `amount` None: it names none; `stale` says since when it has stood still too long, "" if not."""

    id: str
    name: str
    customer: str
    customer_name: str
    owner: str
    amount: Decimal | None
    weighted: Decimal | None
    currency: str
    close_date: date | None
    stale: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """A stage: its code, its deals, and what they come to: `(currency, amount, weighted)`."""

    stage: str
    deals: Sequence[Deal]
    sums: Sequence[tuple[str, Decimal, Decimal]]


def lanes(session: Session, owner: str = "all", query: str = "") -> tuple[Lane, ...]:
    """Return the stages in their order, won and lost last. `query` chooses customers."""
    found = report(session, NAME, Wanted(owner=owner, query=query)).sections
    sections = {section.name: section.rows for section in found}
    still = _still(session)
    deals: dict[str, list[Deal]] = {}
    for row in sections["deals"]:
        deals.setdefault(row["stage"], []).append(_deal(row, still, session.today))
    sums: dict[str, list[tuple[str, Decimal, Decimal]]] = {}
    for row in sections["stages"]:
        sums.setdefault(row["stage"], []).append((row["currency"], row["amount"], row["weighted"]))
    codes = [*session.settings.vocabularies[stage.VOCABULARY["opportunity"]]]
    ends = [
        c for c in codes if gates.like(c, stage.VOCABULARY["opportunity"], session.settings) in gates.CLOSED
    ]
    customers = {row["customer"] for row in sections["deals"]} if query else None
    for deal, code in _ended(session, owner_filter(session, owner), ends, customers):
        deals.setdefault(code, []).append(deal)
    order = [c for c in codes if c not in ends] + ends
    return tuple(Lane(code, deals.get(code, ()), sums.get(code, ())) for code in order)


def _deal(row: Mapping[str, Any], still: Mapping[str, str], today: date) -> Deal:
    close = row["close_date"]
    return Deal(
        row["id"],
        row["name"],
        row["customer"],
        row["customer_name"],
        row["owner"],
        row["amount"],
        row["weighted"],
        row["currency"],
        close,
        stale=still.get(row["id"], ""),
        late=close is not None and close < today,
    )


def _still(session: Session) -> dict[str, str]:
    """Return why deals count as standing still today, by their ids."""
    rows = session.index.due(None, session.today, today=session.today)
    return {row.source: str(row.reason) for row in rows if row.rule == STALE}


def _ended(
    session: Session, owner: str, ends: Sequence[str], customers: Iterable[str] | None
) -> Iterable[tuple[Deal, str]]:
    since = (session.today - SHOWN).isoformat()
    member = session.settings.member(owner) if owner else None
    names = {n.casefold() for n in (owner, *((member.name, member.email) if member else ())) if n}
    found = []
    for row in session.index.rows("opportunity"):
        code, closed = str(row.doc.get("stage") or ""), str(row.doc.get("closed_on") or "")
        mine = not names or str(row.doc.get("owner") or "").casefold() in names
        if code in ends and closed >= since and mine and (customers is None or row.customer in customers):
            found.append((closed, row, code))
    for _closed, row, code in sorted(found, key=lambda f: (f[0], f[1].id), reverse=True):
        amount = row.doc.get("amount")
        value, unit = (
            (amount.get("amount"), amount.get("currency")) if isinstance(amount, Mapping) else (amount, "")
        )
        money = Decimal(str(value)) if isinstance(value, int | float) else None
        unit = str(unit or row.doc.get("currency") or session.settings.currency)
        owned = str(row.doc.get("owner") or "")
        yield Deal(row.id, row.title, row.customer, row.customer_name, owned, money, money, unit, None), code


def to_move(session: Session, ident: str, code: str) -> tuple[Ask, ...]:
    """Return what the gate of a stage still asks for; () where the deal may go there as it is.

    Raises Invalid where the gate wants something that cannot be given along.
    """
    move = stage.move(session, ident, code)
    lacking = stage.missing(session, move)
    if any(not lack.name for lack in lacking):
        raise stage.refused(session, move, lacking)
    asks = [form.ask(session, move.kind, lack.name) for lack in lacking]
    return tuple(ask.but(required=True) for ask in asks)


def move(session: Session, ident: str, code: str, values: Mapping[str, str]) -> Prepared:
    """Push a deal into a stage, with what its gate asks for."""
    given = [f"{name}={value}" for name, value in values.items() if value]
    return stage.stage(session, stage.move(session, ident, code, given))


__all__ = ["Deal", "Lane", "lanes", "move", "to_move"]
