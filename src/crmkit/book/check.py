"""What no single record shows: references, ids, names of attachments, what waits to be settled."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from crmkit.book import people
from crmkit.book.paths import CHORES, CUSTOMER_FILE, FILES, Book, place_of, walk
from crmkit.book.paths import folders as record_folders
from crmkit.errors import Problem, Severity, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.records.catalog import Catalog
    from crmkit.settings.model import Settings
    from crmkit.yaml.read import Document


class Row(Protocol):
    """One record as the index gives it."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def kind(self) -> str:
        """Return its kind."""

    @property
    def path(self) -> str:
        """Return its file, relative to the book."""

    @property
    def customer(self) -> str:
        """Return its customer's number."""

    @property
    def doc(self) -> Mapping[str, Any]:
        """Return its fields."""


def problems_of(
    book: Book,
    path: str,
    raw: bytes,
    settings: Settings,
    customer: Callable[[str], bytes | None] | None = None,
) -> list[Problem]:
    """Return what is wrong with a record's text, if it stood at `path`: what a write is checked by.

    `customer` gives the bytes of the customer's file, where its contacts are to be looked up.
    """
    from crmkit.records import team, ticks
    from crmkit.records.read import Identity, read
    from crmkit.records.registry import kind_spec, kinds
    from crmkit.yaml.read import Unreadable, load

    if path == book.settings_path.name:
        return _settings_problems(raw)
    if path.startswith(f"{CHORES}/") and path.endswith(".yaml"):
        return ticks.read(raw, path, settings)[1]
    place = place_of(path)
    if place is None:
        return []
    try:
        document = load(raw, path)
    except Unreadable as e:
        return list(e.problems)
    if place.kind not in kinds():
        return [
            _problem(
                path, "book.kind", msg(N_("there is no kind of record called {kind!r}"), kind=place.kind)
            )
        ]
    loaded = read(place.kind, document, settings, Identity(place.id, path, place.customer))
    spec = kind_spec(place.kind)
    met = customer and any(team.MET in f.marks and f.steps[0][0] in loaded.doc for f in spec.fields)
    whose = _fields_of(customer(f"{path.rpartition('/')[0]}/{CUSTOMER_FILE}")) if customer and met else None
    named = people.flaws(spec, loaded.doc, settings, whose)
    return [*loaded.problems, *(replace(p, path=path, line=_line(document, p.field)) for _, p in named)]


def _line(document: Document, field: str) -> int:
    return document.line(tuple(int(s) if s.isdecimal() else s for s in field.split(".")))


def _fields_of(raw: bytes | None) -> Mapping[str, Any] | None:
    from crmkit.yaml.read import Unreadable, load

    if raw is None:
        return None
    try:
        return load(raw, CUSTOMER_FILE).data
    except Unreadable:
        return None


def _settings_problems(raw: bytes) -> list[Problem]:
    from crmkit.settings.load import SettingsError, load

    try:
        return list(load(raw)[1])
    except SettingsError as e:
        return [_problem("crm.yaml", "settings", e.message)]


def across(book: Book, rows: Iterable[Row], catalog: Catalog) -> list[Problem]:
    """Return what is wrong between records, given all of them; sorted by path."""
    rows = list(rows)
    found = [*_twice(rows), *_dangling(rows, catalog), *_clashing(rows), *_strays(book, catalog)]
    found += [*_attachments(book, rows), *_kept(book), *_attics(book, rows)]
    return sorted(found, key=lambda p: (p.path, p.line, p.field, p.code))


def _problem(path: str, code: str, message: Any, severity: Severity = "error", **rest: Any) -> Problem:
    return Problem(path, rest.pop("line", 0), rest.pop("field", ""), code, severity, message, **rest)


def _twice(rows: Sequence[Row]) -> Iterator[Problem]:
    """Two files with one id: both are read, and neither may go by that name for long."""
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_id[row.id].append(row)
    for ident, same in by_id.items():
        for row in same if len(same) > 1 else ():
            other = next(r.path for r in same if r.path != row.path)
            yield _problem(
                row.path,
                "book.id_twice",
                msg(N_("{id} is also the id of {other}"), id=ident, other=other),
                hint=msg(N_("give one of them another name, with four other letters or another number")),
                requirement="R-000-35",
            )


def _dangling(rows: Sequence[Row], catalog: Catalog) -> Iterator[Problem]:
    """Find references to records that are not there; a number counts as a name."""
    known: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        names = {row.id, *(str(row.doc[k]) for k in ("number", "code", "name") if row.doc.get(k))}
        names.update(str(n) for n in row.doc.get("formerly") or ())
        known[row.kind] |= names
        known[""] |= names
    for row in rows:
        spec = catalog.kinds.get(row.kind)
        for field in spec.fields if spec else ():
            if not field.refers_to:
                continue
            for name, value in people.values(row.doc, field.steps):
                target = known[field.refers_to] if field.refers_to in catalog.kinds else known[""]
                if value not in target:
                    yield _problem(
                        row.path,
                        "book.dangling",
                        msg(N_("no {kind} goes by {value!r}"), kind=field.refers_to, value=value),
                        "warning",
                        field=name,
                        hint=msg(
                            N_("mend the reference, or clear it with: crm set {id} {field}="),
                            id=row.id,
                            field=name,
                        ),
                    )


