"""Charts of reports as SVG that stands within a page: colours come from its style sheet, light or dark.

Whatever records say in a chart is escaped; nothing is loaded, nothing runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

from crmkit.i18n import language
from crmkit.reports import wording
from crmkit.values.safe import cut, safe, width

if TYPE_CHECKING:
    from crmkit.reports.report import Chart, Number
    from crmkit.settings.words import Words

WIDE = 960
"""Units across; the page scales it."""
_EM = 6.6
"""Units that a column of text takes at the size of a label."""
_ROW, _BAR = 28, 17
_HIGH, _FOOT, _LEFT = 220, 26, 62
_LABEL = 34
"""Columns of a label beside a bar."""
LEAST = 2
"""Labels without which a chart compares nothing."""
_TICKS = 4
_COLOURS = 4


def draw(chart: Chart, words: Words) -> str:
    """Return the chart as one `<svg>` element on one line, "" where there is nothing to be seen."""
    if len(chart.labels) < LEAST or _most(chart) <= 0:
        return ""
    body, high = (
        _over_time(chart, words) if chart.over_time or chart.kind == "line" else _across(chart, words)
    )
    legend = "".join(_legend(chart)) if len(chart.series) > 1 else ""
    top = 26 if legend else 4
    name = _text(wording.label(chart.title))
    return (
        f'<svg class="chart" viewBox="0 0 {WIDE} {high + top}" role="img" aria-label="{name}">'
        f'{legend}<g transform="translate(0 {top})">{body}</g></svg>'
    )


def _text(text: str, columns: int = 200) -> str:
    return escape(cut(safe(text), columns))


def _rows(chart: Chart) -> list[tuple[Number | None, ...]]:
    return list(zip(*(series.values for series in chart.series), strict=True))


def _most(chart: Chart) -> Decimal:
    stacked = chart.kind == "stacked"
    tops = []
    for row in _rows(chart):
        known = [max(Decimal(v), Decimal(0)) for v in row if v is not None]
        tops.append(sum(known, Decimal(0)) if stacked else max(known, default=Decimal(0)))
    return max(tops, default=Decimal(0))


def _legend(chart: Chart) -> Iterator[str]:
    x = 0.0
    for n, series in enumerate(chart.series):
        text = _text(wording.label(series.name), 40)
        yield f'<rect class="s{n % _COLOURS}" x="{x:g}" y="4" width="12" height="12" rx="3"/>'
        yield f'<text class="soft" x="{x + 18:g}" y="14">{text}</text>'
        x += 36 + _EM * width(text)


def _told(chart: Chart, words: Words, value: Number | None) -> str:
    return wording.shown(words, value, chart.unit, chart.currency) or "–"


def _across(chart: Chart, words: Words) -> tuple[str, float]:
    """Draw bars from left to right, a label before each."""
    most, rows = _most(chart), _rows(chart)
    labels = [cut(safe(wording.label(text)), _LABEL) for text in chart.labels]
    stacked = chart.kind == "stacked"
    sums = [_told(chart, words, sum(v for v in row if v is not None)) for row in rows]
    left = min(max(map(width, labels)), _LABEL) * _EM + 12
    right = max(map(width, sums)) * _EM + 16
    room = WIDE - left - right
    lanes = 1 if stacked else len(chart.series)
    step = _ROW if lanes == 1 else _BAR * lanes + 12
    out = []
    for i, (label, row) in enumerate(zip(labels, rows, strict=True)):
        y = i * step
        middle = y + step / 2
        out.append(
            f'<text class="label" x="{left - 10:g}" y="{middle + 4:g}" text-anchor="end">{escape(label)}</text>'
        )
        x = left
        for n, value in enumerate(row):
            length = float(max(Decimal(value or 0), Decimal(0)) / most) * room
            top = middle - _BAR / 2 if lanes == 1 else y + 6 + n * _BAR
            tip = f"{label} · {wording.label(chart.series[n].name)}: {_told(chart, words, value)}"
            if length > 0:
                out.append(_rect(n, x, top, max(length, 1.5), _BAR if lanes == 1 else _BAR - 3, tip))
            if lanes > 1:
                out.append(_value(left + length + 6, top + _BAR / 2 + 2, _told(chart, words, value)))
            x += length if stacked else 0
        if lanes == 1:
            end = x if stacked else left + float(max(Decimal(row[0] or 0), Decimal(0)) / most) * room
            out.append(_value(end + 8, middle + 4, sums[i]))
    out.append(f'<line class="axis" x1="{left:g}" x2="{left:g}" y1="0" y2="{len(rows) * step:g}"/>')
    return "".join(out), len(rows) * step + 4


def _rect(series: int, x: float, y: float, wide: float, high: float, tip: str) -> str:
    return (
        f'<rect class="s{series % _COLOURS}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="2">'
        f"<title>{_text(tip)}</title></rect>"
    )


def _value(x: float, y: float, text: str) -> str:
    return f'<text class="value" x="{x:.1f}" y="{y:.1f}">{_text(text)}</text>'


def _over_time(chart: Chart, words: Words) -> tuple[str, float]:
    """Draw columns or joined points above labels that run from left to right."""
    top = _ceiling(_most(chart))
    rows, labels = _rows(chart), [safe(wording.label(text)) for text in chart.labels]
    step = (WIDE - _LEFT - 8) / len(rows)
    out = list(_grid(chart, top))

    def high(value: Number | None) -> float:
        return float(max(Decimal(value or 0), Decimal(0)) / top) * _HIGH

    every = max(1, -(-max(map(width, labels)) * int(_EM * 10) // int(step * 10 - 40 if step > 5 else 10)))
    for i, label in enumerate(labels):
        middle = _LEFT + (i + 0.5) * step
        if (len(labels) - 1 - i) % every == 0:
            out.append(
                f'<text class="soft" x="{middle:.1f}" y="{_HIGH + 28:g}" text-anchor="middle">{_text(label, 16)}</text>'
            )
        if chart.kind != "line":
            out += _column(chart, words, label, rows[i], middle, min(step * 0.66, 46), high)
    if chart.kind == "line":
        for n, series in enumerate(chart.series):
            points = [
                (_LEFT + (i + 0.5) * step, 10 + _HIGH - high(v))
                for i, v in enumerate(series.values)
                if v is not None
            ]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            out.append(f'<polyline class="l{n % _COLOURS}" points="{path}"/>')
            known = [(label, v) for label, v in zip(labels, series.values, strict=True) if v is not None]
            for (x, y), (label, value) in zip(points, known, strict=True):
                tip = _text(f"{label} · {wording.label(series.name)}: {_told(chart, words, value)}")
                out.append(
                    f'<circle class="s{n % _COLOURS}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"><title>{tip}</title></circle>'
                )
    return "".join(out), _HIGH + _FOOT + 10


def _column(
    chart: Chart,
    words: Words,
    label: str,
    row: Sequence[Number | None],
    middle: float,
    wide: float,
    high: object,
) -> Iterator[str]:
    """Yield the rectangles of one point in time."""
    assert callable(high)  # noqa: S101 - the scale of the chart at hand
    lanes = 1 if chart.kind == "stacked" else len(row)
    base = 10.0 + _HIGH
    for n, value in enumerate(row):
        tall = high(value)
        x = middle - wide / 2 + (0 if lanes == 1 else n * wide / lanes)
        tip = f"{label} · {wording.label(chart.series[n].name)}: {_told(chart, words, value)}"
        if tall > 0:
            yield _rect(n, x, base - tall, wide / lanes - (2 if lanes > 1 else 0), tall, tip)
        base -= tall if lanes == 1 else 0


def _grid(chart: Chart, top: Decimal) -> Iterator[str]:
    for n in range(_TICKS + 1):
        y = 10 + _HIGH - n * _HIGH / _TICKS
        kind = "axis" if n == 0 else "grid"
        yield f'<line class="{kind}" x1="{_LEFT:g}" x2="{WIDE:g}" y1="{y:.1f}" y2="{y:.1f}"/>'
        text = _short(top * n / _TICKS) + ("%" if chart.unit == "percent" else "")
        yield f'<text class="soft" x="{_LEFT - 8:g}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'


def _ceiling(most: Decimal) -> Decimal:
    """Return the end of the scale: the next of 1, 2, 4, 6, 8, 10 times a power of ten, so that quarters are round."""
    power = Decimal(10) ** most.adjusted()
    return next(power * n for n in (1, 2, 4, 6, 8, 10) if power * n >= most)


def _short(value: Decimal) -> str:
    """Return a number of the scale in few characters: 50万, 1.2亿; 500k, 1.2M."""
    steps = (
        ((10**8, "亿"), (10**4, "万")) if language() == "zh" else ((10**9, "B"), (10**6, "M"), (10**3, "k"))
    )
    for size, mark in steps:
        if value >= size:
            return f"{(value / size).quantize(Decimal('0.01')).normalize():f}{mark}"
    return f"{value.quantize(Decimal('0.01')).normalize():f}"
