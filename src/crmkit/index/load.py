"""From a folder of record files to the rows of the index. Heavy: imported only when a file is new or changed.

A folder is read as a whole, for the agenda of a dossier needs all its records. What comes out is plain values, so
that several processes can share the work of a first build.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from crmkit.book import paths as layout
from crmkit.index import agenda, files, oddities
from crmkit.index._json import compact, problem_json
from crmkit.index.schema import TABLES_OF_FOLDERS
from crmkit.query import text
from crmkit.query.match import customer_names

if TYPE_CHECKING:
    from crmkit.errors import Problem
    from crmkit.records.base import Record
    from crmkit.records.catalog import Catalog, KindSpec
    from crmkit.settings.model import Settings

Rows = dict[str, list[tuple[Any, ...]]]
"""Rows by table, without their rowid."""

_HASH_BYTES = 16


@dataclass(slots=True)
class Folder:
    """What one folder gives: its rows, one hash over its files' names and bytes, and their latest ctime (ns)."""

    path: str
    rows: Rows
    hash: bytes
    latest: int


@dataclass(slots=True)
class _Dossier:
    """The records of one folder while it is read."""

    path: str
    number: str = ""
    draft: bool = False
    records: dict[str, list[Record]] = field(default_factory=dict)
    docs: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    read: list[tuple[KindSpec, str, Record, Mapping[str, Any]]] = field(default_factory=list)
    latest: int = 0
    problems: list[tuple[Problem, bool]] = field(default_factory=list)


class Contents:
    """The hash by which a folder is known to hold the same files byte for byte."""

    def __init__(self) -> None:
        """Of no file yet; add them sorted by name."""
        self._hash = blake2b(digest_size=_HASH_BYTES)

    def add(self, name: str, raw: bytes | None) -> None:
        """Add a file; `raw` is None for what is not read."""
        head = os.fsencode(name)
        self._hash.update(b"%d %d " % (len(head), -1 if raw is None else len(raw)))
        self._hash.update(head)
        self._hash.update(raw or b"")

    def digest(self) -> bytes:
        """Return the hash."""
        return self._hash.digest()


