"""Judging commits before a shared repository takes them: plumbing alone, nothing of the pusher's runs.

Who may do what stands in the crm.yaml that the shared branch has; a push that may change it is judged by the new one
from that commit on. A side branch from long ago is judged by today's settings, or it would bring old rights back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.book import attic, layout, tombstones
from crmkit.book.judge import Judge
from crmkit.errors import Message, Problem, Refused, UsageError, msg
from crmkit.git import plumbing, trees
from crmkit.git.objects import Reader
from crmkit.i18n import N_
from crmkit.rules import rights as rules
from crmkit.values import idnumber

if TYPE_CHECKING:
    from crmkit.git.plumbing import Repository
    from crmkit.records.catalog import Catalog
    from crmkit.settings.model import Member, Settings

_NOTHING = re.compile(r"0+\Z")
_PLAIN_MODES = frozenset({"100644", "100755", "000000"})
_RESIDENT = re.compile(rb"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])")
_NO_SECRET = re.compile(rb"\s*tax_id:")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its author as git has it, and its parents."""

    sha: str
    name: str
    email: str
    parents: tuple[str, ...]
    subject: str


Blobs = dict[str, tuple[str, str, str, str]]
"""Paths with mode before, mode after, blob before, blob after, of a difference between two trees."""


@dataclass
class Hub:
    """The shared repository at the moment of a push; `pusher` is who the server says is pushing, if it does."""

    repo: Repository
    pusher: str = ""
    _settings: dict[str, Settings] = field(default_factory=dict)

    # -- what is pushed

    def received(self, lines: Iterable[str]) -> list[Problem]:
        """Judge the lines that git hands to a pre-receive hook: `old new ref`."""
        found: list[Problem] = []
        main = self._main()
        for line in lines:
            old, new, ref = line.split(" ", 2)
            if ref != main:
                what = msg(N_("only {main} is taken here"), main=main.removeprefix("refs/heads/"))
                found.append(_problem(ref, "ref", what, msg(N_("merge it first: crm sync"))))
            elif _NOTHING.match(new):
                found.append(_problem(ref, "ref", msg(N_("the shared branch is not deleted"))))
            elif _NOTHING.match(old):
                found += self._first(new)
            else:
                found += self.changes(old, new)
        return found

    def changes(self, old: str, new: str) -> list[Problem]:
        """Judge every commit that `new` has and `old` has not, by the settings that `old` has."""
        old, new = self._sha(old), self._sha(new)
        if self._git("merge-base", "--is-ancestor", old, new, fails=True) is None:
            return self._anew(old, new)
        settings = self._settings_at(old)
        if settings is None:
            return [_problem(layout.SETTINGS, "settings", msg(N_("the shared branch has no crm.yaml")))]
        found: list[Problem] = []
        for commit in self._commits(f"{old}..{new}"):
            judged, touched = self._judged(commit, settings)
            found += (_told(p, commit) for p in judged)
            if layout.SETTINGS in touched and not judged:
                settings = self._settings_at(commit.sha) or settings
        return [*found, *self._back(old, new)]

    def _anew(self, old: str, new: str) -> list[Problem]:
        """Judge a history that does not come from ours: one that was written anew since somebody was forgotten.

        It names the old commit where it begins (customers/forgotten.txt), and is for whoever keeps the settings.
        """
        settings = self._settings_at(old)
        known = tombstones.roots(self._forgotten(old))
        parted = [r for r in tombstones.roots(self._forgotten(new)) if r not in known and self._holds(old, r)]
        if settings is None or not parted:
            what = msg(
                N_("what is shared would be rewritten: {new} does not come from {old}"),
                new=new[:10],
                old=old[:10],
            )
            return [_problem("", "ref", what, msg(N_("fetch first, then merge: crm sync")))]
        (tip,) = self._commits(f"{new}^!")
        member, refused = self._author(tip, settings)
        if refused:
            return [_told(refused, tip)]
        if rules.in_force(settings) and not (member and rules.of_roles(settings, member).settings):
            what = msg(N_("a history that was written anew is for whoever keeps the settings"))
            return [_told(_problem("", "ref", what, msg(N_("he runs: crm forget NUMBER --history"))), tip)]
        found = [_told(p, tip) for p in self._both(settings, member, old, self._diff(old, new))]
        return [*found, *self._back(old, new)]

    def _back(self, old: str, new: str) -> Iterator[Problem]:
        """Yield what would bring back somebody who was forgotten: his dossier, or the history that held it."""
        lists = self._forgotten(old), self._forgotten(new)
        for root in tombstones.roots(*lists):
            if self._holds(new, root):
                what = msg(N_("this history holds what was erased: it must not come back"))
                yield _problem("", "forgotten", what, msg(N_("clone the book anew, and do it there again")))
        gone = tombstones.erased(*lists)
        back = {attic.folder_of(path) for path, (*_, now) in self._diff(old, new).items() if _real(now)}
        for folder in sorted(f for f in back if f.rpartition("/")[2] in gone):
            what = msg(N_("this customer was forgotten and must not come back"))
            yield _problem(folder, "forgotten", what, msg(N_("take the folder out, or enter a new customer")))

    def _holds(self, tip: str, sha: str) -> bool:
        """Whether a commit belongs to the history of another."""
        return self._git("merge-base", "--is-ancestor", sha, tip, fails=True) is not None

    def _forgotten(self, sha: str) -> bytes | None:
        """Return the list of the forgotten as a commit has it."""
        with Reader(self.repo) as reader:
            leaf = _Tree(self, reader, sha).leaf(tombstones.PATH)
            return reader.blob(leaf) if leaf else None

    def _first(self, new: str) -> list[Problem]:
        """Judge the first push: whoever sets the hub up brings its history, and must be one who keeps the settings."""
        try:
            settings = self._settings_at(new)
        except Refused as e:
            return [_problem(layout.SETTINGS, "settings", e.message)]
        if settings is None:
            return [_problem(layout.SETTINGS, "settings", msg(N_("there is no crm.yaml in what is pushed")))]
        (commit,) = self._commits(f"{new}^!")
        member, refused = self._author(commit, settings)
        if refused:
            return [_told(refused, commit)]
        if rules.in_force(settings) and not (member and rules.of_roles(settings, member).settings):
            what = msg(N_("the first push is for whoever keeps the settings"))
            return [_told(_problem(layout.SETTINGS, "settings", what), commit)]
        return [_told(p, commit) for p in self._sound(settings, self._diff("", commit.sha))]

    # -- one commit

    def _judged(self, commit: Commit, settings: Settings) -> tuple[list[Problem], set[str]]:
        """Return what is wrong with a commit, and the files that its author has answered for."""
        member, refused = self._author(commit, settings)
        if refused:
            return [refused], set()
        if len(commit.parents) > 2:
            return [_problem("", "ref", msg(N_("more than two histories are joined at once")))], set()
        if not commit.parents:
            return [_problem("", "ref", msg(N_("a history of its own is joined to the book's")))], set()
        if len(commit.parents) == 2:
            return self._merge(commit, settings, member)
        blobs = self._diff(commit.parents[0], commit.sha)
        return self._both(settings, member, commit.parents[0], blobs), set(blobs)

    def _both(self, settings: Settings, member: Member | None, parent: str, blobs: Blobs) -> list[Problem]:
        return [*self._sound(settings, blobs), *self._rightful(settings, member, parent, blobs)]

    def _author(self, commit: Commit, settings: Settings) -> tuple[Member | None, Problem | None]:
        """Return the member that made a commit; a Problem where none did, or another than the pusher."""
        if not rules.in_force(settings):
            return None, None
        wanted = commit.email.strip().casefold()
        member = next((m for m in settings.team if m.email and m.email.casefold() == wanted), None)
        member = member or next((m for m in settings.team if not m.email and m.name == commit.name), None)
        if member is None:
            what = msg(N_("{name} <{email}> is not in the team"), name=commit.name, email=commit.email)
            return None, _problem(
                "", "author", what, msg(N_("crm.yaml names the team with e-mail addresses"))
            )
        if self.pusher and settings.member(self.pusher) != member:
            what = msg(
                N_("{pusher} pushes what {name} is said to have made"), pusher=self.pusher, name=member.name
            )
            return member, _problem("", "author", what)
        return member, None

    def _merge(
        self, commit: Commit, settings: Settings, member: Member | None
    ) -> tuple[list[Problem], set[str]]:
        """Judge what a merge did beyond taking each side's changes: that is its author's own doing.

        A file that is as one side has it although only the other side had changed it is a change taken back.
        """
        one, other = commit.parents
        base = (self._git("merge-base", one, other, fails=True) or "").strip()
        if not base:
            return [_problem("", "ref", msg(N_("a history of its own is joined to the book's")))], set()
        sides = [self._diff(parent, commit.sha) for parent in commit.parents]
        since = self._diff(base, commit.sha)
        own: list[Blobs] = [{}, {}]
        both: set[str] = set()
        for path in {*sides[0], *sides[1]}:
            result = next(d[path][3] for d in sides if path in d)
            was = since[path][2] if path in since else result
            held = [d[path][2] if path in d else result for d in sides]
            if result in held and held[1 - held.index(result)] in {was, result}:
                continue  # one side changed it, and that is what stands there
            if result not in held:
                both.add(path)
            for n, side in enumerate(sides):
                if path in side:
                    own[n][path] = side[path]
        found = [
            {p.path: p for p in self._both(settings, member, parent, blobs)}
            for parent, blobs in zip(commit.parents, own, strict=True)
        ]
        # what joins both sides is right if it is by one of them
        wrong = {
            path: p
            for n, problems in enumerate(found)
            for path, p in problems.items()
            if path not in both or path in found[1 - n]
        }
        return [*wrong.values()], {*own[0], *own[1]}

    def _rightful(
        self, settings: Settings, member: Member | None, parent: str, blobs: Blobs
    ) -> list[Problem]:
        if member is None or not blobs:
            return []
        with Reader(self.repo) as reader:
            before = _Tree(self, reader, parent)
            files = {
                path: (reader.blob(old) if _real(old) else None, reader.blob(new) if _real(new) else None)
                for path, (old_mode, new_mode, old, new) in blobs.items()
                if {old_mode, new_mode} <= _PLAIN_MODES
            }
            judge = Judge(settings, self._catalog(settings), rules.of_roles(settings, member), before)
            return judge.problems(files)

    def _sound(self, settings: Settings, blobs: Blobs) -> list[Problem]:
        """Return what nobody may push: links, names that no book may hold, plain secrets, what cannot be read."""
        found = []
        with Reader(self.repo) as reader:
            for path, (_, mode, old, new) in blobs.items():
                if not _real(new):
                    continue
                if mode not in _PLAIN_MODES:
                    found.append(
                        _problem(path, "place", msg(N_("links and repositories in the book are not taken")))
                    )
                    continue
                try:
                    layout.check_path(path)
                except Refused as e:
                    found.append(_problem(path, "place", e.message))
                    continue
                raw = reader.blob(new)
                found += self._flaws(settings, path, raw, reader.blob(old) if _real(old) else None)
        return found

    def _flaws(self, settings: Settings, path: str, raw: bytes, old: bytes | None) -> Iterator[Problem]:
        from crmkit.book.check import problems_of

        book = layout.Book(Path("/"))
        if path == layout.SETTINGS:
            errors = [p for p in problems_of(book, path, raw, settings) if p.severity == "error"]
            yield from (_problem(path, "settings", p.message, p.hint) for p in errors)
            return
        if not path.endswith(".yaml"):
            return
        known = {p.code for p in problems_of(book, path, old, settings)} if old is not None else set()
        for problem in problems_of(book, path, raw, settings):
            if problem.code.startswith(("secret.", "yaml.")) and problem.code not in known:
                yield _problem(
                    path, "secret" if problem.code[0] == "s" else "yaml", problem.message, problem.hint
                )
        plain = set(_residents(raw)) - set(_residents(old or b""))
        if plain:
            what = msg(N_("the number of somebody's identity card stands here in plain text"))
            hint = msg(N_("take it out; it may stand only encrypted, under id_number"))
            yield _problem(path, "secret", what, hint)

    # -- git

    def _git(self, *words: str, fails: bool = False) -> str | None:
        done = plumbing.try_run(self.repo.root, *words)
        if done.returncode:
            if fails:
                return None
            raise plumbing.failure(done.stderr)
        return done.stdout.decode("utf-8", "replace")

    def _main(self) -> str:
        return (self._git("symbolic-ref", "HEAD") or "").strip()

    def _sha(self, name: str) -> str:
        found = self._git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", fails=True
        )
        if not found:
            raise UsageError(
                N_("there is no commit {name!r}"), hint=N_("name two of them: --changes A..B"), name=name
            )
        return found.strip()

    def _commits(self, span: str) -> list[Commit]:
        out = self._git(
            "log", "--topo-order", "--reverse", "--no-show-signature", "--no-mailmap", "-z",
            "--format=%H%x01%an%x01%ae%x01%P%x01%s", span, "--",
        )  # fmt: skip
        found = []
        for line in (out or "").split("\0"):
            if line.strip():
                sha, name, email, parents, subject = line.strip("\n").split("\x01", 4)
                found.append(Commit(sha, name, email, tuple(parents.split()), subject))
        return found

    def _diff(self, old: str, new: str) -> Blobs:
        """Return what differs between two commits ("" for nothing) in the book."""
        before = old or (self._git("hash-object", "-t", "tree", "/dev/null") or "").strip()
        out = plumbing.run(
            self.repo.root, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--no-textconv",
            "--no-abbrev", before, new,
        )  # fmt: skip
        found: Blobs = {}
        parts = out.split(b"\0")
        for meta, raw_path in zip(parts[::2], parts[1::2], strict=False):
            path = os.fsdecode(raw_path)
            if path.startswith(self.repo.prefix):
                old_mode, new_mode, was, now, _ = meta.decode().lstrip(":").split(" ")
                found[path.removeprefix(self.repo.prefix)] = old_mode, new_mode, was, now
        return found

    def _settings_at(self, sha: str) -> Settings | None:
        """Return the settings of a commit, None where it has none. Raises Refused where they cannot be read."""
        from crmkit.settings.load import SettingsError, load

        if sha not in self._settings:
            with Reader(self.repo) as reader:
                leaf = _Tree(self, reader, sha).leaf(layout.SETTINGS)
                raw = reader.blob(leaf) if leaf else None
            if raw is None:
                return None
            try:
                self._settings[sha] = load(raw)[0]
            except SettingsError as e:
                raise Refused(e.message, hint=e.hint) from None
        return self._settings[sha]

    @staticmethod
    def _catalog(settings: Settings) -> Catalog:
        from crmkit.records.registry import catalog

        return catalog(settings)

    def held(self, parent: str, raw: bytes) -> bool:
        """Whether a commit that `parent` comes from had a file with the same bytes."""
        from hashlib import sha1, sha256

        name = b"blob %d\0" % len(raw) + raw
        wide = self.repo.setting("extensions.objectformat") == "sha256"
        sha = (sha256(name) if wide else sha1(name, usedforsecurity=False)).hexdigest()
        return bool(
            (self._git("log", "-1", "--format=%H", f"--find-object={sha}", parent, "--") or "").strip()
        )


