"""What people type becomes what the file holds: names, labels, dates, money, lists, entries of lists."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import CrmError, Refused, UsageError
from crmkit.i18n import set_language
from crmkit.records import entry, place
from crmkit.records.base import Identity
from crmkit.records.read import read
from crmkit.records.registry import catalog
from crmkit.settings.load import defaults, load
from crmkit.yaml import write
from crmkit.yaml.read import load as parse

SETTINGS = defaults()
KINDS = catalog(SETTINGS).kinds
NOW = datetime(2024, 6, 5, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def made(kind: str, *words: str, start: dict[str, Any] | None = None) -> dict[str, Any]:
    return entry.new_fields(KINDS[kind], SETTINGS, words, NOW, start)


def after(kind: str, text: str, *words: str) -> Any:
    """Return what the file's text says once the assignments were written into it."""
    edits = entry.assign(KINDS[kind], SETTINGS, parse(text.encode(), "x").data, words, NOW)
    changed = write.edit(text, edits)
    return parse(changed.encode(), "x", empty_ok=True).data


@pytest.mark.parametrize(
    ("kind", "word", "field", "value"),
    [
        ("followup", "due=明天", "due", date(2024, 6, 6)),
        ("followup", "due=next friday", "due", date(2024, 6, 14)),
        ("followup", "due=明天上午10点", "due", datetime(2024, 6, 6, 10, 0, tzinfo=NOW.tzinfo)),
        ("followup", "channels=电话、email", "channels", ["phone", "email"]),
        ("followup", "channels=电话", "channels", ["phone"]),
        ("followup", "promises=6月13日，带方案；报价", "promises", ["6月13日，带方案", "报价"]),
        ("followup", "important=是", "important", True),
        ("customer", "stage=成交客户", "stage", "won"),
        ("customer", "stage=Won", "stage", "won"),
        ("customer", "tier=VIP客户", "tier", "A"),
        ("customer", "annual_revenue=1.2亿", "annual_revenue", Decimal(120000000)),
        ("customer", "annual_revenue=¥500,000", "annual_revenue", Decimal(500000)),
        ("customer", "annual_revenue=$5000", "annual_revenue", {"amount": Decimal(5000), "currency": "USD"}),
        ("customer", "employees=1,200", "employees", 1200),
        ("customer", "phone=01088886666", "phone", "01088886666"),
        ("customer", "name=a=b", "name", "a=b"),
        ("customer", "birthday=1990-02-30", "birthday", "1990-02-30"),
        ("customer", "birthday=05-20", "birthday", "--05-20"),
        ("customer", "birthday=--5-20", "birthday", "--05-20"),
        ("customer", "birthday=5月20日", "birthday", "--05-20"),
        ("customer", "birthday=5/20", "birthday", "--05-20"),
        ("customer", "birthday=20 May", "birthday", "--05-20"),
        ("customer", "birthday=2月29日", "birthday", "--02-29"),
        ("customer", "birthday=1978年5月20日", "birthday", date(1978, 5, 20)),
        ("customer", "tags=高预算,战略", "tags", ["高预算", "战略"]),
        ("opportunity", "probability=75%", "probability", 75),
        ("opportunity", "close_date=月底", "close_date", date(2024, 6, 30)),
    ],
)
def test_a_value_is_read_as_people_say_it(kind: str, word: str, field: str, value: object) -> None:
    assert made(kind, word) == {field: value}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["contacts.0.name=王经理", "contacts.0.phone=010"],
            {"contacts": [{"name": "王经理", "phone": "010"}]},
        ),
        (["contacts.0.name=a", "contacts.1.name=b"], {"contacts": [{"name": "a"}, {"name": "b"}]}),
        (["contacts.name=a", "contacts.phone=1"], {"contacts": [{"name": "a", "phone": "1"}]}),
        (
            ["needs.0.budget=50-80万"],
            {"needs": [{"budget": {"min": Decimal(500000), "max": Decimal(800000)}}]},
        ),
        (["lead.grade=A类"], {"lead": {"grade": "A"}}),
        (["tags+=a", "tags+=b,a"], {"tags": ["a", "b"]}),
    ],
)
def test_names_reach_into_parts_and_lists(words: list[str], expected: dict[str, Any]) -> None:
    assert made("customer", *words) == expected


def test_free_keys_below_sections_and_scores() -> None:
    assert made("plan", "sections.quotation=x", "sections.自己的=y") == {
        "sections": {"quotation": "x", "自己的": "y"}
    }
    assert made("survey", "scores.response=5") == {"scores": {"response": "5"}}


