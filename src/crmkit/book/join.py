"""The merge of whole books: dossiers that moved, numbers given twice, what was deleted here and changed there.

Pure: three trees (path to blob) and a way to read blobs and dates, to one tree. Of the two sides `theirs` is the
published one: a number that both have given stays theirs, everything else does not depend on the side.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmkit.book import attic
from crmkit.book.merge import ATTIC, Lost, Side, Stamp, Steps, merge
from crmkit.book.naming import RETIRED, retired_with
from crmkit.book.numbers import fresh_draft, highest, number_after
from crmkit.book.paths import CUSTOMER_FILE, CUSTOMERS, SETTINGS, customer_folder

Tree = Mapping[str, str]
"""Blobs by path."""

Dates = Callable[[str, Collection[str]], Callable[[Steps], Stamp]]
"""`dates("ours" | "theirs", paths)`: when the values of a file were set on a side, under any of its names."""

Refers = Callable[[str], Collection[str]]
"""The dotted fields of the record at a path that name a customer."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A merged book: all its files, the numbers that ours had to change, and what went to an attic."""

    files: Mapping[str, bytes | str]
    """By path: new bytes, or the name of a blob that is there already."""
    renumbered: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[tuple[str, Lost], ...] = ()
    kept: tuple[str, ...] = ()
    """Dossiers deleted on one side and changed on the other: they are kept."""


@dataclass
class _Book:
    """One side while it is worked on: blobs and new bytes by path, and how its folders are called in the base."""

    files: dict[str, bytes | str]
    load: Callable[[str], bytes]
    folders: dict[str, str] = field(default_factory=dict)
    """Folder of a dossier in the base to its folder here, where it moved."""
    singles: dict[str, str] = field(default_factory=dict)
    """The same for single records that moved to another dossier."""
    names: dict[str, str] = field(default_factory=dict)
    """Path here to path in the base."""
    was: dict[str, str] = field(default_factory=dict)
    """Path here to the path before this merge gave the dossier another number."""

    def read(self, path: str) -> bytes | None:
        found = self.files.get(path)
        return self.load(found) if isinstance(found, str) else found


def join(
    base: Tree,
    ours: Tree,
    theirs: Tree,
    load: Callable[[str], bytes],
    *,
    dates: Dates,
    refers: Refers = lambda _path: ("customer",),
    forgotten: Callable[[str], bool] = lambda _name: False,
) -> Joined:
    """Return the merge of two books that come from `base`; `forgotten` tells dossiers that must not come back."""
    old = _Book(dict(base), load)
    one, two = _Book(dict(ours), load), _Book(dict(theirs), load)
    for side in (one, two):
        _find_moves(old, side)
    renumbered = _renumber(old, one, two, refers)
    kept = _kept_dossiers(old, one, two)
    wanted = defaultdict(list)
    for path in {*old.files, *one.names.values(), *two.names.values(), *_unnamed(one), *_unnamed(two)}:
        wanted[_target(path, one, two)].append(path)
    work = _Work(old, one, two, dates, kept)
    for target in sorted(wanted):
        for name in sorted(wanted[target]):
            work.one_file(name, target)
    work.to_attics(work.lost)
    work.keep_settings()
    for path in [p for p in work.out if _is_forgotten(p, forgotten)]:
        del work.out[path]
    return Joined(work.out, renumbered, tuple(work.lost), tuple(sorted(kept)))


# ---- what moved


def _find_moves(old: _Book, side: _Book) -> None:
    """Find the dossiers and single records that are called otherwise on this side."""
    gone = {f for f in _dossiers(old.files) if f not in _dossiers(side.files)}
    new = [f for f in _dossiers(side.files) if f not in _dossiers(old.files)]
    for folder in sorted(new):
        if came := _came_from(folder, gone, old, side):
            side.folders[came] = folder
            gone.discard(came)
    back = {here: there for there, here in side.folders.items()}
    for path in side.files:
        folder = attic.folder_of(path)
        if folder in back:
            side.names[path] = back[folder] + path[len(folder) :]
    stems = {
        _stem(p): p for p in old.files if _stem(p) and p not in side.files and p not in side.names.values()
    }
    for path in sorted(side.files):
        came = stems.get(_stem(path), "")
        if came and path not in old.files and side.names.get(path) not in old.files:
            side.names[path] = came
            side.singles[came] = path


def _dossiers(files: Iterable[str]) -> set[str]:
    return {f for p in files if (f := attic.folder_of(p))}


