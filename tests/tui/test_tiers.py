"""The board of tiers: who is where, proposals with reasons, accepted or refused (R-002-39, R-003-67..71)."""

from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import running

WUHAN = "customers/*/202301-001/customer.yaml"


async def test_columns_with_sums_and_what_speaks_for_another_tier(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("3")
        assert "A VIP客户 (3)" in dash.text
        assert "¥2,476,400" in dash.text
        assert "proposals: 2" in dash.text
        await dash.press("p")
        assert "武汉光谷" in dash.text
        assert "Proposed: A VIP客户" in dash.said
        assert "order.amount>=35万" in dash.said


async def test_a_proposal_is_accepted(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("3", "p", "y")
        assert "B → A" in dash.text
        assert dash.log == []
        await dash.press("y")
        text = dash.read(WUHAN)
        assert "tier: A" in text
        assert "crm tier A:" in text
        assert "A VIP客户 (4)" in dash.text


async def test_a_proposal_is_refused_with_its_reason(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("3", "p", "n", "=not yet", "ctrl+s")
        text = dash.read(WUHAN)
        assert "tier: B" in text
        assert "tier_basis: not yet" in text


async def test_all_are_accepted_at_once_but_those_set_by_hand(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("3", "Y")
        assert "乐敏" in dash.text
        assert "武汉光谷" not in dash.text.split("Accept the proposed tier?")[1].split("Accept")[0]
        await dash.press("y")
        assert len(dash.log) == 1
        assert "proposals: 1" in dash.text


async def test_a_customer_is_pushed_into_another_tier_by_key_and_by_mouse(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("3", "greater_than_sign")
        assert "into B" in dash.text
        await dash.press("ctrl+s")
        assert "this is needed" in dash.text
        await dash.press("=fewer orders", "ctrl+s")
        assert "tier: B" in dash.read("customers/*/202306-001/customer.yaml")
        assert len(dash.log) == 1
        x, y = dash.find("苏州中盛")
        await dash.pilot.mouse_down(offset=(x, y))
        await dash.pilot.hover(offset=(x + 30, y))
        await dash.pilot.mouse_up(offset=(x + 30, y))
        await dash.settle()
        assert "苏州中盛精密制造有限公司 into B" in dash.text
        assert len(dash.log) == 1
