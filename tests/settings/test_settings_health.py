"""The section `health` of crm.yaml (R-002-41, R-002-42): values over the defaults, errors with line and way out."""

from __future__ import annotations

import pytest

from crmkit.settings.load import SettingsError, load


def test_one_number_leaves_the_others() -> None:
    settings, problems = load(
        b"health:\n  weights: {orders: 60}\n  warn_below: 80\n  warn_each: {contact: 20}\n"
    )
    assert not problems
    assert settings.health == {
        "weights": {"orders": 60, "complaints": 30, "contact": 30},
        "window": "6 months",
        "warn_below": 80,
        "warn_each": {"contact": 20},
        "risk_below": {"high": 40, "medium": 55},
    }
    assert settings.from_json(settings.to_json()).health == settings.health


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("weights: {orders: viel}", "health.weights.orders"),
        ("weights: {orders: -1}", "health.weights.orders"),
        ("weights: {orders: 101}", "health.weights.orders"),
        ("weights: {orders: 1.5}", "health.weights.orders"),
        ("weights: {orders: ٤٠}", "health.weights.orders"),
        ("weights: {orders: 0, complaints: 0, contact: 0}", "health.weights"),
        ("weights: 40", "health.weights"),
        ("warn_below: [70]", "health.warn_below"),
        ("warn_below: 0070", "health.warn_below"),
        ("warn_each: {orders: }", "health.warn_each.orders"),
        ("window: half a moment", "health.window"),
        ("window: 0 days", "health.window"),
        ("window: -6 months", "health.window"),
        ("window: 24 hours", "health.window"),
    ],
)
def test_what_has_no_meaning_is_named_with_its_line(line: str, field: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(f"name: x\nhealth:\n  {line}\n".encode())
    problem = caught.value.problems[0]
    assert (problem.line, problem.field) == (3, field)
    assert str(problem.hint) or "wanted" in str(problem.message)


def test_a_misspelt_dimension_is_guessed() -> None:
    _, (problem,) = load(b"health:\n  weights: {order: 40}\n")
    assert (problem.severity, problem.field) == ("warning", "health.weights.order")
    assert "orders" in str(problem.hint)
