"""The sections `rules` and `chores` of crm.yaml: what falls due by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.settings.model import Chore, Member, RuleSpec
from crmkit.values.suggest import nearest

if TYPE_CHECKING:
    from crmkit.settings._values import Steps, Values

_OWN = re.compile(r"(cadence|date)\.\w[\w-]*")
_LENGTHS = ("first", "every", "lead")
_TEXTS = ("when", "of", "reason", "below")
_CHORE = ("name", "rrule", "role", "label", "each", "on", "since")
_RRULE_KEYS = (
    "FREQ",
    "INTERVAL",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYSETPOS",
    "BYYEARDAY",
    "BYWEEKNO",
    "WKST",
)
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def rules(reader: Values, base: Mapping[str, RuleSpec], value: Any, source: str) -> dict[str, RuleSpec]:
    """Read `rules`: numbers of crmkit's own, and the book's own `cadence.NAME` and `date.NAME`."""
    out = dict(base)
    for name, entry in reader.mapping(value, ("rules",)).items():
        steps: Steps = ("rules", name)
        line = reader.document.line(steps)
        if isinstance(entry, str) and (not base or name in base):  # `date.birthday: off`
            old = out.get(name, RuleSpec(name))
            on = reader.flag(entry, steps, otherwise=True)
            out[name] = replace(old, on=on, line=line, source=source)
            continue
        if base and name not in base and not _may_be_own(name, entry):
            _unknown(reader, steps, name, base)
            continue
        spec = _rule(reader, steps, out.get(name, RuleSpec(name)), entry)
        if not base or name in base or _complete(reader, steps, spec):
            out[name] = replace(spec, line=line, source=source)
    return out


def _may_be_own(name: str, entry: Any) -> bool:
    """Whether it is a rule of the book: it says what its rows tell; else it is a misspelt one of crmkit's."""
    return bool(_OWN.fullmatch(name)) and isinstance(entry, dict) and "reason" in entry


def _unknown(reader: Values, steps: Steps, name: str, known: Mapping[str, RuleSpec]) -> None:
    near = nearest(name, known)
    hint = msg(N_("a rule of your own is cadence.NAME or date.NAME and says reason: what its rows tell"))
    if near:
        hint = msg(N_("did you mean {near}? {own}"), near=near, own=hint)
    reader.problem(steps, "unknown_key", msg(N_("unknown rule {name!r}"), name=name), hint, "warning")


def _rule(reader: Values, steps: Steps, old: RuleSpec, entry: Any) -> RuleSpec:
    given = reader.mapping(entry, steps, ("on", *_LENGTHS, *_TEXTS))
    values: dict[str, Any] = {k: reader.duration(given[k], (*steps, k)) for k in _LENGTHS if k in given}
    values |= {k: reader.text(given[k], (*steps, k)) for k in _TEXTS if k in given}
    below = values.get("below", "")
    if below and not (below.isdecimal() and 0 < int(below) <= 100):
        message = msg(N_("a percentage between 1 and 100 is wanted here"))
        reader.problem((*steps, "below"), "percent", message, msg(N_("for example below: 50")))
        values["below"] = old.below
    return replace(old, on=reader.flag(given.get("on"), (*steps, "on"), otherwise=old.on), **values)


def _complete(reader: Values, steps: Steps, spec: RuleSpec) -> bool:
    """Whether an own rule says all that it needs."""
    if spec.name.startswith("cadence."):
        wanted = None if spec.every else msg(N_("add every: 10 days, counted from the last contact"))
    elif not spec.of:
        wanted = msg(N_("add of: the date it counts from, for example of: order.delivered_on"))
    else:
        counts = spec.lead or spec.first or spec.every
        wanted = (
            None
            if counts
            else msg(N_("add lead: 30 days (before), first: 11 months (after) or every: 1 year"))
        )
    if wanted is None:
        return True
    reader.problem(steps, "rule", msg(N_("the rule {name} does not say when"), name=spec.name), wanted)
    return False


