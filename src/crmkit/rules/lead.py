"""The grade of a lead: match with the ideal customer, and urgency of its need (R-002-02, R-002-03, R-002-06).

**Match**, 0 to 100: `profile` in crm.yaml names criteria (industries, regions, size, needs, budget), each worth points;
a criterion that is met gives its points, one that is not, or of which nothing is known, gives none. Criteria that the
profile does not name are left out, and the sum is put in percent of the points that could be had.

**Urgency**, 0 to 100: of the most urgent need. Needed within 30 days 100, within 90 days 70, within 180 days 40, later
or without a day 20, a day that has passed 0; or by its priority, high 100, medium 60, low 20, whichever is more.
Without a need 0.

**Score** = (70 * match + 30 * urgency) / 100, cut; from 70 on the lead is A, from 40 on B, else C. The numbers stand
under `profile`: `points`, `weights`, `grades`.

Worked example. The profile names industries [通用设备制造业], regions [华东], employees 50 to 2000, needs [空压机], a
budget from 100,000. A manufacturer of 通用设备制造业 (25) in Jiangsu (15), nobody knows of how many employees (0 of
15), needs "空压机节能改造" (25) for 80,000 (0 of 20): 65 of 100. It is needed in 60 days: 70. The score is
(70 * 65 + 30 * 70) / 100 = 66: B.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.errors import Message, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

Doc = Mapping[str, Any]

POINTS = {"industry": 25, "region": 15, "size": 15, "needs": 25, "budget": 20}
WEIGHTS = {"match": 70, "urgency": 30}
GRADES = {"A": 70, "B": 40}
_DAYS = ((30, 100), (90, 70), (180, 40))
_LATER, _PASSED = 20, 0
_PRIORITY = {"high": 100, "medium": 60, "low": 20}

LABELS = {
    "industry": N_("Industry"),
    "region": N_("Region"),
    "size": N_("Size"),
    "needs": N_("Needs"),
    "budget": N_("Budget"),
    "urgency": N_("Urgency"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One criterion: its points, out of how many, and what it went by."""

    criterion: str
    points: int
    of: int
    told: Message


@dataclass(frozen=True, slots=True)
class Grade:
    """What a lead is graded by on a day: match and urgency of 0 to 100, the score they make, the grade."""

    grade: str
    score: int
    match: int
    urgency: int
    points: tuple[Point, ...]


def named(settings: Settings) -> bool:
    """Whether crm.yaml describes the ideal customer at all."""
    keys = ("industries", "regions", "employees", "annual_revenue", "needs", "budget")
    return any(settings.profile.get(key) for key in keys)


def grade(customer: Doc, settings: Settings, today: date) -> Grade:
    """Return the grade of a customer's document."""
    profile = settings.profile
    points = tuple(_match(customer, profile, _numbers(profile, "points", POINTS)))
    possible = sum(p.of for p in points)
    match = 100 * sum(p.points for p in points) // possible if possible else 0
    urgent = _urgency(customer, today)
    weights = _numbers(profile, "weights", WEIGHTS)
    whole = sum(weights.values()) or 1
    score = (weights["match"] * match + weights["urgency"] * urgent.points) // whole
    limits = _numbers(profile, "grades", GRADES)
    found = next((name for name in ("A", "B") if score >= limits[name]), "C")
    return Grade(found, score, match, urgent.points, (*points, urgent))


def _match(customer: Doc, profile: Doc, points: Mapping[str, int]) -> Iterator[Point]:
    if wanted := _texts(profile.get("industries")):
        met, told = _industry(customer, wanted)
        yield _point("industry", points, told, met=met)
    if wanted := _texts(profile.get("regions")):
        met, told = _region(customer, wanted)
        yield _point("region", points, told, met=met)
    sizes = [key for key in ("employees", "annual_revenue") if isinstance(profile.get(key), Mapping)]
    if sizes:
        met, told = _size(customer, profile, sizes)
        yield _point("size", points, told, met=met)
    if wanted := _texts(profile.get("needs")):
        met, told = _needs(customer, wanted)
        yield _point("needs", points, told, met=met)
    if isinstance(profile.get("budget"), Mapping):
        met, told = _budget(customer, profile["budget"])
        yield _point("budget", points, told, met=met)


def _point(name: str, points: Mapping[str, int], told: Message, *, met: bool) -> Point:
    return Point(name, points[name] if met else 0, points[name], told)


Verdict = tuple[bool, Message]


def _unknown() -> Verdict:
    return False, msg(N_("not known"))


