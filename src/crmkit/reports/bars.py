"""Charts of reports as lines of text: bars of blocks, one line for each label."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from crmkit.reports import wording
from crmkit.values.safe import cut, pad, safe, width

if TYPE_CHECKING:
    from crmkit.reports.report import Chart, Number
    from crmkit.settings.words import Words

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_FILLS = "█▒░▚"
"""What series on top of each other are told apart by, without colours too."""
_MARK = "■"
LEAST = 2
"""Labels without which a chart compares nothing."""
_LEAST = 10
_WIDEST = 40


Paint = Callable[[str, str], str]


def draw(chart: Chart, words: Words, room: int, paint: Paint = lambda text, _style: text) -> Iterator[str]:
    """Yield the lines of a chart, at most `room` columns wide; nothing where nothing is to be seen.

    `paint` is handed a part and its style, "dim" or "cyan", and returns it as it is to be shown.
    """
    rows = list(zip(*(series.values for series in chart.series), strict=True))
    wholes = [_whole(chart, row) for row in rows]
    most = max(wholes, default=Decimal(0))
    if most <= 0 or len(rows) < LEAST:
        return
    labels = [safe(wording.label(text)) for text in chart.labels]
    shown = [_told(chart, words, row) for row in rows]
    left = min(max(map(width, labels)), max(room // 3, 8))
    right = max(map(width, shown))
    bar = min(_WIDEST, room - left - right - 4)
    if bar < _LEAST:
        return
    if len(chart.series) > 1:
        fills = _FILLS if chart.kind == "stacked" else _MARK * len(chart.series)
        legend = "  ".join(
            f"{fill} {safe(wording.label(s.name))}" for fill, s in zip(fills, chart.series, strict=False)
        )
        yield paint(f"  {legend}", "dim")
    for label, row, text in zip(labels, rows, shown, strict=True):
        drawn = _stacked(row, most, bar) if chart.kind == "stacked" else _bar(_whole(chart, row), most, bar)
        drawn = paint(drawn, "cyan") + " " * (bar - len(drawn))
        yield f"  {pad(cut(label, left), left)} {drawn} {pad(text, right, right=True)}"


def _whole(chart: Chart, row: Sequence[Number | None]) -> Decimal:
    known = [Decimal(v) for v in row if v is not None]
    if chart.kind == "stacked":
        return sum((max(v, Decimal(0)) for v in known), Decimal(0))
    return max(known, default=Decimal(0))


def _told(chart: Chart, words: Words, row: Sequence[Number | None]) -> str:
    """Return the number behind a bar: of parts on top of each other their sum, else each."""
    values = [sum(v for v in row if v is not None)] if chart.kind == "stacked" else row
    return " / ".join(safe(wording.shown(words, v, chart.unit, chart.currency)) or "–" for v in values)


def _bar(value: Decimal, most: Decimal, columns: int) -> str:
    eighths = int(max(value, Decimal(0)) * columns * 8 / most)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip() or ("▏" if value > 0 else "")


def _stacked(row: Sequence[Number | None], most: Decimal, columns: int) -> str:
    """Return the parts of a bar, each ending where the sum up to it lies."""
    out, upto = "", Decimal(0)
    for fill, value in zip(_FILLS, row, strict=False):
        upto += max(Decimal(value or 0), Decimal(0))
        end = int(upto * columns / most + Decimal("0.5"))
        out += fill * max(end - len(out), 0)
    return out or ("▏" if upto > 0 else "")
