"""One spelling for what is said about days, and lengths of time in it; the grammar's tables stand on this."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.values import BadValue, duration
from crmkit.values.money import chinese_integer
from crmkit.values.when import Lean

HINT = N_(
    "for example: 2024-06-20, 6月20日, 明天上午10点, 下周五, 3天后, 月底, "
    "tomorrow 14:00, next friday, in 3 days, +2w, eom"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a text is read against. `now` is None where only a day is wanted."""

    text: str
    today: date
    now: datetime | None = None
    lean: Lean = ""
    add_working_days: Callable[[date, int], date] | None = None

    def unclear(self, why: Message) -> BadValue:
        """Return the error for a text with two readings, or none on the calendar."""
        return BadValue(N_("{text!r} is not clear: {why}"), hint=msg(HINT), text=self.text, why=why)

    def after(self, length: duration.Duration) -> date:
        """Return the day this long after today."""
        return length.after(self.today, self.add_working_days)


_SCRIPT = str.maketrans("後週號點兩個禮鐘時現這過內昨〇兒", "后周号点两个礼钟时现这过内昨零儿")
_NUMERAL = re.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])(?!周)"
    r"|([零一二两三四五六七八九十]+)(?=个|天|日|号|周|星期|礼拜|月|年|点|时|分|刻|小时|季|钟)"
    r"|(?<=[点月])([零一二三四五六七八九十]+)"
)
_SPACE = re.compile(r"(?<=[^\x00-\x7f])[\s,]+|[\s,]+(?=[^\x00-\x7f])")
_HALF_DAY = re.compile(r"([今明昨])(?:儿)?(早|晚)上?")
_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNTS = {word: str(count) for count, word in enumerate(_COUNTED, 1)}
_WORD_COUNT = re.compile(rf"\b({'|'.join(_COUNTS)})\b")


def _numeral(match: re.Match[str]) -> str:
    if match[1]:
        return f"周{'日' if match[1] == '天' else match[1]}"
    value = chinese_integer(match[2] or match[3])
    if value is None and (match[2] or match[3])[0] == "零":
        value = chinese_integer((match[2] or match[3])[1:])
    return match[0] if value is None else str(value)


def fold(text: str) -> str:
    """Return `text` in one spelling: half width, lower case, simplified, numerals as digits, 星期 as 周."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if text.isascii():
        return _WORD_COUNT.sub(lambda m: _COUNTS[m[1]], text).replace("a fortnight", "2 weeks")
    text = _HALF_DAY.sub(r"\1天\2上", _SPACE.sub("", text.translate(_SCRIPT)))
    return _NUMERAL.sub(_numeral, text).replace("星期", "周").replace("礼拜", "周")


_AHEAD = re.compile(
    r"(?:in|within) (?P<en>.+)|(?P<later>.+?) (?:from now|later)|(?P<signed>\+.+)"
    r"|(?:再?过)?(?P<zh>.+?)(?:[之以]?后|[之以]?内)"
)
_AGO = re.compile(r"(?P<en>.+?) ago|(?P<signed>-.+)|(?P<zh>.+?)(?:之|以)?前")


def length(folded: str) -> duration.Duration | None:
    """Read `in 3 days`, `+2w`, `3天后`, `2 hours ago`, `3d`; None where the text is none of these."""
    for pattern, sign in ((_AHEAD, 1), (_AGO, -1)):
        match = pattern.fullmatch(folded)
        if match:
            body = next(group for group in match.groups() if group is not None)
            return _signed(body[1:] if match["signed"] else body, sign)
    if re.fullmatch(r"[0-9]+ ?(?:d|w|m|q|y|h|min|wd)|再?过.+", folded):
        return _signed(folded.removeprefix("再").removeprefix("过"), 1)
    return None


def _signed(body: str, sign: int) -> duration.Duration | None:
    if body[:1] in ("+", "-") or re.fullmatch(r"[0-9]+月", body):  # 3月后: after March, or in three months?
        return None
    halves = {"半小时": "30分钟", "半个小时": "30分钟", "半天": "", "half an hour": "30 minutes"}
    body = re.sub(r"([0-9]+)个半(?=小时|钟头)", lambda m: f"{m[1]}小时30分钟#", body).split("#")[0]
    try:
        found = duration.parse(halves.get(body, body))
    except BadValue:
        return None
    return found if sign > 0 else -found
