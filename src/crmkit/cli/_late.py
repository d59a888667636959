"""An overdue row wants a reason (R-004-47): asked for on a terminal, an error off it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from crmkit.errors import UsageError
from crmkit.i18n import _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions._write import Prepared
    from crmkit.cli._context import Cli


def asked(cli: Cli, why: str, act: Callable[[str], Prepared]) -> Prepared:
    """Return what `act(reason)` prepares; where it refuses for want of a reason, ask and try once more."""
    try:
        return act(why)
    except UsageError as wanting:
        if why or not cli.interactive or "late" not in wanting.message.msgid:
            raise
        from crmkit.cli import _prompt

        sys.stderr.write(f"{safe(str(wanting))}\n")
        reason = _prompt.ask(_("why (customer travelling, no need now, ...)"))
        if not reason:
            raise
        return act(reason)
