"""The weekly review: what belongs to a week, what was kept or late, and what went before a win or a loss (R-004-26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from crmkit.errors import msg
from crmkit.index.due import AgendaRow
from crmkit.reports.report import Material, Period
from crmkit.reports.weekly import Weekly, report, week_of
from crmkit.settings.load import load
from crmkit.settings.model import Settings

Doc = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
SETTINGS = load("team:\n- {name: 张三, email: zs@example.com}\n- {name: 李四}\n".encode())[0]
MONDAY = date(2024, 6, 10)
SUNDAY = date(2024, 6, 16)


def customer(number: str = "202406-001", **fields: Any) -> Doc:
    return {
        "id": number,
        "kind": "customer",
        "customer": number,
        "name": f"客户{number}",
        "owner": "张三",
        **fields,
    }


def followup(ident: str = "f", number: str = "202406-001", **fields: Any) -> Doc:
    return {"id": ident, "kind": "followup", "customer": number, "customer_name": f"客户{number}", **fields}


def done(ident: str, at: str, number: str = "202406-001", **fields: Any) -> Doc:
    return followup(ident, number, status="done", at=at, **fields)


def complaint(received: str, **fields: Any) -> Doc:
    basic = {"id": "c", "kind": "feedback", "customer": "202406-001", "type": "complaint", "content": "漏水"}
    return {**basic, "received_at": received, **fields}


def deal(ident: str, stage: str, on: str, number: str = "202406-001", **fields: Any) -> Doc:
    history = [{"stage": "new", "on": "2024-05-01"}, {"stage": stage, "on": on}]
    basic = {"id": ident, "kind": "opportunity", "customer": number, "name": f"商机{ident}", "stage": stage}
    return {**basic, "stage_history": history, **fields}


def weekly(
    *docs: Doc,
    today: str = "2024-06-15",
    first: date = MONDAY,
    last: date = SUNDAY,
    owner: str = "",
    settings: Settings = SETTINGS,
    rows: Sequence[AgendaRow] = (),
    holds: Mapping[str, frozenset[str]] | None = None,
) -> Weekly:
    """The review of a week over some records; `today` is a day, or a time."""
    now = datetime.fromisoformat(today).replace(tzinfo=ZONE)
    records = docs if any(d["kind"] == "customer" for d in docs) else (customer(), *docs)
    return report(
        Material(
            settings,
            Period(first, last, now, whole_day="T" not in today),
            lambda kind: [d for d in records if d["kind"] == kind],
            lambda upto: [r for r in rows if r.due_on <= upto],
            (holds or {}).get,
            owner,
        )
    )


def states(found: Weekly) -> dict[str, str]:
    """The state of each task of the week, `carried` before it where it came from an earlier one."""
    today = found.period.today
    tasks = (*found.kept, *found.late, *found.ahead)
    return {t.id: "carried " * (t.id in found.carried) + t.state(today) for t in tasks}


# -- tasks


@pytest.mark.parametrize(
    ("fields", "state", "days"),
    [
        ({"status": "done", "due": "2024-06-12", "at": "2024-06-12T23:59+08:00"}, "kept", 0),
        ({"status": "done", "due": "2024-06-12T10:00+08:00", "at": "2024-06-12T18:00+08:00"}, "kept", 0),
        ({"status": "done", "due": "2024-06-12", "at": "2024-06-07"}, "kept", -5),
        ({"status": "done", "due": "2024-06-12", "at": "2024-06-13"}, "late", 1),
        ({"status": "done", "due": "2024-06-16", "at": "2024-06-20"}, "late", 4),
        ({"status": "planned", "due": "2024-06-14"}, "open", 1),
        ({"status": "planned", "due": "2024-06-15"}, "ahead", 0),
        ({"status": "planned", "due": "2024-06-16"}, "ahead", -1),
        ({"due": "2024-06-10"}, "open", 5),
        ({"due": "2024-06-09"}, "carried open", 6),
        ({"status": "done", "due": "2024-06-09", "at": "2024-06-10"}, "carried late", 1),
        ({"status": "done", "due": "2024-06-09", "at": "2024-06-20"}, "carried late", 11),
        ({"at": "2024-06-11", "due": "2024-06-11"}, "kept", 0),
        ({"status": "planned", "due": "2024-06-03", "snoozed": [{"to": "2024-06-12"}]}, "open", 3),
        (
            {"status": "done", "due": "2024-06-03", "snoozed": [{"to": "2024-06-12"}], "at": "2024-06-12"},
            "kept",
            0,
        ),
        (
            {"status": "planned", "due": "2024-06-12", "snoozed": [{"to": "2024-06-10"}, {"why": "x"}]},
            "open",
            5,
        ),
    ],
)
def test_what_became_of_a_task(fields: Doc, state: str, days: int) -> None:
    found = weekly(followup(**fields))
    assert states(found) == {"f": state}
    (task,) = (*found.kept, *found.late, *found.ahead)
    assert task.days(found.period.today) == days


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "done", "due": "2024-06-09", "at": "2024-06-09"},
        {"status": "done", "due": "2024-06-07", "at": "2024-06-09"},
        {"status": "planned", "due": "2024-06-17"},
        {"status": "planned"},
        {"status": "done", "due": "2024-06-12"},
        {"status": "done", "at": "2024-06-12"},
        {"status": "planned", "due": "2024-06-12", "snoozed": [{"to": "2024-06-19"}]},
        {"status": "cancelled", "due": "2024-06-07"},
    ],
    ids=str,
)
def test_what_is_no_task_of_the_week(fields: Doc) -> None:
    found = weekly(followup(**fields))
    assert states(found) == {}
    assert found.totals["due"] == found.totals["cancelled"] == 0


def test_a_cancelled_one_is_neither_kept_nor_late() -> None:
    found = weekly(followup(status="cancelled", due="2024-06-12"))
    assert (found.totals["due"], found.totals["cancelled"], found.totals["share"]) == (0, 1, None)


def test_an_answered_row_is_a_task_with_the_day_of_the_row() -> None:
    row = "202406-001/{}/202406-001/2024-06-12"
    found = weekly(
        done("in-time", "2024-06-11", answers=row.format("cadence.dormant")),
        done("late", "2024-06-14", answers=row.format("date.birthday")),
        done("promise", "2024-06-14", answers="202406-001/promise.open/x.1/2024-06-12"),
        done("half", "2024-06-14", answers="in-time"),
    )
    assert states(found) == {"in-time": "kept", "late": "late"}
    assert [t.rule for t in (*found.kept, *found.late)] == ["cadence.dormant", "date.birthday"]


def test_a_contact_that_says_it_is_late_is_listed_where_nobody_knows_since_when() -> None:
    (task,) = weekly(done("f", "2024-06-12", overdue_reason="客户出差")).late
    assert (task.due, task.days(SUNDAY), task.reason) == (None, None, "客户出差")
    assert weekly(done("f", "2024-06-17", overdue_reason="客户出差")).late == []


def test_reasons_and_those_without_one() -> None:
    found = weekly(
        followup("told", status="done", due="2024-06-10", at="2024-06-11", overdue_reason="客户休假"),
        followup("moved", due="2024-06-01", snoozed=[{"to": "2024-06-11", "why": "客户出差"}]),
        followup("silent", due="2024-06-12", snoozed=[{"to": "2024-06-12"}]),
    )
    assert {t.id: (t.reason, t.put_off) for t in found.late} == {
        "told": ("客户休假", ()),
        "moved": ("", ("客户出差",)),
        "silent": ("", ()),
    }
    assert found.totals["without_reason"] == 1
    late = next(s for s in found.sections if s.name == "late")
    assert {r["id"]: str(r["why"]) for r in late.rows} == {
        "told": "客户休假",
        "moved": "客户出差",
        "silent": "no reason given",
    }


def test_a_putting_off_belongs_to_the_week_of_the_day_that_was_not_kept() -> None:
    entries = [
        {"from": "2024-06-05", "to": "2024-06-10", "why": "一"},
        {"to": "2024-06-16", "why": "二"},
        {"to": "2024-06-18", "why": "三"},
        {"from": "2024-06-18T10:00+08:00", "to": "2024-06-20"},
    ]
    found = weekly(followup(due="2024-06-05", snoozed=entries))
    assert [(p.from_.day, p.to and p.to.day, p.why) for p in found.put_off] == [
        (10, 16, "二"),
        (16, 18, "三"),
    ]
    assert [
        p.why for p in weekly(followup(due="2024-06-11", snoozed=[{"to": "2024-06-20", "why": "x"}])).put_off
    ] == ["x"]


# -- owners


def test_numbers_by_owner_and_their_share() -> None:
    found = weekly(
        customer(),
        customer("202406-002", owner="李四"),
        followup("a", due="2024-06-10", status="done", at="2024-06-10", owner="zs@example.com", by="李四"),
        followup("b", due="2024-06-10"),
        followup("c", due="2024-06-11", status="done", at="2024-06-12T10:00+08:00"),
        followup("d", "202406-002", due="2024-06-11", status="done", at="2024-06-11"),
        followup("e", "202406-002", due="2024-06-16"),
        done("talk", "2024-06-13", by="李四"),
    )
    assert [
        (t.owner, t.contacts, t.due, t.kept, t.late, t.open, t.ahead, t.share) for t in found.tallies
    ] == [
        ("张三", 1, 3, 1, 1, 1, 0, 33),
        ("李四", 3, 2, 1, 0, 0, 1, 100),
    ]
    assert (found.totals["due"], found.totals["share"], found.totals["contacts"]) == (5, 50, 4)


def test_one_owners_share_and_what_nobody_owns() -> None:
    docs = (
        customer(owner=None),
        followup("mine", due="2024-06-10", owner="zs@example.com"),
        followup("theirs", due="2024-06-10", owner="李四"),
        followup("nobodys", due="2024-06-10"),
    )
    assert set(states(weekly(*docs, owner="张三"))) == {"mine", "nobodys"}
    assert set(states(weekly(*docs, owner="李四"))) == {"theirs", "nobodys"}


# -- rows that nobody answered


def row(rule: str, due: str, until: str = "", **fields: Any) -> AgendaRow:
    last = date.fromisoformat(until) if until else None
    return AgendaRow(
        "202406-001", rule, "202406-001", date.fromisoformat(due), msg("x"), until=last, **fields
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (row("cadence.dormant", "2024-06-14"), "due"),
        (row("cadence.dormant", "2024-06-15"), ""),
        (row("cadence.dormant", "2024-06-16"), ""),
        (row("cadence.dormant", "2024-05-01"), "carried"),
        (row("date.birthday", "2024-06-10", "2024-06-13"), "due passed"),
        (row("date.birthday", "2024-06-13", "2024-06-15"), "due"),
        (row("date.birthday", "2024-06-07", "2024-06-10"), ""),
        (row("date.birthday", "2024-06-09", "2024-06-15"), "carried"),
        (row("followup", "2024-06-10"), ""),
        (row("sla.respond", "2024-06-10"), ""),
        (row("promise.open", "2024-06-10"), ""),
        (row("cadence.dormant", "2024-06-14", owner="李四"), ""),
        (row("cadence.dormant", "2024-06-14", owner="zs@example.com"), "due"),
        (row("chore.weekly_review", "2024-06-14", owner="sales", people=("张三",)), "due"),
        (row("chore.weekly_review", "2024-06-14", owner="sales", people=("李四",)), ""),
    ],
)
def test_rows_that_nobody_answered(found: AgendaRow, told: str) -> None:
    rows = weekly(customer(), rows=[found], owner="张三").unanswered
    assert [("carried" if r.carried else "due") + " passed" * r.passed for r in rows] == (
        [told] if told else []
    )


def test_the_rows_of_a_week_that_is_over_are_those_of_its_days() -> None:
    rows = [row("cadence.dormant", f"2024-06-{day}") for day in (16, 17)]
    assert [r.days for r in weekly(customer(), rows=rows, today="2024-06-20").unanswered] == [4]


# -- complaints


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, ["respond broken 5160", "resolve broken 3840", "revisit broken 960"]),
        ({"first_responded_at": "2024-06-11T12:00+08:00"}, ["respond kept", "resolve broken 3840", "revisit broken 960"]),
        ({"first_responded_at": "2024-06-11T12:00:59+08:00"}, ["respond kept", "resolve broken 3840", "revisit broken 960"]),
        ({"first_responded_at": "2024-06-11T12:01+08:00"}, ["respond broken 1", "resolve broken 3840", "revisit broken 960"]),
        ({"resolved_at": "2024-06-11T11:00+08:00"}, ["respond kept", "resolve kept", "revisit broken 960"]),
        ({"revisited_at": "2024-06-14T10:00+08:00"}, ["respond broken 4200", "resolve broken 2880", "revisit kept"]),
        ({"status": "closed"}, ["respond unknown", "resolve unknown", "revisit unknown"]),
        ({"status": "resolved", "resolved_at": "2024-06-12"}, ["respond broken", "resolve kept", "revisit broken 960"]),
        ({"status": "responded"}, ["respond unknown", "resolve broken 3840", "revisit broken 960"]),
    ],
)  # fmt: skip
def test_the_clocks_of_a_complaint(fields: Doc, told: list[str]) -> None:
    found = weekly(complaint("2024-06-11T10:00+08:00", **fields), today="2024-06-15T02:00")
    assert [
        " ".join([c.clock, c.state, *(str(m) for m in [c.minutes_late] if m)]) for c in found.complaints
    ] == told


def test_a_clock_runs_to_its_minute_and_on_a_whole_day_to_its_day() -> None:
    for today, state in (
        ("2024-06-11T12:00", "running"),
        ("2024-06-11T12:01", "broken"),
        ("2024-06-11", "running"),
    ):
        assert weekly(complaint("2024-06-11T10:00+08:00"), today=today).complaints[0].state == state
    assert weekly(complaint("2024-06-11T10:00+08:00"), today="2024-06-12").complaints[0].state == "broken"


def test_a_complaint_without_a_time_is_judged_by_days() -> None:
    found = weekly(complaint("2024-06-11", first_responded_at="2024-06-12T20:00+08:00"), today="2024-06-12")
    assert [(c.clock, c.due, c.state) for c in found.complaints] == [
        ("respond", "2024-06-12", "kept"),
        ("resolve", "2024-06-12", "running"),
        ("revisit", "2024-06-14", "running"),
    ]


def test_which_clocks_are_the_weeks() -> None:
    before = complaint("2024-06-07T10:00+08:00", first_responded_at="2024-06-07T19:00+08:00")
    assert [(c.clock, c.state) for c in weekly(before, today="2024-06-15").complaints] == [
        ("resolve", "broken"),  # ran out on the 8th, and nobody has answered it yet
        ("revisit", "broken"),
    ]
    after = complaint("2024-06-16T23:00+08:00")
    assert weekly(after, today="2024-06-16T23:30").complaints == []


def test_only_complaints_of_customers_for_whom_the_rule_is_meant() -> None:
    enquiry = complaint("2024-06-11T10:00+08:00", type="enquiry")
    assert weekly(enquiry).complaints == []
    off = load(b"rules: {sla.respond: off}\nsla: {revisit: ''}\n")[0]
    told = weekly(complaint("2024-06-11T10:00+08:00"), settings=off).complaints
    assert [c.clock for c in told] == ["resolve"]
    meant = weekly(
        complaint("2024-06-11T10:00+08:00"), holds={"sla.resolve": frozenset({"other"})}
    ).complaints
    assert [c.clock for c in meant] == ["respond", "revisit"]


# -- promises


def promised(*docs: Doc, today: str = "2024-06-15") -> list[str]:
    return [
        f"{p.due.isoformat()[5:]} {p.state} {p.kept or ''}".strip()
        for p in weekly(*docs, today=today).promises
    ]


TALK = done("talk", "2024-06-11T10:00+08:00", promises=["6 月 13 日前发报价"])


@pytest.mark.parametrize(
    ("docs", "told"),
    [
        ([TALK], "06-13 overdue"),
        ([TALK, done("x", "2024-06-13", answers="talk")], "06-13 kept 2024-06-13"),
        ([TALK, done("x", "2024-06-14", answers="talk")], "06-13 late 2024-06-14"),
        ([TALK, done("x", "2024-06-12", answers="202406-001/promise.open/talk.1/2024-06-13")], "06-13 kept 2024-06-12"),
        ([TALK, done("x", "2024-06-12", answers="202406-001/promise.open/talk.2/2024-06-13")], "06-13 overdue"),
        ([TALK, done("x", "2024-06-10", answers="talk")], "06-13 overdue"),
        ([TALK, followup("x", status="planned", due="2024-06-20", answers="talk")], "06-13 overdue"),
        ([{**TALK, "next": "x"}, done("x", "2024-06-13")], "06-13 kept 2024-06-13"),
        ([{**TALK, "next": "talk", "answers": "talk"}], "06-13 overdue"),
        ([{**TALK, "promises": ["发报价"]}], "06-18 open"),
        ([{**TALK, "promises": ["发报价"], "next": "x"}, followup("x", due="2024-06-14")], "06-14 overdue"),
    ],
)  # fmt: skip
def test_what_became_of_a_promise(docs: list[Doc], told: str) -> None:
    assert promised(*docs) == [told]


def test_which_promises_are_the_weeks() -> None:
    def made(day: str, *more: Doc) -> list[str]:
        return promised(done("talk", day, promises=["发报价"]), *more)

    assert made("2024-06-17") == []
    assert made("2024-06-09") == ["06-16 open"]
    assert made("2024-06-01") == ["06-08 overdue"]
    assert made("2024-06-01", done("x", "2024-06-12", answers="talk")) == ["06-08 late 2024-06-12"]
    assert made("2024-06-01", done("x", "2024-06-08", answers="talk")) == []


# -- won and lost


def test_a_customer_won_after_timely_contact() -> None:
    found = weekly(
        customer(
            stage_history=[
                {"stage": "intent", "on": "2024-05-01"},
                {"stage": "won", "on": "2024-06-12", "via": "签约"},
            ]
        ),
        done("a", "2024-05-20"),
        followup("b", status="done", due="2024-06-08", at="2024-06-08T10:00+08:00"),
        done("c", "2024-06-12T09:00+08:00"),
        done("d", "2024-06-13"),
        deal("o1", "won", "2024-06-12", amount=100000.5),
        deal("o2", "won", "2024-06-11", amount={"amount": 50, "currency": "CNY"}),
    )
    (one,) = found.won
    assert (one.contacts, one.last_contact, one.days_since_contact, one.late, one.timely) == (
        3,
        date(2024, 6, 8),
        4,
        0,
        True,
    )
    assert (one.whole, one.deals, one.how) == (True, ("o1", "o2"), "签约")
    assert one.amount == {"amount": 100050.5, "currency": "CNY"}
    assert (found.totals["won"], found.totals["won_timely"], found.totals["lost"]) == (1, 1, 0)


def test_a_deal_of_an_existing_customer_counts_from_its_beginning() -> None:
    found = weekly(
        customer(
            stage_history=[{"stage": "won", "on": "2022-01-01"}, {"stage": "loyal", "on": "2024-06-12"}]
        ),
        done("long-ago", "2022-01-01"),
        done("talk", "2024-05-02"),
        followup("late", status="done", due="2024-06-01", at="2024-06-03"),
        followup("later", due="2024-06-11"),
        followup("that-day", due="2024-06-12"),
        deal("o", "won", "2024-06-12", owner="李四", amount=1, currency="USD"),
    )
    (one,) = found.won
    assert (one.whole, one.owner, one.contacts, one.late, one.timely) == (False, "李四", 2, 2, False)
    assert one.amount == {"amount": 1, "currency": "USD"}


def test_won_on_the_first_day_and_without_a_word() -> None:
    history = [{"stage": "won", "on": "2024-06-12"}]
    (at_once,) = weekly(customer(stage_history=history), done("a", "2024-06-12")).won
    assert (at_once.contacts, at_once.days_since_contact, at_once.timely) == (1, 0, True)
    (silent,) = weekly(customer(stage_history=history)).won
    assert (silent.contacts, silent.days_since_contact, silent.timely) == (0, None, False)
    (lead,) = weekly(customer(stage_history=history, lead={"first_contact_on": "2024-06-02"})).won
    assert (lead.contacts, lead.days_since_contact) == (1, 10)


def test_lost_despite_contact_with_reason_and_lessons() -> None:
    history = [{"stage": "won", "on": "2023-01-01"}, {"stage": "lost", "on": "2024-06-12", "via": "改用竞品"}]
    found = weekly(
        customer(stage_history=history, churn={"reason": "价格", "lessons": "早回访"}),
        done("before", "2022-12-01"),
        done("a", "2023-05-01"),
        done("b", "2024-06-02"),
        deal("o", "lost", "2024-06-10", lost_reason="总价高"),
    )
    (one,) = found.lost
    assert (one.contacts, one.days_since_contact, one.reason, one.lessons) == (2, 10, "价格", "早回访")
    assert (one.deals, one.how, found.totals["lost_despite"], found.won) == (("o",), "改用竞品", 1, [])


def test_lost_by_churn_day_or_a_deal_alone() -> None:
    found = weekly(
        customer(status="lost", churn={"on": "2024-06-11", "cause": "服务"}),
        customer("202406-002", churn={"on": "2024-06-11", "cause": "风险"}),
        customer("202406-003"),
        deal("o", "lost", "2024-06-11", "202406-003", lost_reason="总价高"),
        deal("old", "lost", "2024-06-09", "202406-003"),
        deal("p", "lost", "", "202406-003", closed_on="2024-06-16"),
    )
    assert [(o.customer, o.deals, o.reason, o.contacts) for o in found.lost] == [
        ("202406-001", (), "服务", 0),
        ("202406-003", ("o",), "总价高", 0),
        ("202406-003", ("p",), "", 0),
    ]
    assert found.totals["lost_despite"] == 0


def test_amounts_of_several_currencies_are_not_added() -> None:
    (one,) = weekly(
        customer(stage_history=[{"stage": "won", "on": "2024-06-12"}]),
        deal("a", "won", "2024-06-12", amount=1, currency="USD"),
        deal("b", "won", "2024-06-12", amount=1),
    ).won
    assert one.amount is None


# -- the whole


def test_the_week_runs_from_monday_to_sunday() -> None:
    for day in range(10, 17):
        assert week_of(date(2024, 6, day)) == (MONDAY, SUNDAY)
    assert week_of(date(2024, 6, 17))[0] == date(2024, 6, 17)


def test_an_empty_book_gives_an_empty_review() -> None:
    found = weekly(customer())
    assert found.to_json()["totals"]["share"] is None
    assert found.entries() == []
    assert all(str(line) for line in found.summary)


DAYS = st.dates(date(2024, 5, 25), date(2024, 7, 5)).map(str)
TASKS = st.fixed_dictionaries(
    {"status": st.sampled_from(["planned", "done", "cancelled"])},
    optional={
        "due": DAYS,
        "at": DAYS,
        "owner": st.sampled_from(["张三", "李四", "zs@example.com"]),
        "snoozed": st.lists(st.fixed_dictionaries({}, optional={"from": DAYS, "to": DAYS, "why": st.text()}), max_size=2),
        "overdue_reason": st.text(max_size=5),
        "promises": st.lists(st.text(max_size=8), max_size=2),
        "answers": st.sampled_from(["f0", "f1", "202406-001/cadence.new/202406-001/2024-06-12"]),
        "next": st.sampled_from(["f0", "f1", "gone"]),
    },
)  # fmt: skip
BOOKS = st.lists(TASKS, max_size=6).map(
    lambda docs: [{**followup(f"f{n}"), **doc} for n, doc in enumerate(docs)]
)


@profile(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BOOKS, st.sampled_from(["2024-06-10", "2024-06-13", "2024-06-30"]))
def test_every_task_stands_in_one_list_and_the_numbers_add_up(docs: list[Doc], today: str) -> None:
    found = weekly(customer(), *docs, today=today)
    listed = [t.id for t in (*found.kept, *found.late, *found.ahead)]
    assert len(listed) == len(set(listed))
    totals = found.totals
    assert totals["due"] == totals["kept"] + totals["late"] + totals["open"] + totals["ahead"]
    assert totals["due"] + totals["carried"] == len(listed)
    assert totals["share"] is None or 0 <= totals["share"] <= 100
    assert len(found.entries()) == sum(len(rows) for rows in found.lists.values())
    assert weekly(customer(), *docs[::-1], today=today).to_json() == found.to_json()
    mine = [weekly(customer(), *docs, today=today, owner=name).totals for name in ("张三", "李四")]
    for name in ("due", "kept", "late", "open", "contacts", "put_off", "promises_overdue"):
        assert sum(part[name] for part in mine) == totals[name]


@profile(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BOOKS)
def test_every_task_with_a_day_is_due_in_one_week(docs: list[Doc]) -> None:
    weeks = [MONDAY + timedelta(days=7 * n) for n in range(-4, 6)]
    due: list[str] = []
    for monday in weeks:
        found = weekly(customer(), *docs, first=monday, last=monday + timedelta(days=6), today="2024-08-01")
        tasks = (*found.kept, *found.late, *found.ahead)
        due += (t.id for t in tasks if t.due and t.id not in found.carried)
    assert len(due) == len(set(due))
    planned = {d["id"] for d in docs if d["status"] == "planned" and d.get("due")}
    assert planned <= set(due)
