from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from crmkit.book.paths import Book

CUSTOMER = "customers/2024/202406-001/customer.yaml"
FOLLOWUP = "customers/2024/202406-001/followup-240605-7k3m.yaml"

Git = Callable[..., str]


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = 测试\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n", "utf-8"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.fixture
def plain(tmp_path: Path) -> Book:
    """A book without git."""
    root = tmp_path / "book"
    (root / CUSTOMER).parent.mkdir(parents=True)
    (root / "crm.yaml").write_text("name: test\n", "utf-8")
    (root / ".gitignore").write_text(".crm/\n", "utf-8")
    (root / CUSTOMER).write_text("name: 北京示例\nnote: old\n", "utf-8")
    return Book(root)


@pytest.fixture
def git(plain: Book) -> Git:
    def run(*words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", "-C", str(plain.root), *words],
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def book(plain: Book, git: Git) -> Book:
    """A book with one commit."""
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "begin")
    return plain
