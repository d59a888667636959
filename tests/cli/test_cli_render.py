"""What reaches stdout, in every form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.actions.listing import Column, Table
from crmkit.cli import _cells, _table
from crmkit.cli._parse import defaults
from crmkit.cli._render import Output
from crmkit.cli._spec import GLOBALS
from crmkit.values.safe import width

ROWS: list[dict[str, Any]] = [
    {"id": "202406-001", "name": "北京示例信息技术股份有限公司", "tags": ["战略", "旧"], "amount": 500000},
    {"id": "202406-002", "name": "=HYPERLINK(1)\t\x1b[31m", "tags": [], "amount": None},
]
TABLE = Table(
    [Column("id", "ID"), Column("name", "Name"), Column("tags", "Tags"), Column("amount", "Amount", "money")],
    ROWS,
)


def out(env: Mapping[str, str] | None = None, **given_: Any) -> Output:
    return Output({**defaults((), GLOBALS), **given_}, env or {})


def test_piped_output_is_tab_separated(capsys: pytest.CaptureFixture[str]) -> None:
    out().table(TABLE)
    first, second = capsys.readouterr().out.splitlines()
    assert first.split("\t") == ["202406-001", "北京示例信息技术股份有限公司", "战略,旧", "500000"]
    assert second.split("\t")[1] == r"=HYPERLINK(1)\t\x1b[31m"


def test_json_holds_what_the_record_holds(capsys: pytest.CaptureFixture[str]) -> None:
    out(json=True).table(TABLE)
    assert json.loads(capsys.readouterr().out) == ROWS


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    out(format="jsonl").table(TABLE)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS


def test_csv_has_a_head_and_no_formula(capsys: pytest.CaptureFixture[str]) -> None:
    out(format="csv").table(TABLE)
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["id", "name", "tags", "amount"]
    assert rows[2][1].startswith("'=HYPERLINK")


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("+86 138-0013-8000", True), ("-5", True), ("-5+cmd|x", False), ("@SUM(1)", False), ("=1", False)],
)
def test_numbers_and_phones_are_no_formulas(cell: str, *, kept: bool) -> None:
    assert (_cells.harmless(cell) == cell) is kept


def test_ids(capsys: pytest.CaptureFixture[str]) -> None:
    out(format="ids").table(TABLE)
    assert capsys.readouterr().out == "202406-001\n202406-002\n"


def test_a_forced_table_is_whole_and_plain(capsys: pytest.CaptureFixture[str]) -> None:
    out(format="table").table(TABLE)
    text = capsys.readouterr().out
    assert "北京示例信息技术股份有限公司" in text
    assert "\x1b" not in text
    assert text.splitlines()[0].split() == ["ID", "Name", "Tags", "Amount"]


def test_nothing_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("table", "tsv", "ids", "jsonl"):
        out(format=form).table(Table(TABLE.columns, []))
    assert capsys.readouterr().out == ""
    out(json=True).table(Table(TABLE.columns, []))
    assert json.loads(capsys.readouterr().out) == []


cells = st.text(st.characters(codec="utf-8", exclude_categories=("C", "M", "Z")), max_size=40)


@given(
    pairs=st.lists(st.tuples(cells, cells), min_size=1, max_size=5),
    room=st.integers(16, 120),
    colour=st.booleans(),
)
def test_a_table_fits_any_width_with_ids_whole(
    pairs: list[tuple[str, str]], room: int, *, colour: bool
) -> None:
    rows = [[f"202406-{i:03}", a, b] for i, (a, b) in enumerate(pairs)]
    text = _table.draw(
        ["id", "name", "note"], ["ID", "Name", "备注"], rows, ["text"] * 3, width=room, colour=colour
    )
    for i in range(len(rows)):
        assert f"202406-{i:03}" in text
    if not colour:
        assert max(width(line) for line in text.splitlines()) <= room


def test_columns_line_up_under_chinese() -> None:
    rows = [["a1", "北京", "x"], ["b2", "ab", "y"], ["c3", "", "z"]]
    lines = _table.draw(
        ["id", "n", "o"], ["ID", "名", "O"], rows, ["text"] * 3, width=80, colour=False
    ).splitlines()
    assert len({width(line[: line.rindex(line[-1])]) for line in lines}) == 1


def table(columns: list[tuple[str, str, str, list[str]]], room: int) -> list[str]:
    """Draw columns given as (name, head, type, cells)."""
    names, heads, types, cells = zip(*columns, strict=True)
    rows = list(zip(*cells, strict=True))
    return _table.draw(names, heads, rows, types, width=room, colour=False).splitlines()


DEALS = [
    ("id", "编号", "text", ["opportunity-220610-jpft", "opportunity-220914-by5f"]),
    ("name", "机会名称", "text", ["一期空压机改造（2 台）", "空压站整体改造"]),
    ("stage", "生命周期阶段", "vocabulary", ["已成交", "已丢单"]),
    ("amount", "预计金额", "money", ["¥196,000", "¥1,200,000"]),
    ("probability", "成交概率（%）", "integer", ["100", "0"]),
    ("close_date", "预计成交日期", "date", ["2022-07-15", "2024-05-31"]),
]


@pytest.mark.parametrize("room", [70, 74, 78, 82, 90, 110])
def test_heads_are_wrapped_and_columns_line_up_under_them(room: int) -> None:
    lines = table(DEALS, room)
    start = next(i for i, line in enumerate(lines) if line.startswith("opportunity-"))
    shown = "".join(lines[:start]).replace(" ", "").replace("·", "")
    for _name, head, *_rest in DEALS:
        assert set(head) <= set(shown)
    assert "…" not in "".join(lines[:start])
    ends = {width(line[: line.index(date) + 10]) for line in lines for date in DEALS[5][3] if date in line}
    amounts = {width(line[: line.index(a) + len(a)]) for line in lines for a in DEALS[3][3] if a in line}
    assert len(ends) == len(amounts) == 1
    assert max(map(width, lines)) <= room


def test_chinese_heads_break_between_words() -> None:
    lines = table(DEALS, 86)
    assert lines[0].split() == ["生命周期", "成交概率", "预计成交"]
    assert lines[1].split() == ["编号", "机会名称", "阶段", "预计金额", "（%）", "日期"]


def test_a_text_without_room_stands_below_its_row() -> None:
    whose = ("customer_name", "客户", "text", ["苏州中盛精密制造有限公司", "无锡恒润纺织有限公司"])
    lines = table([DEALS[0], whose, *DEALS[1:]], 78)
    assert lines[1] == "    客户 · 机会名称"
    assert lines[2].startswith("opportunity-220610-jpft  已成交")
    assert lines[3] == "    苏州中盛精密制造有限公司 · 一期空压机改造（2 台）"


def test_dates_and_amounts_are_never_cut() -> None:
    for room in range(20, 120):
        text = "\n".join(table(DEALS, room))
        for _name, _head, kind, cells in DEALS:
            if kind in {"money", "integer", "date"} and room >= 30:
                assert all(cell in text for cell in cells), room


def test_of_several_values_the_first_is_kept() -> None:
    people = ("contacts.name", "联系人姓名", "text", ["顾明远、沈丽、林涛", "钱国伟"])
    lines = table([DEALS[0], DEALS[1], people, DEALS[5]], 78)
    assert [line for line in lines if "顾明远" in line and "一期空压机改造（2 台）" in line]


def test_a_head_of_one_long_word_does_not_push_the_rows_out() -> None:
    lines = table([DEALS[0], ("x", "x" * 60, "text", ["1", "2"])], 60)
    assert max(map(width, lines)) <= 60
    assert lines[0].startswith("编号")


def test_markup_in_a_name_is_shown_not_obeyed() -> None:
    text = _table.draw(
        ["id", "n"], ["ID", "[b]N"], [["1", "[red]价格[/]"]], ["text"] * 2, width=80, colour=True
    )
    assert "[red]价格[/]" in text
    assert "[b]N" in text


@pytest.mark.parametrize(
    ("env", "given_", "coloured"),
    [
        ({"FORCE_COLOR": "1"}, {}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, {}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, {}, False),
        ({"FORCE_COLOR": "1"}, {"no_color": True}, False),
        ({}, {}, False),
    ],
)
def test_colour_only_where_wanted(env: dict[str, str], given_: dict[str, Any], *, coloured: bool) -> None:
    assert out(env, **given_).colour is coloured


def test_columns_is_honoured() -> None:
    assert out({"COLUMNS": "44"}).width == 44


def test_leaves_of_a_record() -> None:
    doc = {
        "id": "1",
        "contacts": [{"name": "王", "tags": ["a", "b"]}],
        "ok": True,
        "amount": {"amount": 5, "currency": "USD"},
    }
    assert dict(_cells.leaves(doc)) == {
        "id": "1",
        "contacts.0.name": "王",
        "contacts.0.tags": "a,b",
        "ok": "true",
        "amount.amount": "5",
        "amount.currency": "USD",
    }
