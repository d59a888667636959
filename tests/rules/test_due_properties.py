"""What holds of every dossier: no row is lost or doubled, an answer removes what it answers, no clock is read."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from crmkit.records.base import Identity
from crmkit.records.read import read
from crmkit.rules import window
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row
from crmkit.settings.load import load
from crmkit.settings.model import Settings
from crmkit.yaml import read as yaml

Raw = dict[str, dict[str, Any]]
"""A dossier as plain values: `customer`, and KIND-ID for the records beside it."""

NUMBER = "202406-001"
HORIZON = date(2026, 12, 31)
often = profile(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

BOOK = """
name: t
time_zone: Asia/Shanghai
review: {required: true}
team: [{name: 张三, roles: [sales]}, {name: 周敏, roles: [supervisor]}, {name: 吴磊, roles: [legal]}]
tiers: [{code: A, high_value: true}, {code: B}]
holidays: {年中回馈: "06-18", 元旦: "01-01"}
"""
BOOKS = (
    BOOK,
    BOOK.replace("Asia/Shanghai", "America/New_York")
    + """
rules:
  cadence.potential: {first: 2 working days, every: 5 days}
  date.birthday: {lead: 0 days}
  date.holiday: {lead: 1 month}
  date.contract: {lead: 2 months}
  promise.open: {first: 1 month}
  contact.update: {first: 90 minutes}
  activity.drop: {below: 100}
  opportunity.stale: {every: 1 month}
  date.warranty: {of: order.delivered_on, first: 11 months, reason: 保修}
  cadence.partner: {every: 10 days, reason: 渠道}
vocabularies: {opportunity_stage: {proposal: {days: 3}}}
sla: {respond: 30 minutes}
health: {warn_below: 100}
""",
)


@cache
def book(at: int) -> Settings:
    return load(BOOKS[at].encode())[0]


SETTINGS = st.integers(0, len(BOOKS) - 1).map(book)

# dossiers of every kind of record

DAYS = st.dates(date(2023, 6, 1), date(2025, 6, 30)).map(str)
WHENS = DAYS | st.datetimes().map(lambda t: t.replace(year=2024, microsecond=0, second=0).isoformat())
NAMES = st.sampled_from(["张三", "李四"])
REVIEWS = st.fixed_dictionaries(
    {"state": st.sampled_from(["draft", "submitted", "approved", "returned"])},
    optional={"submitted_at": WHENS},
)


@st.composite
def some(draw: st.DrawFn, /, **parts: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Most of these fields: each may be missing, one in four is."""
    missing = draw(st.lists(st.sampled_from(range(4)), min_size=len(parts), max_size=len(parts)))
    return {name: draw(part) for (name, part), gone in zip(parts.items(), missing, strict=True) if gone != 3}


