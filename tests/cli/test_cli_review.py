"""Review on the command line: submit, approve, return (R-000-17 to R-000-21, R-002-25)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Crm = Callable[..., "Result"]
Result = tuple[int, str, str]

TEAM = """\
name: test
review: true
team:
  - {name: 李四, email: lisi@example.com, roles: [sales]}
  - {name: 王芳, email: wangfang@example.com, roles: [sales]}
  - {name: 周敏, email: zhoumin@example.com, roles: [supervisor]}
  - {name: 吴磊, email: wulei@example.com, roles: [legal]}
  - {name: 陈晨, email: chenchen@example.com, roles: [service]}
  - {name: 赵静, email: zhaojing@example.com, roles: [admin]}
"""
ON = ("--on", "2024-06-15T10:00")


@pytest.fixture
def team(tmp_path: Path, crm: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A team's book with one customer in drafts, 北京示例 of 李四."""
    assert crm("init", "book", "--lang", "zh", "--review")[0] == 0
    root = tmp_path / "book"
    (root / "crm.yaml").write_text(TEAM, "utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "team")
    monkeypatch.chdir(root)
    monkeypatch.setenv("CRM_LANG", "en")
    monkeypatch.setenv("CRM_USER", "李四")
    assert crm("add", "customer", "name=北京示例", "stage=potential", *ON)[0] == 0
    return root


def git(root: Path, *words: str) -> str:
    named = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "core.quotePath=false")
    done = subprocess.run(["git", "-C", root, *named, *words], capture_output=True, text=True, check=True)
    return done.stdout


def draft_of(root: Path) -> Path:
    (found,) = (root / "customers/drafts").iterdir()
    return found


def test_an_approved_draft_moves_with_everything_and_undo_brings_it_back(team: Path, crm: Crm) -> None:
    draft = draft_of(team)
    (draft / "files").mkdir()
    (draft / "files/北京示例-营业执照-2024-06.pdf").write_bytes(b"\x00\xff")
    (draft / "keys.yaml").write_text("keys: 1\n", "utf-8")
    git(team, "add", "-A")
    git(team, "commit", "-qm", "attach")
    code, planned, err = crm("plan", "北京示例", "--due", "+3d", "--reason", "首次拜访", *ON)
    assert code == 0, err
    before = {p.relative_to(draft): p.read_bytes() for p in draft.rglob("*") if p.is_file()}
    assert crm("submit", "北京示例", *ON)[0] == 0
    code, out, err = crm("approve", "北京示例", "--as", "周敏", "--json", *ON)
    assert code == 0, err
    told = json.loads(out)
    assert told["id"] == "202406-001"
    folder = team / "customers/2024/202406-001"
    assert set(told["changed"]) == {f"customers/2024/202406-001/{name}" for name in before}
    assert not (team / "customers/drafts").exists()
    after = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert {k: v for k, v in after.items() if k.name != "customer.yaml"} == {
        k: v for k, v in before.items() if k.name != "customer.yaml"
    }
    shown = json.loads(crm("show", draft.name, "--json", *ON)[1])
    assert (shown["id"], shown["formerly"]) == ("202406-001", [draft.name])
    assert shown["review"] == {
        "state": "approved", "submitted_by": "李四", "submitted_at": "2024-06-15T10:00+08:00",
        "reviewed_by": "周敏", "reviewed_at": "2024-06-15T10:00+08:00",
    }  # fmt: skip
    assert git(team, "status", "--porcelain") == ""
    assert crm("check")[0] == 0
    assert crm("undo", "--yes", "--as", "周敏")[0] == 0
    assert {p.relative_to(draft) for p in draft.rglob("*") if p.is_file()} == set(before)
    assert not folder.exists()
    assert git(team, "status", "--porcelain") == ""
    assert (
        crm("approve", "北京示例", "--as", "周敏", *ON)[1] == "202406-002\n"
    )  # a number is never given twice
    assert planned.strip() in crm("due", "--owner", "all", "--within", "7d", "--format", "ids", *ON)[1]


def test_the_number_is_that_of_the_month_of_approval(team: Path, crm: Crm) -> None:
    crm("submit", "北京示例", *ON)
    assert crm("approve", "北京示例", "--as", "周敏", "--on", "2024-07-01")[1] == "202407-001\n"


