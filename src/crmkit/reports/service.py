"""Service: how fast, how well, about what (R-001-08, R-002-33, R-003-35, R-003-38, R-004-12 to -14).

- Counted is the feedback received in the period, of every type; the clocks are those of complaints and of the
  settings
  (`sla`): kept where the answer came by the minute it was due, broken where it came later or is missing by now,
  running
  until then, unknown where the status says it was answered but nobody wrote when. A later step answers an earlier
  one.
- Times are minutes between two moments that both have a time of day. *Within 30 minutes* is a first response
  within 30
  minutes, of all that were responded to with a time (R-001-08).
- Satisfaction is 1 to 5 as noted on the feedback; satisfied is 4 or 5. The scores of the surveys are those made in
  the
  period, item by item.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports import _money, _people
from crmkit.reports._clocks import CLOCKS, Clock, clocks_of
from crmkit.reports._sales import Products
from crmkit.reports.distribution import UNSTATED
from crmkit.reports.report import Chart, Column, Doc, Figure, Label, Material, Section, Series, day_of
from crmkit.reports.tables import Tables, mean, median, percent, shares, totalled

NAME, ABOUT = "service", N_("Service times and satisfaction")
NOTES = (
    N_(
        "Counted is the feedback received in the period; the clocks are those of complaints (sla in "
        "crm.yaml)."
    ),
    N_(
        "Kept: answered by the minute it was due. Broken: later, or not yet though it is due. "
        "Running: until then."
    ),
    N_(
        "Times count between two moments with a time of day. Within 30 minutes: of all responded to "
        "with a time."
    ),
    N_(
        "Satisfaction: 1 to 5 as noted on the feedback; satisfied is 4 or 5. Survey scores: those of "
        "the period."
    ),
)
ADVICE = 30
"""Minutes within which advice is to be given (R-001-08)."""
SATISFIED = 4
_CLOCKS = {"respond": N_("first response"), "resolve": N_("solution"), "revisit": N_("revisit")}
_STATES = ("kept", "broken", "running", "unknown")
_ITEMS = {
    "response": N_("Response speed"),
    "solving": N_("Problem solving"),
    "attitude": N_("Service attitude"),
}


def report(material: Material) -> Tables:
    """Measure the service."""
    found = [
        doc
        for doc in material.records("feedback")
        if day_of(doc.get("received_at")) in material.period and material.owns(material.whose(doc))
    ]
    ran = [clock for doc in found for clock in clocks_of(material, doc)]
    judged = [c for c in ran if c.state in {"kept", "broken"}]
    first = [n for doc in found if (n := minutes(doc, "first_responded_at")) is not None]
    scored = [s for doc in found if (s := _money.number(doc.get("satisfaction"))) is not None]
    figures = [
        Figure(N_("Cases"), len(found)),
        Figure(N_("Complaints"), sum(doc.get("type") == "complaint" for doc in found)),
        Figure(N_("Clocks kept"), percent(sum(c.state == "kept" for c in judged), len(judged)), "percent"),
        Figure(
            N_("Advice within 30 minutes"), percent(sum(n <= ADVICE for n in first), len(first)), "percent"
        ),
        Figure(
            N_("Satisfied (4 or 5)"), percent(sum(n >= SATISFIED for n in scored), len(scored)), "percent"
        ),
        Figure(N_("Mean satisfaction"), mean(scored), "average"),
    ]
    products, terms = Products(material), material.settings

    def word(vocabulary: str) -> Callable[[str], Label]:
        return lambda code: terms.label(vocabulary, code, language()) if code else msg(UNSTATED)

    sections = [
        _clocks(found, ran),
        _topics(
            "about",
            N_("By topic"),
            N_("Concerns what"),
            found,
            lambda d: str(d.get("about") or ""),
            word("feedback_about"),
        ),
        _topics(
            "types",
            N_("By type"),
            N_("Feedback type"),
            found,
            lambda d: str(d.get("type") or ""),
            word("feedback_type"),
        ),
        _topics(
            "products",
            N_("By product"),
            N_("Product"),
            found,
            lambda d: products.key(str(d["product"]))[1] if d.get("product") else "",
            lambda name: name or msg(UNSTATED),
        ),
        _topics(
            "owners",
            N_("By owner"),
            N_("Owner"),
            found,
            material.whose,
            lambda name: name or msg(N_("nobody")),
        ),
        _surveys(material),
        _cases(material, found, ran),
    ]
    return Tables(NAME, ABOUT, material, sections, figures)


def minutes(doc: Doc, field: str) -> int | None:
    """Return the whole minutes from receiving a case to another of its moments, None where either has no time."""
    start, end = _moment(doc.get("received_at")), _moment(doc.get(field))
    if start is None or end is None or end < start:
        return None
    return (end - start) // timedelta(minutes=1)


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _clocks(found: Sequence[Doc], ran: Sequence[Clock]) -> Section:
    title = N_("Clocks of complaints")
    complaints = [doc for doc in found if doc.get("type") == "complaint"]
    rows: list[dict[str, Any]] = []
    for name, field in CLOCKS:
        states: Counter[str] = Counter(c.state for c in ran if c.clock == name)
        times = [n for doc in complaints if (n := minutes(doc, field)) is not None]
        rows.append(
            {
                "clock": name,
                "clocks": sum(states.values()),
                **{state: states[state] for state in _STATES},
                "rate": percent(states["kept"], states["kept"] + states["broken"]),
                "mean": mean(times),
                "median": median(times),
                "longest": max(times, default=None),
            }
        )
    columns = (
        Column("clock", N_("Clock"), words=_CLOCKS),
        Column("clocks", N_("Clocks"), "integer"),
        Column("kept", N_("kept"), "integer"),
        Column("broken", N_("broken"), "integer"),
        Column("running", N_("running"), "integer"),
        Column("unknown", N_("time unknown"), "integer"),
        Column("rate", N_("Rate kept"), "percent"),
        Column("mean", N_("Minutes (mean)"), "average"),
        Column("median", N_("Minutes (median)"), "average"),
        Column("longest", N_("Minutes (longest)"), "integer"),
    )
    total = totalled(rows, columns, "clock") | {"longest": None}
    total["rate"] = percent(total["kept"], total["kept"] + total["broken"])
    chart = Chart(
        "stacked",
        msg(title),
        [msg(_CLOCKS[r["clock"]]) for r in rows],
        tuple(
            Series(msg(label), [r[state] for r in rows])
            for state, label in (("kept", N_("kept")), ("running", N_("running")), ("broken", N_("broken")))
        ),
    )
    return Section("clocks", title, columns, rows, total, (chart,))


def _topics(
    name: str,
    title: str,
    head: str,
    found: Sequence[Doc],
    key: Callable[[Doc], str],
    label: Callable[[str], Label],
) -> Section:
    groups: dict[str, list[Doc]] = defaultdict(list)
    for doc in found:
        groups[key(doc)].append(doc)
    order = sorted(groups, key=lambda code: (not code, -len(groups[code]), code))
    rows: list[dict[str, Any]] = []
    for code, part in zip(order, shares([len(groups[c]) for c in order]), strict=True):
        mine = groups[code]
        scored = [s for doc in mine if (s := _money.number(doc.get("satisfaction"))) is not None]
        times = [n for doc in mine if (n := minutes(doc, "resolved_at")) is not None]
        rows.append(
            {
                "value": code,
                "label": label(code),
                "cases": len(mine),
                "share": part,
                "complaints": sum(doc.get("type") == "complaint" for doc in mine),
                "open": sum((doc.get("status") or "open") in {"open", "responded"} for doc in mine),
                "satisfaction": mean(scored),
                "hours": median([Decimal(n) / 60 for n in times]),
            }
        )
    columns = (
        Column("label", head),
        Column("cases", N_("Cases"), "integer"),
        Column("share", N_("Share"), "percent"),
        Column("complaints", N_("Complaints"), "integer"),
        Column("open", N_("Not solved"), "integer"),
        Column("satisfaction", N_("Satisfaction"), "average"),
        Column("hours", N_("Hours to the solution (median)"), "average"),
    )
    total = totalled(rows, columns, "label") | {"share": Decimal(100)}
    chart = Chart(
        "stacked",
        msg(title),
        [r["label"] for r in rows[:12]],
        (
            Series(msg(N_("Complaints")), [r["complaints"] for r in rows[:12]]),
            Series(msg(N_("Other cases")), [r["cases"] - r["complaints"] for r in rows[:12]]),
        ),
    )
    return Section(name, title, columns, rows, total if rows else None, (chart,) if rows else ())


def _surveys(material: Material) -> Section:
    title = N_("Scores of the surveys")
    scores: dict[str, list[Decimal]] = defaultdict(list)
    for doc in material.records("survey"):
        if day_of(doc.get("on")) in material.period and material.owns(material.whose(doc, "by")):
            for item, value in (doc.get("scores") or {}).items():
                number = _money.number(value)
                if number is not None:
                    scores[str(item)].append(number)
    order = [*(i for i in _ITEMS if i in scores), *sorted(set(scores) - set(_ITEMS))]
    rows: list[dict[str, Any]] = [
        {
            "item": item,
            "label": msg(_ITEMS[item]) if item in _ITEMS else item,
            "surveys": len(scores[item]),
            "mean": mean(scores[item]),
            "lowest": min(scores[item]),
        }
        for item in order
    ]
    columns = (
        Column("label", N_("Item")),
        Column("surveys", N_("Surveys"), "integer"),
        Column("mean", N_("Mean score"), "average"),
        Column("lowest", N_("Lowest"), "number"),
    )
    chart = Chart(
        "bar",
        msg(title),
        [r["label"] for r in rows],
        (Series(msg(N_("Mean score")), [r["mean"] for r in rows]),),
        "average",
    )
    return Section("surveys", title, columns, rows, charts=(chart,) if rows else ())


def _cases(material: Material, found: Sequence[Doc], ran: Sequence[Clock]) -> Section:
    broken: dict[str, list[str]] = defaultdict(list)
    for clock in ran:
        if clock.state == "broken":
            broken[clock.id].append(clock.clock)
    columns = (
        Column("id", N_("ID")),
        Column("type", N_("Feedback type"), vocabulary="feedback_type"),
        Column("received_at", N_("Received"), "when"),
        Column("status", N_("Status"), vocabulary="feedback_status"),
        Column("response", N_("First response (min)"), "integer"),
        Column("solution_time", N_("Solution (min)"), "integer"),
        Column("satisfaction", N_("Satisfaction"), "number"),
        Column("owner", N_("Owner")),
        Column("customer_name", N_("Customer"), under=True),
        Column("content", N_("Feedback content"), under=True),
        Column("solution", N_("Solution"), under=True, told=True),
    )
    rows = [
        {
            "id": doc["id"],
            "customer": doc["customer"],
            "customer_name": doc.get("customer_name") or "",
            "type": doc.get("type") or "",
            "about": doc.get("about") or "",
            "received_at": doc.get("received_at"),
            "status": doc.get("status") or "open",
            "response": minutes(doc, "first_responded_at"),
            "solution_time": minutes(doc, "resolved_at"),
            "broken": broken.get(str(doc["id"]), []),
            "satisfaction": _money.number(doc.get("satisfaction")),
            "owner": material.whose(doc),
            "content": _people.veiled(material, doc.get("content")),
            "solution": _people.veiled(material, doc.get("solution")),
        }
        for doc in sorted(found, key=lambda d: (str(d.get("received_at") or ""), str(d["id"])), reverse=True)
    ]
    return Section("cases", N_("Case by case"), columns, rows)
