"""Names of the team in records: who answers for something, who did something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.errors import Message, UsageError, msg
from crmkit.i18n import N_
from crmkit.values.suggest import nearest

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

ANSWERS = frozenset({"owner", "member"})
"""Marks of fields that name whoever answers for something: what he owns is shown to nobody else."""
DID, MET = "by", "met"
"""Marks of fields that name who did something, and somebody at the customer."""


def member(settings: Settings, text: str, field: str) -> str:
    """Return the team's name for whom `text` names; UsageError with the nearest for somebody it does not know.

    What a stranger answers for is shown to nobody, so it is not typed by mistake. A solo book takes every name.
    """
    found = settings.member(text)
    if found or settings.solo:
        return found.name if found else text
    raise UsageError(
        N_("{field}: nobody in the team is called {name!r}"),
        hint=suggestion(text, settings),
        field=field,
        name=text,
    )


def suggestion(name: str, settings: Settings) -> Message:
    """Return the way out for a name that nobody in the team has."""
    names = [*(m.name for m in settings.team), *(m.email for m in settings.team if m.email)]
    near = nearest(name, names)
    if near:
        return msg(N_("did you mean {near}? somebody new is added in crm.yaml under team"), near=near)
    known = ", ".join(m.name for m in settings.team)
    return msg(N_("the team: {known}; somebody new is added in crm.yaml under team"), known=known)
