"""Meetings (.ics): what a calendar says of a talk (R-003-61). Read without a library: invitations are plain lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from crmkit.errors import Refused
from crmkit.exchange.mail import MOST_TEXT, Talk, plain
from crmkit.exchange.text import decode
from crmkit.i18n import N_

_LINE = re.compile(r"([A-Za-z0-9-]+)((?:;[^=;:]+=(?:\"[^\"]*\"|[^;:\"]*))*):(.*)", re.DOTALL)
_PARAM = re.compile(r";([^=;:]+)=(\"[^\"]*\"|[^;:\"]*)")
_WINDOWS = {
    "China Standard Time": "Asia/Shanghai",
    "Taipei Standard Time": "Asia/Taipei",
    "Singapore Standard Time": "Asia/Singapore",
    "Tokyo Standard Time": "Asia/Tokyo",
    "W. Europe Standard Time": "Europe/Berlin",
    "GMT Standard Time": "Europe/London",
    "Eastern Standard Time": "America/New_York",
    "Pacific Standard Time": "America/Los_Angeles",
    "UTC": "UTC",
}
"""What Outlook calls the zones."""

Props = dict[str, list[tuple[Mapping[str, str], str]]]


def read(raw: bytes, name: str, zone: tzinfo) -> list[Talk]:
    """Return the meetings in a file; times without a zone are read in `zone`. Raises Refused for a file without one."""
    text = decode(raw, name)
    found = [_talk(event, zone) for event in _events(text)]
    if not found:
        raise Refused(N_("{name}: there is no meeting in it"), name=name)
    return found


def _events(text: str) -> Iterator[Props]:
    unfolded = re.sub(r"\r?\n[ \t]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    inside: Props | None = None
    method = ""
    nested = 0
    for line in unfolded.split("\n"):
        found = _LINE.fullmatch(line.strip())
        if not found:
            continue
        name, params, value = found[1].upper(), found[2], found[3]
        if name == "METHOD":
            method = value.strip().upper()
        if name == "BEGIN" and value.upper() == "VEVENT":
            inside, nested = {"METHOD": [({}, method)]}, 0
        elif name == "END" and value.upper() == "VEVENT" and inside is not None:
            yield inside
            inside = None
        elif name in {"BEGIN", "END"} and inside is not None:
            nested += 1 if name == "BEGIN" else -1
        elif inside is not None and not nested:
            known = {k.upper(): v.strip('"') for k, v in _PARAM.findall(params)}
            inside.setdefault(name, []).append((known, value))


def _talk(event: Props, zone: tzinfo) -> Talk:
    def text(name: str) -> str:
        return _plain(event[name][0][1]) if event.get(name) else ""

    said = text("DESCRIPTION")
    if not said and "X-ALT-DESC" in event:
        said = plain(text("X-ALT-DESC"))
    uid = text("UID") + (f"/{text('RECURRENCE-ID')}" if "RECURRENCE-ID" in event else "")
    people = {
        address: shown
        for p, v in (*event.get("ORGANIZER", ()), *event.get("ATTENDEE", ()))
        for address, shown in _person(p, v)
    }
    cancelled = text("STATUS").upper() == "CANCELLED" or text("METHOD") == "CANCEL"
    return Talk(
        f"meeting:{uid or hash_of(event)}",
        "meeting",
        _moment(event, zone),
        " ".join(text("SUMMARY").split()),
        said[:MOST_TEXT].strip(),
        tuple((shown, address) for address, shown in people.items()),
        text("LOCATION"),
        cancelled,
    )


def hash_of(event: Props) -> str:
    """Return a name for a meeting that has none."""
    from hashlib import sha256

    return sha256(repr(sorted(event.items())).encode()).hexdigest()[:32]


def _person(params: Mapping[str, str], value: str) -> Iterator[tuple[str, str]]:
    address = re.sub(r"(?i)^mailto:", "", value.strip())
    if "@" in address and params.get("CUTYPE", "").upper() not in {"ROOM", "RESOURCE"}:
        yield address.casefold(), params.get("CN", "").strip()


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value).strip()


def _moment(event: Props, zone: tzinfo) -> datetime | date | None:
    if not event.get("DTSTART"):
        return None
    params, value = event["DTSTART"][0]
    digits = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", value.strip())
    if not digits:
        return None
    try:
        day = date(int(digits[1]), int(digits[2]), int(digits[3]))
        if not digits[4]:
            return day
        at = datetime(day.year, day.month, day.day, int(digits[4]), int(digits[5]), tzinfo=UTC)
    except ValueError:
        return None
    return at if digits[7] else at.replace(tzinfo=_zone(params.get("TZID", ""), zone))


def _zone(name: str, otherwise: tzinfo) -> tzinfo:
    offset = re.fullmatch(r"(?:GMT|UTC)([+-])(\d\d?):?(\d\d)?", name.strip())
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    wanted = _WINDOWS.get(name, name).rpartition("tzfile/")[2].lstrip("/")
    try:
        return ZoneInfo(wanted) if wanted else otherwise
    except (KeyError, ValueError, OSError):
        return otherwise
