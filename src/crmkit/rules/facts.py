"""What the rules go by: the facts of one dossier, gathered once.

What "a contact", "lost" or "high value" mean is written down here once, so that every rule means the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from crmkit.records.base import Record
    from crmkit.records.customer import Contact, Customer
    from crmkit.records.followup import Followup
    from crmkit.rules.dossier import Dossier
    from crmkit.settings.model import Settings

When: TypeAlias = date | datetime

WON = frozenset({"won", "loyal"})
_STAGES = frozenset({"potential", "intent", "won", "loyal", "lost"})


class Facts:
    """One dossier as the rules see it, with the settings and the day up to which rows are wanted."""

    __slots__ = (
        "answered",
        "contacts",
        "customer",
        "done",
        "dossier",
        "high_value",
        "horizon",
        "lost",
        "number",
        "planned",
        "settings",
        "snoozed",
        "stage",
        "zone",
    )

    def __init__(self, dossier: Dossier, settings: Settings, horizon: date) -> None:
        self.dossier = dossier
        self.settings = settings
        self.horizon = horizon
        self.number = dossier.number
        self.customer = dossier.customer
        self.zone: tzinfo = settings.zone
        self.contacts: list[date] = []
        """The days of all contacts, in order; two on one day stand twice."""
        self.planned: list[tuple[When, Followup]] = []
        """Planned follow-ups that have a date, with it."""
        self.done: list[Followup] = []
        self.answered: set[str] = set()
        """Row ids (and record ids) that a done follow-up answers."""
        self.snoozed: set[str] = set()
        """Row ids that a planned follow-up answers: it stands for them."""
        self._read_followups()
        customer = dossier.customer
        self.stage = stage_of(customer, settings) if customer else ""
        self.lost = customer is not None and "lost" in (self.stage, customer.status)
        self.high_value = is_high_value(customer, settings)

    def _read_followups(self) -> None:
        for followup in self.dossier.followups:
            status = status_of(followup)
            if status == "done":
                self.done.append(followup)
                if followup.answers:
                    self.answered.add(followup.answers)
                if followup.at:
                    self.contacts.append(day_of(followup.at, self.zone))
            elif status == "planned" and (when := planned_for(followup)):
                self.planned.append((when, followup))
                if followup.answers:
                    self.snoozed.add(followup.answers)
        customer = self.dossier.customer
        if not self.done and customer and customer.lead and customer.lead.first_contact_on:
            self.contacts.append(day_of(customer.lead.first_contact_on, self.zone))
        self.contacts.sort()

    @property
    def first_won(self) -> date | None:
        """The day on which the customer first became won (or loyal)."""
        return min(self._entered(WON), default=None)

    @property
    def last_lost(self) -> date | None:
        """The day on which the customer was last lost: from the stage history, else `churn.on`."""
        last = max(self._entered({"lost"}), default=None)
        if last is None and self.customer and self.customer.churn and self.customer.churn.on:
            return day_of(self.customer.churn.on, self.zone)
        return last

    def _entered(self, stages: Collection[str | None]) -> Iterable[date]:
        if self.customer:
            for entry in self.customer.stage_history or ():
                if entry.stage in stages and entry.on:
                    yield day_of(entry.on, self.zone)

    @property
    def created_on(self) -> date | None:
        """The day on which the record was made, as the record says."""
        made = self.customer.created_on if self.customer else None
        return day_of(made, self.zone) if made else None

    def owner(self, record: Record | None = None) -> str:
        """Return the record's owner, else the customer's, "" for everybody."""
        own = getattr(record, "owner", None)
        return own or (self.customer.owner if self.customer else "") or ""

    @property
    def cared_by(self) -> tuple[str, ...]:
        """The success manager who looks after the customer beside the owner (R-002-31, R-002-40)."""
        manager = self.customer.success_manager if self.customer else None
        return (manager,) if manager and manager != self.owner() else ()

    def primary(self) -> Contact | None:
        """Return the contact marked primary, else the first one."""
        contacts = (self.customer.contacts if self.customer else None) or ()
        return next((c for c in contacts if c.primary), contacts[0] if contacts else None)

    def reach(
        self, name: str | None = None, channels: Sequence[str] | None = None
    ) -> tuple[str, tuple[str, ...]]:
        """Return whom to contact and how: the preferred channel where none is named, no refused phone."""
        contacts = (self.customer.contacts if self.customer else None) or ()
        contact = next((c for c in contacts if c.name == name), None) if name else self.primary()
        ways = tuple(channels or ())
        if contact is None:
            return name or "", ways
        if not ways and contact.preferred_channel:
            ways = (contact.preferred_channel,)
        if contact.do_not_call:
            ways = tuple(way for way in ways if way != "phone")
        return name or contact.name or "", ways

    @property
    def grade(self) -> str:
        """The lead's grade, "" where it has none."""
        lead = self.customer.lead if self.customer else None
        return (lead.grade if lead else None) or ""


class _Last:
    """The facts gathered last: an index asks several things of one dossier before it goes to the next."""

    facts: Facts | None = None


def gathered(dossier: Dossier, settings: Settings) -> Facts:
    """Return the facts of a dossier where no horizon matters; asked again of the same one, the same facts."""
    last = _Last.facts
    if last is None or last.dossier is not dossier or last.settings is not settings:
        last = _Last.facts = Facts(dossier, settings, date.max)
    return last


def status_of(followup: Followup) -> str:
    """Return planned, done or cancelled; one that does not say is done where it tells when it took place."""
    return followup.status or ("done" if followup.at else "planned")


def planned_for(followup: Followup) -> When | None:
    """Return a follow-up's date: where it was last snoozed to, else `due`."""
    for entry in reversed(followup.snoozed or ()):
        if entry.to:
            return entry.to
    return followup.due


def stage_of(customer: Customer, settings: Settings) -> str:
    """Return the stage as the rules know it. None means potential, and so does one of the book's own.

    A stage that the book adds may say which one it is `like`: `stage: {vip: {zh: 贵宾, like: loyal}}`.
    """
    stage = customer.stage or "potential"
    if stage in _STAGES:
        return stage
    term = settings.vocabularies.get("stage", {}).get(stage)
    like = term.attrs.get("like") if term else None
    return like if like in _STAGES else "potential"


def is_high_value(customer: Customer | None, settings: Settings) -> bool:
    """Whether the tier is marked high value; without a tier of the settings, whether the customer type is."""
    if customer is None:
        return False
    for tier in settings.tiers:
        if tier.code == customer.tier:
            return tier.high_value
    return customer.customer_type == "high_value"


def day_of(value: When, zone: tzinfo) -> date:
    """Return the day of a date or time in the book's zone."""
    if not isinstance(value, datetime):
        return value
    return (value if value.tzinfo in (None, zone) else value.astimezone(zone)).date()


def moment_of(value: When, zone: tzinfo) -> datetime | None:
    """Return a time in the book's zone, None for a plain day."""
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=zone) if value.tzinfo is None else value.astimezone(zone)
