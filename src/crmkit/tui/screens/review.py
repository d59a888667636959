"""Review: what waits to be approved, with what is missing in it and whom it resembles (R-000-17..21, R-002-25)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from crmkit.i18n import N_, _
from crmkit.settings.words import moment
from crmkit.tui.base import SharedScreen, title_of
from crmkit.tui.keys import bind
from crmkit.tui.widgets.bar import Bar
from crmkit.tui.widgets.card import CardPanel
from crmkit.tui.widgets.grid import Grid
from crmkit.tui.widgets.rows import Cell, Column, Line, Lines
from crmkit.values.hide import hidden
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.review import Waiting
    from crmkit.actions.session import Session

STATES = {
    "submitted": N_("to be reviewed"),
    "returned": N_("returned"),
    "draft": N_("not submitted yet"),
    "proposed": N_("proposed"),
}
DECIDED = frozenset({"submitted", "proposed"})
"""The states in which somebody's verdict is waited for."""


class Review(SharedScreen):
    """What waits for a decision."""

    NAME = "review"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "approve", N_("Approve"), "review.approve"),
        bind("r", "send_back", N_("Return"), "review.return"),
        bind("s", "submit", N_("Submit"), "review.submit"),
    ]

    def __init__(self) -> None:
        """Nothing is known yet."""
        super().__init__()
        self.found: dict[str, Waiting] = {}

    def body(self) -> Iterable[Widget]:
        """Put the list, what is known of a record, and the buttons together."""
        yield Static("", id="title-line")
        with Horizontal(id="main"):
            yield Grid(id="waiting", empty=_("Nothing waits to be reviewed."))
            yield CardPanel(id="side")
        yield Bar(
            [
                ("approve", N_("Approve")),
                ("send_back", N_("Return")),
                ("submit", N_("Submit")),
                ("open", N_("Open")),
            ]
        )

    @property
    def grid(self) -> Grid:
        """The list."""
        return self.query_one("#waiting", Grid)

    def on_mount(self) -> None:
        """Let keys reach the list."""
        self.grid.focus()

    # what is shown

    async def load(self) -> None:
        """Ask what waits."""
        owner = self.owner
        found, lines, title = await self.desk.read(lambda session: _asked(session, owner))
        self.found = found
        self.grid.show(Lines(lines), _columns())
        self.query_one("#title-line", Static).update(Text(title))
        self.look_beside()

    def on_grid_moved(self) -> None:
        """Show the record that the cursor came to."""
        self.look_beside()

    def beside(self) -> Callable[[Session], Text] | None:
        """Return what a reviewer looks for in the record under the cursor."""
        one = self.found.get(self.grid.key)
        return None if one is None else lambda session: told(session, one)

    # acts

    def on_grid_chosen(self) -> None:
        """Open the record."""
        self.action_open()

    def action_open(self) -> None:
        """Open the customer's dossier, or show what is known of another record."""
        if one := self.found.get(self.grid.key):
            if one.kind == "customer":
                self.app.open_customer(one.id)
            else:
                self.app.begin(self._look(one))

    async def _look(self, one: Waiting) -> None:
        from crmkit.tui.dialogs.reader import Reader

        text = await self.desk.read(lambda session: told(session, one))
        await self.app.ask(Reader(one.customer or one.title, text))

    def action_approve(self) -> None:
        """Approve the record: a draft gets its number."""
        if one := self.found.get(self.grid.key):
            self.app.begin(self._approve(one))

    async def _approve(self, one: Waiting) -> None:
        from crmkit.actions.approve import approve
        from crmkit.tui.dialogs.confirm import Confirm

        text = await self.desk.read(lambda session: told(session, one))
        title = _("Approve: {name}").format(name=one.title)
        if await self.app.ask(Confirm(title, text, yes=_("Approve"))):
            done = await self.app.act(lambda session: approve(session, one.id))
            if done is not None and done.id != one.id:
                self.app.toast(_("{name} has the number {id}").format(name=one.title, id=done.id))

    def action_send_back(self) -> None:
        """Return the record with the reason."""
        if one := self.found.get(self.grid.key):
            self.app.begin(self._send_back(one))

    async def _send_back(self, one: Waiting) -> None:
        from crmkit.actions.form import Ask
        from crmkit.actions.send_back import send_back
        from crmkit.tui.dialogs.form import Form

        form = Form(
            _("Return: {name}").format(name=one.title),
            [Ask("why", _("What is to be corrected"), required=True)],
            lambda session, values: send_back(session, one.id, values.get("why", "")),
            save=_("Return"),
        )
        await self.app.ask(form)

    def action_submit(self) -> None:
        """Submit the record for review."""
        if one := self.found.get(self.grid.key):
            self.app.begin(self._submit(one.id))

    async def _submit(self, ident: str) -> None:
        from crmkit.actions.submit import submit

        await self.app.act(lambda session: submit(session, ident))


