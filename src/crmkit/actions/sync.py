"""`crm sync`: what was done here and what others did become one, here and on the remote."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.actions._join import Histories, Meeting
from crmkit.actions._write import Prepared
from crmkit.book import store
from crmkit.book.disk import Disk
from crmkit.book.init import DRIVER
from crmkit.book.naming import retire
from crmkit.book.paths import SETTINGS, check_path, folders, place_of
from crmkit.errors import CrmError, Problem, Refused
from crmkit.git import network, past, plumbing, refs
from crmkit.git.objects import Reader
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.book.merge import Lost
    from crmkit.git.plumbing import Repository

_TRIES = 6
_AT_ROOT = frozenset((SETTINGS, "attic.yaml", ".gitattributes", ".gitignore"))
_UNDERWAY = {
    "MERGE_HEAD": ("merge", "git merge"),
    "rebase-merge": ("rebase", "git rebase"),
    "rebase-apply": ("rebase", "git rebase"),
    "CHERRY_PICK_HEAD": ("cherry-pick", "git cherry-pick"),
    "REVERT_HEAD": ("revert", "git revert"),
}


@dataclass
class Synced:
    """What a sync did, or with a dry run would do.

    `offline` says why the remote was not reached; `remote` is "" without one; `held` are files changed by hand that
    have errors and stay here; `kept` are dossiers that one side removed and the other went on with.
    """

    remote: str = ""
    committed: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)
    sent: int = 0
    renumbered: dict[str, str] = field(default_factory=dict)
    attic: list[tuple[str, Lost]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    held: list[Problem] = field(default_factory=list)
    offline: str = ""
    notice: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        from crmkit.book import attic

        return {
            "remote": self.remote,
            "committed": self.committed,
            "received": self.received,
            "sent": self.sent,
            "renumbered": self.renumbered,
            "attic": [attic.entry_for(path, lost)[0] | {"path": path} for path, lost in self.attic],
            "kept": self.kept,
            "held": [p.path for p in self.held],
            "offline": self.offline,
        }


def sync(session: Session, remote: str = "", *, dry_run: bool = False, terminal: bool = False) -> Synced:
    """Commit what was written by hand, fetch, merge, and push until the remote has it all.

    Offline it says so and keeps everything for the next time. Raises Refused where a person has left git in the middle
    of something, and where the other side changed what is not the book's.
    """
    done = Synced()
    repo = _ready(session)
    branch = refs.branch(repo).removeprefix("refs/heads/")
    by_hand = prepared(session, repo, done)
    if by_hand is not None:
        applied = by_hand.dry_run() if dry_run else by_hand.apply()
        done.committed = list(applied.changed)
        done.notice += [applied.notice] if applied.notice else []
    there = network.remote_of(repo, branch, remote)
    if there is None:
        return done
    done.remote = there.name
    if not dry_run:
        _configure(repo, branch, there)
    for attempt in range(_TRIES):
        try:
            published = _fetched(repo, there, terminal=terminal)
        except network.Offline as e:
            done.offline = str(e)
            return done
        if published:
            _meet(session, repo, there, published, done, dry_run=dry_run, terminal=terminal)
        if _sent(repo, there, published, done, dry_run=dry_run, terminal=terminal):
            return done
        time.sleep(0.2 * attempt)
    raise Refused(
        N_("the remote moves on faster than this machine can follow"),
        hint=N_("everything is merged here; try again: crm sync"),
    )


# ---- before


def _ready(session: Session) -> Repository:
    """Return the repository; Refused where it is in no state to be synchronised."""
    try:
        repo = plumbing.discover(session.book.root)
    except plumbing.NoGit:
        raise Refused(
            N_("the book is in no git repository"),
            hint=N_("make it one: git init && git remote add origin URL; then crm sync"),
        ) from None
    for name, (what, command) in _UNDERWAY.items():
        if (repo.git_dir / name).exists():
            raise Refused(
                N_("git is in the middle of a {what}"),
                hint=N_("finish it: {command} --continue; or drop it: {command} --abort; then crm sync"),
                what=what,
                command=command,
            )
    if not refs.branch(repo):
        raise Refused(
            N_("git is on no branch"),
            hint=N_("go back to it: git switch main; then crm sync"),
        )
    if plumbing.run(repo.root, "ls-files", "--unmerged", "-z"):
        raise Refused(
            N_("git has files that were not merged yet"),
            hint=N_("settle them: git status; git add FILE; then crm sync"),
        )
    _await_lock(repo)
    return repo


def _await_lock(repo: Repository, wait: float = 3.0) -> None:
    lock = repo.git_dir / "index.lock"
    end = time.monotonic() + wait
    while lock.exists():
        if time.monotonic() > end:
            raise Refused(
                N_("git's index is locked by another program: {lock}"),
                hint=N_("wait until it is done; if no git is running, delete that file"),
                lock=str(lock),
            )
        time.sleep(0.1)


def _configure(repo: Repository, branch: str, there: network.Remote) -> None:
    """Let git itself merge records as we do, and know what the branch goes with."""
    wanted = dict(DRIVER)
    if not repo.setting(f"branch.{branch}.remote"):
        wanted |= {
            f"branch.{branch}.remote": there.name,
            f"branch.{branch}.merge": f"refs/heads/{there.branch}",
        }
    for key, value in wanted.items():
        if repo.setting(key) != value:
            plumbing.try_run(repo.root, "config", "--local", key, value)


# ---- what was written by hand


def prepared(session: Session, repo: Repository, done: Synced) -> Prepared | None:
    """Return the change that commits what was written by hand, None for nothing; errors go to `done.held`."""
    found = _by_hand(session, repo)
    fit: dict[str, tuple[bytes | None, bytes | None]] = {}
    for path, (now, then) in found.items():
        wrong = (
            [p for p in session.problems_of(path, now) if p.severity == "error"] if now is not None else []
        )
        known = {(p.field, p.code) for p in session.problems_of(path, then)} if wrong and then else set()
        fresh = [p for p in wrong if (p.field, p.code) not in known]
        if fresh:
            done.held += fresh[:1]
        else:
            fit[path] = now, then
    if not fit:
        return None

    def compose(draft: Draft) -> None:
        for path, (now, then) in fit.items():
            text = _stamped(session, path, now, then) if now is not None else None
            draft.stands(path, now, then, text)
            place = place_of(path)
            if now is None and place and place.kind == "customer":
                retire(draft, place.customer)
        names = ", ".join(sorted({p.rpartition("/")[2] for p in fit})[:3]) + (" …" if len(fit) > 3 else "")
        draft.about("", "", "", f"by hand: {names}")

    return Prepared(session, compose)


def _by_hand(session: Session, repo: Repository) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Return the book's files that differ from the last commit: `(bytes now, bytes then)` by path."""
    words = [
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=all",
        "--no-renames",
        "--ignore-submodules=all",
    ]
    out = plumbing.run_over_files(repo.root, *words, "--", ".")
    places = folders(session.catalog)
    found: dict[str, tuple[bytes | None, bytes | None]] = {}
    with Reader(repo) as reader, Disk(session.book.root) as disk:
        for item in out.split(b"\0"):
            path = item[3:].decode("utf-8", "surrogateescape").removeprefix(repo.prefix)
            if not path or not (path in _AT_ROOT or (path.partition("/")[0] in places and "/" in path)):
                continue
            try:
                check_path(path)
                now = disk.read(path)
            except Refused:
                continue
            then = reader.ask(f"HEAD:{repo.prefix}{path}")
            old = then[2] if then and then[1] == "blob" else None
            new = now[0] if now else None
            if new != old:
                found[path] = new, old
    return found


