"""History written anew: merges, tags, branches and packed objects; what need not change keeps its name (faults.md 13)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from crmkit.git import plumbing, rewrite
from crmkit.git.plumbing import GitError

GONE = b"canary-4711"


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two branches that were merged, an annotated tag, a stash, packed and loose objects; the canary is in each."""
    for name, value in {
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "张三", "HOME": str(tmp_path),
        "GIT_AUTHOR_EMAIL": "z@example.com", "GIT_COMMITTER_NAME": "李四", "GIT_COMMITTER_EMAIL": "l@example.com",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    root = tmp_path / "r"
    git(tmp_path, "init", "-q", "-b", "main", str(root))

    def commit(message: str, **files: str | None) -> None:
        for name, text in files.items():
            path = root / name.replace("__", "/").replace("_yaml", ".yaml")
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        git(root, "add", "-A")
        git(root, "commit", "-qm", message)

    commit("first", a_yaml="a: 1\n")
    commit("add canary-4711", d__gone__customer_yaml="name: canary-4711\n", d__other__x_yaml="x: 1\n")
    git(root, "tag", "-a", "v1", "-m", "with canary-4711")
    git(root, "gc", "-q")
    git(root, "switch", "-qc", "side")
    commit("side", b_yaml="ref: canary-4711\n")
    git(root, "switch", "-q", "main")
    commit("set canary-4711: note", d__gone__customer_yaml="name: canary-4711\nnote: x\n")
    git(root, "merge", "-q", "--no-edit", "side")
    commit("tidy", b_yaml="ref:\n", d__gone__customer_yaml=None)
    (root / "a.yaml").write_text("a: canary-4711\n")
    git(root, "stash", "-q")
    return root


def erasure(**change: object) -> rewrite.Erasure:
    def message(raw: bytes, *, touched: bool) -> bytes:
        return raw.replace(GONE, b"erased") + (b"" if not touched else b"(touched)\n")

    plain = {
        "folders": {"d/gone": lambda _raw: True}, "asked": "customer.yaml", "keeps": frozenset(),
        "text": lambda raw: raw.replace(GONE, b"erased"), "message": message,
    }  # fmt: skip
    return rewrite.Erasure(**(plain | change))  # type: ignore[arg-type]


def run(root: Path, what: rewrite.Erasure) -> rewrite.Rewritten:
    found = plumbing.discover(root)
    done = rewrite.rewrite(found, what)
    rewrite.clean(found)
    return done


def test_the_control_finds_it_everywhere(repo: Path) -> None:
    places = {where for where, _ in rewrite.scan(plumbing.discover(repo), [GONE])}
    assert len([p for p in places if len(p) == 40]) >= 7  # blobs, commits, the tag
    assert "logs/HEAD" in places


def test_nothing_is_left_reachable_or_not_and_the_shape_stays(repo: Path) -> None:
    git(repo, "update-ref", "refs/remotes/origin/main", "main")
    first = git(repo, "rev-list", "--max-parents=0", "main")
    was = git(repo, "rev-parse", "main~1", "v1^{commit}")
    shape = git(repo, "log", "--all", "--topo-order", "--format=%an %ae %cn %at %ct %P").count(" ")
    count = git(repo, "rev-list", "--count", "main")
    done = run(repo, erasure())
    assert rewrite.scan(plumbing.discover(repo), [GONE]) == []
    git(repo, "fsck", "--strict", "--full")
    assert (
        git(repo, "rev-list", "--max-parents=0", "main") == first
    )  # nothing to erase in it: it keeps its name
    assert git(repo, "rev-list", "--count", "main") == count
    assert git(repo, "log", "--all", "--topo-order", "--format=%an %ae %cn %at %ct %P").count(" ") == shape
    assert done.first == (git_of(was, 1),)
    assert done.dropped.keys() == {"refs/remotes/origin/main"}
    assert git(repo, "show", "main~1:d/other/x.yaml") == "x: 1"
    assert git(repo, "show", "side:b.yaml") == "ref: erased"
    assert git(repo, "tag", "-l", "--format=%(contents:subject)", "v1") == "with erased"
    assert git(repo, "show", "refs/stash:a.yaml") == "a: erased"
    touched = [line for line in git(repo, "log", "main", "--format=%s%b").splitlines() if "touched" in line]
    assert len(touched) >= 3


def git_of(lines: str, n: int) -> str:
    return lines.splitlines()[n]


def test_a_folder_that_was_another_ones_stays(repo: Path) -> None:
    run(repo, erasure(folders={"d/gone": lambda raw: b"somebody else" in (raw or b"")}, text=lambda raw: raw))
    assert GONE.decode() in git(repo, "log", "-p", "--all", "--", "d/gone")


def test_the_backup_holds_the_old_history(repo: Path, tmp_path: Path) -> None:
    rewrite.backup(plumbing.discover(repo), tmp_path / "b.bundle")
    run(repo, erasure())
    git(tmp_path, "clone", "-q", str(tmp_path / "b.bundle"), str(tmp_path / "old"))
    assert GONE.decode() in git(tmp_path / "old", "log", "-p")


def test_what_cannot_be_done_is_refused_before_anything_changes(repo: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", str(tmp_path / "shallow"))
    git(tmp_path, "clone", "-q", "--shared", str(repo), str(tmp_path / "shared"))
    for name in ("shallow", "shared"):
        with pytest.raises(GitError):
            rewrite.refuse_unfit(plumbing.discover(tmp_path / name))
    git(repo, "worktree", "add", "-q", str(tmp_path / "second"))
    with pytest.raises(GitError):
        rewrite.refuse_unfit(plumbing.discover(repo))
