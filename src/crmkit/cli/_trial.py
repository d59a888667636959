"""Rows that other rules add or take away, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crmkit.cli import _agenda
from crmkit.cli._render import style
from crmkit.i18n import _, ngettext
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.trial import Tried
    from crmkit.cli._context import Cli

_SIGNS = {"appears": ("+", "green"), "disappears": ("-", "red")}


def show(cli: Cli, tried: Sequence[Tried]) -> None:
    """Print what would change; nothing where nothing would."""
    if cli.out.format == "table":
        cli.out.text("".join(f"{line}\n" for line in _lines(cli, tried)))
        return
    cli.out.rows((*_agenda.NAMES, "change", "elsewhere"), [t.to_json() for t in tried])


def _lines(cli: Cli, tried: Sequence[Tried]) -> Iterator[str]:
    first = True
    for change, (sign, shade) in _SIGNS.items():
        rows = [t for t in tried if t.change == change]
        if not rows:
            continue
        if not first:
            yield ""
        first = False
        yield style(_head(change, len(rows)), "bold", shade, on=cli.out.colour)
        for row in rows:
            yield from _row(cli, row, style(sign, shade, on=cli.out.colour))


def _head(change: str, n: int) -> str:
    if change == "appears":
        return ngettext("{n} row would appear", "{n} rows would appear", n).format(n=n)
    return ngettext("{n} row would disappear", "{n} rows would disappear", n).format(n=n)


def _row(cli: Cli, tried: Tried, sign: str) -> Iterator[str]:
    data = tried.row.to_json()
    name = safe(data["customer_name"] or data["customer"])
    yield f"{sign} {safe(data['due'])}  {name}  {safe(data['owner'])}".rstrip()
    texts = [safe(data["reason"])]
    if tried.elsewhere:
        told = _("now due {day}") if tried.change == "appears" else _("then due {day}")
        texts.append(told.format(day=tried.elsewhere.isoformat()))
    yield from (f"    {line}" for line in _agenda.wrap("; ".join(texts), cli.out.page_width - 4))
    yield f"    {style(safe(data['id']), 'cyan', on=cli.out.colour)}"