def _columns() -> Sequence[Column]:
    return (
        Column("state", _("State"), 14),
        Column("title", _("What"), 18, flex=3),
        Column("by", _("By"), 8),
        Column("at", _("Waiting since"), 13, below=60),
        Column("lacks", _("To look at"), 12, flex=2, below=90),
    )


def _asked(session: Session, owner: str) -> tuple[dict[str, Waiting], list[Line], str]:
    from crmkit.actions.review import waiting

    found = waiting(session, everything=owner != "me")
    lines: list[Line] = []
    for title, members, tone in (
        (N_("Waits for you"), [w for w in found if w.mine], "warn"),
        (N_("Waits for others"), [w for w in found if not w.mine], ""),
    ):
        if members:
            lines.append(Line("", heading=f"{_(title)} ({len(members)})", tone=tone))
            lines += (_line(one) for one in members)
    return {w.id: w for w in found}, lines, title_of(session, owner)


def _line(one: Waiting) -> Line:
    lacks = []
    if one.missing:
        lacks.append(_("missing: {n}").format(n=len(one.missing)))
    if one.problems:
        lacks.append(_("problems: {n}").format(n=len(one.problems)))
    if one.alike:
        lacks.append(_("alike: {n}").format(n=len(one.alike)))
    name = f"{one.customer}  {one.title}" if one.kind != "customer" else one.title
    return Line(
        one.id,
        (
            Cell(_(STATES[one.state]), "warn" if one.state in DECIDED and one.mine else "dim"),
            Cell(hidden(name), "strong"),
            Cell(one.by),
            Cell(one.at[:10], "dim"),
            Cell(" · ".join(lacks), "bad" if one.alike or one.problems else "dim"),
        ),
    )


def told(session: Session, one: Waiting) -> Text:
    """Return what a reviewer looks for: what is missing, what is wrong, whom it resembles, and what it says."""
    out = Text(safe(one.title) + "\n", "bold")
    facts = [one.id, _(STATES[one.state]), one.by, moment(one.at)]
    out.append(" · ".join(safe(f) for f in facts if f) + "\n", "dim")
    if one.reason:
        out.append(_("reason: {reason}").format(reason=safe(one.reason)) + "\n", "yellow")
    if one.missing:
        spec = session.catalog.kinds[one.kind].by_name
        names = ", ".join(_(spec[name].label) if name in spec else name for name in one.missing)
        out.append(_("not filled in: {fields}").format(fields=names) + "\n", "yellow")
    for problem in one.problems:
        out.append(f"{safe(problem)}\n", "red")
    if one.alike:
        names = safe(", ".join(one.alike))
        out.append(_("perhaps the same as: {customers}").format(customers=names) + "\n", "red")
    for label, value in _fields(session, one):
        out.append(f"{_(label)}  ", "dim").append(f"{safe(hidden(value))}\n")
    return out


def _fields(session: Session, one: Waiting) -> Iterator[tuple[str, str]]:
    """Yield what the record says, field by field; contact details are masked, secrets stay as they are."""
    from crmkit.actions.listing import pick
    from crmkit.settings.words import Words

    words = Words(session.settings)
    doc = session.index.record(one.id).doc
    for field in session.catalog.kinds[one.kind].fields:
        value = pick(doc, field.name)
        if (
            value not in (None, "", [], {})
            and not {"stamp", "secret"} & set(field.marks)
            and field.type != "mapping"
        ):
            text = words.cell(value, field.type, field.vocabulary)
            if text.strip(" ,、"):
                yield field.label, text
