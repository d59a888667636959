"""The rules promise.open, need.update and contact.update: what a contact leaves behind, at every boundary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from textwrap import indent

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from crmkit.rules import loop
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
MakeSettings = Callable[[str], Settings]
HORIZON = date(2027, 1, 1)
CUSTOMER = "--- customer\n{name: 示例, rhythm: none, owner: 张三, %s}\n"


def found(make: Make, settings: Settings, rule: str, *records: str, customer: str = "") -> list[Row]:
    """The rows of a rule; records are written `kind id {fields}`."""
    text = CUSTOMER % customer
    for record in records:
        kind, ident, fields = record.split(" ", 2)
        text += f"--- {kind} {ident}\n{indent(fields, '')}\n"
    return [r for r in agenda(make(text, settings=settings), settings, HORIZON) if r.rule == rule]


def told(rows: list[Row]) -> list[str]:
    return [
        f"{r.part or r.source} {r.due.isoformat(timespec='minutes')[:16] if isinstance(r.due, datetime) else r.due}"
        for r in rows
    ]


MADE = "followup a {status: done, at: 2024-06-05T10:00, promises: [增加售后培训]%s}"

PROMISES = [
    ("R-004-20", "next week, where it names no day", [MADE % ""], ["a.1 2024-06-12"]),
    (
        "R-004-20",
        "the day that its text names",
        ["followup a {status: done, at: 2024-06-05, promises: [6 月 15 日前发对账单]}"],
        ["a.1 2024-06-15"],
    ),
    (
        "R-004-20",
        "a length of time counts from the contact",
        ["followup a {status: done, at: 2024-06-10T10:00, promises: [30 天内完成整改并复测]}"],
        ["a.1 2024-07-10"],
    ),
    (
        "R-004-20",
        "in English",
        [
            "followup a {status: done, at: 2024-06-05, promises: ['samples by 15 June', 'a visit next Friday']}"
        ],
        ["a.2 2024-06-14", "a.1 2024-06-15"],
    ),
    (
        "R-004-20",
        "on the day of the contact itself",
        ["followup a {status: done, at: 2024-06-05, promises: [6月5日发报价]}"],
        ["a.1 2024-06-05"],
    ),
    (
        "R-004-20",
        "a day before the contact is no day of a promise",
        ["followup a {status: done, at: 2024-06-05, promises: [补开 6月4日的发票]}"],
        ["a.1 2024-06-12"],
    ),
    (
        "R-004-20",
        "each promise is a row of its own, numbered as they stand",
        ["followup a {status: done, at: 2024-06-05, promises: [寄样品, ' ', 6月6日发合同]}"],
        ["a.3 2024-06-06", "a.1 2024-06-12"],
    ),
    (
        "R-004-20",
        "the contact's day is the book's",
        ["followup a {status: done, at: '2024-06-05T16:30Z', promises: [明天发报价]}"],
        ["a.1 2024-06-07"],
    ),
    ("R-004-20", "without a day of contact", ["followup a {status: done, promises: [寄样品]}"], []),
    (
        "R-004-20",
        "not yet made while planned",
        ["followup a {status: planned, due: 2024-06-20, reason: 回访, promises: [寄样品]}"],
        [],
    ),
    # answered
    (
        "R-004-20",
        "a later contact answers the one in which it was made",
        [MADE % "", "followup b {status: done, at: 2024-06-07, answers: a}"],
        [],
    ),
    (
        "R-004-20",
        "so does one on the same day",
        [MADE % "", "followup b {status: done, at: 2024-06-05, answers: a}"],
        [],
    ),
    (
        "R-004-20",
        "an earlier contact cannot answer it",
        [MADE % "", "followup b {status: done, at: 2024-06-04, answers: a}"],
        ["a.1 2024-06-12"],
    ),
    (
        "R-004-20",
        "no contact answers itself",
        ["followup a {status: done, at: 2024-06-05, promises: [寄样品], answers: a}"],
        ["a.1 2024-06-12"],
    ),
    (
        "R-004-20",
        "one of two is answered by its row",
        [
            "followup a {status: done, at: 2024-06-05, promises: [寄样品, 发合同]}",
            "followup b {status: done, at: 2024-06-07, answers: 202406-001/promise.open/a.1/2024-06-12}",
        ],
        ["a.2 2024-06-12"],
    ),
    (
        "R-004-20",
        "or by its number",
        [
            "followup a {status: done, at: 2024-06-05, promises: [寄样品, 发合同]}",
            "followup b {status: done, at: 2024-06-07, answers: a.2}",
        ],
        ["a.1 2024-06-12"],
    ),
    (
        "R-004-20",
        "a contact about something else is no answer",
        [MADE % "", "followup b {status: done, at: 2024-06-07, content: 寒暄}"],
        ["a.1 2024-06-12"],
    ),
    (
        "R-004-20",
        "its next step was done",
        [MADE % ", next: b", "followup b {status: done, at: 2024-06-07}"],
        [],
    ),
    # covered
    (
        "R-004-20",
        "its next step is planned, the day does not matter where none was named",
        [MADE % ", next: b", "followup b {status: planned, due: 2024-06-30, reason: 培训}"],
        [],
    ),
    (
        "R-004-20",
        "planned for the very day that was named",
        [
            "followup a {status: done, at: 2024-06-05, promises: [6月15日前发对账单], next: b}",
            "followup b {status: planned, due: 2024-06-15, reason: 对账单}",
        ],
        [],
    ),
    (
        "R-004-20",
        "planned for the day after it comes too late",
        [
            "followup a {status: done, at: 2024-06-05, promises: [6月15日前发对账单], next: b}",
            "followup b {status: planned, due: 2024-06-16, reason: 对账单}",
        ],
        ["a.1 2024-06-15"],
    ),
    (
        "R-004-20",
        "put off beyond the day that was named",
        [
            "followup a {status: done, at: 2024-06-05, promises: [6月15日前发对账单], next: b}",
            "followup b {status: planned, due: 2024-06-14, reason: 对账单, snoozed: [{to: 2024-06-20, why: 出差}]}",
        ],
        ["a.1 2024-06-15"],
    ),
    (
        "R-004-20",
        "a next step that was cancelled covers nothing",
        [MADE % ", next: b", "followup b {status: cancelled, due: 2024-06-07, reason: 培训}"],
        ["a.1 2024-06-12"],
    ),
    ("R-004-20", "nor one that nobody knows", [MADE % ", next: zz"], ["a.1 2024-06-12"]),
    (
        "R-004-20",
        "a next step in words is still to be done",
        [MADE % ", next_step: 培训"],
        ["a.1 2024-06-12"],
    ),
    (
        "R-004-47",
        "put off by a plan that answers its row",
        [
            MADE % "",
            "followup b {status: planned, due: 2024-06-20, reason: 改期, answers: 202406-001/promise.open/a.1/2024-06-12}",
        ],
        [],
    ),
    # a next step about something else
    (
        "R-004-20",
        "of two promises the one that the step is about rests until then, the other one has its week",
        [
            "followup a {status: done, at: 2024-06-05, promises: [增加售后培训, 寄送样品], next: b}",
            "followup b {status: planned, due: 2024-06-30, reason: 安排培训}",
        ],
        ["a.2 2024-06-12"],
    ),
    (
        "R-004-20",
        "planned for the day of both, both are looked at then",
        [
            "followup a {status: done, at: 2024-06-05, promises: [6月15日前发对账单, 寄送样品], next: b}",
            "followup b {status: planned, due: 2024-06-12, reason: 发对账单}",
        ],
        [],
    ),
    (
        "R-004-20",
        "done about one of them, the other one is open again",
        [
            "followup a {status: done, at: 2024-06-05, promises: [6月15日前发对账单, 寄送样品], next: b}",
            "followup b {status: done, at: 2024-06-10, reason: 发对账单, content: 已发}",
        ],
        ["a.2 2024-06-12"],
    ),
    (
        "R-004-20",
        "a single promise that the step was not about is open again too",
        [
            "followup a {status: done, at: 2024-06-05, promises: [寄送样品], next: b}",
            "followup b {status: done, at: 2024-06-07, reason: 打电话问预算, content: 预算已批}",
        ],
        ["a.1 2024-06-12"],
    ),
    (
        "R-004-20",
        "the step after that is about it",
        [
            "followup a {status: done, at: 2024-06-05, promises: [寄送样品], next: b}",
            "followup b {status: done, at: 2024-06-07, reason: 打电话问预算, content: 预算已批, next: c}",
            "followup c {status: planned, due: 2024-07-07, reason: 样品寄出}",
        ],
        [],
    ),
    (
        "R-004-20",
        "and was done; round in a ring it ends",
        [
            "followup a {status: done, at: 2024-06-05, promises: [寄送样品, 发合同], next: b}",
            "followup b {status: done, at: 2024-06-07, reason: 打电话问预算, next: c}",
            "followup c {status: done, at: 2024-06-08, content: 样品 寄出了, next: a}",
        ],
        ["a.2 2024-06-12"],
    ),
    (
        "R-004-20",
        "kept while nobody planned it, by what was said at the step",
        [
            "followup a {status: done, at: 2024-06-04, promises: [6 月 13 日带上竞品对比方案], next: b}",
            "followup b {status: done, at: 2024-06-13, reason: 当面谈价格与续签, content: 竞品对比表带去了}",
        ],
        [],
    ),
    (
        "R-004-20",
        "in English",
        [
            "followup a {status: done, at: 2024-06-05, promises: ['send the samples', 'a quote by 15 June'], next: b}",
            "followup b {status: done, at: 2024-06-07, reason: sample sent}",
        ],
        ["a.2 2024-06-15"],
    ),
    (
        "R-004-20",
        "put off beyond its week a step about something else covers nothing",
        [
            "followup a {status: done, at: 2024-06-05, promises: [寄送样品], next: b}",
            "followup b {status: planned, due: 2024-06-10, reason: 问预算, snoozed: [{to: 2024-06-20, why: 出差}]}",
        ],
        ["a.1 2024-06-12"],
    ),
    # objections
    (
        "R-004-20",
        "of two objections the one that the step was not about is open again",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高 10%, 交期太长], next: b}",
            "followup b {status: done, at: 2024-06-07, reason: 谈价格}",
        ],
        ["a.o2 2024-06-12"],
    ),
    (
        "R-004-20",
        "the only one is what the step was prepared for",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高 10%], next: b}",
            "followup b {status: done, at: 2024-06-07, reason: 竞品对比方案}",
        ],
        [],
    ),
    (
        "R-004-20",
        "an objection that nothing was prepared for",
        ["followup a {status: done, at: 2024-06-05, objections: [价格高 10%]}"],
        ["a.o1 2024-06-12"],
    ),
    (
        "R-004-20",
        "a next step in words is the preparation",
        ["followup a {status: done, at: 2024-06-05, objections: [价格高 10%], next_step: 竞品对比方案}"],
        [],
    ),
    (
        "R-004-20",
        "or a planned one, whenever it is",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高 10%], next: b}",
            "followup b {status: planned, due: 2024-07-05, reason: 竞品对比方案}",
        ],
        [],
    ),
    (
        "R-004-20",
        "not a cancelled one",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高 10%], next: b}",
            "followup b {status: cancelled, due: 2024-06-06, reason: 竞品对比方案}",
        ],
        ["a.o1 2024-06-12"],
    ),
    (
        "R-004-20",
        "answered with the contact",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高 10%, 交期长]}",
            "followup b {status: done, at: 2024-06-06, answers: a}",
        ],
        [],
    ),
    (
        "R-004-20",
        "a later contact that names it, however it is spaced",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高 10%, 交期长]}",
            "followup b {status: done, at: 2024-06-06, content: 又谈到价格高10%，讲了维保}",
        ],
        ["a.o2 2024-06-12"],
    ),
    (
        "R-004-20",
        "an earlier contact that named it had no answer",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高]}",
            "followup b {status: done, at: 2024-06-04, content: 价格高}",
        ],
        ["a.o1 2024-06-12"],
    ),
    (
        "R-004-20",
        "raised again, it is the later contact's",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高]}",
            "followup b {status: done, at: 2024-06-08, objections: [价格高]}",
        ],
        ["b.o1 2024-06-15"],
    ),
    (
        "R-004-20",
        "twice on one day it stays once",
        [
            "followup a {status: done, at: 2024-06-05, objections: [价格高]}",
            "followup b {status: done, at: 2024-06-05, objections: [价格高]}",
        ],
        ["b.o1 2024-06-12"],
    ),
    (
        "R-004-20",
        "twice on one day by time",
        [
            "followup a {status: done, at: 2024-06-05T15:00, objections: [价格高]}",
            "followup b {status: done, at: 2024-06-05T09:00, objections: [价格高]}",
        ],
        ["a.o1 2024-06-12"],
    ),
]


@pytest.mark.parametrize(
    ("records", "expected"), [p[2:] for p in PROMISES], ids=[f"{p[0]} {p[1]}" for p in PROMISES]
)
def test_promises(records: list[str], expected: list[str], make: Make, settings: Settings) -> None:
    assert told(found(make, settings, "promise.open", *records)) == expected


def test_promises_bind_towards_a_lost_customer_objections_do_not(make: Make, settings: Settings) -> None:
    """R-004-20."""
    said = "followup a {status: done, at: 2024-06-05, promises: [退押金], objections: [价格高]}"
    rows = found(make, settings, "promise.open", said, customer="stage: lost, churn: {reason: 价格}")
    assert told(rows) == ["a.1 2024-06-12"]


def test_the_week_of_a_promise_can_be_changed(make: Make, make_settings: MakeSettings) -> None:
    """R-004-20: the number; a promise's own day stays."""
    own = make_settings("rules:\n  promise.open: {first: 2 weeks}\n")
    rows = found(
        make,
        own,
        "promise.open",
        "followup a {status: done, at: 2024-06-05, promises: [寄样品, 6月6日发合同]}",
    )
    assert [(r.part, r.due_on.isoformat(), r.interval, r.where) for r in rows] == [
        ("a.2", "2024-06-06", "", "crm.yaml:9"),
        ("a.1", "2024-06-19", "2 weeks", "crm.yaml:9"),
    ]


