"""`crm find`: search everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crmkit.cli._context import Cli
from crmkit.cli._render import style
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.i18n import N_, _
from crmkit.values.safe import cut, safe, width

SPEC = Spec(
    about=N_("search everything, by text or pinyin"),
    args=(Arg("text", N_("TEXT"), N_("words to look for; all must be there"), many=True, query=False),),
    options=(Opt("limit", ("--limit",), N_("at most so many"), N_("N"), number=True),),
    examples=(
        (N_("in every record"), "crm find 节能"),
        (N_("by pinyin or initials"), "crm find zhangsan"),
        (N_("whose number is that?"), "crm find 01088886666"),
    ),
)


def run(cli: Cli, *, text: tuple[str, ...], limit: str) -> None:
    """Print what was found."""
    from crmkit.actions import listing

    table = listing.find(cli.session, " ".join(text), limit=int(limit) if limit else None)
    if cli.out.format == "table":
        cli.out.text("".join(f"{line}\n" for row in table.rows for line in _lines(cli, row)))
    else:
        cli.out.table(table)
    cli.attention()


def _lines(cli: Cli, row: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was found: which record, whose, and the words around."""
    room, colour = cli.out.page_width, cli.out.colour
    spec = cli.session.catalog.kinds[row["kind"]]
    whose = row["customer_name"] if row["kind"] != "customer" else ""
    title = "  ".join(safe(t) for t in (_(spec.label), str(row["title"]), str(whose)) if t)
    yield f"{style(safe(row['id']), 'cyan', on=colour)}  {cut(title, room - width(row['id']) - 2)}"
    if row["where"] and row["where"] != row["title"]:
        yield f"    {style(cut(safe(row['where']), room - 4), 'dim', on=colour)}"
