"""The rule `date.holiday`: high-value customers are greeted on festivals (R-004-04)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import MAXYEAR, date
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.rules import dates, intervals
from crmkit.rules.condition import active, where
from crmkit.rules.row import Row
from crmkit.values.workdays import CHINA

if TYPE_CHECKING:
    from crmkit.rules.facts import Facts
    from crmkit.settings.model import RuleSpec, Settings

HOLIDAY = "date.holiday"

BACK = 12
"""Years before the horizon's where nobody wrote down since when there is a customer."""

LABELS = {
    "元旦": N_("New Year's Day"),
    "春节": N_("Spring Festival"),
    "端午节": N_("Dragon Boat Festival"),
    "中秋节": N_("Mid-Autumn Festival"),
    "国庆节": N_("National Day"),
}
"""The festivals that crmkit knows, in the reader's language; a book's own are called as it calls them."""


class Festival(NamedTuple):
    """A festival of the settings. `days` are the only ones where it does not come every year."""

    name: str
    month: int
    day: int
    lunar: bool
    days: tuple[date, ...]
    where: str


class Greeting(NamedTuple):
    """A festival's day, from when on to greet, and what to tell: the same for all customers."""

    name: str
    day: date
    due: date
    reason: Message
    where: str


def rows(facts: Facts) -> Iterator[Row]:
    """Give a row before each festival to a high-value customer, until answered or passed; to a lost one none."""
    yield from dates.unanswered(facts, _all(facts), dates.SAME)


def _all(facts: Facts) -> Iterator[Row]:
    if facts.lost or not facts.high_value:
        return
    spec = active(facts, HOLIDAY)
    if spec is None or intervals.length(spec.lead) is None:
        return
    contact, channels = facts.reach()
    owner, people = facts.owner(), facts.cared_by
    since = _since(facts)
    for year in range(since.year, min(facts.horizon.year + 1, MAXYEAR) + 1):
        for greeting in _greetings(facts.settings, spec, year):
            if greeting.due > facts.horizon or greeting.day < since:
                continue
            yield Row(
                customer=facts.number,
                rule=HOLIDAY,
                source=facts.number,
                part=greeting.name,
                due_on=greeting.due,
                until=greeting.day,
                reason=greeting.reason,
                owner=owner,
                people=people,
                channels=channels,
                contact=contact,
                high_value=True,
                grade=facts.grade,
                interval=spec.lead,
                where=greeting.where,
            )


def _since(facts: Facts) -> date:
    """Return from when on festivals matter: since the customer is in the book, so that `--on` sees its past."""
    known = facts.created_on or facts.first_won
    return max(date(dates.EARLIEST, 1, 1), known or date(max(1, facts.horizon.year - BACK), 1, 1))


def festivals(settings: Settings) -> list[Festival]:
    """Return the festivals of the book; those that crmkit names are China's and mean nothing elsewhere."""
    found = []
    for name, said in (settings.holidays.get("festivals") or {}).items():
        own = said["source"] != "defaults"
        if own or settings.workdays.country == CHINA:
            month, day = map(int, said["on"].split("-")) if said["on"] else (0, 0)
            days = tuple(map(date.fromisoformat, said["days"]))
            place = f"{said['source']}:{said['line']}" if own else ""
            found.append(Festival(name, month, day, said["lunar"], days, place))
    return found


def days(festival: Festival, year: int) -> Iterator[date]:
    """Yield the days of a festival in a year of the calendar: mostly one.

    A lunar year begins and ends within a later year of the calendar, so that such a year may hold two of a day or none.
    29 February is the 28th in a common year, as with birthdays.
    """
    if not festival.month:
        yield from (day for day in festival.days if day.year == year)
    elif festival.lunar:
        found = (dates.lunar_day(y, festival.month, festival.day) for y in (year - 1, year))
        yield from (day for day in found if day and day.year == year)
    else:
        yield dates.kept_on(year, festival.month, festival.day)


class _Last:
    """The festivals of the settings asked for last, year by year: a run knows one book."""

    settings: Settings | None = None
    festivals: Sequence[Festival] = ()
    years: Mapping[int, list[Greeting]] = MappingProxyType({})


def _greetings(settings: Settings, spec: RuleSpec, year: int) -> list[Greeting]:
    """Return the greetings of a year, reckoned once: they are the same for every customer."""
    if _Last.settings is not settings:
        _Last.settings, _Last.festivals, _Last.years = settings, festivals(settings), {}
    if year not in _Last.years:
        _Last.years = {**_Last.years, year: [*_of_year(settings, spec, year)]}
    return _Last.years[year]


def _of_year(settings: Settings, spec: RuleSpec, year: int) -> Iterator[Greeting]:
    for festival in _Last.festivals:
        for day in days(festival, year):
            due = intervals.before(spec.lead, day, settings.workdays) or day
            place = where(spec) or festival.where
            yield Greeting(festival.name, day, due, _told(festival, day, spec.lead), place)


def _told(festival: Festival, day: date, lead: str) -> Message:
    label = LABELS.get(festival.name, "") if not festival.where else ""
    name = Message(label) if label else festival.name
    text = N_("{name} on {day}: greet {span} ahead")
    return msg(text, name=name, day=day.isoformat(), span=intervals.span(lead))
