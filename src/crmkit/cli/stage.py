"""`crm stage`: an opportunity or a customer goes into another stage, through its gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli, commit_of
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import FIELDS
from crmkit.errors import UsageError
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions._write import Done
    from crmkit.actions.stage import Move

SPEC = Spec(
    about=N_("an opportunity or a customer goes into another stage, through its gate"),
    args=(
        Arg("ident", N_("ID"), N_("an opportunity, or a customer"), complete="stage"),
        Arg(
            "stage",
            N_("STAGE"),
            N_("the stage: qualify negotiation won ...; intent won loyal lost"),
            complete="stage_of",
        ),
        FIELDS,
    ),
    options=(
        Opt("goal", ("--goal",), N_("what shall be reached in this stage (opportunity)"), N_("TEXT")),
        Opt("by", ("--by",), N_("until when"), N_("DATE"), complete="date"),
        Opt("via", ("--via",), N_("through which channel or way (customer)"), N_("TEXT")),
    ),
    examples=(
        (N_("on to the negotiation, with a goal"), "crm stage b2xq negotiation --goal 价格谈定 --by +2w"),
        (
            N_("won: amount and effective date are needed"),
            "crm stage b2xq won amount=50万 start_date=2024-07-01",
        ),
        (N_("lost: the reason is needed"), "crm stage b2xq lost lost_reason=价格"),
        (N_("a lead goes into deep follow-up"), "crm stage 北京示例 intent needs.0.summary=节能改造"),
        (
            N_("why a customer was lost"),
            "crm stage 北京示例 lost churn.reason=改用竞品 churn.cause=competitor",
        ),
    ),
    notes=(
        N_("won needs amount and effective date, lost a reason, intent a need; see crm guide."),
        N_("A won opportunity makes its customer won. Contracts are approved by legal before signing."),
    ),
)


def run(cli: Cli, *, ident: str, stage: str, fields: tuple[str, ...], goal: str, by: str, via: str) -> int:
    """Make the move; what the gate lacks is asked for on a terminal."""
    from crmkit.actions import stage as staging

    given = cli.fields(fields)
    move = staging.move(cli.session, cli.ident(ident), stage, given, goal=goal, by=by, via=via)
    if cli.interactive:
        move = _asked(cli, move)
    return cli.change(
        staging.stage(cli.session, move),
        saved=lambda done: _told(cli, move, done),
        more=lambda _done: _next(move),
    )


def _asked(cli: Cli, move: Move) -> Move:
    """Ask for what the gate lacks, as long as it can be given along."""
    from crmkit.actions import stage as staging
    from crmkit.cli import _prompt

    while lacking := staging.missing(cli.session, move):
        if any(not lack.name for lack in lacking):
            return move
        lack = lacking[0]
        answer = _prompt.ask(f"{lack.message} ({lack.name})")
        if not answer:
            continue
        word = f"{lack.name}={answer}"
        contract = move.kind == "customer" and lack.name in {"number", "amount", "start_date"}
        more = (
            replace(move, contract=(*move.contract, word))
            if contract
            else replace(move, given=(*move.given, word))
        )
        try:
            staging.missing(cli.session, more)
        except UsageError as wrong:
            cli.out.warn("\n".join(t for t in (str(wrong), str(wrong.hint)) if t))
        else:
            move = more
    return move


def _told(cli: Cli, move: Move, done: Done) -> str:
    from crmkit.actions.stage import label

    now, then = (label(cli.session, move.kind, code) for code in (move.now, move.stage))
    text = _("{name}: {now} → {then}") if move.now != move.stage else _("{name}: {now}, changed")
    return text.format(name=move.hit.title or move.hit.id, now=now, then=then) + commit_of(done)


def _next(move: Move) -> Iterator[str]:
    """Say what comes next."""
    if move.now == move.stage:
        return
    number = move.hit.customer or move.hit.id
    if move.kind == "opportunity" and move.stage == "won":
        yield _(
            "next: crm add order {id} number=... opportunity={deal}, crm add plan {id} purpose=kickoff"
        ).format(id=number, deal=move.hit.id)
    elif move.stage == "lost" and move.kind == "customer":
        yield _("what was learnt: crm set {id} churn.lessons=...").format(id=number)
