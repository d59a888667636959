"""What every numbered screen is: navigation above, keys below, and between them what was loaded in a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer

from crmkit.i18n import N_, _
from crmkit.tui.guard import Guarded
from crmkit.tui.keys import bind, translate
from crmkit.tui.widgets.card import CardPanel
from crmkit.tui.widgets.nav import Nav

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.tui.app import CrmApp
    from crmkit.tui.desk import Desk


class BaseScreen(Guarded, Screen[None]):
    """A screen of the dashboard; see the package's docstring on how one is added."""

    app: CrmApp
    NAME: ClassVar[str] = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - an instance variable in Textual

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


NARROW = 100
"""Columns below which what stands beside a list is hidden."""


class SharedScreen(BaseScreen):
    """A list of what somebody answers for, or everybody; beside it (`#side`) stands what is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [bind("m", "mine", N_("Mine/all"), "shared.mine")]

    def __init__(self) -> None:
        """Begin with what is of whom the program was asked for."""
        super().__init__()
        self.owner = self.app.owner

    def action_mine(self) -> None:
        """Show mine, or everybody's."""
        self.owner = "all" if self.owner == "me" else "me"
        self.reload()

    def on_resize(self) -> None:
        """Hide what stands beside the list where there is no room for it."""
        self.query_one("#side").display = self.size.width >= NARROW
        self.look_beside()

    def look_beside(self) -> None:
        """Show beside the list what is under the cursor; what was being asked for is dropped."""
        if self.size.width >= NARROW:
            self.spawn(self._beside, "beside")

    async def _beside(self) -> None:
        ask = self.beside()
        text = Text("") if ask is None else await self.desk.read(ask)
        self.query_one("#side", CardPanel).show(text)

    def beside(self) -> Callable[[Session], Text] | None:
        """Return the question whose answer stands beside the list, None where there is nothing to say."""
        return None


def title_of(session: Session, owner: str, *more: str) -> str:
    """Return what stands above a list: the day, whose it is, and what else there is to say."""
    mine = owner == "me" and not session.settings.solo
    whose = session.actor_name if mine else _("everybody") if owner in {"me", "all"} else owner
    return "  ".join((session.today.isoformat(), whose, *(m for m in more if m)))
