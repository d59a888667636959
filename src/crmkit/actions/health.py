"""`crm health`: how healthy won customers are, with the three marks behind each score, and the risk of losing them.

The score is `rules.health`'s (R-002-41, R-002-42). Below the limit it warns; how far below says how high the risk is
(R-002-44), and what the records tell names a cause (R-002-43). `apply` writes `churn: {risk, cause, score, on}`; a
risk without a score is somebody's own and stands until its customer is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions._aim import ALL, Aim, Around, aim
from crmkit.actions._write import Prepared
from crmkit.errors import Message, Refused, UsageError, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row
    from crmkit.rules.facts import Facts
    from crmkit.rules.health import Health, Mark, Scheme

KINDS = ("order", "feedback", "followup")


@dataclass(frozen=True, slots=True)
class Checked:
    """One customer's health today. `customer` is its number; `now` and `cause_now` are what its record says.

    `risk` is what the score speaks for (high, medium, low; "" where nothing warns), `cause` the code of a cause that
    the records tell of, with `sign` saying which; `by_hand` that the present risk is somebody's own, since `since`.
    `plan` is the template of the plan that answers it, "" for none.
    """

    customer: str
    name: str
    path: str
    owner: str
    health: Health
    limit: int
    warns: bool
    risk: str
    now: str
    cause: str
    cause_now: str
    sign: Message | None
    high_value: bool
    by_hand: bool
    since: str
    plan: str

    @property
    def changes(self) -> bool:
        """Whether the record says another risk than the score; nothing where there is none in either."""
        return self.risk != self.now

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON; texts in the reader's language."""
        return {
            "id": self.customer,
            "name": self.name,
            "owner": self.owner,
            "score": self.health.score,
            "limit": self.limit,
            "warns": self.warns,
            "marks": [
                {"dimension": m.dimension, "weight": m.weight, "mark": m.mark, "told": str(m.told)}
                for m in self.health.marks
            ],
            "risk": self.risk,
            "now": self.now,
            "changes": self.changes,
            "by_hand": self.by_hand,
            "since": self.since,
            "cause": self.cause,
            "cause_now": self.cause_now,
            "high_value": self.high_value,
            "plan": self.plan,
        }


def check(session: Session, words: Sequence[str] = ()) -> tuple[Checked, ...]:
    """Return the health of the won customers meant by `words` (names, a query, nothing for all), the weakest first.

    Customers that are named are checked whatever their stage; a customer without history has full marks.
    """
    return _checked(session, aim(session, words))


def warned(session: Session, query: str = "") -> tuple[Checked, ...]:
    """Return those of `query` ("" is everybody) whose health warns, the weakest first (R-002-42)."""
    return tuple(c for c in check(session, [query] if query else []) if c.warns)


def _checked(session: Session, meant: Aim) -> tuple[Checked, ...]:
    from crmkit.rules import health

    scheme = health.scheme_of(session.settings)
    rows = [r for r in meant.rows if r.id in meant.named or r.doc.get("stage", "potential") != "potential"]
    around = Around(session, rows, KINDS)
    found = []
    for row in rows:
        facts = facts_of(session, row, around)
        if row.id in meant.named or (facts.stage in _WON and not facts.lost):
            found.append(_one(session, row, facts, scheme))
    return tuple(sorted(found, key=lambda c: (c.health.score, c.name)))


_WON = frozenset({"won", "loyal"})


def facts_of(session: Session, row: Row, around: Around) -> Facts:
    """Return a customer's facts as the rules see them, from what was read of its dossier."""
    from datetime import date

    from crmkit.records.base import Identity
    from crmkit.records.read import from_doc
    from crmkit.rules.dossier import Dossier
    from crmkit.rules.facts import Facts

    records: dict[str, list[Any]] = {}
    for one in around.all(row.id):
        record = from_doc(one.kind, one.doc, Identity(one.id, one.path, one.customer), session.settings)
        records.setdefault(one.kind, []).append(record)
    customer = records.get("customer", [None])[0]
    return Facts(Dossier(row.id, draft=False, customer=customer, records=records), session.settings, date.max)


