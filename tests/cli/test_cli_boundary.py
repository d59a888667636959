"""Errors reach people as one line and a hint; bugs as a log without their data."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from crmkit import __main__
from crmkit.cli import app
from crmkit.errors import Ambiguous, CrmError, Invalid, NotFound, Problem, msg


def raising(error: BaseException) -> Any:
    def run(_argv: Sequence[str], _env: Mapping[str, str], _cwd: Path) -> int:
        customer = {"phone": "13800138000"}
        assert customer
        raise error

    return run


def crm(*argv: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crmkit", *argv],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        **more,
    )


def test_an_error_is_one_line_and_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        app, "run", raising(NotFound("nothing goes by {text!r}", hint="try crm find", text="x"))
    )
    assert __main__.main([]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["error: nothing goes by 'x'", "hint: try crm find"]


def test_text_from_records_is_harmless_in_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "run", raising(CrmError("bad {name}", name="\x1b[2J\u202eevil")))
    __main__.main([])
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert r"\x1b[2J\u202eevil" in err


def test_candidates_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    several = Ambiguous("{text} may be any of them", [("202406-001", "甲"), ("202406-002", "乙")], text="x")
    monkeypatch.setattr(app, "run", raising(several))
    assert __main__.main([]) == 1
    assert "202406-002  乙" in capsys.readouterr().err


def test_problems_of_a_refused_record_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem(
        "c/customer.yaml", 3, "tax_id", "tax_id", "error", msg("wrong check digit"), msg("it is 7")
    )
    monkeypatch.setattr(app, "run", raising(Invalid("nothing was written", [problem])))
    assert __main__.main([]) == 1
    err = capsys.readouterr().err
    assert "c/customer.yaml:3: tax_id: wrong check digit" in err
    assert "it is 7" in err


def test_a_bug_leaves_a_log_without_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(app, "run", raising(KeyError("13800138000")))
    assert __main__.main(["set", "张三", "phone=13800138000"]) == 70
    err = capsys.readouterr().err
    (log,) = (tmp_path / "crmkit").iterdir()
    assert str(log) in err
    assert "Traceback" not in err
    text = log.read_text()
    assert "crm set" in text
    assert "KeyError" in text
    assert "test_cli_boundary.py" in text
    for secret in ("13800138000", "张三", "phone"):
        assert secret not in text + err
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_bug_where_no_log_can_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(app, "run", raising(RuntimeError("x")))
    assert __main__.main([]) == 70
    assert "hint: " in capsys.readouterr().err


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(app, "run", raising(KeyboardInterrupt()))
    assert __main__.main([]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_full_disk_is_told_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "run", raising(OSError(errno.ENOSPC, "no space", "/book/x.yaml")))
    assert __main__.main([]) == 1
    out = capsys.readouterr().err
    assert "/book/x.yaml" in out
    assert "hint: " in out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_stdout_is_no_traceback() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crmkit", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "crmkit", "--help"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_bug(closed: str) -> None:
    done = subprocess.run(
        f"{sys.executable} -m crmkit --version {closed}",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_exit_codes_and_streams() -> None:
    version = crm("--version")
    assert (version.returncode, version.stderr) == (0, "")
    assert version.stdout.startswith("crm ")
    wrong = crm("lst")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "crm list" in wrong.stderr


def test_an_ascii_terminal_gets_escapes_instead_of_a_crash() -> None:
    done = crm("help", "show", env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0
    assert "\\u" in done.stdout


def test_help_and_version_import_nothing_heavy() -> None:
    code = (
        "import sys; from crmkit.__main__ import main; main(['--version']); main(['help', 'due']); main(['--help'])\n"
        "heavy = {'typer', 'rich', 'pydantic', 'yaml', 'ruamel', 'textual', 'pypinyin', 'subprocess'}\n"
        "found = heavy & set(sys.modules); assert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
