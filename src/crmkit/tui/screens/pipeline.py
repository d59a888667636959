"""Pipeline: a column for each stage with count, sum and weighted sum; a deal is pushed on through its gate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
from crmkit.tui.widgets.bar import Bar
from crmkit.tui.widgets.board import Board, Item, Stack
from crmkit.tui.widgets.card import CardPanel, at_a_glance
from crmkit.tui.widgets.rows import Cell

if TYPE_CHECKING:
    from decimal import Decimal

    from crmkit.actions.pipeline import Deal, Lane
    from crmkit.actions.session import Session


class Pipeline(SharedScreen):
    """The deals by stage."""

    NAME = "pipeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("w", "to('won')", N_("Won"), "pipeline.won"),
        bind("x", "to('lost')", N_("Lost"), "pipeline.lost"),
        bind("e", "edit", N_("Edit"), "pipeline.edit"),
    ]

    def __init__(self) -> None:
        """Nothing is known yet."""
        super().__init__()
        self.deals: dict[str, Deal] = {}

    def body(self) -> Iterable[Widget]:
        """Put the columns, the customer's card and the buttons together."""
        yield Static("", id="title-line")
        with Horizontal(id="main"):
            yield Board(id="stages")
            yield CardPanel(id="side")
        yield Bar(
            [
                ("back", N_("Move back")),
                ("on", N_("Move on")),
                ("to('won')", N_("Won")),
                ("to('lost')", N_("Lost")),
                ("edit", N_("Edit")),
                ("open", N_("Open")),
            ]
        )

    @property
    def board(self) -> Board:
        """The columns."""
        return self.query_one(Board)

    def on_mount(self) -> None:
        """Let keys reach the board."""
        self.board.focus()

    # what is shown

    async def load(self) -> None:
        """Ask how the deals stand."""
        owner = self.owner
        deals, stacks, title = await self.desk.read(lambda session: _asked(session, owner))
        self.deals = deals
        self.board.show(stacks)
        self.query_one("#title-line", Static).update(Text(title))
        self.look_beside()

    def on_board_moved(self) -> None:
        """Show the customer of the deal that the cursor came to."""
        self.look_beside()

    def beside(self) -> Callable[[Session], Text] | None:
        """Return the card of the deal's customer."""
        deal = self.deals.get(self.board.key)
        return None if deal is None else lambda session: at_a_glance(session, deal.customer)

    # acts

    def on_board_chosen(self) -> None:
        """Open the customer."""
        self.action_open()

    def action_open(self) -> None:
        """Open the customer's dossier."""
        if deal := self.deals.get(self.board.key):
            self.app.open_customer(deal.customer)

    def action_back(self) -> None:
        """Push the deal to the stage before."""
        self.board.action_push(-1)

    def action_on(self) -> None:
        """Push the deal to the next stage."""
        self.board.action_push(1)

    def on_board_pushed(self, event: Board.Pushed) -> None:
        """Push a deal into the column where it was put."""
        self.app.begin(self._move(event.key, event.name))

    def action_to(self, stage: str) -> None:
        """Win or lose the deal."""
        if self.board.key:
            self.app.begin(self._move(self.board.key, stage))

    async def _move(self, key: str, code: str) -> None:
        """Push a deal on: at once where its gate is open, else after what it asks for."""
        from crmkit.actions import pipeline, stage
        from crmkit.tui.dialogs.form import Form

        asks = await self.desk.read(lambda session: pipeline.to_move(session, key, code))
        label = await self.desk.read(lambda session: stage.label(session, "opportunity", code))
        name = self.deals[key].name
        said = _("{name} is now in {stage}").format(name=name, stage=label)
        if not asks:
            await self.app.act(lambda session: pipeline.move(session, key, code, {}), said)
            return
        form = Form(
            _("{name}: to {stage}").format(name=name, stage=label),
            asks,
            lambda session, values: pipeline.move(session, key, code, values),
            about=_("This stage asks for what is not known yet."),
            said=said,
        )
        await self.app.ask(form)

    def action_edit(self) -> None:
        """Change what is known of the deal."""
        if self.board.key:
            self.app.begin(self._edit(self.board.key))

    async def _edit(self, key: str) -> None:
        from crmkit.actions import form
        from crmkit.actions.set import set_fields
        from crmkit.tui.dialogs.form import Form

        doc = await self.desk.read(lambda session: session.index.record(key).doc)
        names = ("name", "amount", "probability", "close_date", "next_step", "competitors", "owner")
        asks = await self.desk.read(
            lambda session: [form.ask(session, "opportunity", name, doc.get(name)) for name in names]
        )
        was = {ask.name: ask.value for ask in asks}
        dialog = Form(
            self.deals[key].name,
            asks,
            lambda session, values: set_fields(
                session, [key], [f"{k}={v}" for k, v in values.items() if v != was[k]]
            ),
        )
        await self.app.ask(dialog)


def _asked(session: Session, owner: str) -> tuple[dict[str, Deal], list[Stack], str]:
    from crmkit.actions.pipeline import lanes

    found = lanes(session, owner)
    words = Words(session.settings)
    deals = {deal.id: deal for lane in found for deal in lane.deals}
    weighted: dict[str, Decimal] = {}
    for lane in found:
        for unit, _amount, chance in lane.sums:
            weighted[unit] = weighted.get(unit, 0 * chance) + chance
    sums = ", ".join(_money(words, value, unit) for unit, value in weighted.items())
    forecast = _("weighted: {sum}").format(sum=sums) if sums else ""
    still = sum(bool(deal.stale) for deal in deals.values())
    standing = _("standing still: {n}").format(n=still) if still else ""
    return deals, [_stack(lane, words) for lane in found], title_of(session, owner, forecast, standing)


def _stack(lane: Lane, words: Words) -> Stack:
    name = words.label("opportunity_stage", lane.stage)
    amounts = " ".join(_money(words, amount, unit) for unit, amount, _chance in lane.sums)
    chances = " ".join(_money(words, chance, unit) for unit, _amount, chance in lane.sums)
    heading = (
        Cell(f"{name} ({len(lane.deals)})", "strong"),
        Cell(amounts, ""),
        Cell(_("weighted {sum}").format(sum=chances) if chances else "", "dim"),
    )
    return Stack(lane.stage, heading, [_item(deal, words) for deal in lane.deals])


def _item(deal: Deal, words: Words) -> Item:
    close = moment(deal.close_date.isoformat()) if deal.close_date else ""
    tone = "bad" if deal.late else "warn" if deal.stale else "dim"
    what = _("stands still") if deal.stale else ""
    return Item(
        deal.id,
        (
            Cell(deal.name, "strong"),
            Cell(deal.customer_name),
            Cell(" · ".join(t for t in (_money(words, deal.amount, deal.currency), deal.owner) if t), "dim"),
            Cell(" · ".join(t for t in (what, close) if t), tone),
        ),
    )


def _money(words: Words, value: Decimal | None, unit: str) -> str:
    return "" if value is None else words.money(int(value) if value == int(value) else float(value), unit)
