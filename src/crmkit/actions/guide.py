"""`crm guide`: the working instructions step by step, and where a customer stands in them (R-000-02, R-003-37)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions._guide_text import PHASES, STEPS, Step
from crmkit.errors import CrmError, UsageError, msg
from crmkit.i18n import LANGUAGES, N_, _, in_language

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.errors import Message

Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something that the step waits for, and the line that gives it ("" where there is none)."""

    text: Message
    line: str = ""

    def to_json(self) -> dict[str, str]:
        """Return both as text."""
        return {"text": str(self.text), "line": self.line}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer stands: its phase, the steps of the phase with what each still lacks, in order."""

    customer: str
    name: str
    phase: str
    steps: tuple[tuple[Step, tuple[Lacking, ...]], ...]

    @property
    def current(self) -> Step | None:
        """The first step of the phase that lacks something, None where nothing is."""
        return next((step for step, lacking in self.steps if lacking), None)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON; texts in the reader's language."""
        return {
            "id": self.customer,
            "name": self.name,
            "phase": self.phase,
            "step": self.current.name if self.current else "",
            "steps": [
                {"step": step.name, "title": _(step.title), "lacking": [x.to_json() for x in lacking]}
                for step, lacking in self.steps
            ],
        }


def step(word: str) -> Step | None:
    """Return the step that goes by a name or a title in any language, None for no step."""
    wanted = word.strip().casefold()
    for one in STEPS:
        titles = (in_language(language, one.title).casefold() for language in LANGUAGES)
        if wanted == one.name or wanted in titles:
            return one
    return None


def phase(word: str) -> tuple[Step, ...]:
    """Return the steps of the phase that goes by a name, () for no phase."""
    wanted = word.strip().lower().replace("-", "_")
    return tuple(s for s in STEPS if s.phase == wanted)


def of_phase(name: str) -> tuple[Step, ...]:
    """Return the steps of a phase, in order."""
    return tuple(s for s in STEPS if s.phase == name)


def meant(session: Session, word: str) -> Step | tuple[Step, ...] | Standing:
    """Return what a word means: a step, the steps of a phase, or where the customer of that name stands.

    UsageError, with the steps there are, where it is none of them.
    """
    found = step(word) or phase(word)
    if found:
        return found
    try:
        return standing(session, word)
    except CrmError as error:
        from crmkit.values.suggest import nearest

        near = nearest(word, [*(s.name for s in STEPS), *PHASES])
        if near:
            raise UsageError(
                N_("no step is called {word!r}"), hint=N_("did you mean {near}?"), word=word, near=near
            ) from error
        raise


def counts(session: Session) -> dict[str, int]:
    """Return how many customers past review stand in each phase."""
    from collections import Counter

    node = session.index.bind("not is:draft", "customer", session.today, session.actor_name)
    found = Counter(str(row.computed.get("phase") or "") for row in session.index.rows("customer", node))
    return {name: found.get(name, 0) for name in PHASES if name != "always"}


def standing(session: Session, customer: str) -> Standing:
    """Return where a customer stands, and what is missing to get on."""
    hit = session.customer(customer)
    rows = session.index.dossier_docs(hit.id)
    docs: dict[str, list[Doc]] = {}
    for row in rows:
        docs.setdefault(row.kind, []).append(row.to_json())
    own = next(r for r in rows if r.kind == "customer")
    where = str(own.computed.get("phase") or "acquisition")
    look = _Look(session, own.to_json(), docs)
    steps = tuple((one, tuple(look.lacking(one.name))) for one in of_phase(where) if one.name in _CHECKS)
    return Standing(hit.id, hit.title, where, steps)


class _Look:
    """Looks at one dossier: what each step still lacks."""

    def __init__(self, session: Session, customer: Doc, docs: Mapping[str, Sequence[Doc]]) -> None:
        self.session = session
        self.customer = customer
        self.docs = docs
        self.id = str(customer.get("id") or "")

    def lacking(self, name: str) -> Iterator[Lacking]:
        return iter(_CHECKS[name](self))

    def of(self, kind: str) -> Sequence[Doc]:
        return self.docs.get(kind, ())

    def lack(self, text: str, line: str = "", **args: Any) -> Lacking:
        """Return something lacking; `{id}` in the line is the customer."""
        return Lacking(msg(text, **args), line.format(id=self.id, **args))

    def plan(self, *purposes: str) -> Doc | None:
        """Return a plan for one of the purposes that was not dropped."""
        live = (p for p in self.of("plan") if p.get("status") != "cancelled")
        return next((p for p in live if p.get("purpose") in purposes), None)

    @property
    def deal(self) -> Doc | None:
        """The open opportunity, the newest one."""
        deals = [o for o in self.of("opportunity") if o.get("stage") not in {"won", "lost"}]
        return max(deals, key=lambda o: str(o.get("created_on") or ""), default=None)


