from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import running


async def test_rows_are_grouped_with_reason_channel_and_lateness(book: Path) -> None:
    async with running(book) as dash:
        assert "已逾期 (2)" in dash.text
        assert "今天 (11)" in dash.text
        line = dash.lines[dash.find("逾期 14 天")[1]]
        assert "长沙湘云" in line
        assert "微信" in line
        assert "138****7101" in dash.text  # the card beside it, masked
        assert "13800007101" not in dash.text


async def test_everybody_and_further_ahead(book: Path) -> None:
    async with running(book, who="赵静") as dash:
        await dash.press("m")
        assert "已逾期 (8)" in dash.text
        await dash.press("w")
        assert "一周内" in dash.text


async def test_done_logs_the_talk_and_plans_the_next_step(book: Path) -> None:
    async with running(book) as dash:
        assert dash.grid.go("202206-001/followup/followup-240615-r8vn/2024-06-15")
        await dash.press(
            "d", "=ok", "tab", "=fine", "tab", "=dear", "tab", "=sample", "tab", "=send", "tab", "=+3d"
        )
        assert "2024-06-18 星期二" in dash.text
        await dash.press("ctrl+s")
        record = dash.read("customers/*/202206-001/followup-240615-r8vn.yaml")
        for line in (
            "status: done",
            "content: ok",
            "feedback: fine",
            "- dear",
            "- sample",
            "next_step: send",
        ):
            assert line in record
        assert len(dash.log) == 1
        assert "done 苏州中盛" in dash.log[0]
        assert not dash.asks
        assert dash.grid.source.find("202206-001/followup/followup-240615-r8vn/2024-06-15") is None


async def test_snooze_wants_the_reason_of_a_delay(book: Path) -> None:
    async with running(book, lang="en") as dash:
        await dash.press("s", "=+3d", "ctrl+s")
        assert dash.asks
        assert "this is needed" in dash.text
        assert len(dash.log) == 0
        await dash.press("=travelling", "ctrl+s")
        assert dash.log == ["snooze activity.drop 长沙湘云软件有限公司 to 2024-06-18: travelling"]


async def test_undo_shows_first_what_it_takes_back(book: Path) -> None:
    async with running(book, lang="en") as dash:
        await dash.press("u")
        assert any("nothing to undo" in t for t in dash.toasts)
        await dash.press("s", "=+3d", "tab", "=travelling", "ctrl+s", "u")
        assert "-    why: travelling" in dash.text
        await dash.press("escape")
        assert len(dash.log) == 1
        await dash.press("u", "y")
        assert dash.log[0].startswith("undo: snooze")
        assert dash.git("diff", "HEAD~2", "--stat") == ""


async def test_the_mouse_alone(book: Path) -> None:
    async with running(book, size=(80, 24)) as dash:
        await dash.click("宁波远舟")
        assert dash.grid.key.startswith("202208") or "宁波" in dash.lines[dash.find("▸")[1]]
        await dash.click("#act-done")
        assert "宁波远舟" in dash.lines[2]
        await dash.click("#no")
        assert not dash.asks


async def test_the_card_hides_where_there_is_no_room(book: Path) -> None:
    async with running(book, size=(80, 24)) as dash:
        assert "202310-001" not in dash.text
        assert "138****7101" in dash.text  # what the columns cut off stands below the list
        await dash.press("c")
        assert "202310-001" in dash.text
        await dash.press("escape")
        assert not dash.asks


async def test_reassigning_a_followup(book: Path) -> None:
    async with running(book) as dash:
        assert dash.grid.go("202206-001/followup/followup-240615-r8vn/2024-06-15")
        await dash.press("a", "home", "enter")
        assert "owner: 张三" in dash.read("customers/*/202206-001/followup-240615-r8vn.yaml")


async def test_a_fault_inside_an_act_is_a_toast_and_a_line_in_the_log(book: Path) -> None:
    async with running(book, lang="en") as dash:

        async def broken() -> None:
            secret = "13800007101"
            raise RuntimeError(secret)

        dash.app.begin(broken())
        await dash.settle()
        assert any("RuntimeError" in t for t in dash.toasts)
        log = (book / ".crm/cache/dash.log").read_text("utf-8")
        assert "RuntimeError" in log
        assert "13800007101" not in log
        await dash.press("w")
        assert "for a week" in dash.text
