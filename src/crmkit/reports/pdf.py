"""A page as PDF, through weasyprint (the extra `pdf`)."""

from __future__ import annotations

from crmkit.errors import Refused
from crmkit.i18n import N_


def pdf(page: str) -> bytes:
    """Return `page`, a whole HTML file, as PDF. It fetches nothing. Raises Refused where weasyprint cannot run."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except ImportError:
        raise Refused(
            N_("a PDF needs weasyprint, which is not installed"),
            hint=N_("pip install 'crmkit[pdf]'; without it: -o card.html, and print it from a browser"),
        ) from None
    except OSError as missing:  # a library of the system that weasyprint loads
        raise Refused(
            N_("a PDF needs the library pango, which is not installed: {why}"),
            hint=N_("apt install libpango-1.0-0 libpangoft2-1.0-0, or brew install pango"),
            why=str(missing).splitlines()[0],
        ) from None
    nothing = URLFetcher(allowed_protocols=())  # a page has no links; none that was smuggled in is followed
    made: bytes = HTML(string=page, url_fetcher=nothing).write_pdf()
    return made


def has_chinese_font() -> bool:
    """Whether fontconfig knows a font for Chinese; True where nobody can tell."""
    import subprocess

    try:
        asked = subprocess.run(["fc-list", "-q", ":lang=zh-cn"], capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return True
    return asked.returncode == 0
