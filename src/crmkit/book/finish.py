"""A change that happens is brought to its end: the files, the commit, git's index; now, or after a crash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from crmkit.book import journal, roll
from crmkit.book.change import Applied, Change
from crmkit.book.disk import Disk, make_private, sha256, write_new
from crmkit.errors import Message, Refused, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.book.journal import Entry
    from crmkit.book.paths import Book
    from crmkit.git.commit import Order

_LOCK_WAIT = 1.5
_TRIES = 8


def finish(book: Book, disk: Disk, entry: Entry, notes: Sequence[Message] = ()) -> Applied:
    """Put the entry in place and commit it. Raises Refused where the disk fails: the next command goes on."""
    try:
        kept = roll.forward(book, disk, entry)
        commit, trouble, settled, _ = _commit(book, disk, entry, _LOCK_WAIT)
        disk.flush()
    except OSError as e:
        raise Refused(
            N_("the disk failed while the change was made: {reason}"),
            hint=N_("the change is kept in .crm/journal; the next crm command finishes it"),
            reason=e.strerror or str(e),
        ) from None
    if settled:
        with suppress(OSError):  # what is left of it is recognised as done and removed next time
            journal.drop(entry)
    told = [*notes, *(_kept(name) for name in kept), *([trouble] if trouble else [])]
    return Applied(commit[:10], paths_of(entry.change), "\n".join(str(t) for t in told), tuple(kept))


def all_of(book: Book, disk: Disk) -> list[Message]:
    """Finish every entry of the journal, oldest first; return what people should be told.

    Raises Refused where the disk fails. An entry that git alone would not take stays for the next time.
    """
    notes = []
    git_works = True
    folders = journal.entries(book)
    for folder in folders:
        if not git_works and folder != folders[-1]:
            continue  # its files stand: each entry's do before the next one is made
        entry = journal.load(folder)
        if entry is None:
            notes.append(_set_aside(book, folder.name, [folder]))
            continue
        try:
            if roll.untouched(disk, entry):
                mine = [entry.file(n) for n, _ in enumerate(entry.change.writes)]
                notes.append(_set_aside(book, folder.name, mine))
                journal.drop(entry)
                continue
            kept = roll.forward(book, disk, entry)
            notes += [_kept(name) for name in kept]
            if not git_works:
                continue
            _, trouble, settled, skipped = _commit(book, disk, entry, 0.0, _later(disk, entry))
            notes += [_kept(name) for name in _keep_ours(book, entry, skipped)] if settled else []
            disk.flush()
        except OSError as e:
            raise Refused(
                N_("an interrupted change could not be finished: {reason}"), reason=e.strerror or str(e)
            ) from None
        if trouble:
            notes.append(trouble)
        if settled:
            with suppress(OSError):
                journal.drop(entry)
        git_works = settled
    return notes


def paths_of(change: Change) -> tuple[str, ...]:
    """Return every path that the change touches, moved ones by their new names."""
    named = [w.path for w in change.writes] + [d.path for d in change.deletes] + list(change.gone)
    for move in change.moves:
        at = len(move.source)
        named = [
            move.target + p[at:] if p == move.source or p.startswith(move.source + "/") else p for p in named
        ]
    return tuple(dict.fromkeys([*named, *(m.target for m in change.moves)]))


def _commit(
    book: Book, disk: Disk, entry: Entry, wait: float, late: Mapping[str, str | None] | None = None
) -> tuple[str, Message | None, bool, tuple[str, ...]]:
    """Commit the entry's own texts, whatever stands in the files by now.

    Return the commit ("" for none), what went wrong, whether git is done with it, and what was left out because
    of `late` (see `git.commit.Order`).
    """
    from crmkit.git import commit, plumbing, refs

    order = _order(entry, late or {})
    try:
        for left in range(_TRIES - 1, -1, -1):
            ready = commit.prepare(book.root, order, entry.folder)
            disk.flush()
            try:
                commit.publish(ready, entry.folder)
            except refs.Moved:
                if not left:
                    raise
            else:
                break
        sha = ready.sha or ready.old
        try:
            commit.refresh(ready, entry.folder, wait)
        except (plumbing.GitError, OSError) as e:
            return sha, _trouble(e, N_("saved and committed; but {reason}")), False, ()
    except plumbing.NoGit as e:
        expected = plumbing.enclosing(book.root)
        return "", _trouble(e, N_("saved, but not committed: {reason}")) if expected else None, True, ()
    except (plumbing.GitError, OSError) as e:
        return "", _trouble(e, N_("saved, but not committed: {reason}")), False, ()
    return sha, None, True, ready.skipped


def _trouble(e: Exception, text: str) -> Message:
    if isinstance(e, OSError):
        return msg(text, reason=e.strerror or str(e))
    reason: object = getattr(e, "message", str(e))
    hint: object = getattr(e, "hint", None)
    if isinstance(hint, Message) and hint.msgid:
        return msg("{what} ({hint})", what=msg(text, reason=reason), hint=hint)
    return msg(text, reason=reason)


def _order(entry: Entry, late: Mapping[str, str | None]) -> Order:
    from crmkit.git.commit import Order

    change = entry.change
    files: dict[str, bytes | None] = {w.path: w.data for w in change.writes}
    files |= dict.fromkeys((*(d.path for d in change.deletes), *change.gone), None)
    moves = tuple((m.source, m.target) for m in change.moves)
    return Order(files, moves, change.message, change.actor, entry.at, late, change.parents, change.adopt)


def _later(disk: Disk, entry: Entry) -> dict[str, str | None]:
    """Return the files that somebody has changed since the entry put them in place, with their bases."""
    change = entry.change
    wanted: list[tuple[str, str | None, str | None]] = [
        (w.path, w.base, sha256(w.data)) for w in change.writes
    ]
    wanted += [(d.path, d.base, None) for d in change.deletes]
    now = paths_of(Change(change.writes, change.moves, change.deletes))
    return {
        path: base
        for (path, base, new), at in zip(wanted, now, strict=False)
        if roll.base_of(disk, at) != new
    }


def _keep_ours(book: Book, entry: Entry, skipped: Sequence[str]) -> list[str]:
    """Put texts aside that came too late for git and that somebody has overwritten: they stand nowhere else."""
    kept = []
    for write in entry.change.writes:
        if write.path in skipped:
            aside = roll.aside(book, write.path)
            write_new(aside, write.data, 0o600)
            kept.append(aside.name)
    return kept


def _kept(name: str) -> Message:
    return msg(
        N_("somebody saved the same file at this moment: their version is kept in .crm/conflicts/{name}"),
        name=name,
    )


def _set_aside(book: Book, number: str, files: Sequence[object]) -> Message:
    """Keep what an entry that cannot happen would have written."""
    from pathlib import Path

    conflicts = book.state / "conflicts"
    make_private(conflicts)
    for file in files:
        path = Path(str(file))
        target = conflicts / f"interrupted-{number}-{path.name}"
        with suppress(FileNotFoundError):
            path.rename(target)
    return msg(
        N_(
            "a change that was interrupted was not made, since its files have changed; it is kept in {folder}"
        ),
        folder=".crm/conflicts",
    )
