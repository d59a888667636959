"""What must hold for any book: totals are the sums of their rows, owners share out the whole, a query never adds.

Reports are pure, so the books here are plain records without files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmkit.actions.report import NAMES
from crmkit.reports.bars import draw as draw_chart
from crmkit.reports.html import html
from crmkit.reports.markdown import markdown
from crmkit.reports.report import Material, Period, Report
from crmkit.settings.load import defaults
from crmkit.settings.words import Words

Doc = dict[str, Any]
SLOW = (HealthCheck.too_slow,)  # a busy machine is no fault of the report
NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
BOOK = defaults()
OWNERS = ("张三", "李四", None)
CURRENCIES = (None, "CNY", "USD")
TABLES = [name for name in NAMES if name != "weekly"]

days = st.dates(date(2023, 1, 1), date(2024, 12, 31)).map(date.isoformat)
amounts = st.decimals(0, 10**6, places=2, allow_nan=False).map(float)
maybe = st.none()


def fields(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[Doc]:
    return st.fixed_dictionaries(values).map(lambda d: {k: v for k, v in d.items() if v is not None})


steps = st.lists(
    fields(
        stage=st.sampled_from(["potential", "intent", "won", "loyal", "lost"]),
        on=days | maybe,
        via=st.sampled_from(["展会", None]),
    ),
    max_size=4,
)
customers = fields(
    name=st.sampled_from(["甲", "乙<b>", "=1+1", "丙\x1b[31m"]),
    type=st.sampled_from(["company", "person", None]),
    industry=st.sampled_from(["汽车制造业", "教育", "别的", None]),
    address=st.sampled_from([None, {"province": "江苏省", "city": "苏州市"}, {"country": "Deutschland"}]),
    employees=st.integers(0, 5000) | maybe,
    owner=st.sampled_from(OWNERS),
    stage=st.sampled_from(["potential", "intent", "won", "loyal", "lost", None]),
    status=st.sampled_from(["active", "lost", None]),
    tier=st.sampled_from(["A", "B", "X", None]),
    source=st.sampled_from(["exhibition", "online", None]),
    stage_history=steps,
    created_on=days | maybe,
    churn=st.sampled_from([None, {"risk": "high", "cause": "竞品", "on": "2024-03-01"}]),
    needs=st.lists(
        fields(
            summary=st.sampled_from(["节能改造", "价格太贵", None]),
            on=days,
            budget=st.sampled_from([None, {"max": 500000}]),
        ),
        max_size=2,
    ),
)
items = st.lists(
    fields(
        product=st.sampled_from(["product-1", "散件", None]),
        quantity=st.integers(1, 9) | maybe,
        unit_price=amounts | maybe,
        unit_cost=amounts | maybe,
        discount=st.sampled_from([None, 10]),
    ),
    max_size=3,
)
orders = fields(
    number=st.just("SO-1"),
    ordered_on=days | maybe,
    status=st.sampled_from(["paid", "cancelled", None]),
    amount=amounts | maybe,
    currency=st.sampled_from(CURRENCIES),
    items=items,
    owner=st.sampled_from(OWNERS),
)
deals = fields(
    name=st.just("商机"),
    stage=st.sampled_from(["new", "qualify", "proposal", "negotiation", "signing", "won", "lost", None]),
    stage_history=st.lists(
        fields(stage=st.sampled_from(["new", "proposal", "won", "lost"]), on=days), max_size=3
    ),
    amount=amounts | maybe,
    currency=st.sampled_from(CURRENCIES),
    probability=st.integers(0, 100) | maybe,
    close_date=days | maybe,
    closed_on=days | maybe,
    owner=st.sampled_from(OWNERS),
    created_on=days,
)
times = st.integers(0, 165 * 24 * 60).map(
    lambda n: (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n)).isoformat()
)
feedback = fields(
    type=st.sampled_from(["complaint", "praise", None]),
    about=st.sampled_from(["service", "price", None]),
    status=st.sampled_from(["open", "resolved", None]),
    received_at=times,
    first_responded_at=times | maybe,
    resolved_at=times | days | maybe,
    satisfaction=st.integers(1, 5) | maybe,
    content=st.sampled_from(["响应太慢", "<script>alert(1)</script>"]),
    owner=st.sampled_from(OWNERS),
)
followups = fields(
    status=st.sampled_from(["done", "planned"]),
    at=times | maybe,
    due=days | maybe,
    by=st.sampled_from(OWNERS),
    content=st.just("谈了"),
    next_step=st.sampled_from([None, "6月20日前寄合同"]),
)
KINDS = {"order": orders, "opportunity": deals, "feedback": feedback, "followup": followups}


@st.composite
def books(draw: st.DrawFn) -> dict[str, list[Doc]]:
    """Return records by kind, as the index gives them."""
    found: dict[str, list[Doc]] = {
        "product": [{"id": "product-1", "name": "空压机", "cost": 7, "category": "设备"}]
    }
    found["customer"] = [
        {**d, "id": f"20240{n}-001", "customer": f"20240{n}-001", "path": "", "customer_name": ""}
        for n, d in enumerate(draw(st.lists(customers, min_size=1, max_size=5)), 1)
    ]
    numbers = [d["id"] for d in found["customer"]]
    for kind, one in KINDS.items():
        docs = draw(st.lists(st.tuples(st.sampled_from(numbers), one), max_size=5))
        found[kind] = [
            {**d, "id": f"{kind}-{n}", "customer": number, "customer_name": number}
            for n, (number, d) in enumerate(docs)
        ]
    found["campaign"] = [
        {
            "id": "campaign-1",
            "name": "展会",
            "start_date": "2024-02-01",
            "participants": [{"customer": n} for n in draw(st.lists(st.sampled_from(numbers), max_size=4))],
            "cost": 100,
        }
    ]
    return found


def material(
    book: dict[str, list[Doc]],
    owner: str = "",
    only: frozenset[str] | None = None,
    period: Period | None = None,
) -> Material:
    def records(kind: str) -> Sequence[Doc]:
        docs = book.get(kind, [])
        return (
            docs
            if only is None or kind in {"product", "campaign"}
            else [d for d in docs if d["customer"] in only]
        )

    return Material(
        BOOK,
        period or Period(date.min, date.max, NOW),
        records,
        owner=owner,
        query="x" if only is not None else "",
    )


def reckon(name: str, given: Material) -> Report:
    found: Report = import_module(NAMES[name][0]).report(given)
    return found


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
@given(book=books())
def test_any_book_gives_every_report_in_every_form(name: str, book: dict[str, list[Doc]]) -> None:
    found = reckon(name, material(book))
    json.dumps(found.to_json(), allow_nan=False)
    words = Words(BOOK)
    page = html(found, words, "账本")
    assert "<script" not in page
    assert "\x1b" not in page
    assert "<b>" not in page.replace("<b></b>", "")
    markdown(found, words)
    for section in found.sections:
        names = {c.name for c in section.columns}
        for row in section.rows:
            assert names <= row.keys() | {"currency", "section"} | _absent(section.rows, names), (
                section.name,
                names - row.keys(),
            )
        for chart in section.charts:
            assert all(len(s.values) == len(chart.labels) for s in chart.series)
            list(draw_chart(chart, words, 80))


def _absent(rows: Sequence[Any], names: set[str]) -> set[str]:
    """Columns that some rows leave out on purpose (the last stage of a funnel)."""
    return {n for n in names if any(n in row for row in rows)}


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(book=books())
def test_totals_are_the_sums_of_their_rows(book: dict[str, list[Doc]]) -> None:
    for name in TABLES:
        for section in reckon(name, material(book)).sections:
            if section.total is None:
                continue
            for column in section.columns:
                value = section.total.get(column.name)
                given = [row[column.name] for row in section.rows if row.get(column.name) is not None]
                if column.type == "money" and value is not None:
                    assert value == sum(given, Decimal(0)), (name, section.name, column.name)
                if column.type == "integer" and value is not None and column.name != "orders":
                    assert value == sum(given), (name, section.name, column.name)


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(book=books())
def test_every_cut_of_the_revenue_is_the_same_money(book: dict[str, list[Doc]]) -> None:
    found = reckon("revenue", material(book))
    sums = []
    for section in found.sections:
        by: dict[str, Decimal] = {}
        for row in section.rows:
            by[row["currency"]] = by.get(row["currency"], Decimal(0)) + row["revenue"]
        sums.append(by)
    assert all(one == sums[0] for one in sums)
    shares: dict[tuple[str, str], Decimal] = {}
    for section in found.sections[:-1]:
        for row in section.rows:
            key = section.name, row["currency"]
            shares[key] = shares.get(key, Decimal(0)) + row["share"]
    assert all(abs(s - 100) < Decimal("1e-20") or s == 0 for s in shares.values())


COUNTS: dict[str, Callable[[Report], dict[str, Any]]] = {
    "base": lambda r: {"customers": len(r.sections[0].rows)},
    "distribution": lambda r: {"customers": sum(x["customers"] for x in r.sections[0].rows)},
    "pipeline": lambda r: _by_currency(r.sections[0].rows, "deals", "amount", "weighted"),
    "revenue": lambda r: _by_currency(r.sections[0].rows, "revenue", "profit"),
    "conversion": lambda r: {"deals": sum(x["deals"] for x in r.sections[1].rows), "won": r.sections[0].rows[-1]["reached"]},
    "followups": lambda r: {"contacts": len(r.sections[0].rows)},
    "service": lambda r: {"cases": len(r.sections[-1].rows), "clocks": sum(x["clocks"] for x in r.sections[0].rows)},
    "churn": lambda r: {"lost": len(r.sections[1].rows), "risks": len(r.sections[2].rows), "deals": len(r.sections[3].rows)},
    "completeness": lambda r: {"missing": sum(x["missing"] for x in r.sections[0].rows)},
    "lifecycle": lambda r: {"customers": sum(x["customers"] for x in r.sections[0].rows)},
    "tiers": lambda r: {"customers": sum(x["customers"] for x in r.sections[0].rows)},
    "upsell": lambda r: {"buyers": len(r.sections[0].rows)},
    "target": lambda r: {"customers": len(r.sections[0].rows)},
}  # fmt: skip


def _by_currency(rows: Sequence[Any], *names: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for row in rows:
        for name in names:
            key = f"{row['currency']} {name}"
            out[key] = out.get(key, 0) + row[name]
    return out


def counted(name: str, given: Material) -> dict[str, Any]:
    return COUNTS[name](reckon(name, given))


def test_every_report_that_can_be_shared_out_is_checked() -> None:
    assert set(TABLES) - set(COUNTS) == {"portrait", "profile", "stale", "needs", "campaigns", "health"}


@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(book=books())
def test_the_shares_of_the_owners_make_the_whole(book: dict[str, list[Doc]]) -> None:
    """With the records that nobody owns, which are in nobody's share."""
    for doc in book["customer"]:
        doc.setdefault("owner", "王五")
    for name in COUNTS:
        whole = counted(name, material(book))
        shares = [counted(name, material(book, owner)) for owner in ("张三", "李四", "王五")]
        for key, value in whole.items():
            assert value == sum(share.get(key, 0) for share in shares), (name, key)


