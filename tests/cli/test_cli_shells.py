"""The completion scripts in the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

SHELLS = [
    pytest.param(s, marks=pytest.mark.skipif(not shutil.which(s), reason=f"no {s}"))
    for s in ("bash", "zsh", "fish")
]
TAB = "\t"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a `crm` on its path that runs this source tree, and the scripts."""
    crm = tmp_path / "crm"
    crm.write_text(f'#!/bin/sh\nexec {sys.executable} -m crmkit "$@"\n')
    crm.chmod(0o755)
    for shell in ("bash", "zsh", "fish"):
        script = subprocess.run([crm, "completion", shell], capture_output=True, text=True, check=True).stdout
        (tmp_path / f"script.{shell}").write_text(script, encoding="utf-8")
    return tmp_path


@pytest.fixture
def terminal(home: Path) -> Iterator[list[pexpect.spawn]]:
    opened: list[pexpect.spawn] = []
    yield opened
    for child in opened:
        child.close(force=True)


def shell(name: str, home: Path, opened: list[pexpect.spawn], lang: str = "en") -> pexpect.spawn:
    env = {
        **os.environ, "PATH": f"{home}:{os.environ['PATH']}", "HOME": str(home), "CRM_LANG": lang, "TERM": "vt100",
        "LC_ALL": "C.UTF-8", "PS1": "READY> ", "XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home),
    }  # fmt: skip
    words = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    child = pexpect.spawn(
        name, [*words, "-i"], env=env, encoding="utf-8", dimensions=(40, 120), cwd=str(home), timeout=20
    )
    opened.append(child)
    if name == "zsh":
        child.sendline("autoload -Uz compinit; compinit -u -D; PS1='READY> '; unsetopt beep")
    if name == "fish":
        child.sendline("function fish_prompt; echo -n 'READY> '; end")
    child.sendline(f"source {home}/script.{name}; echo load''ed")
    child.expect("loaded")
    child.expect("READY> ")
    return child


@pytest.mark.parametrize("name", SHELLS)
def test_a_command_is_completed(name: str, home: Path, terminal: list[pexpect.spawn]) -> None:
    child = shell(name, home, terminal)
    child.send(f"crm comp{TAB}")
    child.expect("completion")


@pytest.mark.parametrize("name", SHELLS)
def test_commands_are_explained(name: str, home: Path, terminal: list[pexpect.spawn]) -> None:
    child = shell(name, home, terminal)
    child.send(f"crm d{TAB}{TAB}")
    child.expect("doctor")
    child.expect("find what is wrong with the set-up")


@pytest.mark.parametrize("name", SHELLS)
def test_options_are_completed(name: str, home: Path, terminal: list[pexpect.spawn]) -> None:
    child = shell(name, home, terminal)
    child.send(f"crm due --wi{TAB}")
    child.expect("--within")


@pytest.mark.parametrize("name", SHELLS)
def test_values_of_an_option_are_completed(name: str, home: Path, terminal: list[pexpect.spawn]) -> None:
    child = shell(name, home, terminal)
    child.send(f"crm list customer --format jsonl{TAB}; echo do''ne\r")
    child.expect("jsonl")
    child.expect("done")


@pytest.mark.parametrize("name", SHELLS)
def test_files_are_completed(name: str, home: Path, terminal: list[pexpect.spawn]) -> None:
    (home / "letter-from-wang.yaml").write_text("x: y\n")
    child = shell(name, home, terminal)
    child.send(f"crm add customer --from letter-f{TAB}")
    child.expect("letter-from-wang.yaml")
