"""`crm forget`: a customer's data handed out, erased or anonymised, and taken out of the history (PIPL, GDPR)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions import _anonymise
from crmkit.actions._person import Held
from crmkit.actions._write import Prepared
from crmkit.book import layout, naming, tombstones
from crmkit.errors import NotFound
from crmkit.i18n import N_, in_language

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.yaml.write import Edit


@dataclass(frozen=True, slots=True)
class Plan:
    """What forgetting a customer will do, to be shown first. Paths and fields, never values.

    `references` are `(path, field)` elsewhere that name the customer and are cleared; `mentions` are records whose
    free text still holds one of the person's names or numbers: a person must look at them.
    """

    number: str
    files: int
    references: tuple[tuple[str, str], ...]
    mentions: tuple[str, ...]
    anonymise: bool


def held(session: Session, text: str) -> Held:
    """Return what the book holds of the customer that goes by `text`; the number of one that is erased is taken too."""
    try:
        return Held(session, session.customer(text).id)
    except NotFound:
        if text.strip() in {s.name for s in tombstones.stones(_list(session))}:
            return Held(session, text.strip())
        raise


def _list(session: Session) -> bytes | None:
    try:
        return session.book.read(tombstones.PATH)
    except FileNotFoundError:
        return None


def plan(session: Session, about: Held, *, anonymise: bool = False) -> Plan:
    """Return what `forget` will do."""
    files = layout.dossier_files(session.book, about.folders[0])
    references = () if anonymise else tuple((path, name) for path, name, _ in about.references())
    return Plan(about.number, len(files), references, tuple(_mentions(session, about)), anonymise)


def _mentions(session: Session, about: Held) -> list[str]:
    """Return records elsewhere in whose text one of the person's names or numbers stands."""
    named = {path for path, _, _ in about.references()}
    wanted = _pattern([t.encode() for t, goes_by in about.texts.items() if goes_by])
    if wanted is None:
        return []
    found = []
    for kind in session.catalog.kinds:
        for row in session.index.rows(kind):
            if about.inside(row.path) or row.path in named:
                continue
            try:
                raw = session.book.read(row.path)
            except OSError:
                continue
            if wanted.search(raw):
                found.append(row.path)
    return sorted(found)


def forget(session: Session, about: Held, *, anonymise: bool = False) -> Prepared:
    """Erase the dossier with all that lies in it, or leave sums, dates and codes without a name (`anonymise`).

    References elsewhere are cleared, the number is never given again, and the list of the forgotten keeps the
    dossier from coming back out of somebody's clone.
    """
    folder = about.folders[0]
    customer = f"{folder}/{layout.CUSTOMER_FILE}"

    def compose(draft: Draft) -> None:
        how = "anonymise" if anonymise else "forget"
        draft.about(about.number, "customer", customer, f"{how} {about.number}")
        doc = _read(draft, customer)
        for path in layout.dossier_files(session.book, folder):
            if anonymise:
                _anonymised(draft, path, about.number)
            else:
                draft.delete(path)
        if not anonymise:
            _clear(draft, about)
            naming.retire(draft, about.number)
        raw = draft.maybe(tombstones.PATH)
        kind = tombstones.ANONYMISED if anonymise else tombstones.ERASED
        names = [about.number] if anonymise else about.names
        draft.put(tombstones.PATH, tombstones.with_stone(raw, names, kind, session.today, doc), base=raw)

    return Prepared(session, compose)


def _read(draft: Draft, path: str) -> dict[str, Any]:
    from crmkit.yaml import read

    raw = draft.maybe(path)
    return read.load(raw, path).data if raw is not None else {}


