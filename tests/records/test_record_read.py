"""Reading: a good file gives record and document; a broken field is named and the rest is kept."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import Problem
from crmkit.records.base import Identity
from crmkit.records.read import Loaded, from_doc, read
from crmkit.records.registry import kinds
from crmkit.settings.load import defaults, load
from crmkit.settings.model import Settings
from crmkit.yaml.read import Document
from crmkit.yaml.read import load as parse

SETTINGS = defaults()
HERE = Identity("202406-001", "customers/2024/202406-001/customer.yaml", "202406-001")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def reading(kind: str, text: str, settings: Settings = SETTINGS) -> Loaded:
    return read(kind, parse(text.encode(), HERE.path), settings, HERE)


def errors(loaded: Loaded) -> list[Problem]:
    return [p for p in loaded.problems if p.severity == "error"]


def only(loaded: Loaded) -> Problem:
    (problem,) = loaded.problems
    return problem


def test_a_record_knows_where_it_stands() -> None:
    record = reading("customer", "name: 示例（上海）科技有限公司").record
    assert (record.id, record.path, record.customer) == (HERE.id, HERE.path, HERE.customer)


def test_the_document_is_plain_json_of_what_is_set_in_canonical_form() -> None:
    loaded = reading(
        "customer",
        """
name: 示例（上海）科技有限公司
stage: 成交
tags: []
note:
email: ""
strategic: 是
employees: 1,200
annual_revenue: 1.2亿
registered_capital: {amount: 500000, currency: usd}
founded: 2006-04-11
updated_at: 2024-06-04T09:10Z
phone: 01088886666
needs:
  - summary: 采购台式电脑20台，预算5000元/台，i5/16G
    budget: 50-80万
contacts:
  - {name: NO, primary: true}
""",
    )
    assert loaded.problems == []
    assert loaded.doc == {
        "updated_at": "2024-06-04T17:10+08:00",
        "name": "示例（上海）科技有限公司",
        "stage": "won",
        "strategic": True,
        "employees": 1200,
        "annual_revenue": 120000000,
        "registered_capital": {"amount": 500000, "currency": "USD"},
        "founded": "2006-04-11",
        "phone": "01088886666",
        "needs": [
            {"summary": "采购台式电脑20台，预算5000元/台，i5/16G", "budget": {"min": 500000, "max": 800000}}
        ],
        "contacts": [{"name": "NO", "primary": True}],
    }
    json.dumps(loaded.doc)


def test_the_record_is_typed_and_times_are_in_the_books_zone() -> None:
    record: Any = reading("followup", "status: done\nat: 2024-06-04T09:10Z\nchannels: [电话, email]").record
    assert record.at == datetime(2024, 6, 4, 17, 10, tzinfo=SHANGHAI)
    assert record.at.tzinfo == SHANGHAI
    assert record.channels == ("phone", "email")
    order: Any = reading("order", "number: A\nordered_on: 2024-06-04\namount: 1,234.50").record
    assert order.ordered_on == date(2024, 6, 4)
    assert order.amount.amount == Decimal("1234.5")


def test_a_date_never_moves_and_a_time_without_zone_is_the_books() -> None:
    loaded = reading("followup", "status: done\nat: 2024-06-04 23:30\nremind: 2024-06-04")
    assert (loaded.doc["at"], loaded.doc["remind"]) == ("2024-06-04T23:30+08:00", "2024-06-04")


BROKEN = """\
name: 示例（上海）科技有限公司
stage: wonn
employees: many
tags: 战略
founded: 2024-02-30
contacts:
  - name: 王经理
    role: bos
    phone: 01088886666
  - just a text
  - name: 李四
    birthday: soon
usage:
  - {on: 2024-05-31, logins: 51, features: [看板, [x], 月报]}
