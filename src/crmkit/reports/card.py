"""The follow-up reminder card (客户关系跟进提醒卡): its 18 fields in four columns, and what to read besides.

`Card` holds the values, `sheet` words them for people: the terminal, the page and the PDF show the same sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from crmkit.i18n import N_, _, language, ngettext
from crmkit.settings.words import Words, moment, when_words

if TYPE_CHECKING:
    from crmkit.errors import Message
    from crmkit.records.catalog import Catalog

EMPTY = "—"
"""Stands where a record says nothing."""

COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Basic information"), ("customer_name", "contact", "contact_details", "industry", "customer_status")),
    (N_("Follow-up plan"), ("reason", "due", "channels", "owner")),
    (N_("Follow-up record"), ("talked_at", "content", "feedback", "next_step", "objections")),
    (N_("Remarks"), ("tier", "contract_end", "cooperation", "competitor_news")),
)
"""The card's four columns and their fields, in the order of the source (R-004-27 to R-004-44)."""

_LABELS: Mapping[str, tuple[str, str] | str] = {
    "customer_name": ("customer", "name"),
    "contact": N_("Contact person"),
    "contact_details": N_("Contact details"),
    "industry": ("customer", "industry"),
    "customer_status": N_("Customer status"),
    "reason": ("followup", "reason"),
    "due": N_("Follow-up time"),
    "channels": ("followup", "channels"),
    "owner": ("followup", "owner"),
    "talked_at": N_("Time of the talk"),
    "content": ("followup", "content"),
    "feedback": ("followup", "feedback"),
    "next_step": N_("Next action"),
    "objections": ("followup", "objections"),
    "tier": ("customer", "tier"),
    "contract_end": N_("Contract expires"),
    "cooperation": N_("Cooperation so far"),
    "competitor_news": ("followup", "competitor_news"),
}
"""The label of each field: that of a record's field, else one of the card's own."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something said in a contact, or due on a day: the day or time, the words, the record or row it stands in."""

    on: str
    text: Message | str
    id: str
    owner: str = ""

    def to_json(self) -> dict[str, str]:
        """Return `on text id`, and the owner of what is due."""
        out = {"on": self.on, "text": str(self.text), "id": self.id}
        return out | ({"owner": self.owner} if self.owner else {})


@dataclass(frozen=True, slots=True)
class Cooperation:
    """How long and for how much the customer has bought (R-004-43), in the book's currency.

    `since` is the day on which it first became won, or of its first order; `months` whole ones since then.
    `yearly` is what it ordered in an average year; within the first year, what it ordered so far. Amounts in other
    currencies stay apart in `other`.
    """

    since: str
    months: int
    orders: int
    ordered: float
    yearly: float
    currency: str
    other: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "since": self.since,
            "months": self.months,
            "orders": self.orders,
            "ordered": self.ordered,
            "yearly": self.yearly,
            "currency": self.currency,
            "other": list(self.other),
        }


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the records have it on the day it is made; codes, not labels.

    `id` is the due row's or the follow-up's, else the customer's number; `state` and `days` (+ late, - ahead) are
    those of `crm due`, "" and None where nothing is due. `contact_details` and texts are masked unless revealed.
    """

    id: str
    rule: str
    customer: str
    source: str
    made_on: str
    state: str = ""
    days: int | None = None
    masked: bool = True
    # basic information
    customer_name: str = ""
    contact: str = ""
    job_title: str = ""
    contact_details: Mapping[str, str] = field(default_factory=dict)
    industry: str = ""
    customer_status: str = ""
    activity: str = ""
    # follow-up plan
    reason: Message | str = ""
    due: str = ""
    channels: tuple[str, ...] = ()
    owner: str = ""
    important: bool = False
    # follow-up record
    talked_at: str = ""
    content: str = ""
    feedback: str = ""
    next_step: str = ""
    objections: tuple[str, ...] = ()
    # remarks
    tier: str = ""
    high_value: bool = False
    contract_end: str = ""
    cooperation: Cooperation | None = None
    competitor_news: Note | None = None
    # what to read before the contact
    goal: str = ""
    outline: str = ""
    preferences: str = ""
    preferred_channel: str = ""
    concerns: str = ""
    do_not_call: bool = False
    pains: tuple[str, ...] = ()
    promises: tuple[Note, ...] = ()
    also: tuple[Note, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return every field under its name, the 18 of the card in their order."""
        return {name: _json(getattr(self, name)) for name in self.__slots__}


