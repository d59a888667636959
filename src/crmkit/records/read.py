"""A file that was read -> a record, its canonical document, and what is wrong with it.

The good case is one validation and one walk; only what fails is looked at again, so that the index can
be built from every file of a book. A field in error is left out and the rest is kept (book.md: a broken
field never makes a customer disappear).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from crmkit.errors import Message, Problem, msg
from crmkit.i18n import N_
from crmkit.records import checks
from crmkit.records._plain import document as plain_document
from crmkit.records.base import Flaw, Identity, Part, Record, Steps, error, warning
from crmkit.records.registry import about_of, key_of, kind_spec, kinds
from crmkit.records.sorts import CONVERTERS, PLAIN, Context, Sort, Vocab, to_secret
from crmkit.settings.model import CustomField, Settings
from crmkit.values.suggest import nearest
from crmkit.yaml.read import Document

__all__ = ["Identity", "Loaded", "from_doc", "read"]


@dataclass(slots=True)
class Loaded:
    """A record with its canonical document; `problems` in the order of the file."""

    record: Record
    doc: dict[str, Any]
    problems: list[Problem]


def read(kind: str, document: Document, settings: Settings, identity: Identity) -> Loaded:
    """Make a record of `kind` of a file. KeyError for an unknown kind; the data never raises."""
    return _reader(kind, settings).read(document, identity)


def from_doc(
    kind: str, doc: Mapping[str, Any], identity: Identity, settings: Settings | None = None
) -> Record:
    """Make the record of a canonical document, as the index keeps it. Raises pydantic's ValidationError."""
    context = Context(settings.zone, settings.currency) if settings else None
    record = kinds()[kind].model_validate(doc, context=context)
    record.placed(identity)
    return record


_readers: dict[tuple[str, int], tuple[Settings, _Reader]] = {}


def _reader(kind: str, settings: Settings) -> _Reader:
    """Return the reader of a kind in a book; settings are told apart by identity, as hashing is slow."""
    key = kind, id(settings)
    found = _readers.get(key)
    if found is None or found[0] is not settings:
        if len(_readers) > 200:
            _readers.clear()
        found = _readers[key] = settings, _Reader(kind, settings)
    return found[1]


class _Reader:
    """Reads the records of one kind in one book."""

    def __init__(self, kind: str, settings: Settings) -> None:
        self.cls = kinds()[kind]
        self.context = Context(settings.zone, settings.currency, settings.codes)
        self.required = (
            *(f.name for f in kind_spec(kind).fields if f.required and "." not in f.name),
            *settings.required.get(kind, ()),
        )
        self.custom = {
            f.name: f for f in settings.fields.get(kind, ()) if f.name not in self.cls.model_fields
        }

    def read(self, document: Document, identity: Identity) -> Loaded:
        problems: list[Problem] = []
        try:
            record = self.cls.model_validate(document.data, context=self.context)
        except ValidationError as e:
            record = self._partial(document, identity.path, e, problems)
        record.placed(identity)
        odd: list[Part] = []
        doc = plain_document(record, odd)
        if odd:
            self._odd(record, doc, document, identity.path, problems)
        for name in self.required:
            if name not in doc and not _reaches(doc, name.split(".")):
                self._missing(name, document, identity.path, problems)
        problems += [_problem(flaw, document, identity.path) for flaw in checks.flaws(record)]
        if len(problems) > 1:
            problems.sort(key=lambda p: p.line)
        return Loaded(record, doc, problems)

    # what is only done for files with something wrong

    def _partial(
        self, document: Document, path: str, failed: ValidationError, problems: list[Problem]
    ) -> Record:
        """Return the record of what is right, having noted what is not."""
        data = deepcopy(document.data)
        said: set[Steps] = set()
        for _ in range(10):
            errors = failed.errors(include_url=False, include_input=False)
            for found in sorted(errors, key=lambda e: _sortable(e["loc"]), reverse=True):
                steps = found["loc"]
                value = _take(data, steps, empty=found["type"] in _MAPPING_WANTED)
                if value is not None and steps not in said:
                    said.add(steps)
                    problems.extend(self._field_problems(found, value, document, path))
            try:
                return self.cls.model_validate(data, context=self.context)
            except ValidationError as e:
                failed = e
        return self.cls.model_construct()

    def _field_problems(
        self, found: ErrorDetails, value: Any, document: Document, path: str
    ) -> Iterator[Problem]:
        steps = found["loc"]
        line, where = document.line(steps), ".".join(map(str, steps))
        message, hint, requirement = _explain(found)
        yield Problem(path, line, where, found["type"], "error", message, hint, requirement)
        field = self.cls.model_fields.get(str(steps[0])) if len(steps) == 1 else None
        if field is not None:
            for code, flaw in checks.plain_secret_flaws(about_of(field).marks, value):
                yield Problem(path, line, where, code, "error", flaw, requirement="R-000-08")

    def _missing(self, name: str, document: Document, path: str, problems: list[Problem]) -> None:
        steps: Steps = tuple(name.split("."))
        if any(p.field == name or p.field.startswith(f"{name}.") for p in problems):
            return  # it stands there, and what is wrong with it has been said
        line = document.line(steps) if steps[0] in document.data else 0
        problems.append(
            Problem(
                path,
                line,
                name,
                "required",
                "error",
                msg(N_("{field} is required and missing"), field=name),
                msg(N_("add {field}: ..."), field=name),
                "R-000-13",
            )
        )

    def _odd(
        self, record: Record, doc: dict[str, Any], document: Document, path: str, problems: list[Problem]
    ) -> None:
        """Type the custom fields, keep the other unknown keys as they are and report them."""
        for part, at, keys in _walk(record, doc, ()):
            known = [key_of(n, f) for n, f in type(part).model_fields.items()]
            for key, value in (part.__pydantic_extra__ or {}).items():
                steps = (*at, key)
                custom = self.custom.get(key) if not at else None
                if value is None:
                    continue
                if custom is None:
                    keys[key] = value
                    hint = _near_key(key, [*known, *(() if at else self.custom)], self.cls.kind)
                    message = msg(N_("unknown field {key!r}"), key=key)
                    odd = warning(steps, "key.unknown", message, hint)
                    problems.append(_problem(odd, document, path))
                    continue
                try:
                    (part.__pydantic_extra__ or {})[key], keys[key] = self._typed(custom, value)
                except PydanticCustomError as e:
                    flaw = e.context or {}
                    (part.__pydantic_extra__ or {})[key] = None
                    wrong = error(steps, e.type, flaw["message"], flaw["hint"])
                    problems.append(_problem(wrong, document, path))

    def _typed(self, custom: CustomField, value: Any) -> tuple[Any, Any]:
        """Return a custom field's value, typed and plain."""
        if custom.many:
            if not isinstance(value, list):
                raise PydanticCustomError(
                    "list_type",
                    "crmkit",
                    {"message": msg(N_("a list is wanted here")), "hint": _LIST_HINT},
                )
            pairs = [self._typed_one(custom, v) for v in value]
            return tuple(typed for typed, _ in pairs), [plain for _, plain in pairs]
        return self._typed_one(custom, value)

    def _typed_one(self, custom: CustomField, value: Any) -> tuple[Any, Any]:
        if "secret" in custom.marks:
            typed = to_secret(value)
        elif custom.type == "vocabulary":
            sort: Sort = Vocab(custom.vocabulary)
            typed = sort.convert(value, self.context)
        elif custom.type in CONVERTERS:
            typed = CONVERTERS[custom.type](value, self.context)
        elif isinstance(value, str):
            typed = value
        else:
            flaw = {"message": msg(N_("a text is wanted here")), "hint": Message("")}
            raise PydanticCustomError("string_type", "crmkit", flaw)
        plain = PLAIN.get(custom.type)
        return typed, plain(typed) if plain else typed