def test_a_dry_run_of_an_approval_shows_the_move_and_changes_nothing(team: Path, crm: Crm) -> None:
    crm("submit", "北京示例", *ON)
    code, out, _ = crm("approve", "北京示例", "--as", "周敏", "--dry-run", *ON)
    assert code == 0
    assert f"rename from customers/drafts/{draft_of(team).name}\nrename to customers/2024/202406-001\n" in out
    assert git(team, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("who", "words", "says"),
    [
        ("李四", ("approve", "北京示例"), "may not review"),
        ("吴磊", ("approve", "北京示例"), "may not review"),
        ("周敏", ("return", "北京示例"), "what is to be corrected"),
        ("李四", ("submit", "北京示例"), "already"),
    ],
)
def test_who_may_not_review_is_told_who_may(
    team: Path, crm: Crm, who: str, words: tuple[str, ...], says: str
) -> None:
    crm("submit", "北京示例", *ON)
    code, _, err = crm(*words, "--as", who, *ON)
    assert code != 0
    assert says in err
    assert draft_of(team).exists()


def test_nobody_approves_what_he_submitted(team: Path, crm: Crm) -> None:
    crm("submit", "北京示例", "--as", "周敏", *ON)
    code, _, err = crm("approve", "北京示例", "--as", "周敏", *ON)
    assert code == 1
    assert "submitted himself" in err
    assert "赵静" in err
    assert crm("approve", "北京示例", "--as", "赵静", *ON)[1] == "202406-001\n"


def test_what_was_not_submitted_is_not_approved(team: Path, crm: Crm) -> None:
    code, _, err = crm("approve", "北京示例", "--as", "周敏", *ON)
    assert code == 1
    assert f"crm submit {draft_of(team).name}" in err


def test_a_return_keeps_its_reason_until_the_approval(team: Path, crm: Crm) -> None:
    crm("submit", "北京示例", *ON)
    assert crm("return", "北京示例", "--why", "缺税号", "--as", "周敏", *ON)[0] == 0
    assert "缺税号" in crm("show", "北京示例", *ON)[1]
    assert crm("submit", "北京示例", *ON)[0] == 0
    review = json.loads(crm("show", "北京示例", "--json", *ON)[1])["review"]
    assert (review["state"], review["reason"]) == ("submitted", "缺税号")
    assert "reviewed_by" not in review
    crm("approve", "北京示例", "--as", "周敏", *ON)
    assert "reason" not in json.loads(crm("show", "北京示例", "--json", *ON)[1])["review"]


def test_a_contract_is_reviewed_by_legal(team: Path, crm: Crm) -> None:
    crm("submit", "北京示例", *ON)
    crm("approve", "北京示例", "--as", "周敏", *ON)
    added = crm("add", "contract", "北京示例", "number=HT-1", *ON)[1].strip()
    assert crm("submit", added, *ON)[0] == 0
    assert json.loads(crm("show", added, "--json", *ON)[1])["status"] == "review"
    due = crm("due", "--owner", "all", "--within", "7d", "rule:review.contract", "--as", "吴磊", *ON)[1]
    assert f"review.contract/{added}" in due
    assert crm("approve", added, "--as", "周敏", *ON)[0] == 1
    assert crm("approve", added, "--as", "吴磊", *ON)[0] == 0
    assert not crm("due", "--owner", "all", "--within", "7d", "rule:review.contract", "--as", "吴磊", *ON)[1]


def test_what_has_errors_is_not_submitted(team: Path, crm: Crm) -> None:
    path = draft_of(team) / "customer.yaml"
    path.write_text(path.read_text("utf-8") + "email: nonsense\n", "utf-8")
    code, _, err = crm("submit", "北京示例", *ON)
    assert code == 1
    assert "email" in err


def test_campaigns_and_answered_rows_name_the_new_number(team: Path, crm: Crm) -> None:
    draft = draft_of(team).name
    campaign = crm("add", "campaign", "name=展会", f"participants.0.customer={draft}", "--as", "赵静", *ON)[
        1
    ].strip()
    row = f"{draft}/review.customer/{draft}/2024-06-18"
    talk = crm("log", "北京示例", "--content", "x", f"answers={row}", *ON)[1].strip()
    crm("submit", "北京示例", *ON)
    assert crm("approve", "北京示例", "--as", "周敏", *ON)[0] == 0
    assert "202406-001/review.customer/202406-001/2024-06-18" in crm("show", talk, "--json", *ON)[1]
    shown = json.loads(crm("show", campaign, "--json", "--as", "赵静", *ON)[1])
    assert shown["participants"] == [{"customer": "202406-001"}]


