"""Editing a record in a form: what is there, what somebody else made of it meanwhile, and the change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions import form
from crmkit.actions._write import Prepared
from crmkit.actions.form import Ask
from crmkit.actions.listing import pick
from crmkit.errors import Conflict
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.records.catalog import FieldSpec, KindSpec

PEOPLE = ("name", "job_title", "department", "phone", "mobile", "email", "wechat", "role", "concerns")
"""What a form asks of each contact."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A record as the form was filled from it: `base` are the bytes of its file then."""

    ident: str
    kind: str
    path: str
    title: str
    base: bytes
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that differs: what the form was filled with, what stands in the file now, what was typed."""

    label: str
    name: str
    before: str
    theirs: str
    mine: str

    @property
    def both(self) -> bool:
        """Whether both changed it, and not to the same."""
        return self.theirs != self.before and self.mine not in {self.before, self.theirs}


def start(session: Session, ident: str) -> Amendment:
    """Return what a form shows of the record that goes by `ident`."""
    hit = session.resolve(ident)
    raw = (session.book.root / hit.path).read_bytes()
    spec = session.catalog.kinds[hit.kind]
    asks = tuple(_asks(session, spec, _data(raw, hit.path)))
    return Amendment(hit.id, hit.kind, hit.path, hit.title or hit.id, raw, asks)


def blank(session: Session, kind: str, known: Mapping[str, str] | None = None) -> tuple[Ask, ...]:
    """Return what a form asks for a new record of a kind, what must be given first."""
    spec = session.catalog.kinds[kind]
    given = known or {}
    asks = [a.but(value=given.get(a.name, a.value)) for a in _asks(session, spec, {})]
    return tuple(sorted(asks, key=lambda a: not a.required))


def _asks(session: Session, spec: KindSpec, data: Mapping[str, Any]) -> Iterator[Ask]:
    """Yield what people fill in by hand: plain fields, and each contact with one more place."""
    for field in form.open_fields(spec):
        if field.name == "contacts":
            yield from _people(session, spec, data)
        elif _plain(field):
            yield form.ask(session, spec.name, field.name, data.get(field.name))


def _plain(field: FieldSpec) -> bool:
    ranges = field.marks & {"range", "address"}
    return "secret" not in field.marks and (field.type != "mapping" or bool(ranges))


def _people(session: Session, spec: KindSpec, data: Mapping[str, Any]) -> Iterator[Ask]:
    there = data.get("contacts")
    people = there if isinstance(there, list) else []
    for number in range(max(1, len(people))):
        whose = f"{_('Contact')} {number + 1} · " if len(people) > 1 else ""
        for name in PEOPLE:
            full = f"contacts.{number}.{name}"
            if f"contacts.{name}" in spec.by_name:
                asked = form.ask(session, spec.name, full, pick(data, full) if people else None)
                yield asked.but(label=whose + asked.label)


def amend(session: Session, was: Amendment, changes: Mapping[str, str]) -> Prepared:
    """Return the change that what was typed makes of the record.

    Applying it raises Conflict where the file is no longer what the form was filled from: see `compare`, and
    `again` for putting the changes on top of what stands there now.
    """
    words = [f"{name}={value}" for name, value in changes.items()]

    def compose(draft: Draft) -> None:
        from crmkit.records import entry

        before = draft.text(was.path)
        if before.encode() != was.base:
            raise Conflict(
                N_("{path} was changed by somebody else meanwhile"),
                hint=N_("look at both versions, then choose"),
                path=was.path,
            )
        spec = session.catalog.kinds[was.kind]
        edits = entry.assign(spec, session.settings, _data(was.base, was.path), words, session.now)
        draft.edit(was.path, edits)
        if draft.text(was.path) != before:
            draft.stamp(was.path)
        what = ", ".join(sorted({str(e.steps[0]) for e in edits}))
        draft.about(was.ident, was.kind, was.path, f"set {was.title}: {what}")

    return Prepared(session, compose)


def compare(session: Session, was: Amendment, changes: Mapping[str, str]) -> tuple[Amendment, list[Clash]]:
    """Return the record as it stands now, and the fields that either side changed."""
    now = start(session, was.ident)
    theirs = {a.name: a for a in now.asks}
    before = {a.name: a for a in was.asks}
    names = list(dict.fromkeys([*before, *theirs]))
    rows = []
    for name in names:
        old, new = before.get(name), theirs.get(name)
        label = (new or old or Ask(name, name)).label
        was_text, now_text = old.value if old else "", new.value if new else ""
        mine = changes.get(name, was_text)
        if now_text != was_text or mine != was_text:
            rows.append(Clash(label, name, was_text, now_text, mine))
    return now, rows


def _data(raw: bytes, path: str) -> dict[str, Any]:
    from crmkit.yaml import read

    return read.load(raw, path).data


def assignments(values: Mapping[str, str]) -> Sequence[str]:
    """Return what was typed as `field=value` words; what is empty is left out."""
    return [f"{name}={value}" for name, value in values.items() if value]
