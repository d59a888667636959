"""`crm done`: a follow-up or a due row is done."""

from __future__ import annotations

from typing import Any

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import FIELDS, IDENT, LOG_OPTIONS, WHY, log_entry
from crmkit.i18n import N_

ROW = IDENT._replace(help=N_("a planned follow-up, or a row of crm due"), complete="due")

SPEC = Spec(
    about=N_("a follow-up or a due row is done; the contact is logged"),
    args=(ROW, FIELDS),
    options=(
        *LOG_OPTIONS,
        WHY._replace(help=N_("why it is late, if it is: customer travelling, no need now ...")),
    ),
    examples=(
        (N_("a planned follow-up"), "crm done 7k3m --channel phone --content 已确认交期"),
        (
            N_("a row of crm due"),
            "crm done 202406-001/cadence.potential/202406-001/2024-06-08 --channel phone --feedback 再考虑",
        ),
        (
            N_("late, and what comes next"),
            "crm done 7k3m --channel visit --why 客户出差 --next 发合同 --by +2d",
        ),
    ),
)


def run(cli: Cli, *, ident: str, fields: tuple[str, ...], why: str, **told: Any) -> int:
    """Answer it; the reason of a late one is asked for on a terminal."""
    from crmkit.actions import done
    from crmkit.cli import _dates, _hints, _late

    entry = log_entry(cli, fields, told)
    who = cli.ident(ident)
    prepared = _late.asked(cli, why, lambda reason: done.done(cli.session, who, entry, reason))
    return cli.change(
        prepared, more=lambda made: (*_dates.contact(cli, made, entry.at), *_hints.after(cli, made))
    )
