"""Orders, opportunities, plans: what their rows tell, whom they concern, where their numbers stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from crmkit import i18n
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row
from crmkit.rules.why import why
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
MakeSettings = Callable[[str], Settings]
HORIZON = date(2027, 1, 1)
CUSTOMER = "--- customer\n{name: 示例, rhythm: none, owner: 张三}\n"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    i18n.set_language("en")
    yield
    i18n.set_language("en")


def _rows(make: Make, settings: Settings, text: str) -> list[Row]:
    return agenda(make(CUSTOMER + text, settings=settings), settings, HORIZON)


def test_a_stale_opportunity_tells_stage_day_and_span(make: Make, settings: Settings) -> None:
    (row,) = _rows(
        make, settings, "--- opportunity a\n{name: 换新, stage: proposal, created_on: 2024-06-01}\n"
    )
    assert str(row.reason) == "opportunity 换新 (Proposal): no movement since 2024-06-01, allowed are 14 days"
    assert str(why(row, "")[0]) == (
        "rule opportunity.stale (R-003-16): 14 days, crmkit's default, which rules.opportunity.stale in crm.yaml changes"
    )


def test_a_missed_goal_is_named(make: Make, settings: Settings) -> None:
    entry = "{stage: proposal, on: 2024-06-01, goal: '入围 {3 家}', by: 2024-06-10}"
    text = f"--- opportunity a\n{{name: 换新, stage: proposal, stage_history: [{entry}]}}\n"
    (row,) = _rows(make, settings, text)
    assert str(row.reason) == (
        "opportunity 换新 (Proposal): no movement since 2024-06-01; planned by 2024-06-10: 入围 {3 家}"
    )
    assert row.interval == ""  # no number of days is behind this date
    (row,) = _rows(make, settings, text.replace(", goal: '入围 {3 家}'", ""))
    assert str(row.reason).endswith("planned by 2024-06-10: the goal of the stage")


def test_a_goal_ahead_is_told_beside_the_days(make: Make, settings: Settings) -> None:
    entry = "{stage: proposal, on: 2024-06-01, goal: 入围, by: 2024-07-10}"
    text = f"--- opportunity a\n{{stage: proposal, stage_history: [{entry}]}}\n"
    (row,) = _rows(make, settings, text)
    assert str(row.reason) == (
        "opportunity a (Proposal): no movement since 2024-06-01, allowed are 14 days; planned by 2024-07-10: 入围"
    )
    i18n.set_language("zh")
    assert "2024-07-10" in str(row.reason)


def test_the_goal_of_the_present_stage_counts(make: Make, settings: Settings) -> None:
    """A stage set by hand without its entry leaves the goal of the one before it behind."""
    entry = "{stage: proposal, on: 2024-06-01, goal: 入围, by: 2024-06-10}"
    text = f"--- opportunity a\n{{name: 换新, stage: negotiation, stage_history: [{entry}]}}\n"
    (row,) = _rows(make, settings, text)
    assert row.due_on == date(2024, 6, 15)


def test_a_stages_own_days_name_their_line(make: Make, make_settings: MakeSettings) -> None:
    own = make_settings("vocabularies:\n  opportunity_stage:\n    proposal: {days: 21}\n")
    (row,) = _rows(make, own, "--- opportunity a\n{name: 换新, stage: proposal, created_on: 2024-06-01}\n")
    assert (row.due_on, row.interval) == (date(2024, 6, 22), "21 days")
    assert str(why(row, "")[0]) == "rule opportunity.stale (R-003-16): 21 days, crm.yaml:9"
    assert "Proposal" in str(row.reason)  # the label of the default vocabulary stays


@pytest.mark.parametrize("days", ["-3", "-3 days", "[]", "''", "~", "99999999", "3 fortnights"])
def test_days_of_a_stage_that_mean_nothing_leave_the_rules(
    days: str, make: Make, make_settings: MakeSettings
) -> None:
    own = make_settings(f"vocabularies:\n  opportunity_stage:\n    proposal: {{days: {days}}}\n")
    (row,) = _rows(make, own, "--- opportunity a\n{name: 换新, stage: proposal, created_on: 2024-06-01}\n")
    assert row.due_on == date(2024, 6, 15)


def test_an_opportunity_names_whom_to_talk_to(make: Make, settings: Settings) -> None:
    text = """
    --- customer
    name: 示例
    rhythm: none
    contacts:
    - {name: 王经理, preferred_channel: phone, primary: true}
    - {name: 李工, preferred_channel: wechat}
    --- opportunity a
    {name: 换新, contacts: [李工, 王经理], close_date: 2024-06-30}
    --- opportunity b
    {name: 维保, close_date: 2024-07-30}
    """
    rows = agenda(make(text), settings, HORIZON)
    assert [(row.contact, row.channels) for row in rows] == [("李工", ("wechat",)), ("王经理", ("phone",))]


def test_a_year_beyond_the_calendar_harms_nobody_else(make: Make, settings: Settings) -> None:
    rows = _rows(
        make,
        settings,
        """
