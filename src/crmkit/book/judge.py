"""Whether somebody had the right to a change: asked by the one door, and by the hub about what is pushed.

Everything is judged by the book as it was before the change; a change cannot grant itself a right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from crmkit.book import paths as layout
from crmkit.book.naming import RETIRED
from crmkit.book.tombstones import PATH as FORGOTTEN
from crmkit.errors import Message, Problem, msg
from crmkit.i18n import N_
from crmkit.rules.rights import OWN, Rights, bound

if TYPE_CHECKING:
    from crmkit.query.nodes import Node
    from crmkit.records.catalog import Catalog
    from crmkit.settings.model import Settings

Doc = Mapping[str, Any]
Files = Mapping[str, tuple[bytes | None, bytes | None]]
"""Paths with the bytes before and after, None where there is no file."""

_DOSSIER = re.compile(
    r"customers/(?:drafts/draft-\d{6}-[0-9a-z]{4}|(\d{4})/\1\d{2}-\d{3,})/(?:[^/]+\.yaml|files/[^/]+)\Z"
)
_OUTSIDE = re.compile(r"(?:(?!customers/)[a-z_]+)/(?:\d{4}/)?[^/]+\.yaml\Z")
_NUMBERED = re.compile(r"customers/\d{4}/[^/]+\Z")
_SHARED = frozenset({"followup", "feedback"})
"""What whoever shares a customer may add to it."""


class Before(Protocol):
    """The book as it was before the change."""

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there was none."""

    def files(self, folder: str) -> Iterable[str]:
        """Yield the paths of the files right in a folder."""

    def held(self, path: str, raw: bytes) -> bool:
        """Whether the very same bytes stood in the book once: an undo brings back old stamps with them."""


@dataclass
class _File:
    """One file of the change: `was` is its path before, which differs where its folder moved."""

    path: str
    was: str
    old: bytes | None
    new: bytes | None


