"""`crm history`: every change with time, field, old value, new value and who made it (R-001-34), read from git."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crmkit.book import _merge_data as data
from crmkit.book import _merge_lists as lists
from crmkit.book import layout
from crmkit.errors import Refused
from crmkit.git import past, plumbing
from crmkit.git.objects import Reader
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.git.plumbing import Repository

_SILENT = frozenset((*data.STAMPS, "created_by", "created_on"))
_SLOW = 0.5
"""Seconds for git's log from which on its filters are looked after."""
_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Step:
    """One value that changed: `old` or `new` is None where there was none.

    `field` is the dotted name, `entry` what the entry of a list goes by (a contact's name); both are "" where a whole
    record came, went or moved (`what`: added, removed, moved). Contact details and secrets are masked.
    """

    at: datetime
    record: str
    kind: str
    what: str
    field: str
    entry: str
    old: Any
    new: Any
    by: str
    commit: str

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "at": self.at.isoformat(timespec="minutes"),
            "id": self.record,
            "kind": self.kind,
            "what": self.what,
            "field": self.field,
            "entry": self.entry,
            "old": self.old,
            "new": self.new,
            "by": self.by,
            "commit": self.commit,
        }


def history(session: Session, ident: str, field: str = "", *, reveal: bool = False) -> list[Step]:
    """Return what happened to a record, the oldest first; a customer's history is its whole dossier's.

    Its numbers change on approval and when clones meet: all names it ever had are asked for. `field` is a dotted name
    or the beginning of one. Raises NotFound, and Refused where there is no git.
    """
    hit = session.resolve(ident)
    folder = hit.path.rpartition("/")[0] if hit.customer else ""
    folders = [folder, *_former(session, hit.customer)] if folder else []
    name = "" if hit.kind == "customer" else hit.id
    paths = [f"{f}/{name}.yaml" if name else f for f in folders] or [hit.path]
    try:
        repo = plumbing.discover(session.book.root)
    except plumbing.NoGit:
        raise Refused(
            N_("the book is in no git repository"), hint=N_("without one there is no history")
        ) from None
    began = time.monotonic()
    events = past.events(repo.top, ["HEAD"], [repo.prefix + p for p in paths])
    if time.monotonic() - began > _SLOW:
        past.keep_filters(repo.root)
    with Reader(repo) as reader:
        told = _Told(session, repo, reader, reveal=reveal, whole=not field)
        steps = [step for event in reversed(events) for step in told.event(event)]
    return [s for s in steps if _matches(s, field)] if field else steps


def _former(session: Session, customer: str) -> list[str]:
    """Return the folders that a dossier had before."""
    for row in session.index.dossier_docs(customer):
        if row.kind == "customer":
            names = [*(row.doc.get("formerly") or ()), customer]
            return [f for n in dict.fromkeys(names) if (f := layout.customer_folder(str(n))) not in row.path]
    return []


def _matches(step: Step, field: str) -> bool:
    wanted = field.replace("[", ".").replace("]", "")
    names = (step.field, f"{step.field}.{step.entry}", _within(step))
    return any(n == wanted or n.startswith(f"{wanted}.") for n in names)


def _within(step: Step) -> str:
    head, _, rest = step.field.partition(".")
    return f"{head}.{step.entry}.{rest}" if step.entry else step.field