def chores(reader: Values, base: tuple[Chore, ...], value: Any, source: str) -> tuple[Chore, ...]:
    """Read `chores`: one that crmkit knows by name is changed, others are added."""
    out = {c.name: c for c in base}
    seen: set[str] = set()
    for i, entry in enumerate(reader.list(value, ("chores",))):
        steps: Steps = ("chores", i)
        given = reader.mapping(entry, steps, _CHORE)
        name = reader.text(given.get("name"), (*steps, "name"))
        if not re.fullmatch(r"\w[\w-]*", name):
            message = msg(N_("a chore needs a name of letters, digits, _ and -"))
            reader.problem(steps, "no_name", message, msg(N_("write name: weekly_review")))
            continue
        if name in seen:
            message = msg(N_("{name!r} stands here twice"), name=name)
            reader.problem(steps, "twice", message, msg(N_("remove one of them")))
        seen.add(name)
        chore = _chore(reader, steps, out.get(name, Chore(name)), given)
        if chore is not None:
            out[name] = replace(chore, line=reader.document.line(steps), source=source)
    return tuple(out.values())


def _chore(reader: Values, steps: Steps, old: Chore, given: Mapping[str, Any]) -> Chore | None:
    text: dict[str, Any] = {
        k: reader.text(given[k], (*steps, k)) for k in ("rrule", "role", "since") if k in given
    }
    en, zh = _label(reader, (*steps, "label"), given.get("label"))
    chore = replace(
        old,
        label_en=en or old.label_en,
        label_zh=zh or old.label_zh,
        each=reader.flag(given.get("each"), (*steps, "each"), otherwise=old.each),
        # named in crm.yaml, a chore that crmkit only offers is on
        on=reader.flag(given.get("on"), (*steps, "on"), otherwise=old.on or bool(old.line)),
        **text,
    )
    if not _is_rrule(chore.rrule):
        message = msg(N_("the chore {name} does not say when: {rrule!r}"), name=chore.name, rrule=chore.rrule)
        hint = msg(
            N_("write rrule: FREQ=WEEKLY;BYDAY=FR (every Friday), FREQ=MONTHLY;BYMONTHDAY=-1 (month end)")
        )
        reader.problem((*steps, "rrule"), "rrule", message, hint)
        return None
    if chore.since and not _is_day(chore.since):
        reader.problem(
            (*steps, "since"), "since", msg(N_("a day is wanted here")), msg(N_("write since: 2024-06-01"))
        )
        return None
    return chore


def check_roles(
    reader: Values, chores: Sequence[Chore], roles: Mapping[str, Any], team: Sequence[Member]
) -> None:
    """Warn of a duty whose role does not exist, or that nobody in the team has: it would be nobody's in particular."""
    held = {role for member in team for role in member.roles}
    by_name = {chore.name: chore for chore in chores}
    for i, entry in enumerate(reader.document.data["chores"]):
        chore = by_name.get(str(entry.get("name"))) if isinstance(entry, dict) else None
        if chore is None or not chore.on or not chore.role or chore.role in held:
            continue
        steps: Steps = ("chores", i, "role") if "role" in entry else ("chores", i)
        if chore.role not in roles:
            message = msg(N_("the chore {name} is for a role that does not exist: {role!r}"), **_told(chore))
            reader.problem(steps, "role", message, _near_role(chore.role, roles), "warning")
        elif team:
            message = msg(N_("the chore {name} is for the role {role}, which nobody has"), **_told(chore))
            hint = msg(N_("give it to somebody under team: roles: [{role}]"), role=chore.role)
            reader.problem(steps, "role", message, hint, "warning")


def _told(chore: Chore) -> dict[str, str]:
    return {"name": chore.name, "role": chore.role}


def _near_role(text: str, roles: Mapping[str, Any]) -> Message:
    """Return the role that was meant, by its code or its label."""
    names = {label: code for code, said in roles.items() for label in (code, *map(str, _labels(said)))}
    near = nearest(text, names)
    if near:
        return msg(N_("did you mean {near}?"), near=names[near])
    return msg(N_("known here: {known}"), known=", ".join(roles))


def _labels(said: Any) -> Iterator[Any]:
    return (said[k] for k in ("label", "label_zh") if k in said) if isinstance(said, Mapping) else iter(())


def _label(reader: Values, steps: Steps, value: Any) -> tuple[str, str]:
    if isinstance(value, dict):
        texts = {k: reader.text(v, (*steps, k)) for k, v in value.items()}
        return texts.get("en", ""), texts.get("zh", "")
    text = reader.text(value, steps)
    return (text, "") if text.isascii() else ("", text)


def _is_rrule(text: str) -> bool:
    """Whether a text is a rule by days; hours, counts and ends have no meaning for a duty."""
    said = dict(part.partition("=")[::2] for part in text.upper().split(";"))
    if said.keys() - {*_RRULE_KEYS} or said.get("FREQ") not in _FREQUENCIES:
        return False
    from dateutil.rrule import rrulestr

    try:
        rrulestr(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
