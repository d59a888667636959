"""`crm log`: a contact that took place, and the next step as a planned follow-up beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.errors import UsageError
from crmkit.i18n import N_, language
from crmkit.records.team import member

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What is told of a contact, as people type it.

    `next` is the next step, due `by`, done by `owner`; `fields` are further `field=value` assignments.
    """

    channels: tuple[str, ...] = ()
    content: str = ""
    feedback: str = ""
    objections: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    need_changes: str = ""
    contact: str = ""
    opportunity: str = ""
    next: str = ""
    by: str = ""
    owner: str = ""
    at: str = ""
    fields: tuple[str, ...] = ()

    @property
    def tells(self) -> bool:
        """Whether anything is told of the contact.

        A contact silences reminders: an empty one, made by a slip of the key, would lose a customer.
        """
        return bool(
            self.channels
            or self.content.strip()
            or self.feedback.strip()
            or self.objections
            or self.promises
            or self.need_changes.strip()
            or self.next.strip()
            or self.contact
            or self.opportunity
            or self.fields
        )


def log(session: Session, customer: str, entry: LogEntry) -> Prepared:
    """Write a done follow-up for `customer`, and the planned one that `--next` names (R-000-50, R-004-19)."""
    hit = session.customer(customer)
    if not entry.tells:
        raise UsageError(
            N_("what was talked about with {name}?"),
            hint=N_("say it: crm log {id} --content TEXT, or at least --channel phone"),
            name=hit.title,
            id=hit.id,
        )
    at = took_place(session, entry.at)
    planned = next_step(session, hit, entry, at)

    def compose(draft: Draft) -> None:
        message = f"log {hit.title}: {first_line(entry.content or entry.feedback or entry.next)}"
        record_contact(draft, hit, entry, at, planned=planned, message=message)

    return Prepared(session, compose)


def record_contact(
    draft: Draft,
    hit: Hit,
    entry: LogEntry,
    at: date | datetime,
    *,
    planned: dict[str, Any] | None = None,
    answers: str = "",
    message: str = "",
) -> str:
    """Add a done follow-up to the draft and return its id; `planned` becomes its next step."""
    session = draft.session
    fields = contact_fields(session, entry, at)
    if answers:
        fields["answers"] = answers
    day = at.date() if isinstance(at, datetime) else at
    folder = str(PurePosixPath(hit.path).parent)
    if planned is None:
        return draft.create("followup", stamped(session, fields), folder, day, message=message)
    follow = draft.create("followup", stamped(session, planned), folder, session.today)
    fields |= {"next_step": entry.next, "next": follow}
    return draft.create("followup", stamped(session, fields), folder, day, message=message)


def contact_fields(session: Session, entry: LogEntry, at: date | datetime) -> dict[str, Any]:
    """Return the fields of a done follow-up."""
    from crmkit.records import entry as typed

    said: list[str] = list(entry.fields)
    said += [f"channels={','.join(entry.channels)}"] if entry.channels else []
    fields: dict[str, Any] = {"status": "done", "at": at, "by": session.actor_name}
    fields |= typed.new_fields(session.catalog.kinds["followup"], session.settings, said, session.now)
    told = {
        "content": entry.content,
        "feedback": entry.feedback,
        "objections": list(entry.objections),
        "promises": list(entry.promises),
        "need_changes": entry.need_changes,
        "contact": entry.contact,
        "opportunity": session.resolve(entry.opportunity, ("opportunity",)).id if entry.opportunity else "",
    }
    return fields | {k: v for k, v in told.items() if v}


def took_place(session: Session, text: str) -> date | datetime:
    """Read when a contact took place; UsageError for a time that is still to come.

    Said to have been tomorrow, it would silence until then what has to be done today.
    """
    at = session.moment(text)
    if text and _later(at, session.today if session.whole_day else session.now):
        raise UsageError(
            N_("{when} is still to come: a contact that took place lies behind"),
            hint=N_("plan it: crm plan CUSTOMER --due {when} --reason TEXT"),
            when=_shown(at),
        )
    return at


def _later(one: date | datetime, other: date | datetime) -> bool:
    """Whether `one` comes after `other`; where one of them is a day, the days decide."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one > other
    return _day(one) > _day(other)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _shown(value: date | datetime) -> str:
    from crmkit.values import when

    return when.show(value)[:16]


def next_step(session: Session, hit: Hit, entry: LogEntry, at: date | datetime) -> dict[str, Any] | None:
    """Return the fields of the planned follow-up that `--next TEXT --by DATE` asks for.

    UsageError where it would lie before the contact `at` that it comes of.
    """
    if not entry.next:
        if entry.by or entry.owner:
            raise UsageError(
                N_("--by and --owner belong to a next step"), hint=N_("say what: --next TEXT --by DATE")
            )
        return None
    if not entry.by:
        raise UsageError(
            N_("when is the next step due?"), hint=N_("say when: --by DATE, for example --by +3d")
        )
    owner = member(session.settings, entry.owner, "--owner") if entry.owner else ""
    owner = owner or hit.owner or session.actor_name
    due = ahead(session, entry.by)
    if _later(at, due):
        raise UsageError(
            N_("{when} lies before the contact: a next step comes after it"),
            hint=N_("name a later day, for example --by +3d"),
            when=_shown(due),
        )
    return {"status": "planned", "reason": entry.next, "due": due, "owner": owner}


def ahead(session: Session, text: str) -> date | datetime:
    """Read the day or the time for which a follow-up is planned, as people say it."""
    from crmkit.values import when

    workdays = session.settings.workdays
    return when.parse_when(text, session.now, lean="future", add_working_days=workdays.after)


def status_told(session: Session, doc: Mapping[str, Any]) -> str:
    """Return a follow-up's status in the reader's language, as it stands within a sentence."""
    spec = session.catalog.kinds["followup"].by_name["status"]
    label = session.settings.label(spec.vocabulary, str(doc.get("status") or "planned"), language())
    return label.lower()


def stamped(session: Session, fields: dict[str, Any]) -> dict[str, Any]:
    """Add who made the record and when."""
    return fields | {"created_by": session.actor_name, "created_on": session.today}


def first_line(text: str, width: int = 50) -> str:
    """Return the first line of a text, short enough for a commit's subject."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= width else line[: width - 1] + "…"
