"""The history of a book without one customer: what goes, what is put in its place, what is cleaned up after it."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.book import layout
from crmkit.errors import Refused
from crmkit.git import past, plumbing, rewrite
from crmkit.git.objects import Reader
from crmkit.i18n import N_
from crmkit.values.shell import quoted

if TYPE_CHECKING:
    from crmkit.actions._person import Held
    from crmkit.actions.session import Session
    from crmkit.git.rewrite import Rewritten

ERASED = b"erased"
"""What stands in the past of other records, and in messages, where the person was named."""


class Work:
    """One rewriting. Everything that is asked of the old history is asked before it goes."""

    def __init__(self, session: Session, about: Held, backup: Path) -> None:
        """Look at what goes. Raises Refused where the dossier still stands, or git is in no state for it."""
        self.session, self.about, self.backup = session, about, backup
        self.repo = plumbing.discover(session.book.root)
        if session.book.interrupted:
            raise Refused(
                N_("git has not taken all changes yet"), hint=N_("see why with: crm check; then repeat this")
            )
        if backup.resolve().is_relative_to(session.book.root):
            raise Refused(
                N_("the backup must not lie in the book"), hint=N_("name another place: --backup FILE")
            )
        rewrite.refuse_unfit(self.repo)
        self.keeps = self._kept_blobs()
        goes_by = {t for t, known in about.texts.items() if known}
        free = {t for t, known in about.texts.items() if not known}
        there = self._elsewhere(goes_by | free)
        self.spared = len(goes_by & there)
        self.sought = [t.encode() for t in (goes_by | free) - there]
        self._other = _pattern([t.encode() for t in goes_by - there])
        self._own = _pattern([t.encode() for t in goes_by | {t for t in free if len(t) >= 4}])

    def _kept_blobs(self) -> frozenset[str]:
        """Return what the last commit holds of the dossier: nothing, or what was anonymised."""
        folder = self.about.folders[0]
        files = past.tree(self.repo.root, "HEAD", f"{self.repo.prefix}{folder}/")
        return frozenset(sha for _, sha in files.values())

    def _elsewhere(self, texts: set[str]) -> set[str]:
        """Return those texts that stand in the book as it is: they are somebody else's too, and stay in the past."""
        pattern = _pattern([t.encode() for t in texts])
        found: set[str] = set()
        if pattern is None:
            return found
        with Reader(self.repo, timeout=rewrite.HOUR) as reader:
            for path, (mode, sha) in past.tree(self.repo.root, "HEAD").items():
                if not mode.startswith("100") or f"/{layout.FILES}/" in path:
                    continue
                raw = reader.blob(sha)
                if pattern.search(raw):
                    found |= {t for t in texts if t.encode() in raw}
        return found

    def rewrite(self) -> Rewritten:
        """Save the old history and write the new one."""
        prefix = self.repo.prefix
        folders = {prefix + f: self._asked(f) for f in self.about.folders}
        erasure = rewrite.Erasure(folders, layout.CUSTOMER_FILE, self.keeps, self._text, self._message)
        before = past.tree(self.repo.root, "HEAD")
        try:
            rewrite.backup(self.repo, self.backup)
        except OSError as e:
            raise Refused(
                N_("the backup could not be written: {reason}"),
                hint=N_("name another place: --backup FILE"),
                reason=e.strerror or str(e),
            ) from None
        done = rewrite.rewrite(self.repo, erasure)
        if (
            past.tree(self.repo.root, "HEAD") != before
        ):  # the work tree and git's index hold what stood before
            plumbing.run_over_files(self.repo.root, "read-tree", "HEAD")
        return done

    def _asked(self, folder: str) -> Callable[[bytes | None], bool]:
        """Return what says whether a folder of that name was this customer's: under an old number lay others too."""
        number = folder.rpartition("/")[2]
        if number == self.about.number or not (self.session.book.root / folder).exists():
            return lambda _raw: True
        pattern = _pattern([t.encode() for t, known in self.about.texts.items() if known])
        return lambda raw: bool(raw and pattern and pattern.search(raw))

    def _text(self, raw: bytes) -> bytes:
        if self._other is None or b"\0" in raw[:8000]:
            return raw
        return self._other.sub(ERASED, raw)

    def _message(self, raw: bytes, *, touched: bool) -> bytes:
        pattern = self._own if touched else self._other
        return pattern.sub(ERASED, raw) if pattern else raw

    def prove(self) -> tuple[int, list[str]]:
        """Remove what is left of the old history, here and in .crm, and look through everything that remains."""
        rewrite.clean(self.repo)
        self._state()
        count = len(
            plumbing.run(self.repo.root, "cat-file", "--batch-all-objects", "--batch-check=.").split()
        )
        return count, sorted({where for where, _ in rewrite.scan(self.repo, self.sought)})

    def _state(self) -> None:
        """Remove what crmkit itself has noted: the index, logs, displaced versions of the dossier's files."""
        book = self.session.book
        self.session.index.close()
        with contextlib.suppress(OSError):
            shutil.rmtree(book.cache)
        any_of = _pattern(self.sought)
        for path in (book.state / "conflicts").glob("*"):
            named = any(name in path.name for name in self.about.names)
            with contextlib.suppress(OSError):
                if named or (any_of and any_of.search(path.read_bytes())):
                    path.unlink()

    def pushes(self, done: Rewritten) -> tuple[str, ...]:
        """Return the commands that let each remote have the new history, and only if it holds what we knew of it."""
        lines = []
        for name, old in sorted(done.dropped.items()):
            remote, _, branch = name.removeprefix("refs/remotes/").partition("/")
            if branch != "HEAD" and f"refs/heads/{branch}" in {*done.refs, *self._branches()}:
                lease = quoted(f"--force-with-lease={branch}:{old}")
                lines.append(f"git push {lease} {quoted(remote)} {quoted(branch)}")
        return tuple(lines)

    def _branches(self) -> set[str]:
        out = plumbing.run(self.repo.root, "for-each-ref", "--format=%(refname)", "refs/heads")
        return set(out.decode("utf-8", "surrogateescape").split())


def _pattern(texts: list[bytes]) -> re.Pattern[bytes] | None:
    ordered = sorted(set(texts), key=lambda t: (-len(t), t))
    return re.compile(b"|".join(re.escape(t) for t in ordered)) if ordered else None
