"""Files that change underneath while the dashboard is open: `CRM_STRESS=60` runs it for a minute."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path

from tests.tui.conftest import Dash, running

SECONDS = float(os.environ.get("CRM_STRESS", "1.5"))
RATE = 20


def edit(paths: list[Path], number: int, chance: random.Random) -> None:
    """Change, add or break one file."""
    path = chance.choice(paths[1:])
    kind = number % 10
    if kind == 0:
        path.write_bytes(path.read_bytes() + b"broken: [\n")
    elif kind == 1:
        folder = path.parent
        (folder / f"followup-240615-{number % 1000:03}x.yaml").write_text(
            f"status: planned\nreason: added {number}\ndue: 2024-06-15\nowner: 李四\n", "utf-8"
        )
    else:
        text = path.read_text("utf-8").replace("broken: [\n", "")
        lines = [line for line in text.splitlines() if not line.startswith("website:")]
        path.write_text("\n".join([*lines, f"website: https://n{number}.example.com"]) + "\n", "utf-8")


def customers(book: Path) -> list[Path]:
    return sorted(book.glob("customers/202*/*/customer.yaml"))


async def test_many_changes_neither_crash_nor_starve_it(book: Path) -> None:
    paths = customers(book)
    chance = random.Random(4)
    async with running(book, who="赵静", size=(100, 30)) as dash:
        await dash.press("2", "down", "down", "down")
        at, slowest, number = dash.grid.key, 0.0, 0
        begun = time.monotonic()
        while time.monotonic() - begun < SECONDS:
            edit(paths, number, chance)
            number += 1
            before = time.monotonic()
            await asyncio.sleep(1 / RATE)
            slowest = max(slowest, time.monotonic() - before - 1 / RATE)
        first = paths[0]
        first.write_text(first.read_text("utf-8").replace("苏州中盛精密", "苏州中盛收尾"), "utf-8")
        told = time.monotonic()
        await until(dash, "苏州中盛收尾")
        seen = time.monotonic() - told
        sys.stderr.write(f"{number} edits; slowest turn {slowest * 1000:.0f} ms; seen after {seen:.2f} s\n")
        assert dash.grid.key == at
        assert not any("went wrong" in t or "出错" in t for t in dash.toasts)
        await dash.press("up")
        assert dash.grid.key != at


async def until(dash: Dash, text: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while text not in dash.text:
        assert time.monotonic() < end, dash.text
        await asyncio.sleep(0.02)
