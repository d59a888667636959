"""`crm card`: the follow-up reminder card, on the terminal, as a page or as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli.due import SPEC as DUE
from crmkit.errors import UsageError
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crmkit.reports.card import Card, Sheet

_WIDEST = 132
"""Columns of a card on a wide terminal: with more, lines grow too long to read."""
_NARROWEST = 20

_FORMS = {".html": "html", ".htm": "html", ".pdf": "pdf", ".txt": "table", ".json": "json"}
"""What the end of a file's name says of its form."""

SPEC = Spec(
    about=N_("the follow-up reminder card, from the records as they are now"),
    args=(
        Arg(
            "words",
            N_("ID"),
            N_("a customer, a follow-up or a row of crm due (- reads ids from stdin); with --due a query"),
            required=False,
            many=True,
            query=True,
            complete="id",
        ),
    ),
    options=(
        Opt("due", ("--due",), N_("the cards of everything that crm due shows, in its order")),
        *(o for o in DUE.options if o.name in {"within", "owner"}),
        Opt(
            "output",
            ("-o", "--output"),
            N_("write a file: card.html, card.pdf, card.txt, card.json (- is stdout)"),
            "FILE",
            complete="file",
        ),
        Opt("html", ("--html",), N_("as a page for the browser and the printer")),
        Opt("pdf", ("--pdf",), N_("as PDF, one page a card (needs crmkit[pdf])")),
    ),
    examples=(
        (N_("a customer's card, on what is due first"), "crm card zs"),
        (N_("of one row of crm due"), "crm card 202206-001/date.contract/contract-230728-vyf3/2024-06-15"),
        (N_("for the printer"), "crm card zs -o card.pdf"),
        (N_("everything due today, a page each"), "crm card --due --owner me -o today.html"),
        (N_("for a script"), "crm card zs --json"),
    ),
    notes=(
        N_("Contact details are masked, also those within texts; --reveal shows them."),
        N_("The fields of --json stand in docs/card.md."),
    ),
)


def run(
    cli: Cli,
    *,
    words: tuple[str, ...],
    due: bool,
    within: str,
    owner: str,
    output: str,
    html: bool,
    pdf: bool,
) -> None:
    """Show the cards, or write them to a file."""
    from crmkit.actions import card

    form = _form(cli, output, [name for name, on in (("html", html), ("pdf", pdf)) if on])
    reveal = bool(cli.given["reveal"])
    if due:
        whose = owner or ("me" if cli.out.terminal else "all")
        cards = card.due_cards(cli.session, " ".join(words), within, whose, reveal=reveal)
    else:
        for name, given in (("--within", within), ("--owner", owner)):
            if given:
                raise UsageError(N_("{option} belongs to --due"), option=name)
        if not words:
            raise UsageError(
                N_("whose card?"),
                hint=N_("name a customer: crm card CUSTOMER; or all that is due: crm card --due"),
            )
        cards = [card.card(cli.session, ident, reveal=reveal) for ident in cli.idents(words)]
    single = not due and words != ("-",) and len(cards) == 1
    if output and output != "-":
        _save(cli, cards, form, output, single=single)
    else:
        _print(cli, cards, form, single=single)
    cli.attention()


def _form(cli: Cli, output: str, flags: Sequence[str]) -> str:
    """Return html, pdf or a form of `--format`; UsageError where several were asked for."""
    asked = [*flags, *([cli.out.format] if cli.out.asked else [])]
    if output and output != "-":
        by_name = _FORMS.get(PurePath(output).suffix.lower())
        if by_name is None and not asked:
            raise UsageError(
                N_("it cannot be seen from the name {name!r} what to write"),
                hint=N_("name it card.html, card.pdf, card.txt or card.json"),
                name=output,
            )
        asked += [by_name] if by_name else []
    several = list(dict.fromkeys(asked))
    if len(several) > 1:
        raise UsageError(N_("a card has one form: not {forms} at once"), forms=", ".join(several))
    form = several[0] if several else "table"
    if output and output != "-" and form not in _FORMS.values():
        raise UsageError(
            N_("a card is not written to a file as {form}"), hint=N_("print it: > FILE"), form=form
        )
    if form == "pdf" and output in {"", "-"} and cli.out.terminal:
        raise UsageError(N_("a PDF is not for a terminal"), hint=N_("name a file: -o card.pdf"))
    return form


def _print(cli: Cli, cards: Sequence[Card], form: str, *, single: bool) -> None:
    from crmkit.reports.card import COLUMNS

    if form in {"html", "pdf"}:
        if cards:
            cli.out.raw(_file(cli, cards, form))
    elif form == "table":
        cli.out.text(_text(cli, cards))
    elif single:
        cli.out.fields(cards[0].to_json())
    else:
        names = ("id", *(name for _title, fields in COLUMNS for name in fields))
        cli.out.rows(names, [c.to_json() for c in cards])


def _save(cli: Cli, cards: Sequence[Card], form: str, output: str, *, single: bool) -> None:
    from crmkit.exchange import files

    if not cards:
        cli.out.note(_("nothing is due: no card was written"))
        return
    if form == "json":
        import json

        plain = [c.to_json() for c in cards]
        text = json.dumps(plain[0] if single else plain, ensure_ascii=False, indent=2)
        data = f"{text}\n".encode()
    elif form == "table":
        data = _text(cli, cards, file=True).encode()
    else:
        data = _file(cli, cards, form)
    files.replace(cli.cwd / output, data)
    cli.out.note(
        ngettext("{n} card saved in {path}", "{n} cards saved in {path}", len(cards)).format(
            n=len(cards), path=output
        )
    )


def _sheets(cli: Cli, cards: Sequence[Card]) -> list[Sheet]:
    from crmkit.reports.card import sheet

    catalog = cli.session.catalog
    return [sheet(card, cli.out.words, catalog) for card in cards]


def _text(cli: Cli, cards: Sequence[Card], *, file: bool = False) -> str:
    from crmkit.cli import _card

    room = 80 if file else min(cli.out.width, _WIDEST) if cli.out.terminal else cli.out.page_width
    colour = cli.out.colour and not file
    drawn = (_card.draw(s, max(room, _NARROWEST), colour=colour) for s in _sheets(cli, cards))
    return "\n\n".join(drawn)


def _file(cli: Cli, cards: Sequence[Card], form: str) -> bytes:
    """Return the cards as a page, or that page as PDF."""
    from crmkit.reports import pdf
    from crmkit.reports.card import EMPTY
    from crmkit.reports.page import page

    sheets = _sheets(cli, cards)
    html = page("card.html", title=sheets[0].title, cards=sheets, empty=EMPTY)
    if form == "html":
        return html.encode()
    if not html.isascii() and not pdf.has_chinese_font():
        cli.out.warn(_("no font for Chinese was found: the PDF may show boxes instead"))
        cli.out.warn(
            "hint: " + _("apt install fonts-noto-cjk, or write card.html and print it from a browser")
        )
    return pdf.pdf(html)
