"""`crm merge-file`: git's merge driver for records."""

from __future__ import annotations

from pathlib import Path

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Spec
from crmkit.i18n import N_, ngettext

SPEC = Spec(
    about=N_("merge one record field by field; git calls it (merge=crm in .gitattributes)"),
    args=(
        Arg("base", "%O", N_("the version that both come from"), complete="file"),
        Arg("ours", "%A", N_("our version; the result goes there"), complete="file"),
        Arg("theirs", "%B", N_("the other version"), complete="file"),
        Arg("path", "%P", N_("the record's path")),
    ),
    examples=((N_("as crm sync sets it up"), 'git config merge.crm.driver "crm merge-file %O %A %B %P"'),),
)


def run(cli: Cli, *, base: str, ours: str, theirs: str, path: str) -> int:
    """Merge; never leaves conflict markers."""
    from crmkit.actions import merge_file

    files = [cli.cwd / Path(name) for name in (base, ours, theirs)]
    lost = merge_file.merge_file(files[0], files[1], files[2], path, cli.cwd)
    if lost:
        count = len(lost)
        cli.out.note(
            ngettext(
                "{path}: {n} value is in the attic now", "{path}: {n} values are in the attic now", count
            ).format(path=path, n=count)
        )
    return 0
