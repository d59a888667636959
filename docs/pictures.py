"""Pictures of the dashboard for README: `make pictures`.

The screens of the sample book on 15 June 2024, as SVG. The letters are placed cell by cell, so that columns align
in a browser whatever font it has for Chinese.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from crmkit import __main__, i18n
from crmkit.tui import start
from crmkit.tui.app import CrmApp
from crmkit.tui.screens import SCREENS

FOLDER = Path(__file__).parent / "pictures"
DAY, WHO = "2024-06-15", "周敏"
WIDE = (140, 40)
CELL, LINE, SIZE = 9.0, 20.0, 15.0
"""Pixels of a column, of a line, of a letter."""
FONTS = (
    "ui-monospace, 'Sarasa Mono SC', 'Noto Sans Mono CJK SC', 'Noto Sans Mono', Menlo, Consolas, "
    "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', monospace"
)


def svg(app: CrmApp, title: str) -> str:
    """Return what stands on the screen as SVG."""
    width, height = app.size
    back = app.screen.background_colors[1].hex if app.screen.is_mounted else "#000000"
    shapes: list[str] = []
    letters: list[str] = []
    for y, strip in enumerate(app.screen._compositor.render_strips()):  # noqa: SLF001 - Textual's own picture has no cells
        _line(strip, y, back, shapes, letters)
    wide, high = width * CELL + 24, height * LINE + 48
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" role="img">'
        f"<title>{escape(title)}</title>"
        f"<style>text{{font-family:{FONTS};font-size:{SIZE:g}px;white-space:pre}}</style>"
        f'<rect width="{wide:g}" height="{high:g}" rx="8" fill="{back}"/>'
        '<circle cx="18" cy="17" r="5" fill="#e06c75"/><circle cx="36" cy="17" r="5" fill="#e0a458"/>'
        '<circle cx="54" cy="17" r="5" fill="#7fb685"/><g transform="translate(12 34)">'
    )
    return head + "".join(shapes) + "".join(letters) + "</g></svg>\n"


def _line(strip: Strip, y: int, back: str, shapes: list[str], letters: list[str]) -> None:
    x = 0
    for text, style, control in strip:
        if control:
            continue
        size = cell_len(text)
        fore, ground = _colours(style or Style.null(), back)
        if ground != back:
            shapes.append(
                f'<rect x="{x * CELL:g}" y="{y * LINE:g}" width="{size * CELL:g}" height="{LINE:g}" fill="{ground}"/>'
            )
        _letters(text, x, y, fore, style or Style.null(), letters)
        x += size


def _letters(  # noqa: PLR0917 - where, how, whereto
    text: str, x: int, y: int, fore: str, style: Style, letters: list[str]
) -> None:
    """Place each run of letters of one width by itself: a wide one takes two columns exactly."""
    weight = ' font-weight="bold"' if style.bold else ""
    line = ' text-decoration="underline"' if style.underline else ""
    for run in re.findall(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*|[^\x00-\x7f]+| +", text):
        size = cell_len(run)
        if run.strip():
            at = f'y="{y * LINE + LINE * 0.75:g}" fill="{fore}"{weight}{line}'
            if run.isascii():
                where = f'x="{x * CELL:g}" textLength="{size * CELL:g}" lengthAdjust="spacingAndGlyphs"'
            else:
                where = f'x="{_places(run, x)}"'
            letters.append(f"<text {where} {at}>{escape(run)}</text>")
        x += size


def _places(run: str, x: int) -> str:
    """Return where each letter stands; a wide one takes two columns exactly."""
    places = []
    for letter in run:
        places.append(f"{x * CELL:g}")
        x += cell_len(letter)
    return " ".join(places)


def _colours(style: Style, back: str) -> tuple[str, str]:
    fore = style.color.get_truecolor().hex if style.color else "#dfe3e6"
    ground = style.bgcolor.get_truecolor().hex if style.bgcolor else back
    if style.reverse:
        fore, ground = ground, fore
    if style.dim:
        fore = Color.parse(ground).blend(Color.parse(fore), 0.6).hex
    return fore, ground


async def _rest(app: CrmApp) -> None:
    for _ in range(400):
        await asyncio.sleep(0.01)
        if app.idle and all(w.is_finished or w.group in {"watch", "acts"} for w in app.workers):
            break
    await asyncio.sleep(0.1)


async def draw(book: Path, language: str, size: tuple[int, int]) -> None:
    """Draw every screen at one size in one language."""
    i18n.set_language(language)
    app = start.app(start.Wish(str(book), WHO, DAY, "all", dict(os.environ), book))
    tail = f"{language}-{size[0]}x{size[1]}"
    async with app.run_test(size=size) as pilot:
        await _rest(app)

        async def take(name: str, *keys: str) -> None:
            for key in keys:
                await pilot.press(key)
                await _rest(app)
            (FOLDER / f"{name}-{tail}.svg").write_text(svg(app, f"crm dash: {name}"), "utf-8")

        for entry in SCREENS[: len(SCREENS) if size == WIDE else 1]:
            await take(entry.name, entry.key)
        if size != WIDE:
            return
        app.open_customer("202206-001")
        await asyncio.sleep(0.5)
        await _rest(app)
        await take("dossier")
        await take("form", "escape", "1", "down", "down", "d")
        app.action_theme("crm-light")
        await take("light", "escape")


def main() -> None:
    """Draw all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            CRM_USER=WHO, CRM_LANG="zh", HOME=folder, XDG_STATE_HOME=folder, XDG_CONFIG_HOME=folder
        )
        book = Path(folder) / "book"
        __main__.main(["init", str(book), "--sample", "-q"])
        for language in i18n.LANGUAGES:
            for size in (WIDE, (80, 24)):
                asyncio.run(draw(book, language, size))
                for kept in Path(folder).glob("crmkit/dash/*.json"):
                    kept.unlink()


if __name__ == "__main__":
    main()
