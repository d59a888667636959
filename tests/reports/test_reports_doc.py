"""docs/reports.md shows what the reports print; `python tests/reports/test_reports_doc.py` writes today's output into it."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from crmkit import __main__, i18n
from crmkit.actions.report import NAMES

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "reports.md"
BLOCK = re.compile(r"^```console\n\$ (?P<command>.*)\n(?P<shown>(?:(?!```).*\n)*)```$", re.MULTILINE)
READER = {"COLUMNS": "100", "CRM_LANG": "en", "NO_COLOR": "1", "CRM_USER": "赵静"}


def printer(folder: Path) -> Callable[[str], str]:
    """Return what gives a command's output on a terminal of 100 columns, in a copy of the sample book."""
    shutil.copytree(ROOT / "sample_data", folder / "book")

    def printed(command: str) -> str:
        words = shlex.split(command)[1:]
        form = [] if "--format" in words else ["--format", "table"]
        out = io.StringIO()
        try:
            with mock.patch.dict(os.environ, READER), redirect_stdout(out):
                code = __main__.main([*words, *form, "--book", str(folder / "book"), "-q"])
        finally:
            i18n.set_language("en")
        assert code == 0, command
        return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())

    return printed


def test_the_page_shows_what_the_reports_print(tmp_path: Path) -> None:
    printed, text = printer(tmp_path), DOC.read_text("utf-8")
    found = list(BLOCK.finditer(text))
    for block in found:
        assert block["shown"] == printed(block["command"]), f"run: python tests/reports/{Path(__file__).name}"
    assert {block["command"].split()[2] for block in found} | {"weekly"} == set(NAMES)
    assert re.findall(r"^### (\w+)$", text, re.MULTILINE) == [name for name in _order() if name in NAMES]


def _order() -> list[str]:
    from crmkit.actions.report import GROUPS

    return [name for _title, names in GROUPS for name in names]


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        show = printer(Path(folder))
        new = BLOCK.sub(
            lambda b: f"```console\n$ {b['command']}\n{show(b['command'])}```", DOC.read_text("utf-8")
        )
    DOC.write_text(new, "utf-8")
    sys.stdout.write(f"{DOC}\n")
