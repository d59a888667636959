"""What a row carries beside its date: owner, contact, channels, order, reasons, where its number stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from crmkit.errors import Message
from crmkit.rules import window
from crmkit.rules.agenda import RULES, agenda, warnings
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row, split_id
from crmkit.rules.why import REQUIREMENTS, why
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
MakeSettings = Callable[[str], Settings]
HORIZON = date(2027, 1, 1)


def one(rows: list[Row], rule: str) -> Row:
    found = [r for r in rows if r.rule == rule]
    assert len(found) == 1
    return found[0]


def test_owner_is_the_records_else_the_customers(make: Make, settings: Settings) -> None:
    rows = agenda(
        make("""
        --- customer
        {name: 示例, owner: 张三, rhythm: weekly, created_on: 2024-06-01}
        --- followup mine
        {status: planned, due: 2024-07-01, reason: 回访}
        --- followup other
        {status: planned, due: 2024-07-02, reason: 回访, owner: 李四, by: 王芳}
        --- feedback
        {type: complaint, received_at: 2024-06-07, content: 漏水, status: resolved, owner: 陈晨}
        """),
        settings,
        HORIZON,
    )
    assert {(r.rule, r.source): r.owner for r in rows} == {
        ("followup", "mine"): "张三",
        ("followup", "other"): "李四",
        ("cadence.override", "202406-001"): "张三",
        ("sla.revisit", "feedback-3"): "陈晨",
    }


def test_nobodys_row_is_everybodys(make: Make, settings: Settings) -> None:
    rows = agenda(make("--- customer\n{name: 示例, created_on: 2024-06-01}"), settings, HORIZON)
    assert [r.owner for r in rows] == [""]


def test_an_unreadable_customer_leaves_the_plans_due(make: Make, settings: Settings) -> None:
    rows = agenda(make("--- followup\n{status: planned, due: 2024-07-01, reason: 回访}"), settings, HORIZON)
    assert [(r.rule, r.customer) for r in rows] == [("followup", "202406-001")]


def test_do_not_call_takes_the_phone_not_the_row(make: Make, settings: Settings) -> None:
    rows = agenda(
        make("""
        --- customer
        name: 示例
        stage: won
        contacts:
        - {name: 李工, birthday: 1980-06-20, preferred_channel: wechat}
        - {name: 王经理, birthday: 1980-06-21, preferred_channel: phone, do_not_call: true, primary: true}
        created_on: 2024-06-01
        --- followup
        {status: planned, due: 2024-12-01, reason: 回访, channels: [phone, email]}
        --- followup
        {status: planned, due: 2024-12-02, reason: 回访, channels: [phone], contact: 李工}
        --- followup
        {status: planned, due: 2024-12-03, reason: 回访, channels: [phone], contact: 前台}
        """),
        settings,
        date(2024, 12, 31),
    )
    recent = [r for r in rows if r.due_on.year == 2024]
    assert [(r.due_on.isoformat(), r.contact, r.channels) for r in recent] == [
        ("2024-06-17", "李工", ("wechat",)),
        ("2024-06-18", "王经理", ()),
        ("2024-09-01", "王经理", ()),  # cadence
        ("2024-09-01", "王经理", ()),  # survey
        ("2024-12-01", "王经理", ("email",)),
        ("2024-12-02", "李工", ("phone",)),
        ("2024-12-03", "前台", ("phone",)),
    ]


def test_remind_goes_with_the_row(make: Make, settings: Settings) -> None:
    dossier = make("""
    --- customer
    {name: 示例, rhythm: none}
    --- followup told
    {status: planned, due: 2024-07-01T15:00, reason: 回访, remind: 2024-07-01T10:00, important: true}
    --- followup untold
    {status: planned, due: 2024-07-02, reason: 回访}
    """)
    told, untold = agenda(dossier, settings, HORIZON)
    assert told.remind == datetime(2024, 7, 1, 10, 0, tzinfo=settings.zone)
    assert told.important
    assert window.remind_on(untold.due_on, untold.remind) == date(2024, 7, 1)
    assert window.remind_on(told.due_on, told.remind) == told.remind


def test_ids_name_customer_rule_source_and_day(make: Make, settings: Settings) -> None:
    dossier = make("""
    --- customer
    {name: 示例, stage: intent, created_on: 2024-06-01, contacts: [{name: 王/经理, birthday: 1980-06-23}]}
    --- contract contract-240110-abcd
    {number: H1, status: in_force, end_date: 2024-07-10}
    """)
    found = [r.id for r in agenda(dossier, settings, HORIZON) if r.due_on.year == 2024]
    assert found == [
        "202406-001/cadence.potential/202406-001/2024-06-04",
        "202406-001/date.contract/contract-240110-abcd/2024-06-10",
        "202406-001/date.birthday/王/经理/2024-06-20",
    ]
    assert split_id(found[2]) == ("202406-001", "date.birthday", "王/经理", date(2024, 6, 20))
    assert [split_id(text) for text in ("7k3m", "a/b/2024-06-20", "a/b/c/soon", "")] == [None] * 4


def test_a_contact_entered_twice_is_greeted_once(make: Make, settings: Settings) -> None:
    twice = "{name: 王经理, birthday: 1980-06-23}"
    dossier = make(f"--- customer\n{{name: 示例, rhythm: none, contacts: [{twice}, {twice}]}}")
    days = [r.due_on for r in agenda(dossier, settings, date(2024, 12, 31))]
    assert len(days) == len(set(days))


def test_a_person_who_is_their_own_contact_is_greeted_once(make: Make, settings: Settings) -> None:
    dossier = make("""
    --- customer
    {type: person, name: 乐佳, rhythm: none, birthday: 1990-06-18, contacts: [{name: 乐佳, birthday: 1990-06-18}]}
    """)
    rows = agenda(dossier, settings, date(2024, 12, 31))
    assert [r.id for r in rows if r.due_on.year == 2024] == ["202406-001/date.birthday/202406-001/2024-06-15"]


def test_birthdays_reach_back_to_the_dossiers_first_year(make: Make, settings: Settings) -> None:
    dossier = make("""
    --- customer
    {name: 示例, rhythm: none, created_on: 2019-05-01, contacts: [{name: 王经理, birthday: 1980-06-23}]}
    """)
    years = [r.due_on.year for r in agenda(dossier, settings, date(2028, 1, 1))]
    assert years == list(range(2019, 2028))


def test_a_greeting_before_the_new_year_is_within_a_horizon_at_its_end(
    make: Make, settings: Settings
) -> None:
    contact = "{name: 王经理, birthday: 1980-01-02}"
    dossier = make(f"--- customer\n{{name: 示例, rhythm: none, contacts: [{contact}]}}")
    assert agenda(dossier, settings, date(2026, 12, 30))[-1].due_on == date(2026, 12, 30)
    assert agenda(dossier, settings, date(2026, 12, 29))[-1].due_on == date(2025, 12, 30)


def test_sorted_by_day_complaint_high_value_grade_id() -> None:
    def row(
        customer: str, day: int = 1, *, complaint: bool = False, high: bool = False, grade: str = ""
    ) -> Row:
        return Row(customer, "followup", "x", date(2024, 6, day), Message(""),
                   complaint=complaint, high_value=high, grade=grade)  # fmt: skip

    rows = [
        row("z", complaint=True),
        row("y", complaint=True, high=True),
        row("x", high=True, grade="C"),
        row("w", grade="A"),
        row("v", grade="B"),
        row("u", grade="C"),
        row("s"),
        row("t"),
        row("a", day=2, complaint=True),
    ]
    mixed = rows[::-1]
    order = [r.customer for r in sorted(mixed, key=window.sort_key)]
    assert order == ["y", "z", "x", "w", "v", "u", "s", "t", "a"]


def test_marks_for_the_order_come_from_the_dossier(make: Make, settings: Settings) -> None:
    dossier = make("""
    --- customer
    {name: 示例, tier: A, rhythm: none, lead: {grade: B}}
    --- feedback
    {type: complaint, received_at: 2024-06-07, content: 漏水, status: resolved}
    """)
    row = one(agenda(dossier, settings, HORIZON), "sla.revisit")
    assert (row.complaint, row.high_value, row.grade) == (True, True, "B")


def test_reasons_tell_the_facts(make: Make, settings: Settings) -> None:
    dossier = make("""
    --- customer
    {name: 示例, stage: won, tier: A, status: dormant}
    --- followup
    {status: done, at: 2024-05-01T10:00}
    --- contract
    {number: HT-1, status: in_force, end_date: 2024-07-10}
    --- feedback
    {type: complaint, received_at: 2024-06-07T23:10, content: 漏水, due: 2024-06-20}
    --- followup
    {status: planned, due: 2024-06-30, reason: "回访 {使用情况} %s"}
    """)
    reasons = {r.rule: str(r.reason) for r in agenda(dossier, settings, HORIZON)}
    assert reasons == {
        "cadence.dormant": "last contact 2024-05-01, dormant: every 14 days",
        "date.contract": "contract HT-1 ends 2024-07-10: talk about renewing it 30 days ahead",
        "sla.respond": "complaint received 2024-06-07 23:10: first response within 2 hours",
        "sla.resolve": "complaint received 2024-06-07 23:10: a solution within 24 hours",
        "sla.revisit": "complaint received 2024-06-07 23:10: revisit to confirm within 72 hours",
        "feedback.due": "complaint received 2024-06-07: to be settled by the agreed date",
        "followup": "回访 {使用情况} %s",
    }
    also = one(agenda(dossier, settings, HORIZON), "cadence.dormant").also
    assert [str(a.reason) for a in also] == ["last contact 2024-05-01, high value: every month"]


def test_the_lunar_day_is_told(make: Make, settings: Settings) -> None:
    contact = "{name: 王经理, birthday: 1980-08-15, lunar: true}"
    dossier = make(f"--- customer\n{{name: 示例, rhythm: none, contacts: [{contact}]}}")
    texts = [str(r.reason) for r in agenda(dossier, settings, HORIZON) if r.due_on.year == 2024]
    assert texts == ["birthday of 王经理 on 2024-09-17 (lunar 八月十五): greet 3 days ahead"]


def test_what_an_important_matter_lacks_is_told(make: Make, settings: Settings) -> None:
    dossier = make("""
    --- customer
    {name: 示例, rhythm: none}
    --- followup
    {status: done, important: true, due: 2024-06-12, at: 2024-06-11, channels: [phone], reason: 确认交期}
    """)
    (row,) = agenda(dossier, settings, HORIZON)
    assert str(row.reason) == "确认交期: a written confirmation is still to be logged"


def test_why_names_rule_requirement_and_place(make: Make, make_settings: MakeSettings) -> None:
    text = """
    --- customer
    {name: 示例, stage: won, tier: A, status: dormant}
    --- followup
    {status: done, at: 2024-05-01T10:00}
    """
    plain = make_settings("")
    (row,) = agenda(make(text), plain, HORIZON)
    assert [str(line) for line in why(row, "customers/2024/c/customer.yaml")] == [
        "rule cadence.dormant (R-000-44): 14 days, crmkit's default, which rules.cadence.dormant in crm.yaml changes",
        "counted from customers/2024/c/customer.yaml",
    ]
    own = make_settings("rules:\n  cadence.dormant: {every: 10 days}\n")
    (row,) = agenda(make(text, settings=own), own, HORIZON)
    assert row.due_on == date(2024, 5, 11)
    assert str(why(row, "")[0]) == "rule cadence.dormant (R-000-44): 10 days, crm.yaml:9"


def test_why_names_the_line_of_an_sla(make: Make, make_settings: MakeSettings) -> None:
    own = make_settings("sla:\n  respond: 1 hour\n")
    text = "--- feedback\n{type: complaint, received_at: 2024-06-07T23:10, content: 漏水}"
    respond, resolve, _ = agenda(make(text, settings=own), own, HORIZON)
    assert respond.due_at == datetime(2024, 6, 8, 0, 10, tzinfo=own.zone)
    assert str(respond.reason).endswith("first response within 1 hour")
    assert str(why(respond, "")[0]) == "rule sla.respond (R-004-12): 1 hour, crm.yaml:9"
    assert str(why(resolve, "")[0]).endswith(
        "24 hours, crmkit's default, which sla.resolve in crm.yaml changes"
    )


def test_every_rule_of_the_settings_names_its_requirement(settings: Settings) -> None:
    assert set(settings.rules) == set(REQUIREMENTS)
    assert len(RULES) == len(set(RULES))


def test_the_clocks_of_a_complaint_elapse_over_a_change_of_clocks(
    make: Make, make_settings: MakeSettings
) -> None:
    """On 31 March 2024 Berlin leaves out the hour from two to three."""
    berlin = make_settings("").__class__(**{**vars(make_settings("")), "time_zone": "Europe/Berlin"})
    text = '--- feedback\n{type: complaint, received_at: "2024-03-31T01:30", content: 漏水}'
    respond, resolve, revisit = agenda(make(text, settings=berlin), berlin, HORIZON)
    assert [r.due_at.strftime("%m-%d %H:%M %z") for r in (respond, resolve, revisit) if r.due_at] == [
        "03-31 04:30 +0200",
        "04-01 02:30 +0200",
        "04-03 02:30 +0200",
    ]


def test_customers_without_any_date_are_warned_about(make: Make, settings: Settings) -> None:
    def codes(text: str, *, draft: bool = False) -> list[str]:
        return [p.code for p in warnings(make(text, draft=draft), settings, "customers/2024/x/customer.yaml")]

    assert codes("--- customer\n{name: 示例, stage: won}") == ["cadence.no_start"]
    assert codes("--- customer\n{name: 示例}") == ["cadence.no_start"]
    assert codes("--- customer\n{name: 示例, stage: lost}") == ["cadence.no_start"]
    assert codes("--- customer\n{name: 示例, rhythm: weekly}") == ["cadence.no_start"]
    assert codes("--- customer\n{name: 示例, rhythm: none}") == []
    assert codes("--- customer\n{name: 示例, stage: lost, churn: {reason: 价格}}") == []
    assert codes("--- customer\n{name: 示例, stage: won, created_on: 2024-06-01}") == []
    assert codes("--- customer\n{name: 示例}\n--- followup\n{status: done, at: 2024-06-01}") == []
    assert codes("--- customer\n{name: 示例}", draft=True) == []
