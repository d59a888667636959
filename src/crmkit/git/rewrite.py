"""History written anew without some files and texts, and a proof that they are gone.

By plumbing alone: every commit that holds something of what goes, and every one that follows it, is written again
with the same author, times and message; all others keep their names. Then the old objects, the reflogs and what else
git keeps of them are removed, and every object that is left is looked through.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from crmkit.git import plumbing
from crmkit.git.objects import TREE, Leaf, Reader, Writer, pack_tree
from crmkit.git.plumbing import GitError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.git.plumbing import Repository

HOUR = 3600.0
_KEPT = 64
_FOLDER = b"40000"
_LEFTOVERS = (
    "ORIG_HEAD",
    "FETCH_HEAD",
    "MERGE_HEAD",
    "MERGE_MSG",
    "COMMIT_EDITMSG",
    "SQUASH_MSG",
    "AUTO_MERGE",
)


_Entry = tuple[bytes, bytes, bytes]


class Message(Protocol):
    """What becomes of a commit's message."""

    def __call__(self, raw: bytes, *, touched: bool) -> bytes:
        """Return what stays of a message; `touched`: whether the commit touched what goes."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What goes. Paths count from the repository's top, folders without a slash at the end.

    `folders` go with everything in them but the blobs that `keeps` names; each is asked with the bytes of its file
    `asked` (None: there is none), since another may have lain under its name. `text` is given the bytes of every other
    blob, `message` a commit's message and whether the commit touched what goes; both return what stays.
    """

    folders: Mapping[str, Callable[[bytes | None], bool]]
    asked: str
    keeps: frozenset[str]
    text: Callable[[bytes], bytes]
    message: Message


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What was written anew: branches and tags as `{name: (old, new)}`, all commits and those that changed.

    `first` are the old commits where the two histories part: no clone may bring them back. `dropped` are the remote
    branches that this clone remembered, with what they were.
    """

    refs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    commits: int = 0
    changed: int = 0
    first: tuple[str, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)


def refuse_unfit(repo: Repository) -> None:
    """Raise GitError where not all of the history is here, or more than one work tree hangs on it."""
    if (repo.common_dir / "shallow").exists():
        raise GitError(
            N_("this clone has only the end of the history"),
            hint=N_("fetch all of it: git fetch --unshallow"),
        )
    if (repo.common_dir / "objects" / "info" / "alternates").exists():
        raise GitError(
            N_("this clone borrows its objects from another repository"),
            hint=N_("do it there, or: git repack -a -d && rm .git/objects/info/alternates"),
        )
    trees = repo.common_dir / "worktrees"
    if trees.is_dir() and any(trees.iterdir()):
        raise GitError(
            N_("this repository has more than one work tree"), hint=N_("remove the others: git worktree list")
        )
    from crmkit.git import refs

    if not refs.branch(repo):
        raise GitError(N_("git is on no branch"), hint=N_("go back to it: git switch main"))


def backup(repo: Repository, path: Path) -> None:
    """Write all branches and tags into a bundle at `path` (mode 600). Raises GitError."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.close(fd)
    plumbing.run(repo.root, "bundle", "create", "--quiet", str(path), "--all", timeout=HOUR)
    path.chmod(0o600)
    plumbing.run(repo.root, "bundle", "verify", "--quiet", str(path), timeout=HOUR)


def rewrite(repo: Repository, erasure: Erasure) -> Rewritten:
    """Write the history anew and move the branches and tags to it. The old objects are still there: see `clean`."""
    with Reader(repo, timeout=HOUR) as reader:
        walk = _Walk(repo, reader, erasure)
        order = plumbing.run(
            repo.root, "rev-list", "--topo-order", "--reverse", "--all", "HEAD", timeout=HOUR
        )
        commits = order.decode("ascii").split()
        for sha in commits:
            walk.commit(sha)
        moved, dropped = {}, {}
        for name, sha in _refs(repo):
            if name.startswith("refs/remotes/"):
                dropped[name] = sha
            elif (new := walk.tip(sha)) != sha:
                moved[name] = sha, new
    _move(repo, moved, dropped)
    changed = [c for c in commits if walk.commits[c] != c]
    return Rewritten(moved, len(commits), len(changed), tuple(walk.first), dropped)


def _refs(repo: Repository) -> Iterator[tuple[str, str]]:
    out = plumbing.run(repo.root, "for-each-ref", "--format=%(objectname) %(symref) %(refname)")
    for line in out.decode("utf-8", "surrogateescape").splitlines():
        sha, symref, name = line.split(" ", 2)
        if not symref or name.startswith("refs/remotes/"):
            yield name, sha