class _Told:
    """Turns commits into steps; each blob is read once."""

    def __init__(
        self, session: Session, repo: Repository, reader: Reader, *, reveal: bool, whole: bool
    ) -> None:
        self._session = session
        self._repo = repo
        self._reader = reader
        self._reveal = reveal
        self._whole = whole
        self._docs: dict[str, Mapping[str, Any]] = {}

    def event(self, event: past.Event) -> Iterator[Step]:
        """Yield what one commit changed; a file that moved is compared with what it was before."""
        by_record: dict[str, list[past.Touched]] = {}
        for file in event.files:
            by_record.setdefault(_record(file.path), []).append(file)
        for files in by_record.values():
            old = next((f for f in files if f.old and not f.new), next((f for f in files if f.old), None))
            new = next((f for f in files if f.new), None)
            yield from self._record(event, old, new)

    def _record(
        self, event: past.Event, old: past.Touched | None, new: past.Touched | None
    ) -> Iterator[Step]:
        path = (new or old or event.files[0]).path.removeprefix(self._repo.prefix)
        place = layout.place_of(path)
        kind = place.kind if place else "file"
        ident = place.id if place else path.rpartition("/")[2]
        before = self._doc(old.old) if old and place else {}
        after = self._doc(new.new) if new and place else {}
        moved = old and new and old.path != new.path

        def step(what: str, field: str, entry: str, was: Any, now: Any) -> Step:
            shown = (self._shown(kind, field, was), self._shown(kind, field, now))
            at = event.at.astimezone(self._session.settings.zone)
            return Step(at, ident, kind, what, field, entry, *shown, self._by(event), event.sha[:10])

        if moved and old:
            number = old.path.split("/")[-2]
            if kind == "customer":
                yield step("moved", "", "", number, ident)
        elif new is None or not new.new:
            yield step("removed", "", "", _title(before) or ident, None)
            return
        elif old is None or not old.old:
            yield step("added", "", "", None, _title(after) or ident)
            if self._whole:  # what a new record says is told by asking for a field, or by crm show
                return
        for field, entry, was, now in _differences(before, after):
            if field.partition(".")[0] not in _SILENT:
                yield step("changed", field, entry, was, now)

    def _doc(self, blob: str) -> Mapping[str, Any]:
        if blob and blob not in self._docs:
            from crmkit.yaml.read import Unreadable, load

            try:
                self._docs[blob] = data.plain(load(self._reader.blob(blob), "").data)
            except Unreadable:
                self._docs[blob] = {}
        return self._docs.get(blob, {})

    def _by(self, event: past.Event) -> str:
        member = self._session.settings.member(event.email)
        return member.name if member else event.author

    def _shown(self, kind: str, field: str, value: Any) -> Any:
        spec = self._session.catalog.kinds.get(kind)
        known = spec.by_name.get(field) if spec else None
        marks = known.marks if known else frozenset()
        if not isinstance(value, str):
            return value
        if value.startswith("enc:") or "secret" in marks:
            return _HIDDEN
        if "personal" not in marks or self._reveal:
            return value
        from crmkit.values.phone import mask, mask_email

        return mask_email(value) if "email" in marks else mask(value)


def _record(path: str) -> str:
    name = path.rpartition("/")[2]
    return name if name != layout.CUSTOMER_FILE else ""


def _title(doc: Mapping[str, Any]) -> str:
    for key in ("name", "subject", "reason", "content", "number"):
        if isinstance(doc.get(key), str):
            return str(doc[key])
    return ""


Difference = tuple[str, str, Any, Any]


def _differences(before: Any, after: Any, field: str = "", entry: str = "") -> Iterator[Difference]:
    """Yield `(field, entry, old, new)` for each single value that differs."""
    if before == after:
        return
    if isinstance(before or after, Mapping) and isinstance(after or before, Mapping):
        old, new = before or {}, after or {}
        for key in dict.fromkeys([*old, *new]):
            yield from _differences(old.get(key), new.get(key), f"{field}.{key}" if field else key, entry)
    elif isinstance(before or after, list) and isinstance(after or before, list):
        yield from _in_lists(before or [], after or [], field, entry)
    else:
        yield field, entry, before, after


def _in_lists(before: Sequence[Any], after: Sequence[Any], field: str, entry: str) -> Iterator[Difference]:
    if not lists.mappings(before, after):
        for value in before:
            if value not in after:
                yield field, entry, data.text_of(value), None
        for value in after:
            if value not in before:
                yield field, entry, None, data.text_of(value)
        return
    key = lists.key_of([*before, *after], field.rpartition(".")[2])
    for trio in lists.aligned(before, after, after, key, field.rpartition(".")[2]):
        name = lists.name_of(trio.one if trio.one is not None else trio.base, key) if key else ""
        yield from _differences(trio.base, trio.one, field, name or entry)
