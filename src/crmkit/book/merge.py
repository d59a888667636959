"""The merge of one file: three versions and who changed what when, to one version and what gave way.

Pure, commutative and idempotent: every clone that merges the same versions gets the same bytes. Fields that one
side changed are that side's; where both changed one, the later change wins, then the greater text, and the other
value is returned as lost, for the attic. A file is never returned with conflict markers in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crmkit.book import _merge_data as data
from crmkit.book import _merge_text as text
from crmkit.book._merge_data import Lost, Stamp, Steps
from crmkit.book.paths import CHORES
from crmkit.book.tombstones import NAME as FORGOTTEN

__all__ = ["Lost", "Merged", "Side", "Stamp", "Steps", "merge", "undated"]

ATTIC = "attic.yaml"
KEYS = "keys.yaml"
RETIRED = "retired.txt"
_LINES = frozenset((RETIRED, FORGOTTEN, ".gitignore", ".gitattributes"))


@dataclass(frozen=True, slots=True)
class Side:
    """One side's version: its bytes (None: no file), and when the value at some steps was set and by whom.

    The steps () ask for the file's last change.
    """

    raw: bytes | None
    dated: Callable[[Steps], Stamp]


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged bytes (None: no file), and what gave way."""

    raw: bytes | None
    lost: tuple[Lost, ...] = ()


def undated(raw: bytes | None) -> Side:
    """Return a side that knows no more of its changes than the record's own stamps tell."""
    doc = _read(raw) if raw else None
    by, at = ((doc or {}).get(k) or "" for k in data.STAMPS)
    stamp = Stamp(data.moment(at), str(by), str(at))
    return Side(raw, lambda _steps: stamp)


def merge(path: str, base: bytes | None, ours: Side, theirs: Side) -> Merged:
    """Merge a file of the book; `base` is what both versions come from (None: there was no file)."""
    if theirs.raw in {ours.raw, base}:
        return Merged(ours.raw)
    if ours.raw == base:
        return Merged(theirs.raw)
    if ours.raw is None or theirs.raw is None:
        return Merged(theirs.raw if ours.raw is None else ours.raw)
    one, two = _in_order(ours, theirs)
    name = path.rpartition("/")[2]
    if name in _LINES:
        return Merged(_union(base, one.raw or b"", two.raw or b"", kept=name == FORGOTTEN))
    if path.endswith(".yaml"):
        return _records(path, base, one, two)
    return _whole(base, one, two)


def _in_order(ours: Side, theirs: Side) -> tuple[Side, Side]:
    """Put the later side first, so that nothing depends on whose clone this is."""
    mine, other = ((s.dated(()).at, s.raw or b"") for s in (ours, theirs))
    return (ours, theirs) if mine >= other else (theirs, ours)


def _records(path: str, base: bytes | None, one: Side, two: Side) -> Merged:
    first, second = _read(one.raw), _read(two.raw)
    if first is None or second is None:
        if first is None and second is not None:
            return Merged(two.raw, (_file(one),))
        return Merged(one.raw, (_file(two),))
    name = path.rpartition("/")[2]
    # a key that one side knows and the other does not is kept: something may be written under it
    before = data.plain(_read(base) or {}) if base and name != KEYS else {}
    merger = data.Merger(one.dated, two.dated, ticks=path.startswith(f"{CHORES}/"))
    merged = merger.record(before, data.plain(first), data.plain(second))
    raw = _written(base, one.raw or b"", two.raw or b"", merged)
    lost = () if name in {ATTIC, KEYS} else tuple(merger.lost)
    return Merged(raw, lost)


def _written(base: bytes | None, one: bytes, two: bytes, merged: Mapping[str, Any]) -> bytes:
    """Return the merged record as text, with the comments of both sides where they do not meet."""
    from crmkit.errors import CrmError
    from crmkit.yaml import write
    from crmkit.yaml.write import Edit

    try:
        both = text.merged(base.decode(), one.decode(), two.decode()) if base else None
    except UnicodeDecodeError:
        both = None
    for raw in (*([both.encode()] if both is not None else []), one, two):
        if data.plain(_read(raw)) == merged:
            return raw
    try:
        made = write.edit(one.decode("utf-8"), [Edit((), dict(merged))]).encode()
    except CrmError:
        made = b""
    if data.plain(_read(made) if made else None) == merged:
        return made
    return write.dump(merged).encode()


def _whole(base: bytes | None, one: Side, two: Side) -> Merged:
    """Merge a file that is no record: line by line where it is text, else the later one stays."""
    try:
        both = text.merged((base or b"").decode(), (one.raw or b"").decode(), (two.raw or b"").decode())
    except UnicodeDecodeError:
        both = None
    if both is not None and base is not None:
        return Merged(both.encode())
    return Merged(one.raw, (_file(two),))


def _file(side: Side) -> Lost:
    return Lost((), None, side.dated(()), side.raw)


def _union(base: bytes | None, one: bytes, two: bytes, *, kept: bool = False) -> bytes:
    """Return the lines of both, the base's order first; a line that one side has taken out is gone, unless `kept`."""
    old, first, second = ((raw or b"").splitlines() for raw in (base, one, two))
    stay = [line for line in old if kept or (line in first and line in second)]
    added = [line for line in (*first, *second) if line not in old]
    if all(line.replace(b"-", b"").isdigit() for line in added):
        stay = [line for line in dict.fromkeys([*old, *first, *second]) if line.strip()]
        return b"".join(line + b"\n" for line in sorted(stay))
    return b"".join(line + b"\n" for line in dict.fromkeys([*stay, *added]))


def _read(raw: bytes | None) -> dict[str, Any] | None:
    from crmkit.yaml.read import Unreadable, load

    try:
        return load(raw or b"", "", empty_ok=True).data
    except Unreadable:
        return None