class _Tree:
    """The book as a commit has it."""

    def __init__(self, hub: Hub, reader: Reader, sha: str) -> None:
        self._hub, self._reader, self._sha = hub, reader, sha
        found = reader.ask(f"{sha}^{{tree}}")
        self._tree = trees.Snapshot(reader, found[0] if found else None)

    def leaf(self, path: str) -> str | None:
        found = self._tree.leaf(self._hub.repo.prefix + path)
        return found.sha if found and found.mode in _PLAIN_MODES else None

    def read(self, path: str) -> bytes | None:
        sha = self.leaf(path)
        return self._reader.blob(sha) if sha else None

    def files(self, folder: str) -> Iterable[str]:
        at = self._hub.repo.prefix + folder
        found = self._tree.files(at)
        return [p.removeprefix(self._hub.repo.prefix) for p in found if p.rpartition("/")[0] == at]

    def held(self, path: str, raw: bytes) -> bool:  # noqa: ARG002 - wherever it stood
        return self._hub.held(self._sha, raw)


def hub(folder: Path, pusher: str = "") -> Hub:
    """Return the repository in or around `folder`, which may be a bare one. Raises NoGit."""
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        folder = folder.resolve()
        return Hub(plumbing.Repository(folder, folder, folder, "", plumbing.settings(folder)), pusher)
    return Hub(plumbing.discover(folder.resolve()), pusher)


def _real(sha: str) -> bool:
    return not _NOTHING.match(sha)


def _residents(raw: bytes) -> Iterator[bytes]:
    """Yield what is a resident's number by its date and check digit; a person's tax id may be one."""
    for line in raw.splitlines():
        if not _NO_SECRET.match(line):
            yield from (n for n in _RESIDENT.findall(line) if idnumber.resident_id_flaw(n.decode()) is None)


def _problem(path: str, code: str, what: Message, hint: Message | None = None) -> Problem:
    return Problem(path, 0, "", f"rights.{code}", "error", what, hint or Message(""), "")


def _told(problem: Problem, commit: Commit) -> Problem:
    what = msg(
        "{commit} ({subject}): {what}",
        commit=commit.sha[:10],
        subject=commit.subject[:60],
        what=problem.message,
    )
    return Problem(
        problem.path, problem.line, problem.field, problem.code, problem.severity, what, problem.hint
    )
