"""A bar on stderr for work that takes more than a moment, on a terminal only."""

from __future__ import annotations

import sys
import time
from typing import Any

from crmkit.i18n import _

PATIENCE = 1.0
"""Seconds before anything is shown: short work should not flicker, nor work that is half done by then."""


class Bar:
    """Called with (done, all); draws itself, and is gone when all is done."""

    def __init__(self, what: str) -> None:
        """Make a bar that is not shown yet; `what` (a msgid) says what takes so long."""
        self._what = what
        self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Show how far the work has come."""
        if self._bar is None and time.monotonic() - self._started > PATIENCE and done * 2 < total:
            self._open(total)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)
            self._bar.refresh()
            if done >= total:
                self._bar.stop()
                self._bar = None

    def _open(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        # no thread of its own: the work forks
        self._bar = Progress(console=Console(stderr=True), transient=True, auto_refresh=False)
        self._task = self._bar.add_task(_(self._what), total=total)
        self._bar.start()


def on_terminal(what: str) -> Bar | None:
    """Return a bar where somebody is looking."""
    return Bar(what) if sys.stderr.isatty() else None