def _move(repo: Repository, moved: Mapping[str, tuple[str, str]], dropped: Mapping[str, str]) -> None:
    """Move all names at once, or none: git's own transaction."""
    lines = [f"update {name}\0{new}\0{old}\0" for name, (old, new) in moved.items()]
    symbolic = {n for n in dropped if n.endswith("/HEAD")}
    lines += [f"option no-deref\0delete {name}\0\0" for name in sorted(symbolic)]
    lines += [f"delete {name}\0{sha}\0" for name, sha in dropped.items() if name not in symbolic]
    stdin = "".join(lines).encode("utf-8", "surrogateescape")
    plumbing.run(
        repo.root, "update-ref", "-m", "crm: history written anew", "--stdin", "-z", stdin=stdin, timeout=HOUR
    )


def _below(path: str, name: bytes) -> str:
    return f"{path}/{os.fsdecode(name)}" if path else os.fsdecode(name)


class _Walk:
    """Commits, trees and blobs by their old name; each is looked at once."""

    def __init__(self, repo: Repository, reader: Reader, erasure: Erasure) -> None:
        self.reader = reader
        self.writer = Writer(repo)
        self.erasure = erasure
        self.commits: dict[str, str] = {}
        self.first: list[str] = []
        width = 32 if repo.setting("extensions.objectformat") == "sha256" else 20
        self._entry = re.compile(rb"([0-7]+) ([^\0]+)\0(.{%d})" % width, re.DOTALL)
        self._trees: dict[tuple[str, str], str | None] = {}
        self._blobs: dict[str, str] = {}
        self._same: set[bytes] = set()
        self._parsed: dict[str, list[_Entry]] = {}
        self._held: dict[str, frozenset[str]] = {}
        self._asked: dict[tuple[str, str], bool] = {}
        self._inside: dict[str, set[bytes]] = {}
        for folder in erasure.folders:
            parts = folder.split("/")
            for n, part in enumerate(parts):
                self._inside.setdefault("/".join(parts[:n]), set()).add(os.fsencode(part))

    def _entries(self, sha: str) -> list[_Entry]:
        """Return a tree's entries as they stand: mode, name, object. The last few are kept: two walks ask for each."""
        if sha not in self._parsed:
            found = self.reader.ask(sha)
            if found is None or found[1] != "tree":
                raise GitError(N_("git lacks the object {sha}"), hint=N_("look with: git fsck"), sha=sha[:12])
            if len(self._parsed) > _KEPT:
                self._parsed.clear()
            self._parsed[sha] = self._entry.findall(found[2])
        return self._parsed[sha]

    def commit(self, sha: str) -> str:
        """Return the new name of a commit whose parents have been walked."""
        found = self.reader.ask(sha)
        if found is None or found[1] != "commit":
            raise GitError(N_("git lacks the object {sha}"), hint=N_("look with: git fsck"), sha=sha[:12])
        head, _, message = found[2].partition(b"\n\n")
        lines = head.split(b"\n")
        old_tree = lines[0].removeprefix(b"tree ").decode()
        parents = [x.removeprefix(b"parent ").decode() for x in lines if x.startswith(b"parent ")]
        held = self._held[sha] = frozenset(self._gone(old_tree, ""))
        touched = any(held != self._held[p] for p in parents) if parents else bool(held)
        tree = self._tree(old_tree, "") or self.writer.write("tree", b"")
        new_message = self.erasure.message(message, touched=touched)
        mapped = [self.commits[p] for p in parents]
        if tree == old_tree and mapped == parents and new_message == message:
            self.commits[sha] = sha
            return sha
        if mapped == parents:
            self.first.append(sha)
        out = [f"tree {tree}".encode(), *(f"parent {p}".encode() for p in mapped)]
        out += _kept_headers(lines)
        self.commits[sha] = self.writer.write("commit", b"\n".join(out) + b"\n\n" + new_message)
        return self.commits[sha]

    def tip(self, sha: str) -> str:
        """Return what a branch or tag points to now; an annotated tag is written anew."""
        if sha in self.commits:
            return self.commits[sha]
        found = self.reader.ask(sha)
        if found is None or found[1] != "tag":
            return sha
        head, _, message = found[2].partition(b"\n\n")
        target = head.split(b"\n", 1)[0].removeprefix(b"object ").decode()
        new = self.tip(target)
        text = self.erasure.message(message.split(b"-----BEGIN ", 1)[0], touched=False)
        if new == target and message.startswith(text):
            return sha
        head = head.replace(target.encode(), new.encode(), 1)
        return self.writer.write("tag", head + b"\n\n" + text)

    def _gone(self, tree: str, path: str) -> Iterator[str]:
        """Yield the trees of a commit that go: where they are others than the parent's, the commit touched them."""
        names = self._inside.get(path, set())
        for mode, name, sha in [e for e in self._entries(tree) if e[1] in names]:
            at = _below(path, name)
            if mode == _FOLDER and at in self._inside:
                yield from self._gone(sha.hex(), at)
            if mode == _FOLDER and self._goes(at, sha.hex()):
                yield sha.hex()

    def _goes(self, path: str, tree: str) -> bool:
        asked = self.erasure.folders.get(path)
        if asked is None:
            return False
        if (path, tree) not in self._asked:
            leaf = self.reader.tree(tree).get(self.erasure.asked)
            said = asked(self.reader.blob(leaf.sha) if leaf and leaf.mode != TREE else None)
            self._asked[path, tree] = said
        return self._asked[path, tree]

    def _tree(self, sha: str, path: str) -> str | None:
        """Return the new name of a tree, None where nothing is left; `path` is "*" where no folder below goes."""
        key = (sha, path)
        if key not in self._trees:
            goes = path in self.erasure.folders and self._goes(path, sha)
            self._trees[key] = self._left(sha) if goes else self._scrubbed(sha, path)
        return self._trees[key]

    def _scrubbed(self, sha: str, path: str) -> str | None:
        """Return a tree with what changes below it; what is known to stay as it is costs a look into a set."""
        special = self._inside.get(path, set())
        entries = self._entries(sha)
        changed: dict[bytes, str | None] = {}
        for mode, name, raw in [e for e in entries if e[2] not in self._same or e[1] in special]:
            old = raw.hex()
            if mode == _FOLDER:
                new = self._tree(old, _below(path, name) if name in special else "*")
            elif mode.startswith(b"100"):
                new = self._blob(old)
            else:
                continue  # links and repositories of their own
            if new != old:
                changed[name] = new
            elif name not in special:
                self._same.add(raw)
        if not changed:
            return sha
        out = []
        for mode, name, raw in entries:
            new = changed.get(name, "") if name in changed else raw.hex()
            if new is not None:
                out.append(mode + b" " + name + b"\0" + bytes.fromhex(new))
        return self.writer.write("tree", b"".join(out)) if out else None

    def _left(self, sha: str) -> str | None:
        """Return what stays of a folder that goes."""
        out: dict[str, Leaf] = {}
        for name, leaf in self.reader.tree(sha).items():
            if leaf.mode == TREE:
                inner = self._left(leaf.sha)
                if inner is not None:
                    out[name] = Leaf(TREE, inner)
            elif leaf.sha in self.erasure.keeps:
                out[name] = leaf
        return self.writer.write("tree", pack_tree(out)) if out else None

    def _blob(self, sha: str) -> str:
        if sha not in self._blobs:
            raw = self.reader.blob(sha)
            new = self.erasure.text(raw)
            self._blobs[sha] = sha if new == raw else self.writer.write("blob", new)
        return self._blobs[sha]


