"""`crm` alone: on a terminal today's list and what to do next, else help."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.errors import NotFound
from crmkit.i18n import N_, _

SPEC = Spec(about=N_("customers, follow-ups and deals as plain files in git"))


def run(cli: Cli) -> None:
    """Print today's list, or help where nobody looks or there is no book."""
    from crmkit.cli import _help

    if not cli.out.terminal:
        cli.out.text(_help.overview())
        return
    try:
        session = cli.session
    except NotFound as missing:
        cli.out.text(_help.overview())
        cli.out.note(f"{missing}\nhint: {missing.hint}")
        return
    from crmkit.actions import due
    from crmkit.cli import _agenda

    rows = due.due(session, "", "", "me", reveal=bool(cli.given["reveal"]))
    body = [f"{session.settings.name or session.book.root.name}  {session.today.isoformat()}", ""]
    body += _agenda.lines(cli, rows) if rows else [_("Nothing is due today or tomorrow.")]
    body += ["", *_next(bool(rows))]
    cli.out.text("\n".join(body))
    cli.attention(settings=True)


def _next(due: bool) -> list[str]:
    steps = [
        (_("read up"), _("crm show ID")),
        (_("done"), _("crm done ID --channel phone --content ...")),
        (_("put off"), _("crm snooze ID +3d --why ...")),
    ]
    others = [
        (_("a call that was not planned"), _("crm log CUSTOMER --channel phone --content ...")),
        (_("the week ahead"), "crm due --within 7d"),
        (_("all commands"), "crm --help"),
    ]
    from crmkit.cli._help import two_columns

    return two_columns([(line, what) for what, line in (steps if due else []) + others])
