"""Tiers: a column for each, with what its customers are worth, and the proposals of the rules with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from crmkit.i18n import N_, _
from crmkit.settings.words import Words
from crmkit.tui.base import SharedScreen, title_of
from crmkit.tui.keys import bind
from crmkit.tui.widgets.bar import Bar
from crmkit.tui.widgets.board import Board, Item, Stack
from crmkit.tui.widgets.card import CardPanel
from crmkit.tui.widgets.rows import Cell
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions._write import Prepared
    from crmkit.actions.levels import Level, Member
    from crmkit.actions.session import Session
    from crmkit.actions.tier import Proposal


class Tiers(SharedScreen):
    """Who is in which tier, and who should be."""

    NAME = "tiers"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("y", "accept", N_("Accept"), "tiers.accept"),
        bind("n", "refuse", N_("Refuse"), "tiers.refuse"),
        bind("Y", "accept_all", N_("Accept all"), "tiers.accept_all"),
        bind("p,tab", "next", N_("Next proposal"), "tiers.next"),
    ]

    def __init__(self) -> None:
        """Nobody is known yet."""
        super().__init__()
        self.members: dict[str, Member] = {}

    def body(self) -> Iterable[Widget]:
        """Put the columns, the reasons and the buttons together."""
        yield Static("", id="title-line")
        with Horizontal(id="main"):
            yield Board(id="tiers")
            yield CardPanel(id="side")
        yield Bar(
            [
                ("accept", N_("Accept")),
                ("refuse", N_("Refuse")),
                ("accept_all", N_("Accept all")),
                ("next", N_("Next proposal")),
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

    @property
    def proposed(self) -> list[Proposal]:
        """The proposals that are shown."""
        return [m.proposal for m in self.members.values() if m.proposal]

    # what is shown

    async def load(self) -> None:
        """Ask who is in which tier."""
        owner = self.owner
        members, stacks, title = await self.desk.read(lambda session: _asked(session, owner))
        self.members = members
        self.board.show(stacks)
        self.query_one("#title-line", Static).update(Text(title))
        self.look_beside()

    def on_board_moved(self) -> None:
        """Show why the customer under the cursor is where it is."""
        self.look_beside()

    def beside(self) -> Callable[[Session], Text] | None:
        """Return why the customer under the cursor is where it is."""
        member = self.members.get(self.board.key)
        return None if member is None else lambda session: told(session, member)

    # acts

    def on_board_chosen(self) -> None:
        """Open the customer."""
        self.action_open()

    def action_open(self) -> None:
        """Open the customer's dossier."""
        if self.board.key:
            self.app.open_customer(self.board.key)

    def action_next(self) -> None:
        """Go to the next customer for whom another tier is proposed."""
        keys = [i.key for s in self.board.stacks for i in s.items if self.members[i.key].proposal]
        if keys:
            at = keys.index(self.board.key) + 1 if self.board.key in keys else 0
            self.board.go(keys[at % len(keys)])
        else:
            self.app.toast(_("no other tier is proposed for anybody here"))

    def action_accept(self) -> None:
        """Let the customer have the proposed tier."""
        from crmkit.actions import tier

        if proposal := self._proposal():
            self.app.begin(self._act([proposal], lambda session: tier.apply(session, [proposal.customer])))

    def action_accept_all(self) -> None:
        """Let all have the proposed tier, but those whose tier was set by hand."""
        from crmkit.actions import tier

        found = [p for p in self.proposed if not p.by_hand]
        if found:
            ids = [p.customer for p in found]
            self.app.begin(self._act(found, lambda session: tier.apply(session, ids)))
        else:
            self.app.toast(_("no other tier is proposed for anybody here"))

    async def _act(self, found: list[Proposal], prepare: Callable[[Session], Prepared]) -> None:
        from crmkit.tui.dialogs.confirm import Confirm

        text = Text()
        for p in found:
            text.append(f"{safe(p.name)}  {p.now or '-'} → {p.proposed}\n", "bold")
            text.append("".join(f"  {safe(str(r))}\n" for r in p.reasons))
            if p.by_hand:
                text.append(
                    "  "
                    + _("{tier} was set by hand: {why}").format(tier=p.now, why=safe(p.basis or "-"))
                    + "\n",
                    "yellow",
                )
        if await self.app.ask(Confirm(_("Accept the proposed tier?"), text, yes=_("Accept"))):
            await self.app.act(prepare)

    def action_refuse(self) -> None:
        """Keep the present tier, with the reason."""
        if proposal := self._proposal():
            self.app.begin(self._refuse(proposal))

    async def _refuse(self, proposal: Proposal) -> None:
        from crmkit.actions import tier
        from crmkit.actions.form import Ask
        from crmkit.tui.dialogs.form import Form

        form = Form(
            _("Keep {tier}: {name}").format(tier=proposal.now, name=proposal.name),
            [Ask("why", _("Reason"))],
            lambda session, values: tier.keep(session, [proposal.customer], values.get("why", "")),
            save=_("Keep"),
        )
        await self.app.ask(form)

    def _proposal(self) -> Proposal | None:
        member = self.members.get(self.board.key)
        if member is None or member.proposal is None:
            self.app.toast(_("no other tier is proposed for this customer; p goes to the next proposal"))
            return None
        return member.proposal

    def on_board_pushed(self, event: Board.Pushed) -> None:
        """Let somebody have a tier by hand, with the reason."""
        self.app.begin(self._put(event.key, event.name))

    async def _put(self, key: str, code: str) -> None:
        from crmkit.actions import form, levels
        from crmkit.tui.dialogs.form import Form

        basis = await self.desk.read(lambda session: form.ask(session, "customer", "tier_basis"))
        dialog = Form(
            _("{name} into {tier}").format(name=self.members[key].row.title, tier=code or "-"),
            [basis.but(name="why", required=True)],
            lambda session, values: levels.put(session, key, code, values.get("why", "")),
        )
        await self.app.ask(dialog)


