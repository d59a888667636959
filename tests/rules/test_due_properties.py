"""What holds of every dossier: no row is lost or doubled, an answer removes what it answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from tests.rules.dossiers import HORIZON, NUMBER, SETTINGS, Raw, dossier, dossiers, rows_of

from crmkit.rules import window
from crmkit.rules.agenda import agenda
from crmkit.rules.row import Row
from crmkit.settings.model import Settings

often = profile(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

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
@given(dossiers(), SETTINGS)
def test_a_save_moves_no_row(raw: Raw, settings: Settings) -> None:
    """Every write stamps its record; only changed contact data and a cause without its day wait for that."""
    stamp = {"updated_by": "李四", "updated_at": "2025-12-31T10:00", "note": "无"}
    waits = _is("contact.update", "activity.drop")
    after = rows_of({name: {**fields, **stamp} for name, fields in raw.items()}, settings)
    before = rows_of(raw, settings)
    assert {i: r for i, r in after.items() if not waits(r)} == {
        i: r for i, r in before.items() if not waits(r)
    }


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
    # not before the years that come round reach back to, or more of them would
    at = max(row.due_on, date(HORIZON.year - 5, 1, 1))
    answer: dict[str, Any] = {"status": "done", "at": at.isoformat(), "channels": ["phone", "email"]}
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
