"""Fetch and push: the only git that touches the network, within limits and without what a foreign book plants.

A cloned book's `.git/config` may name programs: an ssh command, a credential helper, `ext::` addresses, a program to
run at the other end. None of them runs; helpers and ssh commands are taken from the user's own configuration.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmkit.git import plumbing
from crmkit.git.plumbing import GitError, Repository, failure
from crmkit.i18n import N_

IDLE = 60.0
"""Seconds of silence after which a remote is given up, off a terminal."""
_IDLE_ON_TERMINAL = 300.0
_PROTOCOLS = "file:git:http:https:ssh"
_OWN = ("core.sshcommand", "core.askpass", "core.gitproxy")
_HARDENING = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.alternateRefsCommand": "",
    "core.pager": "cat",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "push.recurseSubmodules": "no",
    "push.gpgSign": "false",
    "push.followTags": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "20",
    "protocol.ext.allow": "never",
    "core.quotePath": "false",
}
_PASSED = ("GIT_SSH_COMMAND", "GIT_SSH", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_SSL_CAINFO", "GIT_SSL_NO_VERIFY")


class Offline(GitError):
    """The remote cannot be reached."""


class NoBranch(GitError):
    """The remote has no such branch yet."""


class Rejected(GitError):
    """The remote has moved on: fetch, merge and push again."""


class Denied(GitError):
    """The remote refused what was pushed, with a reason of its own."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a branch is synchronised with: the remote's name, its address, and the branch there."""

    name: str
    url: str
    branch: str

    @property
    def tracking(self) -> str:
        """The local name of what the remote had when it was last seen."""
        return f"refs/remotes/{self.name}/{self.branch}"


def remotes(repo: Repository) -> dict[str, str]:
    """Return the addresses of the remotes by name."""
    found = {}
    for key, value in repo.config.items():
        head, _, last = key.rpartition(".")
        if head.startswith("remote.") and last == "url":
            found[head.removeprefix("remote.")] = value
    return found


def remote_of(repo: Repository, branch: str, wanted: str = "") -> Remote | None:
    """Return what a local branch (`main`) is synchronised with, None where there is no remote."""
    known = remotes(repo)
    said = wanted or repo.setting(f"branch.{branch}.remote")
    if wanted and wanted not in known:
        raise GitError(
            N_("there is no remote called {name!r}"),
            hint=N_("see them with: git remote -v"),
            name=wanted,
        )
    name = said if said in known else "origin" if "origin" in known else next(iter(sorted(known)), "")
    if not name or name.startswith("-"):
        return None
    there = ""
    if name == repo.setting(f"branch.{branch}.remote"):
        there = repo.setting(f"branch.{branch}.merge").removeprefix("refs/heads/")
    return Remote(name, known[name], there or branch)


def fetch(repo: Repository, remote: Remote, *, unshallow: bool = False, terminal: bool = False) -> None:
    """Bring the remote's branch here. Raises Offline, NoBranch or GitError."""
    words = ["fetch", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--progress"]
    words += ["--upload-pack=git-upload-pack", *(["--unshallow"] if unshallow else [])]
    spec = f"+refs/heads/{remote.branch}:{remote.tracking}"
    _run(repo, [*words, "--", remote.name, spec], terminal=terminal)


def push(repo: Repository, remote: Remote, commit: str, *, terminal: bool = False) -> None:
    """Let the remote's branch be `commit`. Raises Offline, Rejected, Denied or GitError."""
    words = ["push", "--porcelain", "--no-verify", "--progress", "--receive-pack=git-receive-pack"]
    _run(
        repo,
        [*words, "--", remote.name, f"{commit}:refs/heads/{remote.branch}"],
        {f"remote.{remote.name}.mirror": "false"},
        terminal=terminal,
    )
    with contextlib.suppress(GitError):
        plumbing.run(repo.root, "update-ref", remote.tracking, commit)


def _run(
    repo: Repository, words: Sequence[str], extra: Mapping[str, str] | None = None, *, terminal: bool
) -> None:
    for key, value in repo.config.items():
        if key.startswith("remote.") and key.endswith(".vcs"):
            raise GitError(N_("a remote that needs a program of its own is not used: {name}"), name=value)
    env = _environment(repo.root, extra or {}, terminal=terminal)
    command = [plumbing.program(), "-C", str(repo.root), "--no-pager", *words]
    idle = _IDLE_ON_TERMINAL if terminal else IDLE
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
        )
    except OSError as e:
        raise GitError(N_("git could not be run: {reason}"), reason=e.strerror or str(e)) from None
    out, err = _watched(process, idle)
    if process.returncode:
        raise _told(out, err)


