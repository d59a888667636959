"""Everything about a customer, part by part, for a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions import show
from crmkit.actions.listing import column, default_columns, pick
from crmkit.settings.words import Words, moment
from crmkit.values.hide import hidden, veiled

if TYPE_CHECKING:
    from crmkit.actions.due import DueRow
    from crmkit.actions.session import Session
    from crmkit.actions.show import Page

Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dossier: its name, its label (a msgid), its columns `(label, width, flex)`, its rows.

    A row is `(id, cells)`; the id is a record's, or `contacts.0`, `needs.1`, `files/NAME` for what is none.
    """

    name: str
    label: str
    columns: Sequence[tuple[str, int, int]]
    rows: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Whole:
    """A customer's page, what is due with it, and its parts; contact details are masked unless `revealed`."""

    page: Page
    due: Sequence[DueRow]
    parts: Sequence[Part]
    revealed: bool


KINDS = ("followup", "opportunity", "feedback", "order", "contract", "plan", "survey")


def dossier(session: Session, ident: str, *, reveal: bool = False) -> Whole:
    """Return everything about a customer."""
    page = show.show(session, ident)
    veil = (lambda text: text) if reveal else hidden
    words = Words(session.settings)
    parts = [
        _timeline(session, page, veil),
        _contacts(session, page, words, reveal=reveal),
        _needs(page, words),
    ]
    parts += (_records(session, page, kind, words, veil) for kind in KINDS)
    parts.append(_files(session, page))
    return Whole(page, page.due, [p for p in parts if p.rows or p.name in {"timeline", "contacts"}], reveal)


def _timeline(session: Session, page: Page, veil: Any) -> Part:
    from crmkit.i18n import N_, _

    rows = []
    for event in page.timeline:
        kind = _(session.catalog.kinds[event.kind].label)
        back = str(event.more.get("feedback") or "")
        text = f"{event.text} → {back}" if back else event.text
        rows.append((event.id, (moment(event.on), kind, str(event.more.get("by") or ""), veil(text))))
    columns = ((_("When"), 16, 0), (_("Kind"), 8, 0), (_("Who"), 8, 0), (_("What happened"), 20, 1))
    return Part("timeline", N_("Timeline"), columns, rows)


def _contacts(session: Session, page: Page, words: Words, *, reveal: bool) -> Part:
    from crmkit.i18n import _

    fields = session.catalog.kinds["customer"].by_name
    names = ("name", "job_title", "mobile", "phone", "email", "wechat", "role", "preferred_channel")
    rows = []
    for number, person in enumerate(_mappings(page.doc.get("contacts"))):
        cells = []
        for name in names:
            field = fields[f"contacts.{name}"]
            text = words.cell(person.get(name), field.type, field.vocabulary)
            cells.append(text if reveal else veiled(text, field.marks))
        rows.append((f"contacts.{number}", cells))
    widths = {"name": 10, "job_title": 12, "mobile": 12, "phone": 14, "email": 22}
    columns = tuple(
        (_(fields[f"contacts.{n}"].label), widths.get(n, 9), int(n == "job_title")) for n in names
    )
    return Part("contacts", fields["contacts"].label, columns, rows)


def _needs(page: Page, words: Words) -> Part:
    from crmkit.actions.form import typed
    from crmkit.i18n import N_, _

    rows = []
    for number, need in enumerate(_mappings(page.doc.get("needs"))):
        cells = (
            str(need.get("summary") or ""),
            typed(need.get("budget")),
            words.label("priority", need.get("priority")) if need.get("priority") else "",
            str(need.get("by") or ""),
            str(need.get("pains") or ""),
        )
        rows.append((f"needs.{number}", cells))
    columns = (
        (_("Need"), 18, 2),
        (_("Budget"), 14, 0),
        (_("Priority"), 6, 0),
        (_("Needed by"), 11, 0),
        (_("Pains"), 14, 1),
    )
    return Part("needs", N_("Needs"), columns, rows)


def _records(session: Session, page: Page, kind: str, words: Words, veil: Any) -> Part:
    from crmkit.i18n import _

    spec = session.catalog.kinds[kind]
    names = [n for n in default_columns(spec) if n not in {"id", "customer_name", "customer"}]
    columns = [column(spec, name) for name in names]
    docs = sorted(
        show.of(page.records, kind), key=lambda d: str(d.get(spec.date_field) or d["id"]), reverse=True
    )
    rows = [
        (d["id"], [veil(words.cell(pick(d, c.name), c.type, c.vocabulary)) for c in columns]) for d in docs
    ]
    title = spec.first("title")
    shown = tuple(
        (_(c.label), 16 if c.type == "when" else 10, int(c.name in {title, "content"})) for c in columns
    )
    return Part(kind, spec.label, shown, rows)


