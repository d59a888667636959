"""From a folder of record files to the rows of the index. Heavy: imported only when a file is new or changed.

A folder is read as a whole, for the agenda of a dossier needs all its records. What comes out is plain values, so
that several processes can share the work of a first build.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.book import paths as layout
from crmkit.errors import Problem, msg
from crmkit.i18n import N_
from crmkit.query import text
from crmkit.query.match import customer_names

if TYPE_CHECKING:
    from crmkit.records.base import Record
    from crmkit.records.catalog import Catalog, KindSpec
    from crmkit.settings.model import Settings

Rows = dict[str, list[tuple[Any, ...]]]
"""Rows by table, without their rowid."""

_HASH_BYTES = 16
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


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


def compact(value: Any) -> str:
    """Return JSON as the index keeps it."""
    return _ENCODER.encode(value)


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
        self._titles = {k: spec.first("title") for k, spec in catalog.kinds.items()}
        self._owners = {k: spec.first("owner") or "owner" for k, spec in catalog.kinds.items()}

    def folder(self, path: str, names: Sequence[str]) -> Folder:
        """Read the files called `names` in the folder at `path`."""
        dossier = _Dossier(path)
        contents = Contents()
        if _is_link(f"{self.root}/{path}"):
            dossier.problems.append((_linked(path), True))
            names = ()
        elif not names:
            dossier.problems += _unlisted(self.root, path)
        for name in names:
            raw = read_file(self.root, f"{path}/{name}", dossier)
            contents.add(name, raw)
            if raw is not None:
                self._record(dossier, f"{path}/{name}", raw)
        return Folder(path, self._rows(dossier), contents.digest(), dossier.latest)

    def _record(self, dossier: _Dossier, path: str, raw: bytes) -> None:
        from crmkit.records.base import Identity
        from crmkit.records.read import read
        from crmkit.yaml.read import Unreadable, load

        place = layout.place_of(path)
        if place is None:
            return
        spec = self.catalog.kinds.get(place.kind)
        if spec is None:
            dossier.problems.append((_no_kind(path, place.kind, self.catalog), True))
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
        rows: Rows = {"record": [], "search": [], "name": [], "agenda": [], "link": [], "problem": []}
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
                    compact(self._computed(spec.name, record, whole)),
                    compact(doc),
                )
            )
            rows["search"].append((dossier.path, text.search_text(doc, names)))
            if spec.place != "dossier":
                keys = lookup_keys(doc, names, self._keys[spec.name])
                rows["name"].append((dossier.path, spec.name, path, "\n".join(customer_names(doc)), keys))
            rows["link"] += self._links(dossier.path, path, spec.name, doc)
        if whole is not None:
            rows["agenda"] = self._agenda(dossier, whole)
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

    def _computed(self, kind: str, record: Record, whole: Any) -> dict[str, Any]:
        if whole is None:
            return {}
        from crmkit.rules import computed

        if kind == "customer":
            last = computed.last_contact(whole, self.settings)
            out: dict[str, Any] = {"phase": computed.phase(whole, self.settings)}
            return out | ({"last_contact": last.isoformat()} if last else {})
        if kind == "opportunity":
            return {"phase": computed.opportunity_status(record, whole)}  # type: ignore[arg-type]  # its kind says so
        return {}

    def _links(self, folder: str, path: str, kind: str, doc: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        for name, refers_to in self._refers[kind]:
            for target in text.dotted(doc, name):
                if isinstance(target, str) and target:
                    yield folder, path, name, refers_to, target

    def _agenda(self, dossier: _Dossier, whole: Any) -> list[tuple[Any, ...]]:
        from crmkit.rules.agenda import agenda, warnings

        customers = dossier.docs.get("customer", ())
        customer = customers[0] if customers else {}
        path = str(customer.get("path", f"{dossier.path}/{layout.CUSTOMER_FILE}"))
        dossier.problems += ((problem, False) for problem in warnings(whole, self.settings, path))
        paths = {record.id: path for _, path, record, _ in dossier.read}
        name, tier = str(customer.get("name") or ""), str(customer.get("tier") or "")
        contacts: dict[str, str] = {}
        out = []
        for row in agenda(whole, self.settings, self.horizon):
            if row.contact not in contacts:
                contacts[row.contact] = compact(_contact(customer, row.contact))
            out.append(
                (
                    dossier.path,
                    row.due_on.isoformat(),
                    row.until.isoformat() if row.until else None,
                    row.due_at.isoformat(timespec="minutes") if row.due_at else row.due_on.isoformat(),
                    row.id,
                    dossier.number,
                    int(dossier.draft),
                    "due",
                    paths.get(row.source, path),
                    row.rule,
                    row.source,
                    row.owner,
                    name,
                    tier,
                    contacts[row.contact],
                    compact(row.to_json()),
                )
            )
        return out


def read_file(root: str, path: str, dossier: _Dossier) -> bytes | None:
    """Return a file's bytes; None, with a problem on `dossier`, where it is none that crmkit reads."""
    if path.endswith(".yml"):
        dossier.problems.append((_yml(path), True))
        return None
    if not path.endswith(".yaml"):
        dossier.problems += _hidden_records(root, path)
        return None
    try:
        fd = os.open(f"{root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as e:
        linked = e.errno == errno.ELOOP
        dossier.problems.append((_linked(path) if linked else _closed(path, e), True))
        return None
    try:
        info = os.fstat(fd)
        dossier.latest = max(dossier.latest, info.st_ctime_ns)
        if not stat.S_ISREG(info.st_mode):
            dossier.problems.append((_linked(path), True))
            return None
        return _read_all(fd, min(info.st_size, layout.READ_LIMIT))
    except OSError as e:
        dossier.problems.append((_closed(path, e), True))
        return None
    finally:
        os.close(fd)


def content_hash(root: str, path: str, names: Sequence[str]) -> bytes:
    """Return the hash that `Loader.folder` gives, without reading what the files say."""
    contents = Contents()
    for name in () if _is_link(f"{root}/{path}") else names:
        contents.add(name, read_file(root, f"{path}/{name}", _Dossier(path)))
    return contents.digest()


def lookup_keys(doc: Mapping[str, Any], names: Sequence[str], keys: Sequence[str]) -> str:
    """Return everything that a record goes by, one key a line, with a line end on both sides of each."""
    found = list(text.key_texts(doc, names, keys))
    return "\n" + "\n".join(dict.fromkeys(found)) + "\n" if found else ""


def _contact(customer: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return whom to reach for a row and how: the contact named, else the primary one, else the customer itself."""
    contacts = [c for c in customer.get("contacts", ()) if isinstance(c, Mapping)]
    chosen = next((c for c in contacts if name and c.get("name") == name), None)
    chosen = chosen or next((c for c in contacts if c.get("primary")), None) or next(iter(contacts), customer)
    fields = ("name", "job_title", "phone", "mobile", "email", "wechat")
    return {f: str(chosen[f]) for f in fields if chosen.get(f) and (f != "name" or chosen is not customer)}


def _text(doc: Mapping[str, Any], name: str) -> str:
    value = next(iter(text.dotted(doc, name)), "") if "." in name else doc.get(name, "")
    return value if isinstance(value, str) else str(value or "")


def problem_json(problem: Problem) -> str:
    """Return a problem as the index keeps it; `problem_from` reads it back."""
    return compact(
        [
            problem.path,
            problem.line,
            problem.field,
            problem.code,
            problem.severity,
            problem.message.to_json(),
            problem.hint.to_json(),
            problem.requirement,
        ]
    )


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


def _is_link(path: str) -> bool:
    return Path(path).is_symlink()


def _linked(path: str) -> Problem:
    message = msg(N_("a link or device is not read: records are plain files inside the book"))
    return Problem(path, 0, "", "path.link", "error", message, msg(N_("put the file itself here")))


def _closed(path: str, error: OSError) -> Problem:
    message = msg(N_("the file cannot be read: {why}"), why=error.strerror or str(error))
    return Problem(path, 0, "", "path.closed", "error", message, msg(N_("look at its permissions")))


def _unlisted(root: str, path: str) -> list[tuple[Problem, bool]]:
    try:
        os.listdir(f"{root}/{path}")  # noqa: PTH208 - only whether it can be listed
    except FileNotFoundError:
        return []
    except OSError as e:
        return [(_closed(path, e), True)]
    return []


def _yml(path: str) -> Problem:
    message = msg(N_("records end in .yaml; this file is not read"))
    return Problem(
        path,
        0,
        "",
        "path.yml",
        "error",
        message,
        msg(N_("rename it: mv {old} {new}"), old=path, new=path[:-4] + ".yaml"),
    )


def _no_kind(path: str, kind: str, catalog: Catalog) -> Problem:
    from crmkit.values.suggest import nearest

    near = nearest(kind, catalog.kinds)
    hint = (
        msg(N_("did you mean {near!r}?"), near=near)
        if near
        else msg(N_("names begin with one of {kinds}"), kinds=", ".join(catalog.kinds))
    )
    return Problem(
        path, 0, "", "path.kind", "error", msg(N_("no kind of record is called {name!r}"), name=kind), hint
    )


def _hidden_records(root: str, path: str) -> list[tuple[Problem, bool]]:
    """Return a problem for a folder inside a dossier (or a link to one) that hides records."""
    if _is_link(f"{root}/{path}"):
        return [(_linked(path), True)]
    if any(name.endswith((".yaml", ".yml")) for _, _, names in os.walk(f"{root}/{path}") for name in names):
        message = msg(N_("records in a folder inside a dossier are not read"))
        return [
            (
                Problem(
                    path, 0, "", "path.deep", "error", message, msg(N_("move them up, beside customer.yaml"))
                ),
                True,
            )
        ]
    return []