def _stem(path: str) -> str:
    """Return the id of a record that lies in a dossier beside the customer, "" for other files."""
    folder, _, name = path.rpartition("/")
    inside = folder.count("/") == 2 and folder.startswith(f"{CUSTOMERS}/")
    return name[:-5] if inside and name.endswith(".yaml") and name.count("-") >= 2 else ""


def _came_from(folder: str, gone: Collection[str], old: _Book, side: _Book) -> str:
    """Return the dossier of the base that a new folder was before: by what it was called, else by what lies in it."""
    named = [customer_folder(n) for n in formerly(side.read(f"{folder}/{CUSTOMER_FILE}"))]
    for name in reversed(named):
        # a number may have been another dossier's in the clone that gave it; a draft's id is nobody else's
        if name in gone and ("/drafts/" in name or _alike(name, folder, old, side)):
            return name
    mine = {p[len(folder) :]: blob for p, blob in side.files.items() if p.startswith(f"{folder}/")}
    best, most = "", 0
    for other in sorted(gone):
        theirs = {p[len(other) :]: blob for p, blob in old.files.items() if p.startswith(f"{other}/")}
        same = sum(1 for p, blob in mine.items() if _stem(f"{folder}{p}") and p in theirs)
        same += sum(2 for p, blob in mine.items() if theirs.get(p) == blob and p == f"/{CUSTOMER_FILE}")
        if same > most:
            best, most = other, same
    return best


def _alike(one: str, two: str, old: _Book, side: _Book) -> bool:
    """Whether two dossiers can be the same one: by a record that both hold, or what their customers say."""
    mine = {_stem(p) for p in side.files if p.startswith(f"{two}/")} - {""}
    if mine & {_stem(p) for p in old.files if p.startswith(f"{one}/")}:
        return True
    docs = [_doc(b.read(f"{f}/{CUSTOMER_FILE}")) for b, f in ((old, one), (side, two))]
    same = sum(1 for k, v in docs[0].items() if docs[1].get(k) == v)
    return same > 0 and 2 * same > max(map(len, docs))


def _doc(raw: bytes | None) -> dict[str, Any]:
    from crmkit.yaml.read import Unreadable, load

    try:
        return load(raw, "").data if raw else {}
    except Unreadable:
        return {}


def formerly(raw: bytes | None) -> list[str]:
    """Return what a customer was called before, the oldest first."""
    said = _doc(raw).get("formerly")
    return [s for s in said if isinstance(s, str)] if isinstance(said, list) else []


def _unnamed(side: _Book) -> list[str]:
    return [p for p in side.files if p not in side.names]


def _target(path: str, one: _Book, two: _Book) -> str:
    """Return where a file of the base, or a new one, lies in the merged book."""
    for moved, other in ((two, one), (one, two)):
        if path in moved.singles:
            at = moved.singles[path]
            folder = attic.folder_of(at)
            return other.folders.get(folder, folder) + at[len(folder) :]
    folder = attic.folder_of(path)
    now = two.folders.get(folder) or one.folders.get(folder) or folder
    return now + path[len(folder) :]


# ---- numbers


def _renumber(old: _Book, one: _Book, two: _Book, refers: Refers) -> dict[str, str]:
    """Give our unpublished dossiers other numbers where the published side has given theirs; return old to new."""
    done: dict[str, str] = {}
    plan: dict[str, str] = {}
    back_one = {here: there for there, here in one.folders.items()}
    back_two = {here: there for there, here in two.folders.items()}
    theirs = _dossiers(two.files)
    used = _numbers(old) | _numbers(one) | _numbers(two)
    dropped = _retired(two) - _retired(old)
    for folder in sorted(_dossiers(one.files) - _dossiers(old.files)):
        came = back_one.get(folder, "")
        number = folder.rpartition("/")[2]
        if came and two.folders.get(came, folder) != folder:  # the same dossier got two numbers
            target = two.folders[came]
            if number[:1].isdigit():
                one.files[RETIRED] = retired_with(one.read(RETIRED), number).encode()
        elif folder in theirs and folder not in _dossiers(old.files):
            if came and came == back_two.get(folder):
                continue
            if not came and not back_two.get(folder) and _same_customer(folder, one, two):
                continue
            target = _other_folder(number, used, one.read(f"{folder}/{CUSTOMER_FILE}"))
        elif number in dropped:
            target = _other_folder(number, used, one.read(f"{folder}/{CUSTOMER_FILE}"))
        else:
            continue
        new = target.rpartition("/")[2]
        used.add(new)
        plan[folder] = target
        done[number] = new
    # a number that we gave and dropped, and they have given: what of ours still names it must not name theirs
    for number in sorted(_retired(one) - _retired(old)):
        folder = customer_folder(number)
        if folder in theirs and folder not in _dossiers(old.files) and folder not in _dossiers(one.files):
            new = _other_folder(number, used, None).rpartition("/")[2]
            used.add(new)
            done[number] = new
            one.files[RETIRED] = retired_with(one.read(RETIRED), new).encode()
    if done:
        _move(one, plan)
        _follow(old, one, done, refers)
    return {number: new for number, new in done.items() if customer_folder(number) in plan}


