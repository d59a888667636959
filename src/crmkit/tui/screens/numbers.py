"""Numbers: every report with its charts, for any period and owner, given out as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from crmkit.i18n import N_, _
from crmkit.reports import bars, wording
from crmkit.settings.words import Words
from crmkit.tui.base import BaseScreen
from crmkit.tui.keys import bind
from crmkit.tui.widgets.bar import Bar
from crmkit.tui.widgets.rows import fit
from crmkit.values.safe import safe, width

if TYPE_CHECKING:
    from crmkit.actions.form import Ask
    from crmkit.actions.session import Session
    from crmkit.reports.report import Column, Report, Section

PERIODS = (
    (N_("all time"), ""),
    (N_("this month"), "month"),
    (N_("this quarter"), "quarter"),
    (N_("this year"), "year"),
    (N_("last 12 months"), "-12m"),
)
ROWS = 50
"""Rows of a table that are shown; the file has all of them."""
WIDEST = 34
"""Columns of a cell at most."""


class Numbers(BaseScreen):
    """The reports."""

    NAME = "numbers"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("p", "period", N_("Time span"), "numbers.period"),
        bind("f", "choose", N_("From, to, query"), "numbers.choose"),
        bind("m", "mine", N_("Mine/all"), "numbers.mine"),
        bind("x", "export", N_("Export"), "numbers.export"),
    ]

    def __init__(self) -> None:
        """Begin with the pipeline of everybody, of all time."""
        super().__init__()
        self.owner = "all"
        self.period = 0
        self.ask: dict[str, str] = {}
        self.names: list[str] = []
        self.report = "pipeline"

    def body(self) -> Iterable[Widget]:
        """Put the names of the reports and the page together."""
        yield Static("", id="title-line")
        with Horizontal(id="numbers"):
            yield OptionList(id="reports")
            with VerticalScroll(id="page"):
                yield Static("", id="sheet")
        yield Bar(
            [
                ("period", N_("Time span")),
                ("choose", N_("From, to, query")),
                ("mine", N_("Mine/all")),
                ("export", N_("Export")),
            ]
        )

    def on_mount(self) -> None:
        """List the reports."""
        from crmkit.actions.report import GROUPS

        options = self.query_one("#reports", OptionList)
        for title, names in GROUPS:
            options.add_option(Option(Text(_(title), "dim"), disabled=True))
            for name in names:
                options.add_option(Option(Text(f" {name}"), id=name))
                self.names.append(name)
        options.highlighted = options.get_option_index(self.report)
        options.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the report that the cursor came to."""
        event.stop()
        if event.option_id and event.option_id != self.report:
            self.report = event.option_id
            self.query_one("#page", VerticalScroll).scroll_home(animate=False)
            self.reload()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Let the keys scroll the page."""
        event.stop()
        self.query_one("#page").focus()

    async def load(self) -> None:
        """Ask for the report."""
        wanted = self._wanted()
        title, page = await self.desk.read(lambda session: _asked(session, wanted, self._room))
        self.query_one("#title-line", Static).update(Text(title))
        self.query_one("#sheet", Static).update(page)

    @property
    def _room(self) -> int:
        return max(40, self.query_one("#page").size.width - 2)

    def on_resize(self) -> None:
        """Draw again for the new room."""
        self.reload()

    def _wanted(self) -> dict[str, str]:
        return {"name": self.report, "owner": self.owner, "period": PERIODS[self.period][1], **self.ask}

    # acts

    def action_period(self) -> None:
        """Ask for another period: all time, a month, a quarter, a year."""
        self.period = (self.period + 1) % len(PERIODS)
        self.ask.pop("first", None)
        self.ask.pop("last", None)
        self.reload()

    def action_mine(self) -> None:
        """Show mine, or everybody's."""
        self.owner = "all" if self.owner == "me" else "me"
        self.reload()

    def action_choose(self) -> None:
        """Ask for days and customers."""
        self.app.begin(self._choose())

    async def _choose(self) -> None:
        from crmkit.tui.dialogs.form import Fields

        chosen = await self.app.ask(Fields(_("Period and customers"), self._asks(), check=self._readable))
        if chosen is not None:
            self.ask = {k: v for k, v in chosen.items() if v}
            self.reload()

    def _asks(self) -> Sequence[Ask]:
        from crmkit.actions.form import Ask

        names = (("first", N_("From")), ("last", N_("To")), ("query", N_("Customers (a query)")))
        return [Ask(name, _(label), value=self.ask.get(name, "")) for name, label in names]

    async def _readable(self, values: Mapping[str, str]) -> None:
        """Raise what is wrong with what was typed."""
        wanted = {**self._wanted(), **values}
        await self.desk.read(lambda session: _report(session, wanted))

    def action_export(self) -> None:
        """Write the report to a file."""
        self.app.begin(self._export())

    async def _export(self) -> None:
        from crmkit.actions import report_file
        from crmkit.actions.form import Ask
        from crmkit.tui.dialogs.form import Fields

        wanted = self._wanted()

        async def save(values: Mapping[str, str]) -> None:
            path = Path(values.get("path", ""))
            await self.desk.read(lambda session: report_file.save(session, _report(session, wanted), path))

        asks = [
            Ask("path", _("File"), value=f"{self.report}.html", hint=".html .xlsx .md .json", required=True)
        ]
        chosen = await self.app.ask(Fields(_("Export: {name}").format(name=self.report), asks, check=save))
        if chosen is not None:
            self.app.toast(_("saved {path}").format(path=chosen["path"]))


