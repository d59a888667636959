"""ctrl+p: every command by its name, screens, themes, languages, and customers by name or pinyin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from rich.text import Text
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from crmkit.actions.browse import named
from crmkit.i18n import _
from crmkit.tui.screens import SCREENS
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.tui.app import CrmApp

FEW = 8


class Command(NamedTuple):
    """Something that can be done: its name, what it does in other words, how."""

    label: str
    help: str
    run: Callable[[], Any]


class Commands(Provider):
    """What can be done on this screen and everywhere."""

    @property
    def crm(self) -> CrmApp:
        """The application."""
        return cast("CrmApp", self.app)

    def _all(self) -> Iterator[Command]:
        app = self.crm
        seen = set()
        for active in self.screen.active_bindings.values():
            binding, node = active.binding, active.node
            ident = binding.id or ""
            if not binding.description or not ident or ident.startswith(("grid.", "go.", "app.palette")):
                continue
            if ident not in seen:
                seen.add(ident)
                run = partial(app.run_action, binding.action, node)
                yield Command(binding.description, app.get_key_display(binding), run)
        for entry in SCREENS:
            label = _("Go to: {name}").format(name=_(entry.label))
            yield Command(label, entry.key, partial(app.run_action, f"app.go('{entry.name}')"))
        yield Command(_("New customer"), "", partial(app.run_action, "app.new('customer')"))
        yield Command(_("Files that need attention"), "", partial(app.run_action, "app.problems"))
        for name, label in (("en", "English"), ("zh", "中文")):
            text = _("Language: {name}").format(name=label)
            yield Command(text, "", partial(app.run_action, f"app.language('{name}')"))
        for theme in sorted(app.available_themes):
            text = _("Theme: {name}").format(name=theme)
            yield Command(text, "", partial(app.run_action, f"app.theme('{theme}')"))

    async def discover(self) -> Hits:
        """Offer everything while nothing is typed."""
        for command in self._all():
            yield DiscoveryHit(command.label, command.run, help=command.help or None)

    async def search(self, query: str) -> Hits:
        """Offer what fits, and the customers whose name it may be."""
        matcher = self.matcher(query)
        for command in self._all():
            score = matcher.match(command.label)
            if score > 0:
                yield Hit(score, matcher.highlight(command.label), command.run, help=command.help or None)
        ids = await self.crm.desk.read(lambda session: named(session, query, FEW))
        for number, (ident, title) in enumerate(ids):
            label = Text(_("Customer: {name}").format(name=safe(title)))
            yield Hit(0.5 - number / 100, label, partial(self.crm.open_customer, ident), help=ident)


class Palette(CommandPalette):
    """Textual's palette in the reader's language."""

    def __init__(self) -> None:
        """Offer ours alone."""
        super().__init__([Commands], placeholder=_("what do you want to do? or a customer's name"))
