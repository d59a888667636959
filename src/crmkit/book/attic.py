"""The attic: values that gave way when clones met, kept beside the record until somebody settles them.

A dossier's lie in its `attic.yaml`, those of records outside dossiers in the one at the root:

- {id: 3f9k2m7q, record: 202406-001, field: contacts.王经理.phone, value: "13900001234", by: 张三, at: ...}

`field` names entries of lists by what they go by. It is "" where a whole file gave way; then `value` is the name of
the file beside the attic that holds its bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from crmkit.book import _merge_data as data
from crmkit.book import _merge_lists as lists
from crmkit.book.merge import ATTIC, Lost
from crmkit.book.naming import LETTERS
from crmkit.book.paths import CUSTOMER_FILE, CUSTOMERS
from crmkit.errors import CrmError

if TYPE_CHECKING:
    from crmkit.book.paths import Book
    from crmkit.yaml.write import Edit

KEEP = "attic-"
"""Files that hold a version whole begin so; they are no records."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value in an attic. `path` is the attic's file; `record` an id, the dossier's number for its customer."""

    path: str
    id: str
    record: str
    field: str
    value: Any
    by: str = ""
    at: str = ""


def path_for(path: str) -> str:
    """Return the attic that takes what a record at `path` loses."""
    folder = folder_of(path)
    return f"{folder}/{ATTIC}" if folder else ATTIC


def folder_of(path: str) -> str:
    """Return the dossier's folder that a path lies in, "" for those outside dossiers."""
    parts = path.split("/")
    return "/".join(parts[:3]) if parts[0] == CUSTOMERS and len(parts) > 3 else ""


def record_of(path: str) -> str:
    """Return what the attic calls the record in a file."""
    folder, _, name = path.rpartition("/")
    if name == CUSTOMER_FILE:
        return folder.rpartition("/")[2]
    return name[:-5] if name.endswith(".yaml") and folder else path.removeprefix(folder_of(path) + "/")


def entry_for(path: str, lost: Lost) -> tuple[dict[str, Any], tuple[str, bytes] | None]:
    """Return what the attic notes of a loss, and the file `(path, bytes)` that keeps a version whole."""
    if lost.raw is None:
        what = data.text_of(lost.value)
        beside = None
        value = lost.value
    else:
        digest = _letters(lost.raw)
        suffix = path.rpartition(".")[2] if "/files/" in path and "." in path else "txt"
        value = what = f"{KEEP}{digest}.{suffix}"
        beside = (path_for(path).removesuffix(ATTIC) + value, lost.raw)
    record, field = record_of(path), ".".join(lost.steps)
    ident = _letters(f"{record.rpartition('/')[2]}\0{field}\0{what}".encode())
    noted = {
        "id": ident,
        "record": record,
        "field": field,
        "value": value,
        "by": lost.stamp.by,
        "at": lost.stamp.text,
    }
    return {k: v for k, v in noted.items() if v != ""}, beside


def _letters(raw: bytes) -> str:
    number = int.from_bytes(hashlib.sha256(raw).digest()[:8], "big")
    out = ""
    for _ in range(8):
        number, digit = divmod(number, len(LETTERS))
        out += LETTERS[digit]
    return out


def added(raw: bytes | None, entries: Iterable[Mapping[str, Any]]) -> bytes | None:
    """Return the attic with more entries in it; the list is ordered, so that every clone writes the same file."""
    known = _by_id(raw)
    before = dict(known)
    for entry in entries:
        known.setdefault(str(entry["id"]), dict(entry))
    return raw if known == before else dump(known.values())


def merged(base: bytes | None, one: bytes | None, two: bytes | None) -> bytes | None:
    """Return an attic from two versions of it: what either side settled is gone, what either added stays."""
    if two in {one, base}:
        return one
    if one == base:
        return two
    old, first, second = map(_by_id, (base, one, two))
    left = {i: e for i, e in (second | first).items() if (i in first and i in second) or i not in old}
    for i in left:
        if i in first and i in second and first[i] != second[i]:
            left[i] = max(first[i], second[i], key=data.text_of)
    return dump(left.values()) if left else None


