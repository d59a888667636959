"""What people type (`due=明天`, `channels=电话、邮件`, `needs.0.budget=50-80万`) -> edits of the file.

Works from the catalogue alone, so that neither pydantic nor the index is needed. Names are those of the
YAML or the labels in any language; values are what `values` reads; the file gets the canonical form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from crmkit.errors import Message, Refused, UsageError, msg
from crmkit.i18n import N_, language
from crmkit.records.catalog import FieldSpec, KindSpec
from crmkit.records.place import Steps, at, place
from crmkit.records.team import ANSWERS, member
from crmkit.values import BadValue, idnumber, money, when
from crmkit.values.suggest import nearest
from crmkit.yaml.write import DELETE, Edit

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

Operation = Literal["=", "+=", "-="]

_SEPARATORS = re.compile(r"[,，、;；\n]")
_SENTENCES = re.compile(r"[;；\n]")
_YES = frozenset({"true", "yes", "y", "1", "on", "是", "对", "有"})
_NO = frozenset({"false", "no", "n", "0", "off", "否", "不", "无"})
_LUNAR = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|30)")
_NO_YEAR = re.compile(r"(?:--)?([0-9]{1,2})(?:[-/.]|月)([0-9]{1,2})[日号]?")
_YEAR = re.compile(r"[0-9]{4}|[零〇一二三四五六七八九]{4}|[0-9]{2}年")
_EMPTY: Mapping[str, str] = {}
_MOST = 8
"""Values of a vocabulary that an error names; `crm set ID field=<tab>` offers all."""


class Unseen(str):
    """A `field=value` whose value did not stand on the command line: it came from stdin, a file or a prompt.

    Only so may a secret be given (R-001-40): a typed one stays in the shell's history and in the list of processes.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Unseen({self.partition('=')[0]}=...)"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `field=value`, `field+=value` or `field-=value`; an empty value with `=` clears the field."""

    name: str
    value: str = dataclass_field(repr=False)
    operation: Operation = "="
    unseen: bool = False

    @classmethod
    def parse(cls, text: str) -> Assignment:
        """Read one word; UsageError where there is no `=` in it."""
        name, equals, value = text.partition("=")
        if not equals or not name.strip("+- "):
            raise UsageError(
                N_("{word!r} is no field=value"),
                hint=N_("for example stage=won, tags+=战略, note= (clears)"),
                word=text,
            )
        operation: Operation = "+=" if name.endswith("+") else "-=" if name.endswith("-") else "="
        bare = name.strip().removesuffix("+").removesuffix("-").strip()
        return cls(bare, value, operation, isinstance(text, Unseen))


def assign(
    spec: KindSpec,
    settings: Settings,
    current: Mapping[str, Any],
    assignments: Sequence[str | Assignment],
    now: datetime,
) -> list[Edit]:
    """Return the edits that make of `current` (a file's data) what the assignments say, in their order.

    A later assignment sees what an earlier one did. Raises UsageError for an unknown field, with the nearest
    known one, and for values that cannot be read; Refused for secrets that were typed on the command line. Other
    secrets come back in plain text: the door encrypts them (`actions._seal`).
    """
    return _Entry(spec, settings, current, now).edits(assignments)


