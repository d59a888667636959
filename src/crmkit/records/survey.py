"""The service quality survey (R-002-32 to -34)."""

from __future__ import annotations

from typing import ClassVar

from crmkit.i18n import N_
from crmkit.records.base import Day, Number, Record, about


class Survey(Record):
    """How a customer scored the service, item by item."""

    kind: ClassVar[str] = "survey"
    label: ClassVar[str] = N_("Survey")
    rank: ClassVar[int] = 70
    date_field: ClassVar[str] = "on"
    columns: ClassVar[tuple[str, ...]] = ("on", "period", "comment", "by")

    on: Day | None = about(N_("Surveyed on"), required=True)  # R-002-32
    period: str | None = about(N_("Period"), "title")
    scores: dict[str, Number] | None = about(  # R-002-33
        N_("Scores"),
        keys={
            "response": N_("Response speed"),
            "solving": N_("Problem solving"),
            "attitude": N_("Service attitude"),
        },
    )
    comment: str | None = about(N_("Comment"), "search")
    by: str | None = about(N_("Surveyed by"), "by")