def dump(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the text of an attic."""
    from crmkit.yaml import write

    ordered = sorted(entries, key=lambda e: (str(e.get("at", "")), str(e["id"])))
    _, *lines = write.dump({"attic": ordered}).splitlines(keepends=True)
    head = "# Values that gave way when clones met. Settle them with: crm check --fix\n"
    return (head + "".join(line.removeprefix("  ") for line in lines)).encode()


def load(raw: bytes, path: str) -> list[dict[str, Any]]:
    """Return the entries of an attic as they stand in the file. Raises Unreadable."""
    from crmkit.yaml import read

    # records are mappings, an attic is a list: under a key it is read by the same reader
    flow = raw.lstrip().startswith(b"[")
    under = b" " + raw.replace(b"\n", b"\n ") if flow else raw
    found = read.load(b"attic:\n" + under, path).data.get("attic") or []
    return [e for e in found if isinstance(e, dict)] if isinstance(found, list) else []


def _by_id(raw: bytes | None) -> dict[str, dict[str, Any]]:
    return {e["id"]: e for e in (load(raw, ATTIC) if raw else ()) if isinstance(e.get("id"), str)}


def read(raw: bytes, path: str) -> list[Entry]:
    """Return the entries of an attic. Raises Unreadable."""
    out = []
    for e in load(raw, path):
        words = {k: str(e.get(k) or "") for k in ("id", "record", "field", "by", "at")}
        out.append(Entry(path, value=e.get("value"), **words))
    return out


def steps_to(doc: Any, field: str, inside: str = "") -> tuple[str | int, ...] | None:
    """Return the steps to the place that an entry's `field` names, None where its list lacks the entry.

    What a place goes by may hold dots itself, so entries of lists are tried.
    """
    if not field:
        return ()
    if isinstance(doc, list):
        key = lists.key_of(doc, inside) if lists.mappings(doc) else ()
        for i, e in enumerate(doc):
            name = lists.name_of(e, key) if key else data.text_of(e)[:40]
            if field == name:
                return (i,)
            if (
                name
                and field.startswith(f"{name}.")
                and (below := steps_to(e, field[len(name) + 1 :])) is not None
            ):
                return (i, *below)
        return None
    first, _, rest = field.partition(".")
    below = steps_to(doc.get(first) if isinstance(doc, Mapping) else None, rest, first) if rest else ()
    return None if below is None else (first, *below)


def settled(raw: bytes, idents: Sequence[str], path: str) -> bytes | None:
    """Return the attic without some entries, None where none is left."""
    left = [e for e in load(raw, path) if e.get("id") not in idents]
    return dump(left) if left else None


def taking(doc: Mapping[str, Any], entry: Entry) -> Edit | None:
    """Return the edit that lets an attic's value stand in the record, None where its place is gone."""
    from crmkit.yaml.write import Edit

    steps = steps_to(doc, entry.field)
    return Edit(steps, entry.value) if steps else None


class _Row(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def doc(self) -> Mapping[str, Any]: ...


R = TypeVar("R", bound=_Row)


def of_rows(book: Book, rows: Sequence[R]) -> Iterator[tuple[Entry, R | None, Any]]:
    """Yield each entry of the book's attics with its record (None where that is gone) and what stands there now.

    A customer is known by lying in the dossier, whatever number it had when the value gave way.
    """
    by_folder: dict[str, dict[str, R]] = {}
    for each in rows:
        folder = folder_of(each.path)
        by_folder.setdefault(folder, {})[each.id] = each
        if each.kind == "customer":
            by_folder[folder][""] = each
    for folder in sorted({"", *by_folder}):
        path = f"{folder}/{ATTIC}" if folder else ATTIC
        try:
            entries = read(book.read(path), path)
        except (OSError, CrmError):
            continue
        for entry in entries:
            mine = by_folder.get(folder, {})
            row: R | None = mine.get(entry.record) or (mine.get("") if "-" in entry.record[:7] else None)
            steps = steps_to(row.doc, entry.field) if row else None
            yield entry, row, _at(row.doc, steps) if row and steps else None


def _at(doc: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        try:
            doc = doc[step]
        except (KeyError, IndexError, TypeError):
            return None
    return doc


def shown(value: Any) -> str:
    """Return a value for people, never a secret one."""
    if isinstance(value, str):
        return "***" if value.startswith("enc:") else value
    return "-" if value is None else data.text_of(value)


_WEIGHTY = frozenset((
    "amount", "currency", "unit_price", "unit_cost", "discount", "budget", "price", "cost", "quantity",
    "stage", "status", "payment_status",
))  # fmt: skip


def weighty(field: str) -> bool:
    """Whether a field is about money or a stage: a wrong one costs a deal."""
    return bool(_WEIGHTY & set(field.split(".")))
