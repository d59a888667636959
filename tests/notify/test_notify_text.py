"""What messages say: masked, harmless, in the book's language, never too long."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from crmkit.errors import msg
from crmkit.index.due import AgendaRow
from crmkit.notify import markup, targets
from crmkit.notify.compose import Voice
from crmkit.notify.letter import Target
from crmkit.settings.load import load
from crmkit.values.hide import hidden

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 6, 8, 9, 0, tzinfo=ZONE)
SETTINGS = load("name: 测试账本\nlanguage: zh\n".encode())[0]

WECOM, DINGTALK, FEISHU, MAIL, NTFY, JSON = (
    targets.parse(text)[0]
    for text in (
        "wecom://KEY",
        "dingtalk://KEY",
        "feishu://KEY",
        "mailto:a@x.cn",
        "ntfy://topic",
        "json://127.0.0.1/",
    )
)
ALL = [WECOM, DINGTALK, FEISHU, MAIL, NTFY]


def voice(language: str = "zh", *, reveal: bool = False) -> Voice:
    return Voice(SETTINGS, NOW, time(8, 30), language, reveal=reveal)


def row(reason: str = "发报价", day: int = 8, **more: object) -> AgendaRow:
    told: dict[str, object] = {
        "customer": "202406-001",
        "rule": "followup",
        "source": "followup-240601-7k3m",
        "due_on": date(2024, 6, day),
        "reason": msg("{text}", text=reason),
        "owner": "李四",
        "customer_name": "北京示例有限公司",
        "channels": ("phone",),
        "contact_json": json.dumps({"name": "王经理", "mobile": "13812345678", "email": "wang@example.com"}),
    }
    return AgendaRow(**{**told, **more})  # type: ignore[arg-type]


def said(target: Target, *rows: AgendaRow, language: str = "zh", reveal: bool = False) -> str:
    letter = voice(language, reveal=reveal).letter(target, "k", rows or (row(),))
    return f"{letter.title}\n\n{letter.text}"


def test_a_message_names_who_is_responsible_and_the_reminder(  # R-004-24
) -> None:
    assert said(MAIL).splitlines() == [
        "跟进提醒 1 项 · 测试账本 · 2024-06-08",
        "",
        "2024-06-08 今天 北京示例有限公司",
        "发报价",
        "负责人：李四  提醒时间：2024-06-07 08:30",
        "电话  王经理 138****5678",
        "202406-001/followup/followup-240601-7k3m/2024-06-08",
    ]


def test_in_english() -> None:
    assert said(MAIL, row(day=5), row(day=9), language="en").splitlines() == [
        "2 reminders, 1 of them overdue · 测试账本 · 2024-06-08",
        "",
        "2024-06-05 3 days late 北京示例有限公司",
        "发报价",
        "responsible: 李四  reminder: 2024-06-04 08:30",
        "Phone  王经理 138****5678",
        "202406-001/followup/followup-240601-7k3m/2024-06-05",
        "",
        "2024-06-09 tomorrow 北京示例有限公司",
        "发报价",
        "responsible: 李四  reminder: 2024-06-08 08:30",
        "Phone  王经理 138****5678",
        "202406-001/followup/followup-240601-7k3m/2024-06-09",
    ]


@pytest.mark.parametrize("target", ALL)
def test_contact_details_are_masked_unless_revealed(target: Target) -> None:
    loud = row("打13812345678或 010-88886666，邮箱 wang@example.com，身份证 110101199003070011")
    for secret in ("13812345678", "88886666", "wang@example.com", "110101199003070011"):
        assert secret not in said(target, loud)
    assert "13812345678" in said(MAIL, loud, reveal=True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13812345678。", "电话138****5678。"),
        ("138 1234 5678", "138****5678"),
        ("138-1234-5678", "138****5678"),
        ("+86 13812345678", "+86****5678"),
        ("021-63871234", "021****1234"),
        ("+1 212 555 0123", "+1 ****0123"),
        ("6222 0212 3456 7890 123", "622**** 123"),
        ("6222021234567890123", "622****0123"),
        ("11010119900307001X", "110****001X"),
        ("a.b+c@sub.example.com", "a***@sub.example.com"),
        (
            "合同 QH-2023-0052 于 2024-07-15 到期，金额 500000",
            "合同 QH-2023-0052 于 2024-07-15 到期，金额 500000",
        ),
        ("2024-06-12 10:00 收到投诉", "2024-06-12 10:00 收到投诉"),
        ("报价 1,200,000 元，12 套", "报价 1,200,000 元，12 套"),
        ("order-240601-ab12", "order-240601-ab12"),
        ("", ""),
    ],
)
def test_numbers_in_free_text(text: str, shown: str) -> None:
    assert hidden(text) == shown


HOSTILE = [
    "[点这里](https://evil.example.com)",
    "![x](https://evil.example.com/pixel.png)",
    "<@all> <@zhangsan>",
    '<at user_id="all">所有人</at>',
    '<at id="all"></at>',
    '<font color="warning">付款</font>',
    "**重要** ~~删除~~ `代码` __下划线__ _斜_",
    "\n# 标题\n> 引用\n- 列表\n| a | b |\n|---|---|",
    "\x1b[31mred\x1b[0m \x07 \x00",
    "\u202etxt.exe\u202c \u200b\ufeff",
    "&lt;a href=x&gt; &#60;at&#62;",
    "\\[a\\](b)",
    "@所有人 @13812345678",
    "<!-- comment --> <script>alert(1)</script>",
    "\ud800 lone",
    "]() [] {text} %s {0}",
]
MARKS = "*`~[]<>|\\"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("target", [WECOM, DINGTALK])
def test_hostile_text_is_no_markdown(target: Target, text: str) -> None:
    everywhere = row(
        text, customer_name=text, owner=text, tier=text, part=text,
        contact_json=json.dumps({"name": text, "job_title": text, "mobile": text}),
    )  # fmt: skip
    letter = voice().letter(target, "k", [everywhere])
    plain = voice().letter(target, "k", [row("x", customer_name="x", owner="x")])
    lines = letter.text.split("\n")
    assert len(lines) == len(plain.text.split("\n")), "no line of its own"
    body = lines[0].removeprefix("**").replace("**", "", 1) + "\n".join(lines[1:])
    assert not any(mark in body for mark in MARKS), body
    assert "://" not in body
    assert "@" not in body
    assert not any(line.startswith(("#", ">", "-", "!", "=")) for line in lines)
    letter.text.encode("utf-8")
    letter.title.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("target", [FEISHU, MAIL, NTFY])
def test_hostile_text_stays_text(target: Target, text: str) -> None:
    shown = said(target, row(text, customer_name=text))
    assert not any(c in shown for c in "\x1b\x00\x07\u202e\u200b\ufeff\r")
    assert len(shown.splitlines()) == 7
    if target is FEISHU:
        assert "<" not in shown
    shown.encode("utf-8")


def test_ids_can_be_copied_from_any_message() -> None:
    high = row(rule="cadence.high_value", source="202406-001")
    for target in ALL:
        assert high.id in said(target, high)


@profile(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=600), min_size=1, max_size=25), st.sampled_from(ALL), st.booleans())
def test_every_row_is_in_one_message_and_none_is_too_long(
    texts: list[str], target: Target, digest: bool
) -> None:
    rows = [row(text, source=f"followup-{n}", customer_name=text * 3) for n, text in enumerate(texts)]
    speaks = voice()
    batches = list(speaks.packed(target, rows, digest=digest))
    assert sorted(r.id for batch in batches for r in batch) == sorted(r.id for r in rows)
    assert digest or len(batches) == len(rows)
    for batch in batches:
        letter = speaks.letter(target, "k", batch)
        whole = f"{letter.title}{target.markup.paragraph}{letter.text}"
        assert target.weigh(whole) <= target.limit
        assert all(markup.plain(r.source) in letter.text for r in batch)


def test_fifty_rows_make_several_messages_for_wecom_and_one_mail() -> None:
    rows = [row("发报价" * 20, source=f"followup-{n}") for n in range(50)]
    counts = {t.channel: len(list(voice().packed(t, rows, digest=True))) for t in ALL}
    assert counts["mail"] == 1
    assert 5 <= counts["wecom"] <= 12
    assert counts["dingtalk"] < counts["wecom"]


def test_apprise_limits_come_from_apprise() -> None:
    assert 200 <= JSON.limit <= 20_000
