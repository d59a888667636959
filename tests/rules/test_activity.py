"""The rule activity.drop: use and contacts that fell below half (R-002-35, R-002-36), at every boundary."""

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


def found(make: Make, settings: Settings, customer: str, days: str = "", more: str = "") -> list[Row]:
    """The rows of the rule; `days` are the days of contacts."""
    text = f"--- customer\n{{name: 示例, owner: 李四, {customer}}}\n{more}"
    text += "".join(f"--- followup\n{{status: done, at: {day}}}\n" for day in days.split())
    return [r for r in agenda(make(text, settings=settings), settings, HORIZON) if r.rule == "activity.drop"]


def told(rows: list[Row]) -> list[str]:
    return [" ".join([str(r.due_on), *(f"+{a.due}" for a in r.also)]) for r in rows]


def usage(*entries: str) -> str:
    return f"rhythm: none, usage: [{', '.join(f'{{{e}}}' for e in entries)}]"


USAGE = [
    ("R-002-35", "logins below half", usage("on: 2024-05-01, logins: 100", "on: 2024-06-01, logins: 49"), ["2024-06-02"]),
    ("R-002-35", "half is not below", usage("on: 2024-05-01, logins: 100", "on: 2024-06-01, logins: 50"), []),
    ("R-002-35", "below half of an odd number", usage("on: 2024-05-01, logins: 3", "on: 2024-06-01, logins: 1"), ["2024-06-02"]),
    ("R-002-35", "none at all", usage("on: 2024-05-01, logins: 1", "on: 2024-06-01, logins: 0"), ["2024-06-02"]),
    ("R-002-35", "nothing to fall from", usage("on: 2024-05-01, logins: 0", "on: 2024-06-01, logins: 0"), []),
    ("R-002-35", "it rose", usage("on: 2024-05-01, logins: 1", "on: 2024-06-01, logins: 9"), []),
    ("R-002-35", "one measure", usage("on: 2024-06-01, logins: 0"), []),
    ("R-002-35", "entries in any order", usage("on: 2024-06-01, logins: 1", "on: 2024-05-01, logins: 9"), ["2024-06-02"]),
    (
        "R-002-35",
        "only the last two count",
        usage("on: 2024-04-01, logins: 99", "on: 2024-05-01, logins: 9", "on: 2024-06-01, logins: 8"),
        [],
    ),
    ("R-002-35", "a measure without a day is none", usage("logins: 99", "on: 2024-06-01, logins: 1"), []),
    (
        "R-002-35",
        "features used below half",
        usage("on: 2024-05-31, logins: 10, features: [a, b, c]", "on: 2024-06-30, logins: 10, features: [a]"),
        ["2024-07-01"],
    ),
    (
        "R-002-35",
        "half of the features is not below",
        usage("on: 2024-05-31, features: [a, b]", "on: 2024-06-30, features: [a]"),
        [],
    ),
    (
        "R-002-35",
        "features that were not listed were not counted",
        usage("on: 2024-05-31, logins: 10, features: [a, b, c]", "on: 2024-06-30, logins: 10"),
        [],
    ),
    (
        "R-002-35",
        "logins that were not counted are not zero",
        usage("on: 2024-05-31, logins: 10", "on: 2024-06-30, features: [a]"),
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "expected"), [u[2:] for u in USAGE], ids=[f"{u[0]} {u[1]}" for u in USAGE]
)
def test_use(customer: str, expected: list[str], make: Make, settings: Settings) -> None:
    assert told(found(make, settings, customer)) == expected


FELL = usage("on: 2024-05-01, logins: 100", "on: 2024-06-01, logins: 10")

