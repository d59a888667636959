"""Working days, reviews and festivals at the command line (R-000-18, R-002-25, R-004-04)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Crm

from crmkit.index import schema
from crmkit.values import workdays

TEAM = """
review: {required: true}
team:
  - {name: 张三, email: zhangsan@example.com, roles: [sales]}
  - {name: 周敏, email: zhoumin@example.com, roles: [supervisor]}
  - {name: 钱进, email: qianjin@example.com, roles: [supervisor]}
  - {name: 吴磊, email: wulei@example.com, roles: [legal]}
holidays: {618 年中: "06-18"}
"""
DRAFT = "customers/drafts/draft-240927-aaaa"


@pytest.fixture
def team(tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A book with a draft that was submitted, a contract that was, and a customer of high value."""
    root = tmp_path / "team"
    _write(root / "crm.yaml", f"name: t\nlanguage: en\n{TEAM}")
    submitted = {"state": "submitted", "submitted_by": "张三", "submitted_at": "2024-09-27T10:00"}
    _write(root / DRAFT / "customer.yaml", {"name": "示例", "owner": "张三", "review": submitted})
    folder = root / "customers/2024/202406-001"
    vip = {"name": "贵宾", "owner": "张三", "tier": "A", "rhythm": "none", "created_on": "2024-06-01"}
    _write(folder / "customer.yaml", vip)
    _write(folder / "contract-240927-bbbb.yaml", {"number": "H1", "review": submitted})
    monkeypatch.chdir(root)
    return root


