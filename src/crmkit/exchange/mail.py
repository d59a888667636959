"""Mails (.eml): who wrote to whom, when, about what, and the text (R-003-61)."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser

from crmkit.errors import Refused
from crmkit.exchange.text import decode
from crmkit.i18n import N_

MOST_TEXT = 20_000
"""Characters of a body that are kept; a record is read by people."""
_QUOTED = re.compile(
    r"^(?:-{2,} ?(?:Original Message|Forwarded message|原始邮件|转发邮件|原邮件)|On .{5,200} wrote:\s*$"
    r"|在?.{4,80}写道[:：]\s*$|_{10,}\s*$|发件人[:：]|From: .+@)",
    re.MULTILINE | re.IGNORECASE,
)
"""What stands before the mail that another one answers."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A mail or a meeting: `people` are `(name, address)` of everybody in it, the sender or organiser first."""

    uid: str
    channel: str
    at: datetime | date | None
    subject: str
    text: str
    people: tuple[tuple[str, str], ...] = ()
    place: str = ""
    cancelled: bool = False
    raw: bytes = field(default=b"", repr=False)


def read(raw: bytes, name: str) -> list[Talk]:
    """Return the mail in a file. Raises Refused for what is none."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not (message["From"] or message["To"]):
        raise Refused(N_("{name} is no mail"), hint=N_("save it from the mail program as .eml"), name=name)
    text = _body(message)
    people = _people(message)
    ident = str(message["Message-ID"] or "").strip()
    if not ident:
        said = f"{people} {message['Date']} {message['Subject']} {text}"
        ident = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]
    subject = " ".join(str(message["Subject"] or "").split())
    return [Talk(f"mail:{ident}", "email", _when(message), subject, _own(text)[:MOST_TEXT], people, raw=raw)]


def _people(message: EmailMessage) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for header in ("From", "Reply-To", "To", "Cc"):
        values = [_header(v) for v in message.get_all(header, [])]
        for shown, address in getaddresses(values):
            if "@" in address:
                key = address.strip().casefold()
                found[key] = found.get(key) or shown.strip()
    return tuple((shown, address) for address, shown in found.items())


def _header(value: object) -> str:
    """Return a header as text; one in raw GBK, as some programs send, is decoded as such."""
    text = str(value)
    if any("\udc80" <= c <= "\udcff" for c in text):
        return decode(text.encode("ascii", "surrogateescape"), "header")
    return text


def _when(message: EmailMessage) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(message["Date"]))
    except (TypeError, ValueError, IndexError):
        return None
    return found if found.tzinfo else None


def _body(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        text = part.get_content()
    except (LookupError, UnicodeError, ValueError):
        payload = part.get_payload(decode=True)
        text = decode(payload, "body") if isinstance(payload, bytes) else ""
    if "\ufffd" in text:  # a charset that says one thing and is another
        payload = part.get_payload(decode=True)
        text = decode(payload, "body") if isinstance(payload, bytes) else text
    return plain(text) if part.get_content_subtype() == "html" else _tidy(text)


def _own(text: str) -> str:
    """Return what was written, without the mail that it answers below it."""
    found = _QUOTED.search(text)
    own = text[: found.start()].rstrip() if found else text
    lines = [line for line in (own or text).split("\n") if not line.startswith(">")]
    return _tidy("\n".join(lines)) or text.strip()


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    text = "".join(c for c in text if c in "\n\t" or c >= " ").replace("\t", " ")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


class _Text(HTMLParser):
    """What a page says, without its marks, scripts and styles."""

    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in {"script", "style", "head", "title"}:
            self._hidden += 1
        if tag in self._BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "head", "title"}:
            self._hidden = max(0, self._hidden - 1)
        if tag in self._BREAKS - {"br"}:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def plain(html: str) -> str:
    """Return the text of a page."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return _tidy(re.sub(r" *\n *", "\n", "".join(parser.parts)))
