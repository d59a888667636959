"""R-002-39, R-003-69, R-003-71: levels proposed from the data, with reasons; what was set by hand stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Crm

DAY = ("--on", "2024-06-15")
TIERS = """
tiers:
  - {code: A, name: VIP, high_value: true, when: "spent_12m>=50万 or (years>=3 orders_12m>=2) or strategic:true"}
  - {code: B, name: 普通客户, when: "order_count>=1"}
  - {code: C, name: 潜力客户, when: "stage:potential,intent"}
"""


@pytest.fixture
def tiered(book: Path, crm: Crm) -> str:
    """A book with three levels, and a customer that ordered for 600,000 this year and 900,000 two years ago."""
    with (book / "crm.yaml").open("a") as settings:
        settings.write(TIERS)
    added = crm("add", "customer", "大户机电有限公司", "stage=won", *DAY)
    number = added.out.strip()
    for order, day, amount in (
        ("A-1", "2022-03-01", "90万"),
        ("A-2", "2023-06-16", "60万"),
        ("A-3", "2023-06-15", "7"),
    ):
        assert (
            crm("add", "order", number, f"number={order}", f"ordered_on={day}", f"amount={amount}").code == 0
        )
    assert (
        crm(
            "add", "order", number, "number=A-4", "ordered_on=2024-01-01", "amount=5亿", "status=cancelled"
        ).code
        == 0
    )
    return number


def proposals(crm: Crm, *words: str) -> list[dict[str, Any]]:
    shown = crm("tier", *words, "--json", *DAY)
    assert shown.code == 0, shown.err
    found: list[dict[str, Any]] = json.loads(shown.out)
    return found


def customer(crm: Crm, number: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(crm("show", number, "--json", *DAY).out)
    return found


def test_the_worked_example_of_the_documentation(crm: Crm, tiered: str) -> None:
    big, small = proposals(crm)
    assert (big["id"], big["now"], big["proposed"]) == (tiered, "", "A")
    # 15 June 2023 lies twelve months back and no longer counts, 16 June does; what was cancelled never does
    assert big["figures"]["spent_12m"] == 600_000
    assert big["figures"]["spent"] == 1_500_007
    assert (big["figures"]["orders_12m"], big["figures"]["order_count"]) == (1, 3)
    assert (big["figures"]["since"], big["figures"]["years"]) == ("2022-03-01", 2)
    assert big["reasons"] == ["Spent in 12 months ¥600,000 (spent_12m>=50万)"]
    assert (small["id"], small["proposed"]) == ("202406-001", "C")


def test_the_same_names_are_asked_for_in_lists(crm: Crm, tiered: str) -> None:
    def found(query: str) -> list[str]:
        return crm("list", "customer", query, "--format", "ids", *DAY).out.split()

    assert found("spent_12m>=600000") == [tiered]
    assert found("spent_12m>600000") == []
    assert found("years=2") == found("years>=2") == found("years>1") == found("years<3") == [tiered]
    assert found("years>=3") == found("years>2") == found("years<2") == []
    assert found("orders_12m=0") == ["202406-001"]
    assert found("has:spent_12m") == [tiered]
    assert found("no:years") == ["202406-001"]
    assert crm("list", "customer", "--columns", "spent,since", "--sort", "-spent", *DAY).out.splitlines()[
        0
    ] == ("1500007\t2022-03-01")
    # seen from another day the same book gives another answer
    assert crm("list", "customer", "spent_12m>0", "--format", "ids", "--on", "2025-06-16").out == ""
    wrong = crm("list", "customer", "spent12m>5", *DAY)
    assert wrong.code == 2
    assert "spent_12m" in wrong.err


def test_one_is_applied_with_its_reason_and_all_but_those_by_hand(crm: Crm, tiered: str) -> None:
    assert crm("tier", tiered, "--apply", *DAY).code == 0
    doc = customer(crm, tiered)
    assert doc["tier"] == "A"
    assert doc["tier_on"] == "2024-06-15"
    assert doc["tier_basis"] == "crm tier A: 近 12 个月消费 ¥600,000 (spent_12m>=50万)", (
        "in the book's language"
    )

    assert crm("set", "202406-001", "tier=A", "tier_on=2024-06-01", "tier_basis=老板的朋友", *DAY).code == 0
    (held,) = proposals(crm)
    assert held["by_hand"] is True
    assert (held["since"], held["proposed"]) == ("2024-06-01", "C")
    nothing = crm("tier", "all", "--apply", *DAY)
    assert nothing.code == 1
    assert "by name" in nothing.err
    assert customer(crm, "202406-001")["tier"] == "A"
    assert crm("tier", "202406-001", "--apply", *DAY).code == 0, "but by its name"
    assert customer(crm, "202406-001")["tier"] == "C"


def test_an_applied_tier_follows_the_data_until_it_is_kept_by_hand(crm: Crm, tiered: str) -> None:
    crm("tier", "all", "--apply", "--yes", *DAY)
    later = ("--on", "2025-06-17")
    (down,) = json.loads(crm("tier", "--json", *later).out)
    assert (down["now"], down["proposed"], down["by_hand"]) == ("A", "B", False)
    assert down["against"][0] == "Spent in 12 months ¥0 (spent_12m>=50万)"
    assert crm("tier", tiered, "--keep", "--why", "集团统一定级", *later).code == 0
    doc = json.loads(crm("show", tiered, "--json").out)
    assert (doc["tier"], doc["tier_basis"], doc["tier_on"]) == ("A", "集团统一定级", "2025-06-17")
    assert crm("tier", "all", "--apply", *later).code == 1


def test_a_tier_changed_in_the_file_counts_as_set_by_hand(crm: Crm, tiered: str, book: Path) -> None:
    crm("tier", tiered, "--apply", *DAY)
    path = next(book.glob(f"customers/*/{tiered}/customer.yaml"))
    path.write_text(path.read_text().replace("tier: A", "tier: C"))
    (found,) = proposals(crm, tiered)
    assert found["by_hand"] is True


def test_a_dry_run_writes_nothing_and_off_a_terminal_customers_are_named(crm: Crm, tiered: str) -> None:
    assert "+tier: A" in crm("tier", tiered, "--apply", "--dry-run", *DAY).out
    assert "tier" not in customer(crm, tiered)
    asked = crm("tier", "--apply", *DAY)
    assert asked.code == 2
    assert "crm tier all --apply" in asked.err
    many = crm("tier", "all", "--apply", *DAY)
    assert many.code == 1
    assert "--yes" in many.err


def test_queries_of_tiers_that_cannot_be_read_are_found_by_check(crm: Crm, book: Path) -> None:
    with (book / "crm.yaml").open("a") as settings:
        settings.write("tiers:\n  - {code: A, name: VIP, when: 'spend_12m>=5'}\n")
    told = crm("check")
    assert told.code == 3
    assert "tiers" in told.out + told.err
    assert "spent_12m" in told.out + told.err
