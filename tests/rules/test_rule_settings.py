"""What crm.yaml can change of the rules: numbers, on and off, `when`, own rhythms and stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from crmkit.rules import condition
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
MakeSettings = Callable[[str], Settings]
Due = Callable[..., list[str]]

WON = "--- customer\n{name: 示例, stage: won, tier: A}\n--- followup\n{status: done, at: 2024-06-01}"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("cadence.high_value: {every: 2 weeks}", ["2024-06-15 cadence.high_value"]),
        ("cadence.high_value: {every: 2个工作日}", ["2024-06-04 cadence.high_value"]),
        ("cadence.high_value: {on: false}", ["2024-09-01 cadence.ordinary"]),
    ],
)
def test_a_rule_can_be_changed(own: str, expected: list[str], due: Due, make_settings: MakeSettings) -> None:
    settings = make_settings(f"rules:\n  {own}\n")
    assert due(WON, settings=settings) == expected


def test_a_lead_of_no_days_is_the_day_itself(due: Due, make_settings: MakeSettings) -> None:
    settings = make_settings("rules:\n  date.contract: {lead: 0 days}\n")
    text = "--- contract\n{number: H1, status: in_force, end_date: 2024-07-10}"
    assert due(text, settings=settings) == ["2024-07-10 date.contract"]


def test_when_is_asked_of_the_customer(make: Make, make_settings: MakeSettings) -> None:
    settings = make_settings("rules:\n  cadence.high_value: {when: 'tag:战略 phase:maintenance'}\n")
    dossier = make(WON, settings=settings)
    base = {"id": "202406-001", "kind": "customer", "path": "x", "customer": "202406-001", "stage": "won"}
    plain = replace(dossier, docs={"customer": [base]})
    strategic = replace(dossier, docs={"customer": [{**base, "tags": ["战略"]}]})
    horizon = date(2026, 1, 1)
    assert [r.rule for r in agenda(plain, settings, horizon)] == ["cadence.ordinary"]
    assert [r.rule for r in agenda(strategic, settings, horizon)] == ["cadence.high_value"]


@pytest.mark.parametrize(
    ("when", "word"),
    [
        ("created_on<today", "today"),
        ("is:overdue", "today"),
        ("nosuchfield:1", "nosuchfield"),
        ("(stage:won", ""),
    ],
)
def test_a_when_that_cannot_be_is_a_problem_and_forgets_nobody(
    when: str, word: str, make_settings: MakeSettings, make: Make
) -> None:
    plain = make_settings("")
    spec = replace(plain.rules["cadence.high_value"], when=when, line=12)
    settings = replace(plain, rules={**plain.rules, "cadence.high_value": spec})
    (problem,) = condition.problems(settings)
    assert (problem.line, problem.field, problem.severity) == (12, "rules.cadence.high_value.when", "error")
    assert word in str(problem.message)
    assert [r.rule for r in agenda(make(WON), settings, date(2026, 1, 1))] == ["cadence.high_value"]


def test_the_defaults_have_no_problems(settings: Settings) -> None:
    assert condition.problems(settings) == []


def test_a_rhythm_of_the_books_own(due: Due, make_settings: MakeSettings) -> None:
    settings = make_settings(
        "vocabularies:\n  rhythm:\n    halfyear: {en: Twice a year, zh: 半年, every: 6 months}\n"
    )
    text = "--- customer\n{name: 示例, rhythm: halfyear}\n--- followup\n{status: done, at: 2024-08-31}"
    assert due(text, settings=settings) == ["2025-02-28 cadence.override"]


def test_a_rhythm_switched_off_leaves_the_other_rules(due: Due, make_settings: MakeSettings) -> None:
    settings = make_settings("rules:\n  cadence.override: {on: false}\n")
    text = (
        "--- customer\n{name: 示例, stage: won, rhythm: none}\n--- followup\n{status: done, at: 2024-06-01}"
    )
    assert due(text, settings=settings) == ["2024-09-01 cadence.ordinary"]


def test_a_stage_of_the_books_own_says_what_it_is_like(due: Due, make_settings: MakeSettings) -> None:
    own = "vocabularies:\n  stage:\n    vip: {en: VIP, zh: 贵宾, like: loyal}\n    trial: {en: Trial, zh: 试用}\n"
    settings = make_settings(own)
    text = "--- customer\n{{name: 示例, stage: {}}}\n--- followup\n{{status: done, at: 2024-06-01}}"
    assert due(text.format("贵宾"), settings=settings) == ["2024-09-01 cadence.ordinary"]
    assert due(text.format("trial"), settings=settings) == ["2024-06-04 cadence.potential"]


def test_clocks_and_deadlines_can_be_switched_off(due: Due, make_settings: MakeSettings) -> None:
    text = "--- feedback\n{type: complaint, received_at: 2024-06-07T23:10, content: 漏水, due: 2024-06-20}"
    off = make_settings(
        "rules:\n  sla.resolve: {on: false}\n  sla.revisit: {on: false}\n  feedback.due: {on: false}\n"
    )
    assert due(text, settings=off) == ["2024-06-08T01:10 sla.respond"]


def test_a_deadline_without_a_day_of_receipt_is_kept(due: Due) -> None:
    assert due("--- feedback\n{type: service, content: 检修, due: 2024-06-20}") == ["2024-06-20 feedback.due"]


def test_when_may_ask_for_the_phase_of_an_opportunity(make: Make, make_settings: MakeSettings) -> None:
    settings = make_settings("rules:\n  cadence.high_value: {when: 'opportunity.phase:following'}\n")
    identity = {"path": "x", "customer": "202406-001"}
    customer = {"id": "202406-001", "kind": "customer", **identity}
    opportunity = {"id": "opportunity-a", "kind": "opportunity", **identity}
    dossier = make(WON, settings=settings)
    for stage, rule in (("new", "cadence.ordinary"), ("proposal", "cadence.high_value")):
        docs = {"customer": [customer], "opportunity": [{**opportunity, "stage": stage}]}
        rows = agenda(replace(dossier, docs=docs), settings, date(2026, 1, 1))
        assert [r.rule for r in rows] == [rule]
