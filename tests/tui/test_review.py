"""The screen of reviews: what waits, approved with a number or returned with a reason (R-000-17..21, R-002-25)."""

from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import running


async def test_what_waits_for_me_and_for_others(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏") as dash:
        await dash.press("6")
        assert "Waits for you (1)" in dash.text
        assert "Waits for others (4)" in dash.text
        assert "138****8401" in dash.text
        await dash.press("m")
        assert "Waits for others" not in dash.text


async def test_an_approved_draft_gets_its_number(book: Path) -> None:
    async with running(book, lang="en", who="周敏") as dash:
        await dash.press("6", "y")
        assert "Approve: 郑州示例铝业有限公司" in dash.text
        assert dash.log == []
        await dash.press("y")
        assert "draft-240612-k2m9" not in dash.git("ls-files")
        text = dash.read("customers/2024/202406-006/customer.yaml")
        assert "郑州示例" in text
        assert "state: approved" in text
        assert any("202406-006" in t for t in dash.toasts)


async def test_a_draft_goes_back_with_the_reason(book: Path) -> None:
    async with running(book, lang="en", who="周敏") as dash:
        await dash.press("6")
        await dash.click("#act-send_back")
        await dash.press("ctrl+s")
        assert "this is needed" in dash.text
        await dash.press("=no licence", "ctrl+s")
        text = dash.read("customers/drafts/draft-240612-k2m9/customer.yaml")
        assert "state: returned" in text
        assert "reason: no licence" in text


async def test_nobody_approves_what_he_may_not(book: Path) -> None:
    async with running(book, lang="en", who="张三") as dash:
        await dash.press("6", "m")
        assert dash.grid.go("draft-240612-k2m9")
        await dash.press("y", "y")
        assert dash.toasts
        assert dash.log == []
        assert (book / "customers/drafts/draft-240612-k2m9").exists()
