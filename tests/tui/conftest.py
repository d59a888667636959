"""The dashboard on a copy of the sample book, driven by keys and by the mouse."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.events import Key
from textual.geometry import Offset
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widget import Widget

from crmkit import __main__, i18n
from crmkit.tui import start
from crmkit.tui.app import CrmApp
from crmkit.tui.widgets.board import Board
from crmkit.tui.widgets.grid import Grid

DAY = "2024-06-15"
ENV = {
    "CRM_USER": "李四",
    "CRM_LANG": "zh",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "TEXTUAL_ANIMATIONS": "none",
}


class Dash:
    """A running dashboard: presses, clicks, and what stands on the screen."""

    def __init__(self, app: CrmApp, pilot: Pilot[None], book: Path) -> None:
        self.app, self.pilot, self.book = app, pilot, book

    async def settle(self) -> None:
        """Wait until nothing is being read, written or drawn."""
        quiet = 0
        for _ in range(20_000):
            await asyncio.sleep(0.002)
            if self.app.idle and not self._working():
                quiet += 1
                await self.pilot.pause()
                if quiet == 2:
                    return
            else:
                quiet = 0
        raise AssertionError("the dashboard does not come to rest")

    def _working(self) -> bool:
        return any(not w.is_finished and w.group not in {"watch", "acts"} for w in self.app.workers)

    async def press(self, *keys: str) -> None:
        """Press keys; a word that begins with `=` is typed letter by letter."""
        for key in keys:
            if key.startswith("=") and len(key) > 1:
                for letter in key[1:]:
                    self.app.post_message(_key(letter))
                await self.pilot.pause()
            else:
                await self.settle()
                await self.pilot.press(key)
        await self.settle()

    async def click(self, target: Widget | str, at: tuple[int, int] | None = None, times: int = 1) -> None:
        """Click a widget, or where a text stands on the screen."""
        if isinstance(target, str) and not target.startswith("#"):
            x, y = self.find(target)
            await self.pilot.click(offset=(x, y), times=times)
        else:
            offset = Offset(*at) if at else (0, 0)
            await self.pilot.click(target, offset=offset, times=times)
        await self.settle()

    def find(self, text: str) -> tuple[int, int]:
        """Return column and line where `text` stands."""
        from rich.cells import cell_len

        for y, line in enumerate(self.lines):
            at = line.find(text)
            if at >= 0:
                return cell_len(line[:at]), y
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text}")

    @property
    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def said(self) -> str:
        """The screen as one line, without frames: a text that was broken is found in it."""
        return " ".join(self.text.replace("│", " ").split())

    @property
    def asks(self) -> bool:
        """Whether a dialog is open."""
        return self.app.screen.is_modal

    @property
    def grid(self) -> Grid:
        return self.app.screen.query(Grid).first()

    @property
    def board(self) -> Board:
        return self.app.screen.query(Board).first()

    @property
    def toasts(self) -> list[str]:
        return [n.message for n in self.app._notifications]

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", self.book, *words], capture_output=True, text=True, check=True)
        return done.stdout

    @property
    def log(self) -> list[str]:
        return self.git("log", "--format=%s").splitlines()[:-1]

    def read(self, pattern: str) -> str:
        (path,) = self.book.glob(pattern)
        return path.read_text("utf-8")


def _key(letter: str) -> Key:
    return Key(_character_to_key(letter), letter)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample book, made once."""
    root = tmp_path_factory.mktemp("sample") / "book"
    before = dict(os.environ)
    os.environ.update(ENV, HOME=str(root.parent))
    try:
        assert __main__.main(["init", str(root), "--sample", "-q"]) == 0
    finally:
        os.environ.clear()
        os.environ.update(before)
        i18n.set_language("en")
    return root


@pytest.fixture
def book(sample: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(sample, tmp_path / "book", symlinks=True))


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("CRM_BOOK", "LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLUMNS", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    yield
    i18n.set_language("en")


@asynccontextmanager
async def running(
    book: Path,
    *,
    lang: str = "zh",
    size: tuple[int, int] = (140, 40),
    on: str = DAY,
    who: str = "李四",
    owner: str = "me",
) -> AsyncIterator[Dash]:
    """Run the dashboard on `book` until the block is left."""
    i18n.set_language(lang)
    app = start.app(start.Wish(str(book), who, on, owner, dict(os.environ), book))
    async with app.run_test(size=size, notifications=True) as pilot:
        dash = Dash(app, pilot, book)
        await dash.settle()
        yield dash
