"""Three readings of one record made into one, field by field; what gives way is returned, never dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from crmkit.book import _merge_lists as lists

Steps = tuple[str, ...]
"""Where a value stands: keys of mappings, and for entries of lists what they go by."""

STAMPS = ("updated_by", "updated_at")
_TOGETHER = (("amount", "currency"), ("min", "max", "currency"))
"""A sum without its currency is another sum."""


class Stamp(NamedTuple):
    """When (seconds since 1970) and by whom a value was set; `text` is the time as ISO, as git has it."""

    at: float = 0.0
    by: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that gave way: where it stood, and who had set it when. `raw` is a whole file."""

    steps: Steps
    value: Any
    stamp: Stamp
    raw: bytes | None = None


def plain(value: Any) -> Any:
    """Return a value without what is empty: `key:` with nothing behind it says no more than no key."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [plain(v) for v in value if v is not None]
    return value


@dataclass
class Merger:
    """One merge of two sides, in an order that does not depend on whose clone it happens in."""

    one: Callable[[Steps], Stamp]
    two: Callable[[Steps], Stamp]
    ticks: bool = False
    lost: list[Lost] = field(default_factory=list)

    def record(
        self, base: Mapping[str, Any], one: Mapping[str, Any], two: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the merged record; the stamps of who changed it last go together."""
        rest = [{k: v for k, v in m.items() if k not in STAMPS} for m in (base, one, two)]
        merged = self._mapping(rest[0], rest[1], rest[2], ())
        stamps = _stamps(*({k: m[k] for k in STAMPS if k in m} for m in (base, one, two)))
        order = [k for m in (one, two) for k in m]
        out = merged | stamps
        return {k: out[k] for k in dict.fromkeys([*order, *out]) if k in out}

    def _mapping(self, base: Any, one: Any, two: Any, steps: Steps) -> dict[str, Any]:
        out: dict[str, Any] = {}
        handled: set[str] = set()
        for group in _TOGETHER:
            if group[0] in one and group[0] in two and not any(k in handled for k in group):
                chosen = self._group(group, base, one, two, steps)
                if chosen is not None:
                    out |= chosen
                    handled |= set(group)
        for key in dict.fromkeys([*one, *two]):
            if key not in handled:
                value = self._value(base.get(key), one.get(key), two.get(key), (*steps, key))
                if value is not None:
                    out[key] = value
        return out

    def _group(
        self, keys: Sequence[str], base: Any, one: Any, two: Any, steps: Steps
    ) -> dict[str, Any] | None:
        """Return one side's fields where both have changed some of a group, None where they need not go together."""
        b, x, y = ({k: m[k] for k in keys if k in m} for m in (base, one, two))
        if x in (b, y) or y == b or any(isinstance(v, (list, Mapping)) for m in (x, y) for v in m.values()):
            return None
        if all(x.get(k) == b.get(k) or y.get(k) == b.get(k) for k in keys) and not _differ(keys, b, x, y):
            return None
        first = self._first_wins([(*steps, k) for k in keys], x, y)
        winner, loser = (x, y) if first else (y, x)
        dated = self.two if first else self.one
        for k, v in loser.items():
            if v not in (b.get(k), winner.get(k)):
                self._lose((*steps, k), v, dated)
        return winner

    def _value(self, base: Any, one: Any, two: Any, steps: Steps) -> Any:
        if two in (one, base):
            return one
        if one == base:
            return two
        if one is None or two is None:  # deleted here and changed there: kept
            return two if one is None else one
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            return self._mapping(base if isinstance(base, Mapping) else {}, one, two, steps)
        if isinstance(one, list) and isinstance(two, list):
            return self._list(base if isinstance(base, list) else [], one, two, steps)
        first = self._first_wins([steps], one, two)
        self._lose(steps, two if first else one, self.two if first else self.one)
        return one if first else two

    def _list(self, base: list[Any], one: list[Any], two: list[Any], steps: Steps) -> list[Any]:
        key = (
            lists.key_of([*base, *one, *two], steps[-1], ticks=self.ticks)
            if lists.mappings(base, one, two)
            else ()
        )
        if not key and not lists.mappings(base, one, two):
            base, one, two = _once(base), _once(one), _once(two)
        out = []
        for trio in lists.aligned(base, one, two, key, steps[-1]):
            at = (*steps, _named(trio, key))
            value = self._value(trio.base, trio.one, trio.two, at)
            if value is not None:
                out.append(value)
        return out

    def _first_wins(self, places: Sequence[Steps], one: Any, two: Any) -> bool:
        """Whether the first side's value stays: the later one, then the greater text."""
        mine, theirs = (max(dated(p).at for p in places) for dated in (self.one, self.two))
        if mine != theirs:
            return mine > theirs
        return text_of(one) >= text_of(two)

    def _lose(self, steps: Steps, value: Any, dated: Callable[[Steps], Stamp]) -> None:
        self.lost.append(Lost(steps, value, dated(steps)))


def text_of(value: Any) -> str:
    """Return a value as one text that is the same on every machine."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _differ(keys: Sequence[str], base: Any, one: Any, two: Any) -> bool:
    """Whether each side has changed something of the group that the other has not changed likewise."""
    mine = {k for k in keys if one.get(k) != base.get(k)}
    theirs = {k for k in keys if two.get(k) != base.get(k)}
    return bool(mine and theirs)


def _once(entries: list[Any]) -> list[Any]:
    return [e for i, e in enumerate(entries) if e not in entries[:i]]


def _named(trio: lists.Trio, key: lists.Key) -> str:
    """Return what the merged entry will go by, as far as that is known before."""
    names = [lists.name_of(e, key) if key else text_of(e)[:40] for e in trio if e is not None]
    renamed = [n for n in names if n != names[0]]
    return renamed[0] if len(set(renamed)) == 1 else names[0]


def _stamps(base: dict[str, Any], one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    if one in (two, base):
        return two
    if two == base:
        return one
    return max((one, two), key=lambda m: (_moment(m), text_of(m)))


def _moment(stamps: Mapping[str, Any]) -> float:
    return moment(stamps.get("updated_at"))


def moment(text: Any) -> float:
    """Return a written time as seconds since 1970, 0 where there is none to be read."""
    if not isinstance(text, str):
        return 0.0
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return 0.0
    from datetime import UTC

    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def leaves(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Yield every value that is neither list nor mapping, with its place; entries of lists by what they go by."""
    if isinstance(value, Mapping):
        for k, v in value.items():
            yield from leaves(v, (*steps, k))
    elif isinstance(value, list):
        key = lists.key_of(value, steps[-1] if steps else "") if lists.mappings(value) else ()
        for entry in value:
            name = lists.name_of(entry, key) if key else text_of(entry)[:40]
            yield from leaves(entry, (*steps, name))
    elif value is not None:
        yield steps, value


def pick(value: Any, steps: Steps) -> Any:
    """Return the value at a place that `Lost.steps` or `leaves` tell, None where nothing stands there."""
    field = ""
    for step in steps:
        if isinstance(value, Mapping):
            value, field = value.get(step), step
        elif isinstance(value, list):
            key = lists.key_of(value, field) if lists.mappings(value) else ()
            value = next(
                (e for e in value if (lists.name_of(e, key) if key else text_of(e)[:40]) == step), None
            )
        else:
            return None
    return value
