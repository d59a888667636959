"""`crm health`: how healthy won customers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.cli import _judge
from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crmkit.actions.health import Checked

SPEC = Spec(
    about=N_(
        "how healthy won customers are, with the three marks behind each score, and the risk of losing them"
    ),
    args=(_judge.WHOM,),
    options=(
        _judge.APPLY._replace(
            help=N_("write the risk (churn.risk) of the customers named, of a query, or of all")
        ),
        Opt("cause", ("--cause",), N_("why: competitor, service, reorganisation, or a text"), N_("CAUSE")),
        Opt("every", ("--all",), N_("the healthy ones as well")),
    ),
    examples=(
        (N_("who is in danger, and by what"), "crm health"),
        (N_("one customer, with the figures"), "crm health 北京示例"),
        (N_("write the risk, and why"), "crm health 北京示例 --apply --cause competitor"),
        (N_("win the customer back"), "crm add plan 北京示例 template=recovery"),
    ),
    notes=(
        N_(
            "The score is 0 to 100: orders, complaints and contact of six months, weighed as health in crm.yaml says."
        ),
        N_("Below 70 it warns. How the marks are reckoned, with an example: docs/insight.md."),
    ),
)


def run(cli: Cli, *, whom: tuple[str, ...], apply: bool, cause: str, every: bool) -> int:
    """Show the scores, or write the risks."""
    from crmkit.actions import health

    words = _judge.whom(cli, whom)
    if apply or cause:
        if not words and cli.interactive:
            found = [c for c in health.check(cli.session) if c.changes]
            words = [c.customer for c in found if _judge.agreed(cli, _lines(cli, c))]
            if not words:
                return 0
        return _judge.take(cli, "health", words, lambda ids: health.apply(cli.session, ids, cause))
    named = bool(words) and words != [_judge.ALL]
    found = list(health.check(cli.session, words))
    _show(
        cli,
        found if every or named else [c for c in found if c.warns or (c.changes and not c.by_hand)],
        len(found),
    )
    cli.attention()
    return 0


def _show(cli: Cli, shown: Sequence[Checked], checked: int) -> None:
    if cli.out.is_json:
        cli.out.value([c.to_json() for c in shown])
    elif cli.out.format == "table":
        cli.out.text("\n".join(line for c in shown for line in (*_lines(cli, c), "")))
        if not any(c.warns for c in shown):
            text = ngettext("{n} customer checked, none warns", "{n} customers checked, none warns", checked)
            cli.out.note(text.format(n=checked))
        _judge.note(cli, "health", shown, nothing="")
    else:
        cli.out.rows(("id", "name", "score", "warns", "risk", "now", "cause"), [c.to_json() for c in shown])


def _lines(cli: Cli, one: Checked) -> list[str]:
    label = cli.out.words.label
    verdict = _("{score} of 100").format(score=one.health.score)
    if one.warns:
        verdict += (
            _(", below {limit}").format(limit=one.limit) if one.health.score < one.limit else _(", warns")
        )
        verdict += _(", risk {risk}").format(risk=label("churn_risk", one.risk))
    texts = [str(mark.told) for mark in one.health.marks]
    if one.sign:
        cause = label("churn_cause", one.cause)
        texts.append(_("perhaps because of: {cause} ({sign})").format(cause=cause, sign=one.sign))
    if one.now:
        text = _("in the record: risk {risk}, by hand") if one.by_hand else _("in the record: risk {risk}")
        texts.append(
            text.format(risk=label("churn_risk", one.now)) + (f" ({one.since})" if one.since else "")
        )
    if one.plan:
        texts.append(_plan(one))
    return _judge.block(cli, one.customer, one.name, verdict, texts, strong=one.warns)


def _plan(one: Checked) -> str:
    """Return what to do about it: a recovery under the sales lead, or talks of customer success (R-002-45, -47)."""
    if one.plan == "recovery":
        text = _("recovery in 30 days, led by the sales lead: crm add plan {id} template=recovery")
    else:
        text = _("customer success talks to them: crm add plan {id} template=care")
    return text.format(id=one.customer)
