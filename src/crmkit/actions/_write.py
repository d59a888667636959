"""The one door: every change of a record, from any command, is composed, checked and written here.

An action describes what it wants on a `Draft`. The draft is composed under the book's lock, so that ids and texts
come from what the files hold at that moment, then checked, written, committed, and the index is brought up to date.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crmkit.book import layout, naming, store
from crmkit.errors import Conflict, Invalid, NotFound, Problem, Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from datetime import date

    from crmkit.actions._seal import Sealer
    from crmkit.actions.session import Session
    from crmkit.yaml.write import Edit


@dataclass(frozen=True, slots=True)
class Done:
    """What a change did: the record it was about, and every file it touched.

    `also` holds the ids of records made beside the main one (the planned next step of a logged call);
    `commit` is the abbreviated git commit, "" where the book has no git or git refused (then `notice` says so).
    """

    id: str
    kind: str
    path: str
    changed: tuple[str, ...]
    also: tuple[str, ...] = ()
    commit: str = ""
    notice: str = ""
    warnings: tuple[Problem, ...] = ()
    message: str = ""
    removed: bool = False
    """Whether every file that changed is gone now."""

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        out: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "path": self.path,
            "changed": list(self.changed),
        }
        return out | ({"also": list(self.also)} if self.also else {})


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a draft: what stood there (None: nothing) and what shall stand there (None: nothing)."""

    old: bytes | None
    new: bytes | None


