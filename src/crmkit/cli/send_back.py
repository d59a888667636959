"""`crm return`: send back what was submitted."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import IDENT, WHY
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("send it back for correction, with the reason"),
    args=(IDENT._replace(help=N_("a customer or a contract that was submitted")),),
    options=(WHY._replace(help=N_("what is to be corrected")),),
    examples=((N_("with the reason"), "crm return 北京示例 --why 税号与营业执照不符"),),
)


def run(cli: Cli, *, ident: str, why: str) -> int:
    """Return it; the reason is asked for on a terminal."""
    from crmkit.actions import send_back

    who = cli.ident(ident)
    if not why and cli.interactive:
        from crmkit.cli import _prompt

        why = _prompt.ask(_("why?"))
    return cli.change(send_back.send_back(cli.session, who, why))
