"""`crm approve`: approve what was submitted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import IDENT, WHY
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions._write import Done

SPEC = Spec(
    about=N_("approve what was submitted; a customer gets its number"),
    args=(IDENT._replace(help=N_("a customer or a contract that was submitted")),),
    options=(WHY._replace(help=N_("a word to it, kept on the record")),),
    examples=(
        (N_("see first what would happen"), "crm approve 北京示例 --dry-run"),
        (N_("approve it"), "crm approve 北京示例"),
    ),
    notes=(
        N_("the number is the next one of this month; the old id stays findable"),
        N_("nobody approves what he submitted himself, save in a book without a team"),
    ),
)


def run(cli: Cli, *, ident: str, why: str) -> int:
    """Approve it."""
    from crmkit.actions import approve

    return cli.change(approve.approve(cli.session, cli.ident(ident), why), more=_next)


def _next(done: Done) -> Iterator[str]:
    if done.kind == "contract":
        yield _("when it is signed: crm set {id} status=in_force signed_on=...").format(id=done.id)
    elif done.message.startswith("approve "):
        yield _("its number is {id}").format(id=done.id)