def test_working_days_are_the_books(make: Make, make_settings: MakeSettings) -> None:
    """R-004-20: said on the eve of the National Day holiday, which ends with 7 October."""
    said = "followup a {status: done, at: 2024-09-30T10:00, promises: [3个工作日内给方案, 寄样品]}"
    own = make_settings("rules:\n  promise.open: {first: 1 working day}\n")
    assert told(found(make, own, "promise.open", said)) == ["a.2 2024-10-08", "a.1 2024-10-10"]


@pytest.mark.parametrize("rule", ["promise.open", "need.update", "contact.update"])
def test_each_can_be_switched_off(rule: str, make: Make, make_settings: MakeSettings) -> None:
    """R-004-20, R-001-28, R-001-29."""
    said = "followup a {status: done, at: 2024-06-05, promises: [寄样品], changes: [need, contact]}"
    assert len(found(make, make_settings(""), rule, said)) == 1
    assert found(make, make_settings(f"rules:\n  {rule}: off\n"), rule, said) == []


def test_a_promise_goes_to_the_owner_and_to_who_gave_it(make: Make, settings: Settings) -> None:
    """R-004-20: a promise is the customer's owner's to keep; who gave it sees it too."""
    (row,) = found(
        make,
        settings,
        "promise.open",
        "followup a {status: done, at: 2024-06-05, by: 孙悦, contact: 王工, promises: ['培训\n  三次']}",
    )
    assert (row.owner, row.people, row.contact) == ("张三", ("孙悦",), "王工")
    assert (row.id, row.source) == ("202406-001/promise.open/a.1/2024-06-12", "a")
    assert str(row.reason) == "promised on 2024-06-05: 培训 三次"
    (row,) = found(
        make,
        settings,
        "promise.open",
        "followup a {status: done, at: 2024-06-05, by: 张三, promises: [寄样品]}",
    )
    assert (row.owner, row.people) == ("张三", ())


