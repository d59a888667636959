"""Dossiers of every kind of record, made up by hypothesis, and their agendas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

from crmkit.records.base import Identity
from crmkit.records.read import read
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
