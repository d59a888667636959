"""Objects written here are those that git would write."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.git import trees
from crmkit.git.objects import BLOB, TREE, Leaf, Reader, Writer, pack_tree, parse_tree
from crmkit.git.plumbing import GitError, Repository, discover, user_email


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    git(tmp_path, "init", "-q")
    return discover(tmp_path)


def git(root: Path, *words: str, stdin: bytes = b"") -> str:
    done = subprocess.run(["git", "-C", str(root), *words], input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()


NAMES = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=8
)
SHAS = st.binary(min_size=20, max_size=20).map(bytes.hex)


@given(st.dictionaries(NAMES, st.builds(Leaf, st.sampled_from([BLOB, TREE, "100755"]), SHAS), max_size=8))
def test_a_tree_is_read_back(leaves: dict[str, Leaf]) -> None:
    assert parse_tree(pack_tree(leaves)) == leaves


def test_objects_have_the_names_git_gives_them(repo: Repository) -> None:
    writer = Writer(repo)
    for raw in (b"", b"x", "中文\n".encode(), bytes(range(256)) * 999):
        sha = writer.write("blob", raw)
        assert sha == git(repo.root, "hash-object", "--stdin", "--no-filters", stdin=raw)
        assert writer.write("blob", raw) == sha
    assert git(repo.root, "fsck").find("error") == -1


def test_an_object_that_a_power_cut_emptied_is_written_again(repo: Repository) -> None:
    writer = Writer(repo)
    sha = writer.write("blob", b"text")
    path = repo.common_dir / "objects" / sha[:2] / sha[2:]
    path.unlink()
    path.touch()
    writer.write("blob", b"text")
    assert git(repo.root, "cat-file", "blob", sha) == "text"


def test_trees_are_the_ones_git_makes(repo: Repository) -> None:
    writer = Writer(repo)
    paths = ["a/b.yaml", "a-b", "a.yaml", "a0", "中/文.yaml", "x/y/z"]
    blob = Leaf(BLOB, writer.write("blob", b"1\n"))
    with Reader(repo) as reader:
        first = trees.changed(reader, writer, None, dict.fromkeys(paths, blob))
        second = trees.changed(reader, writer, first, {"x/y/z": None, "a": blob, "a/b.yaml": None})
        empty = trees.changed(reader, writer, first, dict.fromkeys(paths))
        assert first
        snapshot = trees.Snapshot(reader, first)
        assert sorted(snapshot.files("x")) == ["x/y/z"]
        assert snapshot.leaf("nothing/here") is None
    info = "".join(f"100644 {blob.sha}\t{p}\0" for p in paths)
    git(repo.root, "update-index", "-z", "--index-info", stdin=info.encode())
    assert git(repo.root, "write-tree") == first
    assert second
    listed = git(repo.root, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", second).splitlines()
    assert sorted(listed) == sorted(["a-b", "a.yaml", "a0", "中/文.yaml", "a"])
    assert empty is None


def test_a_missing_object_is_told(repo: Repository) -> None:
    with Reader(repo) as reader:
        assert reader.ask("HEAD") is None
        with pytest.raises(GitError, match="lacks"):
            reader.blob("0" * 40)


def test_the_address_of_nobody(repo: Repository, tmp_path: Path) -> None:
    assert user_email(repo.root) == ""
    git(repo.root, "config", "user.email", "a@example.com")
    assert user_email(repo.root) == "a@example.com"
    assert user_email(tmp_path / "nowhere") == ""
