"""A customer's dossier: what to know, what is due, everything that happened, and all that can be done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from crmkit.actions.dossier import Part, Whole, changes, dossier, told
from crmkit.errors import NotFound
from crmkit.i18n import N_, _
from crmkit.settings.words import when_words
from crmkit.tui import verbs
from crmkit.tui.base import BaseScreen
from crmkit.tui.keys import bind
from crmkit.tui.widgets.bar import Bar
from crmkit.tui.widgets.card import CardPanel, at_a_glance
from crmkit.tui.widgets.grid import Grid
from crmkit.tui.widgets.rows import Cell, Column, Line, Lines
from crmkit.tui.widgets.tabs import Tabs
from crmkit.values.safe import safe

NARROW = 100
OVERVIEW, DUE, HISTORY = "overview", "due", "history"
NEW = ("followup", "opportunity", "feedback", "order", "contract", "plan", "survey")


class Dossier(BaseScreen):
    """One customer."""

    NAME = "dossier"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape,backspace", "leave", N_("Back"), "dossier.leave"),
        bind("l", "log", N_("Log"), "dossier.log"),
        bind("p", "plan", N_("Plan"), "dossier.plan"),
        bind("e", "edit", N_("Edit"), "dossier.edit"),
        bind("n", "add", N_("New"), "dossier.add"),
        bind("d", "done", N_("Done"), "dossier.done", show=False),
        bind("E", "editor", N_("Editor"), "dossier.editor", show=False),
        bind("t", "tag", N_("Tag"), "dossier.tag", show=False),
        bind("a", "hand_over", N_("Hand over"), "dossier.hand_over", show=False),
        bind("v", "reveal", N_("Reveal"), "dossier.reveal"),
        bind("S", "secret", N_("Secret"), "dossier.secret", show=False),
        bind("delete", "remove", N_("Remove"), "dossier.remove", show=False),
        bind("left_square_bracket,shift+tab,H", "part(-1)", N_("Part before"), "dossier.before", show=False),
        bind("right_square_bracket,tab,L", "part(1)", N_("Next part"), "dossier.next"),
    ]

    def __init__(self, ident: str) -> None:
        """Show the dossier of the customer `ident`."""
        super().__init__()
        self.ident = ident
        self.part = OVERVIEW
        self.whole: Whole | None = None

    def body(self) -> Iterable[Widget]:
        """Put heading, parts, list and card together."""
        yield Static("", id="title-line")
        yield Tabs(id="parts")
        with Horizontal(id="main"):
            yield Grid(id="rows", empty=_("nothing here yet; n adds something"))
            yield CardPanel(id="side")
        yield Bar(
            [
                ("leave", N_("Back")),
                ("log", N_("Log")),
                ("plan", N_("Plan")),
                ("edit", N_("Edit")),
                ("add", N_("New")),
                ("reveal", N_("Reveal")),
                ("undo", N_("Undo")),
            ]
        )

    @property
    def grid(self) -> Grid:
        """The list."""
        return self.query_one("#rows", Grid)

    def on_mount(self) -> None:
        """Begin in the list."""
        self.grid.focus()

    # what is shown

    async def load(self) -> None:
        """Ask for everything of the customer; one that is gone is left."""
        ident, reveal = self.ident, self.app.revealed
        try:
            self.whole = await self.desk.read(lambda session: dossier(session, ident, reveal=reveal))
        except NotFound as error:
            self.app.fault(error)
            self.dismiss(None)
            return
        names = [(OVERVIEW, _("Overview")), (DUE, f"{_('Due')} {len(self.whole.due)}")]
        names += [(p.name, f"{_(p.label)} {len(p.rows)}") for p in self.whole.parts]
        names.append((HISTORY, _("History")))
        if self.part not in dict(names):
            self.part = OVERVIEW
        self.query_one(Tabs).show(names, self.part)
        doc = self.whole.page.doc
        title = [str(doc.get("name") or ident), ident, str(doc.get("owner") or "")]
        self.query_one("#title-line", Static).update(Text(safe("  ".join(t for t in title if t)), "bold"))
        self._show()

    def _show(self) -> None:
        if self.whole is None:
            return
        overview = self.part == OVERVIEW
        wide = self.size.width >= NARROW
        self.grid.display = not overview or wide
        side = self.query_one(CardPanel)
        side.display = overview or wide
        side.can_focus = overview and not wide
        if side.can_focus and self.grid.has_focus:
            side.focus()
        if overview and wide:
            self._rows("timeline")
        elif not overview:
            self._rows(self.part)
        self._beside()

    def _rows(self, name: str) -> None:
        whole = self.whole
        if whole is None:
            return
        if name == DUE:
            columns = [Column("when", _("When"), 14), Column("reason", _("Reason"), 20, 1)]
            lines = [
                Line(r.row.id, (Cell(when_words(r.days), _TONES.get(r.state, "")), Cell(str(r.row.reason))))
                for r in whole.due
            ]
            self.grid.show(Lines(lines), columns)
            return
        if name == HISTORY:
            self.spawn(self._history, "history")
            return
        part = next((p for p in whole.parts if p.name == name), None)
        if part is not None:
            self._part(part)

    def _part(self, part: Part) -> None:
        columns = [
            Column(str(n), label, width, flex, below=0 if n < 4 else 50 + 12 * n)
            for n, (label, width, flex) in enumerate(part.columns)
        ]
        self.grid.show(Lines([Line(key, [Cell(c) for c in cells]) for key, cells in part.rows]), columns)

    async def _history(self) -> None:
        """Ask git for every change; that takes its time, so it is not the reading thread that waits."""
        ident, reveal = self.ident, self.app.revealed
        part = await self.desk.write(lambda session: changes(session, ident, reveal=reveal))
        if self.part == HISTORY:
            self._part(part)

    def _beside(self) -> None:
        if self.query_one("#side").display:
            self.spawn(self._card, "card")

    async def _card(self) -> None:
        key, ident, reveal = self.record, self.ident, self.app.revealed
        if self.part == OVERVIEW or not key:
            text = await self.desk.read(lambda session: at_a_glance(session, ident, reveal=reveal))
        else:
            text = _told(await self.desk.read(lambda session: told(session, key, reveal=reveal)))
        self.query_one(CardPanel).show(text)

    @property
    def record(self) -> str:
        """The record under the cursor, "" where there is none (a contact, a file, a due row)."""
        key = self.grid.key
        if self.part in {OVERVIEW, DUE} and not (self.part == OVERVIEW and self.grid.display):
            return ""
        return "" if "/" in key or "." in key else key

    def on_grid_moved(self) -> None:
        """Show the record that the cursor came to."""
        if self.part != OVERVIEW:
            self._beside()

    def on_tabs_chosen(self, event: Tabs.Chosen) -> None:
        """Show another part."""
        self.part = event.key
        self._show()
        if self.grid.display:
            self.grid.focus()

    def on_resize(self) -> None:
        """Put list and card beside each other where there is room."""
        self._show()

    def on_grid_chosen(self) -> None:
        """Show the record in full; answer what is due."""
        if self.part == DUE:
            self.action_done()
        elif self.record:
            self.app.begin(self._read(self.record))
        elif self.grid.key.startswith("contacts."):
            self.action_edit()

    async def _read(self, key: str) -> None:
        from crmkit.tui.dialogs.reader import Reader

        reveal = self.app.revealed
        found = await self.desk.read(lambda session: told(session, key, reveal=reveal))
        await self.app.ask(Reader(key, _told(found)))

    # acts

    def action_leave(self) -> None:
        """Go back to where the dossier was opened."""
        self.dismiss(None)

    def action_part(self, by: int) -> None:
        """Go to the part beside."""
        self.query_one(Tabs).step(by)

    def action_log(self) -> None:
        """Log a contact."""
        self.app.begin(verbs.log(self.app, self.ident))

    def action_plan(self) -> None:
        """Plan a follow-up."""
        self.app.begin(verbs.plan(self.app, self.ident))

    def action_edit(self) -> None:
        """Edit the record under the cursor, else the customer."""
        key = self.grid.key if self.part not in {OVERVIEW, DUE} else ""
        first = f"{key}.name" if key.startswith("contacts.") else ""
        target = self.record if self.part not in {OVERVIEW, DUE} else ""
        self.app.begin(verbs.edit(self.app, target or self.ident, first))

    def action_editor(self) -> None:
        """Edit the file of the record under the cursor, else the customer's."""
        target = self.record if self.part not in {OVERVIEW, DUE} else ""
        self.app.begin(verbs.in_editor(self.app, target or self.ident))

    def action_add(self) -> None:
        """Add a record beside the customer."""
        self.app.begin(self._add())

    async def _add(self) -> None:
        from crmkit.tui.dialogs.confirm import Pick

        kinds = await self.desk.read(lambda s: [(k, _(s.catalog.kinds[k].label)) for k in NEW])
        kind = self.part if self.part in NEW else await self.app.ask(Pick(_("Add what?"), kinds))
        if kind == "followup":
            await verbs.plan(self.app, self.ident)
        elif kind:
            await verbs.add(self.app, kind, self.ident)

    def action_done(self) -> None:
        """Answer the due row under the cursor, or the planned follow-up."""
        key = self.grid.key
        if key and (self.part in {DUE, "followup"}):
            self.app.begin(verbs.done(self.app, key))

    def action_tag(self) -> None:
        """Tag the customer."""
        self.app.begin(verbs.tag(self.app, [self.ident]))

    def action_hand_over(self) -> None:
        """Give the customer to somebody else."""
        self.app.begin(verbs.hand_over(self.app, [self.ident]))

    def action_remove(self) -> None:
        """Remove the record under the cursor, else the customer."""
        target = self.record if self.part not in {OVERVIEW, DUE} else ""
        self.app.begin(verbs.remove(self.app, target or self.ident, target or self.ident))

    def action_reveal(self) -> None:
        """Show contact details for a minute."""
        self.app.reveal_for_a_while()

    def action_secret(self) -> None:
        """Show a secret for a minute."""
        target = self.record if self.part not in {OVERVIEW, DUE} else ""
        self.app.begin(verbs.secret(self.app, target or self.ident))

    def action_undo(self) -> None:
        """Take back the last change."""
        self.app.action_undo()


_TONES = {"overdue": "bad", "today": "warn", "soon": "good"}


def _told(fields: list[tuple[str, str]]) -> Text:
    room = min(16, max((cell_len(label) for label, _text in fields), default=0))
    out = Text()
    for label, text in fields:
        out.append(safe(label) + " " * max(1, room + 1 - cell_len(label)), "dim")
        lines = safe(text, newlines=True).split("\n")
        out.append(lines[0] + "\n")
        for line in lines[1:]:
            out.append(" " * (room + 1) + line + "\n")
    return out
