"""`crm cron`: reminders that come by themselves."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.errors import NotFound, UsageError
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions.cron import Plan

ACTIONS = ("install", "show", "remove", "run")
JOBS = {
    "notify": ("notify", "-q"),
    "due": ("due", "--owner", "me", "--format", "table", "--no-pager", "--no-color"),
}
"""What `crm cron run JOB` runs: reminders, and the list that cron mails."""

SPEC = Spec(
    about=N_("let crm notify run by itself, from the crontab or a systemd timer"),
    args=(
        Arg("action", N_("ACTION"), N_("install, show, remove"), choices=ACTIONS),
        Arg(
            "job",
            N_("JOB"),
            N_("with run, which cron calls: notify or due"),
            required=False,
            choices=tuple(JOBS),
        ),
    ),
    options=(
        Opt("systemd", ("--systemd",), N_("a user timer of systemd instead of crontab lines")),
        Opt("daily", ("--daily",), N_("once a day at notify.at of crm.yaml, not every 5 minutes")),
        Opt(
            "mail", ("--mail",), N_("cron also mails every day at this time what is due for you"), N_("HH:MM")
        ),
        Opt("at", ("--at",), N_("with run: only around this time of the book's day"), N_("HH:MM")),
    ),
    examples=(
        (N_("the lines that would be written"), "crm cron install --dry-run"),
        (N_("every 5 minutes, and a list by mail in the morning"), "crm cron install --mail 08:00"),
        (N_("with systemd"), "crm cron install --systemd"),
        (N_("no more"), "crm cron remove"),
    ),
    notes=(
        N_("The rest of the crontab is not touched; each book has lines of its own."),
        N_("Where nothing fails cron has nothing to mail; the same failure is told once a day."),
    ),
)


def run(cli: Cli, *, action: str, job: str, systemd: bool, daily: bool, mail: str, at: str) -> int:
    """Install, show, remove, or do what a line says."""
    if action == "run":
        return _job(cli, job, at)
    if job or at:
        raise UsageError(N_("{word} goes with: crm cron run"), word=job or "--at")
    if action != "install" and (systemd or daily or mail):
        raise UsageError(N_("--systemd, --daily and --mail go with: crm cron install"))
    if action == "show":
        return _show(cli)
    from crmkit.actions import cron

    if action == "remove":
        return _carry_out(cli, cron.remove(_book(cli), cli.env), _("take this out?"))
    if systemd and mail:
        raise UsageError(N_("systemd mails nothing"), hint=N_("leave out --mail, or --systemd"))
    if systemd:
        plan = cron.install_units(cli.session, cli.env, daily=daily)
    else:
        plan = cron.install(cli.session, cli.env, daily=daily, mail=mail)
    return _carry_out(cli, plan, _("write this?"))


def _carry_out(cli: Cli, plan: Plan, question: str) -> int:
    """Show the change and ask, or with `--dry-run` only show it; exit 1 where systemd was not told."""
    if cli.given["dry_run"]:
        if cli.out.is_json:
            cli.out.value({**_plain(plan), "diff": plan.diff})
        else:
            from crmkit.cli import _diff

            cli.out.text(_diff.show(plan.diff, colour=cli.out.colour))
        return 0
    changed = plan.changed
    if changed and not cli.given["yes"]:
        cli.consent(plan.diff, question)
    complaints = plan.apply() if changed else []
    if cli.out.is_json:
        cli.out.value({**_plain(plan), "changed": changed})
    if not changed:
        cli.out.note(_("nothing to change"))
        return 0
    if plan.lines:
        cli.out.note(_("installed for {book}; crm cron remove takes it out").format(book=plan.book))
    else:
        cli.out.note(_("removed for {book}").format(book=plan.book))
    for note in plan.notes:
        cli.out.note(f"note: {note}")
    for complaint in complaints:
        cli.out.warn(f"note: {complaint}")
    return 1 if complaints else 0


def _plain(plan: Plan) -> dict[str, object]:
    return {"book": plan.book, "lines": [line.to_json() for line in plan.lines]}


def _show(cli: Cli) -> int:
    from crmkit.actions import cron

    try:
        book = _book(cli)
    except NotFound:
        book = ""
    found = cron.show(book, cli.env)
    if cli.out.format == "table":
        heads = dict.fromkeys((i.where, i.book) for i in found)
        for where, owner in heads:
            cli.out.lines([f"{where}  {owner}"])
            cli.out.lines(f"  {i.line}" for i in found if (i.where, i.book) == (where, owner))
    else:
        cli.out.rows(("book", "where", "line"), [i.to_json() for i in found])
    if not found:
        cli.out.note(_("nothing is installed; crm cron install does it"))
    return 0


def _book(cli: Cli) -> str:
    """Return the book's path; one that is named need not be there any more."""
    from crmkit.book import layout

    named = cli.given["book"] or cli.env.get("CRM_BOOK")
    try:
        return str(layout.find(cli.given["book"] or None, cli.env, cli.cwd).root)
    except NotFound:
        if not named:
            raise
        return str((cli.cwd / Path(named).expanduser()).resolve())


# -- what a line runs


def _job(cli: Cli, job: str, at: str) -> int:
    """Run a job unless it still runs, or it is not the time; be silent where it goes well."""
    from crmkit.actions import cron

    if not job:
        raise UsageError(N_("which job? one of: {jobs}"), jobs=", ".join(JOBS))
    if job != "notify" or cli.given["dry_run"]:  # these are there to be read
        return _alone(cli, job, at)
    complaints = cron.Complaints(cli.env, job, _named(cli))
    with io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True) as heard:
        with redirect_stdout(heard), redirect_stderr(heard):
            code = _guarded(cli, job, at)
        heard.seek(0)
        text = heard.read()
    if code == 0:
        complaints.settled()
    elif complaints.new(text, cron.today_here()):
        sys.stderr.write(text)
    return code


def _named(cli: Cli) -> str:
    try:
        return _book(cli)
    except NotFound:
        return ""


def _guarded(cli: Cli, job: str, at: str) -> int:
    from crmkit.cli import _boundary

    try:
        return _alone(cli, job, at)
    except Exception as error:  # noqa: BLE001 - told as main tells it, into what is kept of this run
        return _boundary.report(error, ("cron", "run", job), cli.env)


def _alone(cli: Cli, job: str, at: str) -> int:
    from crmkit.actions import cron
    from crmkit.book import layout
    from crmkit.cli import app

    book = layout.find(cli.given["book"] or None, cli.env, cli.cwd)
    if at and not cron.its_time(cli.session.now, at):
        return 0
    with cron.alone(book, job, cli.given["actor"] or cli.env.get("CRM_USER", "")) as free:
        return app.run([*_globals(cli), *JOBS[job]], cli.env, cli.cwd) if free else 0


def _globals(cli: Cli) -> Sequence[str]:
    """Return the global options that this call was given, for the command that it runs."""
    names = {"book": "--book", "actor": "--as", "lang": "--lang", "on": "--on"}
    flags = {"dry_run": "--dry-run", "reveal": "--reveal"}
    said = [word for name, flag in names.items() if cli.given[name] for word in (flag, str(cli.given[name]))]
    return [*said, *(flag for name, flag in flags.items() if cli.given[name])]