def _clashing(rows: Sequence[Row]) -> Iterator[Problem]:
    """Names that are one name on a disk that ignores case, and names that are not in NFC."""
    import unicodedata

    folded: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        folded[unicodedata.normalize("NFC", row.path).casefold()].add(row.path)
        if unicodedata.normalize("NFC", row.path) != row.path:
            yield _problem(
                row.path, "book.nfc", msg(N_("the name is not in Unicode's composed form (NFC)")), "warning"
            )
    for same in folded.values():
        for path in same if len(same) > 1 else ():
            other = min(same - {path})
            yield _problem(
                path,
                "book.case",
                msg(N_("on a Mac or Windows disk this is the same file as {other}"), other=other),
            )


def _strays(book: Book, catalog: Catalog) -> Iterator[Problem]:
    """Find what lies among the records and is not read."""
    odd: list[tuple[str, str]] = []
    for _ in walk(book, record_folders(catalog), odd):
        pass
    reasons = {
        "yml": (N_("only files ending in .yaml are read"), N_("rename it to .yaml")),
        "link": (N_("a link is not followed"), N_("put the file itself there")),
        "special": (N_("this is no plain file"), N_("remove it")),
        "unreadable": (N_("the folder cannot be read"), N_("look at its permissions")),
    }
    for path, why in odd:
        if why == "yml" or path.count("/") < 2:  # the index tells of the others as it reads
            text, way_out = reasons[why]
            yield _problem(path, f"book.{why}", msg(text), hint=msg(way_out))


def _attachments(book: Book, rows: Sequence[Row]) -> Iterator[Problem]:
    """Names of attachments (R-000-16), and attachments that are no plain files with one name."""
    from crmkit.values.attachment import name_flaw

    for row in rows:
        if row.kind != "customer":
            continue
        folder = row.path.rpartition("/")[0] + f"/{FILES}"
        try:
            entries = sorted(os.scandir(book.root / folder), key=lambda e: e.name)
        except OSError:
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}"
            if not entry.is_file(follow_symlinks=False):
                if entry.is_symlink():
                    yield _problem(path, "book.link", msg(N_("a link is not followed")))
                continue
            if not entry.name.startswith(".") and (
                flaw := name_flaw(entry.name, str(row.doc.get("short_name") or ""))
            ):
                yield _problem(path, "attachment.name", flaw, "warning", requirement="R-000-16")


def _kept(book: Book) -> Iterator[Problem]:
    """Find what was displaced when two saved at once, and what git has not taken yet."""
    folder: Path = book.state / "conflicts"
    for name in _names(folder):
        yield _problem(
            f".crm/conflicts/{name}",
            "book.conflict",
            msg(
                N_("somebody's version of {path} that was displaced"),
                path=name.rpartition(".")[0].replace("~", "/"),
            ),
            "warning",
            hint=msg(N_("take from it what is missing in the record, then delete it")),
        )
    for name in _names(book.state / "journal"):
        if name.isdigit():
            yield _problem(
                f".crm/journal/{name}",
                "book.unfinished",
                msg(N_("a change that is saved, but that git has not taken yet")),
                "warning",
                hint=msg(N_("see why with any command that writes; it is tried again each time")),
            )


def _attics(book: Book, rows: Sequence[Row]) -> Iterator[Problem]:
    """Find the values that gave way when clones met and that nobody has settled yet."""
    from crmkit.book import attic

    for entry, row, now in attic.of_rows(book, rows):
        weighty = attic.weighty(entry.field)
        if not entry.field:
            text, code = N_("a whole version by {by} gave way: {value}"), "attic.file"
        elif weighty:
            text, code = (
                N_("IMPORTANT, two people set this: {now} stands, {value} by {by} gave way"),
                "attic.important",
            )
        else:
            text, code = N_("two people set this: {now} stands, {value} by {by} gave way"), "attic.value"
        yield _problem(
            row.path if row else entry.path,
            code,
            msg(text, now=attic.shown(now), value=attic.shown(entry.value), by=entry.by or "?"),
            "warning",
            field=entry.field,
            hint=msg(
                N_(
                    "settle it with: crm check --fix; or by hand: set the field, and take {entry} out of {path}"
                ),
                entry=entry.id,
                path=entry.path,
            ),
        )


def _names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
