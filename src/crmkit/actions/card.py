"""`crm card`: the follow-up reminder card of a customer, a follow-up or a due row, from the records as they are now.

Nothing on a card is typed for it (R-004-46): the plan is the row of `crm due`, the record the last contact, the rest
what `crm show` computes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmkit.actions import show
from crmkit.actions.chain import planned_for, status_of
from crmkit.actions.due import CHORE, DueRow, due, due_of, seen
from crmkit.errors import Message, Refused
from crmkit.i18n import N_
from crmkit.reports.card import YEAR, Card, Cooperation, Note
from crmkit.values.hide import hidden

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.due import AgendaRow

Doc = Mapping[str, Any]
_FAR = 366
"""Days ahead in which the next thing due is looked for where nothing is due soon."""
_REACH = ("mobile", "phone", "email", "wechat")


def card(session: Session, ident: str, *, reveal: bool = False) -> Card:
    """Return the card of what goes by `ident`: a due row, a follow-up, any record of a customer, or the customer.

    A customer's card is about what is most urgent with it; the card names the rest. Contact details, also those
    that stand in texts, are masked unless `reveal`. Raises Refused for a duty of the team.
    """
    row = session.index.agenda_row(ident) if "/" in ident else None
    if row is not None:
        if row.rule.startswith(CHORE):
            raise Refused(
                N_("{id} is a duty of the team: it is about no customer, so it has no card"),
                hint=N_("a card is about a customer: crm card CUSTOMER"),
                id=row.id,
            )
        return _Desk(session, reveal=reveal).card(row.customer, row)
    hit = session.resolve(ident)
    number = hit.id if hit.kind == "customer" else hit.customer or session.customer(hit.id).id
    desk = _Desk(session, reveal=reveal)
    if hit.kind == "followup":
        return desk.card(number, session.index.followup_row(hit.id), hit.id)
    return desk.card(number, _most_urgent(session, number, hit.id if hit.kind != "customer" else ""))


def due_cards(
    session: Session, query: str = "", within: str = "", owner: str = "all", *, reveal: bool = False
) -> list[Card]:
    """Return the cards of what `crm due` shows for the same question, in its order; duties of the team have none."""
    desk = _Desk(session, reveal=reveal)
    rows = [r for r in due(session, query, within, owner, reveal=reveal) if not r.of_team]
    return [desk.card(r.row.customer, r.row) for r in rows]


def _most_urgent(session: Session, customer: str, source: str = "") -> AgendaRow | None:
    """Return what is due first with a customer; of one record where that is what gave a row.

    Of several on the first day it is a complaint, else what somebody planned and gave a reason for, else the first
    of `crm due`.
    """
    rows = [r.row for r in due_of(session, customer)]
    if not rows:
        upto = session.today + timedelta(days=_FAR)
        rows = session.index.due(None, upto=upto, customer=customer, today=session.today)
    ours = [r for r in rows if r.source == source] or rows
    return min(ours, key=lambda r: (r.due_on, not r.complaint, r.rule != "followup"), default=None)


@dataclass(frozen=True)
class _Dossier:
    """What a card needs to know of a customer, gathered once for all its cards."""

    own: Doc
    records: Mapping[str, Doc]
    brief: show.Brief
    due: Sequence[DueRow]

    def contact(self, name: str) -> Doc:
        """Return the contact of that name, nothing where there is none."""
        return next((c for c in self.own.get("contacts", ()) if name and c.get("name") == name), {})


class _Desk:
    """Makes cards; several of one customer read its dossier once."""

    def __init__(self, session: Session, *, reveal: bool) -> None:
        self._session = session
        self._reveal = reveal
        self._known: dict[str, _Dossier] = {}

    def card(self, customer: str, row: AgendaRow | None, followup: str = "") -> Card:
        """Return a customer's card about `row`, else about the follow-up named, else about nothing due."""
        dossier = self._dossier(customer)
        source = dossier.records.get(row.source if row else followup, {})
        details = self._details(dossier, row, str(source.get("contact") or ""))
        own, brief = dossier.own, dossier.brief
        person = dossier.contact(details.get("name", ""))
        talk = source if _done(source) else brief.last_contact or {}
        return Card(
            customer=customer,
            **(self._planned(row) if row else self._past(source) if source else _nothing(customer, own)),
            made_on=self._session.today.isoformat(),
            masked=not self._reveal,
            customer_name=str(own.get("name") or (row.customer_name if row else "")),
            contact=details.get("name")
            or (str(own.get("name") or "") if own.get("type") == "person" else ""),
            job_title=details.get("job_title", ""),
            contact_details={k: details[k] for k in _REACH if details.get(k)},
            industry=str(own.get("industry") or ""),
            customer_status=str(own.get("stage") or "potential") if own else "",
            activity=str(own.get("status") or ""),
            **self._talk(dossier, talk),
            tier=str(own.get("tier") or ""),
            high_value=_high_value(self._session, own),
            contract_end=_contract_end(brief.contracts, source),
            cooperation=cooperation(brief, self._session.today, self._session.settings.currency),
            competitor_news=next((self._note(said) for said in brief.competitor_news), None),
            **self._points(dossier, source),
            preferences=self._veil(own.get("preferences")),
            preferred_channel=str(person.get("preferred_channel") or ""),
            concerns=self._veil(person.get("concerns")),
            do_not_call=bool(person.get("do_not_call")),
            pains=tuple(self._veil(n["pains"]) for n in own.get("needs", ()) if n.get("pains")),
            promises=tuple(self._note(p) for p in brief.promises if p.open),
            also=tuple(self._also(dossier.due, row)),
        )

    def _dossier(self, customer: str) -> _Dossier:
        if customer not in self._known:
            docs = self._session.index.dossier_json(customer)
            own = next((d for d in docs if d["kind"] == "customer"), {})
            children = [d for d in docs if d["kind"] != "customer"]
            self._known[customer] = _Dossier(
                own,
                {d["id"]: d for d in children},
                show.brief(self._session, own, children),
                due_of(self._session, customer),
            )
        return self._known[customer]

    def _veil(self, text: Any) -> str:
        """Return a text with the numbers and addresses in it masked (R-004-51)."""
        plain = str(text or "")
        return plain if self._reveal else hidden(plain)

    def _note(self, said: show.Said) -> Note:
        return Note(said.on, self._veil(said.text), said.id)

    def _planned(self, row: AgendaRow) -> dict[str, Any]:
        """Return the second column, of a due row."""
        state = seen(self._session, [row], plain=False)[0]
        return {
            "id": row.id,
            "rule": row.rule,
            "source": row.source,
            "state": state.state,
            "days": state.days,
            "reason": self._reason(row.reason),
            "due": row.due_text,
            "channels": row.channels,
            "owner": row.owner,
            "important": row.important,
        }

    def _past(self, doc: Doc) -> dict[str, Any]:
        """Return the second column, of a follow-up that is not due any more."""
        return {
            "id": doc["id"],
            "rule": "followup",
            "source": doc["id"],
            "reason": self._veil(doc.get("reason") or doc.get("goal") or doc.get("subject")),
            "due": planned_for(doc),
            "channels": tuple(doc.get("channels", ())),
            "owner": str(doc.get("owner") or doc.get("by") or ""),
            "important": bool(doc.get("important")),
        }

    def _reason(self, reason: Message) -> Message | str:
        """Return why a row is due, in the reader's language still to be chosen where nothing has to be masked."""
        text = str(reason)
        return reason if self._veil(text) == text else self._veil(text)

    def _details(self, dossier: _Dossier, row: AgendaRow | None, name: str) -> Mapping[str, str]:
        from crmkit.index.agenda import contact_of
        from crmkit.index.due import masked

        plain = row.contact_details if row else contact_of(dossier.own, name)
        return plain if self._reveal else masked(plain)

    def _talk(self, dossier: _Dossier, doc: Doc) -> dict[str, Any]:
        """Return the third column: what a contact left."""
        following = dossier.records.get(str(doc.get("next") or ""), {})
        return {
            "talked_at": show.at(doc),
            "content": self._veil(doc.get("content") or doc.get("subject")),
            "feedback": self._veil(doc.get("feedback")),
            "next_step": self._veil(doc.get("next_step") or following.get("reason")),
            "objections": (
                *map(self._veil, doc.get("objections", ())),
                # what an earlier talk left open is still in the way
                *(
                    self._veil(f"{said.on} {said.text}")
                    for said in dossier.brief.objections
                    if said.open and said.id != doc.get("id")
                ),
            ),
        }

    def _points(self, dossier: _Dossier, source: Doc) -> dict[str, Any]:
        """Return what was prepared for the contact, else for the next planned one."""
        planned = (
            [source, *dossier.brief.planned] if source.get("kind") == "followup" else dossier.brief.planned
        )
        doc: Doc = next((d for d in planned if d.get("outline") or d.get("goal")), {})
        return {"goal": self._veil(doc.get("goal")), "outline": self._veil(doc.get("outline"))}

    def _also(self, rows: Iterable[DueRow], this: AgendaRow | None) -> Iterable[Note]:
        """Yield what else is due with the customer; the further reasons of this row first."""
        for also in this.also if this else ():
            yield Note(also.due.isoformat(), self._reason(also.reason), this.id if this else "")
        for other in rows:
            row = other.row
            if this is None or row.id != this.id:
                yield Note(row.due_text, self._reason(row.reason), row.id, row.owner)