def test_an_address_in_one_line_is_taken_apart() -> None:
    address = made("customer", "address=上海市浦东新区世纪大道1号")["address"]
    assert address["district"] == "浦东新区"


def test_labels_are_names_too(monkeypatch: pytest.MonkeyPatch) -> None:
    zh = {"Customer name": "客户名称", "Contacts": "联系人", "Contact phone": "联系电话"}
    monkeypatch.setattr(place, "in_language", lambda lang, text: zh.get(text, text) if lang == "zh" else text)
    assert made("customer", "客户名称=x", "联系人.0.联系电话=1", "customer name=y") == {
        "name": "y",
        "contacts": [{"phone": "1"}],
    }
    with pytest.raises(UsageError) as e:
        made("customer", "客户名字=x")
    assert "name" in str(e.value.hint)


@pytest.mark.parametrize(
    ("kind", "word", "field"),
    [
        ("customer", "名称=x", {"name": "x"}),
        ("customer", "公司名称=x", {"name": "x"}),
        ("customer", "等级=A", {"tier": "A"}),
        ("customer", "级别=A", {"tier": "A"}),
        ("customer", "标签+=x", {"tags": ["x"]}),
        ("customer", "联系人.0.电话=1", {"contacts": [{"phone": "1"}]}),
        ("customer", "contacts.0.邮箱=a@x.org", {"contacts": [{"email": "a@x.org"}]}),
        ("customer", "address.城=x", {}),
        ("order", "金额=5万", {"amount": Decimal(50000)}),
        ("contract", "编号=1", {"number": "1"}),
        ("followup", "内容=x", {"content": "x"}),
        ("survey", "评分.响应速度=4", {"scores": {"response": "4"}}),
        ("survey", "scores.自己的=4", {"scores": {"自己的": "4"}}),
    ],
)
def test_a_word_of_a_label_is_guessed_where_it_can_mean_one_field(
    kind: str, word: str, field: dict[str, Any]
) -> None:
    if field:
        assert made(kind, word) == field
    else:
        with pytest.raises(UsageError):
            made(kind, word)


@pytest.mark.parametrize(
    ("kind", "word", "hints"),
    [
        ("customer", "电话=1", ["phone Phone", "contacts.0.phone Contact phone"]),
        ("customer", "手机=1", ["contacts.0.mobile"]),
        ("customer", "阶段=won", ["stage Lifecycle stage", "stage_history"]),
        ("followup", "时间=今天", ["due Due", "at Took place at"]),
        ("customer", "联系人.0.那个=1", ["contacts.0.name", "contacts.0.phone"]),
        ("customer", "名=x", ["name"]),
    ],
)
def test_a_word_of_several_labels_lists_them(kind: str, word: str, hints: list[str]) -> None:
    with pytest.raises(UsageError) as e:
        made(kind, word)
    for hint in hints:
        assert hint in str(e.value.hint)


def test_what_a_field_takes_is_told_with_labels() -> None:
    fields = KINDS["customer"].by_name
    assert entry.choices(SETTINGS, "customer_kind") == "company, person"
    set_language("zh")
    try:
        assert entry.choices(SETTINGS, "customer_kind") == "company 企业客户, person 个人客户"
        assert entry.example(fields["founded"], SETTINGS) == "founded=今天"
    finally:
        set_language("en")
    for field in fields.values():
        if field.type in {"date", "money", "integer", "boolean", "vocabulary"} and not field.is_list:
            assert made("customer", entry.example(field, SETTINGS))


TEXT = """\
name: 示例   # the name
tags: [老, 旧]   # why
stage: 成交
contacts:
  - name: 王经理
    phone: "010"
  - {name: 李四}
churn: {reason: x}
channels: 电话
"""


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        (["tags+=新,老"], {"tags": ["老", "旧", "新"]}),
        (["tags-=旧"], {"tags": ["老"]}),
        (["tags-=旧,老"], {"tags": ...}),
        (["tags-=没有"], {}),
        (["tags="], {"tags": ...}),
        (["note="], {}),
        (["churn.reason="], {"churn": ...}),
        (["contacts.0.phone="], {"contacts": [{"name": "王经理"}, {"name": "李四"}]}),
        (["contacts.1="], {"contacts": [{"name": "王经理", "phone": "010"}]}),
        (["contacts.1.name="], {"contacts": [{"name": "王经理", "phone": "010"}]}),
        (
            ["contacts.2.name=b"],
            {"contacts": [{"name": "王经理", "phone": "010"}, {"name": "李四"}, {"name": "b"}]},
        ),
        (["name+=第二行"], {"name": "示例\n第二行"}),
        (["employees+=5"], {"employees": "5"}),
    ],
)
def test_a_file_is_edited(words: list[str], changed: dict[str, Any]) -> None:
    before = parse(TEXT.encode(), "x").data
    expected = {k: v for k, v in {**before, **changed}.items() if v is not ...}
    assert after("customer", TEXT, *words) == expected


