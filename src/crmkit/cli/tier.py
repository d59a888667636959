"""`crm tier`: the level that each customer's data speak for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.errors import UsageError
from crmkit.i18n import N_, _, ngettext
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.tier import Proposal

WHOM = Arg(
    "whom",
    N_("CUSTOMER|QUERY"),
    N_("one or more customers, a query (spent_12m>=500000), or all"),
    required=False,
    many=True,
    query=True,
    complete="customer",
)
APPLY = Opt(
    "apply", ("--apply",), N_("write what is proposed: of the customers named, of a query, or of all")
)

SPEC = Spec(
    about=N_("the level that each customer's data speak for, with reasons and figures"),
    args=(WHOM,),
    options=(
        APPLY,
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

    words = _idents(cli, whom)
    if keep and apply:
        raise UsageError(N_("either --apply or --keep, not both"))
    if keep:
        if not words:
            raise UsageError(N_("whose tier is kept?"), hint=N_("name it: crm tier CUSTOMER --keep"))
        return cli.change(tier.keep(cli.session, words, why))
    if not apply:
        return _show(cli, tier.assess(cli.session, words), named=bool(words) and words != ["all"])
    if not words:
        return _one_by_one(cli)
    prepared = tier.apply(cli.session, words)
    count = len(prepared.dry_run().changed)
    question = ngettext("change {n} file?", "change {n} files?", count).format(n=count)
    return cli.change(prepared, ask=question if count > 1 else "")


def _idents(cli: Cli, words: Sequence[str]) -> list[str]:
    from crmkit.actions._aim import is_query

    return list(words) if is_query(words) or list(words) == ["all"] else cli.idents(list(words))


def _show(cli: Cli, found: Sequence[Proposal], *, named: bool) -> int:
    if cli.out.is_json:
        cli.out.value([p.to_json() for p in found])
    elif cli.out.format == "table":
        cli.out.text("\n".join(line for p in found for line in (*_lines(cli, p), "")))
        _note(cli, found, named=named)
    else:
        rows = [{**p.to_json(), "reasons": "; ".join(map(str, p.reasons))} for p in found]
        cli.out.rows(("id", "name", "now", "proposed", "by_hand", "since", "reasons"), rows)
    cli.attention()
    return 0


def _lines(cli: Cli, proposal: Proposal) -> list[str]:
    from crmkit.actions.tier import told
    from crmkit.cli import _agenda
    from crmkit.cli._render import style

    words = cli.out.words
    now = safe(words.tier(proposal.now)) if proposal.now else _("no tier")
    arrow = f"{now} → {safe(words.tier(proposal.proposed))}" if proposal.changes else now
    head = f"{style(proposal.customer, 'cyan', on=cli.out.colour)}  {safe(proposal.name)}  "
    lines = [head + style(arrow, "bold", on=cli.out.colour and proposal.changes)]
    texts = [str(r) for r in proposal.reasons]
    if not proposal.proposed:
        texts.append(_("no tier of crm.yaml fits"))
    if proposal.against:
        why = "; ".join(map(str, proposal.against))
        texts.append(_("no longer {tier}: {why}").format(tier=proposal.now, why=why))
    texts.append(" · ".join(str(m) for m in told(proposal.figures, cli.session)))
    if proposal.by_hand:
        texts.append(_by_hand(proposal))
    for text in texts:
        lines += (f"    {line}" for line in _agenda.wrap(safe(text), cli.out.page_width - 4))
    return lines


def _by_hand(proposal: Proposal) -> str:
    if proposal.since:
        text = _("set by hand on {day}").format(day=proposal.since)
    else:
        text = _("set by hand, nobody wrote down when")
    return f"{text}: {proposal.basis}" if proposal.basis else text


def _note(cli: Cli, found: Sequence[Proposal], *, named: bool) -> None:
    """Say what can be done with the proposals."""
    changing = [p for p in found if p.changes]
    if not changing:
        if not named:
            cli.out.note(_("every tier is as the data speak for"))
        return
    free = [p for p in changing if not p.by_hand]
    if free:
        cli.out.note(
            _("take one: crm tier {id} --apply; all {n}: crm tier all --apply").format(
                id=free[0].customer, n=len(free)
            )
        )
    held = len(changing) - len(free)
    if held:
        text = ngettext(
            "{n} was set by hand and changes only by name: crm tier ID --apply",
            "{n} were set by hand and change only by name: crm tier ID --apply",
            held,
        )
        cli.out.note(text.format(n=held))


def _one_by_one(cli: Cli) -> int:
    """Ask about each proposal on a terminal; off it the customers have to be named."""
    from crmkit.actions import tier
    from crmkit.cli import _prompt

    if not cli.interactive:
        raise UsageError(
            N_("whose tier shall be changed?"),
            hint=N_("crm tier CUSTOMER --apply, or crm tier all --apply for all that were not set by hand"),
        )
    taken = []
    for proposal in tier.proposals(cli.session):
        cli.out.warn("\n".join(_lines(cli, proposal)))
        if _prompt.confirm(_("take it?")):
            taken.append(proposal.customer)
    return cli.change(tier.apply(cli.session, taken)) if taken else 0
