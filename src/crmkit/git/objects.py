"""Git's objects: read through one `git cat-file`, written as loose files from our own bytes.

Writing a loose object is a hash, a header and zlib. Doing it here saves a process for each blob and tree,
never reads the work tree again, and cannot run a filter.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from crmkit.git import plumbing
from crmkit.git.plumbing import GitError, Repository, command, environment, failure
from crmkit.i18n import N_

BLOB, TREE = "100644", "40000"


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry of a tree: git's mode (`100644`, `40000`, ...) and the object's name in hex."""

    mode: str
    sha: str


class Reader:
    """One `git cat-file --batch`, asked as often as needed. Close it."""

    def __init__(self, repo: Repository, timeout: float = 0.0) -> None:
        """Start git in the repository; it is ended after `timeout` seconds (0: as any git command)."""
        try:
            self._git = subprocess.Popen(
                command(repo.root, "cat-file", "--batch"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(),
            )
        except OSError as e:
            raise GitError(N_("git could not be run: {reason}"), reason=e.strerror or str(e)) from None
        self._watch = threading.Timer(timeout or plumbing.TIMEOUT, self._git.kill)
        self._watch.daemon = True
        self._watch.start()
        self._width = 32 if repo.setting("extensions.objectformat") == "sha256" else 20

    def close(self) -> None:
        """End git."""
        self._watch.cancel()
        for pipe in (self._git.stdin, self._git.stdout, self._git.stderr):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._git.wait(5)
        except subprocess.TimeoutExpired:
            self._git.kill()
            self._git.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, name: str) -> tuple[str, str, bytes] | None:
        """Return `(sha, type, content)` of the object that goes by `name`, None where there is none."""
        into, out = self._git.stdin, self._git.stdout
        assert into is not None  # noqa: S101 - narrows the stub's type
        assert out is not None  # noqa: S101 - narrows the stub's type
        try:
            into.write(name.encode("utf-8", "surrogateescape") + b"\n")
            into.flush()
            head = out.readline()
        except OSError:
            head = b""
        if not head.endswith(b"\n"):
            raise self._complaint()
        words = head.decode("utf-8", "surrogateescape").rstrip("\n").rsplit(" ", 2)
        if len(words) < 3 or words[1] not in {"blob", "tree", "commit", "tag"}:
            return None
        content = out.read(int(words[2]) + 1)
        if len(content) != int(words[2]) + 1:
            raise self._complaint()
        return words[0], words[1], content[:-1]

    def _complaint(self) -> GitError:
        err = self._git.stderr.read() if self._git.stderr else b""
        return failure(err or b"cat-file ended early")

    def blob(self, sha: str) -> bytes:
        """Return a blob's bytes; GitError where it is missing."""
        found = self.ask(sha)
        if found is None or found[1] != "blob":
            raise GitError(N_("git lacks the object {sha}"), hint=N_("look with: git fsck"), sha=sha[:12])
        return found[2]

    def tree(self, sha: str) -> dict[str, Leaf]:
        """Return a tree's entries by name; GitError where it is missing."""
        found = self.ask(sha)
        if found is None or found[1] != "tree":
            raise GitError(N_("git lacks the object {sha}"), hint=N_("look with: git fsck"), sha=sha[:12])
        return parse_tree(found[2], self._width)


def parse_tree(raw: bytes, width: int = 20) -> dict[str, Leaf]:
    """Read a tree object: `mode SP name NUL sha`, again and again."""
    leaves = {}
    at = 0
    while at < len(raw):
        nul = raw.index(b"\0", at)
        mode, _, name = raw[at:nul].partition(b" ")
        at = nul + 1 + width
        leaves[os.fsdecode(name)] = Leaf(mode.decode(), raw[nul + 1 : at].hex())
    return leaves


def pack_tree(leaves: Mapping[str, Leaf]) -> bytes:
    """Write a tree object; git sorts folders as if their names ended in a slash."""
    named = [
        (os.fsencode(name) + (b"/" if leaf.mode == TREE else b""), name, leaf)
        for name, leaf in leaves.items()
    ]
    parts = []
    for _, name, leaf in sorted(named):
        parts.append(leaf.mode.encode() + b" " + os.fsencode(name) + b"\0" + bytes.fromhex(leaf.sha))
    return b"".join(parts)


class Writer:
    """Writes loose objects; none is durable before the disk is flushed."""

    def __init__(self, repo: Repository) -> None:
        """Write into the repository's object store."""
        if repo.setting("extensions.compatobjectformat"):
            raise GitError(N_("this repository's format is not supported: {name}"), name="compatObjectFormat")
        self._hash = hashlib.sha256 if repo.setting("extensions.objectformat") == "sha256" else hashlib.sha1
        self._store = repo.common_dir / "objects"
        self._shared = repo.setting("core.sharedrepository", "umask").lower() not in {
            "umask",
            "false",
            "0",
            "",
        }
        self.null = "0" * (64 if self._hash is hashlib.sha256 else 40)

    def name(self, kind: str, content: bytes) -> str:
        """Return the name that an object has."""
        return self._hash(f"{kind} {len(content)}\0".encode() + content).hexdigest()

    def write(self, kind: str, content: bytes) -> str:
        """Write an object and return its name. OSError where the disk will not have it.

        An object that is there already is compared and not trusted: a power cut may have emptied it.
        """
        sha = self.name(kind, content)
        packed = zlib.compress(f"{kind} {len(content)}\0".encode() + content, 1)
        folder = self._store / sha[:2]
        path = folder / sha[2:]
        with contextlib.suppress(FileNotFoundError):
            if path.read_bytes() == packed:
                return sha
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            if self._shared:
                folder.chmod(0o2775)
        temporary = folder / f"tmp_obj_crmkit{os.getpid()}"  # git's prune knows the name
        temporary.unlink(missing_ok=True)
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o444)
        try:
            view = memoryview(packed)
            while view:
                view = view[os.write(fd, view) :]
        except BaseException:
            os.close(fd)
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        os.close(fd)
        temporary.rename(path)
        return sha
