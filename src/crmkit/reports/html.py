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


@dataclass(frozen=True, slots=True)
class _Head:
    text: str
    right: bool


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell; `bar` is how many percent of its column's scale it fills, None where it has none."""

    text: str
    right: bool
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """A section as the template prints it."""

    name: str
    title: str
    note: str
    count: int
    charts: Sequence[tuple[str, Markup]]
    heads: Sequence[_Head]
    rows: Sequence[Sequence[_Cell]]
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
    return _Part(
        name=section.name,
        title=_(section.title),
        note=str(section.note or ""),
        count=len(section.rows),
        charts=[(title, Markup(image)) for title, image in drawn if image],  # noqa: S704 - svg escapes its texts
        heads=[_Head(_(c.label), c.type in wording.FIGURES) for c in section.columns],
        rows=[_cells(section.columns, row, words) for row in section.rows],
        total=_cells(section.columns, section.total, words, bars=False) if section.total is not None else (),
    )


def _cells(
    columns: Sequence[Column], row: Mapping[str, Any], words: Words, *, bars: bool = True
) -> list[_Cell]:
    return [
        _Cell(
            wording.cell(words, column, row),
            column.type in wording.FIGURES,
            _bar(row.get(column.name)) if bars and column.type == "percent" else None,
        )
        for column in columns
    ]


def _bar(value: Any) -> float | None:
    return round(min(max(float(value), 0.0), 100.0), 1) if value is not None else None
