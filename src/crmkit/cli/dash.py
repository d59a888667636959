"""`crm dash`: the dashboard."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.errors import Refused
from crmkit.i18n import N_

SPEC = Spec(
    about=N_("the dashboard: what is due, customers and deals on one screen, kept open all day"),
    options=(
        Opt(
            "owner",
            ("--owner",),
            N_("whose rows come first: a name, me or all"),
            N_("NAME"),
            complete="owner",
        ),
    ),
    examples=(
        (N_("the morning's work"), "crm dash"),
        (N_("a day in June, everybody's"), "crm dash --on 2024-06-15 --owner all"),
    ),
    notes=(N_("? shows the keys, ctrl+p every command; everything also answers to the mouse."),),
)


def run(cli: Cli, *, owner: str) -> int:
    """Keep the dashboard open until it is left."""
    if not cli.interactive:
        raise Refused(
            N_("the dashboard wants a terminal"),
            hint=N_("for scripts: crm due --json, crm list customer --json"),
        )
    from crmkit.tui import start

    given = cli.given
    return start.run(
        start.Wish(
            book=given["book"],
            actor=given["actor"],
            on=given["on"],
            owner=owner or "me",
            env=cli.env,
            cwd=cli.cwd,
        )
    )
