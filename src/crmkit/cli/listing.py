"""`crm list`: the records that a query finds."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.cli._words import AT, KIND, QUERY
from crmkit.errors import UsageError
from crmkit.i18n import N_

SPEC = Spec(
    about=N_("records that a query finds"),
    args=(
        KIND,
        QUERY._replace(
            help=N_("such as: tier:A region:华东 -tag:old 'budget>=500000'; @NAME is a saved view")
        ),
    ),
    options=(
        Opt(
            "sort", ("--sort",), N_("field to sort by; -field turns it round"), N_("FIELD"), complete="field"
        ),
        Opt("columns", ("--columns",), N_("fields to show, by comma"), N_("FIELD,..."), complete="field"),
        Opt("limit", ("--limit",), N_("at most so many"), N_("N"), number=True),
        AT,
    ),
    examples=(
        (N_("all customers"), "crm list customer"),
        (
            N_("big ones in the east that are not lost"),
            "crm list customer 'tier:A region:华东 budget>=50万 -status:lost'",
        ),
        (N_("deals by expected closing"), "crm list opportunity is:open --sort close_date"),
        (N_("change all that were found"), "crm list customer tier:A --format ids | crm set - tags+=VIP"),
        (N_("chosen columns, for a spreadsheet"), "crm list customer --columns name,owner,tier --format csv"),
        (N_("a view saved in crm.yaml"), "crm list customer @east"),
    ),
)


def run(cli: Cli, *, kind: str, query: tuple[str, ...], sort: str, columns: str, limit: str, at: str) -> None:
    """Print the rows."""
    from crmkit.actions import listing

    cli.look_back(at)
    views = [w for w in query if w.startswith("@")]
    if len(views) > 1:
        raise UsageError(N_("one view at a time, not {views}"), views=" ".join(views))
    choice = listing.Choice(
        query=" ".join(w for w in query if not w.startswith("@")),
        sort=sort,
        columns=tuple(c.strip() for c in columns.replace("，", ",").split(",") if c.strip()),
        limit=int(limit) if limit else None,
    )
    cli.out.table(listing.rows(cli.session, kind, choice, view=views[0][1:] if views else ""))
    cli.attention()
