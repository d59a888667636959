"""Pictures of reports for README: pages of the sample book as a browser without a network draws them.

`python docs/pictures/report.py` (or `make pictures`) writes docs/pictures/report-*.png. It needs Chromium or Chrome and
a font with Chinese characters (`apt install chromium fonts-noto-cjk`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
DAY = "2024-06-15"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PICTURES = {
    "report-revenue": (["revenue", "--lang", "zh"], (1120, 1180), False),
    "report-pipeline": (["pipeline", "--lang", "en"], (1120, 1180), False),
    "report-distribution-dark": (["distribution", "--lang", "zh"], (1120, 1180), True),
}
"""Name of a picture: the report, its width and height, whether the reader's system is dark."""


def main() -> int:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.stderr.write("no Chromium or Chrome was found: apt install chromium fonts-noto-cjk\n")
        return 1
    with TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        shutil.copytree(ROOT / "sample_data", book)
        for name, (words, size, dark) in PICTURES.items():
            page = Path(folder) / f"{name}.html"
            report(book, [*words, "-o", str(page)])
            draw(browser, page, HERE / f"{name}.png", size, dark=dark)
            sys.stdout.write(f"docs/pictures/{name}.png\n")
    return 0


def report(book: Path, words: list[str]) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "CRM_USER": "周敏"}
    command = [sys.executable, "-m", "crmkit", "report", *words, "--on", DAY, "--book", str(book), "-q"]
    subprocess.run(command, env=env, check=True)


def draw(browser: str, page: Path, picture: Path, size: tuple[int, int], *, dark: bool) -> None:
    """Draw the upper part of a page; the browser resolves no name and reaches no address."""
    alone = ["--proxy-server=127.0.0.1:1", "--host-resolver-rules=MAP * ~NOTFOUND"]
    look = ["--hide-scrollbars", "--force-device-scale-factor=2", f"--window-size={size[0]},{size[1]}"]
    if dark:
        look.append("--blink-settings=preferredColorScheme=0")
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", *alone, *look]
    command += [f"--screenshot={picture}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    raise SystemExit(main())
