from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from crmkit import __main__, i18n


class Result(NamedTuple):
    code: int
    out: str
    err: str


Crm = Callable[..., Result]


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Crm:
    """Run `crm` in a folder of its own, as somebody, in English, piped."""
    for name in ("CRM_BOOK", "CRM_LANG", "LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLUMNS", "PAGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CRM_USER", "Zhang San")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        capfd.readouterr()
        try:
            code = __main__.main(list(words))
        finally:
            i18n.set_language("en")
        return Result(code, *capfd.readouterr())

    return run


@pytest.fixture
def book(tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A solo book with one customer, 202406-001, and one contact on 2024-06-05."""
    assert crm("init", "book", "--lang", "zh", "--no-review").code == 0
    monkeypatch.chdir(tmp_path / "book")
    monkeypatch.setenv("CRM_LANG", "en")
    added = crm(
        "add", "customer", "name=北京示例信息技术股份有限公司", "contacts.0.name=王经理", "contacts.0.phone=01088886666",
        "stage=potential", "--on", "2024-06-05T09:00",
    )  # fmt: skip
    assert added.out == "202406-001\n", added.err
    logged = crm("log", "北京示例", "--channel", "phone", "--content", "初次沟通", "--at", "2024-06-05T10:00")
    assert logged.code == 0, logged.err
    return tmp_path / "book"


@pytest.fixture
def git_log(book: Path) -> Callable[[], list[str]]:
    def read() -> list[str]:
        done = subprocess.run(
            ["git", "-C", book, "log", "--format=%s"], capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    return read
