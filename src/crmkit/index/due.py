"""Rows of the agenda as the index gives them back: what `crm due` lists."""

from __future__ import annotations

from collections.abc import Mapping
from json import loads

from crmkit.frozen import dataclass
from crmkit.rules.row import Row


@dataclass(frozen=True, slots=True)
class AgendaRow(Row):
    """A row with what a list shows of its customer. `path` is the file of the record behind the row.

    `contact_details` say whom to reach and how: name, job_title, phone, mobile, email, wechat.
    """

    customer_name: str = ""
    tier: str = ""
    path: str = ""
    contact_json: str = "{}"

    @property
    def contact_details(self) -> dict[str, str]:
        """Whom to reach and how, plainly; read only where it is shown."""
        found: dict[str, str] = loads(self.contact_json)
        return found

    @property
    def due_text(self) -> str:
        """When it falls due, as records write dates and times."""
        if self.due_at is None:
            return self.due_on.isoformat()
        return self.due_at.isoformat(timespec="seconds" if self.due_at.second else "minutes")

    @property
    def masked_contact(self) -> dict[str, str]:
        """The contact's details with phones, addresses and accounts masked."""
        return masked(self.contact_details)


def masked(details: Mapping[str, str]) -> dict[str, str]:
    """Return the details of a contact with phones, addresses and accounts masked (R-004-51)."""
    from crmkit.values.phone import mask, mask_email

    masks = {"phone": mask, "mobile": mask, "email": mask_email, "wechat": _mask_account}
    return {k: masks[k](v) if k in masks else v for k, v in details.items()}


def _mask_account(text: str) -> str:
    keep = 2 if len(text) > 4 else 1
    return text[:keep] + "****"
