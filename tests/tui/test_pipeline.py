"""The board of deals: sums, gates, winning and losing (R-003-09..18, R-003-51..55, R-001-30)."""

from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import running

NEW = "customers/*/202405-001/opportunity-*.yaml"


async def test_stages_with_count_sum_and_weighted_sum(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏", size=(200, 40)) as dash:
        await dash.press("4")
        assert "New (2)" in dash.text
        assert "¥824,300" in dash.text
        assert "weighted ¥173,575" in dash.text
        assert "standing still: 2" in dash.text
        assert "stands still" in dash.text


async def test_a_deal_moves_on_and_its_history_tells(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("4")
        key = dash.board.key
        await dash.press("greater_than_sign")
        (path,) = dash.book.rglob(f"{key}.yaml")
        assert "stage: qualify" in path.read_text("utf-8")
        assert dash.board.column == "qualify"  # the cursor stays on the deal
        assert dash.board.key == key
        await dash.click("#act-back")
        assert dash.board.column == "new"
        assert len(dash.log) == 2


async def test_a_won_deal_is_stopped_by_its_gate_until_it_says_from_when(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("4", "w")
        assert "asks for what is not known yet" in dash.said
        await dash.press("ctrl+s")
        assert "this is needed" in dash.text
        assert dash.log == []
        await dash.press("=2024-07-01", "ctrl+s")
        assert not dash.asks
        (path,) = dash.book.rglob(f"{dash.board.key}.yaml")
        text = path.read_text("utf-8")
        assert "stage: won" in text
        assert "start_date: 2024-07-01" in text
        assert "stage: won" in (path.parent / "customer.yaml").read_text("utf-8")
        assert len(dash.log) == 1


async def test_a_lost_deal_says_why(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("4")
        await dash.click("#act-to-lost")
        await dash.press("=price", "ctrl+s")
        (path,) = dash.book.rglob(f"{dash.board.key}.yaml")
        assert "lost_reason: price" in path.read_text("utf-8")


async def test_a_deal_is_dragged_by_the_mouse(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("4")
        x, y = dash.find("机房能耗")
        await dash.pilot.mouse_down(offset=(x, y))
        await dash.pilot.hover(offset=(x + 26, y))
        await dash.pilot.mouse_up(offset=(x + 26, y))
        await dash.settle()
        assert len(dash.log) == 1
        assert "机房能耗" in dash.log[0]
        assert dash.board.column == "qualify"