def test_an_unreadable_customer_loses_no_promise(make: Make, settings: Settings) -> None:
    """R-004-20."""
    text = "--- followup a\n{status: done, at: 2024-06-05, promises: [寄样品], changes: [need, contact]}"
    rows = agenda(make(text), settings, HORIZON)
    assert sorted(r.rule for r in rows) == ["contact.update", "need.update", "promise.open"]


ABOUT = [
    ("发送产品方案 PPT", "6 月 10 日前发产品方案 PPT", True),
    ("讲回收期测算", "下次通话前给回收期测算", True),
    ("发送二期新报价单（客户要求再降 5%）", "2 日内发送新报价单", True),
    ("培训", "增加售后培训", True),
    ("讲产品方案", "寄送产品样品", False),
    ("发合同", "发报价单", False),
    ("下周三下午三点电话", "下周三前发报价单", False),
    ("Call about the budget next week", "send a call report next week", False),
    ("sent the offers", "an offer by Friday", True),
    ("寄", "寄", True),
    ("", "寄", False),
]


@pytest.mark.parametrize(("said", "words", "expected"), ABOUT)
def test_what_a_step_is_about(said: str, words: str, expected: bool) -> None:
    """R-004-20."""
    assert loop.about(said, words) is expected


WORDS = st.sampled_from(["寄送样品", "增加售后培训", "6月15日前发对账单", "发合同", "交期太长", "问预算"])
STEPS = st.lists(st.tuples(WORDS, st.sampled_from(["done", "planned"]), st.integers(6, 29)), max_size=3)


