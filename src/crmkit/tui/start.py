"""How the dashboard begins and ends."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crmkit.actions.session import Session, open_session, root_of
from crmkit.tui.app import CrmApp, Paper

FEW = 700
"""Objects made before the collector looks for cycles: Python's own number, since this program lives long."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What `crm dash` was asked for: the global options as they were typed, and whose rows come first."""

    book: str
    actor: str
    on: str
    owner: str
    env: Mapping[str, str]
    cwd: Path
    paper: Callable[[str, str], Paper] | None = None

    def opener(self) -> Callable[[bool], Session]:
        """Return what opens the book, as often as it is asked."""

        def opened(hurry: bool) -> Session:
            return open_session(
                book=self.book or None,
                actor=self.actor or None,
                on=self.on or None,
                env=self.env,
                cwd=self.cwd,
                hurry=hurry,
            )

        return opened


def app(wish: Wish) -> CrmApp:
    """Return the application; NotFound without a book."""
    root = root_of(wish.book or None, wish.env, wish.cwd)
    return CrmApp(wish.opener(), root, env=wish.env, owner=wish.owner, paper=wish.paper)


def run(wish: Wish) -> int:
    """Keep the dashboard open until it is left, and return the exit code; CrmError where it cannot begin."""
    gc.set_threshold(FEW)
    dashboard = app(wish)
    dashboard.run()
    if dashboard.failed is not None:
        raise dashboard.failed
    return dashboard.return_code or 0
