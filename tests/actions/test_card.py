"""What the card reckons by itself: how long and for how much a customer has bought (R-004-43)."""

from __future__ import annotations

from datetime import date

import pytest

from crmkit.actions.card import cooperation
from crmkit.actions.show import Brief, Money

TODAY = date(2024, 6, 15)


@pytest.mark.parametrize(
    ("since", "ordered", "months", "yearly"),
    [
        ("2022-06-15", 1_000_000, 24, 500_000),  # the source's own: 2年,年采购额50万
        ("2022-06-16", 1_000_000, 23, 521_739),
        ("2023-06-15", 120_000, 12, 120_000),
        ("2023-06-16", 120_000, 11, 120_000),  # within the first year: what it bought so far
        ("2024-06-15", 9_000, 0, 9_000),
        ("2024-05-31", 9_000, 0, 9_000),
        ("2030-01-01", 9_000, 0, 9_000),  # `--on` a day before
        ("", 9_000, 0, 9_000),  # orders without a day
        ("2020-02-29", 0, 51, 0),  # won, nothing ordered
    ],
)
def test_years_and_the_average_year(since: str, ordered: float, months: int, yearly: float) -> None:
    found = cooperation(Brief(since=since, money=Money(ordered=ordered, orders=1)), TODAY, "CNY")
    assert found is not None
    assert (found.months, found.yearly) == (months, yearly)


def test_who_never_bought_has_no_history() -> None:
    assert cooperation(Brief(), TODAY, "CNY") is None


def test_other_currencies_stay_apart() -> None:
    money = Money(ordered=100, orders=2, other=("USD 5,000.00",))
    found = cooperation(Brief(since="2024-01-01", money=money), TODAY, "CNY")
    assert found is not None
    assert (found.yearly, found.currency, found.other) == (100, "CNY", ("USD 5,000.00",))
