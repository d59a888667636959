"""Values that gave way when clones met, settled one by one: what stands now stays, or the other comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.book import attic
from crmkit.book.merge import ATTIC
from crmkit.errors import NotFound
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session


@dataclass(frozen=True, slots=True)
class Open:
    """One value to be settled: its entry, the record it belongs to, and what stands there now.

    `path` is the record's file, `title` names it for people; `weighty` says that it is about money or a stage.
    """

    entry: attic.Entry
    id: str
    path: str
    title: str
    now: Any
    weighty: bool


def unsettled(session: Session) -> list[Open]:
    """Return what lies in the attics, money and stages first."""
    rows = [row for kind in session.catalog.kinds for row in session.index.rows(kind)]
    found = [
        Open(
            e,
            row.id,
            row.path,
            " ".join(dict.fromkeys(filter(None, (row.title, row.customer_name)))),
            now,
            attic.weighty(e.field),
        )
        for e, row, now in attic.of_rows(session.book, rows)
        if row is not None
    ]
    return sorted(found, key=lambda o: (not o.weighty, o.path, o.entry.at))


def settle(session: Session, opened: Open, *, take: bool) -> Prepared:
    """Return the change that settles a value: `take` lets it stand in the record again, else what stands now stays.

    Raises NotFound where somebody has settled it meanwhile, or its place in the record is gone.
    """
    entry = opened.entry

    def compose(draft: Draft) -> None:
        from crmkit.yaml.read import load

        raw = draft.maybe(entry.path)
        if raw is None or not any(e.id == entry.id for e in attic.read(raw, entry.path)):
            raise NotFound(N_("that value is settled already"))
        if entry.field and take:
            edit = attic.taking(load(draft.text(opened.path).encode(), opened.path).data, entry)
            if edit is None:
                raise NotFound(
                    N_("{id} has no {field} any more"),
                    hint=N_(
                        "write it where it belongs with: crm set, then settle it again and keep what stands"
                    ),
                    id=opened.id,
                    field=entry.field,
                )
            draft.edit(opened.path, [edit])
            draft.stamp(opened.path)
        beside = entry.path.removesuffix(ATTIC) + str(entry.value)
        if not entry.field and (held := draft.maybe(beside)) is not None:
            if take:
                draft.put(opened.path, held.decode("utf-8"), base=draft.maybe(opened.path))
            draft.delete(beside)
        left = attic.settled(raw, [entry.id], entry.path)
        if left is None:
            draft.delete(entry.path)
        else:
            draft.put(entry.path, left.decode("utf-8"), base=raw)
        how = "taken" if take else "dropped"
        draft.about(opened.id, "", opened.path, f"settle {opened.title}: {entry.field or 'file'} {how}")

    return Prepared(session, compose)
