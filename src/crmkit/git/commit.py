"""One commit of exactly some paths, from our own bytes, beside whatever the user is doing with git.

Four steps, so that the caller can make each durable before the next: `prepare` writes the objects, `publish`
moves the branch, `refresh` brings the user's index up to date for these paths. No work tree is read.
"""

from __future__ import annotations

import contextlib
import errno
import getpass
import hashlib
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crmkit.git import refs, trees
from crmkit.git.objects import TREE, Leaf, Reader, Writer
from crmkit.git.plumbing import GitError, Repository, discover, lines, run, try_run, without_filters
from crmkit.i18n import N_

_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>]+")
_UNSAFE_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Order:
    """What to commit. Paths are the book's.

    `files` are new bytes, None for a file that goes; `moves` are `(source, target)` of files and folders.
    `author` is `(name, email)`, `at` an ISO time with offset. `late` names files that have changed again
    since, with the sha256 of their bytes before the change (None: there were none): they are committed only
    where HEAD still holds that, so that a change recovered late never undoes what was committed after it.
    """

    files: Mapping[str, bytes | None]
    moves: tuple[tuple[str, str], ...]
    message: str
    author: tuple[str, str]
    at: str
    late: Mapping[str, str | None] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    """Commits whose history this one joins to HEAD's."""
    adopt: str = ""
    """A commit that HEAD shall become: one that comes from HEAD and whose tree the change is."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A commit that exists as objects and is on no branch yet.

    `sha` is "" where there is nothing to commit: `old`, the commit before, then holds all of it already.
    """

    repo: Repository
    sha: str
    old: str
    leaves: Mapping[str, Leaf | None]
    note: str
    who: str
    skipped: tuple[str, ...] = ()


def prepare(root: Path, order: Order, folder: Path) -> Ready:
    """Write the commit's objects and our side of the locks (into `folder`).

    Raises NoGit, GitError or OSError.
    """
    repo = discover(root)
    refs.release_ours(repo, folder)
    writer = Writer(repo)
    with Reader(repo) as reader:
        head = reader.ask("HEAD")
        parent, tree = (head[0], _tree_of(head[2])) if head else ("", None)
        if repo.prefix and "crm.yaml" not in order.files and not _tracks(reader, tree, repo.prefix):
            raise GitError(
                N_("the repository at {folder} does not hold this book"),
                hint=N_(
                    "add it there once: git add {file} && git commit; or give the book its own: git init"
                ),
                folder=str(repo.git_dir.parent),
                file="crm.yaml",
            )
        leaves, left_out = _leaves(reader, writer, tree, order, repo.prefix)
        new = trees.changed(reader, writer, tree, leaves) or writer.write("tree", b"")
    skipped = tuple(path for path, sha in left_out.items() if not _ever_held(repo, sha))
    who = _person(_author(repo.identity if any(repo.identity) else order.author, repo))
    stamp = f"{who} {_git_time(order.at)}"
    note = f"crm: {_subject(order.message)}"
    wanted = (*order.parents, *([order.adopt] if order.adopt else ()))
    joined = [p for p in wanted if not _comes_from(repo, parent, p)]
    if order.adopt and _comes_from(repo, order.adopt, parent):
        refs.prepare(repo, order.adopt, folder)
        return Ready(repo, order.adopt, parent or writer.null, leaves, note, stamp, skipped)
    if new == tree and not joined:
        return Ready(repo, "", parent, leaves, note, stamp, skipped)
    body = [f"tree {new}", *(f"parent {p}" for p in ([parent] if parent else []) + joined)]
    body += [f"author {_person(_author(order.author, repo))} {_git_time(order.at)}", f"committer {stamp}", ""]
    text = _UNSAFE_TEXT.sub(" ", order.message).strip() or "change"
    sha = writer.write("commit", ("\n".join(body) + f"\n{text}\n").encode("utf-8", "replace"))
    refs.prepare(repo, sha, folder)
    return Ready(repo, sha, parent or writer.null, leaves, note, stamp, skipped)


def publish(ready: Ready, folder: Path) -> None:
    """Move the branch to the commit.

    Raises Moved where it must be prepared again, Locked, GitError or OSError.
    """
    if ready.sha:
        refs.move(ready.repo, ready.sha, ready.old, note=ready.note, who=ready.who, folder=folder)


def refresh(ready: Ready, folder: Path, wait: float) -> None:
    """Let the user's index hold what the branch holds for the commit's paths; all else in it stays.

    A stale index would make the user's next commit revert ours. Works on a linked copy under git's own lock.
    Raises Locked when somebody holds that for `wait` seconds, GitError or OSError.
    """
    repo = ready.repo
    index, lock, token, copy = (
        repo.git_dir / "index",
        repo.git_dir / "index.lock",
        folder / "token",
        folder / "index",
    )
    if not token.exists():
        token.write_text(refs.secret(), "utf-8")
    end = time.monotonic() + wait
    while not refs.take(token, lock):
        if time.monotonic() >= end:
            raise refs.Locked(
                N_("git's index is locked by another program: {lock}"),
                hint=N_("the change is saved and committed; if no git is running, delete that file"),
                lock=str(lock),
            )
        time.sleep(0.02)
    try:
        for left in (copy, folder / "index.lock"):  # of a git that was killed
            left.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            _link_or_copy(index, copy)
        run(
            repo.root,
            "update-index",
            "-z",
            "--index-info",
            stdin=_index_info(ready),
            env=_private(repo, copy),
        )
        if copy.exists():
            _put(copy, index, lock)
    finally:
        refs.release(token, lock)


