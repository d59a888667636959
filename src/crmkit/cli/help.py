"""`crm help`: the same as `--help`."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Spec
from crmkit.i18n import N_

SPEC = Spec(
    about=N_("help on a command"),
    args=(
        Arg("command", N_("COMMAND"), N_("a command; none: all of them"), required=False, complete="command"),
    ),
    examples=((N_("all commands"), "crm help"), (N_("how to log a call"), "crm help log")),
)


def run(cli: Cli, *, command: str) -> None:
    """Print the help of `command`, or the overview."""
    from crmkit.cli import _help, app

    if command and command not in app.COMMANDS:
        raise app.unknown(command)
    cli.out.text(_help.command(command, app.load(command).SPEC) if command else _help.overview())