def _watched(process: subprocess.Popen[bytes], idle: float) -> tuple[bytes, bytes]:
    """Collect what git says; end it when it is silent for too long."""
    parts: dict[str, list[bytes]] = {"out": [], "err": []}
    with process, selectors.DefaultSelector() as waiting:
        for pipe, name in ((process.stdout, "out"), (process.stderr, "err")):
            if pipe:
                os.set_blocking(pipe.fileno(), False)
                waiting.register(pipe, selectors.EVENT_READ, name)
        last = time.monotonic()
        silent = False
        try:
            while waiting.get_map():
                ready = waiting.select(1.0)
                for key, _ in ready:
                    data = os.read(key.fd, 1 << 16)
                    if data:
                        parts[key.data].append(data)
                    else:
                        waiting.unregister(key.fileobj)
                if ready:
                    last = time.monotonic()
                elif time.monotonic() - last > idle:
                    process.kill()
                    silent = True
            process.wait()
        except BaseException:
            process.kill()
            raise
    if silent:
        raise Offline(N_("the remote did not answer for {seconds} s"), seconds=round(idle))
    return b"".join(parts["out"]), b"".join(parts["err"])


def _environment(root: Path, extra: Mapping[str, str], *, terminal: bool) -> dict[str, str]:
    env = plumbing.environment()
    for name in ("GIT_ALLOW_PROTOCOL", "GIT_ASKPASS", "SSH_ASKPASS"):
        env.pop(name, None)
    env |= {k: os.environ[k] for k in _PASSED if k in os.environ}
    env["GIT_ALLOW_PROTOCOL"] = _PROTOCOLS
    env["GIT_TERMINAL_PROMPT"] = "1" if terminal else "0"
    own = _own_settings(root)
    ssh = env.pop("GIT_SSH_COMMAND", "") or own.pop("core.sshcommand", [""])[-1] or "ssh"
    if "GIT_SSH" not in env:
        limits = "-o ConnectTimeout=15 -o ServerAliveInterval=10 -o ServerAliveCountMax=3"
        env["GIT_SSH_COMMAND"] = f"{ssh} {limits}" + ("" if terminal else " -o BatchMode=yes")
    if not terminal:
        env |= {"GIT_ASKPASS": "false", "SSH_ASKPASS": "false"}
    pairs = [(k, v) for k, v in (_HARDENING | dict(extra)).items()]
    pairs += [
        ("credential.helper", ""),
        ("core.askPass", ""),
        ("core.gitProxy", ""),
        ("core.sshCommand", "false"),
    ]
    pairs += [(k, v) for k, values in own.items() for v in values if not k.startswith("core.sshcommand")]
    env["GIT_CONFIG_COUNT"] = str(len(pairs))
    for n, (key, value) in enumerate(pairs):
        env |= {f"GIT_CONFIG_KEY_{n}": key, f"GIT_CONFIG_VALUE_{n}": value}
    return env


def _own_settings(root: Path) -> dict[str, list[str]]:
    """Return the programs that the user's own configuration names for the network, not those of the book."""
    found: dict[str, list[str]] = {}
    for scope in ("--system", "--global"):
        done = plumbing.try_run(root, "config", scope, "-z", "--list")
        for item in done.stdout.decode("utf-8", "surrogateescape").split("\0") if not done.returncode else ():
            name, _, value = item.partition("\n")
            if name in _OWN or (name.startswith("credential.") and name.endswith((".helper", ".username"))):
                found.setdefault(name, []).append(value)
    return found


_MOVED = ("(fetch first)", "(non-fast-forward)", "(stale info)", "cannot lock ref", "failed to update ref")
_UNREACHABLE = (
    "could not resolve host",
    "could not read from remote",
    "unable to access",
    "connection refused",
    "connection timed out",
    "network is unreachable",
    "does not appear to be a git repository",
    "operation too slow",
    "no route to host",
    "early eof",
    "hung up unexpectedly",
    "terminal prompts disabled",
    "repository not found",
)


def _told(out: bytes, err: bytes) -> GitError:
    text = (err + b"\n" + out).decode("utf-8", "replace")
    low = text.lower()
    remote_says = [x.removeprefix("remote:").strip() for x in text.splitlines() if x.startswith("remote:")]
    if "couldn't find remote ref" in low:
        return NoBranch(N_("the remote has no such branch yet"))
    if any(
        w in low
        for w in (
            "(fetch first)",
            "(non-fast-forward)",
            "(stale info)",
            "cannot lock ref",
            "failed to update ref",
        )
    ):
        return Rejected(N_("the remote has moved on"))
    if "remote rejected" in low or "[rejected]" in low:
        lines = [x for x in remote_says if x] or [x for x in text.splitlines() if "rejected" in x]
        return Denied(
            N_("the remote refused the changes:\n{reason}"),
            hint=N_("mend what it names, then: crm sync; nothing of yours is lost"),
            reason="\n".join(lines[:20]),
        )
    line = failure(err)
    if any(w in low for w in _UNREACHABLE):
        return Offline(line.message, hint=line.hint)
    return line