def _said(text: str, *, met: bool) -> Verdict:
    return met, msg(N_("{what}"), what=text) if met else msg(N_("{what}, not in the profile"), what=text)


def _industry(customer: Doc, wanted: Sequence[str]) -> Verdict:
    from crmkit.values.names import norm

    own = str(customer.get("industry") or "")
    if not own:
        return _unknown()
    text = norm(own)
    return _said(own, met=any(norm(w) in text or text in norm(w) for w in wanted))


def _region(customer: Doc, wanted: Sequence[str]) -> Verdict:
    from crmkit.query.regions import provinces

    address = customer.get("address")
    province = str(address.get("province") or "") if isinstance(address, Mapping) else ""
    if not province:
        return _unknown()
    here = [short for text in wanted for short in provinces(text) or (text,)]
    return _said(province, met=any(province.startswith(short) for short in here))


def _size(customer: Doc, profile: Doc, keys: Sequence[str]) -> Verdict:
    known = [(key, amount) for key in keys if (amount := _amount(customer.get(key))) is not None]
    if not known:
        return _unknown()
    met = all(_within(amount, profile[key]) for key, amount in known)
    return _said(", ".join(f"{amount:,.0f}" for _, amount in known), met=met)


def _needs(customer: Doc, wanted: Sequence[str]) -> Verdict:
    from crmkit.values.names import norm

    needs = [n for n in customer.get("needs") or () if isinstance(n, Mapping)]
    lead = customer.get("lead")
    texts = [str(n.get(k) or "") for n in needs for k in ("summary", "pains", "goals")]
    texts += [str(t) for t in customer.get("tags") or ()]
    texts += [str(lead.get("interests") or "")] if isinstance(lead, Mapping) else []
    whole = norm("\n".join(t for t in texts if t))
    if not whole:
        return _unknown()
    found = [word for word in wanted if norm(word) in whole]
    return _said("、".join(found), met=True) if found else (False, msg(N_("no keyword of the profile")))


def _budget(customer: Doc, limits: Doc) -> Verdict:
    budgets = [n.get("budget") for n in customer.get("needs") or () if isinstance(n, Mapping)]
    ends = [
        amount
        for b in budgets
        if isinstance(b, Mapping)
        and (amount := _amount(b.get("max") if b.get("max") is not None else b.get("min"))) is not None
    ]
    if not ends:
        return _unknown()
    best = max(ends)
    return _said(f"{best:,.0f}", met=_within(best, limits))


def _within(amount: float, limits: Any) -> bool:
    low, high = _amount(limits.get("min")), _amount(limits.get("max"))
    return (low is None or amount >= low) and (high is None or amount <= high)


def _amount(value: Any) -> float | None:
    """Return a number of a document or of the settings (`50万` is one), None where there is none."""
    if isinstance(value, Mapping):
        value = value.get("amount")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        return None
    from crmkit.values import BadValue
    from crmkit.values.money import parse_amount

    try:
        return float(parse_amount(value))
    except BadValue:
        return None


def _urgency(customer: Doc, today: date) -> Point:
    best, told = 0, msg(N_("no need is recorded"))
    for need in customer.get("needs") or ():
        if not isinstance(need, Mapping) or not need.get("summary"):
            continue
        points, text = _urgent(need, today)
        if points > best or best == 0:
            best, told = points, text
    return Point("urgency", best, 100, told)


def _urgent(need: Doc, today: date) -> tuple[int, Message]:
    day = str(need.get("by") or "")
    priority = str(need.get("priority") or "")
    by_priority = _PRIORITY.get(priority, 0)
    by_day = _LATER
    if day:
        left = (date.fromisoformat(day[:10]) - today).days
        by_day = _PASSED if left < 0 else next((n for days, n in _DAYS if left <= days), _LATER)
    if day and by_day >= by_priority:
        return by_day, msg(N_("needed by {day}"), day=day)
    if by_priority >= by_day and priority:
        return by_priority, msg(N_("priority {priority}"), priority=priority)
    return by_day, msg(N_("no day and no priority"))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [t.strip() for t in value.replace("，", ",").split(",") if t.strip()]
    return [str(v) for v in value] if isinstance(value, list | tuple) else []


def _numbers(profile: Doc, key: str, otherwise: Mapping[str, int]) -> dict[str, int]:
    given = profile.get(key)
    own = given if isinstance(given, Mapping) else {}
    return {name: int(n) if str(n := own.get(name, "")).isdecimal() else d for name, d in otherwise.items()}