def test_a_label_in_the_file_counts_as_its_code() -> None:
    text = "status: done\nat: 2024-06-05\nchannels: [电话, 邮件]\n"
    assert after("followup", text, "channels+=phone")["channels"] == ["电话", "邮件"]
    assert after("followup", text, "channels-=phone")["channels"] == ["邮件"]


def test_numbers_are_reckoned() -> None:
    assert made("order", "amount+=5万", start={"amount": "10万"}) == {"amount": Decimal(150000)}
    assert made("customer", "employees-=3", start={"employees": "10"}) == {"employees": 7}


@pytest.mark.parametrize(
    ("kind", "word", "hint"),
    [
        ("customer", "naem=x", "name"),
        ("customer", "contacts.0.emial=x", "contacts.0.email"),
        ("customer", "stage=wonn", "won"),
        ("customer", "name", "="),
        ("customer", "=x", "="),
        ("customer", "contacts.1.name=x", "0"),
        ("customer", "contacts=x", "contacts.0.name"),
        ("customer", "lead=x", "lead.grade"),
        ("customer", "founded=someday", "2024"),
        ("customer", "employees=many", ""),
        ("customer", "employees=2.5", "12"),
        ("customer", "strategic=maybe", "true"),
        ("customer", "annual_revenue=a lot", ""),
        ("customer", "name.0=x", ""),
        ("followup", "status+=done", "status="),
        ("order", "colour=red", "number"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error_with_a_way_out(kind: str, word: str, hint: str) -> None:
    with pytest.raises(UsageError) as e:
        made(kind, word)
    assert str(e.value)
    assert hint in str(e.value.hint)


def test_which_of_several_has_to_be_said() -> None:
    with pytest.raises(UsageError) as e:
        after("customer", TEXT, "contacts.phone=1")
    assert "contacts.0.phone" in str(e.value.hint)


@pytest.mark.parametrize("word", ["bank_account=6222020200098765432", "id_number=11010519491231002X"])
def test_a_secret_in_plain_text_is_refused_and_not_repeated(word: str) -> None:
    with pytest.raises(Refused) as e:
        made("customer", word)
    assert word.partition("=")[2] not in str(e.value) + str(e.value.hint)


def test_the_data_that_was_given_is_left_alone() -> None:
    start = {"tags": ["a"]}
    made("customer", "tags+=b", start=start)
    assert start == {"tags": ["a"]}


def test_custom_fields_are_typed_on_entry() -> None:
    book, _ = load(b"fields: {customer: {area: number, kinds: {many: true, vocabulary: source}}}")
    spec = catalog(book).kinds["customer"]
    found = entry.new_fields(spec, book, ["area=12.5", "kinds=展会,老客户"], NOW)
    assert found == {"area": Decimal("12.5"), "kinds": ["exhibition", "existing"]}


WORDS = st.builds(
    lambda name, op, value: f"{name}{op}{value}",
    st.sampled_from(
        [*KINDS["customer"].by_name, "contacts.0.name", "needs.0.budget", "tags.0", "usage.1.on", "x"]
    ),
    st.sampled_from(["=", "+=", "-="]),
    st.sampled_from(["", "x", "won", "明天", "50-80万", "是", "a,b", "3", "enc:v1:x", "上海市浦东新区1号"])
    | st.text(max_size=5),
)


@given(words=st.lists(WORDS, max_size=5))
def test_whatever_is_typed_is_an_error_for_people_or_makes_a_file_that_reads_well(words: list[str]) -> None:
    """What entry accepts, the file holds, and the reader makes the same of it."""
    try:
        fields = made("customer", *words, start={"name": "上海示例科技有限公司"})
        edits = entry.assign(KINDS["customer"], SETTINGS, {"name": "上海示例科技有限公司"}, words, NOW)
        text = write.dump(fields)
        edited = write.edit("name: 上海示例科技有限公司\n", edits)
    except CrmError:
        return
    document = parse(text.encode(), "x", empty_ok=True)
    assert document.data == parse(edited.encode(), "x", empty_ok=True).data
    shapes = {
        "string_type",
        "tuple_type",
        "dict_type",
        "model_type",
        "vocabulary",
        "money",
        "integer",
        "number",
        "flag",
    }
    found = read("customer", document, SETTINGS, Identity()).problems
    assert [p for p in found if p.code in shapes] == []