def _anonymised(draft: Draft, path: str, number: str) -> None:
    from crmkit.yaml import write

    place = layout.place_of(path)
    spec = draft.session.catalog.kinds.get(place.kind) if place else None
    if spec is None or not (spec.name == "customer" or _anonymise.keeps(spec)):
        draft.delete(path)
        return
    data = _anonymise.left(spec, _read(draft, path))
    title = spec.first("title")
    if title and title not in data:
        label = in_language(draft.session.settings.language, N_("Anonymous"))
        data = {title: f"{label} {number}", **data}
    ordered = {f.path.split(".")[0].removesuffix("[]"): None for f in spec.fields}
    data = {k: data[k] for k in ordered if k in data}
    raw = draft.maybe(path)
    if raw is not None and write.dump(data).encode() != raw:
        draft.put(path, write.dump(data), base=raw)
        if spec.name == "customer":
            draft.stamp(path)


def _clear(draft: Draft, about: Held) -> None:
    """Take the customer out of the records elsewhere that name it: a participant goes with its entry."""
    from crmkit.yaml.write import DELETE, Edit

    for path, name, value in about.references():
        doc = _read(draft, path)
        places = sorted(_holding(doc, name.split("."), value), key=_order, reverse=True)
        edits: list[Edit] = []
        for steps in places:
            last = max((i for i, s in enumerate(steps) if isinstance(s, int)), default=len(steps) - 1)
            edits.append(Edit(steps[: last + 1], DELETE))
        draft.edit(path, edits)


def _order(steps: Sequence[str | int]) -> tuple[Any, ...]:
    return tuple((0, s, "") if isinstance(s, int) else (1, 0, s) for s in steps)


def _holding(
    value: Any, names: Sequence[str], wanted: str, at: tuple[str | int, ...] = ()
) -> list[tuple[str | int, ...]]:
    if isinstance(value, list):
        return [s for i, v in enumerate(value) for s in _holding(v, names, wanted, (*at, i))]
    if not names:
        return [at] if value == wanted else []
    if names[0].isdecimal():
        return _holding(value, names[1:], wanted, at)
    if isinstance(value, Mapping):
        return _holding(value.get(names[0]), names[1:], wanted, (*at, names[0]))
    return []


def _pattern(texts: Sequence[bytes]) -> re.Pattern[bytes] | None:
    ordered = sorted(set(texts), key=lambda t: (-len(t), t))
    return re.compile(b"|".join(re.escape(t) for t in ordered)) if ordered else None


# ---- the history


@dataclass(frozen=True, slots=True)
class Erased:
    """What rewriting the history did. `backup` is the bundle with the old history: to be deleted in the end.

    `left` are places where one of the person's texts still stands (should be none), `spared` how many of his texts
    stand in other records and so were left in their past too. `push` are the commands that the remotes need.
    """

    commits: int
    changed: int
    backup: str
    push: tuple[str, ...]
    objects: int = 0
    left: tuple[str, ...] = ()
    spared: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "commits": self.commits,
            "rewritten": self.changed,
            "backup": self.backup,
            "push": list(self.push),
            "objects": self.objects,
            "left": list(self.left),
            "spared": self.spared,
        }


def erase_history(session: Session, about: Held, backup: str) -> Erased:
    """Write git's history anew without the dossier and without what the person went by, and prove it.

    The dossier must be gone, or anonymised, in the book already. `backup` is where the old history goes, as a bundle.
    Raises Refused and GitError where it cannot be done; then nothing has changed.
    """
    from pathlib import Path

    from crmkit.actions import _history
    from crmkit.book import store

    with store.writing(session.book) as door:
        work = _history.Work(session, about, Path(backup))
        rewritten = work.rewrite()
        raw = _list(session)
        text = tombstones.with_roots(raw, rewritten.first)
        if rewritten.first:
            from crmkit.book.disk import sha256

            write = store.Write(tombstones.PATH, text, sha256(raw) if raw is not None else None, raw)
            door.apply(
                store.Change(
                    (write,),
                    message=f"history written anew without {about.number}",
                    actor=session.actor_identity,
                )
            )
        objects, left = work.prove()
    return Erased(
        rewritten.commits,
        rewritten.changed,
        backup,
        work.pushes(rewritten),
        objects,
        tuple(left),
        work.spared,
    )
