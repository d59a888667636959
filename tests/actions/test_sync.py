"""`crm sync` between real clones of a real repository (faults.md promise 5)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from crmkit.actions import set as setting
from crmkit.actions import sync as syncing
from crmkit.actions.add import add
from crmkit.actions.init import init
from crmkit.actions.session import Session, open_session
from crmkit.book import attic
from crmkit.book import init as book_init
from crmkit.errors import Refused
from crmkit.git import network, plumbing
from crmkit.yaml.read import load

CUSTOMER = "customers/2024/202406-001/customer.yaml"
Git = Callable[..., str]


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = 测试\n\temail = t@example.com\n[init]\n\tdefaultBranch = main\n", "utf-8"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(where: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(where), *words], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def at(root: Path, who: str = "张三", on: str = "2024-06-20T10:00") -> Session:
    return open_session(book=str(root), actor=who, on=on, env={})


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, Path]:
    """Two clones of one solo book with one customer."""
    hub, one, two = tmp_path / "hub.git", tmp_path / "one", tmp_path / "two"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(hub))
    init(one, "zh", actor="张三", env={})
    (one / CUSTOMER).parent.mkdir(parents=True)
    (one / CUSTOMER).write_text("name: 北京示例\ntype: company\nsource: hotline\nstage: potential\n", "utf-8")
    git(one, "remote", "add", "origin", str(hub))
    done = syncing.sync(at(one))
    assert (done.remote, done.sent, done.committed) == ("origin", 2, [CUSTOMER])
    git(tmp_path, "clone", "-q", str(hub), str(two))
    return one, two


def write(root: Path, who: str, *fields: str) -> None:
    setting.set_fields(at(root, who), ["202406-001"], list(fields)).apply()


def new_customer(root: Path, who: str, name: str) -> str:
    found = add(at(root, who), "customer", "", [f"name={name}", "type=company", "source=hotline"]).apply()
    return found.id


def settle(*roots: Path) -> None:
    """Let the clones sync until nobody has anything new."""
    for root in (*roots, *roots):
        syncing.sync(at(root))
    heads = {git(r, "rev-parse", "HEAD") for r in roots}
    assert len(heads) == 1
    for root in roots:
        assert git(root, "status", "--porcelain") == ""


def test_both_sides_meet_in_one_record(clones: tuple[Path, Path]) -> None:
    one, two = clones
    write(one, "张三", "note=从一号来", "stage=intent")
    write(two, "李四", "website=https://example.com")
    settle(one, two)
    doc = load((one / CUSTOMER).read_bytes(), CUSTOMER).data
    assert (doc["note"], doc["stage"], doc["website"]) == ("从一号来", "intent", "https://example.com")
    assert not (one / "customers/2024/202406-001/attic.yaml").exists()


def test_the_same_field_keeps_both_values(clones: tuple[Path, Path]) -> None:
    one, two = clones
    write(one, "张三", "note=一")
    write(two, "李四", "note=二")
    settle(one, two)
    path = "customers/2024/202406-001/attic.yaml"
    (entry,) = attic.read((two / path).read_bytes(), path)
    doc = load((one / CUSTOMER).read_bytes(), CUSTOMER).data
    assert {doc["note"], entry.value} == {"一", "二"}
    assert (entry.record, entry.field) == ("202406-001", "note")
    assert entry.by == {"一": "张三", "二": "李四"}[entry.value]


def test_a_number_given_twice_goes_to_the_one_who_published(clones: tuple[Path, Path]) -> None:
    one, two = clones
    assert (
        new_customer(one, "张三", "甲方有限公司") == new_customer(two, "李四", "乙方有限公司") == "202406-002"
    )
    syncing.sync(at(one))
    done = syncing.sync(at(two, "李四"))
    assert done.renumbered == {"202406-002": "202406-003"}
    settle(one, two)
    session = at(one)
    assert session.resolve("甲方有限公司").id == "202406-002"
    assert session.resolve("乙方有限公司").id == "202406-003"
    assert session.resolve("202406-002").title == "甲方有限公司"
    assert load((one / "customers/2024/202406-003/customer.yaml").read_bytes(), "").data["formerly"] == [
        "202406-002"
    ]


def test_what_was_written_by_hand_is_stamped_and_sent_and_what_is_broken_stays(
    clones: tuple[Path, Path],
) -> None:
    one, _ = clones
    text = (one / CUSTOMER).read_text("utf-8")
    (one / CUSTOMER).write_text(text + "note: 手写\n", "utf-8")
    broken = one / "customers/2024/202406-001/followup-240605-7k3m.yaml"
    broken.write_text("reason: [\n", "utf-8")
    (one / "notes.txt").write_text("not the book's\n", "utf-8")
    done = syncing.sync(at(one))
    assert done.committed == [CUSTOMER]
    assert [p.path for p in done.held] == ["customers/2024/202406-001/followup-240605-7k3m.yaml"]
    doc = load((one / CUSTOMER).read_bytes(), CUSTOMER).data
    assert (doc["updated_by"], doc["updated_at"]) == ("张三", "2024-06-20T10:00+08:00")
    assert git(one, "status", "--porcelain").splitlines() == [f"?? {broken.relative_to(one)}", "?? notes.txt"]


def test_removed_here_and_changed_there_is_kept(clones: tuple[Path, Path]) -> None:
    one, two = clones
    (one / CUSTOMER).unlink()
    write(two, "李四", "note=还在谈")
    settle(one, two)
    assert load((one / CUSTOMER).read_bytes(), CUSTOMER).data["note"] == "还在谈"


@pytest.mark.parametrize(
    ("state", "says"),
    [("detached", "no branch"), ("merging", "middle of a merge"), ("locked", "index is locked")],
)
def test_it_refuses_what_a_person_must_finish(clones: tuple[Path, Path], state: str, says: str) -> None:
    one, _ = clones
    if state == "detached":
        git(one, "checkout", "-q", "--detach")
    elif state == "merging":
        (one / ".git/MERGE_HEAD").write_text(git(one, "rev-parse", "HEAD") + "\n")
    else:
        (one / ".git/index.lock").touch()
    with pytest.raises(Refused, match=says) as e:
        syncing.sync(at(one))
    assert str(e.value.hint)


def test_offline_it_says_so_and_loses_nothing(clones: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = clones
    (tmp_path / "hub.git").rename(tmp_path / "away.git")
    write(one, "张三", "note=离线写的")
    done = syncing.sync(at(one))
    assert done.offline
    (tmp_path / "away.git").rename(tmp_path / "hub.git")
    settle(one, two)
    assert load((two / CUSTOMER).read_bytes(), CUSTOMER).data["note"] == "离线写的"


def test_a_planted_program_is_not_run(clones: tuple[Path, Path], tmp_path: Path) -> None:
    one, _ = clones
    trap, caught = tmp_path / "trap", tmp_path / "caught"
    trap.write_text(f"#!/bin/sh\ntouch {caught}\n")
    trap.chmod(0o755)
    for key in (
        "core.sshCommand", "credential.helper", "remote.origin.uploadpack", "remote.origin.receivepack",
        "core.fsmonitor", "core.hooksPath", "credential.https://127.0.0.1.helper", "core.askPass",
    ):  # fmt: skip
        git(one, "config", key, str(trap))
    for hook in ("pre-push", "post-merge", "reference-transaction"):
        (one / ".git/hooks").mkdir(exist_ok=True)
        (one / ".git/hooks" / hook).write_text(trap.read_text())
        (one / ".git/hooks" / hook).chmod(0o755)
    write(one, "张三", "note=x")
    assert syncing.sync(at(one)).sent == 1
    for url in (f"ext::{trap}", "ssh://127.0.0.1:1/book.git", "https://127.0.0.1:1/book.git"):
        git(one, "remote", "set-url", "origin", url)
        with pytest.raises(plumbing.GitError):
            network.fetch(plumbing.discover(one), network.Remote("origin", url, "main"))
    assert not caught.exists()


def test_git_merges_records_with_the_same_driver(
    clones: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, two = clones
    syncing.sync(at(two))
    assert git(two, "config", "merge.crm.driver") == "crm merge-file %O %A %B %P"
    assert "merge=crm" in book_init.ATTRIBUTES
    from crmkit.actions.merge_file import merge_file

    for name, text in (("base", "a: 1\nb: 1\n"), ("ours", "a: 2\nb: 1\n"), ("theirs", "a: 3\nb: 2\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "customers/2024/202406-001").mkdir(parents=True)
    merge_file(tmp_path / "base", tmp_path / "ours", tmp_path / "theirs", CUSTOMER, tmp_path)
    assert load((tmp_path / "ours").read_bytes(), "").data == {"a": "3", "b": "2"}
    path = "customers/2024/202406-001/attic.yaml"
    assert [e.value for e in attic.read((tmp_path / path).read_bytes(), path)] == ["2"]
