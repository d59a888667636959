"""The marketing campaign (R-003-72 to -78, R-002-38)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from crmkit.i18n import N_
from crmkit.records.base import Day, Money, Part, Record, Vocab, about, many


class Participant(Part):
    """A customer who took part, and what came of it (R-003-76, -77)."""

    customer: str | None = about(N_("Customer"), ref="customer")
    joined_on: Day | None = about(N_("Joined on"))
    result: str | None = about(N_("Result"))


class Campaign(Record):
    """An event or promotion with its participants."""

    kind: ClassVar[str] = "campaign"
    label: ClassVar[str] = N_("Campaign")
    rank: ClassVar[int] = 80
    place: ClassVar[str] = "campaigns"
    by_year: ClassVar[bool] = True
    date_field: ClassVar[str] = "start_date"
    columns: ClassVar[tuple[str, ...]] = ("name", "type", "start_date", "end_date", "owner")
    before: ClassVar[tuple[tuple[str, str], ...]] = (("start_date", "end_date"),)

    name: str | None = about(N_("Campaign name"), "title", "search", required=True)  # R-003-72
    type: Annotated[str, Vocab("campaign_type")] | None = about(N_("Campaign type"))  # R-003-73
    start_date: Day | None = about(N_("Start date"))  # R-003-74
    end_date: Day | None = about(N_("End date"))  # R-003-75
    budget: Money | None = about(N_("Campaign budget"))
    cost: Money | None = about(N_("Campaign cost"))
    participants: tuple[Participant, ...] = many(N_("Participating customers"))  # R-003-76
    goal: str | None = about(N_("Goal"), "search")
    owner: str | None = about(N_("Owner"), "owner")