def _report(session: Session, wanted: Mapping[str, str]) -> Report:
    from crmkit.actions import report

    first, last = _days(session, wanted.get("period", ""))
    ask = report.Ask(
        wanted.get("first") or first, wanted.get("last") or last, wanted["owner"], wanted.get("query", "")
    )
    return report.report(session, wanted["name"], ask)


def _days(session: Session, period: str) -> tuple[str, str]:
    """Return the first and the last day of a period that holds today."""
    today = session.today
    if period == "month":
        return today.replace(day=1).isoformat(), today.isoformat()
    if period == "quarter":
        return today.replace(month=today.month - (today.month - 1) % 3, day=1).isoformat(), today.isoformat()
    if period == "year":
        return today.replace(month=1, day=1).isoformat(), today.isoformat()
    return (period, today.isoformat()) if period else ("", "")


def _asked(session: Session, wanted: Mapping[str, str], room: int) -> tuple[str, Text]:
    found = _report(session, wanted)
    words = Words(session.settings)
    period = next(label for label, code in PERIODS if code == wanted.get("period", ""))
    return f"{session.today.isoformat()}  {_(period)}", page(found, words, room)


def page(found: Report, words: Words, room: int) -> Text:
    """Return a report as a page of text, `room` columns wide."""
    out = Text(safe(str(found.title)) + "\n", "bold")
    for told in found.summary:
        out.append(safe(str(told)) + "\n", "dim")
    for figure in found.figures:
        out.append(f"{_(figure.label)}  ", "dim").append(safe(wording.figure(words, figure)) + "\n", "bold")
    for section in found.sections:
        out.append("\n" + _(section.title), "bold").append(f" ({len(section.rows)})\n", "dim")
        if section.note:
            out.append(safe(str(section.note)) + "\n", "dim")
        for chart in section.charts:
            out.append("\n".join([*_chart(chart, words, room), ""]))
        out.append("\n".join([*_table(section, words, room), ""]))
    return out


def _chart(chart: Any, words: Words, room: int) -> Iterator[str]:
    lines = list(bars.draw(chart, words, room))
    if lines:
        yield from (f"  {safe(wording.label(chart.title))}", *lines, "")


def _table(section: Section, words: Words, room: int) -> Iterator[str]:
    """Yield the rows of a section, as many columns as find room."""
    rows = [*section.rows[:ROWS], *([section.total] if section.total is not None else [])]
    if not rows:
        return
    cells = [[_cell(words, column, row) for column in section.columns] for row in rows]
    heads = [_(column.label) for column in section.columns]
    sizes = [min(WIDEST, max(width(line[n]) for line in (heads, *cells))) for n in range(len(heads))]
    while sum(sizes) + 2 * len(sizes) > room and len(sizes) > 1:
        widest = max(range(len(sizes)), key=sizes.__getitem__)
        if sizes[widest] > 10:
            sizes[widest] -= 1
        else:
            sizes.pop()
    right = [column.type in wording.FIGURES for column in section.columns]
    for line in (heads, *cells):
        yield "  ".join(fit(line[n], size, right=right[n]) for n, size in enumerate(sizes)).rstrip()
    if len(section.rows) > ROWS:
        yield _("and {n} more: Export has them all").format(n=len(section.rows) - ROWS)


def _cell(words: Words, column: Column, row: Mapping[str, Any]) -> str:
    return safe(wording.cell(words, column, row)).replace("\n", " ")
