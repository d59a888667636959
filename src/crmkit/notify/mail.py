"""E-mail by smtplib.

Not through apprise, for one reason: the Message-ID. The same message sent again after a crash carries the same one,
and mail stores that know duplicates (Gmail, Cyrus, Exchange) keep one. It also tells the moment from which a broken
connection leaves the outcome open: the end of the text, not before.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from email.utils import format_datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from crmkit import clock
from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.notify import address, markup, web
from crmkit.notify.letter import SENT, BadTarget, Letter, Markup, Outcome, State, identity, weight
from crmkit.values.phone import mask_email
from crmkit.values.safe import safe

LIMIT = 200_000
"""Bytes of one mail; some hundred rows."""

PROVIDERS = {
    "qq.com": "smtp.qq.com",
    "foxmail.com": "smtp.qq.com",
    "163.com": "smtp.163.com",
    "126.com": "smtp.126.com",
    "yeah.net": "smtp.yeah.net",
    "aliyun.com": "smtp.aliyun.com",
    "gmail.com": "smtp.gmail.com",
}
"""Where mail goes that names only the part behind the @; all of them want TLS at port 465."""

_ADDRESS = re.compile(r"[A-Za-z0-9._%+=&'/-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_TLS, _STARTTLS, _PLAIN = "tls", "starttls", "plain"
_MODES = {"tls": _TLS, "ssl": _TLS, "starttls": _STARTTLS, "plain": _PLAIN, "insecure": _PLAIN}
_TLS_PORT, _SUBMISSION, _RELAY = 465, 587, 25


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """One recipient, and the server that takes the mail for him."""

    to: str
    sender: str
    host: str
    port: int
    mode: str
    user: str = ""
    password: str = ""
    patience: float = field(default=address.PATIENCE, compare=False)

    @property
    def channel(self) -> str:
        """Always `mail`."""
        return "mail"

    @property
    def identity(self) -> str:
        """The recipient: another server is still the same place."""
        return identity("mail", self.to.casefold())

    @property
    def shown(self) -> str:
        """`mail l***@example.com`."""
        return f"mail {mask_email(self.to)}"

    @property
    def markup(self) -> Markup:
        """Plain text."""
        return markup.PLAIN

    @property
    def limit(self) -> int:
        """Bytes."""
        return LIMIT

    def weigh(self, text: str) -> int:
        """Return the bytes of a text."""
        return weight(text)

    def message(self, letter: Letter) -> EmailMessage:
        """Return the mail; its Message-ID is the letter's key."""
        mail = EmailMessage(policy=CRLF)
        mail["Subject"] = safe(letter.title)
        mail["From"] = self.sender
        mail["To"] = self.to
        mail["Date"] = format_datetime(clock.now(UTC))
        mail["Message-ID"] = f"<crmkit.{letter.key}@{self.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers to it
        mail["X-Auto-Response-Suppress"] = "All"
        mail.set_content(letter.text + "\n", charset="utf-8", cte="base64")
        mail["Content-Language"] = "zh-CN" if letter.language == "zh" else "en"
        return mail

    def send(self, letter: Letter) -> Outcome:
        """Hand the mail to the server."""
        raw = self.message(letter).as_bytes()
        attempt = _Attempt(self, raw)
        try:
            return web.within(self.patience, attempt.run)
        except web.TooSlow:
            return _too_slow("unknown" if attempt.give_up() else "refused")


