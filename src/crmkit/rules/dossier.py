"""One customer with everything that lies in its folder, as the rules see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from crmkit.records.base import Record
    from crmkit.records.customer import Customer

    R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier: the customer and the records beside it, by kind, in any order.

    `number` is the folder's name; `draft` says that it waits for review (it lies under `drafts/`).
    `customer` is None where `customer.yaml` cannot be read: its follow-ups are due all the same.
    `docs` are the canonical documents by kind, needed only where a rule has a `when` query.
    """

    number: str
    draft: bool
    customer: Customer | None
    records: Mapping[str, Sequence[Record]]
    docs: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def of(self, cls: type[R]) -> Sequence[R]:
        """Return the dossier's records of one kind: `dossier.of(Followup)`."""
        return cast("Sequence[R]", self.records.get(cls.kind, ()))
