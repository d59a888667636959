"""What holds of every agenda: order of records, ids, horizon, coverage, JSON."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

import crmkit.rules
from crmkit.rules import window
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row, split_id
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
HORIZON = date(2026, 12, 31)
quick = profile(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

DAYS = st.dates(date(2023, 1, 1), date(2025, 12, 31)).map(str)
TIMES = st.datetimes().map(lambda t: t.replace(year=2024, second=0, microsecond=0).isoformat())
WHENS = DAYS | TIMES


def fields(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any subset of these fields."""
    return st.fixed_dictionaries({}, optional=parts)


HISTORY = st.lists(fields(stage=st.sampled_from(["potential", "won", "loyal", "lost"]), on=DAYS), max_size=3)
CONTACTS = st.lists(
    fields(
        birthday=st.dates(date(1950, 1, 1), date(2005, 12, 31)).map(str),
        lunar=st.just(value=True),
        preferred_channel=st.sampled_from(["phone", "email"]),
        do_not_call=st.booleans(),
    ),
    max_size=2,
).map(lambda found: [{"name": f"联系人{at}", **contact} for at, contact in enumerate(found)])
CUSTOMERS = fields(
    stage=st.sampled_from(["potential", "intent", "won", "loyal", "lost"]),
    status=st.sampled_from(["active", "dormant", "lost"]),
    tier=st.sampled_from(["A", "B"]),
    rhythm=st.sampled_from(["daily", "weekly", "monthly", "quarterly", "none"]),
    stage_history=HISTORY,
    created_on=DAYS,
    churn=fields(on=DAYS, reason=st.just("价格")),
    contacts=CONTACTS,
    owner=st.sampled_from(["张三", "李四"]),
)
FOLLOWUPS = st.lists(
    fields(
        status=st.sampled_from(["planned", "done", "cancelled"]),
        due=WHENS,
        at=WHENS,
        reason=st.just("回访"),
        channels=st.lists(st.sampled_from(["phone", "email"]), max_size=2),
        important=st.booleans(),
        owner=st.just("王芳"),
    ),
    max_size=5,
)
CONTRACTS = st.lists(
    fields(status=st.sampled_from(["in_force", "ended"]), end_date=DAYS, number=st.just("H1")), max_size=2
)
FEEDBACKS = st.lists(
    fields(
        type=st.sampled_from(["complaint", "enquiry"]),
        received_at=WHENS,
        status=st.sampled_from(["open", "responded", "resolved", "closed"]),
        due=WHENS,
    ),
    max_size=2,
)


@st.composite
def dossiers(draw: st.DrawFn) -> str:
    """The text of a dossier, values as JSON, which is YAML."""
    customer = {"name": "示例", **draw(CUSTOMERS)}
    out = f"--- customer\n{json.dumps(customer, ensure_ascii=False)}\n"
    for kind, found in (("followup", FOLLOWUPS), ("contract", CONTRACTS), ("feedback", FEEDBACKS)):
        for at, record in enumerate(draw(found)):
            text = json.dumps(record, ensure_ascii=False)
            out += f"--- {kind} {kind}-{at}\n{text}\n"
    return out


