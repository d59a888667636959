"""Feedback, complaints and service cases (R-001-05 to -08, R-003-32 to -35, -62 to -66, -79 to -83)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.records.base import Flaw, Integer, Record, Vocab, When, error, many
from crmkit.records.base import about as field


class Feedback(Record):
    """What a customer said or complained of, and what was done about it."""

    kind: ClassVar[str] = "feedback"
    label: ClassVar[str] = N_("Feedback")
    rank: ClassVar[int] = 30
    date_field: ClassVar[str] = "received_at"
    columns: ClassVar[tuple[str, ...]] = ("type", "status", "received_at", "priority", "content", "owner")
    before: ClassVar[tuple[tuple[str, str], ...]] = (
        ("received_at", "first_responded_at"),
        ("received_at", "resolved_at"),
        ("received_at", "revisited_at"),
        ("first_responded_at", "resolved_at"),
    )

    type: Annotated[str, Vocab("feedback_type")] | None = field(N_("Feedback type"))  # R-001-05, R-003-65
    source: Annotated[str, Vocab("source")] | None = field(N_("Feedback source"))  # R-003-32
    received_at: When | None = field(N_("Received at"), "received", required=True)  # R-003-63, -80
    about: Annotated[str, Vocab("feedback_about")] | None = field(N_("Concerns what"))  # R-003-33
    content: str | None = field(N_("Feedback content"), "title", "search", required=True)  # R-003-64, -81
    priority: Annotated[str, Vocab("priority")] | None = field(N_("Priority"))
    status: Annotated[str, Vocab("feedback_status")] | None = field(N_("Handling status"))  # R-003-66, -82
    first_responded_at: When | None = field(N_("First response at"))  # R-004-12
    resolved_at: When | None = field(N_("Resolved at"))  # R-004-13
    revisited_at: When | None = field(N_("Revisited at"))  # R-004-14
    solution: str | None = field(N_("Solution"), "search")  # R-003-34, -83
    satisfaction: Integer | None = field(N_("Satisfaction (1 to 5)"))  # R-003-35
    contact: str | None = field(N_("Person who said it"), "met")
    owner: str | None = field(N_("Owner"), "owner")  # R-000-51
    collaborators: tuple[str, ...] = many(N_("Collaborators"), "owner")  # R-004-05
    product: str | None = field(N_("Product"), ref="product")
    due: When | None = field(N_("Due"), "due")  # R-000-51, R-004-49

    def flaws(self) -> Iterable[Flaw]:
        """Yield what is wrong beyond single fields."""
        if self.satisfaction is not None and not 1 <= self.satisfaction <= 5:
            yield error(
                "satisfaction",
                "satisfaction",
                msg(N_("satisfaction is scored from 1 to 5")),
                msg(N_("for example satisfaction: 4")),
                "R-003-35",
            )
