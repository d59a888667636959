"""Forms: what is asked, and what comes of it: a change, or only an answer. They stay open until that is right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.css.query import NoMatches
from textual.widget import Widget
from textual.widgets import Static

from crmkit.errors import Conflict, Invalid
from crmkit.i18n import N_, _
from crmkit.tui.dialogs.confirm import Confirm
from crmkit.tui.dialogs.dialog import Dialog, button
from crmkit.tui.guard import told
from crmkit.tui.keys import bind
from crmkit.tui.widgets.field import Field
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions._write import Done, Prepared
    from crmkit.actions.form import Ask
    from crmkit.actions.session import Session
    from crmkit.tui.app import CrmApp

T = TypeVar("T")
Values = Mapping[str, str]
Make = Callable[["Session", Values], "Prepared"]


class Asking(Dialog[T]):
    """Asks for fields; `answer` makes something of them and may refuse."""

    app: CrmApp
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+s", "save", N_("Save"), "form.save", priority=True),
        bind("tab", "app.focus_next", N_("Next field"), show=True),
    ]

    def __init__(
        self,
        title: str,
        asks: Sequence[Ask],
        *,
        about: Text | str = "",
        save: str = "",
        first: str = "",
    ) -> None:
        """Put `about` above the fields; `save` words the button; typing begins at `first`."""
        super().__init__(title)
        self.asks = asks
        self.about = about if isinstance(about, Text) else Text(safe(about, newlines=True))
        self.save = save or _("Save")
        self.first = first
        self.busy = False

    def body(self) -> Iterable[Widget]:
        """Return the fields."""
        with VerticalScroll(id="fields", can_focus=False):
            if self.about:
                yield Static(self.about, id="about")
            for ask in self.asks:
                yield Field(ask)
        yield Static("", id="wrong")

    def buttons(self) -> Iterable[Widget]:
        """Return save and cancel."""
        yield button(self.save, "save", variant="primary")
        yield button(_("Cancel"), "no")

    def on_mount(self) -> None:
        """Begin typing at the first field, or the one that was named."""
        fields = list(self.query(Field))
        begin = next((f for f in fields if f.ask.name == self.first), fields[0] if fields else None)
        if begin is not None:
            begin.box.focus()

    @property
    def values(self) -> dict[str, str]:
        """What is typed, by name; what is empty and was empty is left out."""
        return {f.ask.name: f.value for f in self.query(Field) if f.value or f.changed}

    @property
    def changes(self) -> dict[str, str]:
        """What is typed that was not there before."""
        return {f.ask.name: f.value for f in self.query(Field) if f.changed}

    def pressed(self, button: str) -> None:  # noqa: ARG002 - there is one
        """Save."""
        self.action_save()

    def action_save(self) -> None:
        """Make the change; where it is refused the form stays and says why."""
        if not self.busy and not self._lacking():
            self.busy = True
            self.app.begin(self._save(), self)

    def _lacking(self) -> bool:
        """Name what must be given and is not, and go to the first of it."""
        lacking = [f for f in self.query(Field) if f.ask.required and not f.value]
        for field in lacking:
            field.say(_("this is needed"), wrong=True)
        if lacking:
            lacking[0].box.focus()
        return bool(lacking)

    async def _save(self) -> None:
        try:
            done = await self.answer()
        except Conflict as conflict:
            await self.conflict(conflict)
        except Exception as error:  # noqa: BLE001 - told where it is seen, and the form stays
            self.app.fault(error, quiet=True)
            self.wrong(error)
        else:
            self.dismiss(done)
        finally:
            self.busy = False

    async def answer(self) -> T:
        """Make of the fields what the form is for; what refuses it is raised."""
        raise NotImplementedError

    async def conflict(self, conflict: Conflict) -> None:
        """Say that somebody else was faster."""
        self.wrong(conflict)

    def wrong(self, error: Exception) -> None:
        """Say what is wrong above the buttons, and go to the field that it is about."""
        text = self.query_one("#wrong", Static)
        text.update(Text(safe(told(error), newlines=True)))
        text.display = True
        self.add_class("-wrong")
        names = [p.field for p in error.problems] if isinstance(error, Invalid) else []
        args: Any = getattr(getattr(error, "message", None), "args", {})
        names.append(str(args.get("field", "")) if isinstance(args, Mapping) else "")
        for field in self.query(Field):
            if field.ask.name in names:
                field.box.focus()
                break

    def action_leave(self) -> None:
        """Leave; what was typed is not thrown away without a question."""
        try:
            typed = bool(self.changes)
        except NoMatches:
            typed = False
        if typed:
            self.app.begin(self._leave(), self)
        else:
            self.dismiss(None)

    async def _leave(self) -> None:
        sure = Confirm(_("Throw away what you typed?"), yes=_("Throw away"), danger=True)
        if await self.app.ask(sure):
            self.dismiss(None)


class Form(Asking["Done"]):
    """Makes a change of the fields: `make` is handed the session and the values and returns it."""

    def __init__(
        self,
        title: str,
        asks: Sequence[Ask],
        make: Make,
        *,
        about: Text | str = "",
        save: str = "",
        said: str | Callable[[Done], str] = "",
        first: str = "",
    ) -> None:
        """As `Asking`; `said` words the toast."""
        super().__init__(title, asks, about=about, save=save, first=first)
        self.make = make
        self.said = said

    async def answer(self) -> Done:
        """Make the change."""
        return await self.app.make(self._prepare(), self.said)

    def _prepare(self) -> Callable[[Session], Prepared]:
        values = self.values
        return lambda session: self.make(session, values)


class Fields(Asking[Values]):
    """Answers with the values themselves, once `check` has nothing against them."""

    def __init__(
        self, title: str, asks: Sequence[Ask], *, check: Callable[[Values], Awaitable[None]], save: str = ""
    ) -> None:
        """`check` raises what is wrong."""
        super().__init__(title, asks, save=save)
        self.check = check

    async def answer(self) -> Values:
        """Return what was typed."""
        values = self.values
        await self.check(values)
        return values
