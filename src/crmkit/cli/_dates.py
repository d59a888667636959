"""What became of a date that was said in words: told after a change, since `下周五` is easily misread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.cli._cells import moment
from crmkit.errors import CrmError
from crmkit.i18n import N_, _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions._write import Done
    from crmkit.cli._context import Cli

_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def with_weekday(text: str) -> str:
    """Return a date or time of a record with its weekday: `2024-06-21 (Fri)`, `2024-06-21 15:00 (Fri)`."""
    try:
        weekday = date.fromisoformat(text[:10]).weekday()
    except ValueError:
        return safe(text)
    return _("{date} ({weekday})").format(date=moment(text), weekday=_(_WEEKDAYS[weekday]))


def contact(cli: Cli, done: Done, at: str = "") -> Iterator[str]:
    """Yield when a contact took place, where that was said (`at`), and the next step that was planned."""
    from crmkit.actions.log import first_line

    if at and (when := _doc(cli, done.id).get("at")):
        yield _("took place on {day}").format(day=with_weekday(str(when)))
    for ident in done.also:
        step = _doc(cli, ident)
        if step.get("due"):
            day = with_weekday(str(step["due"]))
            yield _("next step on {day}: {what}").format(
                day=day, what=first_line(str(step.get("reason") or ""))
            )


def planned(cli: Cli, done: Done) -> Iterator[str]:
    """Yield the day for which a follow-up is planned, or to which it was put off."""
    doc = _doc(cli, done.id)
    if snoozed := doc.get("snoozed"):
        yield _("put off to {day}").format(day=with_weekday(str(snoozed[-1].get("to", ""))))
    elif doc.get("due"):
        yield _("planned for {day}").format(day=with_weekday(str(doc["due"])))


def _doc(cli: Cli, ident: str) -> Mapping[str, Any]:
    """Return a record's fields; none where it cannot be read, since the change is made and only the telling is left."""
    try:
        return cli.session.index.record(ident).doc
    except CrmError:
        return {}
