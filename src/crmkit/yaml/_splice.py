"""Edits as few small splices, each verified by a second parse.

An edit is first taken apart into primitive ones (set, add, insert, delete one value), so that a list set to
a list with one entry more becomes one insertion. Each is cut into the text at the parser's marks (`_cut`).
Should the text then not hold exactly the intended data, the smallest enclosing collection is written anew
instead: comments inside it are lost, all else stays. Random files need that in well under 1 edit of 1,000.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from crmkit.errors import Refused
from crmkit.i18n import N_
from crmkit.yaml import _parse
from crmkit.yaml._cut import Cutter
from crmkit.yaml._place import CannotCut
from crmkit.yaml._scalars import to_text
from crmkit.yaml.read import Unreadable
from crmkit.yaml.write import DELETE, Edit

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Primitive:
    """One value set (it exists), added (a key), inserted (an item) or deleted."""

    what: Literal["set", "add", "insert", "delete"]
    steps: Steps
    value: Any = None
    order: tuple[str, ...] = ()


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Return `text` with `edits` made; see `write.edit`."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text[len(mark) :]
    at = body.find("\n")
    newline = "\r\n" if at > 0 and body[at - 1] == "\r" else "\n"
    open_end = bool(body) and not body.endswith(("\n", "\r"))
    work = body + newline if open_end else body
    data = _read(work)
    # A block text that ends the file without a line break reads without one: two truths until the end.
    truth = _read(body) if open_end else data
    for wanted in edits:
        for primitive in list(_primitives(wanted, truth)):
            data, truth = _expected(data, primitive), _expected(truth, primitive)
            work = _make(work, newline, primitive, data)
    if open_end:
        closed = work.removesuffix(newline)
        work = closed if _holds(closed, truth) or _holds(closed, data) else work
    return mark + work


def _read(text: str) -> dict[str, Any]:
    return _parse.parse(text.encode("utf-8"), "", empty_ok=True)


def _holds(text: str, expected: dict[str, Any]) -> bool:
    try:
        return _same(_read(text), expected)
    except Unreadable:
        return False


def _same(one: Any, other: Any) -> bool:
    """Equal, and keys in the same order is not asked for: a mapping is one whatever its order."""
    return bool(one == other)


def _make(text: str, newline: str, primitive: Primitive, expected: dict[str, Any]) -> str:
    steps = primitive.steps
    for attempt in range(len(steps)):
        if attempt:
            upper = steps[:-attempt]
            primitive = Primitive("set", upper, _at(expected, upper))
        try:
            made = Cutter(text, newline).cut(
                primitive.what, primitive.steps, primitive.value, primitive.order
            )
        except CannotCut:
            continue
        if _holds(made, expected):
            return made
    raise Refused(
        N_("{field} cannot be changed without harming the rest of the file"),
        hint=N_("change it with an editor (`crm edit`)"),
        field=_dotted(steps),
    )


def _at(data: Any, steps: Steps) -> Any:
    for step in steps:
        data = data[step]
    return data


def _dotted(steps: Steps) -> str:
    return ".".join(map(str, steps))


# ---- an edit taken apart


def _primitives(wanted: Edit, data: Any) -> Iterator[Primitive]:
    steps, value = wanted.steps, wanted.value
    if not steps:
        if not isinstance(value, Mapping):
            raise Refused(N_("a record is a mapping of fields"))
        yield from _mapping_diff((), data, value)
        return
    here = data
    for depth, step in enumerate(steps):
        at = steps[: depth + 1]
        last = depth == len(steps) - 1
        exists = _exists(here, step, at)
        if not exists or (not last and here[step] is None):
            if value is DELETE:
                return
            new = _nested(steps[depth + 1 :], value, steps)
            what: Any = "set" if exists else "insert" if isinstance(step, int) else "add"
            if new is not None:
                yield Primitive(what, at, new, wanted.order if last else ())
            return
        if last:
            break
        here = here[step]
    old = here[steps[-1]]
    if value is DELETE:
        yield Primitive("delete", steps)
    elif wanted.insert and isinstance(here, list):
        yield Primitive("insert", steps, value)
    else:
        yield from _diff(steps, old, value)


def _exists(here: Any, step: str | int, at: Steps) -> bool:
    if isinstance(here, dict) and isinstance(step, str):
        return step in here
    if isinstance(here, list) and isinstance(step, int):
        if 0 <= step <= len(here):
            return step < len(here)
        raise Refused(
            N_("{field} is beyond the end of the list, which has {count}"),
            hint=N_("the next free place is {count}"),
            field=_dotted(at),
            count=len(here),
        )
    what = N_("{field} is a list") if isinstance(here, list) else N_("{field} is a text or a group of fields")
    raise Refused(what, hint=N_("`crm show` tells how it is built"), field=_dotted(at[:-1]))


def _nested(steps: Steps, value: Any, at: Steps) -> Any:
    for step in reversed(steps):
        if isinstance(step, int) and step:
            raise Refused(
                N_("{field} is beyond the end of the list, which has {count}"),
                hint=N_("the next free place is {count}"),
                field=_dotted(at),
                count=0,
            )
        value = {step: value} if isinstance(step, str) else [value]
    return value


def _diff(steps: Steps, old: Any, new: Any) -> Iterator[Primitive]:
    if _plain(new) == old and type(_plain(new)) is type(old):
        return
    if isinstance(old, dict) and isinstance(new, Mapping) and old and _plain(new):
        yield from _mapping_diff(steps, old, new)
    elif isinstance(old, list) and isinstance(new, (list, tuple)) and old and _plain(new):
        yield from _list_diff(steps, old, [item for item in new if item is not None])
    else:
        yield Primitive("set", steps, new)


def _mapping_diff(steps: Steps, old: dict[str, Any], new: Mapping[str, Any]) -> Iterator[Primitive]:
    order = tuple(new)
    for key, value in new.items():
        if value is None:
            continue
        if key in old:
            yield from _diff((*steps, key), old[key], value)
        else:
            yield Primitive("add", (*steps, key), value, order)
    for key in old:
        if new.get(key) is None:
            yield Primitive("delete", (*steps, key))


def _list_diff(steps: Steps, old: list[Any], new: list[Any]) -> Iterator[Primitive]:
    """From the end to the front, so that the indexes of what comes stay right."""
    before, after = [repr(item) for item in old], [repr(_plain(item)) for item in new]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for _tag, a, b, c, d in reversed(matcher.get_opcodes()):
        paired = min(b - a, d - c)
        for extra in range(d - c - 1, paired - 1, -1):
            yield Primitive("insert", (*steps, a + paired), new[c + extra])
        for extra in range(b - a - 1, paired - 1, -1):
            yield Primitive("delete", (*steps, a + extra))
        for offset in range(paired - 1, -1, -1):
            yield from _diff((*steps, a + offset), old[a + offset], new[c + offset])


# ---- what the file must hold afterwards


def _plain(value: Any) -> Any:
    """Return what the reader makes of a value that is written."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value if v is not None]
    try:
        return to_text(value)
    except TypeError as error:
        raise Refused(N_("a value of type {kind} cannot be written"), kind=str(error)) from None


def _expected(data: dict[str, Any], primitive: Primitive) -> dict[str, Any]:
    return _changed(data, primitive, primitive.steps)  # type: ignore[no-any-return]


def _changed(here: Any, primitive: Primitive, steps: Steps) -> Any:
    step = steps[0]
    out: Any = dict(here) if isinstance(here, dict) else list(here)
    if len(steps) > 1:
        out[step] = _changed(here[step], primitive, steps[1:])
    elif primitive.what == "delete":
        del out[step]
    elif primitive.what == "insert":
        out.insert(step, _plain(primitive.value))
    else:
        out[step] = _plain(primitive.value)
    return out
