"""Giving what is due to somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.actions.done import target
from crmkit.actions.set import set_fields
from crmkit.errors import Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Prepared
    from crmkit.actions.session import Session


def reassign(session: Session, ident: str, owner: str) -> Prepared:
    """Let `owner` have what goes by `ident`: the follow-up, or the record behind the row (R-000-61).

    A reminder that is computed of the customer alone follows the customer's owner; Refused for a duty of the team.
    """
    aim = target(session, ident)
    if aim.hit is None:
        raise Refused(
            N_("a duty of the team belongs to its role"), hint=N_("roles stand in crm.yaml under team")
        )
    spec = session.catalog.kinds[aim.hit.kind]
    record = aim.hit if "owner" in spec.by_name else session.customer(aim.hit.id)
    return set_fields(session, [record.id], [f"owner={owner}"])
