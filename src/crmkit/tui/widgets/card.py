"""A customer at a glance: what to know before the contact (R-004-48)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from crmkit.i18n import N_, _
from crmkit.settings.words import Words, moment, when_words
from crmkit.tui.guard import Guarded
from crmkit.tui.keys import bind
from crmkit.values.hide import hidden
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from crmkit.actions.session import Session
    from crmkit.actions.show import Page, Said
    from crmkit.reports.card import Card

SHOWN = 4
"""Of each sort so many are shown; the dossier has them all."""


class CardPanel(Guarded, VerticalScroll, can_focus=False):
    """The card of the customer under the cursor."""

    DEFAULT_CSS = """
    CardPanel { background: $surface; padding: 0 1; border-left: solid $panel; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "scroll_down", N_("Down"), "card.down", show=False),
        bind("k", "scroll_up", N_("Up"), "card.up", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Put an empty card there."""
        yield Static("", id="card")

    def show(self, text: Text) -> None:
        """Show another card."""
        self.query_one("#card", Static).update(text)
        self.scroll_home(animate=False)


def at_a_glance(session: Session, ident: str, *, reveal: bool = False) -> Text:
    """Return the card of a due row or a customer; contact details, also in texts, are masked unless `reveal`."""
    from crmkit.actions.card import card
    from crmkit.actions.show import show

    made = card(session, ident, reveal=reveal)
    page = show(session, made.customer)
    words = Words(session.settings)
    veil = (lambda text: text) if reveal else hidden
    out = Text()
    for part in (_head(made, words), _why(made), _person(made, words)):
        _paragraph(out, part)
    for title, lines, tone in _sections(made, page, words):
        shown = [veil(line) for line in lines if line]
        if shown:
            out.append(f"\n{_(title)}\n", "bold")
            for line in shown:
                out.append(f"{safe(line)}\n", tone)
    return out


def _paragraph(out: Text, parts: Iterable[tuple[str, str]]) -> None:
    found = [(safe(text), style) for text, style in parts if text]
    if out and found:
        out.append("\n")
    for text, style in found:
        out.append(f"{text}\n", style)


def _head(card: Card, words: Words) -> Iterator[tuple[str, str]]:
    yield card.customer_name or card.customer, "bold"
    stage = words.label("stage", card.customer_status)
    activity = words.label("activity", card.activity) if card.activity not in {"", "active"} else ""
    facts = [card.customer, words.tier(card.tier), stage, activity, card.owner]
    yield " · ".join(f for f in facts if f), "dim"


def _why(card: Card) -> Iterator[tuple[str, str]]:
    if card.rule:
        when = moment(card.due) + (f" {when_words(card.days)}" if card.days is not None else "")
        yield when, "red" if card.state == "overdue" else "yellow" if card.state == "today" else "green"
        yield str(card.reason), ""
        if card.important:
            yield _("important: confirm in writing and by voice"), "yellow"


def _person(card: Card, words: Words) -> Iterator[tuple[str, str]]:
    if card.contact:
        ways = "、".join(words.label("channel", c) for c in card.channels)
        yield "  ".join(t for t in (f"{card.contact} {card.job_title}".strip(), ways) if t), "bold"
        yield "  ".join(v for v in card.contact_details.values() if v), ""
        if card.do_not_call:
            yield _("do not call"), "red"


def _sections(card: Card, page: Page, words: Words) -> Iterator[tuple[str, list[str], str]]:
    brief = page.brief
    if brief is None:
        return
    yield N_("Talking points"), [card.goal, *card.outline.splitlines()], ""
    yield N_("Preferences"), [card.preferences, card.concerns], ""
    last = brief.last_contact
    if last:
        ways = "、".join(words.label("channel", c) for c in last.get("channels", ()))
        head = " ".join(t for t in (moment(str(last.get("at", ""))), ways, str(last.get("by") or "")) if t)
        yield (
            N_("Last contact"),
            [head, str(last.get("content") or last.get("subject") or ""), _said_back(last.get("feedback"))],
            "",
        )
    yield N_("Open promises"), _said([p for p in brief.promises if p.open]), "yellow"
    yield N_("Objections"), _said([o for o in brief.objections if o.open] or brief.objections[:2]), ""
    needs = [n for n in page.doc.get("needs", ()) if isinstance(n, dict)]
    yield N_("Needs"), [_need(n) for n in needs[:SHOWN]], ""
    yield N_("Competitor news"), _said(brief.competitor_news), ""
    yield (
        N_("Open complaints"),
        [f"{moment(str(c.get('received_at', '')))} {c.get('content', '')}" for c in brief.complaints[:SHOWN]],
        "red",
    )
    yield N_("Open deals"), [_deal(d, words) for d in brief.opportunities[:SHOWN]], ""
    if brief.money.orders:
        money = words.money(brief.money.ordered)
        yield (
            N_("Bought so far"),
            [_("{amount} in {n} orders").format(amount=money, n=brief.money.orders)],
            "",
        )
    others = [f"{moment(n.on)} {n.text}" for n in card.also[:SHOWN]]
    yield N_("Also due with this customer"), others, "dim"


def _said(notes: Sequence[Said]) -> list[str]:
    return [f"{n.on} {n.text}" for n in notes[:SHOWN]]


def _said_back(text: object) -> str:
    return f"→ {text}" if text else ""


def _need(need: dict[str, object]) -> str:
    from crmkit.actions.form import typed

    budget = typed(need.get("budget"))
    parts = [str(need.get("summary") or ""), budget, str(need.get("by") or ""), str(need.get("pains") or "")]
    return " · ".join(p for p in parts if p)


def _deal(deal: object, words: Words) -> str:
    doc: dict[str, object] = dict(deal) if isinstance(deal, dict) else {}
    parts = [
        str(doc.get("name") or doc.get("id") or ""),
        words.label("opportunity_stage", doc.get("stage")),
        words.money(doc.get("amount"), str(doc.get("currency") or "")),
        str(doc.get("close_date") or ""),
    ]
    return " · ".join(p for p in parts if p)
