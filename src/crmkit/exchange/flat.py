"""Records as a table: a column for each field that any of them has, entries of lists numbered.

What is written here is read by `entries` again: headings are labels where a label can only mean that field, else the
field's own name; texts that a cell cannot hold as they are stand as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmkit.exchange.headers import CUSTOMER, IDENT, recognised
from crmkit.exchange.table import Column, Sheet
from crmkit.i18n import in_language
from crmkit.records.catalog import FieldSpec, KindSpec

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

Doc = Mapping[str, Any]
_LISTED = re.compile(r"[,，、;；\n]|^\s|\s$|^\[")
"""What would come apart, or be taken for JSON, where entries of a list stand in one cell."""
BESIDE = {IDENT: "ID", CUSTOMER: "Customer number", "customer_name": "Customer"}


@dataclass(frozen=True, slots=True)
class Field:
    """One column in the making: the name as people type it (`contacts.1.phone`), and the field that it is."""

    typed: str
    spec: FieldSpec | None


def sheet(
    spec: KindSpec,
    docs: Sequence[Doc],
    settings: Settings,
    lang: str,
    columns: Sequence[str] = (),
    *,
    name: str = "",
) -> Sheet:
    """Return the table of `docs`: records as JSON with `id`, for kinds in dossiers also `customer` and `customer_name`.

    `columns` are dotted names; without them every field that a record has gets one.
    """
    fields = _chosen(spec, columns) if columns else _found(spec, docs)
    heads = _headings(spec, fields, lang)
    made = [
        Column(f.typed, head, f.spec.type if f.spec else "text")
        for f, head in zip(fields, heads, strict=True)
    ]
    writers = [_writer(f, settings, lang) for f in fields]
    rows = [[write(doc) for write in writers] for doc in docs]
    return Sheet(name or in_language(lang, spec.label), made, rows)


def _chosen(spec: KindSpec, columns: Sequence[str]) -> list[Field]:
    out = []
    for name in columns:
        plain = ".".join(w for w in name.split(".") if not w.isdecimal())
        out.append(Field(name, spec.by_name.get(plain)))
    return out


def _found(spec: KindSpec, docs: Iterable[Doc]) -> list[Field]:
    """Return a column for every leaf that any record has, in the order of the kind."""
    looked = _Look(spec)
    for doc in docs:
        looked.at(doc)
    sizes, keys, seen = looked.sizes, looked.keys, looked.seen
    out = [Field(IDENT, None)]
    if spec.place == "dossier":
        out += [Field(CUSTOMER, None), Field("customer_name", None)]
    done: set[str] = set()
    for field in spec.fields:
        head = next((f"{k}" for k, many in field.steps[:1] if many and len(field.steps) > 1), "")
        if head and head not in done:
            done.add(head)
            below = [f for f in spec.fields if f.steps[0] == (head, True) and f.name in seen]
            for index in range(sizes.get(head, 0)):
                out += [Field(_indexed(f, index), f) for f in below]
        elif not head and field.name in keys:
            out += [Field(f"{field.name}.{k}", field) for k in keys[field.name]]
        elif not head and field.name in seen:
            out.append(Field(field.name, field))
    return out


def _indexed(field: FieldSpec, index: int) -> str:
    *above, last = field.steps
    return ".".join([*(f"{key}.{index}" if many else key for key, many in above), last[0]])


class _Look:
    """What a table of records needs: how long their lists are, the keys of free mappings, the fields they have."""

    def __init__(self, spec: KindSpec) -> None:
        self.spec = spec
        self.sizes: dict[str, int] = {}
        self.keys: dict[str, dict[str, None]] = {}
        self.seen: set[str] = set()
        self._above = {n.rpartition(".")[0] for n in spec.by_name}

    def at(self, doc: Doc, prefix: str = "") -> None:
        for key, value in doc.items():
            name = f"{prefix}{key}"
            field = self.spec.by_name.get(name)
            if field is None:
                continue
            if field.type == "mapping" and isinstance(value, Mapping):
                if name in self._above:
                    self.at(value, f"{name}.")
                else:
                    self.keys.setdefault(name, {}).update(dict.fromkeys(map(str, value)))
            elif field.type == "mapping" and isinstance(value, list):
                self.sizes[name] = max(self.sizes.get(name, 0), len(value))
                for item in value:
                    if isinstance(item, Mapping):
                        self.at(item, f"{name}.")
            else:
                self.seen.add(name)


# -- headings


def _headings(spec: KindSpec, fields: Sequence[Field], lang: str) -> list[str]:
    """Return headings that are read back as the very fields: labels, and names where a label would mislead."""
    heads = [_label(spec, f, lang) for f in fields]
    for _ in range(3):
        wrong = False
        for mapped, field in zip(recognised(spec, heads), fields, strict=True):
            found = mapped.target.typed if mapped.target else ""
            wanted = "" if field.typed == "customer_name" else field.typed
            if found != wanted and heads[mapped.at] != field.typed and wanted:
                heads[mapped.at] = field.typed
                wrong = True
        if not wrong:
            break
    return heads


def _label(spec: KindSpec, field: Field, lang: str) -> str:
    if field.spec is None:
        return in_language(lang, BESIDE.get(field.typed, field.typed))
    label = in_language(lang, field.spec.label)
    numbers = [w for w in field.typed.split(".") if w.isdecimal()]
    if field.spec.type == "mapping" and not field.spec.is_list:
        return field.typed
    del spec
    return f"{label} {int(numbers[0]) + 1}" if numbers and numbers[0] != "0" else label


# -- cells


def _writer(field: Field, settings: Settings, lang: str) -> Callable[[Doc], Any]:
    steps: list[str | int] = [int(w) if w.isdecimal() else w for w in field.typed.split(".")]
    shown = _shower(field.spec, settings, lang)

    def write(doc: Doc) -> Any:
        value: Any = doc
        for step in steps:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return None if value is None else shown(value)

    return write


def _shower(spec: FieldSpec | None, settings: Settings, lang: str) -> Callable[[Any], Any]:
    """Return what makes a cell of a value of the index."""
    if spec is None:
        return str
    one = _one(spec, settings, lang)
    if not spec.is_list:
        return one
    return lambda value: _listed([one(v) for v in value] if isinstance(value, list) else [one(value)])


def _one(spec: FieldSpec, settings: Settings, lang: str) -> Callable[[Any], Any]:
    if spec.type == "vocabulary":
        terms = settings.vocabularies.get(spec.vocabulary, {})
        known = settings.codes.get(spec.vocabulary, {})
        labels = {c: t.label(lang) for c, t in terms.items()}
        labels = {c: label for c, label in labels.items() if known.get(label) == c}
        return lambda value: labels.get(value, value)
    if spec.type == "date":
        return _day
    if spec.type == "when":
        return lambda value: _moment(value, settings.zone)
    if spec.type == "money":
        return lambda value: _money(value, settings.currency)
    return _plain


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return value


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError):
        return str(value)


def _moment(value: Any, zone: tzinfo) -> Any:
    """Return a moment on the book's clocks; the second of an hour that comes twice keeps its offset as text."""
    if len(str(value)) == 10:
        return _day(value)
    try:
        found = datetime.fromisoformat(value).astimezone(zone)
    except (ValueError, TypeError, OverflowError):
        return str(value)
    return str(value) if found.fold else found


def _money(value: Any, own: str) -> Any:
    if isinstance(value, Mapping):
        currency = str(value.get("currency") or "")
        amount = (
            Decimal(repr(value["amount"])) if isinstance(value.get("amount"), float) else value.get("amount")
        )
        return f"{amount} {currency}" if currency and currency != own else json.dumps(dict(value))
    return _plain(value)


def _listed(values: Sequence[Any]) -> str:
    """Return a list as one text; as JSON where an entry would come apart at a separator."""
    texts = [v if isinstance(v, str) else _text(v) for v in values]
    if any(_LISTED.search(t) or not t for t in texts):
        return json.dumps(texts, ensure_ascii=False)
    return "; ".join(texts)


def _text(value: Any) -> str:
    from crmkit.exchange.delimited import shown

    return shown(value)