_LIST_HINT = msg(N_("write [one, two], or one line with a dash for each"))
_MAPPING_WANTED = frozenset({"model_type", "model_attributes_type", "dict_type"})
_WANTED: Mapping[str, tuple[Message, Message]] = {
    "string_type": (msg(N_("a text is wanted here")), msg(N_("one text, not a list or a mapping"))),
    "tuple_type": (msg(N_("a list is wanted here")), _LIST_HINT),
    **dict.fromkeys(
        _MAPPING_WANTED,
        (msg(N_("a mapping is wanted here")), msg(N_("key: value, one a line, further to the right"))),
    ),
}


def _explain(found: ErrorDetails) -> tuple[Message, Message, str]:
    context = found.get("ctx") or {}
    if isinstance(context.get("message"), Message):
        return context["message"], context["hint"], context["requirement"]
    message, hint = _WANTED.get(found["type"], (Message(found["msg"]), Message("")))
    return message, hint, ""


def _sortable(steps: Iterable[str | int]) -> list[tuple[int, str]]:
    return [(s, "") if isinstance(s, int) else (-1, s) for s in steps]


def _take(data: Any, steps: Sequence[str | int], *, empty: bool) -> Any:
    """Take what stands at `steps` out of `data`; an item that should be a mapping leaves an empty one."""
    for step in steps[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    last: Any = steps[-1]
    try:
        value = data[last]
        if empty and isinstance(data, list):
            data[last] = {}
            return "" if value is None else value
        del data[last]
    except (KeyError, IndexError, TypeError):
        return None
    return "" if value is None and isinstance(data, list) else value


def _reaches(doc: Any, steps: Sequence[str]) -> bool:
    """Whether a value stands at a dotted name, in any entry of the lists on the way."""
    if isinstance(doc, list):
        return any(_reaches(item, steps) for item in doc)
    if not steps:
        return doc is not None
    return isinstance(doc, dict) and steps[0] in doc and _reaches(doc[steps[0]], steps[1:])


def _walk(part: Part, doc: dict[str, Any], at: Steps) -> Iterator[tuple[Part, Steps, dict[str, Any]]]:
    """Yield every part of a record with its place and its plain mapping."""
    yield part, at, doc
    for name, field in type(part).model_fields.items():
        value, key = getattr(part, name), key_of(name, field)
        if isinstance(value, Part):
            yield from _walk(value, doc.get(key) or {}, (*at, key))
        elif isinstance(value, tuple) and value and isinstance(value[0], Part):
            for i, item in enumerate(value):
                yield from _walk(item, doc[key][i], (*at, key, i))


def _near_key(key: str, known: Sequence[str], kind: str) -> Message:
    near = nearest(key, known)
    if near is None:
        from crmkit.records.place import by_label

        near = by_label(kind_spec(kind), key)
    if near:
        return msg(
            N_("did you mean {near}? a field of your own is declared in crm.yaml under fields"), near=near
        )
    return msg(N_("a field of your own is declared in crm.yaml under fields: {kind}"), kind=kind)


def _problem(flaw: Flaw, document: Document, path: str) -> Problem:
    return Problem(
        path,
        document.line(flaw.steps),
        ".".join(map(str, flaw.steps)),
        flaw.code,
        flaw.severity,
        flaw.message,
        flaw.hint,
        flaw.requirement,
    )
