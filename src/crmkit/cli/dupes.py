"""`crm dupes`: customers that are probably one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Opt, Spec
from crmkit.cli._words import QUERY
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

SPEC = Spec(
    about=N_("customers that are probably one, by name, tax id, phone and e-mail; the likeliest first"),
    args=(QUERY,),
    options=(Opt("everything", ("--all",), N_("also those that share no more than a phone")),),
    examples=(
        (N_("the whole book"), "crm dupes"),
        (N_("those of one owner"), "crm dupes owner:张三"),
        (N_("make one of two, after a look"), "crm merge 202406-001 202406-007 --dry-run"),
    ),
    notes=(
        N_("The score runs to 1; the older number comes first, and crm merge keeps the first one named."),
    ),
)

COLUMNS = ("score", "id", "name", "other", "other_name", "why")


def run(cli: Cli, *, query: tuple[str, ...], everything: bool) -> None:
    """Show the pairs."""
    from crmkit.actions import dupes
    from crmkit.actions.listing import Column, Table

    found = [d.to_json() for d in dupes.dupes(cli.session, " ".join(query), everything=everything)]
    if cli.out.is_json:
        cli.out.value(found)
    else:
        labels = {
            "score": N_("Score"),
            "id": N_("ID"),
            "name": N_("Customer"),
            "other": N_("Other ID"),
            "other_name": N_("Other customer"),
            "why": N_("Why alike"),
        }
        rows = [{**d, "score": f"{d['score']:.2f}", "why": reasons(d["why"])} for d in found]
        cli.out.table(Table([Column(c, labels[c]) for c in COLUMNS], rows))
    cli.attention()


def reasons(why: Sequence[str]) -> str:
    """Return what two customers have in common, in words."""
    words = {
        "tax_id": _("tax id"),
        "name": _("name"),
        "sound": _("name in pinyin"),
        "phone": _("phone"),
        "email": _("e-mail"),
        "contact": _("contact"),
        "address": _("address"),
    }
    return ", ".join(words[w] for w in why)
