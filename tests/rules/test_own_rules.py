"""The book's own rules: `cadence.NAME` and `date.NAME` in crm.yaml, in the form of crmkit's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from crmkit.rules import condition
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.settings.load import load
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
MakeSettings = Callable[[str], Settings]
HORIZON = date(2026, 12, 31)

WON = """
--- customer
{name: 示例, stage: won, tags: [战略], founded: 2010-01-31, created_on: 2024-01-02}
--- followup
{status: done, at: 2024-06-01}
"""


def _rows(make: Make, settings: Settings, text: str) -> list[tuple[str, str, str]]:
    found = agenda(make(text, settings=settings), settings, HORIZON)
    return [(r.rule, r.due_on.isoformat(), str(r.reason)) for r in found]


def test_own_cadence_competes_with_the_others(make: Make, make_settings: MakeSettings) -> None:
    settings = make_settings(
        "rules:\n  survey.quarterly: off\n"
        '  cadence.strategic: {every: 10 days, when: "tag:战略", reason: 战略客户}\n'
    )
    assert _rows(make, settings, WON) == [
        ("cadence.strategic", "2024-06-11", "last contact 2024-06-01, 战略客户: every 10 days")
    ]
    other = WON.replace("战略", "普通")
    assert [r[:2] for r in _rows(make, settings, other)] == [("cadence.ordinary", "2024-09-01")]


def test_own_date_rule_counts_on_from_a_field_of_a_record(make: Make, make_settings: MakeSettings) -> None:
    settings = make_settings(
        "rules:\n  cadence.ordinary: off\n  survey.quarterly: off\n"
        "  date.warranty: {of: order.delivered_on, first: 11 months, reason: 保修将到期}\n"
    )
    text = (
        WON + "--- order\n{number: A1, ordered_on: 2024-01-10, status: delivered, delivered_on: 2024-03-31}\n"
    )
    assert _rows(make, settings, text) == [("date.warranty", "2025-02-28", "保修将到期: 2025-02-28")]


def test_own_date_rule_comes_round_at_the_months_end(make: Make, make_settings: MakeSettings) -> None:
    settings = make_settings(
        "rules:\n  cadence.ordinary: off\n  survey.quarterly: off\n"
        "  date.anniversary: {of: created_on, every: 1 month, lead: 1 day, reason: 周月}\n"
    )
    text = WON.replace("2024-01-02", "2024-01-31")
    found = agenda(make(text, settings=settings), settings, date(2024, 4, 30))
    days = [(r.due_on.isoformat(), r.until.isoformat() if r.until else "") for r in found]
    assert days == [
        ("2024-02-28", "2024-03-29"),
        ("2024-03-30", "2024-04-28"),
        ("2024-04-29", "2024-05-29"),
    ]


@pytest.mark.parametrize("gone", ["stage: lost", "answered"])
def test_own_date_rows_stop_when_lost_or_answered(make: Make, make_settings: MakeSettings, gone: str) -> None:
    settings = make_settings("rules:\n  date.audit: {of: founded, first: 15 years, reason: 审计}\n")
    text = WON + "--- followup\n{status: done, at: 2025-01-30, answers: c/date.audit/c/2025-01-31}\n"
    text = WON.replace("stage: won", gone) if gone != "answered" else text
    dossier = make(text, settings=settings)
    if gone == "answered":
        open_row = next(
            r for r in agenda(make(WON, settings=settings), settings, HORIZON) if r.rule == "date.audit"
        )
        text = text.replace("c/date.audit/c/2025-01-31", open_row.id)
        dossier = make(text, settings=settings)
    assert "date.audit" not in {r.rule for r in agenda(dossier, settings, HORIZON)}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("cadence.strategic: {reason: x}", "does not say when"),
        ("date.audit: {reason: x, every: 1 year}", "does not say when"),
        ("date.audit: {reason: x, of: founded}", "does not say when"),
        ("cadence.potentail: {every: 5 days}", "unknown rule 'cadence.potentail'"),
        ("activity.drop: {below: 0}", "a percentage"),
    ],
)
def test_mistakes_in_rules_are_named_with_their_line(line: str, message: str) -> None:
    from crmkit.settings.load import SettingsError

    raw = f"name: t\nrules:\n  {line}\n".encode()
    try:
        problems = load(raw)[1]
    except SettingsError as e:
        problems = list(e.problems)
    assert [(p.line, message in str(p.message)) for p in problems] == [(3, True)]
    assert str(problems[0].hint)


def test_a_misspelt_rule_is_never_taken_for_an_own_one(make_settings: MakeSettings) -> None:
    settings, problems = load(b"rules:\n  cadence.potentail: {every: 5 days}\n")
    assert "cadence.potentail" not in settings.rules
    assert "did you mean cadence.potential?" in str(problems[0].hint)


def test_the_field_of_a_date_rule_must_be_a_date() -> None:
    settings, _ = load(b"rules:\n  date.x: {of: order.amount, first: 1 day, reason: x}\n")
    (problem,) = condition.problems(settings)
    assert (problem.line, problem.field) == (2, "rules.date.x.of")
