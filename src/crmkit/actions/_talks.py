"""Mails and meetings as follow-ups of the customers whose people are in them (R-003-61)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crmkit.actions._known import Known, Target, people
from crmkit.errors import Message, Problem, msg
from crmkit.exchange.entries import Entry
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.exchange.mail import Talk

_ANYBODYS = frozenset({
    "qq.com", "vip.qq.com", "foxmail.com", "163.com", "vip.163.com", "126.com", "yeah.net", "sina.com", "sina.cn",
    "sohu.com", "139.com", "189.cn", "188.com", "wo.cn", "aliyun.com", "tom.com", "21cn.com", "gmail.com",
    "googlemail.com", "outlook.com", "hotmail.com", "live.com", "live.cn", "msn.com", "yahoo.com", "yahoo.com.cn",
    "yahoo.cn", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "gmx.de", "gmx.net", "web.de",
    "mail.ru", "example.com",
})  # fmt: skip
"""Domains at which everybody has an address: they name no company."""


def entries(session: Session, found: Iterable[tuple[str, int, Talk]]) -> list[Entry]:
    """Return a follow-up for each customer in a talk; `found` are `(file, number in it, talk)`."""
    finder = _Finder(session)
    return [entry for file, number, talk in found for entry in finder.entries(file, number, talk)]


class _Finder:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.known = Known(session)
        self.ours = {m.email.casefold(): m.name for m in session.settings.team if m.email}
        domains = {address.rpartition("@")[2] for address in self.ours} - _ANYBODYS
        self.own_domains = {d for d in domains if d}
        self.domains: dict[str, list[Target]] = {}
        for target in self.known.customers():
            for domain in _domains(target):
                self.domains.setdefault(domain, []).append(target)

    def entries(self, file: str, number: int, talk: Talk) -> Iterator[Entry]:
        raw = {"file": file, "subject": talk.subject, "people": [a for _, a in talk.people]}
        if talk.at is None:
            yield self._bad(number, raw, msg(N_("it says no time")))
            return
        if talk.cancelled:
            return
        outside = [
            (n, a)
            for n, a in talk.people
            if a not in self.ours and a.rpartition("@")[2] not in self.own_domains
        ]
        hits = self._customers(a for _, a in outside)
        if not hits:
            names = ", ".join(a for _, a in outside[:5]) or ", ".join(a for _, a in talk.people[:5])
            hint = msg(N_("add the address to the customer's contact, then import again"))
            yield self._bad(
                number, raw, msg(N_("no customer has the address or domain of {names}"), names=names), hint
            )
            return
        for target in hits:
            yield Entry(number, "followup", self._fields(talk, target), customer=target.ident, raw=raw)

    @staticmethod
    def _bad(number: int, raw: Any, message: Message, hint: Message | None = None) -> Entry:
        wrong = Problem("", 0, "", "import.talk", "error", message, hint or Message(""))
        return Entry(number, "followup", {}, raw=raw, problems=[wrong])

    def _customers(self, addresses: Iterable[str]) -> list[Target]:
        by_address: dict[Target, None] = {}
        by_domain: dict[Target, None] = {}
        for address in addresses:
            found = self.known.reached_by(address)
            by_address |= dict.fromkeys(found)
            if not found:
                at_home = self.domains.get(address.rpartition("@")[2], ())
                by_domain |= dict.fromkeys(at_home if len(at_home) == 1 else ())
        return [*by_address, *(t for t in by_domain if t not in by_address)]

    def _fields(self, talk: Talk, target: Target) -> dict[str, Any]:
        session, at = self.session, talk.at
        assert at is not None  # noqa: S101 - narrows
        local = (
            at.astimezone(session.settings.zone).replace(second=0, microsecond=0)
            if isinstance(at, datetime)
            else at
        )
        by = next((self.ours[a] for _, a in talk.people if a in self.ours), session.actor_name)
        names = [n or a for n, a in talk.people]
        content = "\n".join(t for t in (talk.text or talk.subject, talk.place) if t)
        fields: dict[str, Any] = {
            "channels": [talk.channel],
            "subject": talk.subject,
            "participants": list(dict.fromkeys(names)),
            "contact": self._contact(talk, target),
            "origin": talk.uid,
        }
        if _after(local, session.now):
            fields |= {
                "status": "planned",
                "due": local,
                "reason": talk.subject or content,
                "outline": content,
                "owner": by,
            }
        else:
            fields |= {"status": "done", "at": local, "by": by, "content": content}
        return {k: v for k, v in fields.items() if v}

    @staticmethod
    def _contact(talk: Talk, target: Target) -> str:
        addresses = {a for _, a in talk.people}
        for who in people(target.doc):
            if who is not target.doc and str(who.get("email") or "").strip().casefold() in addresses:
                return str(who.get("name") or "")
        return ""


def _after(moment: date | datetime, now: datetime) -> bool:
    return moment > now if isinstance(moment, datetime) else moment > now.date()


def _domains(target: Target) -> set[str]:
    """Return the domains that are a customer's own."""
    said = {str(who.get("email") or "").strip().casefold().rpartition("@")[2] for who in people(target.doc)}
    site = str(target.doc.get("website") or "").strip().casefold()
    if site:
        said.add((urlsplit(site if "//" in site else f"//{site}").hostname or "").removeprefix("www."))
    return {d for d in said if "." in d} - _ANYBODYS
