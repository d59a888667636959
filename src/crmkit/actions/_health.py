"""The health of every customer who buys from us, for reports; one dossier is scored by `rules.health`."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.reader import Row
    from crmkit.rules.health import Health

_KINDS = ("order", "feedback", "followup")
"""What the score is reckoned from, beside the customer itself."""


def scores(session: Session, day: date, wanted: frozenset[str] | None = None) -> dict[str, Health]:
    """Return the score of each customer that is won or loyal, by number; of `wanted` alone where they are named."""
    from crmkit.records.base import Identity
    from crmkit.records.read import from_doc
    from crmkit.rules.dossier import Dossier
    from crmkit.rules.facts import WON, Facts
    from crmkit.rules.health import health

    settings, index = session.settings, session.index

    def record(row: Row) -> Any:
        return from_doc(row.kind, row.doc, Identity(row.id, row.path, row.customer), settings)

    customers = [row for row in index.rows("customer") if wanted is None or row.id in wanted]
    own = {
        stage
        for stage, term in settings.vocabularies.get("stage", {}).items()
        if term.attrs.get("like") in WON
    }
    bought = {row.id: row for row in customers if row.doc.get("stage") in WON | own}
    beside: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for kind in _KINDS:
        for row in index.rows(kind):
            if row.customer in bought:
                beside[row.customer][kind].append(record(row))
    found = {}
    for number, row in bought.items():
        customer = record(row)
        dossier = Dossier(
            number, draft=False, customer=customer, records={"customer": [customer], **beside[number]}
        )
        facts = Facts(dossier, settings, day)
        if not facts.lost:
            found[number] = health(facts, day)
    return found