def _asked(session: Session, owner: str) -> tuple[dict[str, Member], list[Stack], str]:
    from crmkit.actions.levels import levels

    found = levels(session, owner)
    words = Words(session.settings)
    stacks = [_stack(level, words) for level in found]
    members = {m.row.id: m for level in found for m in level.members}
    changes = sum(m.proposal is not None for m in members.values())
    return members, stacks, title_of(session, owner, _("proposals: {n}").format(n=changes))


def _stack(level: Level, words: Words) -> Stack:
    name = f"{level.code} {level.name}".strip() if level.code else _("without a tier")
    heading = (
        Cell(f"{name} ({len(level.members)})", "strong"),
        Cell(words.money(level.spent), "dim"),
    )
    return Stack(level.code, heading, [_item(m, words) for m in level.members])


def _item(member: Member, words: Words) -> Item:
    figures = [words.money(member.spent) if member.orders else "", words.label("activity", _activity(member))]
    proposal = member.proposal
    change = f"→ {proposal.proposed}  {_first(proposal)}" if proposal else ""
    return Item(
        member.row.id,
        (
            Cell(member.row.title, "strong"),
            Cell(" · ".join(f for f in figures if f) or "-", "dim"),
            Cell(change, "good" if change else ""),
        ),
    )


def _activity(member: Member) -> str:
    status = str(member.row.doc.get("status") or "")
    return "" if status == "active" else status


def _first(proposal: Proposal) -> str:
    return str(proposal.reasons[0]) if proposal.reasons else ""


def told(session: Session, member: Member) -> Text:
    """Return why a customer is in its tier, and what speaks for another."""
    from crmkit.actions import tier

    words = Words(session.settings)
    doc, proposal = member.row.doc, member.proposal
    out = Text()
    out.append(safe(member.row.title) + "\n", "bold")
    facts = [
        member.row.id,
        words.tier(doc.get("tier")),
        str(doc.get("tier_on") or ""),
        str(doc.get("owner") or ""),
    ]
    out.append(" · ".join(safe(f) for f in facts if f) + "\n", "dim")
    if basis := doc.get("tier_basis"):
        out.append(safe(str(basis)) + "\n")
    if proposal is None:
        return out
    out.append(
        "\n" + _("Proposed: {tier}").format(tier=safe(words.tier(proposal.proposed))) + "\n", "bold green"
    )
    for reason in proposal.reasons:
        out.append(f"+ {safe(str(reason))}\n", "green")
    for reason in proposal.against:
        out.append(f"- {safe(str(reason))}\n", "red")
    for line in tier.told(proposal.figures, session):
        out.append(f"{safe(str(line))}\n", "dim")
    if proposal.by_hand:
        out.append("\n" + _("the present tier was set by hand") + f" {proposal.since}\n", "yellow")
    return out