class Draft:
    """A change in the making: files created, edited and deleted, each from the bytes that stand there now.

    Folders may move with it. A file in one goes by its old path or its new one, whether it is edited before the
    move or after; `files` has it under the path where it stands now.
    """

    def __init__(self, session: Session) -> None:
        """Begin an empty change on the session's book."""
        self.session = session
        self.files: dict[str, _File] = {}
        self.moves: dict[str, str] = {}
        self._moved: list[str] = []
        self.message = ""
        self.main: tuple[str, str, str] = ("", "", "")
        self.also: list[str] = []
        self.restored: set[str] = set()
        self.standing: dict[str, bytes | None] = {}
        self.notice = ""
        self.sealer: Sealer | None = None
        self.warnings: list[Problem] = []
        """What to tell beside what the checks of the files find."""
        self._ids: set[str] = set()
        self._numbers: naming.Numbers | None = None
        self._looked: dict[str, tuple[bytes, list[Problem]]] = {}

    def about(self, ident: str, kind: str, path: str, message: str) -> None:
        """Say which record the change is about, and how git's log shall tell it."""
        self.main = (ident, kind, path)
        self.message = message

    def text(self, path: str) -> str:
        """Return what the file at `path` will hold: this draft's text, else what stands on disk."""
        return self._bytes(path).decode("utf-8")

    def maybe(self, path: str) -> bytes | None:
        """Return what the file at `path` will hold, None where there is none."""
        try:
            return self._bytes(path)
        except NotFound:
            return None

    def create(
        self,
        kind: str,
        fields: Mapping[str, Any],
        folder: str = "",
        day: date | None = None,
        *,
        message: str = "",
        ident: str = "",
        raw: bytes | None = None,
    ) -> str:
        """Add a record of `kind` and return its id; `folder` is the dossier's path for those that lie in one.

        With a `message` the record is what the change is about; otherwise it comes beside. `ident` is an id that the
        record has already (nobody else may); `raw` its text where that has been made.
        """
        day = day or self.session.today
        ident, path = self._at(kind, folder, day, ident) if ident else self._place(kind, folder, day)
        self._ids.add(ident)
        stands = self._stands(path)
        self._set(stands, _File(None, self.record_text(kind, fields) if raw is None else raw))
        if message:
            self.about(ident, kind, path, message)
        else:
            self.also.append(ident)
        return ident

    def record_text(self, kind: str, fields: Mapping[str, Any]) -> bytes:
        """Return the text of a new record, its fields in the order of the kind."""
        from crmkit.yaml import write

        spec = self.session.catalog.kinds[kind]
        ordered = {f.path.split(".")[0].removesuffix("[]"): None for f in spec.fields}
        body = {k: fields[k] for k in ordered if k in fields} | {
            k: v for k, v in fields.items() if k not in ordered
        }
        return write.dump(body).encode()

    def problems(self, path: str) -> list[Problem]:
        """Return what is wrong with the text that will stand at `path`; looked at once as long as it stays."""
        raw = self._bytes(path)
        known = self._looked.get(path)
        if known is None or known[0] is not raw:
            known = self._looked[path] = raw, self.session.problems_of(path, raw, self.maybe)
        return known[1]

    def judged(self, path: str, raw: bytes, problems: Sequence[Problem]) -> None:
        """Remember what was found wrong with `raw` before it had its path: it is not looked at again there."""
        if self._bytes(path) is raw:
            self._looked[path] = raw, [replace(p, path=path) for p in problems]

    def put(self, path: str, text: str, *, base: bytes | None) -> None:
        """Let `text` stand at `path`, computed from `base` (None: there was no file); its secrets are encrypted."""
        path = self._stands(path)
        self._set(path, _File(self.files[path].old if path in self.files else base, text.encode()))

    def _set(self, path: str, file: _File) -> None:
        """Take a file in with its secrets encrypted, or not at all."""
        from crmkit.actions import _seal

        before = self.files.get(path)
        self.files[path] = file
        try:
            _seal.seal_file(self, path)
        except BaseException:
            del self.files[path]
            if before is not None:
                self.files[path] = before
            raise

    def put_bytes(self, path: str, raw: bytes) -> None:
        """Let a new file at `path`, an attachment, hold these bytes."""
        self.files[self._stands(path)] = _File(None, raw)

    def edit(self, path: str, edits: Sequence[Edit]) -> None:
        """Change single fields of the record at `path`; every other byte stays.

        A field that is new in the file comes where its kind has it.
        """
        from crmkit.yaml import write

        if not edits:
            return
        old, order = self._bytes(path), self._order(path)
        placed = [replace(e, order=order) if len(e.steps) == 1 and not e.order else e for e in edits]
        self.put(path, write.edit(old.decode("utf-8"), placed), base=old)

    def delete(self, path: str) -> None:
        """Remove the file at `path`."""
        path = self._stands(path)
        self.files[path] = _File(self._bytes(path), None)

    def move(self, old: str, new: str) -> None:
        """Let the dossier's folder `old` be called `new`, with all that lies in it, attachments and keys too.

        Edits in the same change go with it. The door refuses a folder that is gone and a name that is taken.
        """
        if old != new:
            self.moves[old] = new
            self._ids.add(new.rpartition("/")[2])
            self._moved += layout.dossier_files(self.session.book, old)

    def named(self, path: str) -> str:
        """Return what the file at `path` is called after the change."""
        return next((new + path[len(old) :] for old, new in self.moves.items() if _below(path, old)), path)

    def changed(self) -> list[str]:
        """Return the files that this changes, by the names they have afterwards; moved ones are among them."""
        touched = [p for p, f in self.files.items() if f.new != f.old]
        return list(dict.fromkeys(map(self.named, [*touched, *self._moved])))

    def restore(self, path: str, now: bytes | None, then: bytes | None) -> None:
        """Let `then` stand at `path` again, where `now` must stand; what stood there once is not checked again."""
        self.files[path] = _File(now, then)
        self.restored.add(path)

    def stands(self, path: str, now: bytes | None, then: bytes | None, text: bytes | None) -> None:
        """Take in what somebody wrote by hand: `now` stands on disk, `then` in git, `text` shall stand in both."""
        self.files[path] = _File(then, text)
        self.standing[path] = now

    def stamp(self, path: str) -> None:
        """Write who changed the record and when."""
        from crmkit.yaml.write import Edit

        who, when = self.session.actor_name, self.session.stamp
        self.edit(path, [Edit(("updated_by",), who), Edit(("updated_at",), when)])

    def bases(self) -> dict[str, bytes | None]:
        """Return what each touched file held when the draft read it."""
        return {path: f.old for path, f in self.files.items()}

    def change(self) -> store.Change:
        """Return the change for the store."""
        writes = tuple(
            store.Write(path, f.new, _digest(base), base)
            for path, f in self.files.items()
            if f.new is not None and f.new != f.old
            for base in (self.standing.get(path, f.old),)
        )
        deletes = tuple(
            store.Delete(path, _digest(f.old) or "")
            for path, f in self.files.items()
            if f.new is None and f.old is not None and path not in self.standing
        )
        return store.Change(
            writes=writes,
            moves=tuple(store.Move(old, new) for old, new in self.moves.items()),
            deletes=deletes,
            message=self.message,
            actor=self.session.actor_identity,
            standing=bool(self.standing),
            gone=tuple(p for p in self.standing if self.files[p].new is None),
        )

    def diff(self) -> str:
        """Return the change as a unified diff."""
        out = [f"rename from {old}\nrename to {new}\n" for old, new in self.moves.items()]
        for path, f in sorted(self.files.items()):
            if b"\0" in (f.old or b"")[:8000] or b"\0" in (f.new or b"")[:8000]:
                out.append(
                    f"Binary file {self.named(path)}: {len(f.old or b'')} -> {len(f.new or b'')} bytes\n"
                )
                continue
            old = (f.old or b"").decode("utf-8", "replace").splitlines(keepends=True)
            new = (f.new or b"").decode("utf-8", "replace").splitlines(keepends=True)
            before = f"a/{path}" if f.old is not None else "/dev/null"
            after = f"b/{self.named(path)}" if f.new is not None else "/dev/null"
            out += (
                line if line.endswith("\n") else line + "\n"
                for line in difflib.unified_diff(old, new, before, after)
            )
        return "".join(out)

    def _stands(self, path: str) -> str:
        """Return where the file at `path` stands now: in a folder that moves, below its old name."""
        return next((old + path[len(new) :] for old, new in self.moves.items() if _below(path, new)), path)

    def _bytes(self, path: str) -> bytes:
        path = self._stands(path)
        known = self.files.get(path)
        if known is not None and known.new is not None:
            return known.new
        try:
            return (self.session.book.root / path).read_bytes()
        except FileNotFoundError:
            raise NotFound(
                N_("{path} is gone"), hint=N_("somebody removed it; look with: crm list"), path=path
            ) from None

    def _order(self, path: str) -> tuple[str, ...]:
        place = layout.place_of(path)
        spec = self.session.catalog.kinds.get(place.kind) if place else None
        return tuple(f.name for f in spec.fields if "." not in f.name) if spec else ()

    def _place(self, kind: str, folder: str, day: date) -> tuple[str, str]:
        book, spec = self.session.book, self.session.catalog.kinds[kind]
        if spec.place != "customer":
            taken = self.session.index.has_id
            ident = naming.new_id(book, kind, day, taken=lambda i: i in self._ids or taken(i))
        elif self.session.settings.review.required:
            ident = naming.new_id(book, "draft", day, taken=lambda i: i in self._ids)
        else:
            self._numbers = self._numbers or naming.Numbers(book)
            ident = self._numbers.next(day, self._ids)
        return self._at(kind, folder, day, ident)

    def _at(self, kind: str, folder: str, day: date, ident: str) -> tuple[str, str]:
        return ident, layout.record_path(self.session.catalog.kinds[kind], ident, folder, day)


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _digest(raw: bytes | None) -> str | None:
    return None if raw is None else hashlib.sha256(raw).hexdigest()


