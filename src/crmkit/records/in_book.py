"""What crm.yaml says of kinds and fields that do not exist; the settings' own layer knows no kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crmkit.errors import Message, Problem, msg
from crmkit.i18n import N_
from crmkit.records.registry import catalog, kind_spec, kinds
from crmkit.settings.load import PATH
from crmkit.settings.model import Settings
from crmkit.values.suggest import nearest

_BESIDE = frozenset({"id", "kind", "path", "customer", "customer_name", "title"})
"""What lists can show besides a kind's own fields."""


def problems(settings: Settings, path: str = PATH) -> list[Problem]:
    """Return a warning for each kind or field that `required`, `fields` and `views` name and nobody knows."""
    return list(_problems(settings, path))


def _problems(settings: Settings, path: str) -> Iterator[Problem]:
    specs = catalog(settings).kinds
    for section, named in (("required", settings.required), ("fields", settings.fields)):
        for kind in named:
            if kind not in specs:
                line = settings.lines.get(f"{section}.{kind}", 0)
                yield _unknown(path, line, f"{section}.{kind}", kind, kinds())
    for kind, names in settings.required.items():
        for name in names if kind in specs else ():
            if name not in specs[kind].by_name:
                line = settings.lines.get(f"required.{kind}", 0)
                yield _unknown(path, line, f"required.{kind}", name, specs[kind].by_name)
    yield from _own_fields(settings, path)
    for view, said in settings.views.items():
        if said.kind not in specs:
            yield _unknown(path, said.line, f"views.{view}.kind", said.kind, specs)
            continue
        for column in said.columns:
            if column not in specs[said.kind].by_name and column not in _BESIDE:
                yield _unknown(path, said.line, f"views.{view}.columns", column, specs[said.kind].by_name)


def _own_fields(settings: Settings, path: str) -> Iterator[Problem]:
    for kind, fields in settings.fields.items():
        if kind not in kinds():
            continue
        builtin = kind_spec(kind).by_name
        for field in fields:
            where = f"fields.{kind}.{field.name}"
            if field.name in builtin:
                message = msg(N_("{kind} has a field {name!r} already"), kind=kind, name=field.name)
                hint = msg(N_("choose another name, or remove it here"))
                yield Problem(path, field.line, where, "settings.field", "warning", message, hint)
            elif field.vocabulary and field.vocabulary not in settings.vocabularies:
                yield _unknown(
                    path, field.line, f"{where}.vocabulary", field.vocabulary, settings.vocabularies
                )


def _unknown(path: str, line: int, where: str, name: str, known: Iterable[str]) -> Problem:
    names = list(known)
    near = nearest(name, names)
    hint: Message = (
        msg(N_("did you mean {near}?"), near=near)
        if near
        else msg(N_("known here: {known}"), known=", ".join(n for n in names if "." not in n))
    )
    message = msg(N_("{value!r} is not known here"), value=name)
    return Problem(path, line, where, "settings.unknown", "warning", message, hint)
