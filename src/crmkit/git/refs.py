"""The branch moves on: compare and swap, with a lock that is known for ours after a crash.

A git that is killed leaves its `.lock` behind, and nobody can tell it from one in use. So the locks taken
here are hard links of files in our own journal: same inode or same bytes, ours. The files backend is
written by git's own protocol (lock, compare, rename); anything else is left to `git update-ref`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from pathlib import Path

from crmkit.git.plumbing import GitError, Repository, run
from crmkit.i18n import N_

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
_BRANCH = re.compile(r"refs/heads/[^\s~^:?*\[\\\x00-\x1f\x7f]+\Z")


class Moved(GitError):
    """The branch is no longer where the commit was made for."""


class Locked(GitError):
    """Another program holds one of git's locks."""


def take(token: Path, lock: Path) -> bool:
    """Take a lock by linking `token` to it; False where somebody holds it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(token, lock)
    except FileExistsError:
        return False
    except OSError as e:
        if e.errno not in _NO_LINKS:
            raise
        try:
            lock.open("xb").close()
        except FileExistsError:
            return False
        lock.write_bytes(token.read_bytes())
    return True


def release(token: Path, lock: Path) -> None:
    """Remove a lock that is `token` by inode or by its bytes, which nobody else writes; any other stays."""
    with contextlib.suppress(FileNotFoundError):
        same = os.path.samestat(token.lstat(), lock.lstat())
        if same or (not lock.is_symlink() and token.read_bytes() == lock.read_bytes()):
            lock.unlink()


def branch(repo: Repository) -> str:
    """Return the branch that HEAD names (`refs/heads/main`), "" where it is detached or unusual."""
    head = repo.git_dir / "HEAD"
    if head.is_symlink():
        return ""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = head.read_text("utf-8").rstrip("\n")
        name = text.removeprefix("ref: ")
        if name != text and _BRANCH.match(name) and ".." not in name and not name.endswith((".lock", "/")):
            return name
    return ""


def lock_of(repo: Repository, name: str) -> Path:
    """Return where git locks a branch."""
    return repo.common_dir / f"{name}.lock"


def move(repo: Repository, new: str, old: str, *, note: str, who: str, folder: Path) -> None:
    """Let the branch (or a detached HEAD) point to `new` if it points to `old` (zeros: if it is not there).

    `folder` takes our side of the lock. Raises Moved or Locked, GitError or OSError.
    """
    name = branch(repo)
    if not name or repo.setting("extensions.refstorage", "files") != "files":
        _by_git(repo, new, old, note, who)
        return
    token = folder / "ref"
    lock = lock_of(repo, name)
    if not take(token, lock):
        raise Locked(N_("git's branch is locked by another program: {lock}"), lock=str(lock))
    try:
        _swap(repo, name, old, lock)
    except BaseException:
        release(token, lock)
        raise
    for log in {repo.git_dir / "logs" / "HEAD", repo.common_dir / "logs" / name}:
        with contextlib.suppress(OSError):
            _note(log, f"{old} {new} {who}\t{note}\n")


def secret() -> str:
    """Return the text of a lock that only we could have written."""
    return f"crmkit {os.getpid()} {os.urandom(12).hex()}\n"


def _swap(repo: Repository, name: str, old: str, lock: Path) -> None:
    if (current(repo, name) or "0" * len(old)) != old:
        raise Moved(N_("git's branch has moved"))
    lock.rename(repo.common_dir / name)


def prepare(repo: Repository, new: str, folder: Path) -> None:
    """Write the files that the locks will be links of; to be made durable before `move`."""
    for file, text in (("ref", f"{new}\n"), ("ref.name", branch(repo)), ("token", secret())):
        path = folder / file
        path.unlink(missing_ok=True)  # never written in place: the branch itself may be a link of it
        path.write_text(text, "utf-8")


def release_ours(repo: Repository, folder: Path) -> None:
    """Remove the locks that a crashed change of ours has left."""
    release(folder / "token", repo.git_dir / "index.lock")
    with contextlib.suppress(OSError):
        name = (folder / "ref.name").read_text("utf-8")
        if _BRANCH.match(name):
            release(folder / "ref", lock_of(repo, name))


def current(repo: Repository, name: str) -> str:
    """Return what a branch points to, loose or packed, "" where there is none."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
        text = (repo.common_dir / name).read_text("utf-8").strip()
        if text.startswith("ref:"):
            raise GitError(N_("the branch {name} is only a name for another"), name=name)
        return text
    with contextlib.suppress(FileNotFoundError), (repo.common_dir / "packed-refs").open("rb") as packed:
        for line in packed:
            sha, _, ref = line.rstrip(b"\n").partition(b" ")
            if ref == name.encode():
                return sha.decode()
    return ""


def _note(log: Path, line: str) -> None:
    """Add a line to a reflog, or nothing."""
    log.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        size = os.fstat(fd).st_size
        raw = line.encode("utf-8", "replace")
        try:
            whole = os.write(fd, raw) == len(raw)
        except OSError:
            whole = False
        if not whole:
            os.ftruncate(fd, size)
    finally:
        os.close(fd)


def _by_git(repo: Repository, new: str, old: str, note: str, who: str) -> None:
    name, _, rest = who.partition(" <")
    env = {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": rest.partition(">")[0]}
    try:
        run(repo.root, "update-ref", "-m", note, "HEAD", new, old, env=env)
    except GitError as e:
        line = str(e.message.args.get("line", ""))
        if "but expected" in line or "already exists" in line:
            raise Moved(N_("git's branch has moved")) from None
        raise
