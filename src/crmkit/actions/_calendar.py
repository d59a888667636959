"""Rows of the agenda -> entries of a calendar."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from crmkit.errors import NotFound
from crmkit.exchange.ics import Event
from crmkit.i18n import _, language
from crmkit.rules.row import split_id
from crmkit.values.hide import hidden
from crmkit.values.shell import quoted

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.due import AgendaRow

EVERY_YEAR = frozenset({"date.birthday", "date.holiday"})
"""Rules whose rows come round: each is a matter of its own. A row of any other rule is a matter that may move."""

SHORTLY = timedelta(minutes=-30)
"""When one is called again for what has a time."""

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""When a record changed that does not say so."""


def events(session: Session, rows: Sequence[AgendaRow], at: time, *, reveal: bool = False) -> list[Event]:
    """Return an entry for each row, by day and id; contact details masked unless `reveal`.

    The day before begins at `at`: a telephone that rings at midnight helps nobody.
    """
    facts = _Facts(session)
    docs = [facts.doc(row) for row in rows]
    return [
        Event(
            uid=_uid(session, key),
            start=row.due,
            summary=_summary(row, reveal=reveal),
            description="\n".join(_description(session, row, reveal=reveal)),
            category=row.rule,
            modified=facts.modified(row, doc),
            sequence=len(doc.get("snoozed") or ()),
            alarms=tuple(_alarms(row, at, session)),
        )
        for row, doc, key in zip(rows, docs, keys(session, rows, docs), strict=True)
    ]


# -- which matter a row is


def keys(
    session: Session, rows: Sequence[AgendaRow], docs: Sequence[Mapping[str, Any]]
) -> list[tuple[str, ...]]:
    """Return for each row what names its matter, whatever day it falls on.

    Put off, a follow-up stays the same entry, and so does a row that a planned follow-up now stands for; after a
    contact the customer's cadence moves on. Of two rows with one name the later says its own id too.
    """
    found: dict[tuple[str, ...], None] = {}
    for row, doc in zip(rows, docs, strict=True):
        stands_for = split_id(str(doc.get("answers") or "")) if row.rule == "followup" else None
        name = _key(
            session, *(stands_for[1:] if stands_for else (row.rule, row.part or row.source, row.due_on))
        )
        while name in found:
            name = (*name, row.id)
        found[name] = None
    return list(found)


def _key(session: Session, rule: str, source: str, day: date) -> tuple[str, ...]:
    if rule.startswith("cadence."):
        rule = "cadence"  # there is one such row for a customer; which rule asks for it may change
    spec = session.settings.rules.get(rule)
    turns = rule in EVERY_YEAR or rule.startswith("chore.") or (spec is not None and spec.of and spec.every)
    return (rule, source, day.isoformat()) if turns else (rule, source)


def _uid(session: Session, key: Iterable[str]) -> str:
    """Return the key hashed with the book's name: it holds names, and two books may give one number."""
    text = "\0".join((session.settings.name, *key))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] + "@crmkit"


# -- what it says


def _summary(row: AgendaRow, *, reveal: bool) -> str:
    reason = _shown(str(row.reason), reveal=reveal)
    name = row.customer_name
    return _("{name}: {reason}").format(name=name, reason=reason) if name else reason


def _description(session: Session, row: AgendaRow, *, reveal: bool) -> Iterator[str]:
    """Yield why, for what else, whom to reach and how, whose it is, the row's id, and how it is answered."""
    yield _shown(str(row.reason), reveal=reveal)
    for also in row.also:
        told = _("also {date}: {reason}").format(date=also.due.isoformat(), reason=also.reason)
        yield _shown(told, reveal=reveal)
    person = row.contact_details if reveal else row.masked_contact
    ways = _(", ").join(session.settings.label("channel", c, language()) for c in row.channels)
    whom = " ".join(str(value) for value in person.values() if value)
    yield from (line for line in (ways, whom) if line)
    if names := _(", ").join(name for name in (row.owner, *row.people) if name):
        yield _("responsible: {names}").format(names=names)
    yield row.id
    yield f"crm done {quoted(row.id)}"


def _shown(text: str, *, reveal: bool) -> str:
    return text if reveal else hidden(text)


def _alarms(row: AgendaRow, at: time, session: Session) -> Iterator[timedelta | datetime]:
    """Yield when to call: at `remind`, else the day before (R-004-23), and shortly before what has a time."""
    into_day = timedelta(hours=at.hour, minutes=at.minute)
    zone = session.settings.zone
    if isinstance(row.remind, datetime):
        yield row.remind if row.remind.tzinfo else row.remind.replace(tzinfo=zone)
    elif row.remind is not None and row.due_at is not None:
        yield datetime.combine(row.remind, at, zone)
    elif row.remind is not None:
        yield row.remind - row.due_on + into_day
    elif row.due_at is not None:
        yield timedelta(days=-1)
        yield SHORTLY
    else:
        yield timedelta(days=-1) + into_day


# -- when it changed


class _Facts:
    """The records behind the rows, each read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._contacts: dict[str, datetime] = {}

    def doc(self, row: AgendaRow) -> Mapping[str, Any]:
        """Return the record behind a row; a duty of the team has none."""
        try:
            return self._session.index.doc(row.path)
        except NotFound:
            return {}

    def modified(self, row: AgendaRow, doc: Mapping[str, Any]) -> datetime:
        """Return when the facts behind a row last changed, as the records say.

        That is its record, and where the row is about the customer as such also the contacts that took place.
        """
        stamp = self._stamp(doc)
        if row.source != row.customer:
            return stamp
        if row.customer not in self._contacts:
            records = self._session.index.dossier_docs(row.customer)
            took_place = (r.doc for r in records if r.kind == "followup" and r.doc.get("at"))
            self._contacts[row.customer] = max(map(self._stamp, took_place), default=_NEVER)
        return max(stamp, self._contacts[row.customer])

    def _stamp(self, doc: Mapping[str, Any]) -> datetime:
        said = doc.get("updated_at") or doc.get("created_on")
        try:
            moment = datetime.fromisoformat(str(said)) if said else _NEVER
            local = moment if moment.tzinfo else moment.replace(tzinfo=self._session.settings.zone)
            return local.astimezone(UTC)
        except (ValueError, OverflowError):
            return _NEVER
