"""The contract (R-002-23 to -26, R-003-90 to -95, R-004-42)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from crmkit.i18n import N_
from crmkit.records.base import Day, Money, Record, Review, Vocab, about


class Contract(Record):
    """A contract with its term, terms, review by legal and renewal."""

    kind: ClassVar[str] = "contract"
    label: ClassVar[str] = N_("Contract")
    rank: ClassVar[int] = 50
    date_field: ClassVar[str] = "signed_on"
    columns: ClassVar[tuple[str, ...]] = (
        "number",
        "name",
        "status",
        "start_date",
        "end_date",
        "amount",
        "owner",
    )
    before: ClassVar[tuple[tuple[str, str], ...]] = (("start_date", "end_date"), ("signed_on", "end_date"))

    number: str | None = about(N_("Contract number"), "title", "search", "key", required=True)  # R-003-91
    name: str | None = about(N_("Contract name"), "search")
    signed_on: Day | None = about(N_("Signed on"))  # R-003-92, R-002-26
    start_date: Day | None = about(N_("Valid from"))  # R-003-93
    end_date: Day | None = about(N_("Valid until"))  # R-003-93, R-004-42
    amount: Money | None = about(N_("Contract amount"))  # R-003-94, R-001-30
    currency: str | None = about(N_("Currency"))
    status: Annotated[str, Vocab("contract_status")] | None = about(N_("Contract status"))  # R-003-95
    terms: str | None = about(N_("Terms"), "terms")  # R-002-23, -24
    signatory: str | None = about(N_("Signatory"))  # R-002-26
    payment_terms: str | None = about(N_("Payment terms"), "terms")  # R-002-23
    renewed_by: str | None = about(N_("Renewed by"), ref="contract")
    review: Review | None = about(N_("Review"))  # R-002-25
    owner: str | None = about(N_("Owner"), "owner")
