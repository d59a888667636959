"""Feedback: complaints by the clock that runs out next, the rest by age; how satisfied people were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from crmkit.i18n import N_, _
from crmkit.settings.words import Words, moment
from crmkit.tui.base import SharedScreen, title_of
from crmkit.tui.keys import bind
from crmkit.tui.screens.today import clock
from crmkit.tui.widgets.bar import Bar
from crmkit.tui.widgets.card import CardPanel
from crmkit.tui.widgets.grid import Grid
from crmkit.tui.widgets.rows import Cell, Column, Line, Lines
from crmkit.values.hide import hidden
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.service import Case, Cases
    from crmkit.actions.session import Session

STEPS = {"respond": N_("Respond"), "resolve": N_("Resolve"), "revisit": N_("Revisit")}


class Feedback(SharedScreen):
    """What customers said and complained of, and what is still to be done about it."""

    NAME = "feedback"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("r", "step('respond')", N_("Respond"), "feedback.respond"),
        bind("s", "step('resolve')", N_("Resolve"), "feedback.resolve"),
        bind("v", "step('revisit')", N_("Revisit"), "feedback.revisit"),
        bind("c", "helpers", N_("Collaborators"), "feedback.helpers"),
        bind("a", "assign", N_("Reassign"), "feedback.assign"),
    ]

    def __init__(self) -> None:
        """Nothing is known yet."""
        super().__init__()
        self.found: dict[str, Case] = {}

    def body(self) -> Iterable[Widget]:
        """Put the list, what stands in the case, and the buttons together."""
        yield Static("", id="title-line")
        with Horizontal(id="main"):
            yield Grid(id="cases", empty=_("No feedback is open. m shows everybody's."))
            yield CardPanel(id="side")
        yield Bar(
            [
                ("step('respond')", N_("Respond")),
                ("step('resolve')", N_("Resolve")),
                ("step('revisit')", N_("Revisit")),
                ("helpers", N_("Collaborators")),
                ("assign", N_("Reassign")),
                ("open", N_("Open")),
            ]
        )

    @property
    def grid(self) -> Grid:
        """The list."""
        return self.query_one("#cases", Grid)

    def on_mount(self) -> None:
        """Count clocks down."""
        self.grid.focus()
        self.set_interval(20, self._tick)

    def _tick(self) -> None:
        if self.is_current:
            self.reload()

    # what is shown

    async def load(self) -> None:
        """Ask what is open."""
        owner = self.owner
        found, lines, title = await self.desk.read(lambda session: _asked(session, owner))
        self.found = found
        self.grid.show(Lines(lines), _columns())
        self.query_one("#title-line", Static).update(Text(title))
        self.look_beside()

    def on_grid_moved(self) -> None:
        """Show the case that the cursor came to."""
        self.look_beside()

    def beside(self) -> Callable[[Session], Text] | None:
        """Return what stands in the case under the cursor."""
        case = self.found.get(self.grid.key)
        return None if case is None else lambda session: told(session, case)

    # acts

    def on_grid_chosen(self) -> None:
        """Open the case."""
        self.action_open()

    def action_open(self) -> None:
        """Show the case over the list."""
        if case := self.found.get(self.grid.key):
            self.app.begin(self._open(case))

    async def _open(self, case: Case) -> None:
        from crmkit.tui.dialogs.reader import Reader

        text = await self.desk.read(lambda session: told(session, case))
        await self.app.ask(Reader(_("Feedback"), text))

    def action_step(self, step: str) -> None:
        """Take a step: respond, resolve, revisit."""
        if self.grid.key:
            self.app.begin(self._step(self.grid.key, step))

    async def _step(self, key: str, step: str) -> None:
        from crmkit.actions import service
        from crmkit.tui.dialogs.form import Form

        asks = await self.desk.read(lambda session: service.to_answer(session, key, step))
        form = Form(
            f"{_(STEPS[step])}: {self.found[key].row.customer_name}",
            asks,
            lambda session, values: service.answer(session, key, step, values),
            about=str(self.found[key].row.doc.get("content") or ""),
        )
        await self.app.ask(form)

    def action_helpers(self) -> None:
        """Let colleagues of other departments see the case as well (R-004-05)."""
        if self.grid.key:
            self.app.begin(self._form(self.grid.key, "collaborators"))

    def action_assign(self) -> None:
        """Give the case to somebody else."""
        if self.grid.key:
            self.app.begin(self._form(self.grid.key, "owner"))

    async def _form(self, key: str, field: str) -> None:
        from crmkit.actions import form
        from crmkit.actions.set import set_fields
        from crmkit.tui.dialogs.form import Form

        doc = self.found[key].row.doc
        ask = await self.desk.read(lambda session: form.ask(session, "feedback", field, doc.get(field)))
        dialog = Form(
            self.found[key].row.customer_name,
            [ask],
            lambda session, values: set_fields(session, [key], [f"{field}={values.get(field, '')}"]),
            about=str(doc.get("content") or ""),
        )
        await self.app.ask(dialog)


def _columns() -> Sequence[Column]:
    return (
        Column("clock", _("Clock"), 14),
        Column("customer", _("Customer"), 14, flex=2),
        Column("content", _("Feedback content"), 16, flex=4),
        Column("status", _("Handling status"), 10, below=70),
        Column("priority", _("Priority"), 6, below=96),
        Column("owner", _("Owner"), 8, below=60),
    )


def _asked(session: Session, owner: str) -> tuple[dict[str, Case], list[Line], str]:
    from crmkit.actions.service import cases

    found = cases(session, owner)
    words = Words(session.settings)
    lines: list[Line] = []
    for title, members, tone in (
        (N_("Complaints"), found.complaints, "bad"),
        (N_("Other feedback"), found.others, ""),
        (N_("Settled lately"), found.settled, "good"),
    ):
        if members:
            lines.append(Line("", heading=f"{_(title)} ({len(members)})", tone=tone))
            lines += (_line(session, case, words) for case in members)
    every = (*found.complaints, *found.others, *found.settled)
    return {c.row.id: c for c in every}, lines, title_of(session, owner, _satisfied(found))


def _satisfied(found: Cases) -> str:
    if not found.scores:
        return ""
    text = _("satisfaction {mean} of 5 ({n} scores in a year)")
    return text.format(mean=f"{sum(found.scores) / len(found.scores):.1f}", n=len(found.scores))


def _line(session: Session, case: Case, words: Words) -> Line:
    doc = case.row.doc
    state = case.clock.state if case.clock else ""
    tone = {"overdue": "bad", "today": "warn"}.get(state, "")
    age = _("{n} days old").format(n=case.days)
    return Line(
        case.row.id,
        (
            Cell(clock(session, case.clock) if case.clock else age, tone),
            Cell(case.row.customer_name, "strong"),
            Cell(hidden(str(doc.get("content") or ""))),
            Cell(words.label("feedback_status", doc.get("status") or "open"), "dim"),
            Cell(words.label("priority", doc.get("priority"))),
            Cell(str(doc.get("owner") or ""), "dim"),
        ),
    )


def told(session: Session, case: Case) -> Text:
    """Return a case as one reads it: who, what, by when, and what was done."""
    words = Words(session.settings)
    doc = case.row.doc
    out = Text()
    out.append(safe(case.row.customer_name) + "\n", "bold")
    kind, about = (
        words.label("feedback_type", doc.get("type")),
        words.label("feedback_about", doc.get("about")),
    )
    facts = [case.row.id, kind, about, words.label("feedback_status", doc.get("status"))]
    out.append(" · ".join(safe(f) for f in facts if f) + "\n", "dim")
    if case.clock is not None:
        style = {"overdue": "red", "today": "yellow"}.get(case.clock.state, "green")
        out.append(f"{safe(clock(session, case.clock))}  {safe(str(case.clock.row.reason))}\n", style)
    for label, value in (
        (N_("Person who said it"), doc.get("contact")),
        (N_("Received at"), moment(str(doc.get("received_at") or ""))),
        (N_("First response at"), moment(str(doc.get("first_responded_at") or ""))),
        (N_("Resolved at"), moment(str(doc.get("resolved_at") or ""))),
        (N_("Revisited at"), moment(str(doc.get("revisited_at") or ""))),
        (N_("Satisfaction (1 to 5)"), doc.get("satisfaction")),
        (N_("Owner"), doc.get("owner")),
        (N_("Collaborators"), ", ".join(doc.get("collaborators") or ())),
    ):
        if value:
            out.append(f"{_(label)}  ", "dim").append(f"{safe(str(value))}\n")
    for label, text in (
        (N_("Feedback content"), doc.get("content")),
        (N_("Solution"), doc.get("solution")),
    ):
        if text:
            out.append(f"\n{_(label)}\n", "bold").append(f"{safe(hidden(str(text)), newlines=True)}\n")
    return out