def new_fields(
    spec: KindSpec,
    settings: Settings,
    assignments: Sequence[str | Assignment],
    now: datetime,
    start: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fields of a new record: `start` with the assignments applied; raises as `assign`."""
    entry = _Entry(spec, settings, start or {}, now)
    entry.edits(assignments)
    return entry.data


def reader(spec: KindSpec, settings: Settings, now: datetime) -> Callable[[FieldSpec, str], Any]:
    """Return what reads a text as the value of a field of `spec`, as `assign` would, again and again.

    Lists come apart at their separators. Raises UsageError and Refused as `assign` does.
    """
    own = _Entry(spec, settings, {}, now)

    def read(field: FieldSpec, text: str) -> Any:
        if not field.is_list:
            return own.read(field, text)
        pieces = _split(field, text)
        return list(dict.fromkeys(own.read(field, t.strip()) for t in pieces if t.strip()))

    return read


class _Entry:
    """The assignments of one command on one record; `data` is the record as they leave it."""

    def __init__(self, spec: KindSpec, settings: Settings, current: Mapping[str, Any], now: datetime) -> None:
        self.spec = spec
        self.settings = settings
        self.now = now
        self.data: dict[str, Any] = deepcopy(dict(current))

    def edits(self, assignments: Sequence[str | Assignment]) -> list[Edit]:
        out: list[Edit] = []
        for word in assignments:
            assignment = Assignment.parse(word) if isinstance(word, str) else word
            out += self._edits(assignment)
        return out

    def _edits(self, wanted: Assignment) -> Iterator[Edit]:
        field, steps = place(self.spec, self.data, wanted.name)
        present = at(self.data, steps)
        whole_list = field.is_list and not (steps and isinstance(steps[-1], int))
        if wanted.operation == "=" and not wanted.value.strip():
            if present is not None or _holds(self.data, steps):
                yield self._put(self._emptied(steps), DELETE)
        elif whole_list:
            yield from self._list_edits(field, steps, present, wanted)
        elif wanted.operation == "=":
            yield self._put(steps, self._value(field, wanted))
        else:
            yield self._put(steps, self._changed(field, present, wanted))

    # what

    def read(self, field: FieldSpec, text: str) -> Any:
        """Return a text of a file as the field's value."""
        return self._value(field, Assignment(field.name, text, unseen=True))

    def _value(self, field: FieldSpec, wanted: Assignment) -> Any:
        text = wanted.value
        if field.marks & ANSWERS and wanted.operation != "-=":
            return member(self.settings, text, wanted.name)
        if "secret" in field.marks:
            return _secret(field, wanted)
        if field.type in ("text", "reference"):
            known = self.settings.codes.get(field.vocabulary, _EMPTY) if field.vocabulary else _EMPTY
            return known.get(text.strip()) or known.get(text.strip().casefold()) or text
        if field.type == "vocabulary":
            return self._code(field, text)
        try:
            return self._convert(field, text.strip())
        except BadValue as e:
            raise UsageError(N_("{field}: {what}"), hint=e.hint, field=wanted.name, what=e.message) from None

    def _convert(self, field: FieldSpec, text: str) -> Any:
        if field.type == "date":
            return self._day(field, text)
        if field.type == "when":
            return when.parse_when(text, self.now, add_working_days=self.settings.workdays.after)
        if field.type == "boolean":
            return _flag(text)
        if field.type == "money":
            amount, currency = money.parse_amount(text), money.currency_in(text)
            foreign = currency and currency != self.settings.currency
            return {"amount": amount, "currency": currency} if foreign else amount
        if field.type in ("integer", "number"):
            return _number(text, whole=field.type == "integer")
        return self._mapping(field, text)

    def _day(self, field: FieldSpec, text: str) -> date | str:
        born = "birthday" in field.marks
        if (
            born
            and (found := _NO_YEAR.fullmatch(text))
            and 1 <= int(found[1]) <= 12
            and 1 <= int(found[2]) <= 31
        ):
            return f"--{int(found[1]):02}-{int(found[2]):02}"
        try:
            day = when.parse_day(text, self.now.date(), add_working_days=self.settings.workdays.after)
        except BadValue:
            if born and _LUNAR.fullmatch(text):
                return text  # a day that only the lunar calendar has
            raise
        if born and not _YEAR.search(text):
            return f"--{day:%m-%d}"  # nobody said the year: today's would be an invention
        return day

    def _mapping(self, field: FieldSpec, text: str) -> dict[str, Any]:
        if "range" in field.marks:
            low, high = money.parse_range(text)
            currency = money.currency_in(text)
            foreign = currency and currency != self.settings.currency
            return {"min": low, "max": high, **({"currency": currency} if foreign else {})}
        if "address" in field.marks:
            from crmkit.values import region

            parts = region.split(text)
            if parts:
                return dict(parts)
        below = [n for n in self.spec.by_name if n.startswith(f"{field.name}.")]
        first = below[0] if below else f"{field.name}.name"
        head, _, key = first.partition(".")
        example = f"{head}.0.{key}" if field.is_list else first
        raise BadValue(
            N_("{name} has fields of its own"),
            hint=N_("for example {example}=..."),
            name=field.name,
            example=example,
        )

    def _code(self, field: FieldSpec, text: str) -> str:
        known = self.settings.codes.get(field.vocabulary)
        if known is None:
            return text
        found = known.get(text.strip()) or known.get(text.strip().casefold())
        if found:
            return found
        near = nearest(text, known)
        raise UsageError(
            N_("{field} has no value {value!r}"),
            hint=N_("did you mean {near}? known: {codes}") if near else N_("known: {codes}"),
            field=field.name,
            value=text,
            near=known[near] if near else "",
            codes=choices(self.settings, field.vocabulary),
        )

    def _changed(self, field: FieldSpec, present: Any, wanted: Assignment) -> Any:
        """Return a single value after `+=` or `-=`: numbers are reckoned, texts grow by a line."""
        if field.type in ("integer", "number", "money") and not isinstance(present, dict):
            change = self._value(field, wanted)
            if not isinstance(change, dict):
                before = self._value(field, Assignment(wanted.name, str(present))) if present else Decimal(0)
                return before + change if wanted.operation == "+=" else before - change
        if field.type == "text" and wanted.operation == "+=" and "secret" not in field.marks:
            return f"{present}\n{wanted.value}" if present else wanted.value
        raise UsageError(
            N_("{field} takes no {operation}"),
            hint=N_("write {field}=value"),
            field=wanted.name,
            operation=wanted.operation,
        )

    def _list_edits(self, field: FieldSpec, steps: Steps, present: Any, wanted: Assignment) -> Iterator[Edit]:
        if field.type == "mapping":
            self._mapping(field, wanted.value) if "range" not in field.marks else None
        there = list(present) if isinstance(present, list) else [present] if present else []
        values = [
            self._value(field, replace(wanted, value=t.strip()))
            for t in _split(field, wanted.value)
            if t.strip()
        ]
        plain = list(map(str, values))
        old = [self._known(field, v) for v in there]
        if wanted.operation == "=":
            yield self._put(steps, list(dict.fromkeys(values)))
        elif wanted.operation == "-=":
            left = [v for v, code in zip(there, old, strict=True) if code not in plain]
            if left != there:
                yield self._put(steps, left) if left else self._put(self._emptied(steps), DELETE)
        else:
            new = [v for v in dict.fromkeys(values) if str(v) not in old]
            if not isinstance(present, list) and new:
                yield self._put(steps, there + new)
            elif new:
                for value in new:
                    yield self._put((*steps, len(at(self.data, steps))), value)

    def _known(self, field: FieldSpec, value: Any) -> str:
        """Return an entry of a list as it is compared: a label in a hand-written file counts as its code."""
        known = self.settings.codes.get(field.vocabulary, _EMPTY) if field.vocabulary else _EMPTY
        return known.get(str(value), str(value))

    # how

    def _emptied(self, steps: Steps) -> Steps:
        """Return what to delete so that no empty mapping stays behind."""
        while len(steps) > 1:
            above = at(self.data, steps[:-1])
            if not isinstance(above, dict | list) or len(above) > 1:
                break
            steps = steps[:-1]
        return steps

    def _put(self, steps: Steps, value: Any) -> Edit:
        """Do the edit on `data` as well, and return it."""
        _put(self.data, steps, value)
        prefix = ".".join(str(s) for s in steps[:-1] if not isinstance(s, int))
        order = (
            tuple(
                f.name.removeprefix(f"{prefix}.") for f in self.spec.fields if f.name.startswith(f"{prefix}.")
            )
            if prefix
            else tuple(f.name for f in self.spec.fields if "." not in f.name)
        )
        return Edit(steps, value, order=tuple(n for n in order if "." not in n))


def _split(field: FieldSpec, text: str) -> list[str]:
    return (_SENTENCES if "sentence" in field.marks else _SEPARATORS).split(text)


def _holds(data: Any, steps: Steps) -> bool:
    above = at(data, steps[:-1])
    return isinstance(above, dict) and steps[-1] in above


def _put(data: Any, steps: Steps, value: Any) -> None:
    for step, then in pairwise(steps):
        below = at(data, (step,))
        if not isinstance(below, list if isinstance(then, int) else dict):
            below = [] if isinstance(then, int) else {}
            if isinstance(data, list) and step == len(data):
                data.append(below)
            else:
                data[step] = below
        data = below
    last: Any = steps[-1]
    if value is DELETE:
        del data[last]
    elif isinstance(data, list) and last == len(data):
        data.append(value)
    else:
        data[last] = value


def _secret(field: FieldSpec, wanted: Assignment) -> str:
    text = wanted.value.strip()
    if text.startswith("enc:v1:"):
        return text
    if not wanted.unseen:
        raise Refused(
            N_(
                "{field} is a secret: typed here it stays in the shell's history and in the list of processes"
            ),
            hint=N_(
                "write {field}=- : on a terminal you are asked for it, in a pipe it is read (R-000-39);"
                " take this line out of the shell's history"
            ),
            field=field.name,
        )
    return checked_secret(field, text)


def checked_secret(field: FieldSpec, text: str) -> str:
    """Return a secret that will be encrypted, tidied; UsageError, which never repeats it, where it is wrong."""
    import unicodedata

    text = text.strip()
    if "resident_id" not in field.marks:
        return text
    flaw = idnumber.resident_id_flaw(text)
    if flaw:
        raise UsageError(N_("{field}: {what}"), field=field.name, what=flaw)
    return unicodedata.normalize("NFKC", text).upper()


def _flag(text: str) -> bool:
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise BadValue(N_("{text!r} is neither yes nor no"), hint=N_("write true or false"), text=text)


def _number(text: str, *, whole: bool) -> int | Decimal:
    amount = money.parse_amount(text.removesuffix("%").removesuffix("人").strip())
    if whole:
        if amount != amount.to_integral_value():
            raise BadValue(N_("{text!r} is not a whole number"), hint=N_("for example 12"), text=text)
        return int(amount)
    return amount


def choices(settings: Settings, vocabulary: str) -> str:
    """Return a vocabulary's codes, each with its label where that says more: `company 企业, person 个人`."""
    terms = [*settings.vocabularies.get(vocabulary, {}).values()]
    shown = []
    for term in terms[:_MOST]:
        label = term.label(language())
        same = label.casefold().replace(" ", "_").replace("-", "_") == term.code.casefold()
        shown.append(term.code if same else f"{term.code} {label}")
    return ", ".join(shown) + (", ..." if len(terms) > _MOST else "")


def explain(field: FieldSpec, settings: Settings) -> Message:
    """Return a line that says what a field takes, for help and prompts; empty for plain text."""
    if settings.vocabularies.get(field.vocabulary):
        return msg(N_("one of {codes}"), codes=choices(settings, field.vocabulary))
    return {
        "date": msg(N_("a day: 2024-06-05, tomorrow, 下周五")),
        "when": msg(N_("a day or time: 2024-06-05T14:30, tomorrow 10:00, 明天上午10点")),
        "money": msg(N_("an amount: 500000, 50万")),
        "integer": msg(N_("a whole number")),
        "number": msg(N_("a number")),
        "boolean": msg(N_("true or false")),
    }.get(field.type, Message(""))


def example(field: FieldSpec, settings: Settings) -> str:
    """Return an assignment of the field as it can be typed: `type=company`, `due=today`."""
    codes = settings.vocabularies.get(field.vocabulary, {})
    today = "今天" if language() == "zh" else "today"
    values = {
        "date": today,
        "when": today,
        "money": "500000",
        "integer": "12",
        "number": "12",
        "boolean": "true",
    }
    return f"{field.name}={next(iter(codes), '') or values.get(field.type, '...')}"
