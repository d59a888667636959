"""A report as a file, in the form that its name ends in."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from crmkit.errors import UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from pathlib import Path

    from crmkit.actions.session import Session
    from crmkit.reports.report import Report

FORMS = {
    ".html": "html",
    ".htm": "html",
    ".xlsx": "xlsx",
    ".md": "md",
    ".json": "json",
}


def form_of(name: str) -> str:
    """Return the form that a file's name asks for; UsageError where it cannot be seen."""
    form = FORMS.get(PurePath(name).suffix.lower(), "")
    if not form:
        hint = N_("end it in .html, .xlsx, .md or .json")
        raise UsageError(N_("it cannot be seen from the name {name!r} what to write"), hint=hint, name=name)
    return form


def encoded(session: Session, found: Report, form: str) -> bytes:
    """Return a report as the bytes of a file: html, md, xlsx or json."""
    from crmkit.settings.words import Words

    words = Words(session.settings)
    if form == "html":
        from crmkit.reports.html import html

        return html(found, words, session.settings.name).encode()
    if form == "md":
        from crmkit.reports.markdown import markdown

        return markdown(found, words).encode()
    if form == "xlsx":
        from crmkit.reports.xlsx import xlsx

        return xlsx(found, words)
    import json

    return f"{json.dumps(found.to_json(), ensure_ascii=False, indent=2)}\n".encode()


def save(session: Session, found: Report, path: Path) -> None:
    """Write a report to a file, in the form that its name asks for."""
    from crmkit.exchange import files

    files.replace(path.expanduser(), encoded(session, found, form_of(path.name)))
