"""Definitions that the sample book has no case for: the last day that counts, the window of a campaign."""

from __future__ import annotations

from typing import Any

from tests.reports.test_reports_properties import material, reckon

Doc = dict[str, Any]
NUMBER = "202401-001"


def book(**kinds: list[Doc]) -> dict[str, list[Doc]]:
    """Return a book of one customer; records get ids and belong to it."""
    found: dict[str, list[Doc]] = {
        "customer": [{"id": NUMBER, "customer": NUMBER, "name": "甲", **kinds.pop("customer", [{}])[0]}]
    }
    for kind, docs in kinds.items():
        found[kind] = [
            {"id": f"{kind}-{n}", "customer": NUMBER, "customer_name": "甲", **doc}
            for n, doc in enumerate(docs)
        ]
    return found


def test_a_deal_was_won_on_the_last_day_that_says_so() -> None:
    steps = [
        {"stage": "new", "on": "2024-01-01"},
        {"stage": "won", "on": "2024-01-11"},
        {"stage": "won", "on": "2024-02-01"},
    ]
    (row,) = (
        reckon("conversion", material(book(opportunity=[{"stage": "won", "stage_history": steps}])))
        .sections[-1]
        .rows
    )
    assert (str(row["ended_on"]), row["cycle"]) == ("2024-02-01", 31)


def test_a_customer_was_lost_on_the_last_day_that_says_so() -> None:
    steps = [
        {"stage": "lost", "on": "2023-05-01"},
        {"stage": "won", "on": "2023-06-01"},
        {"stage": "lost", "on": "2024-05-01"},
    ]
    (row,) = (
        reckon("churn", material(book(customer=[{"stage": "lost", "stage_history": steps}]))).sections[1].rows
    )
    assert (str(row["lost_on"]), row["days"]) == ("2024-05-01", 335)


def test_a_participant_is_converted_within_ninety_days_of_joining() -> None:
    for day, converted in (("2024-01-31", 0), ("2024-02-01", 1), ("2024-05-01", 1), ("2024-05-02", 0)):
        campaign = {
            "name": "展会",
            "start_date": "2024-01-15",
            "participants": [{"customer": NUMBER, "joined_on": "2024-02-01"}],
        }
        given = book(order=[{"ordered_on": day, "amount": 100}], campaign=[campaign])
        (row,) = reckon("campaigns", material(given)).sections[0].rows
        assert (row["converted"], row["orders"]) == (converted, converted), day


def test_an_order_of_another_currency_has_rows_of_its_own() -> None:
    orders: list[Doc] = [
        {"ordered_on": "2024-01-01", "amount": 100},
        {"ordered_on": "2024-01-02", "amount": {"amount": 7, "currency": "USD"}},
    ]
    found = reckon("revenue", material(book(order=orders)))
    years = next(s for s in found.sections if s.name == "years")
    assert [(r["currency"], r["revenue"]) for r in years.rows] == [("CNY", 100), ("USD", 7)]
    assert years.total is None


def test_what_an_amount_differs_from_its_lines_is_a_line_and_unknown_cost_is_no_profit() -> None:
    items = [
        {"product": "甲品", "quantity": 2, "unit_price": 50, "unit_cost": 30},
        {"product": "乙品", "unit_price": 10},
    ]
    order = {"ordered_on": "2024-01-01", "amount": 100, "items": items}
    found = reckon("revenue", material(book(order=[order])))
    rows = {r["product"]: (r["revenue"], r["profit"]) for r in found.sections[-1].rows}
    assert rows == {"甲品": (100, 40), "乙品": (10, None), "(rest)": (-10, None)}
    year = next(s for s in found.sections if s.name == "years").rows[0]
    assert (year["revenue"], year["profit"], year["margin"]) == (100, 40, 40)