CAUSES = [
    ("R-002-36", "noted on the day of the measure", "churn: {cause: 重组, on: 2024-06-01}", []),
    ("R-002-36", "noted the day before it was measured", "churn: {cause: 重组, on: 2024-05-31}", ["2024-06-02"]),
    ("R-002-36", "a risk is no cause", "churn: {risk: high, on: 2024-06-03}", ["2024-06-02"]),
    ("R-002-36", "without a day the customer's change counts", "churn: {cause: 重组}, updated_at: 2024-06-01T08:00", []),
    ("R-002-36", "changed before", "churn: {cause: 重组}, updated_at: 2024-05-31T23:59", ["2024-06-02"]),
    ("R-002-36", "nobody knows when it was noted", "churn: {cause: 重组}", ["2024-06-02"]),
    (
        "R-002-36",
        "an old cause is not the new one's, whatever was changed since",
        "churn: {cause: 重组, on: 2023-01-01}, updated_at: 2024-06-05T08:00",
        ["2024-06-02"],
    ),
    (
        "R-002-36",
        "what a lost customer does not use any more",
        "stage: lost, stage_history: [{stage: lost, on: 2024-06-01}]",
        [],
    ),
    (
        "R-002-36",
        "what fell before it was lost still wants its cause",
        "stage: lost, stage_history: [{stage: lost, on: 2024-06-02}]",
        ["2024-06-02"],
    ),
    ("R-002-36", "lost, nobody knows when", "stage: lost", ["2024-06-02"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("noted", "expected"), [c[2:] for c in CAUSES], ids=[f"{c[0]} {c[1]}" for c in CAUSES]
)
def test_causes(noted: str, expected: list[str], make: Make, settings: Settings) -> None:
    assert told(found(make, settings, f"{FELL}, {noted}")) == expected


@pytest.mark.parametrize(
    "followup",
    [
        "{status: done, at: 2024-06-05, answers: 202406-001/activity.drop/202406-001/2024-06-02}",
        "{status: planned, due: 2024-06-09, reason: 改期, answers: 202406-001/activity.drop/202406-001/2024-06-02}",
    ],
)
def test_answered_or_put_off(followup: str, make: Make, settings: Settings) -> None:
    """R-002-36, R-004-47."""
    assert found(make, settings, FELL, more=f"--- followup\n{followup}\n") == []


def test_the_share_can_be_changed(make: Make, make_settings: MakeSettings) -> None:
    """R-002-36: the number is crmkit's."""
    own = make_settings("rules:\n  activity.drop: {below: 80}\n")
    fell = usage("on: 2024-05-01, logins: 100", "on: 2024-06-01, logins: 79")
    kept = usage("on: 2024-05-01, logins: 100", "on: 2024-06-01, logins: 80")
    assert told(found(make, own, fell)) == ["2024-06-02"]
    assert found(make, own, kept) == []
    assert found(make, make_settings("rules:\n  activity.drop: off\n"), FELL) == []


WON = "stage: won, stage_history: [{stage: won, on: 2023-10-15}]"
FOUR = "2024-01-05 2024-01-25 2024-02-15 2024-03-31"
FIVE = FOUR + " 2024-03-01"

CONTACTS = [
    ("R-002-36", "four contacts, then one", WON, FOUR + " 2024-04-01", ["2024-07-01"]),
    ("R-002-36", "four contacts, then two: half", WON, FOUR + " 2024-04-01 2024-06-30", []),
    ("R-002-36", "five, then two", WON, FIVE + " 2024-04-01 2024-05-01", ["2024-07-01"]),
    ("R-002-36", "five, then three", WON, FIVE + " 2024-04-01 2024-05-01 2024-06-30", []),
    ("R-002-36", "a monthly rhythm and then one is between two contacts", WON, "2024-01-05 2024-02-05 2024-03-05 2024-04-05", []),
    ("R-002-36", "silence after the quarter", WON, FOUR, ["2024-07-01"]),
    ("R-002-36", "silence after three contacts is the cadence's matter", WON, "2024-01-05 2024-02-05 2024-03-05", []),
    ("R-002-36", "an old fall is past once the next quarter is like the last", WON, FOUR + " 2024-04-01 2024-07-10", []),
    ("R-002-36", "over the new year", WON, "2024-10-01 2024-10-02 2024-11-03 2024-12-31 2025-03-31", ["2025-04-01"]),
    (
        "R-002-36",
        "the quarter of winning is no measure",
        "stage: won, stage_history: [{stage: won, on: 2024-01-01}]",
        FOUR + " 2024-04-01",
        [],
    ),
    (
        "R-002-36",
        "won the day before it began it is",
        "stage: won, stage_history: [{stage: won, on: 2023-12-31}]",
        FOUR + " 2024-04-01",
        ["2024-07-01"],
    ),
    ("R-002-36", "nobody knows when it was won", "stage: won", FOUR + " 2024-04-01", []),
    ("R-002-36", "recorded long before", "stage: won, created_on: 2023-01-01", FOUR + " 2024-04-01", ["2024-07-01"]),
    ("R-002-36", "a rhythm of its own", f"{WON}, rhythm: quarterly", FOUR + " 2024-04-01", []),
    ("R-002-36", "a dormant customer", f"{WON}, status: dormant", FOUR + " 2024-04-01", []),
    ("R-002-36", "not won yet", "stage: intent, created_on: 2023-01-01", FOUR + " 2024-04-01", []),
    ("R-002-36", "lost", "stage: lost, created_on: 2023-01-01", FOUR + " 2024-04-01", []),
    (
        "R-002-36",
        "the cause noted at the quarter's end",
        f"{WON}, churn: {{cause: 重组, on: 2024-06-30}}",
        FOUR + " 2024-04-01",
        [],
    ),
    (
        "R-002-36",
        "noted while it lasted",
        f"{WON}, churn: {{cause: 重组, on: 2024-06-29}}",
        FOUR + " 2024-04-01",
        ["2024-07-01"],
    ),
    ("R-002-36", "days at the end of the calendar", WON, FOUR + " 9999-12-31", []),
    ("R-002-36", "and at its beginning", WON, "0001-01-01 0001-01-01 0001-01-01 0001-01-01", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("customer", "days", "expected"), [c[2:] for c in CONTACTS], ids=[f"{c[0]} {c[1]}" for c in CONTACTS]
)
def test_contacts(customer: str, days: str, expected: list[str], make: Make, settings: Settings) -> None:
    assert told(found(make, settings, customer, days)) == expected


def test_use_and_contacts_are_one_row(make: Make, settings: Settings) -> None:
    """R-002-36: the earlier fall leads; on one day both are told together."""
    june = f"{WON}, usage: [{{on: 2024-05-01, logins: 9}}, {{on: 2024-06-10, logins: 1}}]"
    (row,) = found(make, settings, june, FOUR + " 2024-04-01")
    assert told([row]) == ["2024-06-11 +2024-07-01"]
    assert str(row.reason) == "use of 2024-06-10: logins fell from 9 to 1, look for the cause"
    assert [str(a.reason) for a in row.also] == [
        "contacts of the quarter to 2024-06-30 fell from 4 to 1, look for the cause"
    ]
    same = june.replace("2024-06-10", "2024-06-30")
    (row,) = found(make, settings, same, FOUR + " 2024-04-01")
    assert told([row]) == ["2024-07-01"]
    assert str(row.reason).count("look for the cause") == 2
    answered = "--- followup\n{status: done, at: 2024-06-12, answers: 202406-001/activity.drop/202406-001/2024-06-11}\n"
    assert told(found(make, settings, june, FIVE, more=answered)) == ["2024-07-01"]


def test_the_success_manager_sees_it(make: Make, settings: Settings) -> None:
    """R-002-36, R-002-40."""
    (row,) = found(make, settings, f"{FELL}, success_manager: 孙悦")
    assert (row.owner, row.people, row.source) == ("李四", ("孙悦",), "202406-001")
    (row,) = found(make, settings, f"{FELL}, success_manager: 李四")
    assert row.people == ()
