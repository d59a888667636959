"""The screen of cases: complaints by clock, the steps, colleagues who help (R-001-07, R-004-05, R-004-12..14)."""

from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import running

TIMED = "2024-06-15T10:00"


async def test_complaints_come_by_the_clock_that_runs_out_next(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏", on=TIMED) as dash:
        await dash.press("5")
        names = [line for line in dash.lines if "left" in line]
        assert [n.split()[0] for n in names[:3]] == ["▸", "0:40", "5:20"]
        assert "Other feedback (1)" in dash.text
        assert "satisfaction 3.8 of 5" in dash.text
        assert "complaint received 2024-06-12 10:00" in dash.said


async def test_a_complaint_is_answered_in_time(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏", on=TIMED) as dash:
        await dash.press("5")
        await dash.press("down")
        assert "西安秦岭" in dash.lines[dash.find("▸")[1]]
        await dash.press("r", "ctrl+s")
        (path,) = [p for p in dash.book.rglob("feedback-*.yaml") if "空压机早班" in p.read_text("utf-8")]
        text = path.read_text("utf-8")
        assert "first_responded_at: 2024-06-15T10:00+08:00" in text
        assert "status: responded" in text
        assert dash.log[0].startswith("done sla.respond")


async def test_a_solution_is_asked_for_and_kept(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏", on=TIMED) as dash:
        await dash.press("5", "down", "down")
        assert "武汉光谷" in dash.lines[dash.find("▸")[1]]
        await dash.press("s", "ctrl+s")
        assert "this is needed" in dash.text
        await dash.press("=new fan", "ctrl+s")
        assert not dash.asks
        assert "solution: new fan" in dash.read("customers/*/202301-001/feedback-240614-jm60.yaml")


async def test_other_feedback_is_stamped_without_a_clock(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏", on=TIMED) as dash:
        await dash.press("5")
        assert dash.grid.go("feedback-240612-djh3")
        await dash.press("s", "=explained", "ctrl+s")
        text = dash.read("customers/*/202206-001/feedback-240612-djh3.yaml")
        assert "status: resolved" in text
        assert "solution: explained" in text


async def test_what_was_done_is_not_done_again(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏", on=TIMED) as dash:
        await dash.press("5", "down", "down", "r", "ctrl+s")
        assert "that was done" in dash.text
        assert dash.log == []


async def test_colleagues_are_added_to_a_case(book: Path) -> None:
    async with running(book, lang="en", owner="all", who="周敏", on=TIMED) as dash:
        await dash.press("5", "down", "a")
        await dash.press("escape")
        await dash.click("#act-helpers")
        assert "Collaborators" in dash.text
