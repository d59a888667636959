from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import running


def customer(book: Path) -> Path:
    return next(book.glob("customers/*/202206-001/customer.yaml"))


async def test_customers_are_found_as_one_types(book: Path) -> None:
    async with running(book, who="赵静") as dash:
        await dash.press("2")
        assert "34 位客户" in dash.text
        await dash.press("slash", "=中盛")
        assert "苏州中盛" in dash.lines[4]
        await dash.press("escape", "slash", "=zhongsheng")
        assert "1 位客户" in dash.text
        await dash.press("escape", "slash", "=tier:A")
        assert "3 位客户" in dash.text
        await dash.press("=:")
        assert "3 位客户" not in dash.text  # what cannot be read is said, and the list stays
        assert "苏州中盛" in dash.text
        await dash.press("escape")
        assert "34 位客户" in dash.text


async def test_views_sorting_and_state_are_kept(book: Path) -> None:
    async with running(book, who="赵静") as dash:
        await dash.press("2")
        await dash.click("@vip")
        assert "3 位客户" in dash.text
        await dash.click("客户名称")
        assert "客户名称▲" in dash.text
        await dash.click("客户名称▲")
        assert "客户名称▼" in dash.text
    async with running(book, who="赵静") as dash:
        assert "客户名称▼" in dash.text
        assert "3 位客户" in dash.text


async def test_many_are_tagged_at_once_after_a_look(book: Path) -> None:
    async with running(book, who="赵静") as dash:
        await dash.press("2", "space", "space", "t", "=重点 ", "enter")
        assert "标签：2 条记录" in dash.text
        assert "重点" in dash.text
        await dash.press("y")
        assert dash.log == ["set 2 records: tags"]
        assert dash.git("show", "--stat", "--format=").count("customer.yaml") == 2


async def test_a_customer_is_added_in_a_form(book: Path) -> None:
    async with running(book, who="赵静") as dash:
        await dash.press("2", "n", "ctrl+s")
        assert dash.asks
        assert "这一项必填" in dash.text
        form = dash.app.screen
        from textual.widgets import Input, Select

        from crmkit.tui.widgets.field import Field

        boxes = {f.ask.name: f.box for f in form.query(Field)}
        for name, value in {"name": "昆山新客户有限公司", "contacts.0.name": "高原"}.items():
            box = boxes[name]
            assert isinstance(box, Input)
            box.value = value
        for name, value in {"type": "company", "source": "exhibition"}.items():
            select = boxes[name]
            assert isinstance(select, Select)
            select.value = value
        await dash.press("ctrl+s")
        record = dash.read("customers/drafts/draft-240615-*/customer.yaml")
        assert "name: 昆山新客户有限公司" in record
        assert "- name: 高原" in record
        assert "owner: 赵静" in record
        assert "昆山新客户" in dash.lines[dash.find("▸")[1]]


async def test_the_dossier_has_everything_and_masks_it(book: Path) -> None:
    async with running(book, who="赵静") as dash:
        await dash.press("2", "slash", "=中盛", "enter", "enter")
        assert "202206-001" in dash.text
        await dash.click("联系人 2")
        assert "138****2201" in dash.text
        await dash.press("v")
        assert "13800002201" in dash.text.replace("-", "")
        await dash.press("v")
        assert "138****2201" in dash.text
        await dash.click("附件 3")
        assert ".pdf" in dash.text
        await dash.press("escape")
        assert "位客户" in dash.text


async def test_somebody_elses_change_is_shown_beside_ones_own(book: Path) -> None:
    async with running(book, who="赵静") as dash:
        await dash.press("2", "slash", "=zhongsheng", "enter", "e")
        path = customer(book)
        path.write_text(path.read_text("utf-8").replace("short_name: ", "short_name: 别人改的"), "utf-8")
        from textual.widgets import Input

        from crmkit.tui.widgets.field import Field

        for field in dash.app.screen.query(Field):
            if field.ask.name == "website" and isinstance(field.box, Input):
                field.box.value = "https://mine.example.com"
        await dash.press("ctrl+s")
        assert "别人改的" in dash.text
        assert "mine.example.com" in dash.text
        assert "mine.example.com" not in path.read_text("utf-8")
        await dash.click("#mine")
        text = path.read_text("utf-8")
        assert "别人改的" in text
        assert "mine.example.com" in text
        assert not dash.asks


async def test_help_and_palette_name_the_keys(book: Path) -> None:
    async with running(book, lang="en") as dash:
        await dash.press("question_mark")
        for word in ("Done", "Snooze", "Undo", "mouse"):
            assert word in dash.text
        await dash.press("escape", "ctrl+p", "=snoo")
        assert "Snooze" in dash.text
        await dash.press("enter")
        assert "Until" in dash.text


async def test_hostile_texts_show_as_they_are(book: Path) -> None:
    path = customer(book)
    text = path.read_text("utf-8")
    nasty = r'"[red]恶[/] \e[31m\u202egnp 👩‍👩‍👧 [/nope] ' + "长" * 180 + '"'
    path.write_text(text.replace("name: 苏州中盛精密制造有限公司", f"name: {nasty}", 1), "utf-8")
    async with running(book, who="赵静", owner="all") as dash:
        assert "[red]恶[/]" in dash.text
        assert "\x1b" not in dash.text
        assert "\u202e" not in dash.text
        await dash.press("2", "slash", "=202206", "enter", "enter")
        assert r"[red]恶[/] \x1b[31m\u202egnp" in dash.said
        await dash.press("e")
        assert dash.asks


async def test_changes_underneath_are_seen_and_the_cursor_stays(book: Path) -> None:
    import asyncio

    async with running(book, who="赵静") as dash:
        await dash.press("2", "down", "down", "down")
        at = dash.grid.key
        path = customer(book)
        path.write_text(path.read_text("utf-8").replace("苏州中盛精密", "苏州中盛新名"), "utf-8")
        for _ in range(200):
            await asyncio.sleep(0.02)
            if "苏州中盛新名" in dash.text:
                break
        await dash.settle()
        assert "苏州中盛新名" in dash.text
        assert dash.grid.key == at


async def test_history_of_every_field_and_handing_over(book: Path) -> None:
    async with running(book, who="周敏") as dash:
        await dash.press("2", "slash", "=zhongsheng", "enter", "a", "end")
        people = dash.app.screen
        await dash.press("home", "enter")
        assert "一并移交" in dash.text
        assert people is not dash.app.screen
        await dash.press("y")
        assert "owner: 张三" in customer(book).read_text("utf-8")
        await dash.press("enter", "left_square_bracket")
        line = next((text for text in dash.lines if "负责人" in text and "李四" in text), dash.text)
        assert "张三" in line
        assert "周敏" in line
