"""R-001-08: solved cases like a new complaint."""

from __future__ import annotations

from typing import Any

from crmkit.rules.cases import like, tokens


def case(ident: str, content: str, **more: Any) -> dict[str, Any]:
    return {"id": ident, "content": content, "solution": "做了处理", **more}


def test_texts_are_compared_by_pairs_of_characters_and_by_words() -> None:
    assert tokens("空压机漏油") == {"空压", "压机", "机漏", "漏油"}
    assert tokens("The PLC-7 error E12") == {"plc-7", "error", "e12"}
    assert tokens("") == frozenset()


def test_the_likest_comes_first_and_what_has_no_solution_does_not_count() -> None:
    new = {"id": "n", "content": "空压机漏油，地上一滩", "type": "complaint", "product": "p1"}
    old = [
        case("a", "空压机漏油", type="complaint"),
        case("b", "空压机漏油", type="complaint", product="p1"),
        case("c", "发票没有收到", type="complaint"),
        {"id": "d", "content": "空压机漏油，地上一滩", "product": "p1"},
        case("n", "空压机漏油，地上一滩"),
    ]
    assert [c.doc["id"] for c in like(new, old)] == ["b", "a"]


def test_of_equally_like_ones_the_better_rated_then_the_newer() -> None:
    new = {"id": "n", "content": "漏油"}
    old = [
        case("old", "漏油", received_at="2023-01-01"),
        case("new", "漏油", received_at="2024-01-01"),
        case("good", "漏油", received_at="2022-01-01", satisfaction=5),
    ]
    assert [c.doc["id"] for c in like(new, old)] == ["good", "new", "old"]


def test_words_that_everybody_uses_weigh_less() -> None:
    new = {"id": "n", "content": "设备 高温停机"}
    frequent = [case(f"f{i}", "设备 颜色不对") for i in range(20)]
    found = like(new, [*frequent, case("rare", "高温停机 已经两次")])
    assert found[0].doc["id"] == "rare"
    assert len(found) <= 5