def _record(look: _Look) -> Iterator[Lacking]:
    own = look.customer
    for name, text in (
        ("industry", N_("the industry")),
        ("source", N_("the source")),
        ("owner", N_("the owner")),
    ):
        if not own.get(name):
            yield look.lack(text, f"crm set {{id}} {name}=...")
    if not (own.get("address") or {}).get("province"):
        yield look.lack(N_("the address"), "crm set {id} address=...")
    people = [c for c in own.get("contacts") or () if c.get("name")]
    if not any(
        c.get("phone") or c.get("mobile") or c.get("email") or c.get("wechat") for c in people
    ) and not own.get("phone"):
        yield look.lack(
            N_("a contact that can be reached"), "crm set {id} contacts.0.name=... contacts.0.phone=..."
        )
    if own.get("type") == "person" and not own.get("consent"):
        yield look.lack(
            N_("the consent to keep personal data"), "crm set {id} consent.by=... consent.on=today"
        )
    state = (own.get("review") or {}).get("state")
    if look.session.settings.review.required and state != "approved":
        yield look.lack(N_("the review"), "crm submit {id}")


def _lead(look: _Look) -> Iterator[Lacking]:
    from crmkit.rules import lead

    if not (look.customer.get("lead") or {}).get("grade") and lead.named(look.session.settings):
        yield look.lack(N_("the grade of the lead"), "crm lead {id} --apply")


def _contact(look: _Look) -> Iterator[Lacking]:
    own = look.customer.get("lead") or {}
    talks = [f for f in look.of("followup") if f.get("status") == "done"]
    if not talks and not own.get("first_contact_on"):
        yield look.lack(
            N_("the first contact"), "crm log {id} --channel phone --content ... --next ... --by +7d"
        )
    if not (own.get("interests") or own.get("doubts") or any(t.get("feedback") for t in talks)):
        yield look.lack(
            N_("what the customer is interested in, and his doubts"),
            "crm set {id} lead.interests=... lead.doubts=...",
        )
    if look.customer.get("stage", "potential") == "potential":
        yield look.lack(N_("the decision whether it goes into deep follow-up"), "crm stage {id} intent")


def _needs(look: _Look) -> Iterator[Lacking]:
    needs = [n for n in look.customer.get("needs") or () if n.get("summary")]
    if not needs:
        yield look.lack(N_("a need"), "crm set {id} needs.0.summary=...")
    for name, text in (
        ("priority", N_("the priority of the needs")),
        ("budget", N_("the budget")),
        ("pains", N_("the pains of the present solution")),
        ("goals", N_("the goals of the business")),
    ):
        if needs and not any(n.get(name) for n in needs):
            yield look.lack(text, f"crm set {{id}} needs.0.{name}=...")
    if not any(c.get("role") == "decision_maker" for c in look.customer.get("contacts") or ()):
        yield look.lack(N_("who decides"), "crm set {id} contacts.0.role=decision_maker")
    if not look.plan("analysis"):
        yield look.lack(N_("the needs analysis"), "crm add plan {id} template=analysis")
    if look.customer.get("stage", "potential") == "potential":
        yield look.lack(N_("the stage intent"), "crm stage {id} intent")


def _solution(look: _Look) -> Iterator[Lacking]:
    deal = look.deal
    if deal is None:
        yield look.lack(N_("an opportunity"), "crm add opportunity {id} name=... amount=... close_date=...")
    elif not deal.get("amount") or not deal.get("close_date"):
        yield look.lack(
            N_("amount and expected close of the opportunity"),
            f"crm set {deal['id']} amount=... close_date=...",
        )
    if not look.plan("solution"):
        yield look.lack(N_("the solution"), "crm add plan {id} template=solution")


def _rhythm(look: _Look) -> Iterator[Lacking]:
    planned = [f for f in look.of("followup") if f.get("status", "planned") == "planned"]
    if not planned and not look.customer.get("rhythm"):
        yield look.lack(N_("the next contact"), "crm plan {id} --due +7d --reason ...")


def _contract(look: _Look) -> Iterator[Lacking]:
    deal = look.deal
    live = [c for c in look.of("contract") if c.get("status") in {None, "draft", "review", "in_force"}]
    contract = max(live, key=lambda c: str(c.get("start_date") or c.get("created_on") or ""), default=None)
    if contract is None:
        yield look.lack(N_("the contract"), "crm add contract {id} number=... amount=... start_date=...")
    else:
        if (
            look.session.settings.review.required
            and (contract.get("review") or {}).get("state") != "approved"
        ):
            yield look.lack(N_("legal's approval of the contract"), f"crm submit {contract['id']}")
        if not contract.get("signed_on") or not contract.get("signatory"):
            yield look.lack(
                N_("who signed the contract, and when"),
                f"crm set {contract['id']} signatory=... signed_on=...",
            )
    if deal is not None:
        yield look.lack(N_("the deal won"), f"crm stage {deal['id']} won amount=... start_date=...")