@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(book=books(), chosen=st.sets(st.integers(0, 4)))
def test_a_query_and_its_opposite_make_the_whole(book: dict[str, list[Doc]], chosen: set[int]) -> None:
    numbers = [d["id"] for d in book["customer"]]
    inside = frozenset(n for i, n in enumerate(numbers) if i in chosen)
    for name in COUNTS:
        whole = counted(name, material(book))
        parts = [counted(name, material(book, only=only)) for only in (inside, frozenset(numbers) - inside)]
        for key, value in whole.items():
            assert value == sum(part.get(key, 0) for part in parts), (name, key)
            assert all(part.get(key, 0) <= value for part in parts) or "profit" in key or "revenue" in key


@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(book=books(), cut=st.dates(date(2023, 2, 1), date(2024, 11, 30)))
def test_two_periods_make_the_whole(book: dict[str, list[Doc]], cut: date) -> None:
    """What has no day belongs to all time alone; so every record here gets one."""
    for kind, name in (
        ("order", "ordered_on"),
        ("opportunity", "close_date"),
        ("customer", "created_on"),
        ("followup", "at"),
    ):
        for doc in book[kind]:
            doc.setdefault(name, "2024-01-01")
    for name in ("base", "revenue", "pipeline", "conversion", "followups", "service", "completeness"):
        whole = counted(name, material(book))
        spans = (Period(date.min, cut, NOW), Period(cut + timedelta(days=1), date.max, NOW))
        parts = [counted(name, material(book, period=span)) for span in spans]
        for key, value in whole.items():
            assert value == sum(part.get(key, 0) for part in parts), (name, key)


def test_the_material_of_one_report_serves_another() -> None:
    book: dict[str, list[Doc]] = {"customer": [{"id": "202401-001", "customer": "202401-001", "name": "甲"}]}
    given = material(book)
    assert counted("base", given) == counted("distribution", replace(given, query="")) == {"customers": 1}
