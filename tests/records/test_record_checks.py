"""The checks that people make by hand, each with the requirement it comes from."""

from __future__ import annotations

import pytest

from crmkit.records.base import Identity
from crmkit.records.read import read
from crmkit.settings.load import defaults
from crmkit.yaml.read import load as parse

SETTINGS = defaults()
COMPANY = "name: 上海示例科技有限公司\n"


def said(kind: str, text: str) -> list[tuple[str, str, str]]:
    """Return `(severity, field, requirement)` of each problem."""
    found = read(kind, parse(text.encode(), "x.yaml"), SETTINGS, Identity()).problems
    assert all(str(p.message) for p in found)
    return [(p.severity, p.field, p.requirement) for p in found]


GOOD = [
    ("customer", COMPANY + "tax_id: 91350100M000100Y43"),
    ("customer", COMPANY + "phone: 010-88886666 转 8001\nemail: a.b+c@sub.example.cn"),
    ("customer", COMPANY + "phone: 400-820-8820\ncontacts: [{mobile: '13800138000', email: 王@例子.中国}]"),
    ("customer", COMPANY + "address: {country: 德国, city: Berlin}\ntax_id: DE123456789"),
    (
        "customer",
        COMPANY + "address: {province: 上海市, city: 上海市, district: 浦东新区, street: 世纪大道 1 号}",
    ),
    ("customer", COMPANY + "industry: 软件和信息技术服务业\ntags: [行业-制造业, 高预算]"),
    ("customer", COMPANY + "needs: [{summary: 采购台式电脑20台，预算5000元/台，i5/16G}]"),
    ("customer", "type: person\nname: 王小明\nconsent: {by: 王小明, on: 2024-06-01, how: 书面, scope: 联系}"),
    ("contract", "number: A\nterms: 3个工作日内交付\nstart_date: 2024-06-01\nend_date: 2025-05-31"),
    ("order", "number: A\nordered_on: 2024-06-01\namount: 196000\nitems: [{quantity: 2, unit_price: 9.8万}]"),
    (
        "order",
        "number: A\nordered_on: 2024-06-01\namount: 90\nitems: [{quantity: 1, unit_price: 100, discount: 10}]",
    ),
    ("followup", "status: planned\nreason: 续签\ndue: 2024-06-16"),
    ("followup", "status: planned\nreason: 续签\nsnoozed: [{to: 2024-06-16, why: 出差}]"),
    ("followup", "status: done\nat: 2024-06-16"),
    ("followup", "at: 2024-06-16"),
    ("followup", "status: cancelled"),
    (
        "feedback",
        "content: x\nreceived_at: 2024-06-07T23:10\nfirst_responded_at: 2024-06-07\nsatisfaction: 5",
    ),
]


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_nothing_is_said_of_what_is_right(kind: str, text: str) -> None:
    assert said(kind, text) == []


