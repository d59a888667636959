"""`crm snooze`: put it off to another day."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Spec
from crmkit.cli._words import WHY
from crmkit.cli.done import ROW
from crmkit.i18n import N_

SPEC = Spec(
    about=N_("put a follow-up or a due row off to another day"),
    args=(ROW, Arg("until", N_("DATE"), N_("the new day: +3d, friday, 6月20日"), complete="date")),
    options=(WHY,),
    examples=(
        (N_("three days on"), "crm snooze 7k3m +3d --why 客户出差"),
        (
            N_("a row of crm due"),
            "crm snooze 202406-001/cadence.potential/202406-001/2024-06-08 下周一 --why 暂无需求",
        ),
    ),
)


def run(cli: Cli, *, ident: str, until: str, why: str) -> int:
    """Put it off; the reason of a late one is asked for on a terminal."""
    from crmkit.actions import snooze
    from crmkit.cli import _dates, _late

    who = cli.ident(ident)
    prepared = _late.asked(cli, why, lambda reason: snooze.snooze(cli.session, who, until, reason))
    return cli.change(prepared, more=lambda made: _dates.planned(cli, made))
