"""What to do next after a record was added: lines that are told beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.i18n import _

if TYPE_CHECKING:
    from crmkit.actions._write import Done
    from crmkit.cli._context import Cli


def after(cli: Cli, done: Done) -> Iterator[str]:
    """Yield what a new record asks for: an improvement plan after a low survey, cases like a new complaint."""
    for ident in dict.fromkeys([done.id, *done.also]):
        kind = ident.partition("-")[0]
        if kind == "survey":
            yield from _survey(cli, ident)
        elif kind == "feedback" and cli.out.terminal:
            yield from _feedback(cli, ident)


def _survey(cli: Cli, ident: str) -> Iterator[str]:
    """Yield the plan that low scores ask for (R-002-34)."""
    from crmkit.rules.templates import low, score_label

    row = cli.session.index.record(ident)
    found = low(row.doc, cli.session.settings)
    if found:
        told = ", ".join(f"{score_label(key)} {score:g}" for key, score in found)
        yield _("scored low: {scores}").format(scores=told)
        yield _("improve it: crm add plan {id} template=improvement").format(id=row.customer)


def _feedback(cli: Cli, ident: str) -> Iterator[str]:
    """Yield the solved cases that are like it (R-001-08)."""
    from crmkit.actions import cases
    from crmkit.cli import _cases

    yield from _cases.lines(cli, cases.like(cli.session, ident))
