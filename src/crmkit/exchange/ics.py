"""iCalendar (RFC 5545): entries of a calendar that people subscribe to.

The same entries always make the same bytes. A subscribed calendar knows an entry by its UID and believes a change when
SEQUENCE and LAST-MODIFIED rise, so the file that stood there before says how far they had come.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from crmkit.exchange.formats import Format, need
from crmkit.values.safe import safe

if TYPE_CHECKING:
    import icalendar

PRODID = "-//crmkit//crm export ics//EN"
BOOK = "X-CRMKIT-BOOK"
"""The property that says which book a file was made of."""

_REFRESH = timedelta(hours=1)
"""How often programs are asked to look again."""

_LENGTH = timedelta(minutes=30)
"""What an entry with a time takes up: it says when, nobody knows how long."""

_MOST_SEQUENCE = 2**31 - 1
_MOST_BEFORE = 64 << 20
_YEARS = (1970, 2100)
_STAMPS = (b"DTSTAMP:", b"LAST-MODIFIED:", b"SEQUENCE:")
_BEGIN, _END = b"BEGIN:VEVENT\r\n", b"END:VCALENDAR\r\n"
_NEXT = b"\r\n" + _BEGIN
_MOMENT = re.compile(rb"\d{8}T\d{6}Z")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry. `start` is a day, or a moment with its zone; a day is the same day wherever it is read.

    `modified` is when the facts behind it last changed, `sequence` how often its date did, as far as they tell.
    `alarms` are lengths of time from the start (of the day: from midnight), or moments.
    """

    uid: str
    start: date | datetime
    summary: str
    description: str = ""
    category: str = ""
    modified: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    sequence: int = 0
    alarms: tuple[timedelta | datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar:
    """Entries with the name that the calendar goes by. `book` tells the books apart, `now` stamps what changed."""

    name: str
    book: str
    zone: ZoneInfo
    now: datetime
    events: Sequence[Event] = field(default_factory=tuple)


class _Earlier(NamedTuple):
    """An entry as the file had it: its lines without stamps, and the stamps."""

    lines: tuple[bytes, ...] = ()
    sequence: int = 0
    modified: bytes = b""


class Ics:
    """The form itself."""

    suffix = ".ics"

    def encode(self, data: Calendar, before: bytes = b"") -> bytes:
        """Return the calendar as a file. Raises Refused without the library."""
        library = need("icalendar", "calendar")
        earlier = _earlier(before)
        head = _head(library, data).removesuffix(_END)
        return head + b"".join(_event(library, data, e, earlier) for e in data.events) + _END


FORMAT: Format[Calendar] = Ics()


def emptied(text: bytes, book: str) -> bytes | None:
    """Return a file without its entries; None where it is none of ours, or of another book."""
    head, found, _rest = text.partition(_NEXT)
    ours = text.startswith(b"BEGIN:VCALENDAR\r\n") and f"\r\nPRODID:{PRODID}\r\n".encode() in head
    if not ours or f"\r\n{BOOK}:{book}\r\n".encode() not in head:
        return None
    return head + b"\r\n" + _END if found else text


# -- writing


def _head(library: Any, data: Calendar) -> bytes:
    """Return the calendar without entries.

    Its time zone stands there even when no entry has a time: a calendar with nothing in it is none by the standard.
    """
    calendar: icalendar.Calendar = library.Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODID)
    calendar.add("calscale", "GREGORIAN")
    name = safe(data.name)
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", data.zone.key)
    often = library.vDuration(_REFRESH)
    often.params["VALUE"] = "DURATION"
    calendar.add("refresh-interval", often)
    calendar.add("x-published-ttl", library.vDuration(_REFRESH))
    calendar.add(BOOK.lower(), data.book)
    years = [min(max(e.start.year, _YEARS[0]), _YEARS[1]) for e in data.events]
    calendar.add_component(_zone(data.zone, min(years, default=2024), max(years, default=2024)))
    text: bytes = calendar.to_ical()
    return text