def _stamped(session: Session, path: str, now: bytes, then: bytes | None) -> bytes:
    """Return a record changed by hand with who changed it and when, unless its author wrote that himself."""
    from crmkit.yaml import write
    from crmkit.yaml.read import Unreadable, load
    from crmkit.yaml.write import Edit

    if place_of(path) is None:
        return now
    try:
        new = load(now, path).data
        old: Mapping[str, Any] = load(then, path).data if then else {}
    except Unreadable:
        return now
    stamps = ("updated_by", "updated_at")
    same = {k: v for k, v in new.items() if k not in stamps} == {
        k: v for k, v in old.items() if k not in stamps
    }
    if same or any(new.get(k) != old.get(k) for k in stamps):
        return now
    values = (session.actor_name, session.stamp)
    try:
        edits = [Edit((k,), v) for k, v in zip(stamps, values, strict=True)]
        return write.edit(now.decode("utf-8"), edits).encode()
    except CrmError:
        return now


# ---- with the others


def _fetched(repo: Repository, there: network.Remote, *, terminal: bool) -> str:
    """Return the remote's commit, "" where it has no such branch yet."""
    try:
        network.fetch(repo, there, terminal=terminal)
    except network.NoBranch:
        return ""
    return past.commit_of(repo.root, there.tracking)


def _meet(
    session: Session,
    repo: Repository,
    there: network.Remote,
    published: str,
    done: Synced,
    *,
    dry_run: bool,
    terminal: bool,
) -> None:
    """Join what the remote has to what we have, under the book's lock."""
    head = past.commit_of(repo.root, "HEAD")
    if (repo.common_dir / "shallow").exists() and head and not past.bases(repo.root, head, published):
        network.fetch(repo, there, unshallow=True, terminal=terminal)
    message = f"sync: merge with {there.name}"
    with store.writing(session.book) as door, Reader(repo) as reader:
        head = past.commit_of(repo.root, "HEAD")
        if head and published in (head, *past.bases(repo.root, head, published)):
            return
        histories = Histories(session, repo, reader)
        histories.refuse_erased(head, published)
        meeting = histories.meet(head, published, session.actor_identity, message)
        if not dry_run:
            applied = door.apply(meeting.change)
            done.notice += [applied.warning] if applied.warning else []
    _note(done, meeting)
    if not dry_run:
        session.index.refresh()


def _note(done: Synced, meeting: Meeting) -> None:
    touched = [w.path for w in meeting.change.writes] + [d.path for d in meeting.change.deletes]
    done.received += [p for p in touched if p not in done.received]
    done.renumbered |= meeting.renumbered
    done.attic += meeting.lost
    done.kept += meeting.kept


def _sent(
    repo: Repository, there: network.Remote, published: str, done: Synced, *, dry_run: bool, terminal: bool
) -> bool:
    """Push what the remote lacks; whether it has everything now."""
    head = past.commit_of(repo.root, "HEAD")
    if not head or head == published:
        return True
    since = [f"^{published}"] if published else []
    count = int(plumbing.run(repo.root, "rev-list", "--count", head, *since, "--"))
    if dry_run or not count:
        done.sent = count
        return True
    try:
        network.push(repo, there, head, terminal=terminal)
    except network.Rejected:
        return False
    except network.Offline as e:
        done.offline = str(e)
        return True
    done.sent = count
    return True


def told(done: Synced) -> Sequence[str]:
    """Return the paths of the attics that a sync has put something into."""
    from crmkit.book import attic

    return sorted({attic.path_for(path) for path, _ in done.attic})
