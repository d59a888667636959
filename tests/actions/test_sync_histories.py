"""Real clones of a real repository that edit offline at random and meet by `crm sync`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.book.histories import TOKEN, People, Tree, flaws

from crmkit.actions import sync as syncing
from crmkit.actions.session import open_session


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = 测试\n\temail = t@example.com\n[init]\n\tdefaultBranch = main\n", "utf-8"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(where: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(where), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def read(root: Path) -> Tree:
    found = (
        p for p in root.rglob("*") if p.is_file() and not {".git", ".crm"} & set(p.relative_to(root).parts)
    )
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in found}


def write(root: Path, before: Tree, after: Tree) -> None:
    for path in before.keys() - after.keys():
        (root / path).unlink()
    for path, raw in after.items():
        if before.get(path) != raw:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(raw)


def synced(root: Path, who: str) -> None:
    done = syncing.sync(open_session(book=str(root), actor=who, env={}))
    assert not done.held
    assert not done.offline


@pytest.mark.parametrize("seed", range(4))
def test_real_clones_meet_and_lose_nothing(tmp_path: Path, seed: int) -> None:
    people = People(seed)
    hub, roots = tmp_path / "hub.git", [tmp_path / f"p{n}" for n in range(2 + seed % 2)]
    git(tmp_path, "init", "-q", "--bare", "-b", "main", str(hub))
    start: Tree = {"crm.yaml": b"name: v0x\n", ".gitignore": b".crm/\n"}
    for _ in range(3):
        people.new_customer(start)
    git(tmp_path, "clone", "-q", str(hub), str(roots[0]))
    write(roots[0], {}, start)
    git(roots[0], "add", "-A")
    git(roots[0], "commit", "-qm", "begin")
    git(roots[0], "push", "-q", "origin", "HEAD:main")
    for root in roots[1:]:
        git(tmp_path, "clone", "-q", str(hub), str(root))
    said: set[bytes] = set()
    for root in roots:
        for _ in range(4):
            before = read(root)
            after = dict(before)
            # what crm check refuses is another test's matter, and a plain secret is refused
            if people.act(after) in {"secret", "remove", "remove_dossier", "settle"}:
                continue
            write(root, before, after)
            said |= set(TOKEN.findall(b"".join(after.values()))) - set(
                TOKEN.findall(b"".join(before.values()))
            )
        git(root, "add", "-A")
        git(root, "commit", "-q", "--allow-empty", "-m", "offline")
        said &= {t for r in roots for t in TOKEN.findall(b"".join(read(r).values()))}
    order = list(range(len(roots)))
    people.random.shuffle(order)
    for n in [*order, *order]:
        synced(roots[n], f"p{n}")
    trees = [read(root) for root in roots]
    assert len({git(root, "rev-parse", "HEAD") for root in roots}) == 1
    assert all(tree == trees[0] for tree in trees)
    assert not flaws(trees[0])
    assert said <= set(TOKEN.findall(b"".join(trees[0].values())))
    assert {git(root, "status", "--porcelain") for root in roots} == {""}
