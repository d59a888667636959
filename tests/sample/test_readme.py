"""README's commands are run on a copy of the sample book, and what they print is compared with what README shows.

`python tests/sample/test_readme.py` writes today's output into README.md and README.zh.md.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).parents[2]
READMES = {"README.md": "en_US.UTF-8", "README.zh.md": "zh_CN.UTF-8"}
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
CHANCE = (
    (re.compile(r"\b(followup-\d{6}-)[0-9a-z]{4}\b"), r"\1xxxx"),  # new ids
    (re.compile(r"\b[0-9a-f]{7,40}\b"), "0000000"),  # commits
    (re.compile(r"^(Date: +).*$", re.MULTILINE), r"\1"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d"), "now"),
)
"""What differs from run to run."""
STAT = re.compile(r"(?:^ \S+ +\| .*\n)+", re.MULTILINE)
"""The files of a commit, which git sorts by names that carry chance."""


@dataclass
class Step:
    """One command of a README and the output shown below it; a last line `...` says that more follows."""

    command: str
    shown: str


def steps(text: str) -> Iterator[Step]:
    for block in BLOCK.findall(text):
        command, lines = "", list[str]()
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield Step(command, "\n".join(lines))
                command, lines = line[2:], []
            else:
                lines.append(line)
        if command:
            yield Step(command, "\n".join(lines))


class Newcomer:
    """Someone who follows README: a terminal 100 columns wide, in a fresh copy of the sample book."""

    def __init__(self, folder: Path, lang: str) -> None:
        self.folder = folder
        home, bin_ = folder / "home", folder / "bin"
        for made in (home, bin_):
            made.mkdir(parents=True)
        shim = bin_ / "crm"
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crmkit "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
        (home / ".gitconfig").write_text(
            "[user]\n\tname = 李四\n\temail = lisi@qinghe.example.com\n[core]\n\tpager = cat\n",
            encoding="utf-8",
        )
        self.env = {
            "PATH": f"{bin_}:{os.environ['PATH']}", "HOME": str(home), "PYTHONPATH": str(ROOT / "src"),
            "LANG": lang, "TERM": "xterm", "NO_COLOR": "1", "PAGER": "cat", "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_NOSYSTEM": "1", "CRM_USER": "李四", "TZ": "Asia/Shanghai",
        }  # fmt: skip
        self.cwd = folder
        self.type("crm init demo --sample")
        self.cwd = folder / "demo"

    def type(self, command: str) -> str:
        """Return what the terminal shows, without colours and trailing blanks."""
        child = pexpect.spawn(
            "/bin/bash", ["-c", command], cwd=str(self.cwd), env=self.env, encoding="utf-8",
            dimensions=(60, 100), timeout=30, echo=False,
        )  # fmt: skip
        out = child.read()
        child.close()
        lines = [line.rstrip() for line in ESCAPE.sub("", out).splitlines()]
        return "\n".join(lines).strip("\n").replace(str(self.folder), "~")


def settled(text: str) -> str:
    """Return `text` without what differs from run to run."""
    for pattern, replacement in CHANCE:
        text = pattern.sub(replacement, text)
    return STAT.sub(lambda m: "".join(sorted(m[0].splitlines(keepends=True))), text)


def shortened(out: str, shown: str) -> str:
    """Cut `out` where `shown` ends in a line `...`."""
    lines = shown.splitlines()
    if not lines or lines[-1] != "...":
        return out
    return "\n".join([*out.splitlines()[: len(lines) - 1], "..."])


@pytest.mark.parametrize("name", READMES)
def test_readme_shows_what_the_commands_print(name: str, tmp_path: Path) -> None:
    who = Newcomer(tmp_path / "n", READMES[name])
    wrong = []
    found = list(steps((ROOT / name).read_text(encoding="utf-8")))
    assert len(found) > 6
    for step in found:
        out = shortened(who.type(step.command), step.shown)
        if settled(out) != settled(step.shown):
            diff = difflib.unified_diff(
                settled(step.shown).splitlines(), settled(out).splitlines(), "README", "now", lineterm=""
            )
            wrong.append("\n".join([f"$ {step.command}", *diff]))
    assert not wrong, "\n\n".join(["run: python tests/sample/test_readme.py", *wrong])


def test_the_two_readmes_tell_the_same_story() -> None:
    """The same number of commands, the same verbs in the same order."""
    verbs = [
        [" ".join(s.command.split()[:2]) for s in steps((ROOT / name).read_text(encoding="utf-8"))]
        for name in READMES
    ]
    assert verbs[0] == verbs[1]


def rewrite(name: str, folder: Path) -> None:
    """Write today's output into a README."""
    who = Newcomer(folder, READMES[name])
    path = ROOT / name

    def block(match: re.Match[str]) -> str:
        lines = []
        for step in steps(match[0]):
            out = shortened(who.type(step.command), step.shown)
            lines += [f"$ {step.command}", *([out] if out else [])]
        return "\n".join(["```console", *lines, "```"])

    path.write_text(BLOCK.sub(block, path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    for readme in READMES:
        with tempfile.TemporaryDirectory() as temporary:
            rewrite(readme, Path(temporary) / "n")
