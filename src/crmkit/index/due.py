"""Rows of the agenda as the index gives them back: what `crm due` lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from crmkit.errors import Message
from crmkit.rules.row import Also, Row


@dataclass(frozen=True, slots=True)
class AgendaRow(Row):
    """A row with what a list shows of its customer. `path` is the file of the record behind the row.

    `contact_details` say whom to reach and how, plainly: name, job_title, phone, mobile, email, wechat.
    """

    customer_name: str = ""
    tier: str = ""
    path: str = ""
    contact_details: Mapping[str, str] = field(default_factory=dict)

    @property
    def due_text(self) -> str:
        """When it falls due, as records write dates and times."""
        if self.due_at is None:
            return self.due_on.isoformat()
        return self.due_at.isoformat(timespec="seconds" if self.due_at.second else "minutes")

    @property
    def masked_contact(self) -> dict[str, str]:
        """The contact's details with phones, addresses and accounts masked."""
        from crmkit.values.phone import mask, mask_email

        masks = {"phone": mask, "mobile": mask, "email": mask_email, "wechat": _mask_account}
        return {k: masks[k](v) if k in masks else v for k, v in self.contact_details.items()}


def _mask_account(text: str) -> str:
    keep = 2 if len(text) > 4 else 1
    return text[:keep] + "****"


def agenda_row(plain: Mapping[str, Any], extra: Mapping[str, Any]) -> AgendaRow:
    """Return the row that `Row.to_json` made `plain` of, with the fields that the index adds."""
    values = dict(plain)
    values["due_on"] = date.fromisoformat(plain["due_on"])
    values["reason"] = Message.from_json(plain["reason"])
    for name in ("due_at", "until", "remind"):
        if name in values:
            values[name] = _when(values[name])
    if "also" in values:
        values["also"] = tuple(
            Also(rule, date.fromisoformat(due), Message.from_json(reason))
            for rule, due, reason in values["also"]
        )
    values["channels"] = tuple(values.get("channels", ()))
    return AgendaRow(**values, **extra)


def _when(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
