"""iCalendar files, read back by three libraries that know nothing of crmkit."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.exchange import formats, ics
from crmkit.values.safe import safe

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own use of other libraries is none of our business
    import ics as other

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
NOW = datetime(2024, 6, 20, 10, tzinfo=SHANGHAI)
DAY = ics.Event("a@crmkit", date(2024, 6, 22), "北京示例: 发报价", "发报价\ncrm done 7k3m", "followup")


class Read(NamedTuple):
    """What a library found of an entry."""

    uid: str
    start: date | datetime
    summary: str
    description: str


def calendar(*events: ics.Event, zone: ZoneInfo = SHANGHAI, now: datetime = NOW) -> ics.Calendar:
    return ics.Calendar("客户账本 · 张三", "0123456789abcdef", zone, now, events)


def encode(*events: ics.Event, zone: ZoneInfo = SHANGHAI, before: bytes = b"", now: datetime = NOW) -> bytes:
    return formats.load("ics").encode(calendar(*events, zone=zone, now=now), before)


def plain(value: date | datetime) -> date | datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def by_icalendar(raw: bytes) -> list[Read]:
    found = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    return [
        Read(str(e["UID"]), plain(e.decoded("DTSTART")), str(e["SUMMARY"]), str(e.get("DESCRIPTION", "")))
        for e in found
    ]


def by_vobject(raw: bytes) -> list[Read]:
    whole = vobject.readOne(raw.decode())
    return [
        Read(e.uid.value, plain(e.dtstart.value), e.summary.value, getattr(e, "description", DAY_TEXT).value)
        for e in whole.contents.get("vevent", [])
    ]


class _Empty(NamedTuple):
    value: str = ""


DAY_TEXT = _Empty()


def by_ics(raw: bytes) -> list[Read]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = other.Calendar(raw.decode()).events
        return [
            Read(
                e.uid,
                e.begin.date() if e.all_day else e.begin.datetime.astimezone(UTC),
                e.name,
                e.description or "",
            )
            for e in found
        ]


READERS: list[Callable[[bytes], list[Read]]] = [by_icalendar, by_vobject, by_ics]


@pytest.fixture(params=READERS, ids=lambda r: str(r.__name__))
def reader(request: pytest.FixtureRequest) -> Callable[[bytes], list[Read]]:
    found: Callable[[bytes], list[Read]] = request.param
    return found


def lines(raw: bytes) -> list[str]:
    """The content lines, unfolded by the letter of RFC 5545, 3.1."""
    return raw.replace(b"\r\n ", b"").decode().split("\r\n")


HOSTILE = [
    '逗号, 分号; 反斜杠\\ 引号" 冒号: 换行\n第二行',
    r"a\nb \; \, \\",
    "👩‍👩‍👧‍👦 emoji 🇨🇳",
    "x" * 74 + "汉" + "字" * 60,
    "BEGIN:VEVENT\nEND:VCALENDAR\nUID:evil",
    "tab\there",
    " 前后有空格 ",
    "{name} %s <b>[red]</b>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_come_back(reader: Callable[[bytes], list[Read]], text: str) -> None:
    if reader is by_ics and r"\n" in text:
        pytest.skip("this reader takes an escaped backslash before an n for a line end")
    (found,) = reader(encode(replace(DAY, summary=text, description=text)))
    assert found.description == text.replace("\t", "    ")
    assert found.summary == " ".join(text.split())
    assert (found.uid, found.start) == ("a@crmkit", date(2024, 6, 22))


@pytest.mark.parametrize(
    "text", ["\x1b[2Jx", "a\x00b", "\u202egnp.exe", "\u2028 \x85 \x0b \x1c", "\ud800", "a\rb"]
)
def test_what_no_calendar_may_hold_is_shown_escaped(reader: Callable[[bytes], list[Read]], text: str) -> None:
    raw = encode(replace(DAY, summary=text, description=text, category=text))
    (found,) = reader(raw)
    if reader is not by_ics or "\r" not in text:  # it takes the backslash of an escape for its own
        assert found.description == safe(text, newlines=True)
    assert not [c for c in raw.decode() if c < " " and c not in "\r\n"]
    assert "\u202e" not in raw.decode()


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_comes_back(text: str) -> None:
    raw = encode(replace(DAY, description=text))
    wanted = safe(text, newlines=True)
    assert [r.description for r in by_icalendar(raw)] == [wanted]
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize("before", range(8))
def test_folding_never_cuts_a_character(before: int) -> None:
    raw = encode(replace(DAY, summary="x" * before + "汉字" * 80 + "👩" * 30))
    physical = raw.split(b"\r\n")
    assert max(map(len, physical)) <= 75
    assert any(line.startswith(b" ") for line in physical)
    for line in physical:
        line.decode("utf-8")  # a cut character would not be text
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert f"SUMMARY:{'x' * before}{'汉字' * 80}{'👩' * 30}" in lines(raw)


def test_what_the_calendar_says_of_itself() -> None:
    head = lines(encode(DAY)[: encode(DAY).index(b"BEGIN:VTIMEZONE")])
    assert head[0] == "BEGIN:VCALENDAR"
    assert {
        "VERSION:2.0",
        "PRODID:-//crmkit//crm export ics//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:客户账本 · 张三",
        "NAME:客户账本 · 张三",
        "X-WR-TIMEZONE:Asia/Shanghai",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    } <= set(head)
    assert not any(line.startswith(("METHOD", "ORGANIZER", "ATTENDEE")) for line in lines(encode(DAY)))


def test_an_empty_calendar_is_one() -> None:
    raw = encode()
    assert raw.endswith(b"END:VTIMEZONE\r\nEND:VCALENDAR\r\n")
    assert all(read(raw) == [] for read in READERS)


# -- days and times


def test_a_day_is_the_same_day_everywhere() -> None:
    raw = encode(DAY)
    assert "DTSTART;VALUE=DATE:20240622" in lines(raw)
    assert "DTEND;VALUE=DATE:20240623" in lines(raw)
    script = "import sys, icalendar\nprint(*(e.decoded('DTSTART') for e in icalendar.Calendar.from_ical(sys.stdin.buffer.read()).walk('VEVENT')))"
    for zone in ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=raw,
            capture_output=True,
            env={**os.environ, "TZ": zone},
            check=True,
        )
        assert done.stdout == b"2024-06-22\n"


@pytest.mark.parametrize("day", [date.max, date(2024, 12, 31), date(2024, 2, 29), date(1, 1, 1)])
def test_the_ends_of_the_calendar(day: date) -> None:
    (found,) = by_icalendar(encode(replace(DAY, start=day)))
    assert found.start == day


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        (SHANGHAI, datetime(2024, 6, 8, 1, 10, tzinfo=SHANGHAI)),
        (ZoneInfo("UTC"), datetime(2024, 6, 8, 1, 10, tzinfo=UTC)),
        (ZoneInfo("Asia/Kolkata"), datetime(2024, 6, 8, 1, 10, tzinfo=timezone(timedelta(hours=-11)))),
        (NEW_YORK, datetime(2024, 7, 1, 9, 0, tzinfo=NEW_YORK)),
        (NEW_YORK, datetime(2024, 1, 15, 9, 0, tzinfo=NEW_YORK)),
        (NEW_YORK, datetime(2024, 3, 10, 2, 30, tzinfo=NEW_YORK)),  # does not exist: clocks go forward
        (NEW_YORK, datetime(2024, 3, 10, 1, 45, tzinfo=NEW_YORK)),  # its end is beyond the gap
        (NEW_YORK, datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK)),  # the first 1:30 of that night
        (NEW_YORK, datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK, fold=1)),  # and the second
        (
            ZoneInfo("Australia/Lord_Howe"),
            datetime(2024, 4, 7, 1, 45, tzinfo=ZoneInfo("Australia/Lord_Howe"), fold=1),
        ),
    ],
)
def test_a_time_is_the_same_moment(
    reader: Callable[[bytes], list[Read]], zone: ZoneInfo, moment: datetime
) -> None:
    raw = encode(replace(DAY, start=moment), zone=zone)
    (found,) = reader(raw)
    assert found.start == moment.astimezone(UTC)
    (entry,) = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    length = plain(entry.decoded("DTEND")) - plain(entry.decoded("DTSTART"))
    assert length == timedelta(minutes=30)


def test_times_name_a_zone_that_stands_in_the_file() -> None:
    winter, summer = datetime(2024, 1, 15, 9, tzinfo=NEW_YORK), datetime(2025, 7, 1, 9, tzinfo=NEW_YORK)
    raw = encode(replace(DAY, start=winter), replace(DAY, uid="b@crmkit", start=summer), zone=NEW_YORK)
    assert "DTSTART;TZID=America/New_York:20240115T090000" in lines(raw)
    # vobject reads the zone from the file, and knows no other of that name
    (zone,) = vobject.readOne(raw.decode()).vtimezone_list
    assert zone.tzid.value == "America/New_York"
    assert zone.tzinfo.utcoffset(datetime(2024, 1, 15, 9)) == timedelta(hours=-5)  # noqa: DTZ001
    assert zone.tzinfo.utcoffset(datetime(2025, 7, 1, 9)) == timedelta(hours=-4)  # noqa: DTZ001


@pytest.mark.parametrize(
    "moment", [datetime(9999, 12, 31, 23, 59, tzinfo=NEW_YORK), datetime(1, 1, 1, tzinfo=SHANGHAI)]
)
def test_moments_beyond_every_clock_become_days(moment: datetime) -> None:
    (found,) = by_icalendar(encode(replace(DAY, start=moment, alarms=(moment,))))
    assert found.start == moment.date()


# -- alarms


def alarms(raw: bytes) -> list[Any]:
    return [a.decoded("TRIGGER") for a in icalendar.Calendar.from_ical(raw).walk("VALARM")]


def test_alarms_come_back() -> None:
    at = datetime(2024, 6, 21, 8, 30, tzinfo=SHANGHAI)
    raw = encode(replace(DAY, alarms=(timedelta(days=-1, hours=8, minutes=30), timedelta(days=-3), at)))
    assert alarms(raw) == [timedelta(hours=-15, minutes=-30), timedelta(days=-3), at]
    assert "TRIGGER;VALUE=DATE-TIME:20240621T003000Z" in lines(raw)  # RFC 5545, 3.8.6.3
    (entry,) = vobject.readOne(raw.decode()).vevent_list
    assert [a.action.value for a in entry.valarm_list] == ["DISPLAY"] * 3
    assert entry.valarm_list[0].trigger.value == timedelta(hours=-15, minutes=-30)
    assert all(a.description.value == DAY.summary for a in entry.valarm_list)


# -- stamps


def stamps(raw: bytes) -> dict[str, tuple[int, datetime, datetime]]:
    return {
        str(e["UID"]): (e.decoded("SEQUENCE"), e.decoded("LAST-MODIFIED"), e.decoded("DTSTAMP"))
        for e in icalendar.Calendar.from_ical(raw).walk("VEVENT")
    }


def test_the_same_rows_make_the_same_bytes() -> None:
    first = encode(DAY)
    assert encode(DAY, now=NOW + timedelta(days=40)) == first
    assert encode(DAY, before=first, now=NOW + timedelta(days=40)) == first


def test_a_changed_row_is_stamped_anew_and_the_others_are_not() -> None:
    fixed = replace(DAY, uid="b@crmkit", summary="另一件事, 不变; 很长" * 12)
    first = encode(DAY, fixed)
    later = NOW + timedelta(hours=3)
    second = encode(replace(DAY, start=date(2024, 6, 30)), fixed, before=first, now=later)
    assert stamps(second)["a@crmkit"] == (1, later.astimezone(UTC), later.astimezone(UTC))
    assert stamps(second)["b@crmkit"] == stamps(first)["b@crmkit"]
    third = encode(replace(DAY, start=date(2024, 7, 1)), fixed, before=second, now=later)
    assert stamps(third)["a@crmkit"][0] == 2
    back = encode(replace(DAY, start=date(2024, 7, 1)), fixed, before=third, now=later + timedelta(days=9))
    assert back == third


def test_a_clock_that_goes_back_does_not_take_a_change_back() -> None:
    first = encode(replace(DAY, modified=NOW))
    second = encode(replace(DAY, modified=NOW, summary="x"), before=first, now=NOW - timedelta(days=400))
    assert stamps(second)["a@crmkit"] == (1, NOW.astimezone(UTC), NOW.astimezone(UTC))


@pytest.mark.parametrize(
    "before",
    [
        b"\x00\xff",
        b"BEGIN:VCALENDAR\r\nPRODID:-//somebody else//EN\r\nBEGIN:VEVENT\r\nUID:a@crmkit\r\nSEQUENCE:7\r\n",
        b"BEGIN:VCALENDAR\r\nPRODID:"
        + ics.PRODID.encode()
        + b"\r\nBEGIN:VEVENT\r\nUID:a@crmkit\r\nSEQUENCE:-4\r\n",
        b"BEGIN:VCALENDAR\r\nPRODID:" + ics.PRODID.encode() + b"\r\nBEGIN:VEVENT\r\nUID:a@crmkit\r\n"
        b"SEQUENCE:" + b"9" * 5000 + b"\r\nLAST-MODIFIED:20240101T000000Z\r\n",
        b"BEGIN:VCALENDAR\r\nPRODID:" + ics.PRODID.encode() + b"\r\nBEGIN:VEVENT\r\nUID:a@crmkit\r\n"
        b"SEQUENCE:1\r\nLAST-MODIFIED:X\nATTENDEE:mail1\r\n",
    ],
)
def test_what_is_no_earlier_file_of_ours_says_nothing(before: bytes) -> None:
    assert encode(DAY, before=before) == encode(DAY)


def test_a_sequence_never_leaves_its_range() -> None:
    before = encode(replace(DAY, sequence=2**31 - 1))
    assert stamps(encode(replace(DAY, summary="x"), before=before))["a@crmkit"][0] == 2**31 - 1


def test_a_file_is_emptied_only_where_it_is_ours() -> None:
    raw = encode(replace(DAY, summary="BEGIN:VEVENT"), replace(DAY, uid="b@crmkit"))
    empty = ics.emptied(raw, "0123456789abcdef")
    assert empty is not None
    assert by_icalendar(empty) == []
    assert "X-WR-CALNAME:客户账本 · 张三" in lines(empty)
    assert ics.emptied(empty, "0123456789abcdef") == empty
    assert ics.emptied(raw, "another book") is None
    assert (
        ics.emptied(
            b"BEGIN:VCALENDAR\r\nPRODID:else\r\nX-CRMKIT-BOOK:0123456789abcdef\r\n", "0123456789abcdef"
        )
        is None
    )


# -- the library


def test_without_the_library_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from crmkit.errors import Refused

    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(Refused) as told:
        encode(DAY)
    assert "icalendar" in str(told.value)
    assert str(told.value.hint) == "pip install 'crmkit[calendar]'"


def test_the_library_is_loaded_only_to_write() -> None:
    script = "import sys, crmkit.cli.export, crmkit.actions.export; print('icalendar' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_every_form_satisfies_the_protocol() -> None:
    for name in formats.FORMATS:
        form = formats.load(name)
        assert form.suffix == (".xlsx" if name == "form" else f".{name.split()[0]}")
        assert callable(form.encode)
