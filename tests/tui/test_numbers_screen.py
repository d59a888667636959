"""The screen of numbers: reports with charts, periods, queries, files."""

from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import running


async def test_reports_with_their_charts(book: Path) -> None:
    async with running(book, lang="en", who="周敏") as dash:
        await dash.press("7")
        assert "Pipeline and revenue forecast" in dash.text
        assert "¥2,235,500" in dash.text
        assert "█" in dash.text
        await dash.press("down")
        assert "Stage conversion" in dash.text


async def test_period_and_query_narrow_a_report(book: Path) -> None:
    async with running(book, lang="en", who="周敏") as dash:
        await dash.press("7", "f", "tab", "tab", "=tier:Q", "ctrl+s")
        assert "'Q'" in dash.said
        await dash.press("backspace", "=A", "ctrl+s")
        assert not dash.asks
        assert "tier:A" in dash.text
        assert "¥2,235,500" not in dash.text
        await dash.press("p")
        assert "this month" in dash.text


async def test_a_report_is_given_out_as_a_page(book: Path, tmp_path: Path) -> None:
    async with running(book, lang="en", who="周敏") as dash:
        await dash.press("7", "x")
        target = tmp_path / "numbers.html"
        for _ in range(len("pipeline.html")):
            await dash.pilot.press("backspace")
        await dash.press(f"={target}", "ctrl+s")
        assert not dash.asks
        assert "Pipeline and revenue forecast" in target.read_text("utf-8")
        assert "<script" not in target.read_text("utf-8")
