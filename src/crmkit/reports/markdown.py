"""A report as Markdown: a heading, its figures, a table a section, for a wiki or a merge request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmkit.i18n import _
from crmkit.reports import wording
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.reports.report import Column, Report, Section
    from crmkit.settings.words import Words

_SPECIAL = re.compile(r"[\\`*_\[\]<>|#~]")
_ENTITY = re.compile(r"&(?=[#\w])")


def markdown(report: Report, words: Words) -> str:
    """Return the report; what records say is text in it, never markup."""
    lines = [f"# {_plain(str(report.title))}", ""]
    lines += (f"{_plain(str(message))}  " for message in report.summary)
    if report.figures:
        lines += [
            "",
            *(f"- {_plain(_(f.label))}: **{_plain(wording.figure(words, f))}**" for f in report.figures),
        ]
    for section in report.sections:
        lines += ["", f"## {_plain(_(section.title))}", "", *_table(section, words)]
    return "\n".join(lines) + "\n"


def _table(section: Section, words: Words) -> list[str]:
    lines = [f"{_plain(str(section.note))}", ""] if section.note else []
    if not section.rows:
        return [*lines, _("nothing")]
    lines.append(_line([_(c.label) for c in section.columns]))
    lines.append(
        "|" + "|".join("---:" if c.type in wording.FIGURES else "---" for c in section.columns) + "|"
    )
    lines += (_line(_cells(section.columns, row, words)) for row in section.rows)
    if section.total is not None:
        total = _cells(section.columns, section.total, words)
        lines.append("| " + " | ".join(f"**{_plain(t)}**" if t else "" for t in total) + " |")
    return lines


def _cells(columns: Sequence[Column], row: Mapping[str, Any], words: Words) -> list[str]:
    return [wording.cell(words, c, row) for c in columns]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_plain, cells)) + " |"


def _plain(text: str) -> str:
    """Return text on one line with everything escaped that Markdown or HTML would take for markup."""
    flat = safe(" ".join(text.split()))
    return _SPECIAL.sub(lambda m: "&lt;" if m[0] == "<" else f"\\{m[0]}", _ENTITY.sub("&amp;", flat))
