"""Every screen as text, at both sizes and in both languages: `CRM_SNAPSHOTS=write pytest tests/tui/test_snapshots.py`
writes them anew; look at the difference before it is committed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.tui.conftest import Dash, running

from crmkit.tui.screens import SCREENS

FOLDER = Path(__file__).parent / "snapshots"
SUPERVISOR = "周敏"  # sees the whole book, and reviews


def same(dash: Dash, name: str, wrong: list[str]) -> None:
    path = FOLDER / f"{name}.txt"
    text = dash.text + "\n"
    if os.environ.get("CRM_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    elif not path.exists() or path.read_text("utf-8") != text:
        (FOLDER / f"{name}.now").write_text(text, "utf-8")
        wrong.append(name)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
async def test_screens_look_as_they_did(book: Path, lang: str, size: tuple[int, int]) -> None:
    wrong: list[str] = []
    tail = f"{lang}-{size[0]}x{size[1]}"
    async with running(book, lang=lang, size=size, who=SUPERVISOR, owner="all") as dash:
        for entry in SCREENS:
            await dash.press(entry.key)
            same(dash, f"{entry.name}-{tail}", wrong)
        dash.app.open_customer("202206-001")
        await dash.settle()
        same(dash, f"dossier-{tail}", wrong)
        await dash.press("escape", "1", "d")
        same(dash, f"form-{tail}", wrong)
        await dash.press("escape", "question_mark")
        same(dash, f"help-{tail}", wrong)
    assert not wrong, f"these look different (see *.now beside them): {wrong}"
