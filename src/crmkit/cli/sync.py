"""`crm sync`: meet the others' clones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmkit.actions.sync import Synced

SPEC = Spec(
    about=N_("commit what was written by hand, fetch, merge record by record, push"),
    options=(Opt("remote", ("--remote",), N_("the git remote (else the branch's own)"), N_("NAME")),),
    examples=(
        (N_("meet the others"), "crm sync"),
        (N_("see what would come and go"), "crm sync --dry-run"),
    ),
    notes=(
        N_("Two changes of one field: the later one stays, the other value goes to the attic (crm check)."),
    ),
)


def run(cli: Cli, *, remote: str) -> int:
    """Synchronise, and say what came, went and wants to be settled."""
    from crmkit.actions import sync

    done = sync.sync(cli.session, remote, dry_run=bool(cli.given["dry_run"]), terminal=cli.interactive)
    if cli.out.is_json:
        cli.out.value(done.to_json())
    else:
        cli.out.lines([])
    for line in _lines(done):
        cli.out.note(line)
    cli.problems(done.held)
    for notice in done.notice:
        cli.out.warn(f"note: {notice}")
    if not done.remote:
        cli.out.warn(_("there is no remote to meet the others at; add one: git remote add origin URL"))
    if done.offline:
        cli.out.warn(_("not sent: {reason}").format(reason=done.offline))
        cli.out.warn("hint: " + _("everything is saved here; crm sync again when the remote answers"))
    if done.attic:
        cli.out.warn(
            "hint: " + _("values that gave way are kept: crm check shows them, crm check --fix settles them")
        )
    cli.attention()
    return 1 if done.offline else 0


def _lines(done: Synced) -> Iterator[str]:
    n = len(done.committed)
    if n:
        yield ngettext("{n} file was written by hand", "{n} files were written by hand", n).format(n=n)
    n = len(done.received)
    if n:
        yield ngettext("{n} file came", "{n} files came", n).format(n=n)
    if done.sent:
        yield ngettext("{n} change was sent", "{n} changes were sent", done.sent).format(n=done.sent)
    for old, new in done.renumbered.items():
        yield _("{old} is {new} now: somebody else had given that number").format(old=old, new=new)
    for folder in done.kept:
        yield _("kept, since it was removed here and changed there: {folder}").format(folder=folder)
    n = len(done.attic)
    if n:
        yield ngettext("{n} value gave way to a later one", "{n} values gave way to later ones", n).format(
            n=n
        )
    if done.remote and not done.offline and not (done.committed or done.received or done.sent):
        yield _("nothing to send, nothing new")
