"""The plan: solution, kick-off, hand-over, recovery, improvement, analysis (R-002-15 to -31, -43 to -48)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from crmkit.i18n import N_
from crmkit.records.base import Day, Part, Record, Vocab, about, many


class PlanTeam(Part):
    """Who works on it (R-002-27)."""

    sales: str | None = about(N_("Sales lead"))
    implementation: str | None = about(N_("Implementation manager"))
    service: str | None = about(N_("Service representative"))


class Acceptance(Part):
    """By what, where and when the customer accepted (R-002-30)."""

    criteria: str | None = about(N_("Acceptance criteria"))
    environment: str | None = about(N_("Test environment"))
    opinions: str | None = about(N_("Opinions"))
    passed_on: Day | None = about(N_("Passed on"))


class PlanStep(Part):
    """One step of the plan (R-002-46)."""

    what: str | None = about(N_("Step"), "search")
    owner: str | None = about(N_("Owner of the step"), "member")
    due: Day | None = about(N_("Step due"))
    done_on: Day | None = about(N_("Step done on"))
    note: str | None = about(N_("Step note"))


class Milestone(Part):
    """A milestone with its standard (R-002-28)."""

    what: str | None = about(N_("Milestone"))
    on: Day | None = about(N_("Milestone on"))
    standard: str | None = about(N_("Delivery standard"))
    done_on: Day | None = about(N_("Milestone reached on"))


class Plan(Record):
    """A document that is worked through by steps; made from templates in crm.yaml."""

    kind: ClassVar[str] = "plan"
    label: ClassVar[str] = N_("Plan")
    rank: ClassVar[int] = 60
    date_field: ClassVar[str] = "created_on"
    columns: ClassVar[tuple[str, ...]] = ("name", "purpose", "status", "by", "goal")

    name: str | None = about(N_("Plan name"), "title", "search", required=True)
    purpose: Annotated[str, Vocab("plan_purpose")] | None = about(N_("Purpose"))
    goal: str | None = about(N_("Goal"), "search")  # R-002-46
    by: Day | None = about(N_("To be reached by"))
    version: str | None = about(N_("Version"))  # R-002-18
    sections: dict[str, str] | None = about(  # R-002-15 to -17, R-002-29
        N_("Sections"),
        "search",
        keys={
            "quotation": N_("Quotation"),
            "service": N_("Service content"),
            "delivery": N_("Delivery plan"),
            "after_sales": N_("After-sales terms"),
            "differentiation": N_("Differentiation"),
            "pains": N_("Pains"),
            "priorities": N_("Priorities"),
            "goals": N_("Business goals"),
            "customer_supplies": N_("What the customer supplies"),
            "history": N_("Cooperation history"),
            "background": N_("Background of the need"),
            "contacts": N_("People who decide"),
            "decision": N_("Who decides"),
            "open": N_("Open complaints"),
            "changes": N_("Changes of this version"),
            "cause": N_("Cause of churn"),
            "complaints": N_("Complaints"),
            "offer": N_("Offer"),
            "scores": N_("Low scores"),
            "reasons": N_("Reasons"),
            "lessons": N_("Lessons"),
            "improvements": N_("Improvements of the process"),
        },
    )
    team: PlanTeam | None = about(N_("Team"))
    acceptance: Acceptance | None = about(N_("Acceptance"))
    steps: tuple[PlanStep, ...] = many(N_("Steps"))
    milestones: tuple[Milestone, ...] = many(N_("Milestones"))  # R-002-28
    status: Annotated[str, Vocab("plan_status")] | None = about(N_("Plan status"))
    result: str | None = about(N_("Result"))
    owner: str | None = about(N_("Owner"), "owner")