def _private(repo: Repository, index: Path) -> dict[str, str]:
    own = {"GIT_INDEX_FILE": str(index), "GIT_DIR": str(repo.git_dir), "GIT_WORK_TREE": str(repo.top)}
    return own | without_filters(repo.config)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        target.write_bytes(source.read_bytes())


def _put(copy: Path, index: Path, lock: Path) -> None:
    try:
        copy.rename(index)
    except OSError as e:
        if e.errno != errno.EXDEV:
            raise
        lock.unlink()  # it may be a link of our token
        lock.write_bytes(copy.read_bytes())
        lock.rename(index)


def _index_info(ready: Ready) -> bytes:
    """Return the lines that set each path to what HEAD holds; removed first, so no conflict stage stays."""
    repo = ready.repo
    null = "0" * (64 if repo.setting("extensions.objectformat") == "sha256" else 40)
    out = []
    for path, leaf in (ready.leaves if ready.sha else _at_head(ready)).items():
        name = os.fsencode(path)
        out.append(f"0 {null}\t".encode() + name)
        if leaf and leaf.mode != TREE:
            out.append(f"{leaf.mode} {leaf.sha}\t".encode() + name)
    return lines(out)


def _at_head(ready: Ready) -> dict[str, Leaf | None]:
    """Return what HEAD holds now at the paths of a commit that was made earlier."""
    with Reader(ready.repo) as reader:
        head = reader.ask("HEAD")
        now = trees.Snapshot(reader, _tree_of(head[2]) if head else None)
        return {path: now.leaf(path) for path in ready.leaves}


def _leaves(
    reader: Reader, writer: Writer, tree: str | None, order: Order, prefix: str
) -> tuple[dict[str, Leaf | None], dict[str, str]]:
    """Return what changes in the repository's tree, by its paths, and what comes too late (path: blob)."""
    head = trees.Snapshot(reader, tree)
    other = reader.ask(order.parents[0]) if order.parents else None
    theirs = trees.Snapshot(reader, _tree_of(other[2])) if other else None
    leaves: dict[str, Leaf | None] = {}
    left_out: dict[str, str] = {}
    for path, raw in order.files.items():
        at = prefix + path
        if path in order.late and _digest(reader, head.leaf(at)) != order.late[path]:
            if raw is not None:
                left_out[path] = writer.write("blob", raw)
            continue
        mode = head.mode(at) if head.leaf(at) or not theirs else theirs.mode(at)
        leaves[at] = None if raw is None else Leaf(mode, writer.write("blob", raw))
    for source, target in order.moves:
        old, new = prefix + source, prefix + target
        inside = {
            p: leaf for p, leaf in (head.files(old) | leaves).items() if p == old or p.startswith(old + "/")
        }
        for path, leaf in inside.items():
            leaves[new + path[len(old) :]] = leaf
            leaves[path] = None
        # a crash came after this very commit: the user's index has still to learn of the files that moved with it
        for path, leaf in head.files(new).items():
            leaves.setdefault(path, leaf)
            leaves.setdefault(old + path[len(new) :], None)
    return leaves, left_out


def _comes_from(repo: Repository, commit: str, ancestor: str) -> bool:
    """Whether a commit's history holds another."""
    if not ancestor or commit == ancestor:
        return True
    return bool(commit) and not try_run(repo.root, "merge-base", "--is-ancestor", ancestor, commit).returncode


def _ever_held(repo: Repository, blob: str) -> bool:
    """Whether a commit of some branch holds a blob, or once held it."""
    return bool(run(repo.root, "log", "-1", "--all", "--format=%H", f"--find-object={blob}").strip())


def _digest(reader: Reader, leaf: Leaf | None) -> str | None:
    return None if leaf is None else hashlib.sha256(reader.blob(leaf.sha)).hexdigest()


def _tracks(reader: Reader, tree: str | None, prefix: str) -> bool:
    return trees.Snapshot(reader, tree).leaf(f"{prefix}crm.yaml") is not None


def _tree_of(commit: bytes) -> str:
    return commit.split(b"\n", 1)[0].removeprefix(b"tree ").decode()


def _subject(message: str) -> str:
    return _UNSAFE.sub(" ", message.strip().split("\n", 1)[0])[:200] or "change"


def _author(actor: tuple[str, str], repo: Repository) -> tuple[str, str]:
    """Fill in what is not known of the actor from git's own identity.

    A name alone goes with the address that git has, or else with one made of the login name as git itself would:
    an empty one (`Name <>`) is refused by many a host of repositories.
    """
    name, email = actor
    own_name, own_email = repo.identity
    if email and email == own_email:
        return name or own_name, email
    if not name and not email:
        return own_name, own_email
    return name, email or own_email or _address()


def _address() -> str:
    try:
        return f"{getpass.getuser()}@localhost"
    except (KeyError, OSError):
        return "crm@localhost"


def _person(who: tuple[str, str]) -> str:
    """Return `Name <email>` as git takes it; git demands a name and allows an empty address."""
    name, email = (_UNSAFE.sub(" ", part).strip(" .,:;\"'\\") for part in who)
    return f"{name or email.partition('@')[0] or 'crm'} <{email.replace(' ', '')}>"


def _git_time(iso: str) -> str:
    at = datetime.fromisoformat(iso)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return f"{int(at.timestamp())} {at:%z}"
