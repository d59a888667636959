"""One customer with everything that lies in its folder, as the rules see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from crmkit.records.base import Record
    from crmkit.records.contract import Contract
    from crmkit.records.customer import Customer
    from crmkit.records.feedback import Feedback
    from crmkit.records.followup import Followup
    from crmkit.records.opportunity import Opportunity
    from crmkit.records.order import Order
    from crmkit.records.plan import Plan
    from crmkit.records.survey import Survey


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier: the customer and the records beside it, by kind, in any order.

    `number` is the folder's name; `draft` says that it waits for review (it lies under `drafts/`).
    `customer` is None where `customer.yaml` cannot be read: its follow-ups are due all the same.
    `docs` are the canonical documents by kind, needed only where a rule has a `when` query.
    """

    number: str
    draft: bool
    customer: Customer | None
    records: Mapping[str, Sequence[Record]]
    docs: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def followups(self) -> Sequence[Followup]:
        """Its follow-ups, planned, done and cancelled."""
        return cast("Sequence[Followup]", self.records.get("followup", ()))

    @property
    def contracts(self) -> Sequence[Contract]:
        """Its contracts."""
        return cast("Sequence[Contract]", self.records.get("contract", ()))

    @property
    def feedback(self) -> Sequence[Feedback]:
        """Its complaints, suggestions, enquiries."""
        return cast("Sequence[Feedback]", self.records.get("feedback", ()))

    @property
    def opportunities(self) -> Sequence[Opportunity]:
        """Its opportunities."""
        return cast("Sequence[Opportunity]", self.records.get("opportunity", ()))

    @property
    def orders(self) -> Sequence[Order]:
        """Its orders."""
        return cast("Sequence[Order]", self.records.get("order", ()))

    @property
    def plans(self) -> Sequence[Plan]:
        """Its plans."""
        return cast("Sequence[Plan]", self.records.get("plan", ()))

    @property
    def surveys(self) -> Sequence[Survey]:
        """Its service quality surveys."""
        return cast("Sequence[Survey]", self.records.get("survey", ()))
