"""A report as a page: its title, what it comes to, its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from crmkit.cli import _agenda, _table
from crmkit.cli._render import style
from crmkit.cli._sheet import DOT
from crmkit.i18n import _, ngettext
from crmkit.reports import bars, wording
from crmkit.values.safe import safe, width

if TYPE_CHECKING:
    from crmkit.cli._context import Cli
    from crmkit.reports.report import Column, Report, Section

MOST = 20
"""Rows of a table on the page; the other forms have all of them."""


def draw(cli: Cli, report: Report, *, file: bool = False) -> str:
    """Return the page as text; for a `file` without colours."""
    if file:
        with cli.out.plain():
            return draw(cli, report)
    lines = [style(safe(str(report.title)), "bold", on=cli.out.colour)]
    for message in report.summary:
        lines += [f"  {line}" for line in _agenda.wrap(safe(str(message)), cli.out.page_width - 2)]
    lines += [f"  {line}" for line in _figures(cli, report)]
    for section in report.sections:
        lines += ["", *_section(cli, section)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _figures(cli: Cli, report: Report) -> list[str]:
    """Return the figures, as many to a line as find room."""
    lines: list[str] = []
    for one in report.figures:
        text = f"{_(one.label)} {safe(wording.figure(cli.out.words, one))}"
        if lines and width(lines[-1] + DOT + text) <= cli.out.page_width - 2:
            lines[-1] += DOT + text
        else:
            lines.append(text)
    return lines


def _section(cli: Cli, section: Section) -> Iterator[str]:
    count = f" ({len(section.rows)})" if section.total is None and section.name != "owners" else ""
    yield style(_(section.title), "bold", on=cli.out.colour) + count
    if section.note:
        yield from (f"  {line}" for line in _agenda.wrap(safe(str(section.note)), cli.out.page_width - 2))
    shown = list(section.rows if section.whole else section.rows[:MOST])
    if not shown:
        return
    rest = len(section.rows) - len(shown)
    if section.total is not None:
        shown.append(section.total)
    yield from _rows(cli, section, shown)
    if rest:
        more = ngettext("and {n} more: --json has them all", "and {n} more: --json has them all", rest)
        yield style(more.format(n=rest), "dim", on=cli.out.colour)
    for chart in section.charts:
        lines = list(
            bars.draw(chart, cli.out.words, min(cli.out.width, 100), partial(style, on=cli.out.colour))
        )
        title = safe(wording.label(chart.title))
        if lines:
            yield from ("", *([f"  {title}"] if title != _(section.title) else []), *lines)


def _rows(cli: Cli, section: Section, shown: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    under = [c for c in section.columns if c.under]
    beside = [c for c in section.columns if not c.under]
    lines = _table_of(cli, beside, shown)
    if len(lines) - len(shown) in _HEADS:  # one line for each row, so that its texts can stand below it
        heads = len(lines) - len(shown)
        yield from lines[:heads]
        if about := [_(c.label) for c in under if not c.told]:
            yield style(f"    {DOT.join(about)}", "dim", on=cli.out.colour)
        for line, row in zip(lines[heads:], shown, strict=True):
            yield line
            yield from _below(cli, under, row)
    else:
        yield from _table_of(cli, section.columns, shown)


_HEADS = (1, 2)
"""Lines of a head."""


def _table_of(cli: Cli, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    drawn = _table.draw(
        [c.name for c in columns],
        [_(c.label) for c in columns],
        [[_cell(cli, column, row) for column in columns] for row in rows],
        [c.type for c in columns],
        width=cli.out.width,
        colour=cli.out.colour,
    )
    return drawn.splitlines()


def _below(cli: Cli, columns: Sequence[Column], row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the long texts of a row: what it is about, and on lines of their own what is told of it."""
    texts = [(c, _cell(cli, c, row)) for c in columns]
    about = DOT.join(text for c, text in texts if text and not c.told)
    told = (_("{label}: {text}").format(label=_(c.label), text=text) for c, text in texts if text and c.told)
    for text in (about, *told):
        if text:
            yield from (f"    {line}" for line in _agenda.wrap(text, min(cli.out.width, 100) - 4))


def _cell(cli: Cli, column: Column, row: Mapping[str, Any]) -> str:
    return safe(wording.cell(cli.out.words, column, row)).replace("\n", " ")
