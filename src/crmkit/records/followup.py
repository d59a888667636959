"""The follow-up: planned, then done (R-000-45 to -62, R-003-19 to -24, R-003-56 to -60, R-004-06 to -48)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import Field

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.records.base import About, Flag, Flaw, Part, Record, Vocab, When, about, error, many, warning


class Snooze(Part):
    """One putting off: from which date to which, and why (R-004-47)."""

    from_: When | None = Field(
        default=None,
        alias="from",
        json_schema_extra={"about": About(N_("Put off from"))},  # type: ignore[dict-item]
    )
    to: When | None = about(N_("Put off to"))
    why: str | None = about(N_("Why put off"))


class Proposal(Part):
    """One change of the customer that is proposed: what `crm set` shall be told, and what stood there."""

    what: str | None = about(N_("Proposed change"))
    was: str | None = about(N_("Value before"))


class Followup(Record):
    """One contact with a customer, from the plan to what came of it."""

    kind: ClassVar[str] = "followup"
    label: ClassVar[str] = N_("Follow-up")
    rank: ClassVar[int] = 10
    date_field: ClassVar[str] = "at"
    columns: ClassVar[tuple[str, ...]] = ("status", "due", "at", "channels", "owner", "reason", "content")

    # the plan
    reason: str | None = about(N_("Reason of the follow-up"), "title", "search")  # R-004-07, -32
    goal: str | None = about(N_("Goal of the follow-up"))  # R-000-45
    due: When | None = about(N_("Due"), "due")  # R-000-62, R-004-33
    remind: When | None = about(N_("Remind at"))  # R-004-24
    channels: tuple[Annotated[str, Vocab("channel")], ...] = many(N_("Channels"))  # R-000-47, R-004-34
    owner: str | None = about(N_("Owner"), "owner")  # R-000-61, R-004-35
    outline: str | None = about(N_("Outline"))  # R-000-46, R-004-18
    important: Flag | None = about(N_("Important"))  # R-004-17
    # the record
    status: Annotated[str, Vocab("followup_status")] | None = about(N_("Follow-up status"))
    at: When | None = about(N_("Took place at"))  # R-000-53, R-004-36
    by: str | None = about(N_("Followed up by"), "by")  # R-000-56
    participants: tuple[str, ...] = many(N_("Participants"))  # R-003-21
    contact: str | None = about(N_("Person talked to"), "met")
    subject: str | None = about(N_("Subject"), "search")  # R-003-20
    content: str | None = about(N_("Content"), "search")  # R-000-58, R-004-37
    feedback: str | None = about(N_("Customer feedback"), "search")  # R-000-59, R-004-38
    questions: str | None = about(N_("Questions"))  # R-003-22
    need_changes: str | None = about(N_("Need changes"))  # R-004-19
    objections: tuple[str, ...] = many(N_("Objections"), "sentence")  # R-004-19, -40
    promises: tuple[str, ...] = many(N_("Promises"), "sentence")  # R-004-19
    competitor_news: str | None = about(N_("Competitor news"))  # R-004-44
    result: str | None = about(N_("Result"))  # R-000-52
    changes: tuple[Annotated[str, Vocab("contact_change")], ...] = many(N_("Changes reported"))  # R-001-28
    # the loop
    next_step: str | None = about(N_("Next step"))  # R-000-60, R-004-39
    next: str | None = about(N_("Next follow-up"), ref="followup")  # R-000-52
    answers: str | None = about(N_("Answers"))
    opportunity: str | None = about(N_("Opportunity"), ref="opportunity")  # R-003-54
    origin: str | None = about(N_("Origin"))  # R-003-61: Message-ID or UID of what it was imported from
    overdue_reason: str | None = about(N_("Reason of the delay"))  # R-004-47
    snoozed: tuple[Snooze, ...] = many(N_("Put off"))
    proposes: tuple[Proposal, ...] = many(N_("Proposes"))  # appendix C

    def flaws(self) -> Iterable[Flaw]:
        """Yield what is wrong beyond single fields."""
        status = self.status or ("done" if self.at else "planned")
        if status == "done" and self.at is None:
            yield error(
                "at",
                "followup.no_time",
                msg(N_("a done follow-up needs the day or time it took place")),
                msg(N_("add at: 2024-06-05 or at: 2024-06-05T14:30")),
                "R-000-53",
            )
        elif status == "planned":
            if self.due is None and not self.snoozed:
                yield error(
                    "due",
                    "followup.no_due",
                    msg(N_("a planned follow-up without a date falls due never")),
                    msg(N_("add due: 2024-06-05, or status: done with at")),
                    "R-000-62",
                )
            if not self.reason and not self.answers:
                yield error(
                    "reason",
                    "followup.no_reason",
                    msg(N_("a planned follow-up needs a concrete reason")),
                    msg(N_("add reason: why the customer is to be contacted")),
                    "R-004-07",
                )
            if self.at is not None and self.status == "planned":
                yield warning(
                    "at",
                    "followup.planned_at",
                    msg(N_("a planned follow-up says when it took place")),
                    msg(N_("set status: done, or remove at")),
                )
