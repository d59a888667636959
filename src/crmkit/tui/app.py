"""The application: screens by number, acts on the book, and what holds everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from rich.text import Text
from textual.app import App
from textual.binding import BindingType
from textual.color import ColorParseError

from crmkit import i18n
from crmkit.errors import Conflict, CrmError
from crmkit.i18n import N_, _, ngettext
from crmkit.tui import guard, themes
from crmkit.tui.base import BaseScreen
from crmkit.tui.desk import Desk, Opener
from crmkit.tui.keys import bind, translate
from crmkit.tui.screens import SCREENS
from crmkit.tui.state import State, taste
from crmkit.tui.watch import POLL, Watcher
from crmkit.tui.widgets.nav import Nav
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen
    from textual.timer import Timer

    from crmkit.actions._write import Done, Prepared
    from crmkit.actions.session import Session

T = TypeVar("T")


class Paper(Protocol):
    """A text on its way through the person's editor; kept where things go wrong, so that no typing is lost."""

    path: Path

    def write(self, text: str) -> None:
        """Put another text before the person."""

    def edit(self) -> str:
        """Open the editor and return the text when it closes."""

    def discard(self) -> None:
        """Let go of it."""


SETTLE = 0.25
"""Seconds between two looks at the files: many changes at once are looked at once."""


