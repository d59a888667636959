"""`crm cancel`: drop a planned follow-up."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import WHY
from crmkit.cli.done import ROW
from crmkit.errors import UsageError
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("drop a planned follow-up"),
    args=(ROW._replace(help=N_("a planned follow-up")),),
    options=(WHY,),
    examples=((N_("with the reason"), "crm cancel 7k3m --why 客户已签约"),),
)


def run(cli: Cli, *, ident: str, why: str) -> int:
    """Cancel it."""
    from crmkit.actions import plan

    who = cli.ident(ident)
    if not why and cli.interactive:
        from crmkit.cli import _prompt

        why = _prompt.ask(_("why?"))
    if not why:
        raise UsageError(N_("why is it cancelled?"), hint=N_("say why: --why TEXT"))
    return cli.change(plan.cancel(cli.session, who, why))