def _json(value: Any) -> Any:
    if isinstance(value, Note | Cooperation):
        return value.to_json()
    if isinstance(value, tuple):
        return [_json(v) for v in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


# -- wording


@dataclass(frozen=True, slots=True)
class Cell:
    """One field for people: its name in JSON, its label, its text."""

    name: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the card: its heading and its fields."""

    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below the card: a heading and its lines.

    `alert` says that it must not be overlooked, `wide` that its lines are long.
    """

    title: str
    lines: tuple[str, ...]
    alert: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A card in the reader's words. Nothing in it is escaped: who shows it does that."""

    title: str
    customer_name: str
    id: str
    state: str
    when: str
    columns: tuple[Column, ...]
    sections: tuple[Section, ...]
    notice: str
    footer: str

    @property
    def rows(self) -> list[tuple[Cell | None, ...]]:
        """The cells row by row, None where a column has no more."""
        return list(zip_longest(*(c.cells for c in self.columns)))


def sheet(card: Card, words: Words, catalog: Catalog) -> Sheet:
    """Return `card` in the language in force."""
    texts = _texts(card, words)
    columns = tuple(
        Column(_(title), tuple(Cell(n, _label(n, catalog), texts[n] or EMPTY) for n in names))
        for title, names in COLUMNS
    )
    return Sheet(
        title=_("Follow-up reminder card"),
        customer_name=card.customer_name or card.customer,
        id=card.id,
        state=card.state,
        when="" if card.days is None else when_words(card.days),
        columns=columns,
        sections=tuple(_sections(card, words)),
        notice=_("For internal use only; not to be passed on to third parties."),
        footer=("" if language() == "zh" else " ").join(_footer(card)),
    )


def _label(name: str, catalog: Catalog) -> str:
    known = _LABELS[name]
    return _(known if isinstance(known, str) else catalog.kinds[known[0]].by_name[known[1]].label)


def _texts(card: Card, words: Words) -> dict[str, str]:
    """Return the text of each of the 18 fields, "" where nothing is known."""
    news = card.competitor_news
    return {
        "customer_name": card.customer_name,
        "contact": f"{card.contact} {card.job_title}".strip(),
        "contact_details": "\n".join(v for v in card.contact_details.values() if v),
        "industry": card.industry,
        "customer_status": _status(card, words),
        "reason": str(card.reason),
        "due": _("by {date}").format(date=moment(card.due)) if card.due else "",
        "channels": _channels(card, words),
        "owner": card.owner,
        "talked_at": moment(card.talked_at),
        "content": card.content,
        "feedback": card.feedback,
        "next_step": card.next_step,
        "objections": "\n".join(card.objections),
        "tier": _tier(card, words),
        "contract_end": card.contract_end,
        "cooperation": _cooperation(card.cooperation, words),
        "competitor_news": _aside(str(news.text), moment(news.on)) if news else "",
    }


def _aside(text: str, aside: str) -> str:
    return _("{text} ({aside})").format(text=text, aside=aside)


def _status(card: Card, words: Words) -> str:
    stage = words.label("stage", card.customer_status)
    aside = card.activity and card.activity not in {"active", card.customer_status}
    return _aside(stage, words.label("activity", card.activity)) if stage and aside else stage


def _tier(card: Card, words: Words) -> str:
    tier = words.tier(card.tier)
    return _aside(tier, _("high value")) if tier and card.high_value else tier


def _channels(card: Card, words: Words) -> str:
    plus = "+" if language() == "zh" else " + "
    ways = plus.join(words.label("channel", c) for c in card.channels)
    both = _("important: confirm in writing and by voice")
    return "\n".join(t for t in (ways, both if card.important else "") if t)


def _cooperation(known: Cooperation | None, words: Words) -> str:
    if known is None:
        return ""
    amount = words.money(known.yearly, known.currency)
    lines = [_span(known.months), _("customer since {date}").format(date=known.since)] if known.since else []
    if known.yearly:
        text = _("{amount} a year") if known.months >= YEAR else _("{amount} so far")
        lines.append(text.format(amount=amount))
    return "\n".join([*lines, *known.other])


MOST = 5
"""How much else is named that is due: a card stays one page; `crm show` has all of it."""

YEAR = 12
"""Months after which an average year can be told."""


def _span(months: int) -> str:
    if not months:
        return _("less than a month")
    years, rest = divmod(months, YEAR)
    parts = [ngettext("{n} year", "{n} years", years).format(n=years)] if years else []
    if rest:
        parts.append(ngettext("{n} month", "{n} months", rest).format(n=rest))
    return " ".join(parts)


def _sections(card: Card, words: Words) -> Iterator[Section]:
    """Yield what to prepare and to know before the contact (R-004-18, R-004-48)."""
    talk = [_("goal: {goal}").format(goal=card.goal)] if card.goal else []
    yield Section(_("Talking points"), tuple(_lines([*talk, card.outline])))
    liked = [card.preferences]
    if card.preferred_channel:
        liked.append(_("prefers {what}").format(what=words.label("channel", card.preferred_channel)))
    if card.concerns:
        liked.append(_("cares about {what}").format(what=card.concerns))
    if card.do_not_call:
        liked.append(_("do not call"))
    yield Section(_("Preferences"), tuple(_lines(liked)), alert=card.do_not_call)
    yield Section(_("Pain points"), tuple(_lines(card.pains)))
    yield Section(_("Open promises"), tuple(_lines(_aside(str(p.text), p.on) for p in card.promises)))
    if card.also:
        lines = [" · ".join(t for t in (moment(n.on), str(n.text), n.owner) if t) for n in card.also[:MOST]]
        rest = len(card.also) - MOST
        if rest > 0:
            lines.append(ngettext("and {n} more", "and {n} more", rest).format(n=rest))
        yield Section(_("Also due with this customer"), tuple(_lines(lines)), wide=True)


def _lines(texts: Any) -> list[str]:
    found = [line.strip() for text in texts for line in str(text).splitlines() if line.strip()]
    return found or [EMPTY]


def _footer(card: Card) -> Iterator[str]:
    yield _("Made from the records on {date}.").format(date=card.made_on)
    if card.masked:
        yield _("Contact details are masked.")