def test_alone_in_a_book_one_approves_at_once(
    tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm("init", "solo", "--lang", "en", "--review")
    monkeypatch.chdir(tmp_path / "solo")
    crm("add", "customer", "name=Solo", *ON)
    assert crm("approve", "Solo", *ON)[1] == "202406-001\n"
    code, _, err = crm("approve", "Solo", *ON)
    assert code == 1
    assert "approved already" in err


def test_service_proposes_and_the_owner_accepts(team: Path, crm: Crm) -> None:
    code, out, err = crm("set", "北京示例", "phone=01066668888", "--as", "陈晨", *ON)
    assert code == 0, err
    proposal = out.strip()
    assert "phone" not in json.loads(crm("show", "北京示例", "--json", *ON)[1])
    (waits,) = [w for w in json.loads(crm("review", "--json", *ON)[1]) if w["state"] == "proposed"]
    assert (waits["id"], waits["by"], waits["title"]) == (proposal, "陈晨", "phone=01066668888")
    assert proposal in crm("due", "--within", "7d", "--format", "ids", *ON)[1]
    code, _, err = crm("approve", proposal, "--as", "陈晨", *ON)
    assert code == 1
    assert "李四" in err
    assert crm("approve", proposal, *ON)[0] == 0
    shown = json.loads(crm("show", "北京示例", "--json", *ON)[1])
    assert shown["phone"] == "01066668888"
    assert shown["updated_by"] == "李四"
    assert not [w for w in json.loads(crm("review", "--json", *ON)[1]) if w["state"] == "proposed"]
    assert crm("approve", proposal, *ON)[0] == 1  # decided already


def test_a_proposal_is_turned_down_with_a_reason_or_found_out_of_date(team: Path, crm: Crm) -> None:
    first = crm("set", "北京示例", "note=a", "--as", "陈晨", *ON)[1].strip()
    assert crm("return", first, *ON)[0] == 2
    assert crm("return", first, "--why", "不对", *ON)[0] == 0
    assert "不对" in crm("show", first, "--json", *ON)[1]
    late = crm("set", "北京示例", "note=b", "--as", "陈晨", *ON)[1].strip()
    crm("set", "北京示例", "note=c", *ON)
    code, _, err = crm("approve", late, *ON)
    assert code == 1
    assert "'c'" in err
    assert crm("set", "北京示例", "id_number=@-", "--as", "陈晨", *ON)[0] != 0


def test_a_proposal_is_no_contact_with_the_customer(team: Path, crm: Crm) -> None:
    crm("submit", "北京示例", *ON)
    crm("approve", "北京示例", "--as", "周敏", *ON)
    before = crm("due", "--within", "60d", "-q", "rule:cadence", *ON)[1]
    proposal = crm("set", "北京示例", "note=a", "--as", "陈晨", *ON)[1].strip()
    crm("approve", proposal, *ON)
    assert crm("due", "--within", "60d", "-q", "rule:cadence", *ON)[1] == before


def test_what_waits_says_what_is_missing_and_what_looks_alike(team: Path, crm: Crm) -> None:
    crm("add", "customer", "name=北京示例", "phone=01066668888", "--as", "王芳", *ON)
    mine = draft_of_owner(team, "李四").name
    crm("submit", mine, *ON)
    (waits,) = json.loads(crm("review", "--json", "--as", "周敏", *ON)[1])
    assert (waits["id"], waits["state"], waits["by"]) == (mine, "submitted", "李四")
    assert {"tax_id", "consent", "contacts"} <= set(waits["missing"])
    (alike,) = waits["alike"]
    assert alike.startswith(draft_of_owner(team, "王芳").name)
    assert json.loads(crm("review", "--json", "--as", "王芳", *ON)[1])[0]["state"] == "draft"


def draft_of_owner(root: Path, owner: str) -> Path:
    return next(
        p.parent
        for p in root.glob("customers/drafts/*/customer.yaml")
        if f"owner: {owner}" in p.read_text("utf-8")
    )


def test_the_quarters_status_review(team: Path, crm: Crm) -> None:
    crm("submit", "北京示例", *ON)
    crm("approve", "北京示例", "--as", "周敏", *ON)
    quarter = ("--on", "2024-06-28T10:00")
    duty = ("due", "rule:chore.status_review", "--owner", "me", "--within", "7d", "--format", "ids")
    assert "2024-06-30" in crm(*duty, *quarter)[1]
    (row,) = json.loads(crm("review", "status", "--json", *quarter)[1])
    assert (row["id"], row["status"]) == ("202406-001", "")
    assert crm("review", "status", "北京示例=沉睡", "--done", *quarter)[0] == 0
    (row,) = json.loads(crm("review", "status", "--json", *quarter)[1])
    assert row["status"] == "dormant"
    assert "2024-06-30" not in crm(*duty, *quarter)[1]
    assert crm("review", "status", "北京示例=gone", *quarter)[0] == 2
    assert crm("review", "nonsense", *quarter)[0] == 2
