"""Reports as pages: one HTML file that needs nothing else, on the screen and on paper."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.i18n import language
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent / "templates"


def page(template: str, **values: Any) -> str:
    """Return the page that a template in `reports/templates` makes of `values`.

    What records say is text on it: markup is escaped, control and bidi characters are shown as escapes.
    """
    return _environment().get_template(template).render(lang=language(), **values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )


def _shown(value: Any) -> Any:
    """Make every text that a template prints safe; the template's own markup never passes here."""
    return safe(value, newlines=True) if isinstance(value, str) else value