@profile(max_examples=80, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=3, unique=True), STEPS)
def test_no_promise_is_lost_that_no_step_speaks_of(
    make: Make, settings: Settings, promises: list[str], steps: list[tuple[str, str, int]]
) -> None:
    """R-004-20: each promise is spoken of by a step, shown by a planned one on its day at the latest, or a row."""
    records = [f"followup f0 {{status: done, at: 2024-06-05, promises: {promises}, next: f1}}"]
    for n, (reason, status, day) in enumerate(steps, 1):
        when = "at" if status == "done" else "due"
        fields = f"status: {status}, {when}: 2024-06-{day:02}, reason: {reason}, next: f{n + 1}"
        records.append(f"followup f{n} {{{fields}}}")
    rows = {r.part: r for r in found(make, settings, "promise.open", *records)}
    for n, words in enumerate(promises, 1):
        last = 15 if "15日" in words else 12
        spoken = any(
            reason == words for reason, status, _ in steps if status == "done" or "15日" not in words
        )
        in_time = any(status == "planned" and day <= last for _, status, day in steps)
        assert spoken or in_time or f"f0.{n}" in rows


HOSTILE = [
    "[red]好[/red] {n} %s",
    "\u202e6月15日\u202c 前",
    "9" * 5000,
    "9999年12月31日前",
    "99999999月1日",
    "\x00\x1b[31m",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_promise_says_it_is_a_row(text: str, make: Make, settings: Settings) -> None:
    """R-004-20."""
    dossier = make("--- followup a\n{status: done, at: 2024-06-05, promises: [寄样品]}")
    record = dossier.followups[0].model_copy(update={"promises": (text,)})
    record.placed(dossier.followups[0].identity)
    (row,) = agenda(
        Dossier("202406-001", draft=False, customer=None, records={"followup": (record,)}),
        settings,
        date(9999, 12, 31),
    )
    assert row.due_on >= date(2024, 6, 5)
    assert " ".join(text.split()) in str(row.reason)


# --- need.update

CHANGED = "followup a {status: done, at: 2024-06-05T23:30, changes: [need]}"

NEEDS = [
    ("R-001-29", "the day after", [CHANGED], "", ["a 2024-06-06"]),
    (
        "R-001-29",
        "told in words alone",
        ["followup a {status: done, at: 2024-06-05, need_changes: 3 台}"],
        "",
        ["a 2024-06-06"],
    ),
    (
        "R-001-29",
        "no change, no row",
        ["followup a {status: done, at: 2024-06-05, changes: [contact]}"],
        "",
        [],
    ),
    ("R-001-29", "a need of that day", [CHANGED], "needs: [{summary: 3 台, on: 2024-06-05}]", []),
    ("R-001-29", "a need of a later day", [CHANGED], "needs: [{summary: 3 台, on: 2024-07-01}]", []),
    (
        "R-001-29",
        "a need of the day before is the old one",
        [CHANGED],
        "needs: [{summary: 1 台, on: 2024-06-04}]",
        ["a 2024-06-06"],
    ),
    ("R-001-29", "a need without a day may be any", [CHANGED], "needs: [{summary: 3 台}]", ["a 2024-06-06"]),
    (
        "R-001-29",
        "one of several needs",
        [CHANGED],
        "needs: [{summary: 3 台, on: 2024-06-06}, {summary: 1 台, on: 2023-01-01}]",
        [],
    ),
    (
        "R-001-29",
        "the customer was changed since in other fields",
        [CHANGED],
        "updated_at: 2024-06-06T09:00",
        ["a 2024-06-06"],
    ),
    (
        "R-001-29",
        "the first report is entered, the second is not",
        [CHANGED, "followup b {status: done, at: 2024-06-10, changes: [need]}"],
        "needs: [{summary: 3 台, on: 2024-06-09}]",
        ["b 2024-06-11"],
    ),
    (
        "R-001-29",
        "a contact that answers the row",
        [CHANGED, "followup b {status: done, at: 2024-06-06, answers: 202406-001/need.update/a/2024-06-06}"],
        "",
        [],
    ),
    (
        "R-001-29",
        "a contact that answers the contact says nothing of needs",
        [CHANGED, "followup b {status: done, at: 2024-06-06, answers: a}"],
        "",
        ["a 2024-06-06"],
    ),
    (
        "R-004-47",
        "put off",
        [
            CHANGED,
            "followup b {status: planned, due: 2024-06-09, reason: 改期, answers: 202406-001/need.update/a/2024-06-06}",
        ],
        "",
        [],
    ),
]


@pytest.mark.parametrize(
    ("records", "customer", "expected"), [n[2:] for n in NEEDS], ids=[f"{n[0]} {n[1]}" for n in NEEDS]
)
def test_needs(
    records: list[str], customer: str, expected: list[str], make: Make, settings: Settings
) -> None:
    assert told(found(make, settings, "need.update", *records, customer=customer)) == expected


def test_a_changed_need_says_what_changed(make: Make, settings: Settings) -> None:
    """R-001-29."""
    rows = found(
        make,
        settings,
        "need.update",
        "followup a {status: done, at: 2024-06-05, need_changes: 1 台改为 3 台, by: 李四}",
        "followup b {status: done, at: 2024-06-06, changes: [need], owner: 王芳}",
    )
    assert [(str(r.reason), r.owner, r.people) for r in rows] == [
        ("need changed on 2024-06-05: 1 台改为 3 台", "张三", ("李四",)),
        ("need changed on 2024-06-06: enter it with the customer", "王芳", ()),
    ]


def test_hours_count_from_the_minute(make: Make, make_settings: MakeSettings) -> None:
    """R-001-29: a book may want the need within hours."""
    own = make_settings("rules:\n  need.update: {first: 2 hours}\n")
    assert told(found(make, own, "need.update", CHANGED)) == ["a 2024-06-06T01:30"]


# --- contact.update

REPORTED = "followup a {status: done, at: 2024-06-05T14:30, by: 孙悦, changes: [contact]}"

CONTACTS = [
    ("R-001-28", "24 hours, elapsed", [REPORTED], "", ["a 2024-06-06T14:30"]),
    (
        "R-001-28",
        "only the day is known: the day after",
        ["followup a {status: done, at: 2024-06-05, changes: [contact]}"],
        "",
        ["a 2024-06-06"],
    ),
    ("R-001-28", "changed in that minute", [REPORTED], "updated_at: 2024-06-05T14:30", []),
    (
        "R-001-28",
        "changed a minute before",
        [REPORTED],
        "updated_at: 2024-06-05T14:29",
        ["a 2024-06-06T14:30"],
    ),
    ("R-001-28", "changed later", [REPORTED], "updated_at: 2024-06-09T08:00", []),
    ("R-001-28", "in another zone", [REPORTED], 'updated_at: "2024-06-05T06:30Z"', []),
    ("R-001-28", "a minute less", [REPORTED], 'updated_at: "2024-06-05T06:29Z"', ["a 2024-06-06T14:30"]),
    ("R-001-28", "a change of which only the day is known", [REPORTED], "updated_at: 2024-06-05", []),
    ("R-001-28", "the day before", [REPORTED], "updated_at: 2024-06-04", ["a 2024-06-06T14:30"]),
    (
        "R-001-28",
        "two reports, one change between",
        [REPORTED, "followup b {status: done, at: 2024-06-07, changes: [contact]}"],
        "updated_at: 2024-06-06T10:00",
        ["b 2024-06-08"],
    ),
    ("R-001-28", "a changed need is another matter", [CHANGED], "", []),
    (
        "R-001-28",
        "a contact that answers the row",
        [
            REPORTED,
            "followup b {status: done, at: 2024-06-06, answers: 202406-001/contact.update/a/2024-06-06}",
        ],
        "",
        [],
    ),
]


@pytest.mark.parametrize(
    ("records", "customer", "expected"), [c[2:] for c in CONTACTS], ids=[f"{c[0]} {c[1]}" for c in CONTACTS]
)
def test_contact_data(
    records: list[str], customer: str, expected: list[str], make: Make, settings: Settings
) -> None:
    assert told(found(make, settings, "contact.update", *records, customer=customer)) == expected


def test_contact_data_are_updated_by_who_heard_of_it(make: Make, settings: Settings) -> None:
    """R-001-28: the person in charge of the talk; nobody named, the owner."""
    (row,) = found(make, settings, "contact.update", REPORTED)
    assert (row.owner, row.people) == ("孙悦", ())
    assert str(row.reason) == "contact data changed on 2024-06-05: update the customer within 24 hours"
    (row,) = found(
        make, settings, "contact.update", "followup a {status: done, at: 2024-06-05, changes: [contact]}"
    )
    assert row.owner == "张三"


def test_24_hours_elapse_over_a_change_of_clocks(make: Make, make_settings: MakeSettings) -> None:
    """R-001-28: on 31 March 2024 Berlin leaves out the hour from two to three."""
    plain = make_settings("")
    berlin = plain.__class__(**{**vars(plain), "time_zone": "Europe/Berlin"})
    (row,) = found(
        make,
        berlin,
        "contact.update",
        "followup a {status: done, at: '2024-03-30T10:00', changes: [contact]}",
    )
    assert row.due_at is not None
    assert row.due_at.strftime("%m-%d %H:%M %z") == "03-31 11:00 +0200"


def test_what_was_answered_stays_so_when_the_number_changes(make: Make, make_settings: MakeSettings) -> None:
    """R-004-20: the id of a row carries its day; a promise stays the same promise."""
    said = "followup a {status: done, at: 2024-06-05, promises: [寄样品, 发合同], objections: [价格高]}"
    answer = "followup b {status: done, at: 2024-06-07, answers: 202406-001/promise.open/a.1/2024-06-12}"
    later = "followup c {status: planned, due: 2024-06-30, reason: x, answers: 202406-001/promise.open/a.o1/2024-06-12}"
    for first, day in (("1 week", "06-12"), ("2 weeks", "06-19"), ("3 days", "06-08")):
        own = make_settings(f"rules:\n  promise.open: {{first: {first}}}\n")
        assert told(found(make, own, "promise.open", said, answer, later)) == [f"a.2 2024-{day}"]
