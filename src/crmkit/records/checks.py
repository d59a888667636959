"""The checks that people make by hand, by what a field means (its marks): numbers, names, addresses, wording.

What a kind checks of its own stands in its class (`flaws`). Everything here is pure; the heavy libraries
behind single checks are imported by `values` when a value asks for them, and what repeats is remembered
there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from crmkit.errors import Message, Severity, msg
from crmkit.i18n import N_
from crmkit.records.base import Flaw, Part, Record, Steps, day_of, error, warning
from crmkit.records.registry import about_of, key_of, shape
from crmkit.values import company, idnumber, industry, phone, region, wording

Check = Callable[[Any, Steps, Part, Record], Iterator[Flaw]]

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9_+-]|\.(?!\.|@))*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)


def flaws(record: Record) -> Iterator[Flaw]:
    """Yield everything that is wrong in one record."""
    yield from _of_part(record, (), record)
    yield from record.flaws()


def _of_part(part: Part, steps: Steps, record: Record) -> Iterator[Flaw]:
    leaves, children, pairs = _plan(part.__class__)
    values = part.__dict__
    for name, key, many, checks in leaves:
        value = values[name]
        if value:
            for check in checks:
                if many:
                    for i, item in enumerate(value):
                        yield from check(item, (*steps, key, i), part, record)
                else:
                    yield from check(value, (*steps, key), part, record)
    for first, then in pairs:
        if values[first] is not None and values[then] is not None:
            yield from _order(part, steps, first, then)
    for name, key, many in children:
        value = values[name]
        if not value:
            continue
        if many:
            for i, item in enumerate(value):
                yield from _of_part(item, (*steps, key, i), record)
        else:
            yield from _of_part(value, (*steps, key), record)


@cache
def _plan(cls: type[Part]) -> tuple[Any, Any, Any]:
    """Return the fields of a part that have checks, the parts below it that do, and its pairs of dates."""
    leaves, children = [], []
    for name, field in cls.model_fields.items():
        made = shape(field)
        checks = tuple(CHECKS[m] for m in sorted(about_of(field).marks) if m in CHECKS)
        if checks:
            leaves.append((name, key_of(name, field), made.many, checks))
        if made.part is not None and any(_plan(made.part)):
            children.append((name, key_of(name, field), made.many))
        if name == "stage_history":
            leaves.append((name, name, False, (_history,)))
    return tuple(leaves), tuple(children), cls.before


def _order(part: Part, steps: Steps, first: str, then: str) -> Iterator[Flaw]:
    a, b = getattr(part, first), getattr(part, then)
    if not (isinstance(a, datetime) and isinstance(b, datetime)):
        a, b = day_of(a), day_of(b)
    if b < a:
        yield error(
            (*steps, then),
            "date.backwards",
            msg(N_("{then} lies before {first}"), then=then, first=first),
            msg(N_("correct {first} or {then}"), first=first, then=then),
        )


def _history(value: Any, steps: Steps, _part: Part, _record: Record) -> Iterator[Flaw]:
    days = [(i, entry.on) for i, entry in enumerate(value) if entry.on]
    for (_, before), (i, after) in pairwise(days):
        if after < before:
            yield warning(
                (*steps, i, "on"),
                "date.backwards",
                msg(N_("the stage history runs backwards")),
                msg(N_("put the entries in the order of their days")),
                "R-003-98",
            )


def _phone(value: str, steps: Steps, _part: Part, record: Record) -> Iterator[Flaw]:
    if len(value) == 11 and value.isascii() and value.isdigit() and "13" <= value[:2] <= "19":
        return  # a complete mobile number of China
    for code, severity, message, hint in _phone_flaws(value, _country(record)):
        yield Flaw(steps, f"phone.{code}" if "." not in code else code, severity, message, hint, "R-001-22")


@lru_cache(maxsize=5_000)
def _phone_flaws(text: str, country: str) -> tuple[tuple[str, Severity, Message, Message], ...]:
    return tuple((f.code, f.severity, f.message, f.hint) for f in phone.check(text, country))


def _country(record: Record) -> str:
    address = getattr(record, "address", None)
    return (address.country if address else None) or "CN"


def _email(value: str, steps: Steps, _part: Part, _record: Record) -> Iterator[Flaw]:
    if _PLAIN_EMAIL.fullmatch(value) and len(value) < 200 and value.index("@") <= 64:
        return
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(value, check_deliverability=False)
    except EmailNotValidError:
        yield error(
            steps,
            "email",
            msg(N_("{text!r} is not an e-mail address"), text=value),
            msg(N_("one address, such as name@company.cn; others go into the remarks")),
            "R-000-32",
        )


def _tax_id(value: str, steps: Steps, _part: Part, record: Record) -> Iterator[Flaw]:
    if not company.is_china(_country(record)):
        return
    flaw = idnumber.tax_id_flaw(value)
    if flaw:
        yield error(steps, "tax_id", flaw, msg(N_("copy it from the business licence")), "R-000-26")


def _name(value: str, steps: Steps, _part: Part, record: Record) -> Iterator[Flaw]:
    if getattr(record, "type", None) == "person":
        return
    flaw = company.name_flaw(value, _country(record))
    if flaw:
        yield warning(
            steps,
            "name.short",
            flaw,
            msg(N_("write the full name of the business licence; the short one goes into short_name")),
            "R-001-21",
        )


def _address(value: Part, steps: Steps, _part: Part, _record: Record) -> Iterator[Flaw]:
    parts = tuple((k, v) for k, v in value.__dict__.items() if isinstance(v, str))
    for message in _address_flaws(parts):
        yield warning(steps, "address", message, requirement="R-000-28")


@lru_cache(maxsize=5_000)
def _address_flaws(parts: tuple[tuple[str, str], ...]) -> tuple[Message, ...]:
    return tuple(region.address_flaws(dict(parts)))


@lru_cache(maxsize=1_000)
def _industry_hint(text: str) -> Message | None:
    """Return the hint for an industry that the classification does not know, None where it does."""
    if industry.find(text):
        return None
    near = industry.nearest(text)
    if near:
        return msg(N_("did you mean {near}?"), near=near)
    return msg(N_("a section or division of GB/T 4754, for example 软件和信息技术服务业 or I65"))


def _industry(value: str, steps: Steps, _part: Part, _record: Record) -> Iterator[Flaw]:
    hint = _industry_hint(value)
    if hint:
        message = msg(N_("{text!r} is no industry of the national classification"), text=value)
        yield warning(steps, "industry", message, hint, "R-000-27")


def _need(value: str, steps: Steps, part: Part, _record: Record) -> Iterator[Flaw]:
    flaw = wording.vague_need(value, has_budget=getattr(part, "budget", None) is not None)
    if flaw:
        yield warning(steps, "wording.need", flaw, requirement="R-001-23")


def _terms(value: str, steps: Steps, _part: Part, _record: Record) -> Iterator[Flaw]:
    flaw = wording.vague_term(value)
    if flaw:
        yield warning(steps, "wording.term", flaw, requirement="R-002-24")


def _tag(value: str, steps: Steps, _part: Part, _record: Record) -> Iterator[Flaw]:
    dimension, dash, rest = value.partition("-")
    if dash and not (dimension.strip() and rest.strip()):
        message = msg(N_("the tag {tag!r} lacks its dimension or its value"), tag=value)
        yield warning(steps, "tag", message, msg(N_("for example 行业-制造业, or a word alone")), "R-001-24")


CHECKS: dict[str, Check] = {
    "phone": _phone,
    "email": _email,
    "tax_id": _tax_id,
    "company": _name,
    "address": _address,
    "industry": _industry,
    "need": _need,
    "terms": _terms,
    "tag": _tag,
}
"""Checks by mark; a kind of record gets them by marking its fields."""


def plain_secret_flaws(marks: frozenset[str], value: Any) -> Iterator[tuple[str, Message]]:
    """Yield what else is wrong with a secret in plain text; the text is never repeated."""
    if "resident_id" in marks and isinstance(value, str):
        flaw = idnumber.resident_id_flaw(value)
        if flaw:
            yield "resident_id", flaw
