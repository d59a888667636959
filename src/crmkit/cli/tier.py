"""`crm tier`: the level that each customer's data speak for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.cli import _judge
from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.errors import UsageError
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions.tier import Proposal

SPEC = Spec(
    about=N_("the level that each customer's data speak for, with reasons and figures"),
    args=(_judge.WHOM,),
    options=(
        _judge.APPLY,
        Opt("keep", ("--keep",), N_("keep the present tier: it counts as set by hand from today")),
        Opt("why", ("--why",), N_("why it is kept"), N_("TEXT")),
    ),
    examples=(
        (N_("whose tier should change, and why"), "crm tier"),
        (N_("one customer, with the figures"), "crm tier 北京示例"),
        (N_("take one proposal"), "crm tier 北京示例 --apply"),
        (N_("take all, but what was set by hand"), "crm tier all --apply"),
        (N_("refuse one for good"), N_("crm tier acme --keep --why 'the group decides'")),
        (N_("what the tiers go by, as a list"), "crm list customer 'spent_12m>=50万 years>=3'"),
    ),
    notes=(
        N_("The queries under tiers in crm.yaml decide; the first one that fits is proposed."),
        N_("They may use: spent, spent_12m, order_count, orders_12m, since, years, last_contact, strategic."),
        N_("A tier set by hand wins: it changes only where its customer is named."),
    ),
)


def run(cli: Cli, *, whom: tuple[str, ...], apply: bool, keep: bool, why: str) -> int:
    """Show the proposals, or write them."""
    from crmkit.actions import tier

    words = _judge.whom(cli, whom)
    if keep and apply:
        raise UsageError(N_("either --apply or --keep, not both"))
    if keep:
        if not words:
            raise UsageError(N_("whose tier is kept?"), hint=N_("name it: crm tier CUSTOMER --keep"))
        return cli.change(tier.keep(cli.session, words, why))
    if not apply:
        return _show(cli, tier.assess(cli.session, words), named=bool(words) and words != [_judge.ALL])
    if not words and cli.interactive:
        words = [p.customer for p in tier.proposals(cli.session) if _judge.agreed(cli, _lines(cli, p))]
        if not words:
            return 0
    return _judge.take(cli, "tier", words, lambda ids: tier.apply(cli.session, ids))


def _show(cli: Cli, found: Sequence[Proposal], *, named: bool) -> int:
    if cli.out.is_json:
        cli.out.value([p.to_json() for p in found])
    elif cli.out.format == "table":
        cli.out.text("\n".join(line for p in found for line in (*_lines(cli, p), "")))
        nothing = "" if named else _("every tier is as the data speak for")
        _judge.note(cli, "tier", found, nothing=nothing)
    else:
        rows = [{**p.to_json(), "reasons": "; ".join(map(str, p.reasons))} for p in found]
        cli.out.rows(("id", "name", "now", "proposed", "by_hand", "since", "reasons"), rows)
    cli.attention()
    return 0


def _lines(cli: Cli, proposal: Proposal) -> list[str]:
    from crmkit.actions.tier import told

    words = cli.out.words
    now = words.tier(proposal.now) if proposal.now else _("no tier")
    verdict = f"{now} → {words.tier(proposal.proposed)}" if proposal.changes else now
    texts = [str(r) for r in proposal.reasons]
    if not proposal.proposed:
        texts.append(_("no tier of crm.yaml fits"))
    if proposal.against:
        why = "; ".join(map(str, proposal.against))
        texts.append(_("no longer {tier}: {why}").format(tier=proposal.now, why=why))
    texts.append(" · ".join(str(m) for m in told(proposal.figures, cli.session)))
    if proposal.by_hand:
        texts.append(_judge.by_hand(proposal.since, proposal.basis))
    return _judge.block(cli, proposal.customer, proposal.name, verdict, texts, strong=proposal.changes)
