"""What happened to some paths: git's log as values, without rename detection, textconv or a work tree."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from crmkit.git.plumbing import GitError, command, environment, run, try_run

_LOG = (
    "log",
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-show-signature",
    "--no-mailmap",
    "--no-merges",
    "--full-history",
    "--diff-merges=off",
    "--format=%x01%H%x00%an%x00%ae%x00%aI%x00%s",
)
_REGULAR = ("100644", "100755")


class Touched(NamedTuple):
    """One file in one commit: blobs before and after, "" where there was no plain file."""

    path: str
    old: str
    new: str


class Event(NamedTuple):
    """One commit that is no merge: its author, the author's time, its subject, and the files it touched."""

    sha: str
    author: str
    email: str
    at: datetime
    subject: str
    files: tuple[Touched, ...]


def events(top: Path, revisions: Sequence[str], paths: Sequence[str] = ()) -> list[Event]:
    """Return the commits reachable by `revisions` that touched one of the `paths`, the newest first.

    `paths` count from the repository's `top` and may be folders. Each is asked for alone and literally: only then git
    can use the changed-path filters of its commit graph.
    """
    found: dict[str, Event] = {}
    for path in paths or ("",):
        for event in _parse(run(top, *_LOG, *revisions, "--", *([path] if path else []))):
            known = found.get(event.sha)
            files = event.files if known is None else (*known.files, *event.files)
            found[event.sha] = event._replace(files=tuple(dict.fromkeys(files)))
    return sorted(found.values(), key=lambda e: e.at, reverse=True)


def _parse(out: bytes) -> Iterator[Event]:
    words = iter(out.split(b"\0"))
    head: list[str] = []
    files: list[Touched] = []
    for word in words:
        if word.startswith(b"\x01"):
            if head:
                yield _event(head, files)
            rest = [next(words, b"") for _ in range(4)]
            head = [w.decode("utf-8", "replace") for w in (word[1:], *rest)]
            files = []
        elif (meta := word.lstrip(b"\n")).startswith(b":"):
            old_mode, new_mode, old, new, _ = meta.decode("ascii").lstrip(":").split(" ")
            path = os.fsdecode(next(words, b""))
            files.append(
                Touched(path, old if old_mode in _REGULAR else "", new if new_mode in _REGULAR else "")
            )
    if head:
        yield _event(head, files)


def _event(head: list[str], files: Sequence[Touched]) -> Event:
    sha, author, email, at, subject = head
    return Event(sha, author, email, datetime.fromisoformat(at), subject, tuple(files))


def tree(root: Path, commit: str, prefix: str = "") -> dict[str, tuple[str, str]]:
    """Return `path: (mode, blob)` of all files of a commit below `prefix`, by the path below it."""
    if not commit:
        return {}
    words = ["ls-tree", "-r", "-z", "--full-tree", commit]
    out = run(root, *words, *(["--", prefix] if prefix else []))
    found = {}
    for line in out.split(b"\0"):
        if line:
            meta, _, raw = line.partition(b"\t")
            mode, _, sha = meta.decode("ascii").split(" ")
            found[os.fsdecode(raw).removeprefix(prefix)] = mode, sha
    return found


def changed(root: Path, old: str, new: str) -> list[tuple[str, str, str, str]]:
    """Return `(path, old mode, new mode, new blob)` of what differs between two commits, paths from the top."""
    words = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--no-textconv"]
    parts = run(root, *words, old, new).split(b"\0")
    found = []
    for meta, raw in zip(parts[::2], parts[1::2], strict=False):
        old_mode, new_mode, _, sha, _ = meta.decode("ascii").lstrip(":").split(" ")
        found.append((os.fsdecode(raw), old_mode, new_mode, sha))
    return found


def commit_of(root: Path, name: str) -> str:
    """Return the commit that a name means, "" where there is none."""
    done = try_run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else ""


def bases(root: Path, one: str, two: str) -> list[str]:
    """Return the commits that two histories have in common and that no other such commit comes from, sorted."""
    done = try_run(root, "merge-base", "--all", one, two)
    if done.returncode not in {0, 1}:
        raise GitError("git says: {line}", line=done.stderr.decode("utf-8", "replace").strip()[:200])
    return sorted(done.stdout.decode("ascii").split())


def before(root: Path, moment: datetime, tip: str = "HEAD") -> str:
    """Return the last commit of the main line up to a moment, "" before the first."""
    stamp = int(moment.timestamp())
    out = run(root, "rev-list", "-1", "--first-parent", f"--before={stamp}", tip, "--")
    return out.decode("ascii").strip()


def names(root: Path, commit: str, prefix: str = "") -> set[str]:
    """Return the names at the top of a commit's book."""
    out = run(
        root, "ls-tree", "-z", "--full-tree", "--name-only", commit, *(["--", prefix] if prefix else [])
    )
    return {os.fsdecode(name).removeprefix(prefix) for name in out.split(b"\0") if name}


_WORTH = 2000
"""Commits without filters from which on writing them pays: a log of one path then costs some 30 ms."""


def keep_filters(root: Path) -> bool:
    """Let git's commit graph learn which paths each commit touched, where many commits lack that; whether it began.

    Git goes on with it by itself, as its own housekeeping does, in layers, so that each time costs only what is new.
    Never raises: it saves time and changes no answer.
    """
    try:
        graphs = run(root, "rev-parse", "--git-path", "objects/info/commit-graphs/commit-graph-chain")
        chain = root / graphs.decode("utf-8", "surrogateescape").strip()
        since = [f"--since={int(chain.stat().st_mtime)}"] if chain.exists() else []
        if int(run(root, "rev-list", "--count", "--all", *since)) < _WORTH:
            return False
        write = command(
            root, "commit-graph", "write", "--reachable", "--changed-paths", "--split", "--no-progress"
        )
        behind = subprocess.Popen(
            write,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
        behind.returncode = 0  # nobody waits for it
    except (GitError, OSError, ValueError):
        return False
    return True
