"""The query language as people write it: what it means, and how it says what it does not know."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import UsageError
from crmkit.query.check import Scope, bind, compile_query
from crmkit.query.dates import span
from crmkit.query.match import Dossier, matches
from crmkit.query.nodes import And, Not, Or, Term, Words, day_dependent
from crmkit.query.parse import parse
from crmkit.records.registry import catalog
from crmkit.settings.load import load

TODAY = date(2024, 6, 15)
CRM = """
team:
  - name: 李四
    email: li@example.com
  - name: 王五
tiers:
  - code: A
    name: VIP
  - code: B
""".encode()
SETTINGS = load(CRM)[0]
CATALOG = catalog(SETTINGS)


def scope(me: tuple[str, ...] = ("李四", "li@example.com")) -> Scope:
    return Scope(CATALOG, SETTINGS, TODAY, me=me, owners=lambda: ["赵六"])


CUSTOMER: dict[str, Any] = {
    "id": "202406-001",
    "kind": "customer",
    "path": "customers/2024/202406-001/customer.yaml",
    "customer": "202406-001",
    "name": "苏州示例节能科技有限公司",
    "tier": "A",
    "stage": "won",
    "status": "dormant",
    "owner": "李四",
    "tags": ["行业-制造", "战略"],
    "address": {"province": "江苏省", "city": "苏州市"},
    "contacts": [
        {"name": "王经理", "mobile": "13800138000"},
        {"name": "曾小姐", "email": "Zeng@Example.com"},
    ],
    "needs": [
        {"summary": "节能 设备 3 套", "budget": {"min": 100000, "max": 500000}, "by": "2024-09-01"},
        {"summary": "培训", "budget": {"max": 20000.5}},
    ],
    "created_on": "2024-01-31",
}
DEAL = {
    "id": "opportunity-240601-aaaa",
    "kind": "opportunity",
    "path": "customers/2024/202406-001/opportunity-240601-aaaa.yaml",
    "customer": "202406-001",
    "name": "二期",
    "stage": "proposal",
    "amount": {"amount": 800000, "currency": "USD"},
    "close_date": "2024-08-20",
}
CALL = {
    "id": "followup-240605-aaaa",
    "kind": "followup",
    "path": "customers/2024/202406-001/followup-240605-aaaa.yaml",
    "customer": "202406-001",
    "status": "done",
    "at": "2024-06-05T14:30+08:00",
    "content": "电话沟通",
}
AROUND = Dossier(
    {"customer": [CUSTOMER], "opportunity": [DEAL], "followup": [CALL]},
    agenda=[("202406-001", "2024-06-14", "")],
)


def finds(query: str, doc: dict[str, Any], kind: str) -> bool:
    return matches(compile_query(query, kind, scope()), doc, AROUND)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "tier:A",
        "tier:vip",
        "tier:B,A",
        "客户名称:示例",
        "name:节能科技",
        'name="苏州示例节能科技有限公司"',
        "stage:成交",
        "tag:战略",
        "tag:行业",
        "-tag:旧",
        "not tag:旧",
        "budget>=50万",
        "budget:50万",
        "budget:1..3万",
        "budget:..100000",
        "budget=20000.5",
        "need:节能",
        "need.by<6m",
        "need.by:2024-09",
        "need.by:2024-Q3",
        "need.by>today",
        "region:华东",
        "region:east",
        "region:江苏",
        "region:浙江,江苏省",
        "owner:me",
        "owner:李四",
        "owner:li@example.com",
        "owner:李",
        "has:contacts.email",
        "no:email",
        "no:website",
        "contacts.email:zeng@example.com",
        "contacts.mobile:1380013",
        "contacts:王经理",
        "opportunity.amount>50万",
        "opportunity.stage:proposal",
        "close:2024-06..2024-09",
        "has:opportunity",
        "no:contract",
        "opportunity:二期",
        "is:dormant",
        "is:won",
        "is:overdue",
        "is:open",
        "-is:draft",
        "id:202406",
        "created_on:2024-01-31",
        "created_on<-4m",
        "created_on:2024",
        '"节能 设备"',
        "节能",
        "zengxiaojie",
        "SUZHOU",
        "tier:A (region:华南 or tag:战略) budget>=50万 -status:lost",
        "tier：A （tag：战略 or tag：旧）",
        "tier:B or stage:won and tag:战略",
        "stage!=lost",
    ],
)
def test_finds_the_customer(query: str) -> None:
    assert finds(query, CUSTOMER, "customer")
    assert not finds(f"not ({query})" if query else "not (tier:A)", CUSTOMER, "customer")


@pytest.mark.parametrize(
    ("kind", "doc", "query"),
    [
        ("followup", CALL, "tier:A"),
        ("followup", CALL, "customer.tag:战略"),
        ("followup", CALL, "region:华东"),
        ("followup", CALL, "status:done"),
        ("followup", CALL, "at:2024-06-05"),
        ("followup", CALL, "at<=2024-06-05"),
        ("followup", CALL, "at>2024-06-04"),
        ("followup", CALL, "-is:open"),
        ("followup", CALL, "示例节能"),
        ("followup", CALL, "customer:202406-001"),
        ("opportunity", DEAL, "amount=80万"),
        ("opportunity", DEAL, "close_date:2024-08"),
        ("opportunity", DEAL, "close_date:下下个月 or close_date>2024-08-19"),
        ("opportunity", DEAL, "is:open stage:proposal"),
        ("opportunity", DEAL, "id=opportunity-240601-aaaa"),
    ],
)
def test_finds_records_beside_the_customer(kind: str, doc: dict[str, Any], query: str) -> None:
    assert finds(query, doc, kind)


def test_no_stage_means_potential() -> None:
    doc = {"id": "x", "kind": "customer", "name": "x"}
    node = compile_query("stage:potential", "customer", scope())
    assert matches(node, doc, Dossier())
    assert not matches(node, CUSTOMER, AROUND)


@pytest.mark.parametrize(
    ("query", "says", "hints"),
    [
        ("stag:won", "stag", "stage"),
        ("stage:wno", "wno", "won"),
        ("owner:nobdy", "nobdy", "李四"),
        ("owner:王伍", "王伍", "王五"),
        ("region:华西", "华西", "华"),
        ("tier:Z", "Z", "A, B"),
        ("budget>x", "'x'", "50万"),
        ("need.by<soonish", "soonish", "2024-06-05"),
        ("name>5", "name", "name:value"),
        ("is:overdu", "overdu", "overdue"),
        ("(tier:A", "parenthesis", "^"),
        ("tier:A)", "parenthesis", "^"),
        ('name:"a', "quote", "^"),
        ("tier:A or", "condition", "^"),
        ("tier:", "value", "^"),
        (":A", "field name", "^"),
        ("has:", "name is missing", "^"),
        ("and tier:A", "condition", "^"),
        ('""', "nothing between", "^"),
        ("a" * 5000, "longer", ""),
        ("(" * 200 + "a" + ")" * 200, "nested", "^"),
    ],
)
def test_says_what_it_does_not_know(query: str, says: str, hints: str) -> None:
    with pytest.raises(UsageError) as caught:
        compile_query(query, "customer", scope())
    assert says in str(caught.value)
    assert hints in str(caught.value.hint)
    assert caught.value.exit_code == 2


def test_the_caret_stands_under_the_place() -> None:
    with pytest.raises(UsageError) as caught:
        parse("区域:华东 (tier:A")
    shown = str(caught.value.hint).splitlines()
    assert shown[-2].strip() == "区域:华东 (tier:A"
    assert shown[-1].index("^") == len("  ") + 2 * 4 + 1 + 1  # four signs two wide, colon, blank


def test_me_is_everybody_in_a_solo_book() -> None:
    node = compile_query("owner:me", "customer", scope(me=()))
    assert matches(node, CUSTOMER, AROUND)
    assert matches(node, {"id": "x"}, Dossier())


def test_and_binds_closer_than_or() -> None:
    assert parse("a or b c") == Or((Words("a", 0), And((Words("b", 5), Words("c", 7)))))
    assert isinstance(parse("-a:b"), Not)
    assert isinstance(parse("北京-上海"), Words)


@pytest.mark.parametrize(
    ("query", "dependent"),
    [
        ("tier:A", False),
        ("need.by<6m", True),
        ("is:overdue", True),
        ("need.by<2024-09-01", False),
        ("-(a or created_on>本月)", True),
    ],
)
def test_rules_can_tell_what_depends_on_today(query: str, dependent: bool) -> None:
    assert day_dependent(compile_query(query, "customer", scope())) is dependent


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-q1", "2024-01-01", "2024-03-31"),
        ("2024年6月", "2024-06-01", "2024-06-30"),
        ("2024/6/5", "2024-06-05", "2024-06-05"),
        ("6m", "2024-12-15", "2024-12-15"),
        ("-6m", "2023-12-15", "2023-12-15"),
        ("+2w", "2024-06-29", "2024-06-29"),
        ("3天", "2024-06-18", "2024-06-18"),
        ("1y", "2025-06-15", "2025-06-15"),
        ("本月", "2024-06-01", "2024-06-30"),
        ("上周", "2024-06-03", "2024-06-09"),
        ("next month", "2024-07-01", "2024-07-31"),
        ("本季度", "2024-04-01", "2024-06-30"),
        ("去年", "2023-01-01", "2023-12-31"),
        ("今天", "2024-06-15", "2024-06-15"),
        ("明天", "2024-06-16", "2024-06-16"),
    ],
)
def test_dates(text: str, first: str, last: str) -> None:
    found = span(text, TODAY)
    assert found
    assert (found.low, found.high) == (first, last + "~")


@pytest.mark.parametrize("text", ["", "x", "2024-13", "2024-02-30", "99999d9", "-", "6月份以后", "20245"])
def test_what_is_no_date(text: str) -> None:
    assert span(text, TODAY) is None


def test_times_compare_to_the_minute() -> None:
    now = datetime(2024, 6, 15, 12, 0, tzinfo=timezone(timedelta(hours=8)))
    at = Scope(CATALOG, SETTINGS, TODAY, now)
    hit: Callable[[str], bool] = lambda q: matches(compile_query(q, "followup", at), CALL, AROUND)  # noqa: E731 - short
    assert hit('at:"2024-06-05T14:30"')
    assert hit('at<"2024-06-05T14:31"')
    assert not hit('at>"2024-06-05T14:30"')
    assert not hit('at<"2024-06-05T14:30"')


@given(st.text(alphabet="ab:=<>!-(),.\"' 或or and节：（）“”\\", max_size=30))
def test_any_text_is_a_query_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        compile_query(text, "customer", scope())


def test_terms_keep_their_place() -> None:
    assert parse("  tier:A") == Term("tier", ":", (parse_value("A", 7),), 2)


def parse_value(text: str, pos: int) -> Any:
    from crmkit.query.nodes import Value

    return Value(text, pos)


def test_a_bound_query_binds_to_itself() -> None:
    node = compile_query("tier:A -tag:旧", "customer", scope())
    assert bind(node, "customer", scope()) == node
