"""What `crm tier`, `crm health` and `crm lead` share: whom they are about, and how their proposals are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from crmkit.cli._spec import Arg, Opt
from crmkit.errors import UsageError
from crmkit.i18n import N_, _, ngettext
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions._write import Prepared
    from crmkit.cli._context import Cli

WHOM = Arg(
    "whom",
    N_("CUSTOMER|QUERY"),
    N_("one or more customers, a query (spent_12m>=500000), or all"),
    required=False,
    many=True,
    query=True,
    complete="customer",
)
APPLY = Opt(
    "apply", ("--apply",), N_("write what is proposed: of the customers named, of a query, or of all")
)
ALL = "all"


class Judged(Protocol):
    """A proposal for one customer."""

    @property
    def customer(self) -> str:
        """Its number."""

    @property
    def changes(self) -> bool:
        """Whether the record says something else."""

    @property
    def by_hand(self) -> bool:
        """Whether what the record says is somebody's own."""


def whom(cli: Cli, words: Sequence[str]) -> list[str]:
    """Return whom the words mean, of several that one may mean the one picked at a terminal."""
    from crmkit.actions._aim import is_query

    return list(words) if is_query(words) or list(words) == [ALL] else cli.idents(list(words))


def take(cli: Cli, verb: str, words: Sequence[str], apply: Callable[[Sequence[str]], Prepared]) -> int:
    """Write the proposals for those that are named; more than one wants a yes."""
    if not words:
        raise UsageError(
            N_("whose record shall be changed?"),
            hint=N_(
                "crm {verb} CUSTOMER --apply, or crm {verb} all --apply for all that was not set by hand"
            ),
            verb=verb,
        )
    prepared = apply(words)
    count = len(prepared.dry_run().changed)
    question = ngettext("change {n} file?", "change {n} files?", count).format(n=count)
    return cli.change(prepared, ask=question if count > 1 else "")


def agreed(cli: Cli, lines: Iterable[str]) -> bool:
    """Show a proposal at a terminal and ask whether it is taken."""
    from crmkit.cli import _prompt

    cli.out.warn("\n".join(lines))
    return _prompt.confirm(_("take it?"))


def by_hand(since: str, basis: str) -> str:
    """Return since when a value is somebody's own, and why."""
    text = _("set by hand on {day}") if since else _("set by hand, nobody wrote down when")
    text = text.format(day=since)
    return f"{text}: {basis}" if basis else text


def note(cli: Cli, verb: str, found: Sequence[Judged], *, nothing: str) -> None:
    """Say what can be done with the proposals; `nothing` where there is none."""
    changing = [p for p in found if p.changes]
    if not changing:
        if nothing:
            cli.out.note(nothing)
        return
    free = [p for p in changing if not p.by_hand]
    if free:
        text = _("take one: crm {verb} {id} --apply; all {n}: crm {verb} all --apply")
        cli.out.note(text.format(verb=verb, id=free[0].customer, n=len(free)))
    if held := len(changing) - len(free):
        text = ngettext(
            "{n} was set by hand and changes only by name: crm {verb} ID --apply",
            "{n} were set by hand and change only by name: crm {verb} ID --apply",
            held,
        )
        cli.out.note(text.format(verb=verb, n=held))


def block(cli: Cli, number: str, name: str, verdict: str, texts: Iterable[str], *, strong: bool) -> list[str]:
    """Return the lines of one customer: number, name and verdict, and below them what it goes by."""
    from crmkit.cli import _agenda
    from crmkit.cli._render import style

    head = f"{style(safe(number), 'cyan', on=cli.out.colour)}  {safe(name)}  "
    lines = [head + style(safe(verdict), "bold", on=cli.out.colour and strong)]
    for text in texts:
        lines += (f"    {line}" for line in _agenda.wrap(safe(text), cli.out.page_width - 4))
    return lines
