"""The rules `date.*`: days that come by the calendar (R-004-03, -08, -15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules import intervals
from crmkit.rules.condition import active, where
from crmkit.rules.facts import day_of
from crmkit.rules.row import Row, split_id

if TYPE_CHECKING:
    from crmkit.rules.facts import Facts

CONTRACT = "date.contract"
BIRTHDAY = "date.birthday"

BACK = 5
"""Years before the horizon's from which birthdays are given at least; earlier where the dossier is older."""

SAME = 182
"""Days: half a year, by which the rows of two years are told apart."""

EARLIEST = 1970
"""No birthdays are given before: a mistyped year must not make a thousand rows."""

_LUNAR_YEARS = (1900, 2100)
_LUNAR_MONTHS = "正二三四五六七八九十冬腊"
_TENS = ("初", "十", "廿", "三")
_DIGITS = "一二三四五六七八九十"


def contract_rows(facts: Facts) -> Iterator[Row]:
    """Give a row before the end of each contract in force, until it is answered, renewed or ended (R-004-08).

    It stays, overdue, after the end as well: somebody has to say what became of the contract. An answer counts for
    its day alone: an end put off by a month is to be talked about again.
    """
    spec = active(facts, CONTRACT)
    if spec is None:
        return
    for contract in facts.dossier.contracts:
        if contract.status != "in_force" or not contract.end_date or contract.renewed_by:
            continue
        end = day_of(contract.end_date, facts.zone)
        due = intervals.before(spec.lead, end, facts.settings.workdays)
        if due is None:
            continue
        contact, channels = facts.reach()
        row = Row(
            customer=facts.number,
            rule=CONTRACT,
            source=contract.id,
            due_on=due,
            reason=msg(
                N_("contract {number} ends {day}: talk about renewing it {span} ahead"),
                number=contract.number or contract.name or contract.id,
                day=end.isoformat(),
                span=intervals.span(spec.lead),
            ),
            owner=facts.owner(contract),
            channels=channels,
            contact=contact,
            high_value=facts.high_value,
            grade=facts.grade,
            interval=spec.lead,
            where=where(spec),
        )
        if not is_answered(facts, row):
            yield row


@dataclass(frozen=True, slots=True)
class Birthday:
    """Somebody's day of birth, `year` 0 where it is not known; `part` names the contact, "" the customer."""

    part: str
    name: str
    year: int
    month: int
    day: int
    lunar: bool


def birthday_rows(facts: Facts) -> Iterator[Row]:
    """Give a row before each birthday of a person or contact, until answered or passed (R-004-15)."""
    yield from unanswered(facts, _birthdays(facts), SAME)


def _birthdays(facts: Facts) -> Iterator[Row]:
    spec = active(facts, BIRTHDAY)
    if spec is None or facts.lost or intervals.length(spec.lead) is None:
        return
    years = range(0)
    owner, place, span = facts.owner(), where(spec), intervals.span(spec.lead)
    for birthday in birthdays(facts):
        years = years or range(_first_year(facts), facts.horizon.year + 2)
        contact, channels = facts.reach(birthday.part or None)
        for day in days(birthday, years):
            due = intervals.before(spec.lead, day, facts.settings.workdays) or day
            if due > facts.horizon:
                continue
            yield Row(
                customer=facts.number,
                rule=BIRTHDAY,
                source=facts.number,
                part=birthday.part,
                due_on=due,
                until=day,
                reason=_greeting(birthday, day, span),
                owner=owner,
                channels=channels,
                contact=contact,
                high_value=facts.high_value,
                grade=facts.grade,
                interval=spec.lead,
                where=place,
            )


def unanswered(facts: Facts, rows: Iterable[Row], near: int) -> Iterator[Row]:
    """Yield the rows of one rule that no contact answers and no planned follow-up stands for.

    A row's id carries its day. Where the number of days ahead was changed since, the answer to the old row is one to
    the row of the same matter that is nearest to it, at most `near` days away.
    """
    found = list(rows)
    if not found or not (facts.answered or facts.snoozed):
        yield from found
        return
    there = {row.id for row in found}
    settled = there & (facts.answered | facts.snoozed)
    for text in (facts.answered | facts.snoozed) - there:
        parts = split_id(text)
        if parts is None or parts[:2] != (facts.number, found[0].rule):
            continue
        away = [
            (abs((row.due_on - parts[3]).days), row.id)
            for row in found
            if (row.part or row.source) == parts[2]
        ]
        if away and min(away)[0] <= near:
            settled.add(min(away)[1])
    yield from (row for row in found if row.id not in settled)