--- opportunity a
{name: 换新, created_on: 9999-12-25}
--- opportunity b
{name: 维保, close_date: 2024-06-30}
""",
    )
    assert [row.source for row in rows] == ["b"]


def test_payments_tell_which_and_how_much(make: Make, settings: Settings) -> None:
    rows = _rows(
        make,
        settings,
        """
--- order a
{number: "S-{1}", amount: 88000, payments: [{due: 2024-06-10, amount: 30000}, {due: 2024-06-11}]}
--- order b
{delivery_date: 2024-06-12}
""",
    )
    assert [str(row.reason) for row in rows] == [
        "order S-{1}: payment 1 of 2 is due, CNY 30,000",
        "order S-{1}: payment 2 of 2 is due",
        "order b: to be delivered on 2024-06-12",
    ]
    assert [row.id for row in rows] == [
        "202406-001/order.payment/a.1/2024-06-10",
        "202406-001/order.payment/a.2/2024-06-11",
        "202406-001/order.delivery/b/2024-06-12",
    ]


def test_the_owner_of_a_plan_sees_what_others_are_to_do(make: Make, settings: Settings) -> None:
    rows = _rows(
        make,
        settings,
        """
--- plan a
name: 挽回
purpose: recovery
owner: 郑凯
steps:
- {what: 回访, due: 2024-06-10}
- {what: 更换, due: 2024-06-11, owner: 林涛}
- {due: 2024-06-12}
--- plan b
{name: 移交, purpose: handover, steps: [{what: 资料, due: 2024-06-13, owner: 林涛}]}
""",
    )
    assert [(row.owner, row.people) for row in rows] == [
        ("郑凯", ()),
        ("林涛", ("郑凯",)),
        ("郑凯", ()),
        ("林涛", ()),
    ]
    assert [str(row.reason) for row in rows] == [
        "挽回, step 1 of 3: 回访",
        "挽回, step 2 of 3: 更换",
        "挽回, step 3 of 3",
        "移交, step 1 of 1: 资料",
    ]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("order.delivery", "--- order a\n{number: S1, delivery_date: 2024-06-10}\n"),
        ("order.payment", "--- order a\n{number: S1, payments: [{due: 2024-06-10}]}\n"),
        ("opportunity.stale", "--- opportunity a\n{name: 换新, created_on: 2024-06-01}\n"),
        ("opportunity.close", "--- opportunity a\n{name: 换新, close_date: 2024-06-10}\n"),
        ("plan.step", "--- plan a\n{name: 挽回, purpose: recovery, steps: [{due: 2024-06-10}]}\n"),
    ],
)
def test_each_can_be_switched_off(rule: str, text: str, make: Make, make_settings: MakeSettings) -> None:
    assert [row.rule for row in _rows(make, make_settings(""), text)] == [rule]
    assert _rows(make, make_settings(f"rules:\n  {rule}: off\n"), text) == []


def test_labels_are_the_readers(make: Make, make_settings: MakeSettings) -> None:
    """A row is kept as it was reckoned, and the next reader may speak the other language."""
    from crmkit import i18n

    settings = make_settings("")
    text = "--- opportunity\n{name: 换新, stage: proposal, close_date: 2024-06-20, stage_history: [{stage: proposal, on: 2024-06-19}]}"
    row = Row.from_json(agenda(make(text, settings=settings), settings, date(2024, 6, 30))[0].to_json())
    assert "now Proposal" in str(row.reason)
    try:
        i18n.set_language("zh")
        assert "方案报价" in str(row.reason)
        assert "Proposal" not in str(row.reason)
    finally:
        i18n.set_language("en")