def _files(session: Session, page: Page) -> Part:
    from crmkit.i18n import N_, _

    folder = (session.book.root / page.hit.path).parent / "files"
    found: list[tuple[str, Sequence[str]]] = []
    if folder.is_dir():
        found = [
            (f"files/{p.name}", (p.name, f"{p.stat().st_size / 1024:,.0f} KB"))
            for p in sorted(folder.iterdir())
            if p.is_file()
        ]
    return Part("files", N_("Files"), ((_("File"), 30, 1), (_("Size"), 10, 0)), found)


def _mappings(value: Any) -> Iterator[Doc]:
    yield from (v for v in value if isinstance(v, Mapping)) if isinstance(value, list | tuple) else ()


def told(session: Session, ident: str, *, reveal: bool = False) -> list[tuple[str, str]]:
    """Return `(label, text)` of everything that a record says; what is personal is masked unless `reveal`."""
    from crmkit.i18n import _

    hit = session.resolve(ident)
    spec = session.catalog.kinds[hit.kind]
    doc = session.index.json(hit.path)
    words = Words(session.settings)
    out = []
    for field in spec.fields:
        if "." in field.name or doc.get(field.name) in (None, "", [], {}):
            continue
        value = doc[field.name]
        if field.type == "mapping":
            lines = [_entry(session, spec.name, field.name, v, words, reveal=reveal) for v in _entries(value)]
            out.append((_(field.label), "\n".join(lines)))
            continue
        text = "\n".join(map(str, value)) if "sentence" in field.marks and isinstance(value, list) else ""
        text = text or words.cell(value, field.type, field.vocabulary)
        out.append((_(field.label), text if reveal else veiled(hidden(text), field.marks)))
    return out


def _entries(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def _entry(session: Session, kind: str, name: str, value: Any, words: Words, *, reveal: bool) -> str:
    """Return an entry of a list, or a mapping, on one line."""
    if not isinstance(value, Mapping):
        return str(value)
    fields = session.catalog.kinds[kind].by_name
    parts = []
    for key, below in value.items():
        field = fields.get(f"{name}.{key}")
        if isinstance(below, Mapping) and not {"amount", "min", "max"} & set(below):
            text = ", ".join(f"{k} {v}" for k, v in below.items())
        else:
            from crmkit.actions.form import typed

            text = (
                words.cell(below, field.type, field.vocabulary)
                if field and field.type != "mapping"
                else typed(below)
            )
        if text:
            parts.append(text if reveal or field is None else veiled(text, field.marks))
    return " · ".join(parts)


def secrets(session: Session, ident: str) -> list[tuple[str, str]]:
    """Return `(field, label)` of the secrets that a record keeps."""
    from crmkit.i18n import _

    hit = session.resolve(ident)
    doc = session.index.doc(hit.path)
    return [
        (f.name, _(f.label)) for f in session.catalog.kinds[hit.kind].marked("secret") if pick(doc, f.name)
    ]


def changes(session: Session, ident: str, *, reveal: bool = False) -> Part:
    """Return every change of every field, the newest first (R-001-34); Refused where there is no git."""
    from crmkit.actions.history import history
    from crmkit.errors import Refused
    from crmkit.i18n import N_, _

    columns = (
        (_("When"), 16, 0),
        (_("Who"), 8, 0),
        (_("Record"), 12, 0),
        (_("Field"), 14, 1),
        (_("Before"), 14, 2),
        (_("After"), 14, 2),
    )
    try:
        steps = history(session, ident, reveal=reveal)
    except Refused as error:
        return Part("history", N_("History"), columns, [("history.0", ("", "", "", str(error)))])
    rows = []
    for number, step in enumerate(reversed(steps)):
        spec = session.catalog.kinds.get(step.kind)
        field = spec.by_name.get(step.field) if spec else None
        label = " · ".join(t for t in (_(field.label) if field else step.field or step.what, step.entry) if t)
        kind = _(spec.label) if spec else step.kind
        cells = (f"{step.at:%Y-%m-%d %H:%M}", step.by, kind, label, _shown(step.old), _shown(step.new))
        rows.append((f"history.{number}", cells))
    return Part("history", N_("History"), columns, rows)


def _shown(value: Any) -> str:
    from crmkit.actions.form import typed

    return typed(value)