class CrmApp(guard.Guarded, App[None]):
    """`crm dash`."""

    CSS_PATH = "crm.tcss"
    SHOWN: ClassVar[float] = 60.0
    """Seconds for which contact details and secrets are shown."""
    ENABLE_COMMAND_PALETTE = False
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {e.name: e.make for e in SCREENS}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(bind(e.key, f"go('{e.name}')", e.label, f"go.{e.name}", show=False) for e in SCREENS),
        bind("u", "undo", N_("Undo"), "app.undo"),
        bind("ctrl+p", "palette", N_("Commands"), "app.palette"),
        bind("question_mark", "help", N_("Help"), "app.help"),
        bind("q", "quit", N_("Quit"), "app.quit"),
        bind("ctrl+c", "quit", N_("Quit"), show=False),
    ]

    def __init__(
        self,
        opener: Opener,
        root: Path,
        *,
        env: Mapping[str, str],
        owner: str = "me",
        paper: Callable[[str, str], Paper] | None = None,
    ) -> None:
        """Take the book at `root`, which `opener` opens; `owner` is whose rows are shown first.

        `paper` hands a text to the person's editor.
        """
        super().__init__()
        translate(self)
        self.paper = paper
        self.state = State(root, env)
        self.taste = taste(env)
        self.revealed = False
        self._hides: Timer | None = None
        self._took = 0.0
        self.attention = 0
        self.watcher = Watcher(root, self._stirred, lambda: max(POLL, 4 * self._took))
        self.desk = Desk(opener)
        self.owner = owner
        self.log_path = root / ".crm" / "cache" / "dash.log"
        self.version = 0
        self.failed: CrmError | None = None
        self.broken = ""
        self.busy = True
        self._dirty = asyncio.Event()
        self._looking = False
        self._acts = self._asking = 0

    # coming and going

    async def on_mount(self) -> None:
        """Show the screen that was left; the files are looked at meanwhile."""
        self._dress()
        last = str(self.state.of("app").get("screen", ""))
        await self.switch_mode(last if last in self.MODES else SCREENS[0].name)
        self.spawn(self._watch, "watch")
        self.watcher.start()

    def _dress(self) -> None:
        """Put on the theme that was worn last, else the person's own, else crmkit's."""
        self.register_theme(themes.DARK)
        self.register_theme(themes.LIGHT)
        for name, colours in self.taste.themes.items():
            try:
                self.register_theme(themes.own(name, colours))
            except (ValueError, ColorParseError):
                self.toast(_("theme {name}: a colour in it is none").format(name=name), "warning")
        if self.taste.problem:
            self.toast(self.taste.problem, "warning")
        wanted = (str(self.state.of("app").get("theme", "")), self.taste.theme, themes.DARK.name)
        self.theme = next(t for t in wanted if t in self.available_themes)
        self.set_keymap(dict(self.taste.keys))

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

    def _stirred(self) -> None:
        """Take the watching thread's word that files may have changed."""
        self.call_later(self.look)

    async def _look(self) -> None:
        begun = monotonic()
        try:
            news = await self.desk.refresh()
            self._took = monotonic() - begun
            if news or self.busy:
                self.attention = await self.desk.read(lambda session: session.index.attention())
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
        self.watcher.stop()
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
        if not isinstance(error, CrmError):
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
        if error is not None:
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
            self.state.put("app", screen=name)

    def open_customer(self, ident: str) -> None:
        """Open a customer's dossier over the screen that is seen."""
        from crmkit.tui.screens.dossier import Dossier

        self.push_screen(Dossier(ident))

    def action_new(self, kind: str) -> None:
        """Add a record of a kind."""
        from crmkit.tui import verbs

        async def add() -> None:
            await verbs.add(self, kind)

        self.begin(add())

    def action_palette(self) -> None:
        """Show every command."""
        from crmkit.tui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def action_help(self) -> None:
        """Show every key."""
        from crmkit.tui.dialogs import help as help_
        from crmkit.tui.dialogs.reader import Reader

        self.push_screen(Reader(_("Help"), help_.keys(self, self.screen)))

    def action_theme(self, name: str) -> None:
        """Put on another theme, and keep it."""
        self.theme = name
        self.state.put("app", theme=name)

    async def action_language(self, name: str) -> None:
        """Speak another language: screens are made again."""
        i18n.set_language(name)
        mode = self.current_mode
        for entry in SCREENS:
            if entry.name in self._screen_stacks and entry.name != mode:
                await self.remove_mode(entry.name)
                self.add_mode(entry.name, entry.make)
        other = next((e.name for e in SCREENS if e.name != mode), mode)
        if other != mode:
            await self.switch_mode(other)
            await self.remove_mode(mode)
            self.add_mode(mode, next(e.make for e in SCREENS if e.name == mode))
            await self.switch_mode(mode)
            await self.remove_mode(other)
            self.add_mode(other, next(e.make for e in SCREENS if e.name == other))

    def action_problems(self) -> None:
        """Show the files that need attention."""
        self.begin(self._problems())

    async def _problems(self) -> None:
        from crmkit.tui.dialogs.reader import Reader

        found = await self.desk.read(lambda session: session.index.problems())
        text = Text()
        for problem in found:
            tone = "red" if problem.severity == "error" else "yellow"
            text.append(f"{safe(str(problem))}\n", tone)
            if str(problem.hint):
                text.append(f"   {safe(str(problem.hint))}\n", "dim")
        await self.ask(Reader(_("Files that need attention"), text or Text(_("every file is in order"))))

    def reveal_for_a_while(self) -> None:
        """Show what is masked for a minute; asked again, hide it at once."""
        if self._hides is not None:
            self._hides.stop()
        self.revealed = not self.revealed
        self._hides = self.set_timer(self.SHOWN, self._hide) if self.revealed else None
        self.toast(
            _("contact details are shown for a minute") if self.revealed else _("contact details are masked")
        )
        self.news()

    def _hide(self) -> None:
        self.revealed, self._hides = False, None
        self.news()

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
            if self.busy:
                nav.say(_("reading the files …"))
            elif self.broken:
                nav.say(_("crm.yaml cannot be read"), bad=True)
            elif self.attention:
                count = self.attention
                text = ngettext("{n} file needs attention", "{n} files need attention", count)
                nav.say(text.format(n=count), bad=True)
            else:
                nav.say(_("contact details are shown") if self.revealed else "")


def _saved(done: Done) -> str:
    return _("saved: {what}  (u takes it back)").format(what=done.message or done.id)


def _fatal(error: BaseException | None, path: Path) -> str:
    kind = type(error).__name__
    text = _("this is a bug in crmkit ({kind}); your files are as they were or fully changed").format(
        kind=kind
    )
    return f"{text}\n{path}"
