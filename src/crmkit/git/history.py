"""What the last commit did to the book, by plumbing: raw differences and blobs, no textconv."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crmkit.git.objects import Reader
from crmkit.git.plumbing import GitError, Repository, discover, run
from crmkit.i18n import N_


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
    repo = discover(root)
    with Reader(repo) as reader:
        if reader.ask("HEAD") is None:
            return None
    where = ["--", "."] if repo.prefix else []
    line = run(
        root,
        "log",
        "-1",
        "--no-show-signature",
        "--no-mailmap",
        "--format=%H%x00%P%x00%an <%ae>%x00%aI%x00%B",
        *where,
    )
    sha, _, rest = line.decode("utf-8", "replace").partition("\0")
    if not sha:
        return None
    parents, author, at, message = rest.split("\0", 3)
    files = {} if " " in parents else _files(repo, sha, root=not parents)
    moment = datetime.fromisoformat(at)
    return Past(sha, author, moment, message.strip(), files, not parents, " " in parents)


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
