"""`crm plan`: plan a follow-up."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.cli._words import CUSTOMER, FIELDS
from crmkit.errors import UsageError
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("plan a follow-up"),
    args=(CUSTOMER, FIELDS),
    options=(
        Opt("due", ("--due",), N_("when: +3d, friday, 6月20日下午3点"), N_("DATE"), complete="date"),
        Opt("reason", ("--reason",), N_("what for"), N_("TEXT")),
    ),
    examples=(
        (
            N_("a call on Friday"),
            N_("crm plan acme --due friday --reason 'talk about the offer' channels=phone"),
        ),
        (
            N_("an important one, confirmed in writing and by voice"),
            "crm plan 北京示例 --due +2w --reason 合同续签 important=true",
        ),
    ),
)


def run(cli: Cli, *, customer: str, fields: tuple[str, ...], due: str, reason: str) -> int:
    """Plan it; what is missing is asked for on a terminal."""
    from crmkit.actions import plan
    from crmkit.cli import _dates

    assignments = cli.fields(fields, text="--reason")
    who = cli.ident(customer)
    due = due or _need(cli, "--due", _("when is it due?"))
    reason = cli.value(reason) or _need(cli, "--reason", _("what for?"))
    prepared = plan.plan(cli.session, who, due, reason, assignments)
    return cli.change(prepared, more=lambda made: _dates.planned(cli, made))


def _need(cli: Cli, option: str, question: str) -> str:
    if cli.interactive:
        from crmkit.cli import _prompt

        if answer := _prompt.ask(question):
            return answer
    raise UsageError(N_("crm plan wants {option}"), hint=N_("see: crm plan --help"), option=option)