def _write(path: Path, content: str | dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def due(crm: Crm, *words: str) -> dict[str, dict[str, Any]]:
    told = crm("due", "--json", *words)
    assert told.code == 0, told.err
    return {row["rule"]: row for row in json.loads(told.out) if not row["rule"].startswith("chore.")}


def test_what_was_submitted_is_due_to_its_reviewers(team: Path, crm: Crm) -> None:
    """The worked example: submitted on Friday 27 September 2024, Sunday the 29th works (R-000-18, R-002-25)."""
    assert due(crm, "--on", "2024-09-28", "--owner", "周敏") == {}
    mine = due(crm, "--on", "2024-09-30", "--owner", "周敏")
    assert [(rule, row["due"], row["state"]) for rule, row in mine.items()] == [
        ("review.customer", "2024-09-30", "today")
    ]
    assert mine["review.customer"]["source"] == "draft-240927-aaaa"
    assert due(crm, "--on", "2024-09-30", "--owner", "钱进") == mine
    legal = due(crm, "--on", "2024-09-30", "--owner", "吴磊")
    assert {rule: row["owner"] for rule, row in legal.items()} == {"review.contract": "吴磊"}
    assert "review.customer" not in due(crm, "--on", "2024-09-30", "--owner", "张三")


def test_it_stays_until_it_is_reviewed(team: Path, crm: Crm) -> None:
    """R-000-19, R-000-21."""
    assert due(crm, "--on", "2024-12-01", "--owner", "周敏")["review.customer"]["state"] == "overdue"
    changed = crm("return", "draft-240927-aaaa", "--why", "缺电话", "--as", "周敏")
    assert changed.code == 0, changed.err
    assert "review.customer" not in due(crm, "--on", "2024-12-01", "--owner", "周敏")


def test_a_festival_is_greeted_until_its_own_day(team: Path, crm: Crm) -> None:
    """R-004-04."""
    assert "date.holiday" not in due(crm, "--on", "2024-06-13", "--owner", "张三")
    row = due(crm, "--on", "2024-06-18", "--owner", "张三")["date.holiday"]
    assert (row["id"], row["days"]) == ("202406-001/date.holiday/618 年中/2024-06-15", 3)
    done = crm(
        "done",
        row["id"],
        "--channel",
        "phone",
        "--content",
        "祝福",
        "--why",
        "客户出差",
        "--on",
        "2024-06-18",
        "--as",
        "张三",
    )
    assert done.code == 0, done.err
    assert "date.holiday" not in due(crm, "--on", "2024-06-18", "--owner", "张三")
    assert "date.holiday" in due(crm, "--on", "2025-06-18", "--owner", "张三")


def test_days_said_at_the_prompt_are_working_days_of_the_book(book: Path, crm: Crm) -> None:
    """`crm plan --due 2个工作日后` on Friday 27 September, before a Sunday that works."""
    planned = crm("plan", "北京示例", "--due", "2个工作日后", "--reason", "寄样品", "--on", "2024-09-27")
    assert planned.code == 0, planned.err
    assert due(crm, "--on", "2024-09-30")["followup"]["due"] == "2024-09-30"
    logged = crm("log", "北京示例", "--channel", "phone", "--content", "谈过", "--next", "再谈", "--by", "3个工作日后",
                 "--at", "2024-09-27T10:00", "--on", "2024-09-27")  # fmt: skip
    assert logged.code == 0, logged.err
    assert "2024-10-08" in {r["due"] for r in json.loads(crm("due", "--json", "--on", "2024-10-08").out)}
    ids = [r["id"] for r in json.loads(crm("list", "followup", "--json").out)]
    assert crm("set", ids[-1], "due=1个工作日后", "--on", "2024-09-29").code == 0
    assert json.loads(crm("show", ids[-1], "--json").out)["due"] == "2024-09-30"


def test_the_window_may_be_given_in_working_days(team: Path, crm: Crm) -> None:
    # Thursday 26 September: Friday, Sunday and Monday are worked on, so three reach the 30th
    for within, shown in (("2 working days", False), ("3 working days", True), ("3 days", False)):
        found = due(crm, "--on", "2024-09-26", "--within", within, "--owner", "周敏")
        assert ("review.customer" in found) is shown


# what is missing


@pytest.fixture
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package `holidays` is not installed."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    workdays.known.cache_clear()
    workdays.year_of.cache_clear()
    yield
    workdays.known.cache_clear()
    workdays.year_of.cache_clear()


def doctor(crm: Crm) -> dict[str, Any]:
    found = json.loads(crm("doctor", "--json").out)
    return next(f for f in found if f["what"] == "working days")


def test_doctor_names_the_last_published_year(team: Path, crm: Crm) -> None:
    found = doctor(crm)
    assert found["found"] == f"CN, known up to {workdays.known('CN').last}"


@pytest.mark.usefixtures("without_the_extra")
def test_a_book_elsewhere_is_told_what_to_install(team: Path, crm: Crm) -> None:
    settings = (team / "crm.yaml").read_text(encoding="utf-8")
    _write(team / "crm.yaml", f"country: DE\n{settings}")
    row = due(crm, "--on", "2024-10-01", "--owner", "周敏")["review.customer"]
    assert row["due"] == "2024-10-01"
    assert row["reason"].endswith("(Monday to Friday are counted: the holidays of DE need crmkit[holidays])")
    told = crm("check", "--json")
    warned = [p for p in json.loads(told.out) if p["code"] == "workdays.unknown"]
    assert [(p["path"], p["line"], p["severity"]) for p in warned] == [("crm.yaml", 1, "warning")]
    assert doctor(crm)["hint"] == "pip install 'crmkit[holidays]'"
    _write(team / "crm.yaml", f"country: DE\n{settings.replace('required: true', 'required: false')}")
    assert doctor(crm)["hint"] == ""  # nothing there counts working days


def test_a_newer_calendar_makes_the_agendas_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rows that had to assume Monday to Friday must not outlive the release that publishes the year."""
    folder = tmp_path / "site"
    (folder / "chinese_calendar").mkdir(parents=True)
    package = folder / "chinese_calendar" / "__init__.py"
    package.write_text("", encoding="utf-8")
    plain = schema.fingerprint()
    monkeypatch.syspath_prepend(folder)
    first = schema.fingerprint()
    assert first != plain
    assert schema.fingerprint() == first
    os.utime(package, ns=(1, 1))
    assert schema.fingerprint() != first


def test_a_warm_list_loads_no_calendar(team: Path, crm: Crm) -> None:
    assert crm("due", "--on", "2024-09-30").code == 0
    code = (
        "import sys; from crmkit.__main__ import main; main(['due', '--on', '2024-09-30', '--owner', 'all']); "
        "print(sorted(m for m in sys.modules if m.partition('.')[0] in ('chinese_calendar', 'holidays', 'borax')), "
        "file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=team)
    assert (done.stderr.strip(), "review.customer" in done.stdout) == ("[]", True)