@lru_cache(maxsize=8)
def _zone(zone: ZoneInfo, first: int, last: int) -> icalendar.Timezone:
    from icalendar import Timezone

    # to_ical writes what stands there, so one component may serve many calendars
    found = Timezone.from_tzinfo(zone, zone.key, date(first, 1, 1), date(last + 1, 12, 31))
    found.pop("COMMENT", None)
    return found


def _event(library: Any, data: Calendar, event: Event, earlier: Mapping[bytes, _Earlier]) -> bytes:
    text = _content(library, event, data.zone)
    was = earlier.get(event.uid.encode())
    sequence, modified = event.sequence, _stamp(event.modified)
    if was and was.lines == _lines(text):
        sequence, modified = was.sequence, was.modified
    elif was:
        sequence = min(max(was.sequence + 1, sequence), _MOST_SEQUENCE)
        modified = max(_stamp(data.now), was.modified)
    stamps = b"DTSTAMP:%b\r\nLAST-MODIFIED:%b\r\nSEQUENCE:%d\r\n" % (modified, modified, sequence)
    return text.replace(_BEGIN, _BEGIN + stamps, 1)


def _content(library: Any, event: Event, zone: ZoneInfo) -> bytes:
    """Return the entry without stamps."""
    entry: icalendar.Event = library.Event()
    entry.add("uid", event.uid)
    for name, end in zip(("dtstart", "dtend"), _span(event.start, zone), strict=False):
        entry.add(name, end)
    summary = " ".join(safe(event.summary, newlines=True).split())
    entry.add("summary", summary)
    if event.description:
        entry.add("description", safe(event.description, newlines=True))
    if event.category:
        entry.add("categories", [safe(event.category)])
    entry.add("transp", "TRANSPARENT")  # a reminder keeps nobody busy
    for at in event.alarms:
        with suppress(OverflowError):  # a moment that UTC has no date for
            entry.add_component(_alarm(library, at, summary))
    text: bytes = entry.to_ical()
    return text


def _alarm(library: Any, at: timedelta | datetime, summary: str) -> icalendar.Alarm:
    alarm: icalendar.Alarm = library.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    if isinstance(at, timedelta):
        alarm.add("trigger", at)
    else:
        alarm.add("trigger", at.astimezone(UTC), parameters={"VALUE": "DATE-TIME"})
    return alarm


def _span(start: date | datetime, zone: ZoneInfo) -> list[date | datetime]:
    """Return start and end; of the calendar's very last day the start alone, which means the same."""
    if not isinstance(start, datetime):
        return [start] if start == date.max else [start, start + timedelta(days=1)]
    try:
        moment = start.astimezone(UTC)
        return [_placed(moment, zone), _placed(moment + _LENGTH, zone)]
    except OverflowError:
        return [start.date()]


def _placed(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a moment on the clocks of `zone`; the second of an hour that comes twice has a name only in UTC."""
    local = moment.astimezone(zone)
    return moment if local.fold else local


def _stamp(moment: datetime) -> bytes:
    try:
        return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}".rjust(16, "0").encode()
    except OverflowError:
        return b"20000101T000000Z"


# -- what the file said before


def _lines(text: bytes) -> tuple[bytes, ...]:
    """Return the entry's content lines, unfolded, without its stamps."""
    return tuple(line for line in text.replace(b"\r\n ", b"").split(b"\r\n") if not line.startswith(_STAMPS))


def _earlier(before: bytes) -> dict[bytes, _Earlier]:
    """Return the entries of an earlier file of ours by UID; whatever else it may be, nothing."""
    found: dict[bytes, _Earlier] = {}
    if len(before) > _MOST_BEFORE or PRODID.encode() not in before[:500]:
        return found
    for text in before.removesuffix(_END).split(_NEXT)[1:]:
        values = dict(line.split(b":", 1) for line in text.split(b"\r\n") if b":" in line)
        sequence, modified = values.get(b"SEQUENCE", b""), values.get(b"LAST-MODIFIED", b"")
        if sequence.isdigit() and len(sequence) <= 10 and _MOMENT.fullmatch(modified):
            lines = _lines(_BEGIN + text.removesuffix(b"\r\n") + b"\r\n")
            found[values.get(b"UID", b"")] = _Earlier(lines, int(sequence), modified)
    return found
