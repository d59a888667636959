"""What a form asks for, from the record classes: fields with labels, choices and checks, and what is there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crmkit.errors import CrmError, Message
from crmkit.i18n import N_, _, language

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.records.catalog import FieldSpec, KindSpec


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that a form asks for.

    `name` is what an assignment calls it (`contacts.0.phone`), `type` that of the catalogue, `many` says that it is a
    list, `sentences` that its entries are sentences. `choices` are `(code, label)`; `free` says that other texts are
    taken too. `value` is what is there, as one would type it. `read` names the kind and the field that check what is
    typed, both "" where any text will do.
    """

    name: str
    label: str
    type: str = "text"
    many: bool = False
    sentences: bool = False
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    free: bool = False
    value: str = ""
    hint: str = ""
    read: tuple[str, str] = ("", "")
    secret: bool = False

    def but(self, **other: Any) -> Ask:
        """Return the same with something else: another label, a value."""
        return replace(self, **other)


def ask(session: Session, kind: str, name: str, value: Any = None) -> Ask:
    """Return what a form asks for a field of a kind; `value` is what the record holds."""
    from crmkit.records import entry

    spec = session.catalog.kinds[kind]
    plain = ".".join(s for s in name.split(".") if not s.isdigit())
    field = spec.by_name[plain]
    return Ask(
        name=name,
        label=_(field.label),
        type=field.type,
        many=field.is_list,
        sentences="sentence" in field.marks,
        required=field.required,
        choices=choices(session, field),
        free=field.vocabulary not in session.settings.vocabularies,
        value=typed(value, sentences="sentence" in field.marks),
        hint=str(entry.explain(field, session.settings)) if not field.vocabulary else "",
        read=(kind, name),
        secret="secret" in field.marks,
    )


def choices(session: Session, field: FieldSpec) -> tuple[tuple[str, str], ...]:
    """Return what a field may be, as `(code, label)`: a vocabulary, the team for people; () for anything."""
    settings = session.settings
    if terms := settings.vocabularies.get(field.vocabulary):
        return tuple((t.code, t.label(language())) for t in terms.values())
    if "owner" in field.marks:
        return people(session)
    return ()


def people(session: Session) -> tuple[tuple[str, str], ...]:
    """Return everybody to whom something can be given: the team, else those who own records."""
    names = [m.name for m in session.settings.team] or session.index.owners()
    return tuple((name, name) for name in dict.fromkeys([*names, session.actor_name]) if name)


def typed(value: Any, *, sentences: bool = False) -> str:
    """Return a value of a record as one would type it."""
    from crmkit.settings.words import plain

    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ("\n" if sentences else "、").join(typed(v) for v in value)
    if isinstance(value, Mapping) and "amount" not in value and {"min", "max"} & set(value):
        low, high = (typed(value.get(end)) for end in ("min", "max"))
        return f"{low}-{high}" if low and high else low or high
    return plain(value)


def understood(session: Session, read: tuple[str, str], text: str) -> str:
    """Return how what was typed is read, "" where that says nothing more; UsageError where it cannot be."""
    from crmkit.records import entry
    from crmkit.settings.words import Words, moment

    kind, name = read
    if not kind or not text.strip():
        return ""
    spec = session.catalog.kinds[kind]
    plain = ".".join(s for s in name.split(".") if not s.isdigit())
    field = spec.by_name[plain]
    if field.type in ("text", "reference") or field.is_list:
        return ""
    top = plain.replace(".", ".0.", 1) if field.path.count("[]") and "." in plain else plain
    data = entry.new_fields(spec, session.settings, [f"{top}={text}"], session.now)
    from crmkit.actions.listing import pick

    value = pick(data, top)
    if field.type in ("date", "when"):
        return f"{moment(value.isoformat())} {weekday(value)}"
    return Words(session.settings).cell(_plain(value), field.type, field.vocabulary)


def weekday(day: Any) -> str:
    """Return the day of the week in the reader's language."""
    return _(_WEEKDAYS[day.weekday()])


_WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def _plain(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return value


def explain(error: CrmError) -> str:
    """Return an error in one line, with its hint."""
    hint = str(error.hint)
    return f"{error} - {hint}" if hint else str(error)


def open_fields(spec: KindSpec) -> Sequence[FieldSpec]:
    """Return the fields at the top of a record that people fill in by hand."""
    return [f for f in spec.fields if "." not in f.name and "stamp" not in f.marks]


__all__ = [
    "Ask",
    "Message",
    "ask",
    "choices",
    "explain",
    "open_fields",
    "people",
    "typed",
    "understood",
    "weekday",
]