def _kept_headers(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Yield a commit's author, committer and the like; a signature holds no more."""
    skipping = False
    for line in lines[1:]:
        if line.startswith(b" "):
            if not skipping:
                yield line
            continue
        skipping = line.startswith((b"parent ", b"gpgsig", b"mergetag"))
        if not skipping:
            yield line


def clean(repo: Repository) -> None:
    """Remove everything that no branch or tag holds: reflogs, what git noted of the last commands, old objects."""
    with contextlib.suppress(OSError):
        for name in _LEFTOVERS:
            (repo.git_dir / name).unlink(missing_ok=True)
    for folder in ("rr-cache", "logs"):
        _empty(repo.common_dir / folder)
    plumbing.run(
        repo.root, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all", timeout=HOUR
    )
    plumbing.run(repo.root, "gc", "--prune=now", "--quiet", timeout=HOUR)
    plumbing.run(repo.root, "prune", "--expire=now", timeout=HOUR)


def _empty(folder: Path) -> None:
    """Remove the files in a folder of git's."""
    for base, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                Path(base, name).unlink()


def scan(repo: Repository, wanted: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """Return `(object or file, text)` for every text that still stands somewhere in git, reachable or not.

    Looks through every object of the store and through the plain files in git's folder.
    """
    texts = [t for t in dict.fromkeys(wanted) if t]
    found: list[tuple[str, bytes]] = []
    if not texts:
        return found
    any_of = re.compile(b"|".join(re.escape(t) for t in sorted(texts, key=len, reverse=True)))
    for name, raw in _objects(repo):
        found += [(name, m) for m in dict.fromkeys(any_of.findall(raw))]
    for base, dirs, names in os.walk(repo.git_dir):
        dirs[:] = [d for d in dirs if d != "objects"]
        for file in names:
            path = Path(base, file)
            with contextlib.suppress(OSError):
                raw = path.read_bytes()
                found += [
                    (str(path.relative_to(repo.git_dir)), m) for m in dict.fromkeys(any_of.findall(raw))
                ]
    return found


def _objects(repo: Repository) -> Iterator[tuple[str, bytes]]:
    """Yield every object of the store, reachable or not."""
    words = plumbing.command(repo.root, "cat-file", "--batch-all-objects", "--batch", "--unordered")
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=plumbing.environment()
    ) as git:
        assert git.stdout is not None  # noqa: S101 - narrows the stub's type
        while head := git.stdout.readline():
            sha, _, size = head.decode("ascii").split(" ")
            raw = git.stdout.read(int(size) + 1)
            yield sha, raw[:-1]
    if git.returncode != 0:
        raise GitError(N_("git could not read all of its objects"), hint=N_("look with: git fsck"))
