"""`crm show`: a customer's page, or one record."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import AT, IDENT
from crmkit.i18n import N_

SPEC = Spec(
    about=N_("a customer's page to read before a call, or one record"),
    args=(IDENT,),
    options=(AT,),
    examples=(
        (N_("by name, or a part of it"), "crm show 北京示例"),
        (N_("by the initials of its pinyin"), "crm show zs"),
        (N_("by phone"), "crm show 01088886666"),
        (N_("one record, by a part of its id"), "crm show 7k3m"),
        (N_("as it stood at the end of a day"), "crm show 北京示例 --at 2024-03-31"),
        (N_("everything, for a script"), "crm show 202406-001 --json"),
    ),
)


def run(cli: Cli, *, ident: str, at: str) -> None:
    """Print the page."""
    from crmkit.actions import show
    from crmkit.cli import _page

    ident = cli.look_back(at, cli.ident(ident))
    page = show.show(cli.session, ident)
    if cli.out.format == "table":
        cli.out.text(_page.draw(cli, page))
    else:
        cli.out.fields(page.doc, whole=page.to_json())
    cli.problems(page.problems)
