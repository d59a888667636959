"""Which kinds of records there are: every module of this package that defines a `Record`.

A new kind is one new file here, and nothing else; its fields become the catalogue that queries, listings,
completion and help read from the index without importing pydantic.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from crmkit import records
from crmkit.records.base import About, Part, Record
from crmkit.records.catalog import Catalog, FieldSpec, KindSpec
from crmkit.records.sorts import Sort

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from crmkit.settings.model import CustomField, Settings

_NO_KINDS = frozenset(
    {"base", "sorts", "catalog", "registry", "read", "entry", "place", "checks", "schema", "in_book"}
)


@cache
def kinds() -> Mapping[str, type[Record]]:
    """Return every kind by name, in the order in which they are listed."""
    found: dict[str, type[Record]] = {}
    for module in iter_modules(records.__path__):
        if module.name in _NO_KINDS or module.name.startswith("_"):
            continue
        members = vars(import_module(f"{records.__name__}.{module.name}")).values()
        for cls in members:
            if (
                isinstance(cls, type)
                and issubclass(cls, Record)
                and cls.__module__.endswith(f".{module.name}")
            ):
                found[cls.kind or module.name] = cls
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0])))


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field's annotation says: the sort of its values, whether it is a list, the part below it."""

    sort: Sort | None = None
    many: bool = False
    part: type[Part] | None = None
    free: bool = False
    """A mapping whose keys are free; `sort` is that of its values."""


def shape(field: FieldInfo) -> Shape:
    """Return the shape of a field of a Part."""
    found = _shape(field.annotation)
    sorts = [m for m in field.metadata if isinstance(m, Sort)]
    return replace(found, sort=sorts[0]) if sorts else found


def _shape(annotation: Any) -> Shape:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *meta = get_args(annotation)
        sort = next((m for m in meta if isinstance(m, Sort)), None)
        return replace(_shape(inner), sort=sort) if sort else _shape(inner)
    if origin in (Union, types.UnionType):
        for arm in get_args(annotation):
            found = _shape(arm)
            if arm is not type(None) and found != Shape():
                return found
        return Shape()
    if origin is tuple:
        return replace(_shape(get_args(annotation)[0]), many=True)
    if origin is dict:
        return replace(_shape(get_args(annotation)[1]), free=True)
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return Shape(part=annotation)
    return Shape()


def about_of(field: FieldInfo) -> About:
    """Return what a field means."""
    extra = field.json_schema_extra
    found: object = extra.get("about") if isinstance(extra, dict) else None
    return found if isinstance(found, About) else About("")


def key_of(name: str, field: FieldInfo) -> str:
    """Return the key that stands in the file (`from` cannot be a name in Python)."""
    return field.alias or name


def ordered(part: type[Part]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the fields of a part as files and listings have them: a record's stamps come last."""
    own = Record.model_fields if issubclass(part, Record) else {}
    yield from ((name, field) for name, field in part.model_fields.items() if name not in own)
    yield from own.items()


def _specs(part: type[Part], prefix: str = "") -> Iterator[FieldSpec]:
    for name, field in ordered(part):
        made, meta = shape(field), about_of(field)
        path = prefix + key_of(name, field) + ("[]" if made.many else "")
        is_mapping = made.part is not None or made.free
        kind: Any = "mapping" if is_mapping else made.sort.type if made.sort else "text"
        yield FieldSpec(
            path=path,
            type="reference" if meta.refers_to else kind,
            label=meta.label or name,
            vocabulary=made.sort.vocabulary if made.sort and not is_mapping else "",
            refers_to=meta.refers_to,
            required=meta.required,
            marks=meta.marks,
            help=meta.help,
            keys=tuple(meta.keys.items()),
        )
        if made.part is not None:
            yield from _specs(made.part, f"{path}.")


@cache
def kind_spec(name: str) -> KindSpec:
    """Return the built-in part of a kind: what its class says."""
    cls = kinds()[name]
    return KindSpec(
        name=name,
        label=cls.label or name,
        place=cls.place,
        fields=tuple(_specs(cls)),
        by_year=cls.by_year,
        date_field=cls.date_field,
        columns=cls.columns,
        help=(cls.__doc__ or "").strip().split("\n")[0],
    )


def catalog(settings: Settings) -> Catalog:
    """Return all kinds with the book's custom fields and required fields."""
    return Catalog({name: _of_book(kind_spec(name), settings) for name in kinds()})


def _of_book(spec: KindSpec, settings: Settings) -> KindSpec:
    required = settings.required.get(spec.name, ())
    own = {f.name for f in spec.fields}
    custom = [_custom(c, settings.language) for c in settings.fields.get(spec.name, ()) if c.name not in own]
    stamps = [f for f in spec.fields if "stamp" in f.marks]
    fields = [*(f for f in spec.fields if "stamp" not in f.marks), *custom, *stamps]
    return replace(
        spec,
        fields=tuple(replace(f, required=True) if f.name in required else f for f in fields),
    )


def _custom(field: CustomField, language: str) -> FieldSpec:
    kind: Any = field.type
    labels = (field.label_zh, field.label_en) if language == "zh" else (field.label_en, field.label_zh)
    return FieldSpec(
        path=field.name + ("[]" if field.many else ""),
        type=kind,
        label=labels[0] or labels[1] or field.name,
        vocabulary=field.vocabulary,
        custom=True,
        marks=frozenset(field.marks),
    )
