"""Days and times: the strict forms that files hold, and those that people say.

A day is a `date` and never moves with a time zone; a time is an aware `datetime` in the book's zone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, tzinfo
from typing import Literal

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.values import BadValue

Lean = Literal["", "past", "future"]

ISO_HINT = N_("write a day as 2024-06-05, a time as 2024-06-05T14:30")


def iso_day(text: str) -> date:
    """Read a day as files hold it, `2024-06-05`.

    Raises BadValue for everything else, also for days that the calendar lacks.
    """
    if len(text) == 10 and text[4] == "-" and text[7] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            if _digits(text[:4] + text[5:7] + text[8:]):
                raise BadValue(
                    N_("{text} is not a day of the calendar"), hint=msg(ISO_HINT), text=text
                ) from None
    raise BadValue(N_("{text!r} is not a date"), hint=msg(ISO_HINT), text=text)


def iso_when(text: str, zone: tzinfo) -> date | datetime:
    """Read a day or a time as files hold it: `2024-06-05`, `2024-06-05T14:30[:05][+08:00|Z]`.

    A space may stand for the T. A time without an offset is one of `zone`; one with an offset is converted
    to `zone`. Raises BadValue.
    """
    size = len(text)
    if size == 10:
        return iso_day(text)
    if size >= 16 and text[10] in "T " and text[4] == text[7] == "-" and text[13] == ":":
        end = 19 if size >= 19 and text[16] == ":" else 16
        offset = text[end:]
        if not offset or offset == "Z" or (offset[0] in "+-" and len(offset) in (6, 9) and offset[3] == ":"):
            try:
                value = datetime.fromisoformat(text)
                return value.astimezone(zone) if offset else value.replace(tzinfo=zone)
            except (ValueError, OverflowError):
                pass
    raise BadValue(N_("{text!r} is not a date or time"), hint=msg(ISO_HINT), text=text)


def show(value: date) -> str:
    """Return the canonical text: `2024-06-05`, `2024-06-05T14:30+08:00`, seconds only where not zero."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds" if value.second else "minutes")
    return value.isoformat()


def parse_day(
    text: str,
    today: date,
    *,
    lean: Lean = "",
    add_working_days: Callable[[date, int], date] | None = None,
) -> date:
    """Read a day as people say it (`明天`, `下周五`, `next friday`, `+2w`, `2024/6/5`), seen from `today`.

    `lean` settles what only context can: with "future" (a due date) 6月5日, 周五 and 20号 are the next such
    day, with "past" (a contact that took place) the last one. `add_working_days` knows the holidays for
    3个工作日后. Raises BadValue, with examples as hint, for what cannot be read, has two readings, or names a
    time of day.
    """
    if len(text) == 10 and text[4] == "-":  # what scripts write: no need to load the grammar
        with suppress(BadValue):
            return iso_day(text)
    from crmkit.values.said import read_day

    return read_day(text, today, lean=lean, add_working_days=add_working_days)


def parse_when(
    text: str,
    now: datetime,
    *,
    lean: Lean = "",
    add_working_days: Callable[[date, int], date] | None = None,
) -> date | datetime:
    """Read a day or a time as people say it (`明天上午10点`, `fri 14:00`, `in 2 hours`), seen from `now`.

    A time is aware, in the zone of `now`. `lean` and BadValue as with `parse_day`.
    """
    if text[4:5] == "-" and now.tzinfo:  # what scripts write: no need to load the grammar
        with suppress(BadValue):
            return iso_when(text, now.tzinfo)
    from crmkit.values.said import read_when

    return read_when(text, now, lean=lean, add_working_days=add_working_days)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
