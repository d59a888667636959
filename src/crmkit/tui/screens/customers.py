"""Customers: all of them, found as one types; saved views beside each other; many changed at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Static

from crmkit.actions.browse import Listed, browse, cells, views
from crmkit.actions.listing import Choice
from crmkit.errors import CrmError
from crmkit.i18n import N_, _, ngettext
from crmkit.tui import verbs
from crmkit.tui.base import BaseScreen
from crmkit.tui.keys import bind
from crmkit.tui.widgets.bar import Bar
from crmkit.tui.widgets.grid import Grid
from crmkit.tui.widgets.rows import Cell, Column, Line, Paged
from crmkit.tui.widgets.search import Search
from crmkit.tui.widgets.tabs import Tabs
from crmkit.values.safe import safe

KIND = "customer"
WIDTHS = {"id": 11, "name": 18, "tier": 9, "owner": 8}
"""Columns of a terminal that fields want; others 10."""
DRAFT = 17
"""Columns that the number of a draft wants."""
FLEX = {"name": 3, "contacts.name": 1, "tags": 1, "note": 2}


class Customers(BaseScreen):
    """All customers."""

    NAME = "customers"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("slash", "search", N_("Search"), "customers.search"),
        bind("n", "add", N_("New"), "customers.add"),
        bind("e", "edit", N_("Edit"), "customers.edit"),
        bind("E", "editor", N_("Editor"), "customers.editor", show=False),
        bind("t", "tag", N_("Tag"), "customers.tag"),
        bind("a", "hand_over", N_("Hand over"), "customers.hand_over"),
        bind("l", "log", N_("Log"), "customers.log"),
        bind("p", "plan", N_("Plan"), "customers.plan", show=False),
        bind("v", "reveal", N_("Reveal"), "customers.reveal", show=False),
        bind("o", "order", N_("Sort"), "customers.order", show=False),
        bind("delete", "remove", N_("Remove"), "customers.remove", show=False),
        bind("left_square_bracket", "view(-1)", N_("View before"), "customers.view_before", show=False),
        bind("right_square_bracket", "view(1)", N_("Next view"), "customers.view_next", show=False),
        bind("escape", "clear", N_("Clear"), "customers.clear", show=False),
    ]

    def __init__(self) -> None:
        """Begin where the book was left."""
        super().__init__()
        state = self.app.state.of(self.NAME)
        self.view = str(state.get("view", ""))
        self.sort = str(state.get("sort", ""))
        self.query_text = ""
        self.ids: dict[str, str] = {}
        self.listed: Listed | None = None

    def body(self) -> Iterable[Widget]:
        """Put views, search, list and buttons together."""
        yield Tabs(id="views")
        yield Search(_("name, pinyin, initials, phone, or tier:A region:华东 -tag:旧"), id="search")
        grid = Grid(
            id="list", marking=True, empty=_("Nobody is found. esc clears the search, n adds a customer.")
        )
        grid.widths = self.app.state.widths(self.NAME)
        yield grid
        yield Static("", id="count")
        yield Bar(
            [
                ("add", N_("New")),
                ("open", N_("Open")),
                ("edit", N_("Edit")),
                ("log", N_("Log")),
                ("tag", N_("Tag")),
                ("hand_over", N_("Hand over")),
                ("undo", N_("Undo")),
            ]
        )

    @property
    def grid(self) -> Grid:
        """The list."""
        return self.query_one("#list", Grid)

    def on_mount(self) -> None:
        """Begin in the list."""
        self.grid.focus()

    # what is shown

    async def load(self) -> None:
        """Ask which customers there are, in their order; their cells come when they are seen."""
        choice, view = Choice(self.query_text, self.sort), self.view
        names = await self.desk.read(lambda session: views(session, KIND))
        if view not in names:
            view = self.view = ""
        self.query_one(Tabs).show([("", _("All")), *((name, f"@{name}") for name in names)], view)
        search = self.query_one(Search)
        try:
            listed = await self.desk.read(lambda session: browse(session, KIND, choice, view))
        except CrmError as error:
            search.add_class("-wrong")
            self._count(str(error), wrong=True)
            return
        search.remove_class("-wrong")
        self.listed = listed
        self.ids = dict(listed.keys)
        source = Paged([path for path, _id in listed.keys], self._want)
        columns = _columns(listed)
        first = source.head(self.grid.size.height + self.grid.scroll_offset.y)
        if first:
            source.add(await self._lines(listed, first))
        self.grid.show(source, columns, listed.sort)
        self._count()

    def _want(self, paths: Sequence[str]) -> None:
        listed, source = self.listed, self.grid.source
        if listed is not None and isinstance(source, Paged):
            self.spawn_more(lambda: self._fetch(listed, source, paths))

    async def _fetch(self, listed: Listed, source: Paged, paths: Sequence[str]) -> None:
        source.add(await self._lines(listed, paths))
        if self.grid.source is source:
            self.grid.redraw()

    async def _lines(self, listed: Listed, paths: Sequence[str]) -> dict[str, Line]:
        columns, reveal = listed.columns, self.app.revealed
        found = await self.desk.read(lambda session: cells(session, KIND, columns, paths, reveal=reveal))
        names = [c.name for c in columns]
        return {
            path: Line(path, [Cell(text, _tone(name)) for name, text in zip(names, row, strict=True)])
            for path, row in found.items()
        }

    def _count(self, text: str = "", *, wrong: bool = False) -> None:
        count = len(self.grid.source)
        words = text or ngettext("{n} customer", "{n} customers", count).format(n=count)
        if self.grid.marks and not wrong:
            marked = len(self.grid.marks)
            words += "  " + ngettext("{n} marked", "{n} marked", marked).format(n=marked)
        line = self.query_one("#count", Static)
        line.update(Text(safe(words)))
        line.set_class(wrong, "-wrong")

    def on_search_asked(self, event: Search.Asked) -> None:
        """Find what was typed."""
        if event.text != self.query_text:
            self.query_text = event.text
            self.reload()

    def on_search_left(self) -> None:
        """Go to the list."""
        self.grid.focus()

    def on_tabs_chosen(self, event: Tabs.Chosen) -> None:
        """Show another view."""
        self.view, self.sort = event.key, ""
        self.app.state.put(self.NAME, view=self.view, sort="")
        self.reload()

    def on_grid_sorted(self, event: Grid.Sorted) -> None:
        """Sort by another column."""
        self.sort = event.sort
        self.app.state.put(self.NAME, sort=self.sort)
        self.reload()

    def on_grid_marked(self) -> None:
        """Count the marked ones."""
        self._count()

    def on_grid_resized(self) -> None:
        """Keep the widths of the columns."""
        self.app.state.put(self.NAME, widths=self.grid.widths)

    def on_grid_chosen(self) -> None:
        """Open the customer."""
        self.action_open()

    # acts

    @property
    def chosen(self) -> list[str]:
        """The customers that an act is about: the marked ones, else the one under the cursor."""
        return [self.ids[path] for path in self.grid.chosen if path in self.ids]

    @property
    def here(self) -> str:
        """The customer under the cursor, "" for none."""
        return self.ids.get(self.grid.key, "")

    def action_search(self) -> None:
        """Go to the search line."""
        self.query_one(Search).focus()

    def action_clear(self) -> None:
        """Take away the marks; without any the search."""
        if self.grid.marks:
            self.grid.clear_marks()
        elif self.query_text:
            self.query_one(Search).value = ""

    def action_view(self, by: int) -> None:
        """Go to the view beside."""
        self.query_one(Tabs).step(by)

    def action_order(self) -> None:
        """Sort by the next column."""
        names = [c.sort for c in self.grid.columns if c.sort]
        now = self.sort.lstrip("-")
        if self.sort and not self.sort.startswith("-"):
            self.sort = f"-{now}"
        else:
            self.sort = names[(names.index(now) + 1) % len(names)] if now in names else names[0]
        self.app.state.put(self.NAME, sort=self.sort)
        self.reload()

    def action_open(self) -> None:
        """Open the dossier."""
        if self.here:
            self.app.open_customer(self.here)

    def action_add(self) -> None:
        """Add a customer."""
        self.app.begin(self._add())

    async def _add(self) -> None:
        done = await verbs.add(self.app, KIND)
        if done is not None:
            await self.load()
            self.grid.go(done.path)

    def action_edit(self) -> None:
        """Edit the customer in a form."""
        if self.here:
            self.app.begin(verbs.edit(self.app, self.here))

    def action_editor(self) -> None:
        """Edit the customer's file in an editor."""
        if self.here:
            self.app.begin(verbs.in_editor(self.app, self.here))

    def action_tag(self) -> None:
        """Tag the chosen ones."""
        if self.chosen:
            self.app.begin(verbs.tag(self.app, self.chosen))

    def action_hand_over(self) -> None:
        """Give the chosen ones to somebody else."""
        if self.chosen:
            self.app.begin(verbs.hand_over(self.app, self.chosen))

    def action_log(self) -> None:
        """Log a contact."""
        if self.here:
            self.app.begin(verbs.log(self.app, self.here))

    def action_plan(self) -> None:
        """Plan a follow-up."""
        if self.here:
            self.app.begin(verbs.plan(self.app, self.here))

    def action_remove(self) -> None:
        """Remove the customer, after a question."""
        if self.here:
            self.app.begin(verbs.remove(self.app, self.here, self.here))

    def action_reveal(self) -> None:
        """Show contact details for a minute."""
        self.app.reveal_for_a_while()

    def action_undo(self) -> None:
        """Take back the last change."""
        self.app.action_undo()


def _columns(listed: Listed) -> list[Column]:
    found = []
    for at, column in enumerate(listed.columns):
        name, label = column.name, _(column.label)
        below = 0 if at < 5 else 30 + 10 * at
        found.append(
            Column(
                name,
                label,
                max(_width(listed, name), min(12, cell_len(label))),
                FLEX.get(name, 0),
                below=below,
                sort=name,
            )
        )
    return found if any(c.flex for c in found) else [*found[:-1], found[-1]._replace(flex=1)]


def _width(listed: Listed, name: str) -> int:
    if name == "id" and any(ident.startswith("draft") for _path, ident in listed.keys):
        return DRAFT
    return WIDTHS.get(name, 10)


def _tone(name: str) -> str:
    return "strong" if name == "name" else "dim" if name == "id" else ""
