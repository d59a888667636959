"""All that a book holds about one customer, as a file to hand out (PIPL 45, GDPR 15 and 20)."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.actions import _secrets
from crmkit.actions._person import Held
from crmkit.book import layout
from crmkit.errors import CrmError, Refused
from crmkit.i18n import N_, _
from crmkit.yaml import read, write
from crmkit.yaml.write import Edit

if TYPE_CHECKING:
    from crmkit.actions.session import Session


def export(session: Session, about: Held, target: Path) -> list[str]:
    """Write a zip of everything held about the customer to `target` (mode 600) and return the names in it.

    Records with their secrets in plain text where a key of ours opens them, attachments, every change of every field,
    and which records elsewhere name the customer. Raises Refused for a place inside the book or a file that is there.
    """
    if target.resolve().is_relative_to(session.book.root):
        raise Refused(N_("the export must not lie in the book: {path}"), path=str(target))
    try:
        fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Refused(
            N_("there is a file {path} already"), hint=N_("name another one"), path=str(target)
        ) from None
    with os.fdopen(fd, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, raw in _contents(session, about):
            made.writestr(name, raw)
        return made.namelist()


def _contents(session: Session, about: Held) -> Iterator[tuple[str, bytes]]:
    folder = about.folders[0]
    for path in layout.dossier_files(session.book, folder):
        name = path[len(folder) + 1 :]
        if name in {"keys.yaml", "attic.yaml", "access.yaml"}:
            if name != "keys.yaml":
                yield f"kept/{name}", (session.book.root / path).read_bytes()
        elif name.startswith(f"{layout.FILES}/"):
            yield name, (session.book.root / path).read_bytes()
        else:
            yield f"records/{name}", opened(session, path)
    yield "history.txt", "".join(f"{line}\n" for line in history(session, about)).encode()
    elsewhere = [f"{path}: {name}\n" for path, name, _value in about.references()]
    yield "elsewhere.txt", "".join(elsewhere).encode()
    about_it = _("Everything that the book {book} holds about {number}, written on {day}.").format(
        book=session.settings.name or session.book.root.name,
        number=about.number,
        day=session.today.isoformat(),
    )
    parts = (
        ("records/", _("the records as they are")),
        (f"{layout.FILES}/", _("attachments")),
        ("kept/", _("who read secrets, and values that gave way when clones met")),
        ("history.txt", _("every change of every field")),
        ("elsewhere.txt", _("other records that name the customer")),
    )
    yield "README.txt", (about_it + "\n\n" + "".join(f"{n}  {what}\n" for n, what in parts)).encode()


def opened(session: Session, path: str) -> bytes:
    """Return a record's text with the secrets that we can open in plain text: it is the person's own data."""
    raw = (session.book.root / path).read_bytes()
    place = layout.place_of(path)
    spec = session.catalog.kinds.get(place.kind) if place else None
    try:
        data: Mapping[str, Any] = read.load(raw, path).data if spec else {}
    except read.Unreadable:
        return raw
    edits = []
    for field in _secrets.secrets_of(spec) if spec else ():
        where = _secrets.where_of(path, field.name)
        for steps, text in _secrets.values(data, field.steps):
            try:
                ring, own = _secrets.ring_at(session, path), _secrets.mine(session)
                edits.append(Edit(steps, _secrets.unsealed(text, ring, own, where, {})))
            except CrmError:
                continue
    return write.edit(raw.decode("utf-8"), edits).encode() if edits else raw


def history(session: Session, about: Held) -> Iterator[str]:
    """Yield what happened to each field, oldest first: `2024-03-15 14:30 contacts.phone 138…→139… by 张三`."""
    from crmkit.book import _merge_data as data
    from crmkit.git import plumbing
    from crmkit.git.objects import Reader

    if not about.events:
        return
    with Reader(plumbing.discover(session.book.root), timeout=3600) as reader:
        for event in reversed(about.events):
            when = event.at.astimezone(session.settings.zone).strftime("%Y-%m-%d %H:%M")
            for file in event.files:
                name = file.path.rpartition("/")[2]
                if name in {"keys.yaml", "access.yaml"}:
                    continue  # no data of the person's; who read what is in kept/
                if not file.path.endswith(".yaml"):
                    yield f"{when} {name} {'+' if file.new else '-'} by {event.author}"
                    continue
                before, after = (
                    dict(data.leaves(_doc(reader.blob(b), name) if b else {})) for b in (file.old, file.new)
                )
                for steps in dict.fromkeys([*before, *after]):
                    old, new = before.get(steps), after.get(steps)
                    if old != new:
                        field = f"{name} {'.'.join(steps)}"
                        yield f"{when} {field} {_shown(old)} → {_shown(new)} by {event.author}"


def _doc(raw: bytes, name: str) -> Any:
    try:
        return read.load(raw, name).data
    except read.Unreadable:
        return {}


def _shown(value: Any) -> str:
    from crmkit.crypt import sealed

    if sealed.is_sealed(value):
        return "(encrypted)"
    return "-" if value is None else str(value).replace("\n", " / ")
