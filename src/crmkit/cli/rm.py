"""`crm rm`: remove a record."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import IDENT
from crmkit.i18n import N_, ngettext

SPEC = Spec(
    about=N_("remove a record; a customer goes with the whole dossier"),
    args=(IDENT,),
    examples=(
        (N_("a record"), "crm rm 7k3m"),
        (N_("see first what would go"), "crm rm 202406-001 --dry-run"),
        (N_("and back again"), "crm undo"),
    ),
)


def run(cli: Cli, *, ident: str) -> int:
    """Remove the record."""
    from crmkit.actions import rm

    prepared = rm.remove(cli.session, cli.ident(ident))
    done = prepared.dry_run()
    count = len(done.changed)
    question = ngettext("remove {n} file?", "remove {n} files?", count).format(n=count)
    return cli.change(prepared, ask=question if count > 1 or cli.interactive else "")
