"""`crm doctor`: find what is wrong with the set-up."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from crmkit.cli._context import Cli
from crmkit.cli._render import style
from crmkit.cli._spec import Spec
from crmkit.errors import CrmError
from crmkit.i18n import N_, _, language
from crmkit.values.safe import pad, safe, width

if TYPE_CHECKING:
    from crmkit.actions.session import Session

SPEC = Spec(
    about=N_("find what is wrong with the set-up: Python, git, the book, the terminal"),
    examples=((N_("look at everything"), "crm doctor"), (N_("to attach to a report"), "crm doctor --json")),
)


class Finding(NamedTuple):
    """One thing looked at, what was found, and the way out where it is not well."""

    what: str
    found: str
    hint: str = ""

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return not self.hint


def run(cli: Cli) -> int:
    """Print the findings; exit 1 where something is not well."""
    findings = [*_machine(cli), *_book(cli)]
    if cli.out.format == "table":
        cli.out.text("".join(f"{line}\n" for f in findings for line in _lines(cli, f, findings)))
    else:
        cli.out.rows(("ok", *Finding._fields), [{"ok": f.ok, **f._asdict()} for f in findings])
    return 0 if all(f.ok for f in findings) else 1


def _lines(cli: Cli, finding: Finding, findings: list[Finding]) -> Iterator[str]:
    column = max(width(f.what) for f in findings)
    mark = (
        style("ok", "green", on=cli.out.colour)
        if finding.ok
        else style("!!", "bold", "red", on=cli.out.colour)
    )
    yield f"{mark}  {pad(finding.what, column)}  {safe(finding.found)}"
    if finding.hint:
        yield f"    hint: {safe(finding.hint)}"


def _machine(cli: Cli) -> Iterator[Finding]:
    from crmkit import __version__

    yield Finding("crmkit", f"{__version__}, Python {sys.version.split()[0]}")
    yield _git()
    encoding = (sys.stdout.encoding or "?").lower()
    utf8 = encoding.replace("-", "") == "utf8"
    yield Finding(_("encoding"), encoding, "" if utf8 else _("set a UTF-8 locale: export LC_ALL=C.UTF-8"))
    yield Finding(_("language"), f"{language()} (--lang, CRM_LANG, LANG, crm.yaml)")
    editor = next((cli.env[n] for n in ("CRM_EDITOR", "VISUAL", "EDITOR") if cli.env.get(n)), "")
    yield Finding(_("editor"), editor or _("none named; the system's own is used"))


def _git() -> Finding:
    import subprocess

    path = shutil.which("git")
    if not path:
        way = _("install git: without it changes are saved, but have no history and no undo")
        return Finding("git", _("not found"), way)
    out = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return Finding("git", out.removeprefix("git version "))


def _book(cli: Cli) -> Iterator[Finding]:
    try:
        session = cli.session
    except CrmError as error:
        yield Finding(_("book"), str(error), str(error.hint) or "crm check")
        return
    root, settings = session.book.root, session.settings
    yield Finding(_("book"), f"{root} ({settings.name})" if settings.name else str(root))
    if not os.access(root, os.W_OK):
        yield Finding(_("writable"), _("no"), _("look at the permissions of the book's folder"))
    from crmkit.git import plumbing

    if plumbing.enclosing(root):
        yield Finding(_("history"), _("git repository"))
    else:
        yield Finding(
            _("history"), _("no git repository"), _("git init: only then are there history and undo")
        )
    who = session.actor_name
    yield Finding(_("you are"), who or "?", "" if who else _("export CRM_USER=you@example.com"))
    if not settings.solo and settings.member(session.actor) is None:
        way = _("add yourself under team: in crm.yaml, or use --as")
        yield Finding(_("team"), _("{who} is not in the team").format(who=who), way)
    yield _calendar(session)
    yield from _contents(session)


def _calendar(session: Session) -> Finding:
    """Tell up to which year the working days are known."""
    from crmkit.rules import workdays
    from crmkit.values.workdays import CHINA, EXTRA

    calendar = session.settings.workdays
    known, country = calendar.known, calendar.country
    if known.lack:
        found = _("unknown for {country}: Monday to Friday are counted").format(country=country)
        way = _("name another country under holidays: in crm.yaml")
        way = _("pip install '{extra}'").format(extra=EXTRA) if known.lack == "package" else way
    else:
        found = _("{country}, known up to {year}").format(country=country, year=known.last)
        package = "chinesecalendar" if country == CHINA else "holidays"
        way = _("pip install -U {package}").format(package=package)
    well = known.last >= session.today.year or not workdays.used(session.settings)
    return Finding(_("working days"), found, "" if well else way)


def _contents(session: Session) -> Iterator[Finding]:
    session.index.look_as(None)  # counts tell nobody's data
    records, customers = len(session.index.ids()), len(session.index.ids("", ("customer",)))
    yield Finding(
        _("records"), _("{n}, {customers} of them customers").format(n=records, customers=customers)
    )
    broken = session.index.attention()
    yield Finding(
        _("files that need attention"), str(broken), _("see what is wrong: crm check") if broken else ""
    )
