"""Labels of the book's own words inside a row: both languages, for the next reader may speak the other one."""

from __future__ import annotations

from crmkit.errors import Message, msg
from crmkit.i18n import N_

BOTH = N_("{en}{zh:.0}")
"""Shows the English label; its translation shows the Chinese one."""


def label(en: str, zh: str) -> Message | str:
    """Return a label that is shown in the reader's language, the one there is where it has just one."""
    return msg(BOTH, en=en, zh=zh) if en and zh else en or zh
