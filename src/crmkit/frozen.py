"""Dataclasses without what they cost at the start: nothing is generated, and the standard module is not imported.

A class of the standard library takes some 0.5 ms to make (its methods are written as text and compiled), and the
module brings `inspect` along: for the forty classes on the way of `crm due` more than all the rest of its start. Here
the methods are written once and read the names of the fields. To type checkers and to `dataclasses.replace`, `asdict`
and `fields` such a class is a dataclass. A decorated class keeps its fields in `__dict__`; `slots` is accepted and
means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import intern
from typing import TYPE_CHECKING, Any, TypeVar, cast

T = TypeVar("T")


class _Factory:
    """A default that is made anew for each object."""

    __slots__ = ("make", "shown")

    def __init__(self, make: Callable[[], Any], *, shown: bool) -> None:
        self.make = make
        self.shown = shown


if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:

    def field(*, default_factory: Callable[[], Any], repr: bool = True) -> Any:  # noqa: A002 - as the standard has it
        """Give a field a default that is made anew for each object; without `repr` it is not shown."""
        return _Factory(default_factory, shown=repr)

    def dataclass(cls: type | None = None, /, *, frozen: bool = False, slots: bool = False) -> Any:  # noqa: ARG001
        """Make a class with the fields that it annotates; frozen ones can be hashed, as with the standard module."""
        return (lambda c: _made(c, frozen=frozen)) if cls is None else _made(cls, frozen=frozen)


def _made(cls: Any, *, frozen: bool) -> Any:
    said = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - inspect is what is not imported here
    own = [name for name, kind in said.items() if "ClassVar" not in str(kind)]
    names = tuple(dict.fromkeys((*getattr(cls, "_fields_", ()), *map(intern, own))))
    defaults = {**getattr(cls, "_defaults_", {}), **{n: cls.__dict__[n] for n in own if n in cls.__dict__}}
    for name in own:
        if isinstance(cls.__dict__.get(name), _Factory):
            delattr(cls, name)
    cls._fields_, cls._defaults_, cls._frozen_ = names, defaults, frozen
    cls._made_ = tuple((n, d.make) for n, d in defaults.items() if isinstance(d, _Factory))
    cls._plain_ = {n: d for n, d in defaults.items() if not isinstance(d, _Factory)}
    cls._shown_ = tuple(n for n in names if not isinstance(d := defaults.get(n), _Factory) or d.shown)
    cls._known_ = frozenset(names)
    cls.__dataclass_fields__ = _Fields()
    cls.__dataclass_params__ = _Params()
    methods: dict[str, Any] = {"__match_args__": names, "__init__": _init, "__repr__": _repr, "__eq__": _eq}
    if frozen:
        methods |= {"__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse}
    else:
        methods["__hash__"] = None
    for name, method in methods.items():
        if name not in cls.__dict__ or (name == "__hash__" and cls.__dict__[name] is None):
            setattr(cls, name, method)
    return cls


def _init(self: Any, /, *given: Any, **named: Any) -> None:
    values, cls = self.__dict__, self.__class__
    values.update(cls._plain_)
    if given:
        values.update(zip(cls._fields_, given, strict=False))
    values.update(named)
    for name, make in cls._made_:
        if name not in values:
            values[name] = make()
    if values.keys() != cls._known_ or len(given) > len(cls._fields_):
        raise _wrong(cls, values, given)
    after = getattr(self, "__post_init__", None)
    if after:
        after()


def trusted(cls: type[T], values: dict[str, Any]) -> T:
    """Make an object of fields that are known to be right: those that are not given have their plain defaults."""
    made: Any = cls.__new__(cls)
    found = made.__dict__
    found.update(made._plain_)
    found.update(values)
    return cast("T", made)


def _wrong(cls: Any, values: dict[str, Any], given: tuple[Any, ...]) -> TypeError:
    missing = [name for name in cls._fields_ if name not in values]
    odd = sorted(values.keys() - cls._known_)
    what = f"missing {missing}" if missing else f"unexpected {odd}" if odd else f"{len(given)} given"
    return TypeError(f"{cls.__qualname__}({', '.join(cls._fields_)}): {what}")


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._shown_)
    return f"{self.__class__.__qualname__}({shown})"


def _values(self: Any) -> tuple[Any, ...]:
    values = self.__dict__
    return tuple([values[name] for name in self._fields_])


def _eq(self: Any, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash(_values(self))


def _refuse(self: Any, name: str, *_: Any) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot change field {name!r} of {self.__class__.__qualname__}")


class _Fields:
    """What the standard module asks a dataclass for; made when somebody asks."""

    def __get__(self, _: object, cls: Any) -> dict[str, Any]:
        known = cls.__dict__.get("_standard_")
        if known is not None:
            return known  # type: ignore[no-any-return]
        import dataclasses

        found = {}
        for name in cls._fields_:
            default = cls._defaults_.get(name, dataclasses.MISSING)
            if isinstance(default, _Factory):
                made: Any = dataclasses.field(default_factory=default.make, repr=default.shown)
            else:
                made = dataclasses.field(default=default)
            made.name, made._field_type = name, dataclasses._FIELD  # type: ignore[attr-defined]  # noqa: SLF001
            made.type = cls.__annotations__.get(name, "Any")
            made.kw_only = False
            found[name] = made
        cls._standard_ = found
        return found


class _Params:
    """The parameters of a dataclass, for the standard module."""

    def __get__(self, _: object, cls: Any) -> Any:
        from types import SimpleNamespace

        return SimpleNamespace(
            init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=cls._frozen_
        )


__all__ = ["dataclass", "field", "trusted"]