def _numbers(side: _Book) -> set[str]:
    return {f.rpartition("/")[2] for f in _dossiers(side.files)} | _retired(side)


def _retired(side: _Book) -> set[str]:
    return set((side.read(RETIRED) or b"").decode("utf-8", "replace").split())


def _same_customer(folder: str, one: _Book, two: _Book) -> bool:
    path = f"{folder}/{CUSTOMER_FILE}"
    return one.files.get(path) == two.files.get(path)


def _other_folder(number: str, used: Collection[str], raw: bytes | None) -> str:
    if number.startswith("draft-"):
        return customer_folder(fresh_draft(number, used, raw or b""))
    month = number.partition("-")[0]
    return customer_folder(number_after(month, highest(month, used)))


def _move(side: _Book, plan: Mapping[str, str]) -> None:
    """Let dossiers go by other folders, all at once: one may take the name that another gives up."""
    moved = {p: target + p[len(f) :] for p in side.files if (target := plan.get(f := attic.folder_of(p)))}
    for table in (side.files, side.names):
        taken = {new: table.pop(old) for old, new in moved.items() if old in table}
        table.update(taken)  # type: ignore[arg-type]
    side.was |= {new: old for old, new in moved.items()}
    side.singles = {name: moved.get(at, at) for name, at in side.singles.items()}
    side.folders = {name: plan.get(at, at) for name, at in side.folders.items()}
    for folder, target in plan.items():
        _note_number(side, f"{target}/{CUSTOMER_FILE}", folder.rpartition("/")[2])


def _note_number(side: _Book, path: str, number: str) -> None:
    from crmkit.errors import CrmError
    from crmkit.yaml import write
    from crmkit.yaml.write import Edit

    raw = side.read(path)
    known = formerly(raw)
    if raw is None or number in known:
        return
    try:
        edit = Edit(("formerly",), [*known, number])
        side.files[path] = write.edit(raw.decode("utf-8"), [edit]).encode()
    except (CrmError, UnicodeDecodeError):
        return


def _follow(old: _Book, one: _Book, done: Mapping[str, str], refers: Refers) -> None:
    """Let what we wrote since the base name our dossiers by their new numbers."""
    from crmkit.errors import CrmError
    from crmkit.yaml import write
    from crmkit.yaml.read import Unreadable, load
    from crmkit.yaml.write import Edit

    for path in sorted(one.files):
        name = one.names.get(path, path)
        if not path.endswith(".yaml") or one.files[path] == old.files.get(name) or path.endswith(f"/{ATTIC}"):
            continue
        raw = one.read(path) or b""
        if not any(number.encode() in raw for number in done):
            continue
        try:
            doc = load(raw, path).data
            before = load(old.read(name) or b"", path, empty_ok=True).data
            edits = [
                Edit(("answers",), "/".join(done.get(word, word) for word in str(doc["answers"]).split("/")))
                for _ in range("answers" in doc and path.rpartition("/")[2].startswith("followup-"))
            ]
            edits += [
                Edit(steps, done[value])
                for field in refers(path)
                for steps, value in _places(doc, field.split("."))
                if value in done and not _stood(before, field.split("."), value)
            ]
            one.files[path] = write.edit(raw.decode("utf-8"), edits).encode()
        except (Unreadable, CrmError, UnicodeDecodeError):
            continue


def _stood(before: Any, field: list[str], value: str) -> bool:
    return any(v == value for _, v in _places(before, field))


def _places(
    doc: Any, keys: list[str], steps: tuple[str | int, ...] = ()
) -> list[tuple[tuple[str | int, ...], str]]:
    if isinstance(doc, list):
        return [found for i, e in enumerate(doc) for found in _places(e, keys, (*steps, i))]
    if not keys:
        return [(steps, doc)] if isinstance(doc, str) else []
    return _places(doc.get(keys[0]), keys[1:], (*steps, keys[0])) if isinstance(doc, Mapping) else []


# ---- the files