def _nothing(customer: str, own: Doc) -> dict[str, Any]:
    """Return the second column where nothing is due: whose customer it is."""
    return {"id": customer, "rule": "", "source": customer, "owner": str(own.get("owner") or "")}


def _done(doc: Doc) -> bool:
    return doc.get("kind") == "followup" and status_of(doc) == "done"


def _high_value(session: Session, own: Doc) -> bool:
    tier = session.settings.tier(own.get("tier"))
    return bool(tier and tier.high_value)


def _contract_end(contracts: Iterable[Doc], source: Doc) -> str:
    """Return when the contract in force ends: that of the row's contract, else the first one not renewed yet."""
    if source.get("kind") == "contract":
        return str(source.get("end_date") or "")
    dated = sorted((bool(c.get("renewed_by")), str(c["end_date"])) for c in contracts if c.get("end_date"))
    return dated[0][1] if dated else ""


def cooperation(brief: show.Brief, today: date, currency: str) -> Cooperation | None:
    """Return how long and for how much the customer has bought, None where it never did."""
    money = brief.money
    if not brief.since and not money.orders:
        return None
    months = _months(brief.since, today)
    yearly = money.ordered if months < YEAR else money.ordered / months * YEAR
    return Cooperation(
        since=brief.since,
        months=months,
        orders=money.orders,
        ordered=money.ordered,
        yearly=float(round(yearly)),
        currency=currency,
        other=tuple(money.other),
    )


def _months(since: str, today: date) -> int:
    """Return the whole months from a day to today, 0 where it is none or still to come."""
    try:
        start = date.fromisoformat(since[:10])
    except ValueError:
        return 0
    whole = (today.year - start.year) * 12 + today.month - start.month - (today.day < start.day)
    return max(whole, 0)
