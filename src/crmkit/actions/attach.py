"""`crm attach`: a document filed with its customer, named <company>-<document>-<YYYY-MM> (R-000-15, R-000-16)."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.book import layout
from crmkit.errors import NotFound, Refused, UsageError
from crmkit.i18n import N_
from crmkit.values import attachment, company, size

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit

LARGE = 5 << 20
"""Bytes from which git-lfs is worth a word: git keeps every version of every file for ever."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a dossier; `bytes` is its size."""

    path: str
    name: str
    bytes: int
    on: date

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {"path": self.path, "name": self.name, "bytes": self.bytes, "on": self.on.isoformat()}


class Attach(Prepared):
    """The change that files documents; `names` are those they are filed under once it was composed."""

    def __init__(
        self, session: Session, hit: Hit, files: Sequence[tuple[str, bytes]], document: str, day: date
    ) -> None:
        """See `attach`."""
        self.names: list[str] = []
        self._what = hit, files, document, day
        super().__init__(session, self._fill)

    def _fill(self, draft: Draft) -> None:
        hit, files, document, day = self._what
        folder = f"{PurePosixPath(hit.path).parent}/{layout.FILES}"
        there = _there(draft.session, folder)
        short = short_name(draft.session, hit)
        self.names = []
        for name, raw in files:
            made = _free(short, document or _document(name, short), day, PurePosixPath(name).suffix, there)
            there.add(made.casefold())
            draft.put_bytes(layout.check_path(f"{folder}/{made}"), raw)
            self.names.append(made)
        draft.about(hit.id, "customer", hit.path, f"attach {hit.title}: {', '.join(self.names)}")


def attach(
    session: Session, customer: str, paths: Sequence[Path], document: str = "", day: str = ""
) -> Attach:
    """File `paths` with a customer as `document` (营业执照), of the month of `day`.

    Without `document` the file's own name says what it is. Raises NotFound for a missing file, Refused for one that is
    no plain file with one name, is empty or larger than `attachments.limit` of crm.yaml.
    """
    hit = session.customer(customer)
    when = session.moment(day) if day else session.today
    most = limit(session)
    files = [(p.name, _read(p, most)) for p in paths]
    return Attach(session, hit, files, document.strip(), when.date() if isinstance(when, datetime) else when)


def attachments(session: Session, customer: str) -> list[Attachment]:
    """Return what is filed with a customer, by name."""
    hit = session.customer(customer)
    return of_dossier(session, hit.path)


def of_dossier(session: Session, path: str) -> list[Attachment]:
    """Return the attachments of the dossier whose customer stands at `path`."""
    folder = f"{PurePosixPath(path).parent}/{layout.FILES}"
    found = []
    for file in layout.dossier_files(session.book, folder):
        info = (session.book.root / file).lstat()
        day = datetime.fromtimestamp(info.st_mtime, session.settings.zone).date()
        found.append(Attachment(file, PurePosixPath(file).relative_to(folder).as_posix(), info.st_size, day))
    return found


def limit(session: Session) -> int:
    """Return the largest attachment that the book takes, in bytes."""
    return size.parse(session.settings.attachments)


def short_name(session: Session, hit: Hit) -> str:
    """Return how a company is called in the names of its files."""
    doc = session.index.doc(hit.path)
    return str(doc.get("short_name") or company.short(hit.title) or hit.title or hit.id)


def _read(path: Path, most: int) -> bytes:
    """Return a plain file's bytes; what it is is asked of the open file, so that nothing can be put in its place."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFound(N_("there is no file {name}"), name=str(path)) from None
    except OSError as e:
        raise Refused(N_("{name} cannot be read: {why}"), name=str(path), why=e.strerror or str(e)) from None
    with os.fdopen(fd, "rb") as file:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            raise Refused(
                N_("{name} is not a plain file"),
                hint=N_("links, folders and devices are not filed"),
                name=str(path),
            )
        if info.st_nlink > 1:
            raise Refused(
                N_("{name} has {n} names on this disk: whoever changes it elsewhere would change it here"),
                hint=N_("copy it first: cp {name} COPY"),
                name=str(path),
                n=info.st_nlink,
            )
        raw = file.read(most + 1)
    if not raw:
        raise Refused(N_("{name} is empty"), name=str(path))
    if len(raw) > most:
        raise Refused(
            N_("{name} is larger than {most} MB"),
            hint=N_(
                "crm.yaml can say more (attachments: 50 MB); large files belong into git-lfs or on a shared disk"
            ),
            name=str(path),
            most=most >> 20,
        )
    return raw


def _there(session: Session, folder: str) -> set[str]:
    return {PurePosixPath(p).name.casefold() for p in layout.dossier_files(session.book, folder)}


def _free(short: str, document: str, month: date, suffix: str, there: set[str]) -> str:
    if not document:
        raise UsageError(N_("what document is it?"), hint=N_("say it: --as 营业执照"))
    for count in range(1, 1000):
        name = attachment.proper_name(short, document, month, suffix, count)
        if name.casefold() not in there:
            return name
    raise Refused(N_("there are 999 files of that name"), hint=N_("say more exactly what it is: --as ..."))


_MONTH = re.compile(r"(?<![0-9])(20[0-9]{2})[-._年]?(0[1-9]|1[0-2])(?![0-9])")


def _document(name: str, short: str) -> str:
    """Return what a file's own name says that it is: without company, month and ending."""
    stem = _MONTH.sub("", PurePosixPath(name).stem)
    return " ".join(stem.replace(short, "").strip(" -_.()（）月").split())
