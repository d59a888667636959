"""Who took part in a campaign: `crm set CAMPAIGN participants+=北京示例,苏州中盛:签约` (R-003-76, R-002-38).

A customer goes by whatever finds it; what follows a colon is what came of it. One who takes part already is not named
twice: only his result is written. `participants-=` takes one out again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmkit.i18n import LANGUAGES, in_language

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.records.catalog import KindSpec
    from crmkit.yaml.write import Edit

NAME = "participants"
_SEPARATORS = re.compile(r"[,，、;；\n]")
_RESULT = re.compile(r"[:：]")


def split(spec: KindSpec, assignments: Sequence[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the other assignments, and `(operation, value)` of those that add or take out participants."""
    if spec.name != "campaign":
        return list(assignments), []
    names = {NAME, *(in_language(lang, spec.by_name[NAME].label) for lang in LANGUAGES)}
    mine = [
        (word, name[-1], value)
        for word in assignments
        for name, equals, value in (word.partition("="),)
        if equals and name[-1:] in {"+", "-"} and name[:-1].strip() in names
    ]
    taken = [word for word, _operation, _value in mine]
    return [w for w in assignments if w not in taken], [(op, value) for _word, op, value in mine]


def edits(session: Session, data: Mapping[str, Any], wanted: Sequence[tuple[str, str]]) -> Iterator[Edit]:
    """Yield the edits of a campaign's file; raises NotFound or Ambiguous for customers."""
    from crmkit.yaml.write import DELETE, Edit

    held = data.get(NAME)
    before = (
        [dict(p) if isinstance(p, Mapping) else {"customer": p} for p in held]
        if isinstance(held, list)
        else []
    )
    after = [dict(p) for p in before]
    for operation, value in wanted:
        for text in (t.strip() for t in _SEPARATORS.split(value)):
            if text:
                _change(session, after, operation, text)
    for place, entry in enumerate(after[: len(before)] if len(after) >= len(before) else ()):
        if entry != before[place]:
            yield Edit((NAME, place), entry)
    if len(after) < len(before):
        yield Edit((NAME,), after or DELETE)
    elif len(after) > len(before):
        if not before:
            yield Edit((NAME,), after)
        else:
            yield from (Edit((NAME, place), after[place]) for place in range(len(before), len(after)))


def _change(session: Session, people: list[dict[str, Any]], operation: str, text: str) -> None:
    who, *result = _RESULT.split(text, maxsplit=1)
    number = session.customer(who.strip()).id
    place = next((i for i, p in enumerate(people) if str(p.get("customer")) == number), None)
    if operation == "-":
        if place is not None:
            del people[place]
        return
    if place is None:
        people.append({"customer": number, "joined_on": session.today})
        place = len(people) - 1
    if result and result[0].strip():
        people[place]["result"] = result[0].strip()
