"""`crm export`: data in a form that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import QUERY
from crmkit.errors import UsageError
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmkit.actions.export import Written

WHAT = ("ics",)
"""What can be exported: a form of `exchange`, until kinds and the whole book join it."""

SPEC = Spec(
    about=N_("what is due as a calendar (iCalendar) to subscribe to"),
    args=(
        Arg("what", N_("WHAT"), N_("ics: a calendar of what is due"), choices=WHAT),
        QUERY,
    ),
    options=(
        Opt("within", ("--within",), N_("look that far ahead: 30d, 6m (90d, if not said)"), N_("SPAN")),
        Opt(
            "owner",
            ("--owner",),
            N_("whose rows: a name, me or all (all, if not said)"),
            N_("NAME"),
            complete="owner",
        ),
        Opt(
            "output",
            ("-o", "--output"),
            N_("write to this file (-, if not said: print it)"),
            N_("FILE"),
            complete="file",
        ),
        Opt(
            "per_owner", ("--per-owner",), N_("write DIR/OWNER.ics for everybody"), N_("DIR"), complete="dir"
        ),
    ),
    examples=(
        (N_("my next three months"), "crm export ics --owner me -o ~/me.ics"),
        (
            N_("a file for everybody, for a web server to hand out; from cron"),
            "crm export ics --per-owner /srv/calendars -q",
        ),
        (N_("high-value customers alone"), "crm export ics tier:A --within 6m -o vip.ics"),
    ),
    notes=(
        N_("An entry that is put off moves in a subscribed calendar; what is answered is gone from it."),
        N_("Contact details are masked unless --reveal."),
    ),
)


def run(
    cli: Cli, *, what: str, query: tuple[str, ...], within: str, owner: str, output: str, per_owner: str
) -> None:
    """Write the calendar, or one for everybody."""
    del what  # there is one so far
    if per_owner and (output or owner):
        raise UsageError(
            N_("--per-owner writes a file for everybody; {option} does not go with it"),
            option="--output" if output else "--owner",
        )
    from crmkit.actions import export

    words, reveal, trial = " ".join(query), bool(cli.given["reveal"]), bool(cli.given["dry_run"])
    if per_owner:
        folder = cli.cwd / Path(per_owner).expanduser()
        _say(cli, export.per_owner(cli.session, folder, words, within, reveal=reveal, trial=trial))
        cli.attention()
        return
    calendar = export.calendar(cli.session, words, within, owner or "all", reveal=reveal)
    if output in {"", "-"}:
        cli.out.raw(export.encoded(calendar))
    else:
        _say(cli, [export.to_file(calendar, cli.cwd / Path(output).expanduser(), trial=trial)])
    cli.attention()


def _say(cli: Cli, made: Sequence[Written]) -> None:
    """Name the files: to programs that ask as data, else to people beside it."""
    if cli.out.asked:
        cli.out.rows(("path", "owner", "rows", "changed"), [w.to_json() for w in made])
        return
    for one in made:
        count = ngettext("{n} entry", "{n} entries", one.rows).format(n=one.rows)
        text = _("{path}: {count}") if one.changed else _("{path}: {count}, as before")
        cli.out.note(text.format(path=one.path, count=count))