def few(part: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.integers(0, most).flatmap(lambda n: st.lists(part, min_size=n, max_size=n))


CUSTOMER = some(
    stage=st.sampled_from(["potential", "intent", "won", "won", "loyal", "lost"]),
    status=st.sampled_from(["active", "dormant", "lost"]),
    tier=st.sampled_from(["A", "B"]),
    rhythm=st.sampled_from(["weekly", "quarterly", "none"]),
    stage_history=few(some(stage=st.sampled_from(["potential", "won", "lost"]), on=DAYS)),
    created_on=DAYS,
    updated_at=WHENS,
    churn=some(on=DAYS, reason=st.just("价格")),
    needs=few(some(summary=st.just("节能"), on=DAYS), 2),
    usage=few(some(on=DAYS, logins=st.integers(0, 9)), 3),
    contacts=few(
        some(birthday=st.dates(date(1980, 1, 1), date(1999, 12, 31)).map(str), lunar=st.just("true")), 2
    ).map(lambda found: [{"name": f"联系人{at}", **contact} for at, contact in enumerate(found)]),
    review=REVIEWS,
    owner=NAMES,
)
FOLLOWUP = some(
    status=st.sampled_from(["planned", "done", "done", "cancelled"]),
    due=WHENS,
    at=WHENS,
    channels=few(st.sampled_from(["phone", "email"]), 2),
    important=st.just("true"),
    changes=few(st.sampled_from(["contact", "need"]), 2),
    promises=few(st.sampled_from(["培训", "2024-06-20 前寄样品"]), 2),
    objections=few(st.just("太贵"), 1),
    opportunity=st.just("opportunity-0"),
    owner=NAMES,
)
ORDER = some(
    ordered_on=DAYS,
    status=st.sampled_from(["created", "shipped", "cancelled"]),
    delivery_date=DAYS,
    delivered_on=DAYS,
    payments=few(some(due=DAYS, amount=st.just("5"), paid_on=DAYS)),
)
OPPORTUNITY = some(
    stage=st.sampled_from(["new", "proposal", "won", "lost"]),
    stage_history=few(some(stage=st.sampled_from(["new", "proposal"]), on=DAYS, by=DAYS)),
    close_date=DAYS,
    closed_on=DAYS,
    created_on=DAYS,
)
PLAN = some(
    purpose=st.sampled_from(["recovery", "kickoff", "solution"]),
    status=st.sampled_from(["draft", "active"]),
    steps=few(some(what=st.just("回访"), due=DAYS, done_on=DAYS, owner=NAMES)),
)
FEEDBACK = some(
    type=st.sampled_from(["complaint", "enquiry"]),
    received_at=WHENS,
    status=st.sampled_from(["open", "responded", "resolved"]),
    due=WHENS,
)
CONTRACT = some(status=st.sampled_from(["in_force", "review"]), end_date=DAYS, review=REVIEWS)
KINDS = {
    "followup": few(FOLLOWUP, 5),
    "order": few(ORDER),
    "opportunity": few(OPPORTUNITY, 2),
    "plan": few(PLAN, 2),
    "feedback": few(FEEDBACK, 2),
    "contract": few(CONTRACT, 2),
    "survey": few(some(on=DAYS), 2),
}


@st.composite
def dossiers(draw: st.DrawFn) -> Raw:
    out: Raw = {"customer": {"name": "示例", **draw(CUSTOMER)}}
    for kind, records in KINDS.items():
        out |= {f"{kind}-{at}": record for at, record in enumerate(draw(records))}
    return out


def dossier(raw: Raw, settings: Settings, *, draft: bool = False) -> Dossier:
    records: dict[str, list[Any]] = {}
    docs: dict[str, list[Mapping[str, Any]]] = {}
    for name, fields in raw.items():
        kind = name.partition("-")[0]
        text = json.dumps(fields, ensure_ascii=False).encode()
        identity = Identity(NUMBER if kind == "customer" else name, f"{name}.yaml", NUMBER)
        loaded = read(kind, yaml.load(text, f"{name}.yaml"), settings, identity)
        records.setdefault(kind, []).append(loaded.record)
        docs.setdefault(kind, []).append({**loaded.doc, "id": identity.id, "kind": kind})
    customers = records.pop("customer")
    return Dossier(NUMBER, draft, customers[0], {k: tuple(v) for k, v in records.items()}, docs)


def rows_of(raw: Raw, settings: Settings) -> dict[str, Row]:
    """Return the agenda by id; two rows of one id fail."""
    rows = agenda(dossier(raw, settings), settings, HORIZON)
    out = {row.id: row for row in rows}
    assert len(out) == len(rows), sorted(row.id for row in rows)
    return out


# rows


@often
@given(dossiers(), SETTINGS)
def test_rows_are_unique_and_one_customer_has_one_cadence(raw: Raw, settings: Settings) -> None:
    rows = rows_of(raw, settings)
    assert len([row for row in rows.values() if row.rule.startswith("cadence.")]) <= 1
    for row in rows.values():
        assert row.due_at is None or row.due_at.date() == row.due_on
        assert row.until is None or row.until >= row.due_on
        assert row.owner not in row.people
        assert Row.from_json(json.loads(json.dumps(row.to_json()))) == row
        assert str(Row.from_json(json.loads(json.dumps(row.to_json()))).reason) == str(row.reason)


@often
@given(dossiers(), SETTINGS, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(raw: Raw, settings: Settings, rnd: Any) -> None:
    names = list(raw)
    rnd.shuffle(names)
    assert rows_of({name: raw[name] for name in names}, settings) == rows_of(raw, settings)


UNRELATED: Raw = {
    "plan-x": {"name": "方案", "purpose": "solution", "steps": [{"what": "报价", "due": "2024-06-01"}]},
    "contract-x": {"number": "H9", "status": "ended", "end_date": "2024-06-01"},
    "feedback-x": {"type": "praise", "content": "很好", "received_at": "2024-06-01", "status": "closed"},
    "opportunity-x": {"name": "旧机会", "stage": "lost", "lost_reason": "价格", "close_date": "2024-06-01"},
    "order-x": {
        "number": "S9",
        "status": "cancelled",
        "ordered_on": "2024-01-01",
        "delivery_date": "2024-06-01",
    },
    "followup-x": {"status": "cancelled", "due": "2024-06-01", "reason": "回访"},
}


@often
@given(dossiers(), SETTINGS, st.sets(st.sampled_from(sorted(UNRELATED))))
def test_records_that_ask_for_nothing_change_nothing(raw: Raw, settings: Settings, names: set[str]) -> None:
    more = {name: UNRELATED[name] for name in sorted(names)}
    assert rows_of({**raw, **more}, settings) == rows_of(raw, settings)


@often
@given(dossiers(), SETTINGS, st.integers(0, 800))
def test_a_nearer_horizon_only_cuts(raw: Raw, settings: Settings, days: int) -> None:
    near, since = HORIZON - timedelta(days=days), date(HORIZON.year - 5, 1, 1)
    found = agenda(dossier(raw, settings), settings, near)
    far = [row for row in rows_of(raw, settings).values() if row.due_on <= near]

    def lasting(rows: list[Row]) -> list[Row]:
        """What comes round reaches back some years from the horizon; before that it has passed anyway."""
        return [row for row in rows if row.until is None or row.until >= since]

    assert lasting(found) == lasting(far)


@often
@given(dossiers(), SETTINGS)
def test_each_row_shows_on_every_day_until_it_is_answered(raw: Raw, settings: Settings) -> None:
    """`crm due --on d` over all days: a row from the day before it is due until it passes, without a gap."""
    for row in rows_of(raw, settings).values():
        last = min(row.until or HORIZON, row.due_on + timedelta(days=400))
        days = [row.due_on + timedelta(days=n) for n in range(-5, (last - row.due_on).days + 5)]
        shown = [day for day in days if window.shows(row, day, day + timedelta(days=1))]
        end = min(row.until, days[-1]) if row.until else days[-1]
        opening = row.due_on - timedelta(days=1)
        assert shown == [opening + timedelta(days=n) for n in range((end - opening).days + 1)]


# answers: each takes away its row, and what due.md says it takes with it

Change = tuple[Raw, Callable[[Row], bool]]
"""A dossier with one row answered, and which rows that may change beside it."""


def _is(*rules: str, source: str = "") -> Callable[[Row], bool]:
    """Rows of these rules, or families (`cadence.`), of this record where one is named."""
    return lambda row: row.rule.startswith(rules) and source in ("", row.source)


_COUNTED = ("cadence.", "activity.drop", "health.warning")
"""What counts contacts: a new one moves it."""


def _field(raw: Raw, row: Row) -> Change | None:
    """Write the field that a row waits for; None where a contact answers it."""
    customer = raw["customer"]
    record = raw.get(row.source, customer)
    at = int(row.part.rpartition(".")[2]) - 1 if row.rule in ("order.payment", "plan.step") else 0
    day, clocks = row.due_on.isoformat(), ("sla.", "feedback.due")
    match row.rule:
        case "sla.respond":
            record["first_responded_at"] = day
            return raw, _is("sla.respond", source=row.source)
        case "sla.resolve" | "feedback.due":
            record["resolved_at"] = day
            return raw, _is("sla.respond", "sla.resolve", "feedback.due", source=row.source)
        case "sla.revisit":
            record["revisited_at"] = day
            return raw, _is(*clocks, source=row.source)
        case "order.delivery":
            record["delivered_on"] = day
            return raw, _is("order.delivery", "date.warranty", source=row.source)
        case "order.payment":
            record["payments"][at]["paid_on"] = day
            return raw, _is()
        case "plan.step":
            record["steps"][at]["done_on"] = day
            return raw, _is()
        case "opportunity.close":
            record["closed_on"] = day
            return raw, _is("opportunity.", source=row.source)
        case "date.contract":
            record["renewed_by"] = "H2"
            return raw, _is()
        case "review.customer" | "review.contract":
            record["review"]["state"] = "approved"
            return raw, _is()
        case "cadence.lost":
            customer.setdefault("churn", {})["reason"] = "价格"
            return raw, _is()
        case "need.update":
            customer["needs"] = [*customer.get("needs", []), {"summary": "新需求", "on": "2025-07-02"}]
            return raw, _is("need.update")
        case "contact.update":
            customer["updated_at"] = "2025-07-02T10:00"
            return raw, _is("contact.update")
        case "activity.drop":
            customer.setdefault("churn", {}).update(cause="调整", on="2025-12-31")
            return raw, _is("activity.drop", "cadence.lost")
        case "survey.quarterly":
            raw["survey-new"] = {"on": max(day, "2025-07-02")}
            return raw, _is("survey.quarterly")
    return None


def _contact(raw: Raw, row: Row) -> Change:
    """Log a contact that answers the row; a planned follow-up is done instead."""
    answer: dict[str, Any] = {"status": "done", "at": row.due_on.isoformat(), "channels": ["phone", "email"]}
    if row.rule == "followup":
        raw[row.source] |= answer
        told = _is("promise.open", "need.update", "contact.update")  # by it, or answered in it
        return raw, lambda moved: told(moved) or _is(*_COUNTED, "opportunity.stale")(moved)
    raw["followup-new"] = {**answer, "answers": row.id}
    if row.rule == "opportunity.stale":
        raw["followup-new"]["opportunity"] = row.source
        return raw, _is(*_COUNTED, "opportunity.stale")
    return raw, _is(*_COUNTED)


@often
@given(dossiers(), SETTINGS, st.data())
def test_an_answer_removes_its_row_and_nothing_else(
    raw: Raw, settings: Settings, data: st.DataObject
) -> None:
    before = rows_of(raw, settings)
    if not before:
        return
    row = before[data.draw(st.sampled_from(sorted(before)), label="answered")]
    changed, moves = _field(deepcopy(raw), row) or _contact(deepcopy(raw), row)
    after = rows_of(changed, settings)
    assert row.id not in after
    kept = {i: r for i, r in before.items() if i != row.id and not moves(r)}
    assert {i: r for i, r in after.items() if not moves(r)} == kept
    assert {r.rule for r in after.values()} <= {r.rule for r in before.values()} | {
        r.rule for r in after.values() if moves(r)
    }


@often
@given(dossiers(), SETTINGS, st.data())
def test_a_row_put_off_is_stood_for(raw: Raw, settings: Settings, data: st.DataObject) -> None:
    before = rows_of(raw, settings)
    computed = sorted(i for i, row in before.items() if row.rule != "followup")
    if not computed:
        return
    row = before[data.draw(st.sampled_from(computed), label="put off")]
    later: dict[str, Any] = {"status": "planned", "reason": "改期", "answers": row.id}
    later["due"] = row.due_on.isoformat()
    later["snoozed"] = [{"to": "2026-12-30", "why": "客户出差"}]
    after = rows_of({**raw, "followup-new": later}, settings)
    stands = f"{NUMBER}/followup/followup-new/2026-12-30"
    assert stands in after
    # a fall of activity told beside another one steps forward when that one is put off
    same = {i: r for i, r in before.items() if i != row.id and r.rule != row.rule}
    assert {i: r for i, r in after.items() if i != stands and r.rule != row.rule} == same
    assert row.id not in after


@often
@given(dossiers(), SETTINGS)
def test_drafts_give_reviews_and_plans_only(raw: Raw, settings: Settings) -> None:
    rows = agenda(dossier(raw, settings, draft=True), settings, HORIZON)
    whole = rows_of(raw, settings).values()
    assert {row.rule for row in rows} <= {"followup", "review.customer"}
    assert [r for r in rows if r.rule == "followup"] == [r for r in whole if r.rule == "followup"]


# the clock

_CLOCKS = frozenset(
    {"now", "today", "utcnow", "time", "time_ns", "monotonic", "perf_counter", "localtime", "gmtime"}
)
_FILES = frozenset({"open", "stat", "lstat", "scandir", "listdir", "getcwd", "read"})


@contextmanager
def _watched(names: frozenset[str]) -> Iterator[None]:
    """Raise where a built-in function of one of these names is called, whatever imported it."""

    def look(frame: Any, event: str, arg: Any) -> None:
        if event == "c_call" and arg.__name__ in names:
            raise AssertionError(f"{arg.__qualname__} called in {frame.f_code.co_filename}:{frame.f_lineno}")

    gc.disable()  # hypothesis times every collection
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)
        gc.enable()


@pytest.mark.parametrize("name", ["now", "time"])
def test_the_watch_notices(name: str) -> None:
    ask = (lambda: datetime.now(UTC)) if name == "now" else time.time
    with pytest.raises(AssertionError, match=name), _watched(_CLOCKS):
        ask()


@profile(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(), SETTINGS)
def test_no_rule_reads_the_clock_or_a_file(raw: Raw, settings: Settings) -> None:
    subject = dossier(raw, settings)
    expected = agenda(subject, settings, HORIZON)  # imports what is imported late
    with _watched(_CLOCKS | _FILES):
        found = agenda(subject, settings, HORIZON)
    assert found == expected


@profile(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dossiers(), SETTINGS)
def test_the_agenda_is_the_same_in_any_year(raw: Raw, settings: Settings) -> None:
    with time_machine.travel("1999-12-31T23:59:59Z", tick=False):
        early = rows_of(raw, settings)
    with time_machine.travel("2031-02-28T16:00:00Z", tick=False):
        late = rows_of(raw, settings)
    assert early == late