@quick
@given(dossiers(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(make: Make, settings: Settings, text: str, rnd: Any) -> None:
    dossier = make(text)
    shuffled = {}
    for kind, records in dossier.records.items():
        mixed = list(records)
        rnd.shuffle(mixed)
        shuffled[kind] = tuple(mixed)
    again = replace(dossier, records=dict(sorted(shuffled.items(), reverse=True)))
    assert agenda(again, settings, HORIZON) == agenda(dossier, settings, HORIZON)


@quick
@given(dossiers())
def test_ids_are_unique_and_say_what_they_name(make: Make, settings: Settings, text: str) -> None:
    rows = agenda(make(text), settings, HORIZON)
    assert len({r.id for r in rows}) == len(rows)
    for row in rows:
        assert split_id(row.id) == (row.customer, row.rule, row.part or row.source, row.due_on)
        assert (row.due_at is None) or row.due_at.date() == row.due_on


@quick
@given(dossiers())
def test_rows_survive_json(make: Make, settings: Settings, text: str) -> None:
    rows = agenda(make(text), settings, HORIZON)
    kept = [Row.from_json(json.loads(json.dumps(r.to_json()))) for r in rows]
    assert kept == rows
    assert [str(r.reason) for r in kept] == [str(r.reason) for r in rows]


@quick
@given(dossiers(), st.integers(0, 700))
def test_a_nearer_horizon_only_cuts(make: Make, settings: Settings, text: str, days: int) -> None:
    dossier = make(text)
    near = HORIZON - timedelta(days=days)
    since = date(HORIZON.year - 5, 1, 1)  # birthdays reach back five years from the horizon at least
    far = [r for r in agenda(dossier, settings, HORIZON) if r.due_on <= near]
    found = agenda(dossier, settings, near)
    assert [r for r in found if r.until is None] == [r for r in far if r.until is None]
    assert [r for r in found if r.until and r.until >= since] == [
        r for r in far if r.until and r.until >= since
    ]


@quick
@given(dossiers(), st.integers(-40, 40))
def test_a_plan_covers_the_cadence_up_to_its_day_and_no_further(
    make: Make, settings: Settings, text: str, offset: int
) -> None:
    dossier = make(text)
    unplanned = tuple(f for f in dossier.records.get("followup", ()) if getattr(f, "status", "") == "done")
    bare = replace(dossier, records={**dossier.records, "followup": unplanned})
    cadence = [r for r in agenda(bare, settings, HORIZON) if r.rule.startswith("cadence.")]
    assert len(cadence) <= 1
    if not cadence:
        return
    day = cadence[0].due_on + timedelta(days=offset)
    plan = make(f"--- followup plan\n{{status: planned, due: {day}, reason: 回访}}").records["followup"]
    planned = replace(bare, records={**bare.records, "followup": (*unplanned, *plan)})
    found = agenda(planned, settings, HORIZON)
    assert [r for r in found if r.rule.startswith("cadence.")] == ([] if offset <= 0 else cadence)
    others = [r for r in found if not r.rule.startswith("cadence.") and r.source != "plan"]
    assert others == [r for r in agenda(bare, settings, HORIZON) if r not in cadence]


@quick
@given(dossiers())
def test_a_plan_that_answers_a_row_stands_for_it(make: Make, settings: Settings, text: str) -> None:
    dossier = make(text)
    for row in agenda(dossier, settings, HORIZON):
        if row.rule == "followup":
            continue
        later = HORIZON - timedelta(days=1)
        plan = f"--- followup plan\n{{status: planned, due: {later}, reason: 改期, answers: {row.id}}}"
        followups = (*dossier.records.get("followup", ()), *make(plan).records["followup"])
        found = agenda(
            replace(dossier, records={**dossier.records, "followup": followups}), settings, HORIZON
        )
        assert row.id not in {r.id for r in found}


@quick
@given(dossiers())
def test_drafts_give_planned_followups_only(make: Make, settings: Settings, text: str) -> None:
    drafted = agenda(replace(make(text), draft=True), settings, HORIZON)
    assert drafted == [r for r in agenda(make(text), settings, HORIZON) if r.rule == "followup"]


@quick
@given(dossiers(), st.dates(date(2023, 1, 1), HORIZON))
def test_the_window_agrees_with_the_state(make: Make, settings: Settings, text: str, today: date) -> None:
    for row in agenda(make(text), settings, HORIZON):
        state = window.state(row, today)
        assert (state == "overdue") == (window.days(row, today) > 0)
        assert window.shows(row, today, today) == (
            state != "soon" and (row.until is None or row.until >= today)
        )


def test_no_rule_asks_the_time() -> None:
    for path in Path(crmkit.rules.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        assert not names & {"now", "today", "utcnow", "time", "monotonic", "stat", "getmtime"}, path.name
        imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not imported & {"crmkit.clock", "pathlib", "os", "time"}, path.name