def _kept_dossiers(old: _Book, one: _Book, two: _Book) -> set[str]:
    """Return the dossiers (by their folder in the base) that one side removed and the other went on with."""
    kept = set()
    for remover, other in ((one, two), (two, one)):
        there = set(remover.names.values()) | {p for p in remover.files if p not in remover.names}
        changed = {
            attic.folder_of(name)
            for path, blob in other.files.items()
            if old.files.get(name := other.names.get(path, path)) != blob
        }
        for folder in _dossiers(old.files):
            path = f"{folder}/{CUSTOMER_FILE}"
            if path in old.files and path not in there and folder in changed:
                kept.add(folder)
    return kept


def _path_on(side: _Book, name: str) -> str:
    """Return where a file of the base stands on a side."""
    if name in side.singles:
        return side.singles[name]
    folder = attic.folder_of(name)
    return side.folders.get(folder, folder) + name[len(folder) :]


@dataclass
class _Work:
    """The merge under way: what the merged book holds so far, and what gave way."""

    old: _Book
    one: _Book
    two: _Book
    dates: Dates
    kept: Collection[str]
    out: dict[str, bytes | str] = field(default_factory=dict)
    lost: list[tuple[str, Lost]] = field(default_factory=list)

    def one_file(self, name: str, target: str) -> None:
        """Merge the file that the base calls `name`; it will lie at `target`."""
        here, there = (_path_on(side, name) for side in (self.one, self.two))
        before, mine, theirs = self.old.files.get(name), self.one.files.get(here), self.two.files.get(there)
        if theirs in (mine, before) or mine == before:
            found = mine if theirs == before else theirs
            if found is None and attic.folder_of(name) in self.kept:
                found = theirs if mine is None else mine
            if found is not None:
                self._put(target, found)
            return
        raws = self.old.read(name), self.one.read(here), self.two.read(there)
        raw = attic.merged(*raws) if target.rpartition("/")[2] == ATTIC else self._merged(name, target, raws)
        if raw is not None:
            self._put(target, raw)

    def _merged(
        self, name: str, target: str, raws: tuple[bytes | None, bytes | None, bytes | None]
    ) -> bytes | None:
        here, there = (_path_on(side, name) for side in (self.one, self.two))
        paths = {name, here, there, self.one.was.get(here, here)}
        mine, theirs = (
            Side(raw, self.dates(side, paths)) for raw, side in zip(raws[1:], ("ours", "theirs"), strict=True)
        )
        found = merge(target, raws[0], mine, theirs)
        self.lost += [(target, entry) for entry in found.lost]
        return found.raw

    def _put(self, path: str, found: bytes | str) -> None:
        """Let a file stand in the merged book; should two claim one path, the second goes to the attic whole."""
        if self.out.setdefault(path, found) != found:
            self.lost.append((path, Lost((), None, Stamp(), self._bytes(found))))

    def _bytes(self, found: bytes | str | None) -> bytes | None:
        return self.old.load(found) if isinstance(found, str) else found

    def to_attics(self, lost: Iterable[tuple[str, Lost]]) -> None:
        """Note what gave way in the attics."""
        entries: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for path, entry in lost:
            noted, beside = attic.entry_for(path, entry)
            entries[attic.path_for(path)].append(noted)
            if beside:
                self.out[beside[0]] = beside[1]
        for path, new in entries.items():
            raw = attic.added(self._bytes(self.out.get(path)), new)
            if raw is not None:
                self.out[path] = raw

    def keep_settings(self) -> None:
        """Let the published settings stay, ours in the attic, where the merged ones could not be read."""
        raw = self.out.get(SETTINGS)
        if not isinstance(raw, bytes) or _sound(raw):
            return
        mine, theirs = self.one.read(SETTINGS), self.two.read(SETTINGS)
        if theirs is None or not _sound(theirs):
            return
        self.out[SETTINGS] = theirs
        if mine:
            gone = (SETTINGS, Lost((), None, Stamp(), mine))
            self.lost.append(gone)
            self.to_attics([gone])


def _sound(raw: bytes) -> bool:
    from crmkit.settings.load import SettingsError, load

    try:
        load(raw)
    except SettingsError:
        return False
    return True


def _is_forgotten(path: str, forgotten: Callable[[str], bool]) -> bool:
    folder = attic.folder_of(path)
    return bool(folder) and forgotten(folder.rpartition("/")[2])


def digest(raw: bytes) -> str:
    """Return the hash that git gives a blob (sha1): a name for bytes that are no object yet."""
    return hashlib.sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


__all__ = ["Dates", "Joined", "Refers", "Tree", "digest", "formerly", "join"]
