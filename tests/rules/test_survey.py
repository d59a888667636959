"""The rule survey.quarterly (R-002-32), at every boundary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.rules.row import Row
from crmkit.settings.model import Settings

Make = Callable[..., Dossier]
MakeSettings = Callable[[str], Settings]
HORIZON = date(2027, 1, 1)


def found(make: Make, settings: Settings, customer: str, *records: str) -> list[Row]:
    text = f"--- customer\n{{name: 示例, rhythm: none, owner: 王芳, {customer}}}\n"
    for record in records:
        kind, fields = record.split(" ", 1)
        text += f"--- {kind}\n{fields}\n"
    return [
        r for r in agenda(make(text, settings=settings), settings, HORIZON) if r.rule == "survey.quarterly"
    ]


WON = "stage: won, stage_history: [{stage: won, on: 2024-03-31}]"

CASES = [
    ("three months after winning, at the month's end", WON, [], ["2024-06-30"]),
    ("over a leap February", "stage: won, stage_history: [{stage: won, on: 2023-11-30}]", [], ["2024-02-29"]),
    ("three months after the last survey", WON, ["survey {on: 2024-04-10}"], ["2024-07-10"]),
    ("the last one, wherever it stands", WON, ["survey {on: 2024-09-10}", "survey {on: 2024-04-10}"], ["2024-12-10"]),
    ("a survey before winning counts too", WON, ["survey {on: 2024-03-01}"], ["2024-06-01"]),
    ("a survey without a day is none", WON, ["survey {period: 2024Q2}"], ["2024-06-30"]),
    (
        "loyal customers, from the first winning",
        "stage: loyal, stage_history: [{stage: loyal, on: 2024-01-01}, {stage: won, on: 2023-01-01}]",
        [],
        ["2023-04-01"],
    ),
    ("dormant ones too", f"{WON}, status: dormant", [], ["2024-06-30"]),
    ("nobody knows when it was won: from the day recorded", "stage: won, created_on: 2024-01-15", [], ["2024-04-15"]),
    ("not a single day is known", "stage: won", [], []),
    ("potential", "stage: potential, created_on: 2024-01-15", [], []),
    ("intent", "stage: intent, created_on: 2024-01-15", [], []),
    ("intent again after winning", "stage: intent, stage_history: [{stage: won, on: 2024-01-01}]", [], []),
    ("lost", "stage: lost, stage_history: [{stage: won, on: 2024-01-01}, {stage: lost, on: 2024-02-01}]", [], []),
    ("lost by status", f"{WON}, status: lost", [], []),
    ("a contact is no survey", WON, ["followup {status: done, at: 2024-05-01}"], ["2024-06-30"]),
    (
        "not even one that names the row",
        WON,
        ["followup {status: done, at: 2024-07-01, answers: 202406-001/survey.quarterly/202406-001/2024-06-30}"],
        ["2024-06-30"],
    ),
    (
        "put off",
        WON,
        [
            "followup {status: planned, due: 2024-07-20, reason: 改期, answers: 202406-001/survey.quarterly/202406-001/2024-06-30}"
        ],
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "records", "expected"), [c[1:] for c in CASES], ids=[f"R-002-32 {c[0]}" for c in CASES]
)
def test_surveys(
    customer: str, records: list[str], expected: list[str], make: Make, settings: Settings
) -> None:
    assert [str(r.due_on) for r in found(make, settings, customer, *records)] == expected


def test_it_says_what_it_counts_from_and_whom_it_concerns(make: Make, settings: Settings) -> None:
    """R-002-32: surveys are the success manager's, who sees the row beside the owner."""
    (row,) = found(
        make, settings, f"{WON}, success_manager: 孙悦, contacts: [{{name: 胡静, preferred_channel: email}}]"
    )
    assert str(row.reason) == "no survey yet, won 2024-03-31: every 3 months"
    assert (row.owner, row.people, row.contact, row.channels) == ("王芳", ("孙悦",), "胡静", ("email",))
    (row,) = found(make, settings, WON, "survey {on: 2024-04-10}")
    assert str(row.reason) == "last survey 2024-04-10: every 3 months"
    (row,) = found(make, settings, "stage: won, created_on: 2024-01-15")
    assert str(row.reason) == "no survey yet, recorded 2024-01-15: every 3 months"


def test_its_number_can_be_changed(make: Make, make_settings: MakeSettings) -> None:
    """R-002-32."""
    own = make_settings("rules:\n  survey.quarterly: {every: 6 months}\n")
    (row,) = found(make, own, WON)
    assert (str(row.due_on), row.interval, row.where) == ("2024-09-30", "6 months", "crm.yaml:9")
    assert found(make, make_settings("rules:\n  survey.quarterly: off\n"), WON) == []