def _one(session: Session, row: Row, facts: Facts, scheme: Scheme) -> Checked:
    from crmkit.rules.health import health

    churn = row.doc.get("churn") if isinstance(row.doc.get("churn"), Mapping) else {}
    assert isinstance(churn, Mapping)  # noqa: S101 - narrows
    found = health(facts, session.today)
    risk = found.risk(scheme)
    cause, sign = cause_of(facts, found.weakest, session) if risk else ("", None)
    now = str(churn.get("risk") or "")
    by_hand = bool(now) and churn.get("score") is None
    return Checked(
        customer=row.id,
        name=row.title,
        path=row.path,
        owner=facts.owner(),
        health=found,
        limit=scheme.limit,
        warns=found.warns(scheme),
        risk=risk,
        now=now,
        cause=cause,
        cause_now=str(churn.get("cause") or ""),
        sign=sign,
        high_value=facts.high_value,
        by_hand=by_hand,
        since=str(churn.get("on") or "") if now else "",
        plan=plan_for(now if risk and by_hand else risk, high_value=facts.high_value),
    )


def plan_for(risk: str, *, high_value: bool) -> str:
    """Return the template of the plan that a risk asks for (R-002-45, R-002-47), "" for none.

    A high-value customer is won back under the sales lead; with all others customer success talks.
    """
    if not risk:
        return ""
    return "recovery" if high_value or risk == "high" else "care"


def cause_of(facts: Facts, weakest: Mark, session: Session) -> tuple[str, Message | None]:
    """Return the cause that the records tell of, and by which sign; "" where they tell of none (R-002-43).

    What a contact of the last six months noted of competitors comes first, then complaints, where these cost most.
    """
    from crmkit.query.dates import add_months
    from crmkit.rules.facts import day_of

    since = add_months(session.today, -6)
    told = [(day_of(f.at, facts.zone), f.competitor_news) for f in facts.done if f.at and f.competitor_news]
    recent = [(day, text) for day, text in told if since <= day <= session.today]
    if recent:
        day, text = max(recent, key=lambda pair: pair[0])
        return "competitor", msg(N_("told on {day}: {text}"), day=day.isoformat(), text=text)
    if weakest.dimension == "complaints" and weakest.lost:
        return "service", weakest.told
    return "", None


def apply(session: Session, ids: Iterable[str] = (ALL,), cause: str = "") -> Prepared:
    """Write the risk of the customers named, or of `all` whose present risk is not somebody's own.

    Writes `churn.risk`, `churn.score`, `churn.on`, and a cause: `cause`, else what the records tell where none is
    written. A customer that is well again loses its risk. Raises Refused where there is nothing to write.
    """
    words = list(ids) or [ALL]
    meant = aim(session, words)
    if cause and not meant.named:
        raise UsageError(
            N_("one cause fits one customer"), hint=N_("crm health CUSTOMER --apply --cause competitor")
        )
    found = [c for c in _checked(session, meant) if c.changes or (cause and c.risk)]
    if words == [ALL]:
        found = [c for c in found if not c.by_hand]
    if not found:
        raise Refused(
            N_("there is no risk to change"),
            hint=N_("look with: crm health; risks set by hand change only by name: crm health ID --apply"),
        )

    def compose(draft: Draft) -> None:
        for one in found:
            _write(draft, one, cause)
            change = f"{one.now or '-'} -> {one.risk or '-'}"
            draft.about(one.customer, "customer", one.path, f"health {one.name}: risk {change}")
        draft.also += [c.customer for c in found[:-1]]
        if len(found) > 1:
            draft.about(*draft.main, f"health {len(found)} customers")

    return Prepared(session, compose)


def _write(draft: Draft, one: Checked, cause: str) -> None:
    from crmkit.records import entry
    from crmkit.yaml import read

    session = draft.session
    told = cause or ("" if one.cause_now else one.cause)
    words = [f"churn.risk={one.risk}", f"churn.score={one.health.score if one.risk else ''}"]
    words += [f"churn.on={session.today.isoformat()}"] if one.risk else []
    words += [f"churn.cause={told}"] if told and one.risk else []
    spec = session.catalog.kinds["customer"]
    data = read.load(draft.text(one.path).encode(), one.path).data
    draft.edit(one.path, entry.assign(spec, session.settings, data, words, session.now))
    draft.stamp(one.path)
