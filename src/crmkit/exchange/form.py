"""An Excel form that people fill in and that `crm import` reads: headings, drop-downs, notes, required ones marked."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crmkit.exchange.excel import sheet_name, workbook

_LINES = 500
"""Rows that the drop-downs reach."""
_MOST_LISTED = 255
"""Characters that Excel takes for a list within a cell; longer ones stand on a sheet of their own."""


@dataclass(frozen=True, slots=True)
class Question:
    """One column: its heading, what to write, and the values to choose from (() for any)."""

    label: str
    note: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Form:
    """The form: its title, a line on how to fill it in, and its columns."""

    title: str
    about: str
    questions: Sequence[Question]
    listed: str = "values"


class Xlsx:
    """The form as a workbook."""

    suffix = ".xlsx"

    def encode(self, data: Form, before: bytes = b"") -> bytes:
        """Return the workbook."""
        del before
        out = io.BytesIO()
        book = workbook(out)
        used: set[str] = set()
        page = book.add_worksheet(sheet_name(data.title, used))
        title = book.add_format({"bold": True, "font_size": 14})
        plain = book.add_format({"italic": True, "font_color": "#666666"})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF3FA", "text_wrap": True})
        must = book.add_format({"bold": True, "bottom": 1, "bg_color": "#FDEBD0", "text_wrap": True})
        formats = {
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        page.write_string(0, 0, data.title, title)
        page.write_string(1, 0, data.about, plain)
        lists = None
        for at, question in enumerate(data.questions):
            label = f"{question.label} *" if question.required else question.label
            page.write_string(2, at, label, must if question.required else head)
            if question.note:
                page.write_comment(2, at, question.note, {"author": "crm", "x_scale": 2})
            wide = max(14, len(label) * 2 + 2)
            page.set_column(at, at, min(wide, 40), formats.get(question.type, formats["text"]))
            if question.choices:
                if sum(len(c) + 1 for c in question.choices) > _MOST_LISTED or any(
                    "," in c for c in question.choices
                ):
                    lists = lists or _hidden(book, data.listed, used)
                    source: Any = _column(lists, at, question.choices)
                else:
                    source = list(question.choices)
                said = {
                    "validate": "list",
                    "source": source,
                    "error_type": "warning",
                    "input_message": question.note[:250],
                }
                page.data_validation(3, at, 3 + _LINES, at, said)
        page.freeze_panes(3, 0)
        book.close()
        return out.getvalue()


def _hidden(book: Any, name: str, used: set[str]) -> Any:
    page = book.add_worksheet(sheet_name(name, used))
    page.hide()
    return page


def _column(page: Any, at: int, choices: Sequence[str]) -> str:
    from xlsxwriter.utility import xl_col_to_name

    for down, choice in enumerate(choices):
        page.write_string(down, at, choice)
    letter = xl_col_to_name(at)
    return f"='{page.get_name()}'!${letter}$1:${letter}${len(choices)}"


XLSX = Xlsx()
