"""`crm import`: records from files of other programs, as one change (R-001-17, R-001-18, R-003-48)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.errors import CrmError, Message
from crmkit.exchange import reading
from crmkit.exchange.entries import Batch, Entry, problem
from crmkit.exchange.reading import Options

if TYPE_CHECKING:
    from crmkit.actions._write import Done, Draft
    from crmkit.actions.session import Session

__all__ = ["Bad", "Import", "Options", "Outcome", "Took", "prepare", "read"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Took:
    """One record that an import made or changed, and the rows that it came of."""

    did: str
    kind: str
    id: str
    path: str
    title: str
    lines: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "did": self.did,
            "id": self.id,
            "kind": self.kind,
            "path": self.path,
            "lines": list(self.lines),
        }


@dataclass(frozen=True, slots=True)
class Bad:
    """One row that was not imported, and why: `(field, message, hint)`."""

    line: int
    where: str
    why: tuple[tuple[str, Message, Message], ...]
    entry: Entry

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "line": self.line,
            "where": self.where,
            "problems": [{"field": f, "message": str(m), "hint": str(h)} for f, m, h in self.why],
        }

    @property
    def reasons(self) -> str:
        """Why, in words, with the way out."""
        return "; ".join(_reason(*why) for why in self.why)


def _reason(name: str, message: Message, hint: Message) -> str:
    text = str(message) if not name or name in str(message) else f"{name}: {message}"
    return f"{text} ({hint})" if str(hint) else text


@dataclass(slots=True)
class Outcome:
    """What became of a file's rows. `doubts` are `(row, number, name, key)` of customers that look like one added."""

    added: list[Took] = field(default_factory=list)
    updated: list[Took] = field(default_factory=list)
    unchanged: int = 0
    skipped: int = 0
    bad: list[Bad] = field(default_factory=list)
    doubts: list[tuple[int, str, str, str]] = field(default_factory=list)

    @property
    def took(self) -> list[Took]:
        """Everything that was made or changed."""
        return [*self.added, *self.updated]

    def counts(self) -> dict[str, int]:
        """Return how many records were added, changed, found as they are, left out, and how many rows are bad."""
        return {
            "added": len(self.added),
            "updated": len(self.updated),
            "unchanged": self.unchanged,
            "skipped": self.skipped,
            "bad": len(self.bad),
        }


class Import(Prepared):
    """The change that an import makes; `outcome` says what became of the rows once it was composed."""

    def __init__(self, session: Session, batch: Batch, mode: str, by: str, progress: Progress | None) -> None:
        """See `prepare`."""
        self.batch = batch
        self.outcome = Outcome()
        self._how = mode, by, progress
        super().__init__(session, self._fill)

    def _fill(self, draft: Draft) -> None:
        from crmkit.actions._intake import Intake

        mode, by, progress = self._how
        self.outcome = Intake(draft, self.batch, mode, by, progress).run()

    def apply(self) -> Done:
        """Make the change."""
        import gc

        gc.disable()  # tens of thousands of records are made and none is dropped: looking for rubbish is in vain
        try:
            done = super().apply()
        finally:
            gc.enable()
        self._how = (*self._how[:2], None)
        return done


def read(session: Session, name: str, raw: bytes, options: Options, assignments: Sequence[str] = ()) -> Batch:
    """Return what a file holds; `assignments` (`field=value`) hold for every record that does not say otherwise."""
    if options.kind:
        options = Options(session.kind(options.kind).name, options.maps, options.encoding, options.sheet)
    if reading.form_of(name, raw) in {"mail", "meetings"}:
        return _filled(session, talks(session, [(name, raw)]), assignments)
    place = reading.Place(session.catalog, session.settings, session.now)
    batch = reading.read(name, raw, options, place)
    return _filled(session, batch, assignments)


def talks(session: Session, files: Sequence[tuple[str, bytes]]) -> Batch:
    """Return the follow-ups that mails (.eml) and meetings (.ics) make; a file that is none of them is a bad row."""
    from crmkit.actions import _talks
    from crmkit.exchange import mail, meetings

    found: list[tuple[str, int, mail.Talk]] = []
    broken: list[Entry] = []
    for number, (name, raw) in enumerate(files, 1):
        try:
            if reading.form_of(name, raw) == "mail":
                read_one = mail.read(raw, name)
            else:
                read_one = meetings.read(raw, name, session.settings.zone)
        except CrmError as e:
            broken.append(Entry(number, "followup", {}, raw={"file": name}, problems=[problem("", e)]))
            continue
        found += [(name, number if len(files) > 1 else n, talk) for n, talk in enumerate(read_one, 1)]
    name = files[0][0] if len(files) == 1 else f"{len(files)} files"
    return Batch(name, "mail", [*_talks.entries(session, found), *broken])


def _filled(session: Session, batch: Batch, assignments: Sequence[str]) -> Batch:
    if not assignments:
        return batch
    from crmkit.actions._known import merged
    from crmkit.records import entry

    of_kind: dict[str, dict[str, Any]] = {}
    for one in batch.entries:
        if one.kind not in of_kind:
            spec = session.catalog.kinds[one.kind]
            of_kind[one.kind] = entry.new_fields(spec, session.settings, assignments, session.now)
        one.fields = merged(of_kind[one.kind], one.fields)
    return batch


def bad_file(made: Import, ending: str = "") -> tuple[str, bytes]:
    """Return the bad rows of an import as a file to mend and import again: its ending, and its bytes."""
    from crmkit.exchange import errors_file

    rows = [(bad.reasons, bad.entry) for bad in made.outcome.bad]
    return errors_file.build(made.batch, rows, ending)


def prepare(
    session: Session, batch: Batch, mode: str = "", by: str = "", progress: Progress | None = None
) -> Import:
    """Return the change that takes a file in.

    `mode` "" adds what is new and changes what is known, "add" and "update" do the one alone; `by` is the field by
    which customers are known again, otherwise tax id, number, name, phone and e-mail.
    """
    if by:
        from crmkit.exchange.headers import asked

        by = asked(session.kind("customer"), by).name
    return Import(session, batch, mode, by, progress)
