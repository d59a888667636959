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
        Opt("serve", ("--serve",), N_("show it in a browser on this machine (127.0.0.1 only)")),
    ),
    examples=(
        (N_("the morning's work"), "crm dash"),
        (N_("a day in June, everybody's"), "crm dash --on 2024-06-15 --owner all"),
        (N_("in a browser"), "crm dash --serve"),
    ),
    notes=(N_("? shows the keys, ctrl+p every command; everything also answers to the mouse."),),
)


def run(cli: Cli, *, owner: str, serve: bool) -> int:
    """Keep the dashboard open until it is left."""
    from crmkit.cli import _editor
    from crmkit.tui import start

    given = cli.given
    wish = start.Wish(
        book=given["book"],
        actor=given["actor"],
        on=given["on"],
        owner=owner or "me",
        env=cli.env,
        cwd=cli.cwd,
        paper=lambda text, path: _editor.Sheet(text, path, cli.env),
    )
    if serve:
        from crmkit.tui import serve as serving

        return serving.run(wish, given["lang"], cli.out.note)
    if not cli.interactive and "TEXTUAL_DRIVER" not in cli.env:
        raise Refused(
            N_("the dashboard wants a terminal"),
            hint=N_("for scripts: crm due --json, crm list customer --json"),
        )
    return start.run(wish)
