"""The application: screens by number, acts on the book, and what holds everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.text import Text
from textual.app import App
from textual.binding import BindingType

from crmkit.errors import Conflict, CrmError
from crmkit.i18n import N_, _
from crmkit.tui import guard
from crmkit.tui.base import BaseScreen
from crmkit.tui.desk import Desk, Opener
from crmkit.tui.keys import bind, translate
from crmkit.tui.screens import SCREENS
from crmkit.tui.widgets.nav import Nav
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen

    from crmkit.actions._write import Done, Prepared
    from crmkit.actions.session import Session

T = TypeVar("T")
SETTLE = 0.25
"""Seconds between two looks at the files: many changes at once are looked at once."""


class CrmApp(guard.Guarded, App[None]):
    """`crm dash`."""

    CSS_PATH = "crm.tcss"
    ENABLE_COMMAND_PALETTE = False
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {e.name: e.make for e in SCREENS}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(bind(e.key, f"go('{e.name}')", e.label, f"go.{e.name}", show=False) for e in SCREENS),
        bind("u", "undo", N_("Undo"), "app.undo"),
        bind("question_mark", "help", N_("Help"), "app.help"),
        bind("q", "quit", N_("Quit"), "app.quit"),
        bind("ctrl+c", "quit", N_("Quit"), show=False),
    ]

    def __init__(self, opener: Opener, *, owner: str = "me", log: Path | None = None) -> None:
        """Take what `opener` opens; `owner` is whose rows are shown first, `log` where faults are noted."""
        super().__init__()
        translate(self)
        self.desk = Desk(opener)
        self.owner = owner
        self.log_path = log
        self.version = 0
        self.failed: CrmError | None = None
        self.broken = ""
        self.busy = True
        self._dirty = asyncio.Event()
        self._looking = False
        self._acts = self._asking = 0

    # coming and going

    async def on_mount(self) -> None:
        """Show the first screen; the files are looked at meanwhile."""
        await self.switch_mode("today")
        self.spawn(self._watch, "watch")

    async def _watch(self) -> None:
        """Look at the files whenever something may have changed, never twice at once."""
        self._dirty.set()
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            self._looking = True
            await self._look()
            self._looking = False
            await asyncio.sleep(SETTLE)

    async def _look(self) -> None:
        try:
            news = await self.desk.refresh()
        except CrmError as error:
            self._unreadable(error)
            return
        except Exception as error:  # noqa: BLE001 - the next look may do better
            self.fault(error)
            return
        self.broken = ""
        if news or self.busy:
            self.busy = False
            self.news()

    def _unreadable(self, error: CrmError) -> None:
        """Go on with what was known; without any of it there is nothing to show."""
        if self.busy and not self.version:
            self.failed = error
            self.exit()
        elif self.broken != str(error):
            self.broken = str(error)
            self.fault(error)

    def news(self) -> None:
        """Let the screen that is seen load again; the others do when they are seen."""
        self.version += 1
        screen = next((s for s in reversed(self.screen_stack) if isinstance(s, BaseScreen)), None)
        if screen is not None:
            screen.changed()

    def look(self) -> None:
        """Ask for a look at the files soon."""
        self._dirty.set()

    async def on_unmount(self) -> None:
        """Let the threads end."""
        self.desk.close()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way: no look at the files, no act but those that wait for an answer."""
        return not (self.busy or self._dirty.is_set() or self._looking) and self._acts == self._asking

    # acts

    def begin(self, work: Coroutine[Any, Any, None], node: DOMNode | None = None) -> None:
        """Do something that may ask and wait, beside everything else."""
        self._acts += 1
        (node or self).run_worker(self._guarded(work), group="acts", exit_on_error=False)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - told and noted
            self.fault(error)
        finally:
            self._acts -= 1

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Show a dialog and return its answer, None where it was left."""
        self._asking += 1
        try:
            return await self.push_screen_wait(dialog)
        finally:
            self._asking -= 1

    async def make(
        self, prepare: Callable[[Session], Prepared], said: str | Callable[[Done], str] = ""
    ) -> Done:
        """Make a change and say so; whatever refuses it is raised."""
        done = await self.desk.write(lambda session: prepare(session).apply())
        text = said(done) if callable(said) else said
        self.toast((text or _saved(done)) if done.changed else _("nothing to change"))
        for problem in done.warnings[:3]:
            self.toast(f"{problem.field or problem.path}: {problem.text}", "warning")
        if done.notice:
            self.toast(done.notice, "warning")
        self.news()
        self.look()
        return done

    async def act(
        self, prepare: Callable[[Session], Prepared], said: str | Callable[[Done], str] = ""
    ) -> Done | None:
        """Do the same; what refuses it becomes a toast, and None is returned."""
        try:
            return await self.make(prepare, said)
        except Exception as error:  # noqa: BLE001 - told and noted
            self.fault(error)
            return None

    def fault(self, error: Exception, *, quiet: bool = False) -> None:
        """Tell what went wrong; what is a fault of crmkit's own goes to the log as well."""
        if not isinstance(error, CrmError) and self.log_path is not None:
            guard.note(self.log_path, error)
        if quiet:
            return
        if isinstance(error, CrmError):
            self.toast(guard.told(error), "error")
        else:
            text = _("this went wrong and was noted ({kind}); everything else goes on")
            self.toast(text.format(kind=type(error).__name__), "error")

    def toast(self, text: str, severity: str = "information") -> None:
        """Say something in the corner for a while."""
        seconds = 8 if severity == "error" else 5
        self.notify(safe(text, newlines=True), severity=severity, timeout=seconds, markup=False)  # type: ignore[arg-type]

    async def run_action(self, action: Any, default_namespace: Any = None, namespaces: Any = None) -> bool:
        """Run what a key or a button asks for; a fault in it is told and ends nothing."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except Exception as error:  # noqa: BLE001 - the boundary
            self.fault(error)
            return True

    def _fatal_error(self) -> None:
        """End with where to look; Textual's own screen would print what the variables held."""
        error = self._exception
        if error is not None and self.log_path is not None:
            guard.note(self.log_path, error)
        self._exit_renderables.append(Text(_fatal(error, self.log_path)))
        self._close_messages_no_wait()

    # what holds everywhere

    async def action_go(self, name: str) -> None:
        """Go to a numbered screen; what was opened over it is left."""
        if self.current_mode == name:
            while len(self.screen_stack) > 1:
                await self.pop_screen()
        else:
            await self.switch_mode(name)

    def action_undo(self) -> None:
        """Take back the last change, after a look at it."""
        self.begin(self._undo())

    async def _undo(self) -> None:
        from crmkit.actions import undo
        from crmkit.tui.dialogs.confirm import Confirm
        from crmkit.tui.dialogs.diff import coloured

        def look(session: Session) -> tuple[str, str]:
            preview = undo.undo(session).preview
            return preview.message, preview.diff()

        def back(session: Session) -> Prepared:
            prepared = undo.undo(session)
            if prepared.diff != diff:
                hint = N_("look at it again: press u once more")
                raise Conflict(N_("somebody has changed something since"), hint=hint)
            return prepared

        message, diff = await self.desk.write(look)
        again, what = undo.turned(message)
        title = (_("Make again: {what}") if again else _("Take back: {what}")).format(what=what)
        said = (_("made again: {what}") if again else _("taken back: {what}")).format(what=what)
        if await self.ask(Confirm(title, coloured(diff), yes=_("Make again") if again else _("Take back"))):
            await self.make(back, said)

    def tell_word(self) -> None:
        """Let the navigation say what there is to say of the book."""
        for nav in self.screen.query(Nav):
            nav.say(_("reading the files …") if self.busy else "")


def _saved(done: Done) -> str:
    return _("saved: {what}  (u takes it back)").format(what=done.message or done.id)


def _fatal(error: BaseException | None, path: Path | None) -> str:
    kind = type(error).__name__
    text = _("this is a bug in crmkit ({kind}); your files are as they were or fully changed").format(
        kind=kind
    )
    return f"{text}\n{path}" if path else text
