"""`crm forget`: hand out, erase, anonymise, and take out of the history."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.errors import Refused, UsageError
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crmkit.actions._person import Held
    from crmkit.actions.forget import Erased, Plan

SPEC = Spec(
    about=N_("hand out what is held about a customer, and erase it"),
    args=(
        Arg(
            "customer",
            N_("CUSTOMER"),
            N_("whom to forget; a number once the dossier is gone"),
            required=False,
            complete="customer",
        ),
    ),
    options=(
        Opt(
            "export",
            ("--export",),
            N_("write everything that is held, secrets too, into this zip first"),
            N_("FILE"),
            complete="file",
        ),
        Opt("keep", ("--keep",), N_("only export; erase nothing")),
        Opt(
            "anonymise",
            ("--anonymise",),
            N_("keep sums, dates and codes without a name: totals do not change"),
        ),
        Opt("history", ("--history",), N_("also write git's history anew without the customer")),
        Opt(
            "backup",
            ("--backup",),
            N_("where --history puts the old history (beside the book, if not said)"),
            N_("FILE"),
            complete="file",
        ),
        Opt("proposals", ("--proposals",), N_("whom privacy.retention in crm.yaml proposes to forget")),
    ),
    examples=(
        (N_("what would go"), "crm forget 李明 --dry-run"),
        (
            N_("a copy of everything for the person; nothing is erased"),
            "crm forget 李明 --export 李明.zip --keep",
        ),
        (N_("hand out, then erase, with all of its past"), "crm forget 李明 --export 李明.zip --history"),
        (N_("keep the money for the books"), "crm forget 李明 --anonymise"),
        (N_("whose time is over"), "crm forget --proposals"),
    ),
    notes=(
        N_("Without --history git still holds the past, and crm undo brings the dossier back."),
        N_("With it every clone must be made anew, and the backup deleted in the end: both are spelled out."),
    ),
)
NAMES = ("id", "name", "rule", "last", "since")


def run(
    cli: Cli,
    *,
    customer: str | None,
    export: str,
    keep: bool,
    anonymise: bool,
    history: bool,
    backup: str,
    proposals: bool,
) -> int:
    """Show what goes, ask, and do it."""
    from crmkit.actions import forget

    if proposals:
        return _proposals(cli)
    if not customer:
        raise UsageError(N_("whom?"), hint=N_("crm forget CUSTOMER, or crm forget --proposals"))
    if keep and (not export or history or anonymise):
        raise UsageError(N_("--keep goes with --export FILE alone"))
    if backup and not history:
        raise UsageError(N_("--backup goes with --history"))
    about = forget.held(cli.session, cli.ident(customer))
    plan = forget.plan(cli.session, about, anonymise=anonymise)
    if cli.given["dry_run"]:
        if cli.out.is_json:
            cli.out.value(_plain(plan))
        else:
            _say(cli, plan)
        return 0
    if not keep:
        _say(cli, plan)
        _agreed(cli, plan, history=history)
    if export:
        from crmkit.actions import person

        names = person.export(cli.session, about, cli.cwd / export)
        text = ngettext("exported {n} file to {path}", "exported {n} files to {path}", len(names))
        cli.out.note(text.format(n=len(names), path=export))
    if keep:
        return 0
    code = cli.change(forget.forget(cli.session, about, anonymise=anonymise)) if plan.files else 0
    return _history(cli, about, backup) if history else code


def _agreed(cli: Cli, plan: Plan, *, history: bool) -> None:
    """Ask, unless `--yes` was given: this is the one command that takes things away for good."""
    if cli.given["yes"]:
        return
    if not cli.interactive:
        raise Refused(N_("this wants a yes"), hint=N_("look with --dry-run, then repeat with --yes"))
    from crmkit.cli import _prompt

    question = (_("forget {number}, with its whole past?") if history else _("forget {number}?")).format(
        number=plan.number
    )
    if not _prompt.confirm(question):
        raise Refused(N_("stopped; nothing was written"))


def _plain(plan: Plan) -> dict[str, object]:
    return {
        "id": plan.number,
        "files": plan.files,
        "references": [{"path": p, "field": f} for p, f in plan.references],
        "mentions": list(plan.mentions),
    }


def _say(cli: Cli, plan: Plan) -> None:
    """Tell what goes and what a person has to look at."""
    if plan.files:
        text = (
            ngettext("{id}: {n} file is anonymised", "{id}: {n} files are anonymised or go", plan.files)
            if plan.anonymise
            else ngettext("{id}: {n} file goes", "{id}: {n} files go", plan.files)
        )
        cli.out.note(text.format(id=plan.number, n=plan.files))
    for path, name in plan.references:
        cli.out.note(_("the reference in {path}, {field}, is cleared").format(path=path, field=name))
    for path in plan.mentions:
        cli.out.warn(_("look at it yourself: {path} names the customer in its text").format(path=path))


def _history(cli: Cli, about: Held, backup: str) -> int:
    from crmkit.actions import forget

    root = cli.session.book.root
    stamp = cli.session.now.strftime("%Y%m%d-%H%M%S")
    path = str(cli.cwd / backup) if backup else str(root.parent / f"{root.name}-before-{stamp}.bundle")
    done = forget.erase_history(cli.session, about, path)
    if cli.out.is_json:
        cli.out.value(done.to_json())
    _told(cli, done, Path(path))
    return 1 if done.left else 0


def _told(cli: Cli, done: Erased, backup: Path) -> None:
    """Say what was done, and the three things that only people can do."""
    say = cli.out.warn
    say(
        _("history: {changed} of {commits} commits written anew; {n} objects looked through").format(
            changed=done.changed, commits=done.commits, n=done.objects
        )
    )
    if done.left:
        say(_("still found in: {places}").format(places=", ".join(done.left[:10])))
    else:
        say(_("none of what was held about the customer is left in git, reachable or not"))
    if done.spared:
        text = ngettext(
            "{n} name or number stands in other records too, and stays in their past",
            "{n} names and numbers stand in other records too, and stay in their past",
            done.spared,
        )
        say(text.format(n=done.spared))
    say(_("what is left to do:"))
    steps = [
        *(_("send the new history: {command}").format(command=c) for c in done.push),
        _("every other clone still holds the old history: delete it and clone anew (crm sync refuses it)"),
        _("delete the backup once all is well: rm {path}").format(path=backup),
    ]
    for number, step in enumerate(steps, 1):
        say(f"  {number}. {step}")
    sys.stderr.flush()


def _proposals(cli: Cli) -> int:
    from crmkit.actions import retention

    found = retention.proposals(cli.session)
    cli.out.rows(NAMES, [p.to_json() for p in found])
    if not found and not cli.session.settings.privacy.get("retention"):
        cli.out.note(_("crm.yaml has no rules under privacy: retention"))
    return 0
