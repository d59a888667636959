"""The section `holidays` of crm.yaml: festivals on which customers are greeted, and the days that are worked on.

holidays:
  618 年中回馈: "06-18"                        # a festival: month and day
  元宵节: 农历 01-15                           # by the lunar calendar; lunar 01-15 is the same
  广交会: [2024-04-15, 2024-10-15]             # on these days alone
  中秋节: off                                  # not greeted on
  country: CN                                  # whose working days count; else the book's `country`
  off: [2024-06-24, 2024-07-01..2024-07-05]    # own days off
  work: [2024-07-06]                           # own days of work
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmkit.errors import msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.settings._values import Steps, Values

_SLIPS = {
    **dict.fromkeys(("off_days", "offdays", "days_off", "day_off", "free", "休息日", "放假"), "off"),
    **dict.fromkeys(("work_days", "workdays", "working_days", "makeup", "补班", "调休"), "work"),
    **dict.fromkeys(("countries", "region", "国家"), "country"),
}
"""What people write for the reserved keys; as a festival it would be silently wrong."""

RESERVED = ("country", "off", "work")
"""What is no festival's name in the section."""

_COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,4})?")
_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")
_LUNAR = re.compile(r"(?:农历|農曆|阴历|lunar)\s*(\d{1,2})-(\d{1,2})")
_NAMED = re.compile(r"(?:农历|農曆|阴历)?(闰)?(.{1,2})月(.{2,3})")
_MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")
_DIGITS = "一二三四五六七八九十"
_DAYS_OF = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST = 366
"""Days in one range: a mistyped year must not make a thousand."""

_OFF = frozenset({"off", "no", "false", "否"})
_ON = frozenset({"on", "yes", "true", "是"})


def holidays(reader: Values, base: Mapping[str, Any], value: Any, source: str) -> dict[str, Any]:
    """Read the section over `base`; the result is plain JSON.

    `festivals` are `{name: {on, lunar, days, line, source}}`: `on` is MM-DD, or `days` full dates; `off` and `work`
    are full dates in order; `country` is "" for the book's own.
    """
    out: dict[str, Any] = {"country": "", "off": [], "work": [], "festivals": {}, **base}
    out["festivals"] = dict(out["festivals"])
    given = reader.mapping(value, ("holidays",))
    if given.get("country") is not None:
        out["country"] = _country(reader, given["country"]) or out["country"]
    for key in ("off", "work"):
        if key in given:
            out[key] = sorted({day.isoformat() for day in _dates(reader, given[key], ("holidays", key))})
    for day in sorted({*out["off"]} & {*out["work"]}):
        message = msg(N_("{day} is both a day off and a day of work"), day=day)
        reader.problem(("holidays", "off"), "twice", message, msg(N_("remove one of them")))
    for name in given:
        if name not in RESERVED:
            _festival(reader, out["festivals"], name, given[name], source)
    return out


def _country(reader: Values, value: Any) -> str:
    steps: Steps = ("holidays", "country")
    text = reader.text(value, steps).strip().upper()
    if text and not _COUNTRY.fullmatch(text):
        message = msg(N_("{value!r} is no country's code"), value=text)
        reader.problem(steps, "country", message, msg(N_("two letters, for example CN, HK, DE, US-NY")))
        return ""
    return text


def _festival(reader: Values, into: dict[str, dict[str, Any]], name: str, value: Any, source: str) -> None:
    """Read one festival into `into`, or take it out of there."""
    steps: Steps = ("holidays", name)
    near = _SLIPS.get(name.casefold().replace("-", "_").replace(" ", "_"))
    if near or not name.strip() or any(unicodedata.category(c)[0] == "C" for c in name):
        way = msg(N_("did you mean {near}?"), near=near) if near else msg(N_("write NAME: MM-DD"))
        reader.problem(steps, "unknown_key", msg(N_("{name!r} is no festival's name"), name=name), way)
        return
    said = _folded(value)
    if said in _OFF:
        into.pop(name, None)
        return
    if said in _ON and name in into:
        return
    place = {"line": reader.document.line(steps), "source": source}
    found = _yearly(said)
    if found:
        into[name] = {**found, **place}
        return
    if isinstance(value, list) or re.match(r"\d{4}", said):
        days = sorted({day.isoformat() for day in _dates(reader, value, steps)})
        into[name] = {"on": "", "lunar": False, "days": days, **place}
        return
    hint = N_('write "06-18", lunar 08-15 (农历 08-15), a list of full dates, or off')
    reader.problem(steps, "festival", msg(N_("{name} is not said when"), name=name), msg(hint))


def _yearly(text: str) -> dict[str, Any] | None:
    """Return the day of a festival that comes every year, None where the text is none."""
    lunar = _LUNAR.fullmatch(text)
    match = lunar or _DAY.fullmatch(text)
    month, day = (int(match[1]), int(match[2])) if match else _named(text)
    named = match is None
    if not 1 <= month <= 12 or not 1 <= day <= (30 if lunar or named else _DAYS_OF[month - 1]):
        return None
    return {"on": f"{month:02}-{day:02}", "lunar": lunar is not None or named, "days": []}


def _named(text: str) -> tuple[int, int]:
    """Read a lunar day as people write it, 农历八月十五; (0, 0) for anything else."""
    match = _NAMED.fullmatch(text)
    if match is None or match[1] or match[2] not in (months := {m: n for n, m in enumerate(_MONTHS, 1)}):
        return 0, 0
    days = {f"初{c}": n for n, c in enumerate(_DIGITS, 1)}
    days |= {
        f"{ten}{c}": base + n
        for base, tens in ((10, "十"), (20, "廿"))
        for ten in tens
        for n, c in enumerate(_DIGITS[:9], 1)
    }
    days |= {f"二十{c}": 20 + n for n, c in enumerate(_DIGITS[:9], 1)} | {"二十": 20, "三十": 30}
    return months[match[2]], days.get(match[3], 0)


def _dates(reader: Values, value: Any, steps: Steps) -> Iterator[date]:
    """Yield the days of a list of full dates and ranges `FIRST..LAST`; one alone may stand without the list."""
    entries = [value] if isinstance(value, str) else reader.list(value, steps)
    for at, entry in enumerate(entries):
        place = (*steps, at) if isinstance(value, list) else steps
        first, dots, last = _folded(entry).partition("..")
        start, end = _date(first), _date(last) if dots else _date(first)
        if start is None or end is None or not 0 <= (end - start).days < _LONGEST:
            hint = N_("write 2024-06-24, or 2024-07-01..2024-07-05 for several days (a year at most)")
            reader.problem(place, "date", msg(N_("a day is wanted here")), msg(hint))
            continue
        yield from (start + timedelta(n) for n in range((end - start).days + 1))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if re.fullmatch(r"\s*\d{4}-\d\d-\d\d\s*", text) else None
    except ValueError:
        return None


def _folded(value: Any) -> str:
    return unicodedata.normalize("NFKC", value).casefold().strip() if isinstance(value, str) else ""
