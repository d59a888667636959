"""Commands on a real terminal of 80 by 24: questions, the editor, the pager, colours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest

from crmkit.values.safe import width

Crm = Callable[..., Any]
NUMBER = "202406-001"
Open = Callable[..., pexpect.spawn]


@pytest.fixture
def terminal(book: Path) -> Iterator[Open]:
    opened: list[pexpect.spawn] = []

    def start(*words: str, rows: int = 24, columns: int = 80, **env: str) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "crmkit", *words],
            env={
                **os.environ,
                "TERM": "xterm",
                "PAGER": "cat",
                "LC_ALL": "C.UTF-8",
                "PYTHONUTF8": "1",
                **env,
            },
            encoding="utf-8",
            dimensions=(rows, columns),
            cwd=str(book),
            timeout=30,
        )
        opened.append(child)
        return child

    yield start
    for child in opened:
        child.close(force=True)


def screen(child: pexpect.spawn, columns: int = 80) -> list[str]:
    """Read to the end and return what a terminal shows."""
    child.expect(pexpect.EOF)
    child.close()
    shown = pyte.Screen(columns, 300)
    pyte.Stream(shown).feed(child.before)
    lines = ["".join(shown.buffer[y][x].data for x in range(columns)).rstrip() for y in range(300)]
    return lines[: max((i + 1 for i, line in enumerate(lines) if line), default=0)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_crm_alone_shows_today_and_what_to_do(terminal: Open, language: str) -> None:
    child = terminal("--on", "2024-06-08", "--lang", language)
    lines = screen(child)
    assert child.exitstatus == 0
    assert any("北京示例信息技术股份有限公司" in line for line in lines)
    assert any(("crm done ID" if language == "en" else "crm done 编号") in line for line in lines)
    assert max(map(width, lines)) <= 80


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_fits_the_terminal(terminal: Open, crm: Crm, language: str) -> None:
    crm(
        "set",
        NUMBER,
        "needs.0.summary=" + "两台空压机换成变频的，" * 12,
        "tags=" + ",".join(f"标签{i}" for i in range(30)),
    )
    lines = screen(terminal("show", NUMBER, "--on", "2024-06-08", "--lang", language))
    assert lines[0].startswith("北京示例信息技术股份有限公司")
    assert lines[0].endswith(NUMBER)
    assert max(map(width, lines)) <= 80


@pytest.mark.parametrize("columns", [30, 60, 80, 120])
def test_a_list_fits_every_terminal_and_keeps_ids(terminal: Open, columns: int) -> None:
    lines = screen(terminal("list", "customer", columns=columns), columns)
    assert any(NUMBER in line for line in lines)
    assert max(map(width, lines)) <= columns


def test_required_fields_are_asked_for(terminal: Open, crm: Crm) -> None:
    child = terminal("add", "customer")
    child.expect(r"\(name\): ")
    child.sendline("")
    child.expect(r"\(name\): ")
    child.sendline("上海示例机电设备制造有限公司")
    lines = screen(child)
    assert child.exitstatus == 0
    assert any("saved" in line for line in lines)
    assert "上海示例机电设备制造有限公司" in crm("list", "customer").out


def test_end_of_input_stops_without_a_record(terminal: Open, crm: Crm) -> None:
    child = terminal("add", "customer")
    child.expect(r"\(name\): ")
    child.sendeof()
    screen(child)
    assert child.exitstatus == 1
    assert crm("list", "customer", "--format", "ids").out == NUMBER + "\n"


def test_ctrl_c_at_a_question(terminal: Open) -> None:
    child = terminal("add", "customer")
    child.expect(r"\(name\): ")
    child.sendintr()
    lines = screen(child)
    assert child.exitstatus == 130
    assert not any("Traceback" in line for line in lines)


def test_one_of_several_is_picked(terminal: Open, crm: Crm) -> None:
    crm("add", "customer", "name=北京示例电力有限公司", "--on", "2024-06-06")
    child = terminal("set", "北京示例", "stage=intent")
    child.expect("202406-002")
    child.expect(r"which one\?: ")
    child.sendline("2")
    screen(child)
    assert child.exitstatus == 0
    assert crm("list", "customer", "stage:intent", "--format", "ids").out == "202406-002\n"


@pytest.mark.parametrize(("answer", "left"), [("y", ""), ("", NUMBER + "\n")])
def test_removing_is_asked(terminal: Open, crm: Crm, answer: str, left: str) -> None:
    child = terminal("rm", NUMBER)
    child.expect(r"remove \d files\?")
    child.sendline(answer)
    screen(child)
    assert child.exitstatus == (0 if answer else 1)
    assert crm("list", "customer", "--format", "ids").out == left


def test_undo_shows_first_what_it_takes_back(terminal: Open, crm: Crm) -> None:
    crm("set", NUMBER, "stage=intent")
    child = terminal("undo")
    child.expect("-stage: intent")
    child.expect("take this back: set 北京示例信息技术股份有限公司: stage")
    child.sendline("y")
    assert any(line.startswith("undone: set 北京示例") for line in screen(child))
    assert crm("list", "customer", "stage:potential", "--format", "ids").out == NUMBER + "\n"
    again = terminal("undo")
    again.expect("the last change was an undo")
    again.sendline("n")
    screen(again)
    assert crm("list", "customer", "stage:potential", "--format", "ids").out == NUMBER + "\n"


def test_a_question_names_the_values_and_repeats_itself(terminal: Open, crm: Crm, book: Path) -> None:
    with (book / "crm.yaml").open("a", encoding="utf-8") as file:
        file.write("\nrequired:\n  customer: [name, type]\n")
    child = terminal("add", "customer", "上海示例机电有限公司")
    child.expect("one of company, person")
    child.expect(r"\(type\): ")
    child.sendline("nonsense")
    child.expect("type has no value 'nonsense'")
    child.expect(r"\(type\): ")
    child.sendline("企业")
    screen(child)
    assert child.exitstatus == 0
    assert crm("list", "customer", "type:company", "--format", "ids").out.count("\n") == 1


def test_a_late_one_asks_why(terminal: Open, crm: Crm) -> None:
    child = terminal("snooze", NUMBER, "+3d", "--on", "2024-06-10")
    child.expect("why")
    child.expect(": $")
    child.sendline("客户出差")
    screen(child)
    assert child.exitstatus == 0
    assert "2024-06-13" in crm("due", "--on", "2024-06-13").out


def editor(folder: Path, *steps: str) -> str:
    """Return an editor that runs one sed script at each opening."""
    script = folder / "editor.sh"
    cases = "\n".join(f'  {i}) sed -i {step!r} "$1" ;;' for i, step in enumerate(steps, 1))
    script.write_text(
        f"#!/bin/sh\nn=$(cat {folder}/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > {folder}/n\n"
        f'cp "$1" {folder}/seen.$n\ncase $n in\n{cases}\nesac\n'
    )
    script.chmod(0o755)
    return str(script)


def test_the_editor_comes_back_with_the_problems(terminal: Open, crm: Crm, tmp_path: Path) -> None:
    wrong, right = "s/^stage: .*/stage: nonsense/", "s/^stage: .*/stage: intent/"
    child = terminal("edit", NUMBER, CRM_EDITOR=editor(tmp_path, wrong, right), EDITOR="false")
    screen(child)
    assert child.exitstatus == 0
    note = next(line for line in (tmp_path / "seen.2").read_text().splitlines() if line.startswith("#! "))
    assert "stage" in note
    file = tmp_path / "book/customers/2024" / NUMBER / "customer.yaml"
    assert "stage: intent" in file.read_text()
    assert "#!" not in file.read_text()


def test_an_editor_that_puts_nothing_right_keeps_the_text(terminal: Open, crm: Crm, tmp_path: Path) -> None:
    child = terminal("edit", NUMBER, EDITOR=editor(tmp_path, "s/^stage: .*/stage: nonsense/"))
    lines = screen(child, 200)
    assert child.exitstatus == 1
    kept = next(line for line in lines if line.startswith("hint: ")).split(" ")[-1]
    assert "nonsense" in Path(kept).read_text()
    assert crm("list", "customer", "stage:potential", "--format", "ids").out == NUMBER + "\n"


def test_a_failing_editor_changes_nothing(terminal: Open, crm: Crm) -> None:
    child = terminal("edit", NUMBER, EDITOR="false")
    screen(child)
    assert child.exitstatus == 1


def test_adding_in_the_editor(terminal: Open, crm: Crm, tmp_path: Path) -> None:
    child = terminal(
        "add", "customer", "--edit", EDITOR=editor(tmp_path, "s/^name:.*/name: 上海示例机电设备制造有限公司/")
    )
    screen(child)
    assert child.exitstatus == 0
    assert "上海示例机电设备制造有限公司" in crm("list", "customer").out


def test_long_output_is_paged_on_a_terminal_only(terminal: Open, crm: Crm, tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text(f"#!/bin/sh\ntouch {tmp_path}/paged\ncat\n")
    pager.chmod(0o755)
    screen(terminal("--help", PAGER=str(pager), rows=200))
    screen(terminal("--help", "--no-pager", PAGER=str(pager)))
    done = subprocess.run(
        [sys.executable, "-m", "crmkit", "--help"], env={**os.environ, "PAGER": str(pager)}, check=True
    )
    assert done.returncode == 0
    assert not (tmp_path / "paged").exists()
    screen(terminal("--help", PAGER=str(pager)))
    assert (tmp_path / "paged").exists()


def test_no_color(terminal: Open) -> None:
    for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        child = terminal("list", "customer", **env)
        child.expect(pexpect.EOF)
        assert ("\x1b[" in child.before) is coloured