@dataclass
class Judge:
    """Judges the changes of one person."""

    settings: Settings
    catalog: Catalog
    rights: Rights
    before: Before
    _docs: dict[tuple[str, bytes], Doc | None] = field(default_factory=dict)
    _bound: dict[tuple[str, str], Node | None] = field(default_factory=dict)

    def problems(self, files: Files, moves: Mapping[str, str] | None = None) -> list[Problem]:
        """Return why the person had no right to the change, one problem a file; none where he had.

        `moves` are the dossiers' folders that moved, by their old names; without it they are found out.
        """
        if self.rights.everything:
            return []
        folders = moves if moves is not None else moved(files)
        out = [self._moves(old, new, files) for old, new in folders.items()]
        out += [self._file(f, files) for f in _folded(files, folders)]
        return [p for p in out if p]

    def may_change(self, path: str) -> bool:
        """Whether the record at `path`, as it stands, may be changed."""
        place = layout.place_of(path)
        folder = place.dossier if place else ""
        doc = self._doc(path, self.before.read(path))
        return self._may(doc, folder) or (bool(folder) and self._may(self._customer(folder), folder))

    # -- files

    def _file(self, file: _File, files: Files) -> Problem | None:
        path, place = file.path, layout.place_of(file.path)
        if file.old == file.new:
            return None
        if not _in_layout(path):
            return None if self.rights.settings else self._problem(path, "settings", _SETTINGS)
        if path in {RETIRED, FORGOTTEN} or path.rpartition("/")[2] == "access.yaml":
            return self._appended(file)
        if path.startswith(f"{layout.CHORES}/"):
            return self._ticks(file)
        if place is None:
            return self._beside(file)
        if place.kind not in self.catalog.kinds:
            return self._problem(
                path, "place", msg(N_("there is no kind of record called {kind!r}"), kind=place.kind)
            )
        return self._record(file, place, files)

    def _appended(self, file: _File) -> Problem | None:
        """Refuse where lines of a list that only grows are gone."""
        old, new = (file.old or b"").splitlines(), (file.new or b"").splitlines()
        if set(old) <= set(new) or self.rights.settings:
            return None
        return self._problem(file.path, "edit", msg(N_("lines were taken out of a list that only grows")))

    def _beside(self, file: _File) -> Problem | None:
        """Judge an attachment, the keys or the attic of a dossier."""
        folder = (
            file.was.partition(f"/{layout.FILES}/")[0]
            if f"/{layout.FILES}/" in file.was
            else _folder(file.was)
        )
        if not folder.startswith(f"{layout.CUSTOMERS}/") or self._may(self._customer(folder), folder):
            return None
        if self._customer(folder) is None:  # its dossier is new: the customer's own file decides
            return None
        if file.old is None and (self.rights.add or self._shares(folder)):
            return None
        return self._denied(file.path, folder)

    def _ticks(self, file: _File) -> Problem | None:
        """Judge ticks of duties: those of one's own role, in one's own name."""
        from crmkit.yaml import read

        if self.rights.edits_all:
            return None
        try:
            old, new = (
                (read.load(raw, file.path, empty_ok=True).data if raw else {}) for raw in (file.old, file.new)
            )
        except read.Unreadable:
            return self._problem(file.path, "chore", msg(N_("it cannot be read")))
        duties = {c.name: c for c in self.settings.chores}
        roles = self.rights.member.roles if self.rights.member else ()
        for name in {*old, *new}:
            before, after = _entries(old.get(name)), _entries(new.get(name))
            duty = duties.get(name)
            strange = [t for t in [*before, *after] if (t in before) != (t in after)]
            if strange and (duty is None or duty.role not in roles):
                what = msg(N_("the duty {name} is for: {role}"), name=name, role=duty.role if duty else "?")
                return self._problem(file.path, "chore", what)
            if any(not self._me(t.get("by")) for t in strange):
                return self._problem(file.path, "chore", msg(N_("a duty is ticked in one's own name")))
        return None

    # -- records

    def _record(self, file: _File, place: layout.Place, files: Files) -> Problem | None:
        old = self._doc(file.was, file.old) if file.old is not None else None
        new = self._doc(file.path, file.new) if file.new is not None else None
        before = layout.place_of(file.was)
        folder = before.dossier if before else place.dossier
        if file.old is None and place.kind == "customer":
            return self._new_customer(file, new) or self._stamps(file, None, new)
        if file.old is None:
            denied = (
                None
                if self._may_add(place, new, folder, files)
                else self._no_add(file.path, place.kind, folder)
            )
        else:
            denied = None if self.may_change(file.was) else self._denied(file.path, folder)
        if denied or new is None:
            return denied
        return self._review(file, place.kind, old, new) or self._stamps(file, old, new)

    def _new_customer(self, file: _File, new: Doc | None) -> Problem | None:
        numbered = _NUMBERED.match(_folder(file.path))
        if numbered and self.settings.review.required and "customer" not in self.rights.approve:
            what = msg(N_("a number is given by whoever reviews customers"))
            return self._problem(
                file.path,
                "number",
                what,
                msg(N_("begin it as a draft: crm add customer ...; then crm submit")),
            )
        if "customer" in self.rights.add or self._may(new, "") or new is None:
            return self._review(file, "customer", None, new) if new else None
        return self._no_add(file.path, "customer", "")

    def _may_add(self, place: layout.Place, new: Doc | None, folder: str, files: Files) -> bool:
        rights = self.rights
        if rights.edits_all or place.kind in rights.add:
            return True
        if not folder:
            return self._by_query(new, "", owned=True)
        customer = self._customer(folder)
        if customer is None:  # it comes with its customer, whose own file decides
            return f"{folder}/{layout.CUSTOMER_FILE}" in files
        if place.kind == "followup" and rights.propose and (new or {}).get("proposes"):
            return True
        # whose it says that it is proves nothing yet: only its kind and its customer count
        bare = {k: v for k, v in (new or {}).items() if k in {"id", "kind", "path", "customer"}}
        if self._may(customer, folder) or self._may(bare, folder, owned=False):
            return True
        return place.kind in _SHARED and self._shares(folder)

    def _may(self, doc: Doc | None, folder: str, *, owned: bool = True) -> bool:
        """Whether a record as it was may be changed."""
        if self.rights.edits_all or self._by_query(doc, folder, owned=owned):
            return True
        return owned and doc is not None and doc["kind"] != "customer" and self._me(doc.get("owner"))

    def _by_query(self, doc: Doc | None, folder: str, *, owned: bool) -> bool:
        """Whether a query under `edit` holds for a record; `owned`: whose it says that it is counts."""
        if doc is None:
            return False
        kind = str(doc["kind"])
        for query in self.rights.edit:
            if query == OWN:
                if owned and self._own(kind, doc):
                    return True
                continue
            node = self._node(query, kind)
            if node is not None and self._matches(node, doc, folder):
                return True
        return False

    def _own(self, kind: str, doc: Doc) -> bool:
        """Whether a record is the person's; a customer whom nobody owns may be taken by anybody."""
        owner = str(doc.get(self.catalog.kinds[kind].first("owner") or "owner") or "")
        return self._me(owner) or (kind == "customer" and not owner)

    def _shares(self, folder: str) -> bool:
        """Whether some record of the dossier was his, or he works with its customer."""
        for path in self.before.files(folder):
            place = layout.place_of(path)
            spec = self.catalog.kinds.get(place.kind) if place else None
            raw = self.before.read(path) if spec else None
            doc = self._doc(path, raw) if raw is not None else None
            if spec and doc and any(self._me(n) for f in spec.marked("owner") for n in _named(doc, f.name)):
                return True
        return False

    # -- stamps and reviews

    def _stamps(self, file: _File, old: Doc | None, new: Doc | None) -> Problem | None:
        """Refuse whoever signs with another's name."""
        if new is None:
            return None
        was = old or {}
        checks = ("updated_by",) if self.rights.settings else ("created_by", "updated_by")
        for name in checks:
            said, before = new.get(name), was.get(name)
            if said == before or (file.new is not None and self.before.held(file.path, file.new)):
                continue
            if (old is not None and name == "created_by" and before) or (said and not self._me(said)):
                what = msg(
                    N_("{field} says {said}, and the change was made by {name}"),
                    field=name,
                    said=str(said or ""),
                    name=self.rights.name,
                )
                return self._problem(file.path, "stamp", what, msg(N_("leave the stamps to crm")))
        return None

    def _review(self, file: _File, kind: str, old: Doc | None, new: Doc) -> Problem | None:
        """Refuse a verdict of somebody who may not give it."""
        before, after = _mapping((old or {}).get("review")), _mapping(new.get("review"))
        if before == after:
            return None
        was, now = str(before.get("state") or ""), str(after.get("state") or "")
        by, submitted = after.get("reviewed_by"), after.get("submitted_by")
        if submitted != before.get("submitted_by") and not (now == "submitted" and self._me(submitted)):
            imported = old is None and self.rights.settings
            if submitted and not imported:
                return self._problem(
                    file.path, "stamp", msg(N_("{said} is said to have submitted it"), said=str(submitted))
                )
        verdict = (now in {"approved", "returned"} and now != was) or (by and by != before.get("reviewed_by"))
        if not verdict and not (was == "approved" and now != was):
            return None
        if kind not in self.rights.approve:
            return self._problem(
                file.path,
                "review",
                msg(N_("{name} may not review a {kind}"), name=self.rights.name, kind=kind),
            )
        if not verdict:
            return None
        if old is None and self.rights.settings and by and not self._me(by):
            return None  # an administrator brings in what was reviewed elsewhere
        if not by:
            return self._problem(
                file.path,
                "stamp",
                msg(N_("it does not say who reviewed it")),
                msg(N_("decide it with crm approve ID, or crm return ID --why TEXT")),
            )
        if not self._me(by):
            return self._problem(
                file.path, "stamp", msg(N_("{said} is said to have reviewed it"), said=str(by))
            )
        if was != "submitted":
            return self._problem(file.path, "review", msg(N_("it had not been submitted")))
        if self._me(before.get("submitted_by") or (old or {}).get("created_by")):
            return self._problem(file.path, "review", msg(N_("nobody reviews what he submitted himself")))
        return None

    def _moves(self, old: str, new: str, files: Files) -> Problem | None:
        """Judge another number of a dossier, or its approval."""
        path = f"{new}/{layout.CUSTOMER_FILE}"
        was, now = (bool(_NUMBERED.match(folder)) for folder in (old, new))
        if was and now:
            return None if self._may(self._customer(old), old) else self._denied(path, old)
        if "customer" not in self.rights.approve:
            return self._problem(path, "number", msg(N_("a number is given by whoever reviews customers")))
        raw = files.get(path, (None, None))[1]
        doc = self._doc(path, raw) if raw is not None else None
        if (
            now
            and self.settings.review.required
            and _mapping((doc or {}).get("review")).get("state") != "approved"
        ):
            return self._problem(path, "number", msg(N_("it has a number and is not approved")))
        return None

    # -- small things

    def _customer(self, folder: str) -> Doc | None:
        path = f"{folder}/{layout.CUSTOMER_FILE}"
        raw = self.before.read(path)
        return None if raw is None else self._doc(path, raw)

    def _doc(self, path: str, raw: bytes | None) -> Doc | None:
        """Return a record's fields with its identity; None where it cannot be read."""
        if raw is None:
            return None
        if (path, raw) not in self._docs:
            self._docs[path, raw] = self._load(path, raw)
        return self._docs[path, raw]

    def _load(self, path: str, raw: bytes) -> Doc | None:
        from crmkit.records.base import Identity
        from crmkit.records.read import read
        from crmkit.yaml.read import Unreadable, load

        place = layout.place_of(path)
        if place is None or place.kind not in self.catalog.kinds:
            return None
        identity = {"id": place.id, "kind": place.kind, "path": path, "customer": place.customer}
        try:
            found = read(place.kind, load(raw, path), self.settings, Identity(place.id, path, place.customer))
        except Unreadable:
            return identity
        return {**found.doc, **identity}

    def _node(self, query: str, kind: str) -> Node | None:
        if (query, kind) not in self._bound:
            member = self.rights.member
            me = tuple(t for t in (member.name, member.email) if t) if member else ()
            self._bound[query, kind] = bound(query, kind, self.catalog, self.settings, me)
        return self._bound[query, kind]

    def _matches(self, node: Node, doc: Doc, folder: str) -> bool:
        from crmkit.query.match import matches

        return matches(node, doc, _Related(self, folder))

    def _me(self, name: object) -> bool:
        found = self.settings.member(str(name)) if name else None
        return found is not None and found == self.rights.member

    def _denied(self, path: str, folder: str) -> Problem:
        owner = str((self._customer(folder) or {}).get("owner") or "") if folder else ""
        what = msg(N_("{name} may not change this"), name=self.rights.name)
        if owner:
            return self._problem(
                path, "edit", what, msg(N_("it is for {owner}, whose customer it is"), owner=owner)
            )
        return self._problem(path, "edit", what, msg(N_("what a role may do stands in crm.yaml under roles")))

    def _no_add(self, path: str, kind: str, folder: str) -> Problem:
        what = msg(N_("{name} may not add a {kind} here"), name=self.rights.name, kind=kind)
        owner = str((self._customer(folder) or {}).get("owner") or "") if folder else ""
        if owner:
            return self._problem(
                path, "add", what, msg(N_("it is for {owner}, whose customer it is"), owner=owner)
            )
        return self._problem(path, "add", what, msg(N_("what a role may do stands in crm.yaml under roles")))

    @staticmethod
    def _problem(path: str, code: str, what: Message, hint: Message | None = None) -> Problem:
        return Problem(path, 0, "", f"rights.{code}", "error", what, hint or Message(""), "")


