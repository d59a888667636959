"""What is computed and never stored: phase of a customer, status of an opportunity, last contact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from crmkit.rules.facts import WON, Facts, gathered, status_of

if TYPE_CHECKING:
    from crmkit.records.opportunity import Opportunity
    from crmkit.rules.dossier import Dossier
    from crmkit.settings.model import Settings

Phase = Literal["acquisition", "follow_up", "conversion", "maintenance", "recovery"]
OpportunityStatus = Literal["new", "following", "won", "lost"]

CLOSING = frozenset({"proposal", "negotiation", "signing"})
"""Stages of an opportunity in which a customer is being converted: solution, price, contract."""


def phase(dossier: Dossier, settings: Settings) -> Phase:
    """Return where a customer stands in the five-phase process (R-002-01).

    Recovery: lost, dormant or at high risk. Maintenance: won or loyal. Conversion: a proposal or contract is
    on the table. Follow-up: there was a contact, an opportunity or intent. Else acquisition.
    """
    return phase_of(gathered(dossier, settings))


def phase_of(facts: Facts) -> Phase:
    """Return the phase where the facts are gathered already."""
    customer = facts.customer
    if customer is None:
        return "acquisition"
    risk = customer.churn.risk if customer.churn else None
    if facts.lost or customer.status == "dormant" or risk == "high":
        return "recovery"
    if facts.stage in WON:
        return "maintenance"
    stages = {o.stage or "new" for o in facts.dossier.opportunities} - {"won", "lost"}
    if stages & CLOSING or _offered(facts.dossier):
        return "conversion"
    return "follow_up" if facts.contacts or stages or facts.stage == "intent" else "acquisition"


def _offered(dossier: Dossier) -> bool:
    drafted = any(c.status in {"draft", "review"} for c in dossier.contracts)
    return drafted or any(p.purpose == "solution" for p in dossier.plans)


def opportunity_status(opportunity: Opportunity, dossier: Dossier) -> OpportunityStatus:
    """Return new, following, won or lost (R-003-51); a contact that names a new one makes it following."""
    named = {f.opportunity for f in dossier.followups if f.opportunity and status_of(f) == "done"}
    return _status(opportunity.stage, named=opportunity.id in named)


def _status(stage: str | None, *, named: bool) -> OpportunityStatus:
    if stage == "won":
        return "won"
    if stage == "lost":
        return "lost"
    return "following" if named or (stage or "new") != "new" else "new"


def values(facts: Facts, doc: Mapping[str, Any], record: Any = None) -> dict[str, Any]:
    """Return what queries know of a document as computed; all of it holds on any day.

    Of a customer `phase`, `last_contact`, and what levels go by (`worth.since`, `worth.spent`, ...); of an
    opportunity `phase`; of an order `worth`, its amount where it counts. Missing where nothing is known. `record` is
    the document's record, where it is at hand.
    """
    from crmkit.rules import worth

    if doc.get("kind") == "customer":
        last = {"last_contact": facts.contacts[-1].isoformat()} if facts.contacts else {}
        return {"phase": phase_of(facts), **last, **worth.of_customer(facts)}
    if doc.get("kind") == "opportunity":
        named = {f.opportunity for f in facts.done}
        return {"phase": _status(doc.get("stage"), named=doc.get("id") in named)}
    if doc.get("kind") == "order":
        order = record or next((o for o in facts.dossier.orders if o.id == doc.get("id")), None)
        amount = worth.of_order(order, facts.settings.currency) if order else None
        return {} if amount is None else {"worth": amount}
    return {}


def last_contact(dossier: Dossier, settings: Settings) -> date | None:
    """Return the day of the last contact, None where there was none."""
    contacts = gathered(dossier, settings).contacts
    return contacts[-1] if contacts else None


def first_won(dossier: Dossier, settings: Settings) -> date | None:
    """Return the day on which the customer first became won, None where the record does not say."""
    return gathered(dossier, settings).first_won