BAD = [
    ("customer", COMPANY + "tax_id: 91350100M000100Y44", ("error", "tax_id", "R-000-26")),
    ("customer", COMPANY + "tax_id: 9135010", ("error", "tax_id", "R-000-26")),
    ("customer", COMPANY + "phone: 138****5678", ("error", "phone", "R-001-22")),
    ("customer", COMPANY + "contacts: [{}, {mobile: '138'}]", ("error", "contacts.1.mobile", "R-001-22")),
    ("customer", COMPANY + "email: a@b", ("error", "email", "R-000-32")),
    ("customer", COMPANY + "email: a..b@example.cn", ("error", "email", "R-000-32")),
    ("customer", COMPANY + "contacts: [{email: 无}]", ("error", "contacts.0.email", "R-000-32")),
    ("customer", "name: 北京公司", ("warning", "name", "R-001-21")),
    (
        "customer",
        COMPANY + "address: {province: 江苏省, city: 苏州市, district: 虎丘区}",
        ("warning", "address", "R-000-28"),
    ),
    (
        "customer",
        COMPANY + "address: {province: 浙江省, city: 苏州市, district: 虎丘区, street: 示例路 1 号}",
        ("warning", "address", "R-000-28"),
    ),
    ("customer", COMPANY + "industry: 软件服务", ("warning", "industry", "R-000-27")),
    ("customer", COMPANY + "tags: [高预算, 行业-]", ("warning", "tags.1", "R-001-24")),
    ("customer", COMPANY + "needs: [{summary: 想买一些电脑}]", ("warning", "needs.0.summary", "R-001-23")),
    ("customer", COMPANY + "needs: [{budget: {min: 80万, max: 50万}}]", ("error", "needs.0.budget", "")),
    ("customer", "type: person\nname: 王小明", ("warning", "consent", "R-000-10")),
    (
        "customer",
        COMPANY + "stage_history: [{stage: won, on: 2024-06-02}, {stage: loyal, on: 2024-06-01}]",
        ("warning", "stage_history.1.on", "R-003-98"),
    ),
    (
        "customer",
        COMPANY + "review: {submitted_at: 2024-06-02T10:00, reviewed_at: 2024-06-02T09:00}",
        ("error", "review.reviewed_at", ""),
    ),
    (
        "customer",
        COMPANY + "contacts: [{primary: true}, {primary: true}]",
        ("warning", "contacts.1.primary", ""),
    ),
    ("contract", "number: A\nterms: 尽快交付", ("warning", "terms", "R-002-24")),
    ("contract", "number: A\nstart_date: 2024-06-02\nend_date: 2024-06-01", ("error", "end_date", "")),
    (
        "order",
        "number: A\nordered_on: 2024-06-01\namount: 190000\nitems: [{quantity: 2, unit_price: 98000}]",
        ("warning", "amount", "R-003-26"),
    ),
    (
        "order",
        "number: A\nordered_on: 2024-06-01\namount: 10\npayments: [{amount: 6}, {amount: 6}]",
        ("warning", "payments", "R-003-30"),
    ),
    ("order", "number: A\nordered_on: 2024-06-02\ndelivered_on: 2024-06-01", ("error", "delivered_on", "")),
    ("followup", "status: planned\nreason: 续签", ("error", "due", "R-000-62")),
    ("followup", "status: planned\ndue: 2024-06-16", ("error", "reason", "R-004-07")),
    ("followup", "status: done\ncontent: x", ("error", "at", "R-000-53")),
    ("opportunity", "name: x\nstage: won", ("warning", "amount", "R-001-30")),
    ("opportunity", "name: x\nstage: lost", ("warning", "lost_reason", "R-001-37")),
    ("opportunity", "name: x\nprobability: 120", ("error", "probability", "")),
    (
        "feedback",
        "content: x\nreceived_at: 2024-06-07T23:10\nresolved_at: 2024-06-07T23:00",
        ("error", "resolved_at", ""),
    ),
    (
        "feedback",
        "content: x\nreceived_at: 2024-06-07\nsatisfaction: 6",
        ("error", "satisfaction", "R-003-35"),
    ),
    ("campaign", "name: x\nstart_date: 2024-06-02\nend_date: 2024-06-01", ("error", "end_date", "")),
]


@pytest.mark.parametrize(("kind", "text", "expected"), BAD)
def test_what_is_wrong_is_said_with_its_field_and_requirement(
    kind: str, text: str, expected: tuple[str, str, str]
) -> None:
    assert said(kind, text) == [expected]


def test_the_expected_check_digit_is_told() -> None:
    (problem,) = read(
        "customer", parse((COMPANY + "tax_id: 91350100M000100Y44").encode(), "x"), SETTINGS, Identity()
    ).problems
    assert "3" in str(problem.message)


def test_the_better_wording_is_told() -> None:
    (problem,) = read(
        "contract", parse("number: A\nterms: 尽快交付".encode(), "x"), SETTINGS, Identity()
    ).problems
    assert "working days" in str(problem.message)
