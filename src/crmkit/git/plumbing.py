"""Running git so that nothing of the book's runs with it: no hook, filter, signature, prompt, network.

A cloned book is data from strangers, its `.git/config` included. Only plumbing commands that neither read
the work tree nor write well-known locks are used, with the dangerous settings overridden and the environment
cleaned.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from crmkit.errors import CrmError
from crmkit.i18n import N_

TIMEOUT = 60.0
"""Seconds after which a git that does not answer is ended."""

_HARDENING = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "core.pager": "cat",
    "core.editor": "false",
    "core.askPass": "",
    "core.sshCommand": "false",
    "core.gitProxy": "",
    "core.alternateRefsCommand": "",
    "credential.helper": "",
    "protocol.allow": "never",
    "commit.gpgSign": "false",
    "gpg.program": "false",
    "diff.external": "",
    "core.fsync": "all",
    "core.quotePath": "false",
    "gc.auto": "0",
}
_KEPT = {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"}
_QUARANTINE = ("GIT_QUARANTINE_PATH", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
_CALM = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_EDITOR": "false",
    "GIT_PAGER": "cat",
}


class GitError(CrmError):
    """Git would not do it; the message holds git's own first line."""


class NoGit(GitError):
    """There is no git program, or the book is in no repository."""


@cache
def program() -> str:
    """Return git's absolute path; NoGit where there is none. Relative folders in PATH are passed over."""
    folders = [p for p in os.environ.get("PATH", os.defpath).split(os.pathsep) if p.startswith("/")]
    found = shutil.which("git", path=os.pathsep.join(folders))
    if not found:
        raise NoGit(N_("there is no git program"), hint=N_("install git to keep the history of the book"))
    return found


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for git: the user's, without what would lead it elsewhere or make it ask."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _KEPT}
    if os.environ.get(
        "GIT_QUARANTINE_PATH"
    ):  # a hook of the hub: what is pushed lies apart until it is taken
        env |= {k: os.environ[k] for k in _QUARANTINE if k in os.environ}
    return env | _CALM | dict(extra or {})


def command(root: Path, *args: str) -> list[str]:
    """Return the words that run git in `root` with nothing of the book's own."""
    words = [program(), "-C", str(root), "--no-pager", "--literal-pathspecs"]
    for name, value in _HARDENING.items():
        words += ["-c", f"{name}={value}"]
    return [*words, *args]