_SETTINGS = msg(N_("only whoever keeps the settings may change this"))


class _Related:
    """What a query reaches from a record: its dossier as it was."""

    def __init__(self, judge: Judge, folder: str) -> None:
        self._judge = judge
        self._folder = folder
        self.draft = f"/{layout.DRAFTS}/" in f"{folder}/"

    def records(self, kind: str) -> Iterator[Doc]:
        judge = self._judge
        for path in judge.before.files(self._folder) if self._folder else ():
            place = layout.place_of(path)
            if place and place.kind == kind and (doc := judge._doc(path, judge.before.read(path))):  # noqa: SLF001
                yield doc

    def computed(self, doc: Doc) -> Doc:  # noqa: ARG002 - rights ask for what files say
        return {}

    def due(self, doc: Doc) -> Iterable[tuple[str, str]]:  # noqa: ARG002 - nor for what depends on today
        return ()


def moved(files: Files) -> dict[str, str]:
    """Return the dossiers that a change moved: a customer is gone here, stands there, and knew the other name."""
    gone = {
        _folder(p): p
        for p, (old, new) in files.items()
        if _is_customer(p) and old is not None and new is None
    }
    came = {
        _folder(p): p
        for p, (old, new) in files.items()
        if _is_customer(p) and old is None and new is not None
    }
    found: dict[str, str] = {}
    for new, path in came.items():
        for old, was in gone.items():
            names = {old.rpartition("/")[2], new.rpartition("/")[2]}
            if names & (_formerly(path, files[path][1]) | _formerly(was, files[was][0])):
                found[old] = new
    return found


