"""What the last commit did to the book, by plumbing: raw differences and blobs, no textconv."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crmkit.git.objects import Reader
from crmkit.git.plumbing import GitError, Repository, discover, run
from crmkit.i18n import N_

_PIECE, _MOST = 20, 100_000
"""Commits that are asked for at once, after the last one; and how far back anybody looks."""


@dataclass(frozen=True, slots=True)
class Past:
    """One commit.

    `files` maps the book's paths to `(bytes before, bytes after)`, None where there was no file.
    """

    sha: str
    author: str
    at: datetime
    message: str
    files: Mapping[str, tuple[bytes | None, bytes | None]]
    first: bool
    merge: bool

    @property
    def subject(self) -> str:
        """The first line of its message."""
        return self.message.split("\n", 1)[0]


def last(root: Path) -> Past | None:
    """Return the last commit that touched the book, None before the first. Raises NoGit or GitError."""
    return next(back(root), None)


def back(root: Path) -> Iterator[Past]:
    """Yield the commits that touched the book, the newest first. Raises NoGit or GitError."""
    repo = discover(root)
    with Reader(repo) as reader:
        if reader.ask("HEAD") is None:
            return
    where = ["--", "."] if repo.prefix else []
    for skipped in range(0, _MOST, _PIECE):
        # a whole history may be long, and it is seldom looked at beyond its last commits
        out = run(
            root,
            "log",
            f"-{_PIECE if skipped else 1}",
            f"--skip={max(skipped - _PIECE + 1, 0)}",
            "--no-show-signature",
            "--no-mailmap",
            "--format=%H%x00%P%x00%an <%ae>%x00%aI%x00%B%x00",
            *where,
        )
        parts = out.decode("utf-8", "replace").split("\0")
        for sha, parents, author, at, message in zip(*[iter(parts[:-1])] * 5, strict=True):
            files = {} if " " in parents else _files(repo, sha.strip(), root=not parents)
            moment = datetime.fromisoformat(at)
            yield Past(sha.strip(), author, moment, message.strip(), files, not parents, " " in parents)
        if len(parts) == 1:
            return


def _files(repo: Repository, sha: str, *, root: bool) -> dict[str, tuple[bytes | None, bytes | None]]:
    words = [
        "diff-tree",
        "-r",
        "-z",
        "--raw",
        "--no-commit-id",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
    ]
    out = run(repo.root, *words, *(["--root"] if root else []), sha)
    found: dict[str, tuple[bytes | None, bytes | None]] = {}
    parts = out.split(b"\0")
    with Reader(repo) as reader:
        for meta, raw_path in zip(parts[::2], parts[1::2], strict=False):
            old_mode, new_mode, old, new, _ = meta.decode().lstrip(":").split(" ")
            path = os.fsdecode(raw_path)
            if not path.startswith(repo.prefix):
                continue
            if not all(mode in {"000000", "100644", "100755"} for mode in (old_mode, new_mode)):
                raise GitError(
                    N_("{path} is a link or a repository of its own: git alone can take it back"), path=path
                )
            before = None if old_mode == "000000" else reader.blob(old)
            after = None if new_mode == "000000" else reader.blob(new)
            if before != after:
                found[path.removeprefix(repo.prefix)] = before, after
    return found
