"""`crm find`: search everything."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.i18n import N_

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

    cli.out.table(listing.find(cli.session, " ".join(text), limit=int(limit) if limit else None))
    cli.attention()
