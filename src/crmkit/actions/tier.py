"""`crm tier`: the level that each customer's data speak for, with reasons and figures (R-002-39, R-003-69, R-003-71).

The queries under `tiers` in crm.yaml decide: the first tier whose `when` a customer meets is proposed. Where none
fits, nothing is. A tier that was set by hand stands until somebody names the customer to change it: what `apply`
writes begins its `tier_basis` with "crm tier CODE:", and any other basis is somebody's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.actions._aim import ALL, Aim, Around, aim
from crmkit.actions._write import Prepared
from crmkit.errors import Message, Refused, UsageError, msg
from crmkit.i18n import N_, speaking

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row
    from crmkit.query.check import Scope
    from crmkit.query.explain import Fact
    from crmkit.rules.worth import Figures

MARK = "crm tier"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one customer's data speak for. `customer` is its number; `now` and `proposed` are codes, "" for none.

    `reasons` say why the proposed tier fits, `against` why the present one no longer does; `by_hand` says that the
    present tier is somebody's own, since `since` (a date as text, "" where the record does not say), for `basis`.
    """

    customer: str
    name: str
    path: str
    now: str
    proposed: str
    reasons: tuple[Message, ...]
    against: tuple[Message, ...]
    figures: Figures
    by_hand: bool = False
    since: str = ""
    basis: str = ""
    owner: str = ""

    @property
    def changes(self) -> bool:
        """Whether another tier is proposed than the present one."""
        return bool(self.proposed) and self.proposed != self.now

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON; reasons in the reader's language."""
        return {
            "id": self.customer,
            "name": self.name,
            "now": self.now,
            "proposed": self.proposed,
            "changes": self.changes,
            "by_hand": self.by_hand,
            "since": self.since,
            "basis": self.basis,
            "owner": self.owner,
            "reasons": [str(r) for r in self.reasons],
            "against": [str(r) for r in self.against],
            "figures": self.figures.to_json(),
        }


def proposals(session: Session, query: str = "") -> tuple[Proposal, ...]:
    """Return the customers of `query` ("" is everybody past review) whose tier should change, by tier and name.

    Those whose present tier was set by hand are among them; `by_hand` tells.
    """
    found = assess(session, [query] if query else [])
    return tuple(p for p in found if p.changes)


def assess(session: Session, words: Sequence[str] = ()) -> tuple[Proposal, ...]:
    """Return how every customer meant by `words` stands (names, a query, nothing for all), changing or not.

    In the order of the tiers, then by name. Raises UsageError where no tier of crm.yaml has a `when`.
    """
    return _assessed(session, aim(session, words))


def _assessed(session: Session, meant: Aim) -> tuple[Proposal, ...]:
    tiers = [t for t in session.settings.tiers if t.when]
    if not tiers:
        raise UsageError(
            N_("no tier says whom it is for"),
            hint=N_("in crm.yaml: tiers: [{{code: A, name: VIP, when: 'spent_12m>=500000'}}]"),
        )
    fitting = _fitting(session)
    changing = [
        row for row in meant.rows if row.id in meant.named or _changes(fitting.get(row.id, ""), row.doc)
    ]
    reader = _Reader(session, changing)
    told = {row.id: reader.proposal(row, fitting.get(row.id, "")) for row in changing}
    places = {t.code: n for n, t in enumerate(session.settings.tiers)}
    return tuple(sorted(told.values(), key=lambda p: (places.get(p.proposed, 99), p.name)))


def _changes(proposed: str, doc: Any) -> bool:
    return bool(proposed) and proposed != str(doc.get("tier") or "")


def _fitting(session: Session) -> dict[str, str]:
    """Return for each customer the first tier whose query finds it."""
    found: dict[str, str] = {}
    for tier in session.settings.tiers:
        if not tier.when:
            continue
        node = session.index.bind(tier.when, "customer", session.today, session.actor_name, session.now)
        for row in session.index.rows("customer", node):
            found.setdefault(row.id, tier.code)
    return found


def by_hand(doc: Any) -> bool:
    """Whether a customer's tier was set by somebody himself: its basis does not say that it was applied."""
    tier = str(doc.get("tier") or "")
    return bool(tier) and not str(doc.get("tier_basis") or "").startswith(f"{MARK} {tier}:")


@dataclass
class _Reader:
    """Makes proposals with their reasons and figures."""

    session: Session
    rows: Sequence[Row]
    around: Around = field(init=False)
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        session = self.session
        self.scope = session.index.scope(session.today, session.actor_name, session.now)
        kinds = [k for k, spec in session.catalog.kinds.items() if spec.place == "dossier"]
        asked = " ".join(t.when for t in session.settings.tiers)
        self.around = Around(session, self.rows, ["order", *(k for k in kinds if f"{k}." in asked)])

    def proposal(self, row: Row, proposed: str) -> Proposal:
        from crmkit.rules import worth

        doc = row.doc
        orders = [(o.doc, o.computed) for o in self.around.rows(row.id, "order")]
        now = str(doc.get("tier") or "")
        hand = by_hand(doc)
        fits_still, why_not = self._reasons(row, now if now != proposed else "")
        return Proposal(
            customer=row.id,
            name=row.title,
            path=row.path,
            now=now,
            proposed=proposed,
            reasons=self._reasons(row, proposed)[1],
            against=() if fits_still else why_not,
            figures=worth.figures(doc, row.computed, orders, self.session.today),
            by_hand=hand,
            since=str(doc.get("tier_on") or "") if hand else "",
            basis=str(doc.get("tier_basis") or ""),
            owner=str(doc.get("owner") or ""),
        )

    def _reasons(self, row: Row, code: str) -> tuple[bool, tuple[Message, ...]]:
        from crmkit.query.explain import explain

        tier = self.session.settings.tier(code)
        if tier is None or not tier.when:
            return True, ()
        fits, facts = explain(tier.when, "customer", self.scope, row.to_json(), self.around.dossier(row.id))
        return fits, tuple(reason(fact, self.session) for fact in facts)


