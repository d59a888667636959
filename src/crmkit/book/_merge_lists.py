"""Which entries of three lists are the same thing: what the merge of records needs before it can compare them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

KEYS: tuple[tuple[str, ...], ...] = (
    ("id",),
    ("name",),
    ("code",),
    ("customer",),
    ("summary",),
    ("what",),
    ("product", "unit_price"),
    ("due",),
    ("on",),
)
"""What a list of mappings is merged by: the first of these that all its entries have (records.md)."""

_EVENTS: dict[str, tuple[tuple[str, ...], ...]] = {"stage_history": (("on", "stage"),)}
"""Lists of events: two on one day are two, and none overwrites the other."""
_TICKS = (("due", "by"),)
_PEOPLE = frozenset(("id", "name", "code", "customer"))
"""Keys that name somebody or something: another name is another thing, however alike the rest is."""
_PHONES = ("mobile", "phone")

Key = tuple[str, ...]


class Trio(NamedTuple):
    """One entry as the base, the first and the second side have it; None where it is not in the list."""

    base: Any
    one: Any
    two: Any


def mappings(*lists: Sequence[Any]) -> bool:
    """Whether all entries are mappings, and there is one at least."""
    entries = [e for entries in lists for e in entries]
    return bool(entries) and all(isinstance(e, Mapping) for e in entries)


def key_of(entries: Sequence[Any], field: str = "", *, ticks: bool = False) -> Key:
    """Return the fields that a list is merged by, () where its entries share none."""
    keys: tuple[Key, ...] = (*(_TICKS if ticks else ()), *_EVENTS.get(field, ()), *KEYS)
    for key in keys:
        # goods may lack a price, and somebody's tick a name: the first field is what must be there
        if all(isinstance(e.get(key[0]), str) and e[key[0]] for e in entries):
            return key
    return ()


def name_of(entry: Mapping[str, Any], key: Key) -> str:
    """Return what an entry goes by in its list: `张三`, `服务器 12000`."""
    return " ".join(str(entry[k]) for k in key if entry.get(k) is not None)


def aligned(base: Sequence[Any], one: Sequence[Any], two: Sequence[Any], key: Key, field: str) -> list[Trio]:
    """Return the entries of three lists that belong together, in the order that the result shall have.

    That order is the first side's; what only the second has comes behind what it stood behind there.
    """
    from_one = _matches(base, one, key, field)
    from_two = _matches(base, two, key, field)
    new_one = [i for i in range(len(one)) if i not in from_one.values()]
    new_two = [i for i in range(len(two)) if i not in from_two.values()]
    both_new = _pairs([one[i] for i in new_one], [two[i] for i in new_two], _ways(key, ""))
    trios: dict[tuple[str, int], Trio] = {}
    of_two: dict[int, tuple[str, int]] = {}
    for b, entry in enumerate(base):
        first, second = from_one.get(b), from_two.get(b)
        trios["base", b] = Trio(
            entry, None if first is None else one[first], None if second is None else two[second]
        )
        if second is not None:
            of_two[second] = ("base", b)
    for at, i in enumerate(new_one):
        other = both_new.get(at)
        trios["one", i] = Trio(None, one[i], None if other is None else two[new_two[other]])
        if other is not None:
            of_two[new_two[other]] = ("one", i)
    back = {i: ("base", b) for b, i in from_one.items()}
    order = [back.get(i, ("one", i)) for i in range(len(one))]
    last: tuple[str, int] | None = None
    for i in range(len(two)):
        name = of_two.get(i, ("two", i))
        if name not in trios:
            trios[name] = Trio(None, None, two[i])
        if name not in order:
            order.insert(0 if last is None else order.index(last) + 1, name)
        last = name
    return [trios[name] for name in [*order, *(n for n in trios if n not in order)]]


def _matches(base: Sequence[Any], side: Sequence[Any], key: Key, field: str) -> dict[int, int]:
    return _pairs(base, side, _ways(key, field))


def _ways(key: Key, field: str) -> list[Callable[[Any, Any], bool]]:
    """Return how two entries may be known for one, the surest first."""
    ways: list[Callable[[Any, Any], bool]] = [lambda a, b: bool(a == b)]
    if not key:
        return ways
    ways.append(lambda a, b: name_of(a, key) == name_of(b, key))
    if field == "contacts":
        ways.append(_same_phone)
    elif field and len(key) > 1:
        ways.append(lambda a, b: bool(a.get(key[0]) == b.get(key[0])))
    if field and key[0] not in _PEOPLE:
        ways.append(_alike)
    return ways


def _pairs(
    base: Sequence[Any], side: Sequence[Any], ways: Sequence[Callable[[Any, Any], bool]]
) -> dict[int, int]:
    found: dict[int, int] = {}
    taken: set[int] = set()
    for same in ways:
        for b, entry in enumerate(base):
            if b in found:
                continue
            i = next((i for i, e in enumerate(side) if i not in taken and same(entry, e)), None)
            if i is not None:
                found[b] = i
                taken.add(i)
    return found


def _same_phone(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    mine = {_digits(a.get(k)) for k in _PHONES} - {""}
    return bool(mine & {_digits(b.get(k)) for k in _PHONES})


def _digits(value: Any) -> str:
    return "".join(c for c in value if c.isdecimal())[-11:] if isinstance(value, str) else ""


def _alike(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether half of the fields agree: a payment whose day was moved is not a second payment."""
    same = sum(1 for k, v in a.items() if b.get(k) == v)
    return same > 0 and 2 * same >= max(len(a), len(b))
