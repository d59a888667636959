"""`crm lead`: the grade of each lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.cli import _judge
from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions.lead import Graded

SPEC = Spec(
    about=N_("the grade of each lead: match with the ideal customer, and urgency of the need"),
    args=(_judge.WHOM,),
    options=(_judge.APPLY,),
    examples=(
        (N_("all leads, the best first"), "crm lead"),
        (N_("one lead, with the points"), "crm lead 北京示例"),
        (N_("write the grades that were not set by hand"), "crm lead all --apply"),
        (N_("it goes into deep follow-up"), "crm stage 北京示例 intent needs.0.summary=节能改造"),
        (N_("it is dropped"), "crm stage 北京示例 lost churn.reason=不符合画像"),
    ),
    notes=(
        N_(
            "The ideal customer stands under profile in crm.yaml: industries, regions, employees, needs, budget."
        ),
        N_("How points, score and grade are reckoned, with an example: docs/insight.md."),
    ),
)


def run(cli: Cli, *, whom: tuple[str, ...], apply: bool) -> int:
    """Show the grades, or write them."""
    from crmkit.actions import lead

    words = _judge.whom(cli, whom)
    if apply:
        if not words and cli.interactive:
            found = [g for g in lead.leads(cli.session) if g.changes]
            words = [g.customer for g in found if _judge.agreed(cli, _lines(cli, g))]
            if not words:
                return 0
        return _judge.take(cli, "lead", words, lambda ids: lead.apply(cli.session, ids))
    _show(cli, lead.leads(cli.session, words))
    cli.attention()
    return 0


def _show(cli: Cli, found: Sequence[Graded]) -> None:
    if cli.out.is_json:
        cli.out.value([g.to_json() for g in found])
    elif cli.out.format == "table":
        cli.out.text("\n".join(line for g in found for line in (*_lines(cli, g), "")))
        _judge.note(cli, "lead", found, nothing="" if found else _("there is no open lead"))
    else:
        columns = ("id", "name", "now", "proposed", "score", "match", "urgency", "owner")
        cli.out.rows(columns, [g.to_json() for g in found])


def _lines(cli: Cli, one: Graded) -> list[str]:
    from crmkit.rules.lead import LABELS

    grade = one.grade
    verdict = f"{one.now or '-'} → {grade.grade}" if one.changes else grade.grade
    verdict += "  " + _("{score} (match {match}, urgency {urgency})").format(
        score=grade.score, match=grade.match, urgency=grade.urgency
    )
    texts = [f"{_(LABELS[p.criterion])} {p.points}/{p.of}: {p.told}" for p in grade.points]
    if one.by_hand:
        texts.append(_judge.by_hand(one.since, one.basis))
    if one.stage == "potential" and grade.grade == "A":
        texts.append(_("into deep follow-up: crm stage {id} intent").format(id=one.customer))
    return _judge.block(cli, one.customer, one.name, verdict, texts, strong=one.changes)
