"""Rows of `crm due`, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from crmkit.cli._render import style
from crmkit.i18n import N_, _, language
from crmkit.settings.words import moment, when_words
from crmkit.values.safe import cut, safe, width

if TYPE_CHECKING:
    from crmkit.actions.due import DueRow
    from crmkit.cli._context import Cli

NAMES = ("id", "due", "state", "days", "customer", "customer_name", "tier", "owner", "rule", "reason")
STATES = {"overdue": (N_("Overdue"), "red"), "today": (N_("Today"), "yellow"), "soon": (N_("Soon"), "green")}


def show(cli: Cli, rows: Sequence[DueRow], *, why: bool = False) -> None:
    """Print the rows in the form that was asked for."""
    if cli.out.format == "table":
        cli.out.text("".join(f"{line}\n" for line in lines(cli, rows, why=why)))
        return
    plain = [r.to_json() if cli.out.is_json else r.to_columns() for r in rows]
    if why:
        plain = [{**p, "why": [safe(line) for line in r.why]} for p, r in zip(plain, rows, strict=True)]
    cli.out.rows((*NAMES, "why") if why else NAMES, plain)


def lines(cli: Cli, rows: Sequence[DueRow], *, why: bool = False, customer: bool = True) -> Iterator[str]:
    """Yield the rows under a heading for each state; `customer` names whose they are."""
    room, colour = cli.out.page_width, cli.out.colour
    order = list(STATES)
    first = True
    for state, group in groupby(sorted(rows, key=lambda r: order.index(r.state)), key=lambda r: r.state):
        members = list(group)
        title, shade = STATES[state]
        if not first:
            yield ""
        first = False
        yield style(f"{_(title)} ({len(members)})", "bold", shade, on=colour)
        for row in members:
            yield from _row(cli, row, room, shade, why=why, customer=customer)


def _row(cli: Cli, row: DueRow, room: int, shade: str, *, why: bool, customer: bool) -> Iterator[str]:
    """Yield when, whose and why, how to reach them, and the row's id; on a customer's own page less."""
    data, colour = row.to_json(), cli.out.colour
    when = f"{moment(data['due'])} {when_words(row.days)}"
    customer = customer and not row.of_team  # a duty of the team is about no customer
    tail = "  ".join(safe(t) for t in (data["tier"] if customer else "", _whose(cli, data["owner"])) if t)
    told = safe(data["customer_name"] or data["customer"]) if customer else _reason(data)
    space = room - width(when) - width(tail) - 6
    first, *more = [cut(told, max(space, 12))] if customer else wrap(told, space)
    yield f"  {style(when, shade, on=colour)}  {style(first, 'bold', on=colour)}  {tail}".rstrip()
    yield from (f"    {line}" for line in more)
    if customer:
        yield from (f"    {line}" for line in wrap(_reason(data), room - 4))
    touch = _contact(cli, data, details=customer)
    if touch:
        yield from (f"    {line}" for line in wrap(touch, room - 4))
    yield f"    {style(safe(data['id']), 'cyan', on=colour)}"
    if why:
        yield from (
            f"      {style(line, 'dim', on=colour)}"
            for text in row.why
            for line in wrap(safe(text), room - 6)
        )


def _whose(cli: Cli, owner: str) -> str:
    """Return the owner as people say it: a duty belongs to a role."""
    role = cli.session.settings.roles.get(owner, {})
    return str(role.get("label_zh" if language() == "zh" else "label") or owner)


def _reason(data: dict[str, Any]) -> str:
    also = "".join(
        _("; also {date}: {reason}").format(date=a["due"], reason=a["reason"]) for a in data["also"]
    )
    return safe(data["reason"] + also)


def _contact(cli: Cli, data: dict[str, Any], *, details: bool) -> str:
    """Return by which way and whom, with the number or address that suits the way."""
    channels = data["channels"]
    ways = _(", ").join(cli.out.words.label("channel", c) for c in channels)
    person: dict[str, str] = data["contact"]
    shown = ["name", "job_title"]
    if details:
        calls = not channels or not {"email", "wechat"} >= set(channels)
        shown += [n for n in ("mobile", "phone") if calls and person.get(n)][:1]
        shown += [n for n in ("email", "wechat") if n in channels]
    whom = " ".join(safe(str(person[n])) for n in shown if person.get(n))
    return "  ".join(t for t in (safe(ways), whom) if t)


def wrap(text: str, columns: int) -> list[str]:
    """Break a text into lines of at most `columns`; Chinese may break anywhere."""
    from crmkit.cli._help import fold

    return fold(text, max(columns, 20))
