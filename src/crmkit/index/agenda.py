"""What falls due, as rows of the index: of a dossier, and of the team as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.book import paths as layout
from crmkit.index._json import compact
from crmkit.values.names import norm

if TYPE_CHECKING:
    from crmkit.errors import Problem
    from crmkit.records.ticks import Ticks
    from crmkit.rules.dossier import Dossier
    from crmkit.rules.row import Row
    from crmkit.settings.model import Settings


def of_dossier(
    folder: str, dossier: Dossier, settings: Settings, horizon: date
) -> tuple[list[tuple[Any, ...]], list[Problem]]:
    """Return the agenda rows of a dossier, and the warnings of the rules about it."""
    from crmkit.rules.agenda import agenda, warnings

    customers = dossier.docs.get("customer", ())
    customer = customers[0] if customers else {}
    path = str(customer.get("path", f"{folder}/{layout.CUSTOMER_FILE}"))
    paths = {str(d["id"]): str(d["path"]) for docs in dossier.docs.values() for d in docs}
    name, tier = str(customer.get("name") or ""), str(customer.get("tier") or "")
    contacts: dict[str, str] = {}
    out = []
    for row in agenda(dossier, settings, horizon):
        if row.contact not in contacts:
            contacts[row.contact] = compact(contact_of(customer, row.contact))
        shown = (name, tier, contacts[row.contact])
        out.append(
            _stored(row, folder, dossier.number, paths.get(row.source, path), shown, draft=dossier.draft)
        )
    return out, warnings(dossier, settings, path)


def of_team(ticks: Ticks, settings: Settings, horizon: date) -> list[tuple[Any, ...]]:
    """Return the rows of the team's duties that are not ticked off."""
    from crmkit.rules import chores

    return [
        _stored(row, layout.CHORES, row.customer, f"{layout.CHORES}/{row.due_on.year}.yaml", ("", "", "{}"))
        for row in chores.rows(settings, ticks, horizon)
    ]


def _stored(
    row: Row, folder: str, number: str, path: str, shown: tuple[str, str, str], *, draft: bool = False
) -> tuple[Any, ...]:
    """Return a row as the table holds it; `shown` are name, tier and contact of its customer."""
    return (
        folder,
        row.due_on.isoformat(),
        row.until.isoformat() if row.until else None,
        row.due_at.isoformat(timespec="minutes") if row.due_at else row.due_on.isoformat(),
        row.id,
        number,
        int(draft),
        "due",
        path,
        row.rule,
        row.source,
        row.owner,
        _lines(row.people),
        *shown,
        compact(row.to_json()),
    )


def _lines(names: Iterable[str]) -> str:
    """Return names as the owner of a question is compared with them: each between line ends."""
    found = [norm(name) for name in names]
    return "\n" + "\n".join(found) + "\n" if found else ""


def contact_of(customer: Mapping[str, Any], name: str) -> dict[str, str]:
    """Return whom to reach for a row and how: the contact named, else the primary one, else the customer itself."""
    contacts = [c for c in customer.get("contacts", ()) if isinstance(c, Mapping)]
    chosen = next((c for c in contacts if name and c.get("name") == name), None)
    chosen = chosen or next((c for c in contacts if c.get("primary")), None) or next(iter(contacts), customer)
    fields = ("name", "job_title", "phone", "mobile", "email", "wechat")
    return {f: str(chosen[f]) for f in fields if chosen.get(f) and (f != "name" or chosen is not customer)}