"""


def test_each_broken_field_is_named_with_its_line_and_the_rest_is_kept() -> None:
    loaded = reading("customer", BROKEN)
    assert [(p.line, p.field) for p in loaded.problems] == [
        (2, "stage"),
        (3, "employees"),
        (4, "tags"),
        (5, "founded"),
        (8, "contacts.0.role"),
        (10, "contacts.1"),
        (12, "contacts.2.birthday"),
        (14, "usage.0.features.1"),
    ]
    assert {p.severity for p in loaded.problems} == {"error"}
    assert loaded.doc == {
        "name": "示例（上海）科技有限公司",
        "contacts": [{"name": "王经理", "phone": "01088886666"}, {}, {"name": "李四"}],
        "usage": [{"on": "2024-05-31", "logins": 51, "features": ["看板", "月报"]}],
    }
    assert all(str(p.hint) for p in loaded.problems), "every problem says the way out"


def test_an_unknown_value_names_the_nearest_and_where_to_add_one() -> None:
    problem = only(reading("customer", "name: 示例（上海）科技有限公司\nstage: wonn"))
    assert problem.code == "vocabulary"
    assert "won" in str(problem.hint)
    assert "crm.yaml" in str(problem.hint)


def test_a_missing_required_field_is_an_error_but_the_record_is_there() -> None:
    loaded = reading("customer", "phone: 13800138000")
    assert (only(loaded).field, only(loaded).severity, only(loaded).code) == ("name", "error", "required")
    assert loaded.doc == {"phone": "13800138000"}


def test_required_fields_of_the_book_reach_into_lists() -> None:
    book, _ = load(b"required: {customer: [contacts.phone]}")
    text = "name: 示例（上海）科技有限公司\ncontacts: [{name: a}, {name: b%s}]"
    assert only(reading("customer", text % "", book)).field == "contacts.phone"
    assert reading("customer", text % ", phone: 13800138000", book).problems == []


def test_a_required_field_that_stands_there_broken_is_said_once() -> None:
    assert [p.field for p in reading("order", "number: A\nordered_on: soon").problems] == ["ordered_on"]


def test_an_unknown_key_is_kept_and_warned_of_with_the_nearest() -> None:
    loaded = reading(
        "customer", "name: 示例（上海）科技有限公司\ncontacts:\n  - {name: a, emial: x@y.cn}\nstaeg: won"
    )
    assert [(p.line, p.field, p.severity) for p in loaded.problems] == [
        (3, "contacts.0.emial", "warning"),
        (4, "staeg", "warning"),
    ]
    assert "email" in str(loaded.problems[0].hint)
    assert "stage" in str(loaded.problems[1].hint)
    assert loaded.doc["staeg"] == "won"
    assert loaded.doc["contacts"][0]["emial"] == "x@y.cn"


def test_custom_fields_are_typed_and_checked() -> None:
    book, _ = load(
        b"fields: {customer: {area: number, since: date, source2: {vocabulary: source}, langs: {many: true}, card: "
        b"{marks: [secret]}}}"
    )
    text = "name: 示例（上海）科技有限公司\narea: 12.50\nsince: %s\nsource2: 展会\nlangs: [zh, en]\n"
    loaded = reading("customer", text % "2024-06-05", book)
    assert loaded.problems == []
    assert loaded.record.extra["area"] == Decimal("12.50")
    assert loaded.record.extra["since"] == date(2024, 6, 5)
    assert {k: loaded.doc[k] for k in ("area", "since", "source2", "langs")} == {
        "area": 12.5,
        "since": "2024-06-05",
        "source2": "exhibition",
        "langs": ["zh", "en"],
    }
    broken = reading("customer", text % "soon" + "card: '6222'\n", book)
    assert [(p.field, p.severity) for p in broken.problems] == [("since", "error"), ("card", "error")]
    assert "6222" not in repr(broken.doc) + repr(broken.problems)


SECRET = "6222020200098765432"


@pytest.mark.parametrize("field", ["bank_account", "id_number"])
def test_a_plain_secret_is_an_error_and_goes_nowhere(field: str) -> None:
    loaded = reading("customer", f"name: 示例（上海）科技有限公司\n{field}: {SECRET}\nconsent: {{by: x}}")
    assert errors(loaded)[0].code == "secret.plain"
    assert SECRET not in repr(loaded.doc) + repr(loaded.record) + repr(
        [(str(p), str(p.hint)) for p in loaded.problems]
    )


def test_an_encrypted_secret_is_kept_as_it_is() -> None:
    loaded = reading("customer", "name: 示例（上海）科技有限公司\nbank_account: enc:v1:K1:abc")
    assert loaded.problems == []
    assert loaded.doc["bank_account"] == "enc:v1:K1:abc"


def test_a_wrong_resident_id_is_told_without_repeating_it() -> None:
    loaded = reading(
        "customer", "type: person\nname: 王小明\nid_number: 11010519491231002Y\nconsent: {by: x}"
    )
    assert {p.code for p in errors(loaded)} == {"secret.plain", "resident_id"}
    assert "11010519491231002" not in "".join(str(p) for p in loaded.problems)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("birthday: 1990-02-30\nlunar: true", True),
        ("birthday: 1990-02-30", False),
        ("birthday: 1992-02-29", True),
        ("birthday: --02-29", True),
        ("birthday: 05-20", True),
        ("birthday: --02-30", False),
        ("birthday: --02-30\nlunar: true", True),
        ("birthday: --08-31\nlunar: true", False),
        ("birthday: --13-01", False),
        ("birthday: 1990-02-31\nlunar: true", False),
        ("birthday: 1990-13-01\nlunar: true", False),
    ],
)
def test_a_lunar_birthday_need_not_be_a_day_of_our_calendar(text: str, valid: bool) -> None:
    loaded = reading("customer", f"type: person\nname: 王小明\nconsent: {{by: x}}\n{text}")
    assert (errors(loaded) == []) is valid


@pytest.mark.parametrize(
    "text",
    [
        "contacts: x",
        "contacts: {a: b}",
        "contacts:\n  -\n  - {name: a}",
        "needs: [[x]]",
        "address: [x]",
        "tags: {a: b}",
    ],
)
def test_a_wrong_shape_never_stops_the_reading(text: str) -> None:
    loaded = reading("customer", f"name: 示例（上海）科技有限公司\n{text}")
    assert loaded.doc["name"]
    assert errors(loaded)[0].line >= 2


def test_a_record_comes_back_from_its_document() -> None:
    text = (
        "name: 示例（上海）科技有限公司\nannual_revenue: 1.2亿\nupdated_at: 2024-06-04T17:10\n"
        "stage_history: [{stage: won, on: 2024-06-01}]"
    )
    loaded = reading("customer", text)
    for settings in (None, SETTINGS):
        again = from_doc("customer", loaded.doc, HERE, settings)
        assert again == loaded.record
        assert again.id == HERE.id


VALUES = st.recursive(
    st.none()
    | st.text(max_size=12)
    | st.sampled_from(["won", "2024-06-05", "50万", "true", "enc:v1:x", "1e999999", "NaN"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "on", "stage", "amount", "min", "x", "by", "from", "phone"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", sorted(kinds()))
@given(data=st.data())
def test_no_data_whatever_stops_the_reading(kind: str, data: st.DataObject) -> None:
    keys = [*sorted(kinds()[kind].model_fields), "unheard_of"]
    content: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(keys), VALUES, max_size=5))
    loaded = read(kind, Document(content, b"{}", HERE.path), SETTINGS, HERE)
    json.dumps(loaded.doc, allow_nan=False)
    for problem in loaded.problems:
        assert str(problem)
        assert problem.path == HERE.path
    assert not any(
        v and v == loaded.doc.get(k) and not str(v).startswith("enc:v1:")
        for k, v in content.items()
        if k in ("id_number", "bank_account")
    )
    if not errors(loaded):
        assert from_doc(kind, loaded.doc, HERE, SETTINGS).model_dump() == loaded.record.model_dump()


def test_the_document_is_the_same_when_its_own_values_are_read_again() -> None:
    first = reading(
        "order", "number: A\nordered_on: 2024-06-04\nitems: [{product: x, quantity: 2.5, unit_price: 1万}]"
    )
    again = from_doc("order", first.doc, HERE, SETTINGS)
    assert again == first.record


def test_the_order_of_problems_is_that_of_the_file() -> None:
    lines = [p.line for p in reading("customer", BROKEN + "staeg: won\ntax_id: 91310000MA1FL0000X").problems]
    assert lines == sorted(lines)


@pytest.mark.parametrize("text", ["1e999999", "NaN", "inf", "-1e30", "1_000", "", "twelve"])
def test_a_number_out_of_this_world_is_an_error(text: str) -> None:
    loaded = reading(
        "order", f"number: A\nordered_on: 2024-06-04\nitems: [{{product: x, quantity: '{text}'}}]"
    )
    assert [p.code for p in errors(loaded)] == ["number"]