class _Attempt:
    """One conversation with a server; `handed` says that the text may have arrived."""

    def __init__(self, mail: Mail, raw: bytes) -> None:
        self.mail = mail
        self.raw = raw
        self.handed = False
        self._given_up = False
        self._lock = threading.Lock()

    def give_up(self) -> bool:
        """Let a conversation that hangs before the text never come to it; return whether the text has gone."""
        with self._lock:
            self._given_up = True
            return self.handed

    def _hand_over(self) -> bool:
        with self._lock:
            self.handed = not self._given_up
            return self.handed

    def run(self) -> Outcome:
        try:
            return self._talk()
        except smtplib.SMTPResponseException as e:  # the server's own no
            return Outcome("refused", _words(e.smtp_code, e.smtp_error), stop=not self.handed)
        except (smtplib.SMTPException, OSError, ValueError) as e:
            if self.handed:
                return web.failed(e)
            return Outcome("refused", _before(e), stop=True)

    def _talk(self) -> Outcome:
        mail = self.mail
        with contextlib.closing(self._connected()) as server:
            if mail.user:
                server.login(mail.user, mail.password)
            for code, words in (server.mail(mail.sender), server.rcpt(mail.to)):
                if code not in {250, 251}:
                    return Outcome("refused", _words(code, words))
            if not self._hand_over():
                return _too_slow("refused")
            code, words = server.data(self.raw)
            if code != 250:
                return Outcome("refused", _words(code, words))
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.putcmd("quit")  # its answer changes nothing, and waiting for it would delay the record
            return SENT

    def _connected(self) -> smtplib.SMTP:
        mail, trusted = self.mail, ssl.create_default_context()
        if mail.mode == _TLS:
            return smtplib.SMTP_SSL(mail.host, mail.port, timeout=mail.patience, context=trusted)
        server = smtplib.SMTP(mail.host, mail.port, timeout=mail.patience)
        try:
            server.ehlo()
            if mail.mode == _STARTTLS:
                server.starttls(context=trusted)
                server.ehlo()
        except BaseException:
            server.close()
            raise
        return server


def _too_slow(state: State) -> Outcome:
    return Outcome(state, msg(N_("no answer in time")), stop=True)


def _before(error: Exception) -> Message | str:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return msg(N_("the mail server offers no encryption or no login"))
    outcome = web.failed(error)
    return outcome.said


def _words(code: int, words: bytes | str) -> Message:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return msg(N_("it says: {words} ({code})"), words=safe(" ".join(text.split())[:200]), code=code)


def parse(text: str) -> list[Mail]:
    """Return the recipients of `mailtos://USER:PASSWORD@HOST?to=A,B&from=F`, each a target of its own.

    `mailtos` speaks TLS from the start (port 465; at 587 STARTTLS), `mailto` STARTTLS (port 587, without a password
    25). To this machine, or with `mode=plain` and no password, nothing is encrypted. `mailto:A` is handed to this
    machine's own mail server. Raises BadTarget.
    """
    parts = urlsplit(text)
    given = dict(parse_qsl(parts.query.replace("+", "%2B")))
    try:
        port = parts.port
    except ValueError:
        raise BadTarget(N_("the port is no number")) from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    named = parts.hostname or ""
    provider = PROVIDERS.get(named, "")
    if provider and user and "@" not in user:
        user = f"{user}@{named}"
    host = given.get("smtp") or provider or named or "localhost"
    mode = _mode(parts.scheme, given.get("mode", ""), host, port, provider=bool(provider))
    if mode == _PLAIN and password and not address.loopback(host):
        raise BadTarget(
            N_("a password goes only over an encrypted line"), hint=N_("write mailtos:// or leave out mode=")
        )
    path = unquote(parts.path).strip("/")
    listed = given.get("to", "") or (path if "@" in path else "")
    own = user if "@" in user else f"{user}@{named}" if user and named else ""
    recipients = [to for to in re.split(r"[,;\s]+", listed or own) if to]
    sender = given.get("from", "") or own or f"crmkit@{named or 'localhost'}"
    for mailbox in (*recipients, sender):
        if not _ADDRESS.fullmatch(mailbox):
            raise BadTarget(N_("one of the e-mail addresses cannot be read"))
    if not recipients:
        raise BadTarget(N_("it names no recipient"), hint=N_("add ?to=you@example.com"))
    ports = {_TLS: _TLS_PORT, _STARTTLS: _SUBMISSION if user else _RELAY, _PLAIN: _RELAY}
    return [Mail(to, sender, host, port or ports[mode], mode, user, password) for to in recipients]


def _mode(scheme: str, said: str, host: str, port: int | None, *, provider: bool) -> str:
    if said:
        if said not in _MODES:
            raise BadTarget(N_("mode is tls, starttls or plain"))
        return _MODES[said]
    if scheme == "mailtos" or provider:
        return _STARTTLS if port == _SUBMISSION else _TLS
    return _PLAIN if address.loopback(host) else _STARTTLS
