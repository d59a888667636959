"""`crm set`: change fields of one record, or of all that a query finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.actions._write import Prepared
from crmkit.errors import NotFound, UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session


def set_fields(session: Session, idents: Sequence[str], assignments: Sequence[str]) -> Prepared:
    """Change the records that go by `idents`: `field=value`, `field+=value`, `field-=value`, `field=` clears.

    A customer whom the person may see and not change gets a proposal instead, for its owner to decide.
    """
    if not assignments:
        raise UsageError(N_("nothing to set"), hint=N_("say what: crm set ID field=value"))
    hits = [session.resolve(i) for i in dict.fromkeys(idents)]
    from crmkit.actions import propose

    if propose.wanted(session, hits):
        return propose.propose(session, hits[0], assignments)
    paths = [(h.path, h.kind, h.id, h.title) for h in hits]
    return Prepared(session, lambda draft: _assign(draft, paths, assignments))


def set_where(session: Session, kind: str, query: str, assignments: Sequence[str]) -> Prepared:
    """Change every record of `kind` that `query` finds; NotFound where it finds none."""
    if not assignments:
        raise UsageError(N_("nothing to set"), hint=N_("say what: crm set --where QUERY field=value"))
    spec = session.kind(kind)
    rows = session.index.rows(
        spec.name, session.index.bind(query, spec.name, session.today, session.actor_name)
    )
    if not rows:
        raise NotFound(N_("no {kind} matches {query!r}"), kind=spec.name, query=query)
    paths = [(r.path, r.kind, r.id, r.title) for r in rows]
    return Prepared(session, lambda draft: _assign(draft, paths, assignments))


def _assign(draft: Draft, records: Sequence[tuple[str, str, str, str]], assignments: Sequence[str]) -> None:
    from crmkit.actions import _participants, stage
    from crmkit.records import entry
    from crmkit.yaml import read

    session = draft.session
    said = list(assignments)
    for path, kind, ident, title in records:
        spec = session.catalog.kinds[kind]
        before = draft.text(path)
        current = read.load(before.encode(), path).data
        assignments, people = _participants.split(spec, said)
        edits = entry.assign(spec, session.settings, current, assignments, session.now)
        if people:
            edits += _participants.edits(session, current, people)
        draft.edit(path, edits)
        after = read.load(draft.text(path).encode(), path).data
        stage.watched(draft, (path, kind, ident), current, after)
        if draft.text(path) != before:
            draft.stamp(path)
        what = ", ".join(sorted({str(e.steps[0]) for e in edits}))
        draft.about(ident, kind, path, f"set {title or ident}: {what}")
    draft.also += [ident for _, _, ident, _ in records[:-1]]
    if len(records) > 1:
        what = ", ".join(a.split("=", 1)[0].rstrip("+-") for a in said)
        draft.about(*draft.main, f"set {len(records)} records: {what}")
