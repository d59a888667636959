"""`crm rm`: remove a record, or a customer with the whole dossier."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from crmkit.actions._write import Prepared

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session


def remove(session: Session, ident: str) -> Prepared:
    """Remove the record that goes by `ident`; a customer goes with everything in the dossier's folder.

    Git keeps what was removed: `crm undo` brings it back. A customer's number is never given again.
    """
    from crmkit.book import layout, naming

    hit = session.resolve(ident)

    def compose(draft: Draft) -> None:
        draft.about(hit.id, hit.kind, hit.path, f"rm {hit.kind} {hit.title or hit.id}")
        if hit.kind != "customer":
            draft.delete(hit.path)
            return
        for path in layout.dossier_files(session.book, str(PurePosixPath(hit.path).parent)):
            draft.delete(path)
        naming.retire(draft, hit.id)

    return Prepared(session, compose)
