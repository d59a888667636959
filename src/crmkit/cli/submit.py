"""`crm submit`: hand a customer or a contract over for review."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import IDENT, WHY
from crmkit.i18n import N_

SPEC = Spec(
    about=N_("hand a customer or a contract over for review"),
    args=(IDENT._replace(help=N_("a customer that waits in drafts, or a contract")),),
    options=(WHY._replace(help=N_("a word to the reviewer, kept in the history")),),
    examples=(
        (N_("a new customer"), "crm submit 北京示例"),
        (N_("a contract, before it is signed"), "crm submit contract-240610-b2xq"),
    ),
    notes=(
        N_(
            "what has errors is not taken; who reviews, and within which time, stands in crm.yaml under review"
        ),
    ),
)


def run(cli: Cli, *, ident: str, why: str) -> int:
    """Submit it."""
    from crmkit.actions import submit

    return cli.change(submit.submit(cli.session, cli.ident(ident), why))
