"""`crm log`: a contact that took place, and the next step."""

from __future__ import annotations

from typing import Any

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import CUSTOMER, FIELDS, LOG_OPTIONS, log_entry
from crmkit.i18n import N_

SPEC = Spec(
    about=N_("log a contact that took place, and the next step"),
    args=(CUSTOMER, FIELDS),
    options=LOG_OPTIONS,
    examples=(
        (N_("a call just now"), "crm log 北京示例 --channel phone --content 初次沟通"),
        (
            N_("a visit, what was said, and what comes next"),
            "crm log 北京示例 --channel visit --at 昨天下午3点 --objection 太贵 --next 发报价 --by 下周五",
        ),
        (N_("a longer text from a file"), "crm log 北京示例 --content @notes.txt"),
    ),
)


def run(cli: Cli, *, customer: str, fields: tuple[str, ...], **told: Any) -> int:
    """Log the contact."""
    from crmkit.actions import log
    from crmkit.cli import _dates

    entry = log_entry(cli, fields, told)
    prepared = log.log(cli.session, cli.ident(customer), entry)
    return cli.change(prepared, more=lambda made: _dates.contact(cli, made, entry.at))