class Loader:
    """Reads folders of one book under one set of settings."""

    def __init__(self, root: str, settings: Settings, catalog: Catalog, horizon: date) -> None:
        """`root` is the book's folder; agendas are reckoned up to `horizon`."""
        self.root = root
        self.settings = settings
        self.catalog = catalog
        self.horizon = horizon
        self._names = {k: text.name_fields(spec) for k, spec in catalog.kinds.items()}
        self._keys = {k: tuple(f.name for f in spec.marked("key")) for k, spec in catalog.kinds.items()}
        self._refers = {
            k: tuple((f.name, f.refers_to) for f in spec.fields if f.refers_to)
            for k, spec in catalog.kinds.items()
        }
        self._whose = {k: tuple(f.name for f in spec.marked("owner")) for k, spec in catalog.kinds.items()}
        self._titles = {k: spec.first("title") for k, spec in catalog.kinds.items()}
        self._owners = {k: spec.first("owner") or "owner" for k, spec in catalog.kinds.items()}

    def folder(self, path: str, names: Sequence[str]) -> Folder:
        """Read the files called `names` in the folder at `path`."""
        if path == layout.CHORES:
            return self._chores(path, names)
        dossier = _Dossier(path)
        contents = Contents()
        if oddities.is_link(f"{self.root}/{path}"):
            dossier.problems.append((oddities.linked(path), True))
            names = ()
        elif not names:
            dossier.problems += oddities.unlisted(self.root, path)
        for name in names:
            raw = read_file(self.root, f"{path}/{name}", dossier)
            contents.add(name, raw)
            if raw is not None:
                self._record(dossier, f"{path}/{name}", raw)
        return Folder(path, self._rows(dossier), contents.digest(), dossier.latest)

    def names(self, path: str) -> list[str]:
        """Return the names of the files in the folder at `path` that count."""
        return files.entries(os.fsencode(self.root), os.fsencode(path))[0]

    def _chores(self, path: str, names: Sequence[str]) -> Folder:
        """Read the ticks of the team's duties; what is left of them falls due."""
        from crmkit.records import ticks

        seen, contents = _Dossier(path), Contents()
        if oddities.is_link(f"{self.root}/{path}"):
            seen.problems.append((oddities.linked(path), True))
            names = ()
        ticked: ticks.Ticks = {}
        for name in names:
            raw = read_file(self.root, f"{path}/{name}", seen)
            contents.add(name, raw)
            if raw is not None:
                found, problems = ticks.read(raw, f"{path}/{name}", self.settings)
                ticks.add(ticked, found)
                seen.problems += ((problem, problem.code.startswith("yaml.")) for problem in problems)
        rows = self._rows(seen)
        rows["agenda"] = agenda.of_team(ticked, self.settings, self.horizon)
        return Folder(path, rows, contents.digest(), seen.latest)

    def _record(self, dossier: _Dossier, path: str, raw: bytes) -> None:
        from crmkit.records.base import Identity
        from crmkit.records.read import read
        from crmkit.yaml.read import Unreadable, load

        place = layout.place_of(path)
        if place is None:
            return
        spec = self.catalog.kinds.get(place.kind)
        if spec is None:
            dossier.problems.append((oddities.no_kind(path, place.kind, self.catalog), True))
            return
        if place.dossier:
            dossier.number, dossier.draft = place.customer, place.draft
        try:
            document = load(raw, path)
        except Unreadable as e:
            dossier.problems += ((problem, True) for problem in e.problems)
            return
        loaded = read(place.kind, document, self.settings, Identity(place.id, path, place.customer))
        dossier.problems += ((problem, False) for problem in loaded.problems)
        identity = {"id": place.id, "kind": place.kind, "path": path, "customer": place.customer}
        doc = {**loaded.doc, **identity}
        dossier.records.setdefault(place.kind, []).append(loaded.record)
        dossier.docs.setdefault(place.kind, []).append(doc)
        dossier.read.append((spec, path, loaded.record, loaded.doc))

    def _rows(self, dossier: _Dossier) -> Rows:
        rows: Rows = {table: [] for table in TABLES_OF_FOLDERS}
        whole = self._whole(dossier) if dossier.number else None
        for spec, path, record, doc in dossier.read:
            names = self._names[spec.name]
            rows["record"].append(
                (
                    dossier.path,
                    path,
                    spec.name,
                    record.id,
                    dossier.number,
                    int(dossier.draft),
                    _text(doc, self._titles[spec.name]),
                    _text(doc, self._owners[spec.name]),
                    _text(doc, spec.date_field),
                    compact(
                        self._computed(
                            whole, {"id": record.id, "kind": spec.name, "stage": doc.get("stage")}, record
                        )
                    ),
                    compact(doc),
                )
            )
            rows["search"].append((dossier.path, text.search_text(doc, names)))
            if spec.place != "dossier":
                keys = lookup_keys(doc, names, self._keys[spec.name])
                rows["name"].append((dossier.path, spec.name, path, "\n".join(customer_names(doc)), keys))
            rows["people"] += self._people(dossier.path, path, spec.name, doc)
            rows["link"] += self._links(dossier.path, path, spec.name, doc)
        if whole is not None:
            rows["agenda"], warned = agenda.of_dossier(dossier.path, whole, self.settings, self.horizon)
            dossier.problems += ((problem, False) for problem in warned)
        rows["problem"] = [
            (dossier.path, problem.path, int(unreadable), problem_json(problem))
            for problem, unreadable in dossier.problems
        ]
        return rows

    def _whole(self, dossier: _Dossier) -> Any:
        from crmkit.rules.dossier import Dossier

        customers = dossier.records.get("customer", ())
        return Dossier(
            number=dossier.number,
            draft=dossier.draft,
            customer=customers[0] if customers else None,  # type: ignore[arg-type]  # of kind "customer"
            records=dossier.records,
            docs=dossier.docs,
        )

    def _computed(self, whole: Any, doc: Mapping[str, Any], record: Record) -> dict[str, Any]:
        from crmkit.rules import computed
        from crmkit.rules.facts import gathered

        return {} if whole is None else computed.values(gathered(whole, self.settings), doc, record)

    def _people(
        self, folder: str, path: str, kind: str, doc: Mapping[str, Any]
    ) -> Iterator[tuple[str, str, str, int]]:
        """Yield whose a record is; those of a customer share the whole dossier, and nobody's is everybody's ("")."""
        from crmkit.values.names import norm

        whole = kind == "customer"
        names = {norm(n) for f in self._whose[kind] for n in text.dotted(doc, f) if isinstance(n, str) and n}
        if whole and not _text(doc, self._owners[kind]):
            names.add("")
        yield from ((folder, path, name, int(whole)) for name in sorted(names))

    def _links(self, folder: str, path: str, kind: str, doc: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for name, refers_to in self._refers[kind]:
            for target in text.dotted(doc, name):
                if isinstance(target, str) and target:
                    yield folder, path, name, refers_to, target


def read_file(root: str, path: str, dossier: _Dossier) -> bytes | None:
    """Return a file's bytes; None, with a problem on `dossier`, where it is none that crmkit reads."""
    if path.endswith(".yml"):
        dossier.problems.append((oddities.yml(path), True))
        return None
    if not path.endswith(".yaml"):
        dossier.problems += oddities.hidden_records(root, path)
        return None
    try:
        fd = os.open(f"{root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as e:
        linked = e.errno == errno.ELOOP
        dossier.problems.append((oddities.linked(path) if linked else oddities.closed(path, e), True))
        return None
    try:
        info = os.fstat(fd)
        dossier.latest = max(dossier.latest, info.st_ctime_ns)
        if not stat.S_ISREG(info.st_mode):
            dossier.problems.append((oddities.linked(path), True))
            return None
        return _read_all(fd, min(info.st_size, layout.READ_LIMIT))
    except OSError as e:
        dossier.problems.append((oddities.closed(path, e), True))
        return None
    finally:
        os.close(fd)


def content_hash(root: str, path: str, names: Sequence[str]) -> bytes:
    """Return the hash that `Loader.folder` gives, without reading what the files say."""
    contents = Contents()
    for name in () if oddities.is_link(f"{root}/{path}") else names:
        contents.add(name, read_file(root, f"{path}/{name}", _Dossier(path)))
    return contents.digest()


def lookup_keys(doc: Mapping[str, Any], names: Sequence[str], keys: Sequence[str]) -> str:
    """Return everything that a record goes by, one key a line, with a line end on both sides of each."""
    found = list(text.key_texts(doc, names, keys))
    return "\n" + "\n".join(dict.fromkeys(found)) + "\n" if found else ""


def _text(doc: Mapping[str, Any], name: str) -> str:
    value = next(iter(text.dotted(doc, name)), "") if "." in name else doc.get(name, "")
    return value if isinstance(value, str) else str(value or "")


def _read_all(fd: int, size: int) -> bytes:
    raw = os.read(fd, size + 1)
    if len(raw) <= size:
        return raw
    parts = [raw]  # it grew while it was read
    while part := os.read(fd, layout.READ_LIMIT):
        parts.append(part)
        if sum(map(len, parts)) > layout.READ_LIMIT:
            break
    return b"".join(parts)
