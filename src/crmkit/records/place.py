"""Where a name that people type stands in a record: `contacts.0.phone`, `联系人.0.联系电话`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmkit.errors import Message, UsageError
from crmkit.i18n import LANGUAGES, N_, in_language
from crmkit.records import _guess
from crmkit.records.catalog import FieldSpec, KindSpec
from crmkit.values.suggest import nearest

Steps = tuple[str | int, ...]


def by_label(spec: KindSpec, text: str) -> str | None:
    """Return the name of the field that a label in any language means (`客户名称`), None for no field."""
    wanted = text.strip().casefold()
    if not wanted:
        return None
    for field in sorted(spec.fields, key=lambda f: f.path.count(".")):
        if any(in_language(language, field.label).casefold() == wanted for language in LANGUAGES):
            return field.name
    return None


def named(spec: KindSpec, text: str) -> str | None:
    """Return the dotted name of the field that people may call so: by name, label (`联系人.电话`) or a part of one.

    None where no field is meant, or several may be.
    """
    if text in spec.by_name:
        return text
    words = text.split(".")
    found = by_label(spec, text) or _by_labels(spec, words)
    if found:
        return found
    *above, key = words
    head = _by_labels(spec, above) or ""
    if above and not head:
        return None
    return _guess.meant(spec, f"{head}." if head else "", key)


def similar(spec: KindSpec, text: str) -> str:
    """Return the fields that a word may mean, each with its label, "" where it means none: `stage 生命周期阶段`."""
    fields = _guess.candidates(spec, "", text.rpartition(".")[2])
    return _guess.listed(fields) if fields else ""


def place(spec: KindSpec, data: Mapping[str, Any], name: str) -> tuple[FieldSpec, Steps]:
    """Return the field that a name means, and its steps in this record."""
    words = [w.strip() for w in name.split(".")]
    plain = ".".join(w for w in words if not w.isdecimal())
    field = spec.by_name.get(plain)
    if field is None:
        found = by_label(spec, plain) or _by_labels(spec, words)
        if found:
            return place(spec, data, _with_indexes(found, words))
        *above, key = plain.split(".")
        head = _by_labels(spec, above) or ""
        free = spec.by_name.get(head)
        if free and free.type == "mapping" and _is_free(spec, free):
            key = _key(free, key)
            text = FieldSpec(f"{free.path}.{key}", "text", key)
            return text, (*_steps(data, free, _with_indexes(head, words[:-1]).split("."), name), key)
        below = f"{head}." if head else ""
        if (head or not above) and (found := _guess.meant(spec, below, key)):
            return place(spec, data, _with_indexes(found, words))
        raise _unknown(spec, name, plain, below)
    return field, _steps(data, field, words, name)


def _key(free: FieldSpec, text: str) -> str:
    """Return the key below a free mapping that a label means (`评分.响应速度`), else what was typed."""
    wanted = text.casefold()
    for key, label in free.keys:
        if any(in_language(language, label).casefold() == wanted for language in LANGUAGES):
            return key
    return text


def _is_free(spec: KindSpec, field: FieldSpec) -> bool:
    return not any(n.startswith(f"{field.name}.") for n in spec.by_name)


def _by_labels(spec: KindSpec, words: Sequence[str]) -> str | None:
    """Return the name that dotted labels mean (`联系人.0.联系电话`)."""
    name = ""
    for word in words:
        if word.isdecimal():
            continue
        prefix = f"{name}." if name else ""
        below = {
            f.name: f for f in spec.fields if f.name.startswith(prefix) and "." not in f.name[len(prefix) :]
        }
        found = next(
            (
                n
                for n, f in below.items()
                if n == prefix + word
                or any(in_language(lang, f.label).casefold() == word.casefold() for lang in LANGUAGES)
            ),
            None,
        )
        if found is None:
            return None
        name = found
    return name


def _steps(data: Mapping[str, Any], field: FieldSpec, words: Sequence[str], name: str) -> Steps:
    """Return the field's steps, indexes taken from `words`; one past the end of a list is a new entry."""
    steps: list[str | int] = []
    rest = list(words)
    last = len(field.steps) - 1
    for i, (key, is_list) in enumerate(field.steps):
        steps.append(key)
        rest.pop(0)
        if not is_list:
            if rest and rest[0].isdecimal():
                raise UsageError(N_("{field} is no list"), field=".".join(map(str, steps)))
            continue
        present = at(data, tuple(steps))
        size = len(present) if isinstance(present, list) else 0
        if rest and rest[0].isdecimal():
            index = int(rest.pop(0)[:9])
            if index > size:
                raise UsageError(
                    N_("{name}: there are {size} entries, so the next one is {next}"),
                    hint=N_("entries are counted from 0; one past the end adds one"),
                    name=name,
                    size=size,
                    next=f"{'.'.join(map(str, steps))}.{size}",
                )
            steps.append(index)
        elif i < last:
            if size > 1:
                raise UsageError(
                    N_("{name}: which of the {size}?"),
                    hint=N_("say which: {example}"),
                    name=name,
                    size=size,
                    example=".".join([*map(str, steps), "0", *(k for k, _ in field.steps[i + 1 :])]),
                )
            steps.append(0)
    return tuple(steps)


def _unknown(spec: KindSpec, name: str, plain: str, below: str) -> UsageError:
    word = plain.rpartition(".")[2] if below else plain
    fields = _guess.candidates(spec, below, word)
    if len(fields) > 1:
        return UsageError(
            N_("{name!r} may be any of {n} fields"),
            hint=N_("say which: {fields}"),
            name=name,
            n=len(fields),
            fields=_guess.listed(fields),
        )
    names = {n.removeprefix(below): f for n, f in spec.by_name.items() if n.startswith(below)}
    labels = {in_language(lang, f.label): f for f in names.values() for lang in LANGUAGES}
    near = names.get(nearest(word, names) or "") or labels.get(nearest(word, labels) or "")
    shown = _guess.listed(fields) if fields else _guess.typed(near) if near else ""
    known = ", ".join(_guess.typed(f) for n, f in names.items() if "." not in n)
    return UsageError(
        N_("{kind} has no field {name!r}"),
        hint=N_("did you mean {near}?") if shown else N_("its fields: {known}"),
        kind=Message(spec.label),
        name=name,
        near=shown,
        known=known,
    )


def _with_indexes(name: str, words: Sequence[str]) -> str:
    """Return a name that was found by its label, with the indexes that were typed behind its first step."""
    indexes = [w for w in words if w.isdecimal()]
    if not indexes:
        return name
    head, dot, rest = name.partition(".")
    return f"{head}.{indexes[0]}{dot}{rest}"


def at(data: Any, steps: Steps) -> Any:
    """Return what stands at `steps`, None where nothing does."""
    for step in steps:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
