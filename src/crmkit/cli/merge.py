"""`crm merge`: two dossiers of one customer become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import CUSTOMER
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crmkit.actions.merge import Merge

SPEC = Spec(
    about=N_("make one customer of two: the second one's records, files and contacts move to the first"),
    args=(
        CUSTOMER._replace(
            name="kept", metavar=N_("KEPT"), help=N_("the customer that stays, with its number")
        ),
        CUSTOMER._replace(name="gone", metavar=N_("OTHER"), help=N_("the one that becomes part of it")),
    ),
    examples=(
        (N_("look first"), "crm merge 202406-001 202406-007 --dry-run"),
        (N_("do it; crm undo takes it back"), "crm merge 202406-001 202406-007 --yes"),
    ),
    notes=(
        N_(
            "Fields that the first one lacks are filled from the other. Where both differ the first one's stay; the\n"
            "other's go to the dossier's attic.yaml, and crm check shows them. The other number stays findable."
        ),
    ),
)


def run(cli: Cli, *, kept: str, gone: str) -> int:
    """Merge."""
    from crmkit.actions import merge

    made = merge.merge(cli.session, cli.ident(kept), cli.ident(gone))
    done = made.dry_run()
    if cli.given["dry_run"] and cli.out.is_json:
        cli.out.value({**done.to_json(), **made.report.to_json(), "diff": made.diff})
        return 0
    if cli.given["dry_run"]:
        cli.out.text(summary(made))
        return 0
    cli.out.note(summary(made).rstrip("\n"))
    question = _("merge {gone} into {kept}?").format(gone=made.gone.id, kept=made.kept.id)
    return cli.change(made, ask=question)


def summary(made: Merge) -> str:
    """Return what a merge does, for people."""
    report = made.report
    head = _("{gone} {gone_name} becomes part of {kept} {kept_name}").format(
        gone=made.gone.id, gone_name=made.gone.title, kept=made.kept.id, kept_name=made.kept.title
    )
    lines = [head]
    if report.moved:
        count = len(report.moved)
        text = ngettext("{n} record or file moves: {what}", "{n} records and files move: {what}", count)
        lines.append(text.format(n=count, what=_some(report.moved)))
    if report.filled:
        lines.append(_("filled in: {what}").format(what=_some(report.filled)))
    lines += [
        _("{field}: {mine} stays; {theirs} goes to the attic").format(
            field=f, mine=_value(k), theirs=_value(o)
        )
        for f, k, o in report.differ
    ]
    if report.rewritten:
        lines.append(_("references follow in: {what}").format(what=_some(report.rewritten)))
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    from crmkit.cli._cells import leaves

    if not isinstance(value, dict):
        return str(value)
    return ", ".join(text for _name, text in leaves(value) if text)


def _some(names: list[str]) -> str:
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
