"""`crm notify`: reminders that arrive, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.i18n import N_, _, ngettext
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.notify import Told

_EXAMPLE = """\
  default: ['wecom://KEY']
  李四: ['dingtalk://TOKEN?secret=SEC...', 'mailtos://USER:PASSWORD@smtp.example.com?to=lisi@example.com']
  王芳: ['feishu://HOOK?secret=...', 'ntfy://TOPIC', 'desktop://']"""

SPEC = Spec(
    about=N_("tell everybody once what is his to do: mail, WeCom, DingTalk, Feishu, ntfy ..."),
    options=(
        Opt(
            "owner",
            ("--owner",),
            N_("whose rows: a name, me or all (all, if not said)"),
            N_("NAME"),
            complete="owner",
        ),
        Opt(
            "to",
            ("--to",),
            N_("only over this channel (wecom, mail ...), or to this name in notify.yaml"),
            N_("NAME"),
        ),
        Opt(
            "digest",
            ("--digest",),
            N_("one message with everything, or one for each row (else as crm.yaml says)"),
            off="--one-by-one",
        ),
        Opt("test", ("--test",), N_("send a test message to every target")),
    ),
    examples=(
        (N_("what would be sent, and to whom"), "crm notify --dry-run"),
        (N_("is the way open?"), "crm notify --test"),
        (N_("send what is due; with nothing to send it is silent"), "crm notify"),
    ),
    notes=(
        N_(
            "Targets and secrets stand in ~/.config/crmkit/notify.yaml, or in CRM_NOTIFY_NAME; never in the book:"
        ),
        _EXAMPLE,
        N_("Each row is told once to its owner and to those beside him, also after missed runs."),
    ),
)


def run(cli: Cli, *, owner: str, to: str, digest: bool | None, test: bool) -> int:
    """Send, or show what would be sent; exit 1 where something could not be delivered."""
    from crmkit.actions import notify

    trial = bool(cli.given["dry_run"])
    if test and not trial:
        told = notify.probe(cli.session, cli.env, to)
    else:
        told = notify.notify(
            cli.session,
            cli.env,
            owner=owner,
            to=to,
            digest=digest,
            reveal=bool(cli.given["reveal"]),
            trial=trial,
        )
    for warning in told.warnings:
        cli.out.warn(f"note: {warning}")
    _show(cli, told, test=test)
    cli.attention()  # what no rule could read, nobody is told of
    if failed := told.failed():
        raise failed
    return 0


def _show(cli: Cli, told: Told, *, test: bool) -> None:
    """Say what was done: to programs that ask, to a person at a terminal; cron hears nothing of success."""
    if cli.out.is_json:
        cli.out.value(told.to_json())
    elif cli.out.asked and cli.out.format != "table":
        cli.out.rows(("to", "state", "rows"), [{**r, "rows": len(r["rows"])} for r in told.to_json()])
    elif told.trial:
        cli.out.text(_trial(told))
    elif test:
        cli.out.lines(_("{to}: delivered").format(to=r.target.shown) for r in told.sent)
    elif cli.out.terminal:
        _summary(cli, told)


def _summary(cli: Cli, told: Told) -> None:
    if told.busy:
        cli.out.note(_("another crm notify is at work; it sends what is due"))
    elif told.sent:
        count = ngettext("{n} message sent", "{n} messages sent", len(told.sent)).format(n=len(told.sent))
        cli.out.note(f"{count}: {', '.join(dict.fromkeys(r.target.shown for r in told.sent))}")
    elif not told.reports and not told.missing:
        cli.out.note(_("there is nothing to tell"))


def _trial(told: Told) -> str:
    parts = [
        f"→ {safe(r.target.shown)}\n{safe(r.letter.title)}\n\n{safe(r.letter.text, newlines=True)}\n"
        for r in told.reports
        if r.letter
    ]
    return "\n".join(parts)
