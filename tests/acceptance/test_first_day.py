"""The promises of the book, kept as a user would check them: the program in a process of its own, real files, git."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

Crm = Callable[..., "subprocess.CompletedProcess[str]"]


def run(cwd: Path, *args: str, code: int | None = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("CRM_", "GIT_", "LC_", "LANG"))}
    env |= {"LANG": "C.UTF-8", "CRM_USER": "li@example.com", "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "crmkit", *args],
        cwd=cwd, env=env, capture_output=True, text=True, input=stdin, timeout=120, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    if code is not None:
        assert done.returncode == code, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def git(cwd: Path, *args: str) -> str:
    return subprocess.run(
        ["git", *args], cwd=cwd, capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout


@pytest.fixture
def book(tmp_path: Path) -> Path:
    run(tmp_path, "init", "t", "--lang", "zh", "--no-review")
    return tmp_path / "t"


def add_customer(book: Path, *more: str) -> str:
    name = "name=北京示例信息技术股份有限公司"
    words = [name, "contacts.0.name=王经理", "contacts.0.phone=01088886666", "stage=potential", *more]
    return run(book, "add", "customer", *words).stdout.strip()


def test_from_an_empty_folder_to_what_is_due(book: Path) -> None:
    number = add_customer(book)
    run(book, "log", "北京示例", "--channel", "phone", "--content", "初次沟通", "--at", "2024-06-05T10:00")
    rows = json.loads(run(book, "due", "--on", "2024-06-08", "--json").stdout)
    assert [(r["rule"], r["due"], r["state"], r["customer"]) for r in rows] == [
        ("cadence.potential", "2024-06-08", "today", number)
    ]
    text = (book / "customers" / number[:4] / number / "customer.yaml").read_text("utf-8")
    assert "01088886666" in text
    subjects = git(book, "log", "--format=%s").splitlines()
    assert len(subjects) == 3
    assert all(s.strip() for s in subjects)
    assert not git(book, "status", "--porcelain")


def test_undo_and_redo(book: Path) -> None:
    number = add_customer(book)
    run(
        book,
        "log",
        number,
        "--content",
        "初次沟通",
        "--next",
        "寄样品",
        "--by",
        "2024-06-20",
        "--at",
        "2024-06-05",
    )
    before = git(book, "rev-parse", "HEAD^{tree}")
    run(book, "undo", "--yes")
    assert "寄样品" not in run(book, "list", "followup").stdout
    run(book, "undo", "--yes")
    assert git(book, "rev-parse", "HEAD^{tree}") == before
    assert not git(book, "status", "--porcelain")


BROKEN: dict[str, tuple[str | bytes, str, int]] = {
    "duplicate key": ("name: 甲有限公司\nname: 乙有限公司\n", "yaml.duplicate_key", 2),
    "tab": ("name: 甲有限公司\naddress:\n\tcity: 上海\n", "yaml.tab", 3),
    "conflict": ("<<<<<<< HEAD\nname: 甲有限公司\n=======\nname: 乙\n>>>>>>> b\n", "yaml.conflict", 1),
    "encoding": (b"name: \xc9\xcf\xba\xa3\n", "yaml.encoding", 1),
    "unknown stage": ("name: 甲科技有限公司\nstage: wonn\n", "", 2),
    "check digit": ("name: 甲科技有限公司\ntax_id: 91310000000000000A\n", "", 2),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_record_hurts_only_itself(book: Path, what: str) -> None:
    number = add_customer(book)
    run(book, "plan", number, "--due", "2024-06-08", "--reason", "回访")
    text, code, line = BROKEN[what]
    path = book / "customers" / "2024" / "202401-009" / "customer.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    checked = run(book, "check", "--json", code=3)
    errors = [p for p in json.loads(checked.stdout) if p["severity"] == "error"]
    assert errors[0]["line"] == line, errors
    assert errors[0]["path"] == "customers/2024/202401-009/customer.yaml"
    assert errors[0]["hint"]
    if code:
        assert errors[0]["code"] == code
    else:
        assert errors[0]["field"] in {"stage", "tax_id"}
    listed = run(book, "list", "customer", "--format", "ids")
    assert number in listed.stdout.split()
    assert "1" in listed.stderr
    due = run(book, "due", "--on", "2024-06-08", "--json")
    assert number in {r["customer"] for r in json.loads(due.stdout)}
    assert "1" in due.stderr


def names(book: Path) -> set[str]:
    return {r["name"] for r in json.loads(run(book, "list", "customer", "--json").stdout)}


def test_changes_from_outside_are_seen_at_once(book: Path) -> None:
    number = add_customer(book)
    path = book / "customers" / number[:4] / number / "customer.yaml"
    assert names(book) == {"北京示例信息技术股份有限公司"}
    with path.open("a", encoding="utf-8") as file:
        file.write("short_name: 示例\n")
    assert json.loads(run(book, "list", "customer", "--json").stdout)[0]["short_name"] == "示例"
    other = book / "customers" / "2024" / "202401-001" / "customer.yaml"
    other.parent.mkdir(parents=True)
    other.write_text("name: 上海乙机械有限公司\n", "utf-8")
    assert len(names(book)) == 2
    git(book, "checkout", "-q", "--", ".")
    assert (
        "short_name" not in json.loads(run(book, "list", "customer", "stage:potential", "--json").stdout)[0]
    )
    other.unlink()
    assert names(book) == {"北京示例信息技术股份有限公司"}


def test_the_index_is_disposable(book: Path) -> None:
    import shutil

    number = add_customer(book)
    run(book, "plan", number, "--due", "2024-06-08", "--reason", "回访")
    words = [
        ["list", "customer", "--json"],
        ["due", "--on", "2024-06-08", "--json"],
        ["find", "回访", "--json"],
    ]
    before = [run(book, *w).stdout for w in words]
    shutil.rmtree(book / ".crm")
    assert [run(book, *w).stdout for w in words] == before


def test_editing_one_field_leaves_every_other_byte(book: Path) -> None:
    path = book / "customers" / "2024" / "202401-001" / "customer.yaml"
    path.parent.mkdir(parents=True)
    text = (
        "# 华东最大的客户，别怠慢\nname:   '上海乙机械有限公司'  # 全称\n\nstatus: active   # 三月签的\ntags: [老客户,  重点]\n"
        'contacts:\n    - name: 张三   # 总经理\n      phone: "02155667788"\nupdated_by: 李四\nupdated_at: 2024-01-01T10:00\n'
    )
    path.write_text(text, "utf-8")
    run(book, "set", "202401-001", "status=dormant")
    lines = path.read_text("utf-8").splitlines()
    expected = text.replace("status: active ", "status: dormant ").splitlines()
    changed = [i for i, (a, b) in enumerate(zip(lines, expected, strict=True)) if a != b]
    assert [expected[i].split(":")[0] for i in changed] == ["updated_by", "updated_at"]


def test_a_wrong_word_is_an_error_with_a_suggestion(book: Path) -> None:
    add_customer(book, "owner=nobody")
    wrong = run(book, "list", "customer", "owner:nobdy", code=2)
    assert "nobody" in wrong.stderr
    assert not wrong.stdout
    assert "stage" in run(book, "list", "customer", "stagee:won", code=2).stderr
    assert "potential" in run(book, "list", "customer", "stage:potentail", code=2).stderr


def test_eight_at_once_lose_nothing(book: Path) -> None:
    def add(i: int) -> str:
        return run(book, "add", "customer", f"name=并发测试{i}号有限公司").stdout.strip()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(add, range(16)))
    assert len(set(numbers)) == 16
    assert len(names(book)) == 16
    assert not git(book, "status", "--porcelain")
    assert len(git(book, "log", "--format=%h").split()) == 17


def test_an_empty_contact_is_no_contact(book: Path) -> None:
    number = add_customer(book)
    assert "--content" in run(book, "log", number, code=2).stderr
    assert not run(book, "list", "followup").stdout
    run(book, "log", number, "--channel", "phone")
    assert len(run(book, "list", "followup").stdout.splitlines()) == 1
