"""How the pipeline moved between two days: every deal as it stood on both, and the sums (crm history --diff)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from crmkit.actions import at
from crmkit.book import layout
from crmkit.errors import NotFound, UsageError
from crmkit.git import past, plumbing
from crmkit.git.objects import Reader
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.session import Session

COLUMNS = (
    "what",
    "id",
    "customer",
    "name",
    "owner",
    "stage_then",
    "stage_now",
    "amount_then",
    "amount_now",
    "currency",
)
_CLOSED = ("won", "lost")


@dataclass(frozen=True, slots=True)
class Deal:
    """One deal that moved. `what`: new, won, lost, reopened, stage, amount, removed; amounts may be None."""

    what: str
    id: str
    customer: str
    name: str
    owner: str
    stage_then: str
    stage_now: str
    amount_then: Decimal | None
    amount_now: Decimal | None
    currency: str

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints; amounts as text."""
        plain = {k: getattr(self, k) for k in COLUMNS}
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in plain.items()}


@dataclass(frozen=True, slots=True)
class Stage:
    """The open deals of one stage and currency on one day."""

    count: int = 0
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Movement:
    """Two days, the deals that moved between them, and the open pipeline on both by `(stage, currency)`."""

    first: date
    last: date
    deals: tuple[Deal, ...]
    then: Mapping[tuple[str, str], Stage]
    now: Mapping[tuple[str, str], Stage]

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        stages = [
            {
                "stage": stage,
                "currency": currency,
                "count_then": self.then.get((stage, currency), Stage()).count,
                "count_now": self.now.get((stage, currency), Stage()).count,
                "amount_then": str(self.then.get((stage, currency), Stage()).amount),
                "amount_now": str(self.now.get((stage, currency), Stage()).amount),
            }
            for stage, currency in dict.fromkeys([*self.then, *self.now])
        ]
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "stages": stages,
            "deals": [d.to_json() for d in self.deals],
        }


def movement(session: Session, span: str) -> Movement:
    """Return how the pipeline moved from the end of one day to the end of another: `2024-04-01..2024-06-30`.

    Either end may be said as people say days; an end left out is today. Deals of customers that the reader may not see
    today are left out. Before the book's first commit there were none. Raises UsageError for the span.
    """
    first, last = _days(session, span)
    try:
        then = _deals(session, first)
    except NotFound:
        then = {}
    now = _deals(session, last)
    moved = [d for ident in sorted({*then, *now}) if (d := _moved(ident, then.get(ident), now.get(ident)))]
    order = {w: n for n, w in enumerate(("won", "lost", "new", "stage", "amount", "reopened", "removed"))}
    moved.sort(key=lambda d: (order[d.what], -(d.amount_now or d.amount_then or 0), d.id))
    return Movement(first, last, tuple(moved), _sums(session, then), _sums(session, now))


def _days(session: Session, span: str) -> tuple[date, date]:
    from crmkit.values import when

    head, dots, tail = span.partition("..")
    if not dots or not head.strip():
        raise UsageError(
            N_("{span!r} is not a span of days"),
            hint=N_("write FROM..TO, such as 2024-04-01..2024-06-30"),
            span=span,
        )
    days = []
    for text in (head, tail):
        said = when.parse_when(text.strip(), session.now, lean="past") if text.strip() else session.today
        days.append(said.date() if isinstance(said, datetime) else said)
    if days[0] > days[1]:
        raise UsageError(
            N_("{first} comes after {last}"), first=days[0].isoformat(), last=days[1].isoformat()
        )
    return days[0], days[1]


def _deals(session: Session, day: date) -> dict[str, dict[str, Any]]:
    """Return the deals of a day by id, with the customer's number under `customer`."""
    from crmkit.yaml.read import Unreadable, load

    repo = plumbing.discover(session.book.root)
    visible = {
        name for row in session.index.rows("customer") for name in (row.id, *(row.doc.get("formerly") or ()))
    }
    found = {}
    with Reader(repo) as reader:
        for path, (_, blob) in past.tree(
            repo.root, at.commit_at(session, at.end_of(day, session), day), repo.prefix
        ).items():
            place = layout.place_of(path)
            if place and place.kind == "opportunity" and place.customer in visible:
                try:
                    found[place.id] = {**load(reader.blob(blob), path).data, "customer": place.customer}
                except Unreadable:
                    continue
    return found


def _moved(ident: str, then: dict[str, Any] | None, now: dict[str, Any] | None) -> Deal | None:
    one, two = then or {}, now or {}
    stages = (str(one.get("stage") or "new") if then else "", str(two.get("stage") or "new") if now else "")
    amounts = (_amount(one), _amount(two))
    shown = two or one
    deal = Deal(
        "", ident, str(shown["customer"]), str(shown.get("name") or ""), str(shown.get("owner") or ""),
        *stages, *amounts, _currency(shown),
    )  # fmt: skip
    if now is None:
        return replace(deal, what="removed")
    if stages[1] in _CLOSED and stages[0] != stages[1]:
        return replace(deal, what=stages[1])
    if then is None:
        return replace(deal, what="new")
    if stages[0] in _CLOSED and stages[1] not in _CLOSED:
        return replace(deal, what="reopened")
    if stages[0] != stages[1]:
        return replace(deal, what="stage")
    return replace(deal, what="amount") if amounts[0] != amounts[1] else None


def _amount(doc: Mapping[str, Any]) -> Decimal | None:
    value = doc.get("amount")
    value = value.get("amount") if isinstance(value, Mapping) else value
    try:
        return Decimal(str(value).replace(",", "")) if value is not None else None
    except InvalidOperation:
        return None


def _currency(doc: Mapping[str, Any]) -> str:
    value = doc.get("amount")
    inner = value.get("currency") if isinstance(value, Mapping) else None
    return str(inner or doc.get("currency") or "")


def _sums(session: Session, deals: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Stage]:
    out: dict[tuple[str, str], Stage] = {}
    for key, amount in _open(session, deals):
        known = out.get(key, Stage())
        out[key] = Stage(known.count + 1, known.amount + amount)
    order = list(session.settings.codes.get("opportunity_stage", {}).values())
    return dict(
        sorted(out.items(), key=lambda kv: (order.index(kv[0][0]) if kv[0][0] in order else 99, kv[0]))
    )


def _open(
    session: Session, deals: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[tuple[str, str], Decimal]]:
    for doc in deals.values():
        stage = str(doc.get("stage") or "new")
        if stage not in _CLOSED:
            yield (stage, _currency(doc) or session.settings.currency), _amount(doc) or Decimal(0)