def reason(fact: Fact, session: Session) -> Message:
    """Return a condition with what it met, as people read it: `Spent in 12 months ¥686,400 (spent_12m>=50万)`."""
    from crmkit.settings.words import Words

    words = Words(session.settings)
    kind = "money" if fact.type == "money" else fact.type
    shown = words.cell(list(fact.values), kind, fact.vocabulary)
    text = N_("not ({term})") if fact.negated and not fact.label else N_("{term}")
    if not fact.label:
        return msg(text, term=fact.term)
    if not shown:
        return msg(N_("{label}: none ({term})"), label=Message(fact.label), term=fact.term)
    if fact.negated:
        return msg(
            N_("{label} {value}, not ({term})"), label=Message(fact.label), value=shown, term=fact.term
        )
    return msg(N_("{label} {value} ({term})"), label=Message(fact.label), value=shown, term=fact.term)


def told(figures: Figures, session: Session) -> tuple[Message, ...]:
    """Return the figures as people read them."""
    from crmkit.settings.words import Words

    money = Words(session.settings).money
    out = []
    if figures.since:
        out.append(msg(N_("customer since {day} (full years: {n})"), day=figures.since, n=figures.years))
    text = N_("orders: {n}, {amount}; in 12 months: {recent}, {spent}")
    out.append(
        msg(
            text,
            n=figures.order_count,
            amount=money(figures.spent),
            recent=figures.orders_12m,
            spent=money(figures.spent_12m),
        )
    )
    if figures.strategic:
        out.append(msg(N_("strategic")))
    if figures.other:
        out.append(msg(N_("orders without an amount in the book's currency: {n}"), n=figures.other))
    return tuple(out)


def apply(session: Session, ids: Iterable[str] = (ALL,)) -> Prepared:
    """Write the proposed tiers: of the customers named, or of `all` whose present tier was not set by hand.

    Writes `tier`, `tier_basis` (why, in the book's language, marked as applied) and `tier_on`. Raises Refused where
    there is nothing to apply.
    """
    words = list(ids) or [ALL]
    with speaking(session.settings.language):
        found = [p for p in _assessed(session, aim(session, words)) if p.changes]
        if words == [ALL]:
            found = [p for p in found if not p.by_hand]
        return applied(session, found)


def applied(session: Session, found: Sequence[Proposal]) -> Prepared:
    """Write these proposals."""
    if not found:
        raise Refused(
            N_("there is no tier to change"),
            hint=N_("look with: crm tier; tiers set by hand change only by name: crm tier ID --apply"),
        )
    with speaking(session.settings.language):
        written = [(p, basis(p)) for p in found]

    def compose(draft: Draft) -> None:
        for proposal, why in written:
            _write(draft, proposal.path, proposal.proposed, why)
            change = f"{proposal.now or '-'} -> {proposal.proposed}"
            draft.about(proposal.customer, "customer", proposal.path, f"tier {proposal.name}: {change}")
        draft.also += [p.customer for p, _ in written[:-1]]
        if len(written) > 1:
            draft.about(*draft.main, f"tier {len(written)} customers")

    return Prepared(session, compose)


def keep(session: Session, words: Sequence[str], why: str = "") -> Prepared:
    """Confirm the present tier of customers by hand: it is no longer proposed to be changed along with all others.

    This is how a proposal is refused: the tier stands as somebody's own, for the reason `why`. Raises Refused for
    a customer without a tier.
    """
    rows = aim(session, words).rows
    for row in rows:
        if not row.doc.get("tier"):
            raise Refused(
                N_("{name} has no tier yet"),
                hint=N_("set it: crm set {id} tier=CODE; or take the proposal: crm tier {id} --apply"),
                name=row.title,
                id=row.id,
            )
    if not rows:
        raise Refused(N_("no customer is meant"), hint=N_("name one: crm tier ID --keep"))
    with speaking(session.settings.language):
        text = why or str(msg(N_("kept by hand")))

    def compose(draft: Draft) -> None:
        for row in rows:
            _write(draft, row.path, str(row.doc["tier"]), text)
            draft.about(row.id, "customer", row.path, f"tier {row.title}: kept {row.doc['tier']}")
        draft.also += [row.id for row in rows[:-1]]

    return Prepared(session, compose)


def basis(proposal: Proposal) -> str:
    """Return what `tier_basis` says of an applied proposal, in the language in force."""
    why = "; ".join(str(r) for r in proposal.reasons)
    return f"{MARK} {proposal.proposed}: {why}"


def _write(draft: Draft, path: str, tier: str, why: str) -> None:
    from crmkit.yaml.write import Edit

    day = draft.session.today
    draft.edit(path, [Edit(("tier",), tier), Edit(("tier_basis",), why), Edit(("tier_on",), day)])
    draft.stamp(path)
