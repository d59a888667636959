"""Phase of a customer (R-002-01), status of an opportunity (R-003-51), last contact, first won."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from crmkit.rules import computed
from crmkit.rules.dossier import Dossier
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]

DONE = "--- followup\n{status: done, at: 2024-06-01}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--- customer\n{name: 示例}", "acquisition"),
        ("--- customer\n{name: 示例}\n" + DONE, "follow_up"),
        ("--- customer\n{name: 示例, stage: intent}", "follow_up"),
        ("--- customer\n{name: 示例}\n--- opportunity\n{name: 换新, stage: qualify}", "follow_up"),
        ("--- customer\n{name: 示例}\n--- opportunity\n{name: 换新, stage: lost}", "acquisition"),
        ("--- customer\n{name: 示例}\n--- opportunity\n{name: 换新, stage: proposal}", "conversion"),
        ("--- customer\n{name: 示例}\n--- plan\n{name: 方案, purpose: solution}", "conversion"),
        ("--- customer\n{name: 示例}\n--- contract\n{number: H1, status: review}", "conversion"),
        (
            "--- customer\n{name: 示例, stage: won}\n--- opportunity\n{name: 换新, stage: proposal}",
            "maintenance",
        ),
        ("--- customer\n{name: 示例, stage: loyal}", "maintenance"),
        ("--- customer\n{name: 示例, stage: won, status: dormant}", "recovery"),
        ("--- customer\n{name: 示例, stage: won, churn: {risk: high}}", "recovery"),
        ("--- customer\n{name: 示例, stage: won, churn: {risk: low}}", "maintenance"),
        ("--- customer\n{name: 示例, stage: lost}", "recovery"),
        ("--- customer\n{name: 示例, stage: won, status: lost}", "recovery"),
    ],
)
def test_phase(text: str, expected: str, make: Make, settings: Settings) -> None:
    assert computed.phase(make(text), settings) == expected


@pytest.mark.parametrize(
    ("stage", "named", "expected"),
    [
        ("", False, "new"),
        ("stage: new", False, "new"),
        ("stage: new", True, "following"),
        ("stage: negotiation", False, "following"),
        ("stage: won", True, "won"),
        ("stage: lost", False, "lost"),
    ],
)
def test_opportunity_status(stage: str, named: bool, expected: str, make: Make) -> None:
    text = f"--- opportunity opportunity-a\nname: 换新\n{stage}\n"
    if named:
        text += "--- followup\n{status: done, at: 2024-06-01, opportunity: opportunity-a}\n"
    dossier = make(text)
    (opportunity,) = dossier.records["opportunity"]
    assert computed.opportunity_status(opportunity, dossier) == expected  # type: ignore[arg-type]


def test_last_contact_and_first_won(make: Make, settings: Settings) -> None:
    dossier = make(
        "--- customer\n{name: 示例, stage_history: [{stage: loyal, on: 2024-05-01}, {stage: won, on: 2024-03-01}]}\n"
        + DONE
    )
    assert computed.last_contact(dossier, settings) == date(2024, 6, 1)
    assert computed.first_won(dossier, settings) == date(2024, 3, 1)
    bare = make("--- customer\n{name: 示例}")
    assert computed.last_contact(bare, settings) is None
    assert computed.first_won(bare, settings) is None
