"""A record in a form, with what somebody else makes of it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.actions import amend
from crmkit.errors import Conflict
from crmkit.i18n import _
from crmkit.tui.dialogs.conflict import BothVersions
from crmkit.tui.dialogs.form import Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmkit.actions._write import Prepared
    from crmkit.actions.amend import Amendment
    from crmkit.actions.session import Session


class Edit(Form):
    """The fields of a record that is there."""

    def __init__(self, was: Amendment, first: str = "") -> None:
        """Fill the form from `was`."""
        title = _("Edit: {name}").format(name=was.title)
        super().__init__(
            title, was.asks, lambda session, values: amend.amend(session, self.was, values), first=first
        )
        self.was = was

    def _prepare(self) -> Callable[[Session], Prepared]:
        changes = self.changes
        return lambda session: amend.amend(session, self.was, changes)

    async def conflict(self, conflict: Conflict) -> None:
        """Show both versions; nothing of either is lost without a word."""
        changes = self.changes
        now, rows = await self.app.desk.write(lambda session: amend.compare(session, self.was, changes))
        answer = await self.app.ask(BothVersions(str(conflict), rows))
        if answer == "theirs":
            self.dismiss(None)
        elif answer == "mine":
            self.was = now
            done = await self.app.make(lambda session: amend.amend(session, now, changes), self.said)
            self.dismiss(done)
