"""Days and times as people say them: a strict grammar, English and Chinese, that reads all of a text or none.

Weeks begin on Monday: 下周五 and `next friday` are the Friday of next week, 本周五 and `this friday` of this
one. What can be read in two ways is refused with both readings, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.values import BadValue, said_day, when
from crmkit.values.said_text import HINT, Seen, fold, length
from crmkit.values.when import Lean


def read_day(
    text: str, today: date, *, lean: Lean = "", add_working_days: Callable[[date, int], date] | None = None
) -> date:
    """See `when.parse_day`."""
    found = _read(Seen(text, today, None, lean, add_working_days))
    if isinstance(found, datetime):
        raise BadValue(N_("{text!r} names a time; a day is wanted"), hint=msg(HINT), text=text)
    return found


def read_when(
    text: str, now: datetime, *, lean: Lean = "", add_working_days: Callable[[date, int], date] | None = None
) -> date | datetime:
    """See `when.parse_when`."""
    return _read(Seen(text, now.date(), now, lean, add_working_days))


def _read(seen: Seen) -> date | datetime:
    folded = fold(seen.text)
    strict = _strict(folded, seen)
    if strict is not None:
        return strict
    try:
        found = said_day.day(folded, seen) or _moment(folded, seen) or _with_clock(folded, seen)
    except (ValueError, OverflowError):
        raise seen.unclear(msg(N_("the calendar has no such day"))) from None
    if found is None:
        raise BadValue(N_("{text!r} is not a date or time"), hint=msg(HINT), text=seen.text)
    return found


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _strict(folded: str, seen: Seen) -> date | datetime | None:
    if not _ISO.match(folded):
        return None
    try:
        return when.iso_when(folded.upper(), (seen.now and seen.now.tzinfo) or UTC)
    except BadValue:
        when.iso_day(folded[:10])
        return None


def _moment(folded: str, seen: Seen) -> datetime | None:
    """Read what counts from the present minute: `now`, `in 2 hours`, 半小时后."""
    is_now = folded in ("now", "right now", "现在", "此刻", "刚才", "just now")
    span = None if is_now else length(folded)
    if not is_now and (span is None or not (span.hours or span.minutes)):
        return None
    if seen.now is None:
        raise BadValue(N_("{text!r} names a time; a day is wanted"), hint=msg(HINT), text=seen.text)
    return span.after(seen.now, seen.add_working_days) if span else seen.now


_PERIODS = {
    word: kind
    for kind, words in (
        ("small", "凌晨"),
        ("am", "清晨 早上 早晨 早 上午 in_the_morning"),
        ("noon", "中午 正午"),
        ("pm", "下午 午后 in_the_afternoon"),
        ("night", "傍晚 晚上 晚 夜里 夜间 深夜 in_the_evening at_night tonight"),
        ("a.m.", "am a.m."),
        ("p.m.", "pm p.m."),
    )
    for word in words.replace(" ", "|").replace("_", " ").split("|")
}
_CLOCK = (
    r"(?:凌晨|清晨|早上|早晨|上午|中午|正午|下午|午后|傍晚|晚上|夜里|夜间|深夜)?"
    r"[0-9]{1,2}(?:[:点时](?:[0-9]{1,2}(?::[0-9]{2})?分?|半|整|[13]刻)?钟?)?"
    r"(?: ?(?:am|pm|a\.m\.|p\.m\.)| in the (?:morning|afternoon|evening)| at night)?|noon|中午|正午"
)
_CLOCK_LAST = re.compile(
    r"(?P<day>.*?)(?:^|[\s,]+|(?<=[^\x00-\x7f])|(?=[^\x00-\x7f]))(?:的|at |@ ?|t(?=[0-9]))?"
    rf"(?P<clock>{_CLOCK})"
)
_CLOCK_FIRST = re.compile(rf"(?:at )?(?P<clock>{_CLOCK})(?:[\s,]+(?:on )?)(?P<day>.+)")
_PARTS = re.compile(
    r"(?P<before>[^0-9]*?)(?P<hour>[0-9]{1,2})"
    r"(?:(?P<mark>[:点时])"
    r"(?:(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{2}))?分?|(?P<half>半|整)|(?P<quarter>[13])刻)?钟?)?"
    r"\s*(?P<after>[a-z. ]*)"
)


def _with_clock(folded: str, seen: Seen) -> datetime | None:
    evening = ""
    if "tonight" in folded:
        folded, evening = folded.replace("tonight", "today"), "tonight"
    for pattern in (_CLOCK_LAST, _CLOCK_FIRST):
        match = pattern.fullmatch(folded)
        if not match:
            continue
        clock = _clock(match["clock"], evening, seen)
        day = said_day.day(match["day"].strip(" ,的"), seen) if match["day"].strip(" ,的") else seen.today
        if clock is not None and day is not None:
            return _at(day, clock, seen)
    vague = re.fullmatch(
        r"(.+?)[\s的]*(上午|早上|下午|晚上|凌晨|傍晚|morning|afternoon|evening)|tonight", folded
    )
    if vague and (not vague[1] or said_day.day(vague[1], seen)):
        raise seen.unclear(msg(N_("at what hour?")))
    return None


def _clock(text: str, evening: str, seen: Seen) -> tuple[int, int, int] | None:
    if text in ("noon", "中午", "正午"):
        return 12, 0, 0
    parts = _PARTS.fullmatch(text)
    if not parts:
        return None
    period = _PERIODS.get(evening or parts["before"] or parts["after"].strip(), "")
    if not parts["mark"] and not period:
        return None
    if parts["mark"] == ":" and (not parts["minute"] or len(parts["minute"]) != 2):
        return None
    minute = int(parts["minute"] or 0)
    if parts["half"] == "半":
        minute = 30
    elif parts["quarter"]:
        minute = 15 * int(parts["quarter"])
    hour = _hour(
        int(parts["hour"]), period, padded=parts["mark"] == ":" and len(parts["hour"]) == 2, seen=seen
    )
    if minute > 59 or (hour == 24 and minute):
        raise seen.unclear(msg(N_("there is no such hour")))
    return hour, minute, int(parts["second"] or 0)


def _hour(hour: int, period: str, *, padded: bool, seen: Seen) -> int:
    """Return the hour of 0 to 24 that is meant. Raises BadValue where both halves of the day are possible."""
    allowed: dict[str, dict[int, int]] = {
        "": {h: h for h in range(25) if padded or not 1 <= h <= 6},
        "small": {h: h for h in range(7)},
        "am": {h: h for h in range(4, 13)},
        "noon": {10: 10, 11: 11, 12: 12, 13: 13, 14: 14, 1: 13, 2: 14},
        "pm": {12: 12} | {h: h + 12 for h in range(1, 8)} | {h: h for h in range(13, 20)},
        "night": {h: h + 12 for h in range(5, 12)} | {h: h for h in range(17, 24)},
        "a.m.": {12: 0} | {h: h for h in range(1, 12)},
        "p.m.": {12: 12} | {h: h + 12 for h in range(1, 12)},
    }
    found = allowed[period].get(hour)
    if found is None:
        if not period and hour < 12:
            raise seen.unclear(
                msg(N_("{hour} in the morning or in the afternoon ({later}:00)?"), hour=hour, later=hour + 12)
            )
        raise seen.unclear(msg(N_("there is no such hour")))
    return found


def _at(day: date, clock: tuple[int, int, int], seen: Seen) -> datetime:
    """Return the time in the zone of `now`; a wall clock that is skipped or shown twice is refused."""
    hour, minute, second = clock
    if hour == 24:
        day, hour = day + timedelta(1), 0
    zone = seen.now.tzinfo if seen.now else None
    value = datetime.combine(day, time(hour, minute, second), tzinfo=zone)
    if zone is None:
        return value
    if value.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != value.replace(tzinfo=None):
        raise seen.unclear(msg(N_("the clocks skip that hour on {day}"), day=day.isoformat()))
    if value.utcoffset() != value.replace(fold=1).utcoffset():
        raise seen.unclear(
            msg(
                N_("the clocks show that hour twice on {day}; write {example}"),
                day=day.isoformat(),
                example=when.show(value),
            )
        )
    return value
