"""`crm edit` and `crm add --edit`: a record in the person's own editor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmkit.actions._write import Prepared
from crmkit.actions.add import new_record, owner_dossier, record_day
from crmkit.actions.log import first_line
from crmkit.errors import Conflict, Problem
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session

NOTE = "#! "
"""Begins the lines that tell what is wrong; they are taken out again when the text comes back."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text to edit. `base` is what the file held (None for a new record)."""

    text: str
    kind: str
    path: str = ""
    base: bytes | None = None
    customer: str = ""


def start(session: Session, ident: str) -> Sheet:
    """Return the text of what goes by `ident`."""
    hit = session.resolve(ident)
    raw = (session.book.root / hit.path).read_bytes()
    return Sheet(raw.decode("utf-8", "replace"), hit.kind, hit.path, raw, hit.customer)


def new(session: Session, kind: str, customer: str | None, assignments: Sequence[str]) -> Sheet:
    """Return the text of a record that is not there yet: what is known, then the fields that can be filled."""
    from crmkit.yaml import write

    spec = session.kind(kind)
    hit = owner_dossier(session, spec, customer)
    fields = new_record(session, spec, hit, assignments)
    open_fields = [
        f for f in spec.fields if "." not in f.name and f.name not in fields and "stamp" not in f.marks
    ]
    required = "".join(f"{f.name}:   # {_(f.label)} *\n" for f in open_fields if f.required)
    optional = "".join(f"# {f.name}:   # {_(f.label)}\n" for f in open_fields if not f.required)
    head = "# " + _("Fill in, save and close; an empty file gives up.") + "\n"
    return Sheet(head + required + write.dump(fields) + optional, spec.name, customer=hit.id if hit else "")


def finish(session: Session, sheet: Sheet, text: str) -> Prepared:
    """Return the change that the edited text asks for.

    Raises Conflict where the file changed meanwhile, Invalid or Unreadable where the text has errors (see `annotate`).
    """
    text = clean(text)
    if sheet.base is None:
        return _new(session, sheet, text)

    def compose(draft: Draft) -> None:
        if draft.text(sheet.path).encode() != sheet.base:
            raise Conflict(
                N_("{path} was changed by somebody else meanwhile"),
                diff=without_secrets(session, sheet.kind, text),
                hint=N_("your text is kept below; look at theirs with: crm show {path}"),
                path=sheet.path,
            )
        draft.put(sheet.path, text, base=sheet.base)
        ident = session.index.id_at(sheet.path)
        _watch(draft, sheet, ident, text)
        draft.about(ident, sheet.kind, sheet.path, f"edit {sheet.kind} {ident}")
        if draft.text(sheet.path).encode() != sheet.base:
            draft.stamp(sheet.path)

    return Prepared(session, compose)


def _watch(draft: Draft, sheet: Sheet, ident: str, text: str) -> None:
    """Complete a change of the stage, and warn of what its gate asks for, as `crm set` does."""
    from crmkit.actions import stage
    from crmkit.yaml import read

    before, after = (read.load(raw, sheet.path).data for raw in (sheet.base or b"", text.encode()))
    stage.watched(draft, (sheet.path, sheet.kind, ident), before, after)


def _new(session: Session, sheet: Sheet, text: str) -> Prepared:
    from crmkit.yaml import read

    spec = session.kind(sheet.kind)
    fields = {k: v for k, v in read.load(text.encode(), "-").data.items() if v is not None}
    hit = session.customer(sheet.customer) if sheet.customer else None
    folder = hit.path.rpartition("/")[0] if hit else ""

    def compose(draft: Draft) -> None:
        name = first_line(str(fields.get(spec.first("title")) or ""))
        draft.create(
            spec.name, fields, folder, record_day(session, spec, fields), message=f"add {spec.name} {name}"
        )

    return Prepared(session, compose)


def without_secrets(session: Session, kind: str, text: str) -> str:
    """Return a text that is kept aside without the secrets that somebody has typed into it."""
    from crmkit.actions import _seal, _secrets

    return _seal.scrubbed(text, _secrets.secrets_of(session.kind(kind)))


def clean(text: str) -> str:
    """Take out the notes that `annotate` put in."""
    return re.sub(rf"(?m)^{re.escape(NOTE)}.*\n?", "", text)


def annotate(text: str, problems: Sequence[Problem]) -> str:
    """Return the text with each problem as a comment above its line."""
    lines = clean(text).splitlines(keepends=True)
    for problem in sorted(problems, key=lambda p: p.line, reverse=True):
        hint = f" - {problem.hint}" if str(problem.hint) else ""
        lines.insert(max(problem.line - 1, 0), f"{NOTE}{problem.field or '-'}: {problem.text}{hint}\n")
    return "".join(lines)
