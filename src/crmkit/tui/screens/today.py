"""Today: who must be contacted, by when and why; beside it the customer's card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from crmkit.errors import UsageError
from crmkit.i18n import N_, _, language
from crmkit.settings.words import Words, moment, when_words
from crmkit.tui import verbs
from crmkit.tui.base import BaseScreen
from crmkit.tui.keys import bind
from crmkit.tui.widgets.bar import Bar
from crmkit.tui.widgets.card import CardPanel, at_a_glance
from crmkit.tui.widgets.grid import Grid
from crmkit.tui.widgets.rows import Cell, Column, Line, Lines
from crmkit.tui.widgets.search import Search
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.due import DueRow
    from crmkit.actions.session import Session

STATES = {"overdue": (N_("Overdue"), "bad"), "today": (N_("Today"), "warn"), "soon": (N_("Coming"), "good")}
WINDOWS = ("", "7d", "30d")
NARROW = 100
"""Columns below which the card is hidden."""


class Today(BaseScreen):
    """What is due."""

    NAME = "today"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("d", "done", N_("Done"), "today.done"),
        bind("s", "snooze", N_("Snooze"), "today.snooze"),
        bind("a", "assign", N_("Reassign"), "today.assign"),
        bind("c,space", "card", N_("Card"), "today.card"),
        bind("l", "log", N_("Log"), "today.log", show=False),
        bind("slash", "search", N_("Search"), "today.search"),
        bind("v", "reveal", N_("Reveal"), "today.reveal", show=False),
        bind("m", "mine", N_("Mine/all"), "today.mine"),
        bind("w", "window", N_("Look ahead"), "today.window"),
    ]

    def __init__(self) -> None:
        """Begin with the rows of whom the program was asked for."""
        super().__init__()
        self.owner = self.app.owner
        self.within = ""
        self.query_text = ""
        self.rows: dict[str, DueRow] = {}

    def body(self) -> Iterable[Widget]:
        """Put the list, the card and the buttons together."""
        yield Static("", id="title-line")
        yield Search(_("find among them: a name, or tier:A channel:phone"), id="search")
        with Horizontal(id="main"):
            yield Grid(id="due", empty=_("Nothing is due. m shows everybody's, w looks further ahead."))
            yield CardPanel(id="side")
        yield Static("", id="peek")
        yield Bar(
            [
                ("done", N_("Done")),
                ("snooze", N_("Snooze")),
                ("assign", N_("Reassign")),
                ("card", N_("Card")),
                ("open", N_("Open")),
                ("undo", N_("Undo")),
            ]
        )

    @property
    def grid(self) -> Grid:
        """The list."""
        return self.query_one("#due", Grid)

    def on_mount(self) -> None:
        """Count clocks down, and let the day turn."""
        self.grid.focus()
        self.set_interval(20, self._tick)

    def _tick(self) -> None:
        if self.is_current:
            self.reload()

    # what is shown

    async def load(self) -> None:
        """Ask what is due."""
        owner, within, query = self.owner, self.within, self.query_text
        search = self.query_one(Search)
        try:
            rows, lines, title = await self.desk.read(lambda session: _asked(session, owner, within, query))
        except UsageError as error:
            search.add_class("-wrong")
            self.query_one("#title-line", Static).update(Text(safe(str(error)), "red"))
            return
        search.remove_class("-wrong")
        self.rows = rows
        self.grid.show(Lines(lines), _columns())
        self.query_one("#title-line", Static).update(Text(title))
        self._show_card()

    def on_grid_moved(self) -> None:
        """Show the card of the customer that the cursor came to."""
        self._show_card()

    def _show_card(self) -> None:
        self.query_one("#peek", Static).update(self._peek())
        if self.size.width >= NARROW:
            self.spawn(self._card_beside, "card")

    def _peek(self) -> Text:
        """Return in two lines what the columns had to cut off: why, whom, and by which number."""
        row = self.rows.get(self.grid.key)
        if row is None:
            return Text("")
        text = Text(safe(str(row.row.reason)) + "\n", overflow="ellipsis", no_wrap=True)
        return text.append(safe("  ".join(v for v in row.contact.values() if v)))

    async def _card_beside(self) -> None:
        import asyncio

        await asyncio.sleep(0.03)
        text = await self._card_of(self.grid.key)
        self.query_one(CardPanel).show(text)

    async def _card_of(self, key: str) -> Text:
        row = self.rows.get(key)
        if row is None:
            return Text("")
        if row.of_team:
            return Text(str(row.row.reason))
        reveal = self.app.revealed
        return await self.desk.read(lambda session: at_a_glance(session, key, reveal=reveal))

    def on_resize(self) -> None:
        """Hide the card where there is no room for it."""
        self.query_one("#side").display = self.size.width >= NARROW
        self.query_one("#peek").display = self.size.width < NARROW
        self._show_card()

    # acts

    def on_grid_chosen(self) -> None:
        """Open the customer."""
        self.action_open()

    def action_open(self) -> None:
        """Open the customer's dossier."""
        row = self.rows.get(self.grid.key)
        if row is not None and not row.of_team:
            self.app.open_customer(row.row.customer)

    def action_card(self) -> None:
        """Show the card over the list."""
        if self.grid.key:
            self.app.begin(self._card(self.grid.key))

    async def _card(self, key: str) -> None:
        from crmkit.tui.dialogs.reader import Reader

        await self.app.ask(Reader(_("Card"), await self._card_of(key)))

    def action_done(self) -> None:
        """Answer the row."""
        if self.grid.key:
            key = self.grid.key
            self.app.begin(verbs.done(self.app, key, self._whose(key), self._about(key)))

    def action_snooze(self) -> None:
        """Put the row off."""
        if self.grid.key:
            key = self.grid.key
            self.app.begin(verbs.snooze(self.app, key, self._whose(key), self._about(key)))

    def action_assign(self) -> None:
        """Give the row to somebody else."""
        if self.grid.key:
            self.app.begin(self._assign(self.grid.key))

    async def _assign(self, key: str) -> None:
        from crmkit.actions import form, reassign
        from crmkit.tui.dialogs.confirm import Pick

        row = self.rows[key]
        people = await self.desk.read(form.people)
        who = await self.app.ask(Pick(_("Who takes it over?"), people, row.row.owner))
        if who:
            await self.app.act(
                lambda session: reassign.reassign(session, key, who), _("now with {who}").format(who=who)
            )

    def action_log(self) -> None:
        """Log a contact with the customer."""
        row = self.rows.get(self.grid.key)
        if row is not None and not row.of_team:
            self.app.begin(verbs.log(self.app, row.row.customer))

    def action_search(self) -> None:
        """Find among the rows."""
        search = self.query_one(Search)
        search.display = True
        search.focus()

    def on_search_asked(self, event: Search.Asked) -> None:
        """Show the rows that fit."""
        if event.text != self.query_text:
            self.query_text = event.text
            self.reload()

    def on_search_left(self) -> None:
        """Go back to the rows."""
        search = self.query_one(Search)
        search.display = bool(search.value)
        self.grid.focus()

    def action_reveal(self) -> None:
        """Show contact details for a minute."""
        self.app.reveal_for_a_while()

    def action_mine(self) -> None:
        """Show mine, or everybody's."""
        self.owner = "all" if self.owner == "me" else "me"
        self.reload()

    def action_window(self) -> None:
        """Look further ahead: tomorrow, a week, a month."""
        self.within = WINDOWS[(WINDOWS.index(self.within) + 1) % len(WINDOWS)]
        self.reload()

    def action_undo(self) -> None:
        """Take back the last change."""
        self.app.action_undo()

    def _whose(self, key: str) -> str:
        row = self.rows[key].row
        return row.customer_name or row.customer

    def _about(self, key: str) -> Text:
        row = self.rows[key]
        text = Text(f"{moment(row.row.due_text)} {when_words(row.days)}  ", "dim")
        return text.append(str(row.row.reason), "")


