"""A record -> its canonical document: plain JSON, only what is set, keys in the order of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from crmkit.records.base import Part, Record
from crmkit.records.registry import Shape, key_of, shape
from crmkit.records.sorts import PLAIN

Plain = Callable[[Any, list[Part]], Any]
"""`(value, odd)`: parts that hold unknown keys are put on `odd`."""


@cache
def _plan(cls: type[Part]) -> dict[str, tuple[str, Plain | None]]:
    return {name: (key_of(name, field), _plain(shape(field))) for name, field in cls.model_fields.items()}


@cache
def _stamps() -> tuple[str, ...]:
    """Return the keys that every record has; its class names them first, documents have them last."""
    return tuple(Record.model_fields)


def _plain(made: Shape) -> Plain | None:
    """Return what makes plain JSON of a field's value, None where it is plain already."""
    if made.part is not None:
        if made.many:
            return lambda value, odd: [document(part, odd) for part in value]
        return document
    one = PLAIN.get(made.sort.type) if made.sort else None
    if made.free:
        return lambda value, _: {k: one(v) if one else v for k, v in value.items()}
    if made.many:
        return lambda value, _: [one(v) for v in value] if one else list(value)
    return (lambda value, _: one(value)) if one else None


def document(part: Part, odd: list[Part]) -> dict[str, Any]:
    """Return the plain mapping of a record or a part of one, without keys that its class does not know."""
    plan = _plan(part.__class__)
    out: dict[str, Any] = {}
    for name, value in part.__dict__.items():
        if not value and (value is None or value.__class__ in _EMPTY):
            continue
        key, plain = plan[name]
        out[key] = value if plain is None else plain(value, odd)
    if isinstance(part, Record):
        for key in _stamps():
            if key in out:
                out[key] = out.pop(key)
    if part.__pydantic_extra__:
        odd.append(part)
    return out


_EMPTY = frozenset({str, tuple, dict})
