"""The rows of a file, one by one, into a change: found again or new, merged, checked, written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions._known import Known, Target, identity, merged, plain, without_empty
from crmkit.actions.importing import Bad, Outcome, Progress, Took
from crmkit.errors import CrmError, Message, Problem, msg
from crmkit.exchange.entries import problem
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.exchange.entries import Batch, Entry
    from crmkit.records.catalog import KindSpec

_OURS = {
    True: re.compile(r"[0-9]{6}-[0-9]{3,}|draft-[0-9]{6}-[0-9a-z]{4}"),
    False: re.compile(r"[a-z_]+-[0-9]{6}-[0-9a-z]{4}"),
}
"""What ids look like: those of customers, and of everything else."""
_FEW = 3000
"""Customers, known and new, that are compared by their names within an import."""
_WAITING = {"draft", "submitted", "returned"}
_STEP = 200
"""Rows between two looks at the bar."""


class Intake:
    """One composition of an import on a draft; a second one begins anew."""

    def __init__(self, draft: Draft, batch: Batch, mode: str, by: str, progress: Progress | None) -> None:
        """See `importing.prepare`."""
        self.draft = draft
        self.session = draft.session
        self.batch = batch
        self.mode = mode
        self.known = Known(self.session, by)
        self.outcome = Outcome()
        self.targets: list[Target] = []
        self._touched: dict[int, Target] = {}
        self._progress = progress
        self._records: dict[str, dict[tuple[Any, ...], list[Target]]] = {}
        self._bad: dict[int, Bad] = {}
        self._given: set[str] = set()
        self._gone: set[str] | None = None

    def run(self) -> Outcome:
        """Take every row in; return what became of them."""
        kinds = self.session.catalog.kinds
        rank = {"customer": 0, "dossier": 2}
        entries = sorted(self.batch.entries, key=lambda e: rank.get(kinds[e.kind].place, 1))
        whole = len(entries) * 2
        for n, entry in enumerate(entries):
            self._take(entry)
            if self._progress and n % _STEP == 0:
                self._progress(n, whole)
        done = len(entries)
        for n, target in enumerate(self.targets):
            self._write(target)
            if self._progress and n % _STEP == 0:
                self._progress(done + n, whole)
        if self._progress:
            self._progress(whole, whole)
        self.outcome.bad = [self._bad[id(e)] for e in self.batch.entries if id(e) in self._bad]
        self._likenesses()
        self._about()
        return self.outcome

    # -- which record a row is about

    def _take(self, entry: Entry) -> None:
        if entry.problems:
            self._reject(entry, entry.problems)
            return
        spec = self.session.catalog.kinds[entry.kind]
        entry.fields = without_empty(entry.fields)
        try:
            if spec.place == "customer":
                self._customer(entry)
            else:
                self._other(spec, entry)
        except CrmError as e:
            self._reject(entry, [problem("", e)])

    def _customer(self, entry: Entry) -> None:
        found, why = self.known.same(entry.fields, entry.ident)
        if len(found) > 1:
            names = ", ".join(f"{t.ident} {t.title}".strip() for t in found[:5])
            self._reject(
                entry,
                [
                    _wrong(
                        why,
                        msg(N_("may be any of {n} customers: {names}"), n=len(found), names=names),
                        msg(N_("give the row the number of the one that is meant, or merge them: crm merge")),
                    )
                ],
            )
            return
        if found:
            self._onto(found[0], entry)
            self.known.add(found[0])
            return
        target = self._new("customer", entry)
        if target:
            for other, key in self.known.doubtful(entry.fields):
                self.outcome.doubts.append((entry.line, other.ident, other.title, key))
            self.known.add(target)

    def _other(self, spec: KindSpec, entry: Entry) -> None:
        whose = self._whose(entry) if spec.place == "dossier" else None
        if spec.place == "dossier" and whose is None:
            return
        same = self._same(spec, entry, whose)
        if same and entry.fields.get("origin") and same.row is not None:
            entry.fields = _moved(entry.fields, same.row.doc)
        if same:
            self._onto(same, entry)
            return
        target = self._new(entry.kind, entry, whose)
        if target:
            key = identity(spec, entry.fields)
            self._records[self._shelf(spec.name, whose)].setdefault(key, []).append(target)

    def _whose(self, entry: Entry) -> Target | None:
        if not entry.customer:
            self._reject(
                entry,
                [
                    _wrong(
                        "customer",
                        msg(N_("whose it is is not said")),
                        msg(N_("a column 客户 (customer) names the customer by number or name")),
                    )
                ],
            )
            return None
        found = self.known.named(entry.customer)
        if len(found) == 1:
            return found[0]
        if not found:
            hit = self.session.customer(entry.customer)
            found = self.known.named(hit.id)
        if len(found) != 1:
            names = ", ".join(f"{t.ident} {t.title}".strip() for t in found[:5])
            self._reject(
                entry,
                [
                    _wrong(
                        "customer", msg(N_("may be any of {n} customers: {names}"), n=len(found), names=names)
                    )
                ],
            )
            return None
        return found[0]

    def _same(self, spec: KindSpec, entry: Entry, whose: Target | None) -> Target | None:
        """Return the record of the book or of the file that says the same already."""
        shelf = self._shelf(spec.name, whose)
        if shelf not in self._records:
            self._stock(spec)
            self._records.setdefault(shelf, {})
        if entry.ident and (found := self._records.get(f"{spec.name} id", {}).get((entry.ident,))):
            return found[0]
        key = identity(spec, entry.fields)
        found = self._records[shelf].get(key, []) if key else []
        return found[0] if len(found) == 1 or (found and not entry.ident) else None

    def _stock(self, spec: KindSpec) -> None:
        """Look at all records of a kind, once."""
        if f"{spec.name} id" in self._records:
            return
        ids: dict[tuple[Any, ...], list[Target]] = defaultdict(list)
        self._records[f"{spec.name} id"] = ids
        for row in self.session.index.rows(spec.name):
            target = Target(spec.name, row, ident=row.id, path=row.path)
            ids[row.id,].append(target)
            shelf = self._records.setdefault(f"{spec.name} {row.customer}", {})
            if key := identity(spec, row.doc):
                shelf.setdefault(key, []).append(target)

    @staticmethod
    def _shelf(kind: str, whose: Target | None) -> str:
        if whose is None:
            return f"{kind} "
        return f"{kind} {whose.row.id}" if whose.row else f"{kind} new {id(whose)}"

    # -- what it will hold

    def _new(self, kind: str, entry: Entry, whose: Target | None = None) -> Target | None:
        if self.mode == "update":
            self.outcome.skipped += 1
            return None
        target = Target(kind, None, entry.fields, entry.ident, whose, [entry])
        self._touched[id(target)] = target
        self.targets.append(target)
        return target

    def _onto(self, target: Target, entry: Entry) -> None:
        if target.row is not None and self.mode == "add":
            self.outcome.skipped += 1
            return
        target.fields = merged(target.fields, entry.fields)
        target.entries.append(entry)
        if id(target) not in self._touched:
            self._touched[id(target)] = target
            self.targets.append(target)

    # -- writing

    def _write(self, target: Target) -> None:
        if target.whose is not None and target.whose.lost:
            self._lose(target, [_wrong("customer", msg(N_("its customer could not be imported")))])
            return
        try:
            if target.row is None:
                self._create(target)
            else:
                self._change(target)
        except CrmError as e:
            self._lose(target, [problem("", e)])

    def _create(self, target: Target) -> None:
        session, draft = self.session, self.draft
        spec = session.catalog.kinds[target.kind]
        kept = self._kept(spec, target)
        fields = dict(target.fields) if kept else self._complete(spec, target)
        self._own_stamps(fields)
        secrets = [f.name for f in spec.marked("secret") if f.name in fields]
        raw = draft.record_text(spec.name, {k: v for k, v in fields.items() if k not in secrets})
        folder = str(PurePosixPath(target.whose.path).parent) if target.whose else ""
        found = session.problems_of(self._trial_path(spec, folder), raw)
        if wrong := [p for p in found if p.severity == "error"]:
            self._lose(target, wrong)
            return
        before, day = len(draft.also), _day(session, spec, fields)
        draft.create(spec.name, fields, folder, day, raw=None if secrets else raw, ident=kept)
        target.ident = draft.also[before]
        target.path = next(reversed(draft.files))
        if not secrets:
            draft.judged(target.path, raw, found)
        self._took("added", target)

    @staticmethod
    def _trial_path(spec: KindSpec, folder: str) -> str:
        if spec.place == "customer":
            return "customers/2000/200001-001/customer.yaml"
        return f"{folder or spec.place}/{spec.name}-000101-0000.yaml"

    def _kept(self, spec: KindSpec, target: Target) -> str:
        """Return the id that the file gives the record where it is one of a book and free here, else "".

        A customer's number is kept only where it has been approved, or nobody need approve it (R-000-19). What another
        program calls a customer stays findable.
        """
        ident = target.ident
        if not ident:
            return ""
        taken = self.session.index.has_id(ident) or ident in self._given or ident in self._retired()
        if _OURS[spec.place == "customer"].fullmatch(ident) and not taken:
            review = target.fields.get("review")
            state = review.get("state") if isinstance(review, Mapping) else None
            draft = ident.startswith("draft-")
            required = self.session.settings.review.required
            fits = spec.place != "customer" or (
                state in _WAITING if draft else not required or state == "approved"
            )
            if fits and (spec.place == "customer" or ident.startswith(f"{spec.name}-")):
                self._given.add(ident)
                return ident
        if spec.place == "customer" and not ident.startswith("draft-"):
            target.fields = merged(target.fields, {"formerly": [ident]})
        return ""

    def _own_stamps(self, fields: dict[str, Any]) -> None:
        """Let the stamps say who acts where there are rights: whose a record is is nobody's to claim."""
        session, mine = self.session, self.session.rights
        if mine.everything:
            return
        if fields.get("updated_by"):
            fields |= {"updated_by": session.actor_name, "updated_at": session.stamp}
        if fields.get("created_by") and not mine.settings:
            fields["created_by"] = session.actor_name

    def _retired(self) -> set[str]:
        if self._gone is None:
            from crmkit.book import naming

            self._gone = naming.retired(self.session.book)
        return self._gone

    def _complete(self, spec: KindSpec, target: Target) -> dict[str, Any]:
        """Return a new record's fields with what follows from who adds it and when."""
        session, fields = self.session, dict(target.fields)
        if spec.name == "followup" and fields.get("at") and not fields.get("status"):
            fields["status"] = "done"
        if "owner" in spec.by_name and not fields.get("owner") and fields.get("status") != "done":
            owner = target.whose.doc.get("owner") if target.whose else ""
            fields["owner"] = owner or session.actor_name
        for received in spec.marked("received"):
            fields.setdefault(received.name, session.moment(""))
        fields.setdefault("created_by", session.actor_name)
        fields.setdefault("created_on", session.today)
        if spec.place == "customer":
            fields.setdefault("updated_by", session.actor_name)
            fields.setdefault("updated_at", session.stamp)
            if session.settings.review.required:
                fields.setdefault("review", {"state": "draft"})
        return fields

    def _change(self, target: Target) -> None:
        from crmkit.yaml import read
        from crmkit.yaml.write import Edit

        assert target.row is not None  # noqa: S101 - narrows
        doc = target.row.doc
        fresh = {k: v for k, v in target.fields.items() if plain(merged(doc.get(k), v)) != doc.get(k)}
        fresh = {k: v for k, v in fresh.items() if not k.startswith(("created_", "updated_"))}
        if not fresh:
            self.outcome.unchanged += 1
            return
        path = target.row.path
        before = self.draft.files.get(path)
        data = read.load(self.draft.text(path).encode(), path).data
        known = {(p.field, p.code) for p in self.draft.problems(path)}
        self.draft.edit(path, [Edit((k,), merged(data.get(k), v)) for k, v in fresh.items()])
        self.draft.stamp(path)
        wrong = [
            p for p in self.draft.problems(path) if p.severity == "error" and (p.field, p.code) not in known
        ]
        if wrong:
            if before is None:
                del self.draft.files[path]
            else:
                self.draft.files[path] = before
            self._lose(target, wrong)
            return
        self._took("updated", target)

    # -- what became of it

    def _took(self, did: str, target: Target) -> None:
        lines = tuple(e.line for e in target.entries)
        took = Took(did, target.kind, target.ident, target.path, target.title, lines)
        (self.outcome.added if did == "added" else self.outcome.updated).append(took)

    def _lose(self, target: Target, problems: list[Problem]) -> None:
        target.lost = target.row is None
        for entry in target.entries:
            self._reject(entry, problems)

    def _reject(self, entry: Entry, problems: list[Problem]) -> None:
        why = tuple((p.field, p.message, p.hint) for p in problems)
        self._bad[id(entry)] = Bad(entry.line, self.batch.where(entry), why, entry)

    def _likenesses(self) -> None:
        """Name the customers that a new one looks like; in a large book `crm dupes` does that in its own time."""
        from crmkit.actions._likeness import Faces, face

        new = [t for t in self.targets if t.kind == "customer" and t.row is None and not t.lost]
        known = [t for t in self.known.customers() if t.row is not None]
        if not new or not known or len(known) + len(new) > _FEW:
            return
        told = {(line, ident) for line, ident, _, _ in self.outcome.doubts}
        faces = Faces(face(t.ident, t.doc) for t in known)
        for target in new:
            line = target.entries[0].line
            for pair in faces.like(face("", target.doc)):
                if (line, pair.one.id) not in told:
                    self.outcome.doubts.append((line, pair.one.id, pair.one.title, pair.why[0]))
        self.outcome.doubts.sort(key=lambda d: d[0])

    def _about(self) -> None:
        outcome, draft = self.outcome, self.draft
        if not outcome.took:
            return
        first = outcome.took[0]
        counts = [
            f"{n} {what}"
            for n, what in ((len(outcome.added), "added"), (len(outcome.updated), "changed"))
            if n
        ]
        draft.also = [t.id for t in outcome.took[1:]]
        draft.about(first.id, first.kind, first.path, f"import {self.batch.name}: {', '.join(counts)}")


def _moved(fields: Mapping[str, Any], doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a mail or meeting says anew of a follow-up that came of it: a planned one's day, nothing else."""
    planned = doc.get("status") == "planned" and fields.get("status") == "planned"
    return {k: fields[k] for k in ("due", "origin") if k in fields and planned}


def _wrong(name: str, message: Message, hint: Message | None = None) -> Problem:
    return Problem("", 0, name, "import.row", "error", message, hint or Message(""))


def _day(session: Any, spec: KindSpec, fields: Mapping[str, Any]) -> date:
    """Return the day that a new record's id carries; a customer's number carries the day of its entry."""
    from crmkit.actions.add import record_day

    if spec.place == "customer":
        today: date = session.today
        return today
    value = record_day(session, spec, dict(fields))
    return value.date() if isinstance(value, datetime) else value