class Prepared:
    """A change that can be looked at before it is made.

    `preview` composes it without the lock; `apply` composes it again under the lock and refuses if a file that was
    shown has changed since.
    """

    def __init__(self, session: Session, compose: Callable[[Draft], None]) -> None:
        """`compose` describes the change on a Draft; it may be called twice and must not keep state."""
        self._session = session
        self._compose = compose
        self._seen: Draft | None = None

    @property
    def preview(self) -> Draft:
        """The change as it would be made now."""
        if self._seen is None:
            seen = Draft(self._session)
            self._composed(seen)
            _check(seen)
            self._seen = seen
        return self._seen

    @property
    def diff(self) -> str:
        """The change as a unified diff (raw text: make it safe before it reaches a terminal)."""
        return self.preview.diff()

    def dry_run(self) -> Done:
        """Return what `apply` would return, writing nothing."""
        return _done(self.preview, _check(self.preview))

    def apply(self) -> Done:
        """Make the change.

        Raises Invalid where it would leave errors, Conflict where somebody else was faster.
        """
        if self._session.past:
            raise Refused(
                N_("this is the book as it stood on {day}; the past is not changed"),
                hint=N_("repeat it without --at"),
                day=self._session.past,
            )
        with store.writing(self._session.book) as door:
            draft = Draft(self._session)
            self._composed(draft)
            if self._seen is not None and self._shown_is_stale(draft):
                raise Conflict(
                    N_("the files have changed since the change was shown"),
                    diff=self._seen.diff(),
                    hint=N_("look again and repeat the command"),
                )
            warnings = _check(draft)
            if not (draft.moves or any(f.new != f.old for f in draft.files.values())):
                return _done(draft, warnings)
            applied = door.apply(draft.change())
        self._session.index.refresh()
        return _done(draft, warnings, commit=applied.commit, notice=applied.warning)

    def _composed(self, draft: Draft) -> None:
        from crmkit.actions import _seal

        self._compose(draft)
        _seal.seal(draft)  # once more, whatever came in beside `put`

    def _shown_is_stale(self, draft: Draft) -> bool:
        seen = self._seen.bases() if self._seen else {}
        now = draft.bases()
        return any(path in now and now[path] != old for path, old in seen.items() if old is not None)


def _done(draft: Draft, warnings: Sequence[Problem], commit: str = "", notice: str = "") -> Done:
    ident, kind, path = draft.main
    changed = tuple(draft.changed())
    gone = {draft.named(p) for p, f in draft.files.items() if f.new is None}
    removed = bool(changed) and gone.issuperset(changed)
    notice = " ".join(n for n in (draft.notice, notice) if n)
    also = tuple(draft.also)
    return Done(ident, kind, path, changed, also, commit, notice, tuple(warnings), draft.message, removed)


def _check(draft: Draft) -> list[Problem]:
    """Return the warnings that the change brings in.

    Raises Invalid for errors that were not there before, Refused where the person has no right to the change.
    """
    from crmkit.actions import _rights

    session = draft.session
    session.demand_actor()
    _rights.demand(draft)
    fresh: list[Problem] = []
    for stands, f in draft.files.items():
        path = draft.named(stands)
        if f.new is None or f.new == f.old or path in draft.restored:
            continue
        before = session.problems_of(path, f.old, draft.maybe) if f.old is not None else ()
        known = set(map(_sameness, before))
        fresh += [p for p in draft.problems(path) if _sameness(p) not in known]
    if errors := [p for p in fresh if p.severity == "error"]:
        raise Invalid(N_("nothing was written: {n} error(s) in the record"), errors, n=len(errors))
    return [*draft.warnings, *fresh]


def _sameness(problem: Problem) -> tuple[str, str, str]:
    """Return what makes a problem the one that was there before: a warning is also about what it says."""
    return problem.field, problem.code, "" if problem.severity == "error" else problem.text
