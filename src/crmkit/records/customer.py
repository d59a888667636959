"""The customer: company or person (R-000-07 to -39, R-001-13 to -24, R-002-02 to -14, R-003-01 to -08)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.records import sorts
from crmkit.records.base import (
    Birthday,
    Budget,
    Day,
    Flag,
    Flaw,
    Integer,
    Money,
    Open,
    Part,
    Record,
    Review,
    Secret,
    Vocab,
    about,
    error,
    many,
    warning,
)


class Address(Part):
    """A registered address, down to the street (R-000-28)."""

    country: str | None = about(N_("Country"))  # R-003-04
    province: str | None = about(N_("Province"))
    city: str | None = about(N_("City"))
    district: str | None = about(N_("District"))
    street: str | None = about(N_("Street"), "personal")
    postal_code: str | None = about(N_("Postal code"))


class Contact(Part):
    """A person to talk to at the customer (R-000-29 to -32, R-001-14, R-002-02)."""

    name: str | None = about(N_("Contact name"), "contact", "search")  # R-000-29
    job_title: str | None = about(N_("Position"))  # R-000-30
    department: str | None = about(N_("Department"))
    phone: str | None = about(N_("Contact phone"), "phone", "personal", "key")  # R-000-31
    mobile: str | None = about(N_("Contact mobile"), "phone", "personal", "key")
    email: str | None = about(N_("Contact e-mail"), "email", "personal", "key")  # R-000-32
    wechat: str | None = about(N_("WeChat"), "personal", "key")
    birthday: Birthday | None = about(N_("Contact birthday"), "personal", "birthday")  # R-004-03
    lunar: Flag | None = about(N_("Lunar birthday"))
    role: Annotated[str, Vocab("contact_role")] | None = about(N_("Role in decisions"))
    concerns: str | None = about(N_("Concerns"))
    preferred_channel: Annotated[str, Vocab("channel")] | None = about(N_("Preferred channel"))  # R-004-16
    primary: Flag | None = about(N_("Main contact"))
    do_not_call: Flag | None = about(N_("Do not call"))


class Consent(Part):
    """Who consented to the collection, when, how and for what (R-000-10)."""

    by: str | None = about(N_("Consent given by"))
    on: Day | None = about(N_("Consent given on"))
    how: str | None = about(N_("How consent was given"))
    scope: str | None = about(N_("Scope of consent"))


class Verification(Part):
    """What was verified a second time (R-001-19)."""

    what: str | None = about(N_("What was verified"))
    by: str | None = about(N_("Verified by"), "by")
    on: Day | None = about(N_("Verified on"))
    how: str | None = about(N_("How it was verified"))


class Need(Part):
    """A need with its budget, pains and goals (R-001-15, R-002-13 to -15, R-003-08)."""

    summary: str | None = about(N_("Need"), "search", "need")
    kind: Annotated[str, Vocab("need_kind")] | None = about(N_("Kind of need"))
    priority: Annotated[str, Vocab("priority")] | None = about(N_("Priority of the need"))  # R-001-29
    budget: Budget | None = about(N_("Budget"), "range")
    by: Day | None = about(N_("Needed by"))
    pains: str | None = about(N_("Pains"))
    goals: str | None = about(N_("Business goals"))
    on: Day | None = about(N_("Need noted on"))


class Usage(Part):
    """How much the customer used the product in a period (R-002-35)."""

    on: Day | None = about(N_("Usage measured on"))
    logins: Integer | None = about(N_("Logins"))
    features: tuple[str, ...] = many(N_("Features used"))


class StageChange(Part):
    """A step of the lifecycle: when, and through which channel (R-003-98, -99)."""

    stage: Annotated[str, Vocab("stage")] | None = about(N_("Stage reached"))
    on: Day | None = about(N_("Stage reached on"))
    via: str | None = about(N_("Stage reached through"))


class Lead(Part):
    """What is known of the lead before it became a customer (R-002-05 to -09)."""

    grade: Annotated[str, Vocab("lead_grade")] | None = about(N_("Lead grade"))
    first_contact_on: Day | None = about(N_("First contact on"))
    interests: str | None = about(N_("Interests"))
    doubts: str | None = about(N_("Doubts"))
    basis: str | None = about(N_("Basis of the grade"))
    graded_on: Day | None = about(N_("Graded on"))


class Churn(Part):
    """Risk and review of losing the customer (R-002-43 to -48, R-001-37)."""

    risk: Annotated[str, Vocab("churn_risk")] | None = about(N_("Churn risk"))
    cause: Annotated[str, Open("churn_cause")] | None = about(N_("Cause of churn"))  # R-002-43
    reason: str | None = about(N_("Reason of churn"))
    lessons: str | None = about(N_("Lessons"))
    on: Day | None = about(N_("Churn noted on"))
    score: Integer | None = about(N_("Health score then"))


class Customer(Record):
    """A company or a person, with contacts, needs, stage, tier and owner."""

    kind: ClassVar[str] = "customer"
    label: ClassVar[str] = N_("Customer")
    rank: ClassVar[int] = 0
    place: ClassVar[str] = "customer"
    date_field: ClassVar[str] = "created_on"
    columns: ClassVar[tuple[str, ...]] = ("name", "stage", "status", "tier", "owner", "contacts.name")

    type: Annotated[str, Vocab("customer_kind")] | None = about(N_("Customer kind"))  # R-000-06
    name: str | None = about(N_("Customer name"), "title", "search", "company", required=True)  # R-000-25
    short_name: str | None = about(N_("Short name"), "search", "key")
    tax_id: str | None = about(N_("Unified social credit code"), "tax_id", "key")  # R-000-26
    id_number: Secret | None = about(N_("ID card number"), "secret", "resident_id")  # R-000-08, R-000-39
    birthday: Birthday | None = about(N_("Birthday"), "personal", "birthday")
    lunar: Flag | None = about(N_("Lunar birthday"))
    industry: str | None = about(N_("Industry"), "industry")  # R-000-27
    address: Address | None = about(N_("Registered address"), "address")  # R-000-28
    website: str | None = about(N_("Website"))
    phone: str | None = about(N_("Phone"), "phone", "key")  # R-000-31
    email: str | None = about(N_("E-mail"), "email", "key")  # R-000-32
    contacts: tuple[Contact, ...] = many(N_("Contacts"))
    employees: Integer | None = about(N_("Employees"))  # R-002-02
    annual_revenue: Money | None = about(N_("Annual revenue"))
    founded: Day | None = about(N_("Founded on"))  # R-001-18
    registered_capital: Money | None = about(N_("Registered capital"))
    business_scope: str | None = about(N_("Business scope"))
    source: Annotated[str, Vocab("source")] | None = about(N_("Source"))  # R-003-46
    campaign: str | None = about(N_("Campaign"), ref="campaign")
    collected_by: Annotated[str, Vocab("collected_by")] | None = about(N_("Collected through"))  # R-000-09
    consent: Consent | None = about(N_("Consent"))  # R-000-10
    verified: tuple[Verification, ...] = many(N_("Verified"))  # R-001-19
    tags: tuple[str, ...] = many(N_("Tags"), "search", "tag")  # R-000-33, R-001-24
    needs: tuple[Need, ...] = many(N_("Needs"))
    preferences: str | None = about(N_("Preferences"))  # R-000-08, R-001-06
    usage: tuple[Usage, ...] = many(N_("Use of the product"))  # R-002-35
    customer_type: Annotated[str, Vocab("customer_type")] | None = about(N_("Customer type"))  # R-003-05
    importance: Annotated[str, Vocab("importance")] | None = about(N_("Importance"))  # R-003-47
    stage: Annotated[str, Vocab("stage")] | None = about(N_("Lifecycle stage"))  # R-001-36, R-003-97
    stage_history: tuple[StageChange, ...] = many(N_("Stage history"))  # R-003-98
    status: Annotated[str, Vocab("activity")] | None = about(N_("Activity status"))  # R-000-23
    tier: Annotated[str, Vocab("tier")] | None = about(N_("Tier"))  # R-002-39, R-004-41
    tier_basis: str | None = about(N_("Basis of the tier"))  # R-003-69
    tier_on: Day | None = about(N_("Tier set on"))
    strategic: Flag | None = about(N_("Strategic"))
    lead: Lead | None = about(N_("Lead"))
    rhythm: Annotated[str, Vocab("rhythm")] | None = about(N_("Follow-up rhythm"))  # R-004-21, -22
    churn: Churn | None = about(N_("Churn"))
    bank_account: Secret | None = about(N_("Bank account"), "secret")  # R-000-39
    competitors: tuple[str, ...] = many(N_("Competitors"))
    owner: str | None = about(N_("Owner"), "owner")
    success_manager: str | None = about(N_("Success manager"), "owner")  # R-002-40
    collaborators: tuple[str, ...] = many(N_("Collaborators"), "owner")  # R-004-05
    review: Review | None = about(N_("Review"))
    formerly: tuple[str, ...] = many(N_("Formerly"), "key")
    note: str | None = about(N_("Remarks"))  # R-000-14

    def flaws(self) -> Iterable[Flaw]:
        """Yield what is wrong beyond single fields."""
        yield from super().flaws()
        yield from self._birthdays()
        yield from self._ranges()
        if self.consent is None and (self.type == "person" or self.id_number):
            yield warning(
                "consent",
                "consent.missing",
                msg(N_("no consent to the collection of this person's data is recorded")),
                msg(N_("record it: consent.by, consent.on, consent.how, consent.scope")),
                "R-000-10",
            )
        mains = [i for i, c in enumerate(self.contacts) if c.primary]
        for i in mains[1:]:
            yield warning(
                ("contacts", i, "primary"),
                "contact.primary",
                msg(N_("a second contact is marked as the main one")),
                msg(N_("leave primary: true at one of them")),
            )

    def _birthdays(self) -> Iterable[Flaw]:
        people: list[tuple[tuple[str | int, ...], Customer | Contact]] = [((), self)]
        people += [(("contacts", i), c) for i, c in enumerate(self.contacts)]
        for steps, who in people:
            if isinstance(who.birthday, str) and not sorts.of_calendar(who.birthday, lunar=bool(who.lunar)):
                yield error(
                    (*steps, "birthday"),
                    "date",
                    msg(N_("{text} is not a day of the calendar"), text=who.birthday),
                    msg(N_("if it is a day of the lunar calendar, add lunar: true")),
                )

    def _ranges(self) -> Iterable[Flaw]:
        for i, need in enumerate(self.needs):
            budget = need.budget
            if budget and budget.min and budget.max and budget.min.amount > budget.max.amount:
                yield error(
                    ("needs", i, "budget"),
                    "budget.backwards",
                    msg(N_("the budget runs from more to less")),
                    msg(N_("write the smaller amount under min")),
                )
