"""The morning of the acceptance, by keys alone and by the mouse (typing aside); then the files and git's log."""

from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import Dash, running

from crmkit.tui.widgets.field import Field

QUOTE = "202206-001/followup/followup-240615-r8vn/2024-06-15"
HEALTH = "202301-001/health.warning/202301-001/2024-06-14"
COMPLAINT = "202301-001/sla.resolve/feedback-240614-jm60/2024-06-15"


async def to_row(dash: Dash, key: str) -> None:
    """Go down the list to a row, by keys."""
    await dash.press("home")
    for _ in range(40):
        if dash.grid.key == key:
            return
        await dash.press("j")
    raise AssertionError(key)


async def test_a_morning_by_keys(book: Path) -> None:
    async with running(book, size=(80, 24)) as dash:
        assert "已逾期 (2)" in dash.text
        await to_row(dash, QUOTE)
        await dash.press("enter")
        assert "202206-001" in dash.text  # the dossier
        await dash.press("pagedown")
        assert "2 日内发送新报价单" in dash.said
        await dash.press("escape", "c")
        assert "守住 3% 以内" in dash.said  # the card
        await dash.press("escape", "d", "shift+tab", "space", "tab", "=sent the quote")
        await dash.press("tab", "=will think", "tab", "=too dear", "tab", "=a sample by friday")
        await dash.press("tab", "=call again", "tab", "=+3d", "ctrl+s")
        await to_row(dash, HEALTH)
        await dash.press("s", "=+2d", "tab", "=customer travels", "ctrl+s")
        await to_row(dash, COMPLAINT)
        await dash.press("d", "=valve replaced", "ctrl+s")
        await dash.press("m", "m", "u", "y")
        await to_row(dash, COMPLAINT)  # it is due again
    check(dash)


async def test_a_morning_by_the_mouse(book: Path) -> None:
    async with running(book) as dash:
        await dash.click("发送二期新报价单")
        assert "2 日内发送新报价单" in dash.said  # the card stands beside the list
        await dash.click("#act-open")
        assert "202206-001" in dash.text
        await dash.click("#act-leave")
        await dash.click("#act-done")
        await dash.click("[ ] 邮件")
        for label, text in (
            ("沟通内容", "sent the quote"),
            ("客户反馈", "will think"),
            ("客户异议", "too dear"),
            ("承诺事项", "a sample by friday"),
            ("下一步计划", "call again"),
            ("下一步日期", "+3d"),
        ):
            await fill(dash, label, text)
        await dash.click("#save")
        await dash.click("健康度 59 分")
        await dash.click("#act-snooze")
        await fill(dash, "延到", "+2d")
        await fill(dash, "超时原因", "customer travels")
        await dash.click("#save")
        await dash.click("2024-06-14 15:20 收到")
        await dash.click("#act-done")
        await fill(dash, "解决方案", "valve replaced")
        await dash.click("#save")
        await dash.click("#act-undo")
        await dash.click("#yes")
        assert dash.grid.go(COMPLAINT)
    check(dash, channel="email")


async def fill(dash: Dash, label: str, text: str) -> None:
    field = next(f for f in dash.app.screen.query(Field) if f.ask.label == label)
    field.scroll_visible(animate=False)
    await dash.pilot.pause()
    await dash.click(field.box, at=(2, 0))
    await dash.press(f"={text}")


def check(dash: Dash, channel: str = "phone") -> None:
    assert list(reversed(dash.log)) == [
        "done 苏州中盛精密制造有限公司: 发送二期新报价单（客户要求再降 5%）",
        "snooze health.warning 武汉光谷智造科技股份有限公司 to 2024-06-17: customer travels",
        "done sla.resolve 2 号机又报高温，重启后恢复，但排产已经推迟了一个班。",
        "undo: done sla.resolve 2 号机又报高温，重启后恢复，但排产已经推迟了一个班。",
    ]
    talk = dash.read("customers/*/202206-001/followup-240615-r8vn.yaml")
    for line in (
        "status: done",
        f"channels: [{channel}]",
        "content: sent the quote",
        "feedback: will think",
        "- too dear",
        "- a sample by friday",
        "next_step: call again",
        "updated_by: 李四",
    ):
        assert line in talk
    changed = dash.git("diff", "--name-status", "HEAD~4", "HEAD").split("\n")
    assert sorted(line.split("\t")[0] for line in changed if line) == ["A", "A", "M"]
    planned = dash.git("diff", "HEAD~4", "HEAD")
    assert "+reason: call again" in planned
    assert "+due: 2024-06-18" in planned
    assert "+    why: customer travels" in planned
    assert dash.git("status", "--short") == ""
