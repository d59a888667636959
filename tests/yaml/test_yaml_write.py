"""Edits as a person sees them: the text before and after."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from textwrap import dedent
from typing import Any

import pytest

from crmkit.errors import Refused
from crmkit.yaml.read import Unreadable, load
from crmkit.yaml.write import DELETE, Edit, dump, edit

FILE = dedent("""\
    # yaml-language-server: $schema=customer
    name: 北京示例 # 全称
    phone:  "010"   # 总机

    # 关键人
    contacts: # 两位
      # 先联系
      - name: 王   # 经理
        phone: 13800138000
      # 再联系
      - name: 李
        note: |  # 印象
          爱钓鱼
          话少

    tags: [战略, 展会]   # 两个
    none: []
    empty:   # 待填
    budget: {min: 1, max: 2}
    long: 第一段
      第二段   # 折行
    # 备注
    note: >-
      x
      y
    last: 'it''s'
    """)


def changed(steps: tuple[str | int, ...], value: Any, text: str = FILE, **more: Any) -> list[str]:
    """The lines that an edit takes out (-) and puts in (+)."""
    import difflib

    before, after = text.splitlines(), edit(text, [Edit(steps, value, **more)]).splitlines()
    lines = [
        line
        for line in difflib.unified_diff(before, after, n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    return [line[0] + " " + line[1:] for line in lines]


CASES: list[tuple[tuple[str | int, ...], Any, list[str]]] = [
    (("name",), "上海示例", ["- name: 北京示例 # 全称", "+ name: 上海示例 # 全称"]),
    (("phone",), "021", ['- phone:  "010"   # 总机', '+ phone:  "021"   # 总机']),
    (("last",), "that's", ["- last: 'it''s'", "+ last: 'that''s'"]),
    (("contacts", 0, "phone"), "13900139000", ["-     phone: 13800138000", "+     phone: 13900139000"]),
    (
        ("contacts", 0, "name"),
        "王\n先生",
        ["-   - name: 王   # 经理", "+   - name: |-   # 经理", "+       王", "+       先生"],
    ),
    (
        ("contacts", 1, "note"),
        "爱下棋",
        ["-     note: |  # 印象", "-       爱钓鱼", "-       话少", "+     note: 爱下棋  # 印象"],
    ),
    (("contacts", 1, "note"), "爱钓鱼\n话多\n", ["-       话少", "+       话多"]),
    (("contacts", 2), {"name": "赵", "k": ["x"]}, ["+   - name: 赵", "+     k:", "+       - x"]),
    (("contacts", 0), DELETE, ["-   # 先联系", "-   - name: 王   # 经理", "-     phone: 13800138000"]),
    (
        ("contacts", 0, "name"),
        DELETE,
        ["-   - name: 王   # 经理", "-     phone: 13800138000", "+   - phone: 13800138000"],
    ),
    (("contacts", 0, "email"), "w@x.cn", ["+     email: w@x.cn"]),
    (("tags", 2), "a: b", ["- tags: [战略, 展会]   # 两个", '+ tags: [战略, 展会, "a: b"]   # 两个']),
    (("tags",), ["展会"], ["- tags: [战略, 展会]   # 两个", "+ tags: [展会]   # 两个"]),
    (("none", 0), "x", ["- none: []", "+ none: [x]"]),
    (("none", 0, "name"), "x", ["- none: []", "+ none:", "+   - name: x"]),
    (("empty",), "好", ["- empty:   # 待填", "+ empty: 好   # 待填"]),
    (("empty", 0, "k"), "v", ["+   - k: v"]),
    (("budget", "min"), DELETE, ["- budget: {min: 1, max: 2}", "+ budget: {max: 2}"]),
    (
        ("budget", "currency"),
        "CNY",
        ["- budget: {min: 1, max: 2}", "+ budget: {min: 1, max: 2, currency: CNY}"],
    ),
    (("long",), "短", ["- long: 第一段", "-   第二段   # 折行", "+ long: 短   # 折行"]),
    (("note",), DELETE, ["- # 备注", "- note: >-", "-   x", "-   y"]),
    (("中文键",), "值", ["+ 中文键: 值"]),
    (("amount",), Decimal("500000.50"), ["+ amount: 500000.50"]),
    (("zip",), "031000", ['+ zip: "031000"']),
    (("nothing",), DELETE, []),
    (("phone",), "010", []),
]


@pytest.mark.parametrize(("steps", "value", "lines"), CASES)
def test_only_these_lines_change(steps: tuple[str | int, ...], value: Any, lines: list[str]) -> None:
    assert changed(steps, value) == lines


def test_the_comment_that_opens_a_file_stays_when_its_first_key_goes() -> None:
    assert edit(FILE, [Edit(("name",), DELETE)]).startswith(
        "# yaml-language-server: $schema=customer\nphone:"
    )


def test_a_new_key_finds_its_place_by_the_usual_order() -> None:
    text = "name: x\nnote: z\n"
    assert (
        edit(text, [Edit(("phone",), "1 2", order=("name", "phone", "note"))])
        == "name: x\nphone: 1 2\nnote: z\n"
    )
    assert edit(text, [Edit(("id",), "i", order=("id", "name"))]) == "id: i\nname: x\nnote: z\n"


@pytest.mark.parametrize(
    ("text", "wanted", "result"),
    [
        ("a: 1\r\nb: 2\r\n", Edit(("c",), ["x", "z"]), "a: 1\r\nb: 2\r\nc:\r\n  - x\r\n  - z\r\n"),
        ("a: 1\nb: 2", Edit(("c",), "x"), "a: 1\nb: 2\nc: x"),
        ("a: 1\nb: |\n  x", Edit(("c",), "z"), "a: 1\nb: |\n  x\nc: z"),
        ("a: 1\nb: |\n  x", Edit(("a",), DELETE), "b: |\n  x"),
        ("a: 1\nb: |\n  x", Edit(("b",), "x"), "a: 1\nb: |\n  x"),
        ("a: 1\nb: |\n  x", Edit(("b",), "x\nz\n"), "a: 1\nb: |\n  x\n  z\n"),
        ("\ufeffa: 1\n", Edit(("a",), "2"), "\ufeffa: 2\n"),
        ("", Edit(("a",), "x"), "a: x\n"),
        ("# rules\n", Edit(("a", "b"), "x"), "# rules\na:\n  b: x\n"),
        ("{}\n", Edit(("a",), "x"), "a: x\n"),
        ("a: 1\n...\n", Edit(("b",), "x"), "a: 1\nb: x\n...\n"),
        ("a:\n- x\n", Edit(("b",), ["z"]), "a:\n- x\nb:\n- z\n"),
        ("a:\n    b: x\n", Edit(("c",), {"d": "z"}), "a:\n    b: x\nc:\n    d: z\n"),
        ("a: [\n  x, # one\n  y # two\n]\n", Edit(("a", 2), "z"), "a: [\n  x, # one\n  y, # two\n  z\n]\n"),
        ("a: [\n  x,\n  y,\n]\n", Edit(("a", 2), "z"), "a: [\n  x,\n  y,\n  z,\n]\n"),
        ("a: [\n  x,\n  y,\n]\n", Edit(("a", 0), DELETE), "a: [\n  y,\n]\n"),
        ('{"a": 1, "b": [2]}', Edit(("b", 1), "3 4"), '{"a": 1, "b": [2, 3 4]}'),
        ("a:\n  - x\n  - y\n", Edit(("a", 1), "new", insert=True), "a:\n  - x\n  - new\n  - y\n"),
        ("a:\n  - x\nb: 1\n", Edit(("a", 0), DELETE), "a: []\nb: 1\n"),
        ("a: 1\nb: |+\n  x\n\nc: 2\n", Edit(("b",), DELETE), "a: 1\nc: 2\n"),
        ("- a: 1".replace("- ", ""), Edit(("a",), {"b": ["c"]}), "a:\n  b:\n    - c"),
    ],
)
def test_the_way_a_file_is_written_is_kept(text: str, wanted: Edit, result: str) -> None:
    assert edit(text, [wanted]) == result


def test_a_text_made_long_and_short_again_is_the_file_it_was() -> None:
    long = edit(FILE, [Edit(("name",), "一\n二\n三")])
    assert load(long.encode(), "c").data["name"] == "一\n二\n三"
    assert edit(long, [Edit(("name",), "北京示例")]) == FILE


def test_a_list_set_anew_keeps_the_comments_of_what_stays() -> None:
    contacts = load(FILE.encode(), "c").data["contacts"]
    assert changed(("contacts",), [*contacts, {"name": "赵"}]) == ["+   - name: 赵"]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (("name", "x"), "name"),
        (("contacts", 5), "contacts.5"),
        (("contacts", "name"), "contacts"),
        (("new", 1), "new.1"),
        (("contacts", -1), "contacts.-1"),
    ],
)
def test_impossible_places_are_refused(steps: tuple[str | int, ...], words: str) -> None:
    with pytest.raises(Refused) as caught:
        edit(FILE, [Edit(steps, "v")])
    assert words in str(caught.value)
    assert str(caught.value.hint)


def test_a_broken_file_is_not_edited() -> None:
    with pytest.raises(Unreadable):
        edit("a: 1\na: 2\n", [Edit(("b",), "x")])


def test_a_way_of_writing_that_is_not_known_is_refused_or_written_anew() -> None:
    assert load(edit("x:\n  ? a\n  : b\n", [Edit(("x", "a"), "c")]).encode(), "c").data == {"x": {"a": "c"}}
    with pytest.raises(Refused, match="cannot be changed"):
        edit("? a\n: b\n", [Edit(("a",), "c\nd")])


def test_a_new_file_quotes_only_what_others_would_take_for_something_else() -> None:
    east = timezone(timedelta(hours=8))
    text = dump(
        {
            "name": "北京示例信息技术股份有限公司",
            "phone": "01088886666",
            "answer": "no",
            "day": "2024-06-05",
            "on": date(2024, 6, 5),
            "at": datetime(2024, 6, 5, 14, 30, tzinfo=east),
            "clock": "12:30",
            "amount": Decimal(500000),
            "count": 3,
            "primary": True,
            "gone": None,
            "tags": [],
            "note": "第一行\n第二行\n",
            "contacts": [{"name": "王", "tags": ["a", "b: c"]}],
        }
    )
    assert text == dedent("""\
        name: 北京示例信息技术股份有限公司
        phone: "01088886666"
        answer: "no"
        day: 2024-06-05
        on: 2024-06-05
        at: 2024-06-05T14:30+08:00
        clock: "12:30"
        amount: 500000
        count: 3
        primary: true
        tags: []
        note: |
          第一行
          第二行
        contacts:
          - name: 王
            tags:
              - a
              - "b: c"
        """)


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_what_no_file_can_hold_is_refused(value: str) -> None:
    with pytest.raises(Refused):
        dump({"a": value})


def test_a_text_with_blank_lines_at_its_end_keeps_their_number() -> None:
    text = "a: x\n\nb: z\n"
    assert edit(text, [Edit(("a",), "x\n\n\n")]) == 'a: "x\\n\\n\\n"\n\nb: z\n'