def run(
    root: Path,
    *args: str,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> bytes:
    """Run a git command and return what it prints; GitError where it fails, NoGit without a program."""
    done = try_run(root, *args, stdin=stdin, env=env, timeout=timeout)
    if done.returncode != 0:
        raise failure(done.stderr)
    return done.stdout


def try_run(
    root: Path,
    *args: str,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a git command and return how it ended; GitError where it does not end or cannot begin."""
    try:
        return subprocess.run(
            command(root, *args),
            input=stdin,
            capture_output=True,
            env=environment(env),
            timeout=timeout or TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitError(N_("git did not answer for {seconds} s"), seconds=round(timeout or TIMEOUT)) from None
    except OSError as e:
        raise GitError(N_("git could not be run: {reason}"), reason=e.strerror or str(e)) from None


def failure(stderr: bytes) -> GitError:
    """Return the error that git's complaint stands for, with the way out where it is known."""
    text = stderr.decode("utf-8", "replace").strip()
    line = next(
        (x for x in text.splitlines() if x.startswith(("fatal:", "error:"))),
        text.splitlines()[0] if text else "",
    )
    line = line.removeprefix("fatal: ").removeprefix("error: ")
    hint = ""
    if "dubious ownership" in text:
        hint = N_("it belongs to another user; if you trust it: git config --global --add safe.directory DIR")
    elif "not a git repository" in text:
        return NoGit(N_("the book is in no git repository"), hint=N_("make one with: git init"))
    return GitError(N_("git says: {line}"), hint=hint, line=line or "?")


@dataclass(frozen=True)
class Repository:
    """Where a book's repository keeps its things.

    `git_dir` is this work tree's (HEAD, index), `common_dir` the one with objects and branches; `prefix` is
    the book's folder in the repository, "" or ending in "/". `config` holds the last value of each setting,
    keys in lower case as git lists them.
    """

    root: Path
    git_dir: Path
    common_dir: Path
    prefix: str = ""
    config: Mapping[str, str] = field(default_factory=dict)

    def setting(self, name: str, default: str = "") -> str:
        """Return a setting's value."""
        return self.config.get(name.lower(), default)

    @property
    def top(self) -> Path:
        """The work tree's first folder, which the index's paths count from."""
        return self.root.parents[self.prefix.count("/") - 1] if self.prefix else self.root

    @property
    def identity(self) -> tuple[str, str]:
        """The user's name and e-mail address as git knows them, either may be ""."""
        return self.setting("user.name"), self.setting("user.email")


def enclosing(root: Path) -> bool:
    """Whether `root` or a folder above it has a `.git`: asked without running git."""
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def ignored(root: Path) -> bool:
    """Whether the repository around a folder takes no notice of it."""
    if (root / ".git").exists():
        return False
    # check-ignore does not know --literal-pathspecs; it takes paths, no patterns
    words = [
        w for w in command(root.parent, "check-ignore", "--quiet", str(root)) if w != "--literal-pathspecs"
    ]
    try:
        done = subprocess.run(words, capture_output=True, env=environment(), timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def discover(root: Path) -> Repository:
    """Return the repository that holds the book at `root`. Raises NoGit where none does, GitError."""
    if not enclosing(root):
        raise NoGit(N_("the book is in no git repository"), hint=N_("make one with: git init"))
    dot = root / ".git"
    if (dot / "HEAD").exists() and (dot / "objects").is_dir() and not (dot / "commondir").exists():
        return Repository(root, dot, dot, "", settings(root))
    out = run(root, "rev-parse", "--absolute-git-dir", "--git-common-dir", "--show-prefix")
    git_dir, common, prefix = out.decode("utf-8", "surrogateescape").split("\n")[:3]
    return Repository(root, Path(git_dir), (root / common).resolve(), prefix, settings(root))


def settings(root: Path) -> dict[str, str]:
    """Return git's configuration as it holds in `root`; the last value of each setting."""
    out = run(root, "config", "-z", "--list").decode("utf-8", "surrogateescape")
    ours = {name.lower() for name in _HARDENING}
    found = {}
    for item in out.split("\0"):
        name, _, value = item.partition("\n")
        if name and name not in ours:
            found[name] = value
    return found


def without_filters(config: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that turns off every filter which `config` names.

    Any git command that brings an index and a work tree together may read files again whose times tell it
    nothing, and reading a file runs its filter. (Not by `-c`: a filter's name may hold a `=`.)
    """
    names = {key.rpartition(".")[0] for key in config if key.startswith("filter.") and key.count(".") > 1}
    pairs = [
        (f"{name}.{what}", value)
        for name in sorted(names)
        for what, value in (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    ]
    env = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for n, (key, value) in enumerate(pairs):
        env |= {f"GIT_CONFIG_KEY_{n}": key, f"GIT_CONFIG_VALUE_{n}": value}
    return env


def run_over_files(root: Path, *args: str, stdin: bytes = b"") -> bytes:
    """Run a git command that looks at the work tree (`diff-files`), with every filter turned off."""
    return run(root, *args, stdin=stdin, env=without_filters(settings(root)))


def user_email(root: Path) -> str:
    """Return git's user.email for the book, "" where git knows none or there is no git. Never raises."""
    try:
        return run(root, "config", "user.email").decode("utf-8", "replace").strip()
    except GitError:
        return ""


def lines(words: Sequence[bytes]) -> bytes:
    """Join items for git's `-z` readers."""
    return b"".join(w + b"\0" for w in words)
