"""The sales opportunity (R-003-09 to -18, R-003-49 to -55)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.records.base import (
    Day,
    Flaw,
    Integer,
    Money,
    Number,
    Part,
    Record,
    Vocab,
    about,
    error,
    many,
    warning,
)


class OpportunityStage(Part):
    """A stage reached, with its goal and its time (R-003-12)."""

    stage: Annotated[str, Vocab("opportunity_stage")] | None = about(N_("Stage reached"))
    on: Day | None = about(N_("Stage reached on"))
    goal: str | None = about(N_("Goal of the stage"))
    by: Day | None = about(N_("Goal to be reached by"))


class OpportunityItem(Part):
    """What the customer may buy."""

    product: str | None = about(N_("Product"), ref="product")
    quantity: Number | None = about(N_("Quantity"))
    unit_price: Money | None = about(N_("Unit price"))


class Opportunity(Record):
    """A chance to sell, by stages to won or lost."""

    kind: ClassVar[str] = "opportunity"
    label: ClassVar[str] = N_("Opportunity")
    rank: ClassVar[int] = 20
    columns: ClassVar[tuple[str, ...]] = ("name", "stage", "amount", "probability", "close_date", "owner")

    name: str | None = about(N_("Opportunity name"), "title", "search", required=True)  # R-003-50
    source: Annotated[str, Vocab("source")] | None = about(N_("Source of the opportunity"))  # R-003-09
    stage: Annotated[str, Vocab("opportunity_stage")] | None = about(N_("Sales stage"))  # R-003-11
    stage_history: tuple[OpportunityStage, ...] = many(N_("Stage history"))  # R-003-12
    amount: Money | None = about(N_("Expected amount"))  # R-003-13, -52
    currency: str | None = about(N_("Currency"))
    discount: str | None = about(N_("Discount"))  # R-003-14
    probability: Integer | None = about(N_("Probability in percent"))  # R-003-17
    close_date: Day | None = about(N_("Expected close date"))  # R-003-53
    closed_on: Day | None = about(N_("Closed on"))
    start_date: Day | None = about(N_("Effective from"))  # R-001-30
    competitors: tuple[str, ...] = many(N_("Competitors"))  # R-003-15
    contacts: tuple[str, ...] = many(N_("People involved"), "met")
    items: tuple[OpportunityItem, ...] = many(N_("Items"))
    next_step: str | None = about(N_("Next step"))
    lost_reason: str | None = about(N_("Reason of the loss"))
    owner: str | None = about(N_("Owner"), "owner")
    campaign: str | None = about(N_("Campaign"), ref="campaign")

    def flaws(self) -> Iterable[Flaw]:
        """Yield what is wrong beyond single fields."""
        if self.probability is not None and not 0 <= self.probability <= 100:
            yield error(
                "probability",
                "probability",
                msg(N_("a probability lies between 0 and 100 percent")),
                msg(N_("for example probability: 75")),
            )
        if self.stage == "won" and self.amount is None and not self.items:
            yield warning(
                "amount",
                "opportunity.no_amount",
                msg(N_("a won opportunity says no amount")),
                msg(N_("add amount")),
                "R-001-30",
            )
        if self.stage == "lost" and not self.lost_reason:
            yield warning(
                "lost_reason",
                "opportunity.no_reason",
                msg(N_("a lost opportunity says no reason")),
                msg(N_("add lost_reason")),
                "R-001-37",
            )