def is_answered(facts: Facts, row: Row) -> bool:
    """Whether a contact that took place answers the row, or a planned follow-up stands for it."""
    return bool(facts.answered or facts.snoozed) and (row.id in facts.answered or row.id in facts.snoozed)


def birthdays(facts: Facts) -> Iterator[Birthday]:
    """Yield whose birthdays are known: the customer's own, where it is a person, and the contacts'."""
    customer = facts.customer
    if customer is None:
        return
    own = _parts(customer.birthday)
    if own:
        yield Birthday("", customer.name or facts.number, *own, lunar=bool(customer.lunar))
    seen: set[tuple[str, tuple[int, int, int], bool]] = set()
    for at, contact in enumerate(customer.contacts or ()):
        parts = _parts(contact.birthday)
        if parts is None or (own == parts and contact.name == customer.name):
            continue
        name = contact.name or f"contacts.{at}"
        key = (name, parts, bool(contact.lunar))
        if key not in seen:
            seen.add(key)
            yield Birthday(name, name, *parts, lunar=bool(contact.lunar))


def days(birthday: Birthday, years: range) -> Iterator[date]:
    """Yield the days on which a birthday is kept within these years of the calendar, oldest first.

    29 February is kept on the 28th in a common year. A lunar one falls on its lunar month and day; day 30 of
    a month that has 29 is its 29th, and a leap month does not repeat it.
    """
    if birthday.lunar:
        first, last = max(years.start - 1, _LUNAR_YEARS[0]), min(years.stop, _LUNAR_YEARS[1] + 1)
        lunar_years = range(max(first, birthday.year + 1), last)
        found = (lunar_day(year, birthday.month, birthday.day) for year in lunar_years)
        yield from (day for day in found if day and day.year in years)
        return
    for year in years:
        if year > birthday.year:
            yield kept_on(year, birthday.month, birthday.day)


def kept_on(year: int, month: int, day: int) -> date:
    """Return the day of a birthday in a year: 29 February is the 28th in a common year."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, min(day, 30) if month != 2 else 28)


@lru_cache(maxsize=4096)
def lunar_day(year: int, month: int, day: int) -> date | None:
    """Return the calendar day of a lunar month and day in a lunar year, None outside 1900 to 2100."""
    from borax.calendars.lunardate import InvalidLunarDateError, LunarDate

    for at in (day, day - 1):
        try:
            solar = LunarDate(year, month, at).to_solar_date()
        except InvalidLunarDateError:
            continue
        return date(solar.year, solar.month, solar.day)
    return None


def lunar_text(month: int, day: int) -> str:
    """Return a lunar month and day as people write it: 八月十五."""
    tens = {10: "初十", 20: "二十", 30: "三十"}.get(day) or _TENS[day // 10] + _DIGITS[day % 10 - 1]
    return f"{_LUNAR_MONTHS[month - 1]}月{tens}"


def _parts(value: object) -> tuple[int, int, int] | None:
    """Return year, month and day of a birthday; a lunar one may be a 30 February, the year 0 where it is not known."""
    if isinstance(value, date):
        return value.year, value.month, value.day
    text = str(value or "")
    pieces = (f"0-{text[2:]}" if text.startswith("--") else text).split("-")
    if len(pieces) != 3 or not all(piece.isdecimal() for piece in pieces):
        return None
    year, month, day = (int(piece) for piece in pieces)
    return (year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _first_year(facts: Facts) -> int:
    """Return the year from which birthdays are given, so that the dossier's past can be asked about."""
    known = [facts.created_on, facts.first_won, facts.contacts[0] if facts.contacts else None]
    known += [day_of(when, facts.zone) for when, _ in facts.planned]
    return max(EARLIEST, min([facts.horizon.year - BACK, *(day.year for day in known if day)]))


def _greeting(birthday: Birthday, day: date, span: Message) -> Message:
    args = {"name": birthday.name, "day": day.isoformat(), "span": span}
    if birthday.lunar:
        lunar = lunar_text(birthday.month, birthday.day)
        return msg(N_("birthday of {name} on {day} (lunar {lunar}): greet {span} ahead"), **args, lunar=lunar)
    return msg(N_("birthday of {name} on {day}: greet {span} ahead"), **args)
