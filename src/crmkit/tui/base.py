"""What every numbered screen is: navigation above, keys below, and between them what was loaded in a worker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer

from crmkit.tui.guard import Guarded
from crmkit.tui.keys import translate
from crmkit.tui.widgets.nav import Nav

if TYPE_CHECKING:
    from crmkit.tui.app import CrmApp
    from crmkit.tui.desk import Desk


class BaseScreen(Guarded, Screen[None]):
    """A screen of the dashboard; see the package's docstring on how one is added."""

    app: CrmApp
    NAME: ClassVar[str] = ""

    def __init__(self) -> None:
        """Nothing is asked of the book yet."""
        super().__init__()
        translate(self)
        self._version = -1

    @property
    def desk(self) -> Desk:
        """The book."""
        return self.app.desk

    def compose(self) -> ComposeResult:
        """Put navigation, body and keys together."""
        yield Nav(self.NAME)
        yield from self.body()
        yield Footer(compact=True, show_command_palette=False)

    def body(self) -> Iterable[Widget]:
        """Return what stands between navigation and keys."""
        return ()

    async def load(self) -> None:
        """Ask the book and show what it says; runs in an exclusive worker."""

    def reload(self) -> None:
        """Load again; what is being loaded is dropped."""
        self._version = self.app.version
        self.spawn(self._load, "load")

    async def _load(self) -> None:
        await self.load()
        self.app.tell_word()

    def changed(self) -> None:
        """Load again where the book has changed since: called for the screen that is seen."""
        if self._version != self.app.version:
            self.reload()

    def on_screen_resume(self) -> None:
        """Load what changed while another screen was seen."""
        self.changed()
        self.app.tell_word()
