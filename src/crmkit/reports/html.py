"""A report as one page that needs nothing else: tables and drawn charts, light and dark, on the screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from crmkit.i18n import _
from crmkit.reports import svg, wording
from crmkit.reports.page import page

if TYPE_CHECKING:
    from crmkit.reports.report import Column, Report, Section
    from crmkit.settings.words import Words


_WHOLE = frozenset({"date", "when", "boolean"})
"""Types that are never broken over lines."""
_NAMES = frozenset({"id", "customer", "currency", "tax_id"})


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell and its style; `bar` is how many percent of its column's scale it fills, None where it has none."""

    text: str
    style: str
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, and below it the long texts with what they are."""

    cells: Sequence[_Cell]
    below: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A section as the template prints it."""

    name: str
    title: str
    note: str
    count: int
    charts: Sequence[tuple[str, Markup]]
    heads: Sequence[_Cell]
    rows: Sequence[_Row]
    total: Sequence[_Cell]


def html(report: Report, words: Words, book: str = "") -> str:
    """Return the page; `book` is whose it is."""
    summary = [str(m) for m in report.summary]
    return page(
        "report.html",
        title=str(report.title),
        book=book,
        scope=summary[0] if summary else "",
        remarks=summary[1:],
        figures=[(_(f.label), wording.figure(words, f)) for f in report.figures],
        parts=[_part(section, words) for section in report.sections],
        nothing=_("nothing"),
    )


def _part(section: Section, words: Words) -> _Part:
    drawn = [(wording.label(c.title), svg.draw(c, words)) for c in section.charts]
    beside = [c for c in section.columns if not c.under]
    under = [c for c in section.columns if c.under]
    total = section.total
    return _Part(
        name=section.name,
        title=_(section.title),
        note=str(section.note or ""),
        count=len(section.rows),
        charts=[(title, Markup(image)) for title, image in drawn if image],  # noqa: S704 - svg escapes its texts
        heads=[_Cell(_(c.label), "right" if c.type in wording.FIGURES else "") for c in beside],
        rows=[_Row(_cells(beside, row, words), _below(under, row, words)) for row in section.rows],
        total=_cells(beside, total, words, bars=False) if total is not None else (),
    )


def _cells(
    columns: Sequence[Column], row: Mapping[str, Any], words: Words, *, bars: bool = True
) -> list[_Cell]:
    return [
        _Cell(
            wording.cell(words, column, row),
            _style(column),
            _bar(row.get(column.name)) if bars and column.type == "percent" else None,
        )
        for column in columns
    ]


def _below(columns: Sequence[Column], row: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    found = ((_(c.label), wording.cell(words, c, row)) for c in columns)
    return [(label, text) for label, text in found if text]


def _style(column: Column) -> str:
    if column.type in wording.FIGURES:
        return "right"
    return "whole" if column.type in _WHOLE or column.name in _NAMES else "text"


def _bar(value: Any) -> float | None:
    """Return how much of its rail a share fills; what is no part of a whole (-33 %, 844 %) has none."""
    return round(float(value), 1) if value is not None and 0 <= value <= 100 else None
