"""The pipeline's movement between two days, for people."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from crmkit.cli._render import style
from crmkit.i18n import N_, _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.movement import Deal, Movement
    from crmkit.cli._context import Cli

_WHAT = {
    "won": N_("won"),
    "lost": N_("lost"),
    "new": N_("new"),
    "stage": N_("moved"),
    "amount": N_("amount"),
    "reopened": N_("reopened"),
    "removed": N_("removed"),
}


def draw(cli: Cli, moved: Movement) -> str:
    """Return the page: the open pipeline on both days, then every deal that moved."""
    first, last = moved.first.isoformat(), moved.last.isoformat()
    lines = [
        style(_("Pipeline from {first} to {last}").format(first=first, last=last), "bold", on=cli.out.colour),
        "",
    ]
    keys = list(dict.fromkeys([*moved.then, *moved.now]))
    for stage, currency in keys:
        one, two = moved.then.get((stage, currency)), moved.now.get((stage, currency))
        counts = f"{one.count if one else 0}→{two.count if two else 0}"
        sums = f"{_sum(one.amount if one else None)}→{_sum(two.amount if two else None)} {currency}"
        lines.append(f"  {_label(cli, stage)}  {counts}  {sums}")
    if moved.deals:
        lines.append("")
    lines += [f"  {_(_WHAT[deal.what])}  {_deal(cli, deal)}" for deal in moved.deals]
    if not moved.deals:
        lines.append(_("nothing moved"))
    return "\n".join(lines) + "\n"


def _deal(cli: Cli, deal: Deal) -> str:
    stage = _label(cli, deal.stage_now or deal.stage_then)
    if deal.stage_then and deal.stage_now and deal.stage_then != deal.stage_now:
        stage = f"{_label(cli, deal.stage_then)}→{stage}"
    amount = _sum(deal.amount_now if deal.amount_now is not None else deal.amount_then)
    if deal.amount_then is not None and deal.amount_now is not None and deal.amount_then != deal.amount_now:
        amount = f"{_sum(deal.amount_then)}→{_sum(deal.amount_now)}"
    return safe("  ".join(x for x in (deal.id, deal.customer, deal.name, stage, amount, deal.owner) if x))


def _label(cli: Cli, stage: str) -> str:
    return cli.out.words.cell(stage, "vocabulary", "opportunity_stage")


def _sum(amount: Decimal | None) -> str:
    return "0" if amount is None else f"{amount.normalize():,f}"
