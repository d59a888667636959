"""What has to be known before an opportunity or a customer may enter a stage: the gates.

- an opportunity **won** needs its amount and the day from which it holds (R-001-30), **lost** its reason (R-001-37);
- a customer **intent** needs a need (R-002-10), **won** a contract, order or won opportunity with amount and day
  (R-001-30), **loyal** that it was won before, **lost** the reason (R-001-37);
- where the book reviews, contracts that wait in the dossier are approved by legal before anything is signed
  (R-002-25): that holds for signing and won, and for a contract's own `signed_on`.

Documents are plain JSON as the index and the files have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmkit.errors import Message, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

Doc = Mapping[str, Any]
Docs = Mapping[str, Sequence[Doc]]

CLOSED = frozenset({"won", "lost"})
BOUND = frozenset({"won", "loyal"})
_SIGNING = frozenset({"signing", "won"})
_WAITING = frozenset({"", "draft", "review"})


@dataclass(frozen=True, slots=True)
class Lack:
    """A fact that a gate asks for and the record does not have.

    `name` is the field that can be given for it (`amount`), `example` the assignment as it can be typed. Without one it
    cannot be given along: `hint` says what to do instead.
    """

    name: str
    message: Message
    example: str = ""
    hint: Message = field(default_factory=lambda: Message(""))
    requirement: str = ""


def lacking(kind: str, stage: str, doc: Doc, docs: Docs, settings: Settings) -> list[Lack]:
    """Return what a record of `kind` lacks to enter `stage`; `docs` is its dossier by kind."""
    gate = _opportunity if kind == "opportunity" else _customer
    return list(gate(stage, doc, docs, settings))


def like(stage: str, vocabulary: str, settings: Settings) -> str:
    """Return the stage that a stage of the book's own stands for (`like: won`), else the stage itself."""
    term = settings.vocabularies.get(vocabulary, {}).get(stage)
    return str(term.attrs.get("like") or stage) if term else stage


def _opportunity(stage: str, doc: Doc, docs: Docs, settings: Settings) -> Iterator[Lack]:
    if stage in _SIGNING:
        yield from unapproved(docs, settings)
    if stage == "won":
        contract = contract_of(doc, docs)
        if worth_of(doc) is None and worth_of(contract) is None:
            yield _AMOUNT
        if not (doc.get("start_date") or contract.get("start_date")):
            yield _START
    if stage == "lost" and not doc.get("lost_reason"):
        text = N_("why the deal was lost")
        yield Lack("lost_reason", msg(text), "lost_reason=价格", requirement="R-001-37")


def _customer(stage: str, doc: Doc, docs: Docs, settings: Settings) -> Iterator[Lack]:
    if stage == "intent" and not any(n.get("summary") for n in doc.get("needs") or ()):
        text = N_("what the customer needs")
        yield Lack("needs.0.summary", msg(text), "needs.0.summary=节能改造", requirement="R-002-10")
    if stage == "won" and not bought(docs, settings) and settings.review.required:
        hint = msg(
            N_("win the deal: crm stage OPPORTUNITY won; or: crm add contract {id}, crm submit, crm approve"),
            id=doc.get("id", ""),
        )
        yield Lack(
            "", msg(N_("amount and effective date of what was bought")), hint=hint, requirement="R-001-30"
        )
    elif stage == "won" and not bought(docs, settings):
        yield Lack(
            "number", msg(N_("the number of the contract")), "number=HT-2024-001", requirement="R-001-30"
        )
        yield _AMOUNT
        yield _START
    if stage == "loyal" and not was_won(doc) and not bought(docs, settings):
        hint = msg(N_("first it is won: crm stage {id} won"), id=doc.get("id", ""))
        yield Lack("", msg(N_("that the customer has bought before")), hint=hint, requirement="R-003-97")
    if stage == "lost" and not (doc.get("churn") or {}).get("reason"):
        text = N_("why the customer was lost")
        yield Lack("churn.reason", msg(text), "churn.reason=价格", requirement="R-001-37")


