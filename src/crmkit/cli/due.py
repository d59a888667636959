"""`crm due`: what is due, and why."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.cli._words import QUERY
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("what is overdue, due today, or due tomorrow; and why"),
    args=(QUERY,),
    options=(
        Opt("within", ("--within",), N_("look further ahead: 7d, 2w, 1m"), N_("SPAN")),
        Opt(
            "owner",
            ("--owner",),
            N_("whose: a name, me or all (on a terminal: me, else all)"),
            N_("NAME"),
            complete="owner",
        ),
        Opt(
            "rules",
            ("--rules",),
            N_("try the rules in FILE: what would appear and disappear; nothing is changed"),
            "FILE",
            complete="file",
        ),
        Opt("why", ("--why",), N_("name the rule, the facts and the setting behind each row")),
    ),
    examples=(
        (N_("what is due now"), "crm due"),
        (N_("the coming week, everybody's"), "crm due --within 7d --owner all"),
        (N_("high-value customers on the day after tomorrow, and why"), "crm due tier:A --on +2d --why"),
        (N_("what other numbers would change this week"), "crm due --rules trial.yaml --within 7d"),
        (N_("for a script"), "crm due --json"),
    ),
    notes=(N_("Answer a row with crm done ID, put it off with crm snooze ID DATE."),),
)


def run(cli: Cli, *, query: tuple[str, ...], within: str, owner: str, rules: str, why: bool) -> None:
    """Print the rows; nothing due prints nothing."""
    from crmkit.actions import due
    from crmkit.cli import _agenda

    whose = owner or ("me" if cli.out.terminal else "all")
    if whose == "me":
        _known(cli)
    if rules:
        _try(cli, rules, " ".join(query), within, whose)
        return
    rows = due.due(cli.session, " ".join(query), within, whose, reveal=bool(cli.given["reveal"]))
    _agenda.show(cli, rows, why=why)
    cli.attention(settings=True)


def _known(cli: Cli) -> None:
    """Say so where a team does not know who is asking: a misspelt name must not look like a free day."""
    session = cli.session
    if not session.settings.solo and session.settings.member(session.actor) is None:
        text = _("{name} is not in the team of this book, so nothing but what is everybody's is yours")
        cli.out.warn("note: " + text.format(name=session.actor))
        cli.out.warn("hint: " + _("say who you are: --as NAME, or CRM_USER"))


def _try(cli: Cli, rules: str, query: str, within: str, owner: str) -> None:
    from crmkit.actions import trial
    from crmkit.cli import _progress, _trial

    raw = cli.file(rules).encode()
    bar = _progress.on_terminal(N_("reckoning what falls due"))
    _trial.show(
        cli, trial.trial(cli.session, raw, rules, query=query, within=within, owner=owner, progress=bar)
    )
    cli.attention()