def _columns() -> Sequence[Column]:
    return (
        Column("when", _("When"), 13),
        Column("customer", _("Customer"), 14, flex=2),
        Column("reason", _("Reason"), 16, flex=4),
        Column("channel", _("Channel"), 9, below=70),
        Column("tier", _("Tier"), 4, below=90),
        Column("owner", _("Owner"), 8, below=60),
    )


def _asked(
    session: Session, owner: str, within: str, query: str
) -> tuple[dict[str, DueRow], list[Line], str]:
    """Return the rows by id, the lines of the list, and what stands above it."""
    from crmkit.actions.due import due

    rows = due(session, query, within, owner)
    order = list(STATES)
    rows.sort(key=lambda r: order.index(r.state))
    words = Words(session.settings)
    lines: list[Line] = []
    for state, group in groupby(rows, key=lambda r: r.state):
        members = list(group)
        title, tone = STATES[state]
        lines.append(Line("", heading=f"{_(title)} ({len(members)})", tone=tone))
        lines += (_line(session, row, words, tone) for row in members)
    mine = owner == "me" and not session.settings.solo
    whose = session.actor_name if mine else _("everybody") if owner in {"me", "all"} else owner
    ahead = {"": _("until tomorrow"), "7d": _("for a week"), "30d": _("for a month")}[within]
    title = f"{session.today.isoformat()}  {whose}  {ahead}"
    return {r.row.id: r for r in rows}, lines, title


def _line(session: Session, row: DueRow, words: Words, tone: str) -> Line:
    data = row.row
    comma = "、" if language() == "zh" else ", "
    ways = comma.join(words.label("channel", c) for c in data.channels)
    role = session.settings.roles.get(data.owner, {})
    owner = str(role.get("label_zh" if language() == "zh" else "label") or data.owner)
    name = "" if row.of_team else data.customer_name or data.customer
    return Line(
        data.id,
        (
            Cell(clock(session, row), tone if row.state != "soon" else ""),
            Cell(name, "strong"),
            Cell(str(data.reason)),
            Cell(ways, "dim"),
            Cell("" if row.of_team else data.tier),
            Cell(owner, "dim"),
        ),
    )


def clock(session: Session, row: DueRow) -> str:
    """Return when it is due; a clock counts down by the minute."""
    at = row.row.due_at
    if at is None or session.whole_day:
        clock = f"{at:%H:%M} " if at is not None and row.days == 0 else ""
        return clock + when_words(row.days) if row.days >= -1 else row.row.due_on.isoformat()
    if abs(row.days) > 1:
        return when_words(row.days)
    return countdown(at, session.now)


def countdown(at: datetime, now: datetime) -> str:
    """Return how long a clock has left, or by how much it has run over."""
    minutes = round((at - now).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    span = f"{hours}:{rest:02}"
    return (_("{time} left") if minutes >= 0 else _("{time} over")).format(time=span)