def _is_customer(path: str) -> bool:
    place = layout.place_of(path)
    return place is not None and place.kind == "customer"


def _formerly(path: str, raw: bytes | None) -> set[str]:
    from crmkit.yaml import read

    try:
        value = read.load(raw or b"", path, empty_ok=True).data.get("formerly")
    except read.Unreadable:
        return set()
    return {str(n) for n in value} if isinstance(value, list) else set()


def _folded(files: Files, moves: Mapping[str, str]) -> Iterator[_File]:
    """Yield the files with what they were before; of a file that moved the two halves are one."""
    back = {new: old for old, new in moves.items()}
    for path, (old, new) in files.items():
        folder = next((f for f in back if path.startswith(f"{f}/")), "")
        was = back[folder] + path[len(folder) :] if folder else path
        if was != path and old is None and was in files:
            yield _File(path, was, files[was][0], new)
        elif any(path.startswith(f"{f}/") for f in moves) and new is None and _target(path, moves) in files:
            continue  # told with its other half
        else:
            yield _File(path, was, old, new)


def _target(path: str, moves: Mapping[str, str]) -> str:
    return next(new + path[len(old) :] for old, new in moves.items() if path.startswith(f"{old}/"))


def _in_layout(path: str) -> bool:
    """Whether a path is one of a record, or of what lies beside records."""
    if path in {RETIRED, FORGOTTEN, "attic.yaml", "access.yaml"} or path.startswith(f"{layout.CHORES}/"):
        return path.endswith((".txt", ".yaml"))
    return bool(_DOSSIER.match(path) if path.startswith(f"{layout.CUSTOMERS}/") else _OUTSIDE.match(path))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _entries(value: object) -> Sequence[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _named(doc: Doc, name: str) -> Iterator[str]:
    from crmkit.query.text import dotted, leaves

    yield from (n for n in leaves(list(dotted(doc, name))) if isinstance(n, str))