def _kickoff(look: _Look) -> Iterator[Lacking]:
    if not look.plan("kickoff"):
        yield look.lack(N_("the kick-off list"), "crm add plan {id} template=kickoff")
    if not look.of("order"):
        yield look.lack(N_("the order"), "crm add order {id} number=... ordered_on=today")


def _acceptance(look: _Look) -> Iterator[Lacking]:
    plan = look.plan("kickoff")
    if plan and not (plan.get("acceptance") or {}).get("passed_on"):
        yield look.lack(N_("the acceptance"), f"crm set {plan['id']} acceptance.passed_on=...")
    if not look.customer.get("success_manager"):
        yield look.lack(N_("the hand-over and the success manager"), "crm add plan {id} template=handover")


def _complaint(look: _Look) -> Iterator[Lacking]:
    for one in look.of("feedback"):
        if one.get("status", "open") not in {"resolved", "closed"}:
            yield look.lack(
                N_("the answer to: {what}"), f"crm show {one['id']}", what=str(one.get("content") or "")[:30]
            )


def _service(look: _Look) -> Iterator[Lacking]:
    from crmkit.query.dates import add_months
    from crmkit.rules.templates import low

    surveys = sorted(look.of("survey"), key=lambda s: str(s.get("on") or ""))
    if not surveys or str(surveys[-1].get("on") or "") < add_months(look.session.today, -3).isoformat():
        yield look.lack(
            N_("this quarter's survey"),
            "crm add survey {id} on=today scores.response=... scores.solving=...",
        )
    elif low(surveys[-1], look.session.settings) and not look.plan("improvement"):
        yield look.lack(
            N_("the improvement plan after the low marks"), "crm add plan {id} template=improvement"
        )


def _tier(look: _Look) -> Iterator[Lacking]:
    if not look.customer.get("tier"):
        yield look.lack(N_("the level"), "crm tier {id} --apply")
    tier = look.session.settings.tier(look.customer.get("tier"))
    if tier and tier.high_value and not look.customer.get("success_manager"):
        yield look.lack(
            N_("the success manager of a high-value customer"), "crm set {id} success_manager=..."
        )


def _growth(look: _Look) -> Iterator[Lacking]:
    contracts = [c for c in look.of("contract") if c.get("status") == "in_force" and c.get("end_date")]
    for one in contracts:
        left = str(one["end_date"]) < _ahead(look, 60) and not one.get("renewed_by")
        if left:
            yield look.lack(
                N_("the renewal of the contract that ends on {day}"),
                f"crm add contract {look.id} number=... renews={one['id']}",
                day=str(one["end_date"]),
            )


def _ahead(look: _Look, days: int) -> str:
    from datetime import timedelta

    return (look.session.today + timedelta(days)).isoformat()


def _health(look: _Look) -> Iterator[Lacking]:
    churn = look.customer.get("churn") or {}
    if not churn.get("risk") and look.customer.get("stage") in {"won", "loyal"}:
        yield look.lack(N_("the risk"), "crm health {id} --apply")
    if not churn.get("cause"):
        yield look.lack(N_("the cause"), "crm set {id} churn.cause=competitor")


def _recovery(look: _Look) -> Iterator[Lacking]:
    if look.customer.get("stage") == "lost":
        return
    if not look.plan("recovery"):
        high = look.session.settings.tier(look.customer.get("tier"))
        name = (
            "recovery"
            if (high and high.high_value) or (look.customer.get("churn") or {}).get("risk") == "high"
            else "care"
        )
        yield look.lack(N_("the plan to win the customer back"), f"crm add plan {{id}} template={name}")


def _churn(look: _Look) -> Iterator[Lacking]:
    if look.customer.get("stage") != "lost" and look.customer.get("status") != "lost":
        return
    churn = look.customer.get("churn") or {}
    if not churn.get("reason"):
        yield look.lack(N_("the reason of the loss"), "crm set {id} churn.reason=...")
    if not churn.get("lessons"):
        yield look.lack(N_("what was learnt"), "crm set {id} churn.lessons=...")
    if not look.plan("churn_review"):
        yield look.lack(N_("the review of the loss"), "crm add plan {id} template=churn_review")


_CHECKS: Mapping[str, Callable[[_Look], Iterable[Lacking]]] = {
    "record": _record,
    "lead": _lead,
    "contact": _contact,
    "needs": _needs,
    "solution": _solution,
    "rhythm": _rhythm,
    "contract": _contract,
    "kickoff": _kickoff,
    "acceptance": _acceptance,
    "complaint": _complaint,
    "service": _service,
    "tier": _tier,
    "growth": _growth,
    "health": _health,
    "winback": _recovery,
    "churn": _churn,
}
"""What can be looked at; the other steps are for reading."""