_AMOUNT = Lack("amount", msg(N_("the amount of the contract")), "amount=50万", requirement="R-001-30")
_START = Lack(
    "start_date", msg(N_("the day from which the contract holds")), "start_date=today", requirement="R-001-30"
)


def unapproved(docs: Docs, settings: Settings) -> Iterator[Lack]:
    """Yield the contracts of a dossier that legal has not approved yet, where the book reviews (R-002-25)."""
    for contract in docs.get("contract", ()) if settings.review.required else ():
        if str(contract.get("status") or "") not in _WAITING or contract.get("signed_on"):
            continue
        if state(contract) != "approved":
            name = contract.get("number") or contract.get("name") or contract.get("id")
            text = N_("that contract {name} is approved by legal")
            hint = msg(
                N_("look: crm show {id}; submit it: crm submit {id}; legal approves it: crm approve {id}"),
                id=contract.get("id", ""),
            )
            yield Lack("", msg(text, name=name), hint=hint, requirement="R-002-25")


def unsigned(contract: Doc, settings: Settings) -> Lack | None:
    """Return what a contract lacks to be signed: legal's approval, where the book reviews (R-002-25)."""
    if not settings.review.required or state(contract) == "approved":
        return None
    hint = msg(
        N_("submit it: crm submit {id}; legal approves it: crm approve {id}"), id=contract.get("id", "")
    )
    return Lack("", msg(N_("that the contract is approved by legal")), hint=hint, requirement="R-002-25")


def state(doc: Doc) -> str:
    """Return the state of a record's review, "" where it has none."""
    review = doc.get("review")
    return str(review.get("state") or "") if isinstance(review, Mapping) else ""


def was_won(doc: Doc) -> bool:
    """Whether a customer is or was won."""
    stages = {entry.get("stage") for entry in doc.get("stage_history") or () if isinstance(entry, Mapping)}
    return bool(BOUND & {doc.get("stage"), *stages})


def bought(docs: Docs, settings: Settings) -> bool:
    """Whether a dossier holds transaction data: amount and day of a contract, an order or a won opportunity.

    Where the book reviews, a contract counts once legal has approved it, or once it was signed.
    """
    for contract in docs.get("contract", ()):
        waits = str(contract.get("status") or "") in _WAITING and not contract.get("signed_on")
        if settings.review.required and waits and state(contract) != "approved":
            continue
        if worth_of(contract) is not None and contract.get("start_date"):
            return True
    for order in docs.get("order", ()):
        if order.get("status") != "cancelled" and worth_of(order) is not None and order.get("ordered_on"):
            return True
    return any(
        deal.get("stage") == "won"
        and worth_of(deal) is not None
        and (deal.get("start_date") or deal.get("closed_on"))
        for deal in docs.get("opportunity", ())
    )


def contract_of(deal: Doc, docs: Docs) -> Doc:
    """Return the contract that an opportunity most likely became: the newest one begun since, {} for none."""
    begun = min(
        (
            str(day)
            for day in (
                deal.get("created_on"),
                *(e.get("on") for e in deal.get("stage_history") or () if isinstance(e, Mapping)),
            )
            if day
        ),
        default="",
    )
    found = [
        c
        for c in docs.get("contract", ())
        if c.get("status") != "ended"
        and c.get("start_date")
        and begun
        and str(c.get("signed_on") or c["start_date"]) >= begun
    ]
    return max(found, key=lambda c: str(c["start_date"]), default={})


def worth_of(doc: Doc) -> Any:
    """Return a document's amount, or what its items make; None where it says neither."""
    amount = doc.get("amount")
    if amount is not None and amount != "":
        return amount
    total = 0.0
    items = [i for i in doc.get("items") or () if isinstance(i, Mapping)]
    for item in items:
        price = item.get("unit_price")
        price = price.get("amount") if isinstance(price, Mapping) else price
        if price is None or item.get("quantity") is None:
            return None
        total += float(price) * float(item["quantity"])
    return total if items else None
