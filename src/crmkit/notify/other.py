"""ntfy, the desktop, and whatever else apprise knows."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from email.header import Header
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.notify import address, web
from crmkit.notify.letter import SENT, BadTarget, Letter, Outcome, clip, identity, weight
from crmkit.notify.markup import PLAIN
from crmkit.values.safe import safe

_TOO_MANY = 429


@dataclass(frozen=True, slots=True, repr=False)
class Ntfy:
    """A topic of an ntfy server. The key is its sequence id: a message sent twice shows as one (ntfy 2.16)."""

    url: str
    authorization: str = ""
    patience: float = field(default=address.PATIENCE, compare=False)

    channel = "ntfy"
    markup = PLAIN
    limit = 3900
    """Bytes; what is longer than 4096 becomes an attachment."""

    @property
    def identity(self) -> str:
        """Server and topic."""
        return identity("ntfy", self.url)

    @property
    def shown(self) -> str:
        """The server and the begin of the topic, which is as good as a password."""
        parts = urlsplit(self.url)
        return f"ntfy {parts.netloc}/{parts.path.rpartition('/')[2][:2]}…"

    def weigh(self, text: str) -> int:
        """Return the bytes of a text."""
        return weight(text)

    def send(self, letter: Letter) -> Outcome:
        """Publish; believed when the server says which message it made of it."""
        headers = {
            "X-Title": Header(clip(letter.title, 200), "utf-8", maxlinelen=10_000).encode(),
            "X-Sequence-ID": letter.key,
            "Content-Type": "text/plain; charset=utf-8",
        }
        if self.authorization:
            headers["Authorization"] = self.authorization
        answer = web.post(self.url, clip(letter.text, self.limit).encode(), headers, self.patience)
        return answer if isinstance(answer, Outcome) else _ntfy_verdict(answer)


def _ntfy_verdict(answer: web.Answer) -> Outcome:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        found = None
    if answer.status == 200 and isinstance(found, dict) and found.get("event") == "message":
        return SENT
    words = found.get("error") if isinstance(found, dict) else None
    if isinstance(words, str) and words:
        said = msg(N_("it says: {words} ({code})"), words=safe(words[:200]), code=answer.status)
    elif answer.status == 200:
        said = msg(N_("the answer does not say that the message has arrived"))
    else:
        said = msg(N_("it answers with HTTP {status}"), status=answer.status)
    surely = 300 <= answer.status < 500
    return Outcome("refused" if surely else "unknown", said, stop=not surely or answer.status == _TOO_MANY)


def ntfy(text: str) -> Ntfy:
    """Return the topic of `ntfy://TOPIC` (at ntfy.sh) or `ntfy://[USER:PASSWORD@ or TOKEN@]HOST/TOPIC`."""
    parts = urlsplit(text)
    given = dict(parse_qsl(parts.query))
    topic = parts.path.strip("/")
    if not topic:
        user, _, topic = parts.netloc.rpartition("@")
        base = "https://ntfy.sh"
    else:
        user, _, host = parts.netloc.rpartition("@")
        plain = parts.scheme == "ntfy" and address.loopback(parts.hostname or "")
        base = f"{'http' if plain else 'https'}://{host}"
    if not topic or "/" in topic:
        raise BadTarget(N_("it is written ntfy://TOPIC or ntfy://HOST/TOPIC"))
    name, colon, password = user.partition(":")
    if token := given.get("token", "") or ("" if colon else unquote(name)):
        authorization = f"Bearer {token}"
    elif name:
        pair = f"{unquote(name)}:{unquote(password)}".encode()
        authorization = f"Basic {base64.b64encode(pair).decode()}"
    else:
        authorization = ""
    if not authorization.isascii() or "\n" in authorization or "\r" in authorization:
        raise BadTarget(N_("it is written ntfy://TOPIC or ntfy://HOST/TOPIC"))
    return Ntfy(address.checked(f"{base}/{quote(unquote(topic), safe='')}"), authorization)


@dataclass(frozen=True, slots=True, repr=False)
class Desktop:
    """The screen of whoever is logged in here."""

    channel = "desktop"
    shown = "desktop"
    limit = 1000
    markup = PLAIN

    @property
    def identity(self) -> str:
        """There is one."""
        return identity("desktop")

    def weigh(self, text: str) -> int:
        """Return the bytes of a text."""
        return weight(text)

    def send(self, letter: Letter) -> Outcome:
        """Show it; the program's exit code says whether it could."""
        words, text = _desktop_command(letter)
        if not shutil.which(words[0]):
            return Outcome("refused", msg(N_("there is no program {name}"), name=words[0]), stop=True)
        try:
            done = subprocess.run(
                [*words, "--", letter.title, text]
                if words[0] == "notify-send"
                else [*words, letter.title, text],
                env=_desktop_environment(),
                capture_output=True,
                timeout=10,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as e:
            return Outcome(
                "unknown", msg(N_("the connection broke ({kind})"), kind=type(e).__name__), stop=True
            )
        if done.returncode == 0:
            return SENT
        words_said = safe(" ".join(done.stderr.decode("utf-8", "replace").split())[:200])
        said = msg(N_("it says: {words} ({code})"), words=words_said, code=done.returncode)
        return Outcome("refused", said, stop=True)


def _desktop_command(letter: Letter) -> tuple[list[str], str]:
    text = clip(letter.text, Desktop.limit)
    if sys.platform == "darwin":  # the texts are arguments, never part of the script
        script = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
        return ["osascript", "-e", script], text
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):  # the text may hold markup there
        text = text.replace(char, entity)
    return ["notify-send", "--app-name=crmkit"], text


def _desktop_environment() -> dict[str, str]:
    """Return the environment; cron's lacks the way to the session of its user."""
    env = dict(os.environ)
    bus = Path(f"/run/user/{os.getuid()}/bus")
    if "DBUS_SESSION_BUS_ADDRESS" not in env and bus.exists():
        env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
    return env


@dataclass(frozen=True, repr=False)
class Apprise:
    """Any other address that apprise understands; the outcome is what apprise says."""

    url: str
    patience: float = field(default=60.0, compare=False)
    markup = PLAIN

    @property
    def channel(self) -> str:
        """The scheme: slack, telegram (tgram), json ..."""
        return self.url.partition("://")[0].lower()

    @property
    def identity(self) -> str:
        """The address without a password and options."""
        parts = urlsplit(self.url)
        return identity("apprise", parts.scheme, parts.netloc.rpartition("@")[2], parts.path)

    @property
    def shown(self) -> str:
        """`slack …`: any part of such an address may be secret."""
        return f"{self.channel} …"

    @cached_property
    def _plugin(self) -> Any:
        """Return apprise's own object, None where it does not understand the address; BadTarget without apprise."""
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # it imports a hundred services; their warnings are not the user's
            try:
                import apprise
            except ImportError:
                raise BadTarget(
                    N_("{channel}:// is sent by apprise, which is not installed"),
                    hint=N_("pip install 'crmkit[notify]'"),
                    channel=self.channel,
                ) from None
            _quiet("apprise")
            return apprise.Apprise.instantiate(self.url, suppress_exceptions=True)

    @property
    def limit(self) -> int:
        """Bytes, from what apprise knows of the service."""
        most = getattr(self._plugin, "body_maxlen", 0) or 2000
        return max(200, min(int(most), 20_000) - 300)

    def weigh(self, text: str) -> int:
        """Return the bytes of a text."""
        return weight(text)

    def send(self, letter: Letter) -> Outcome:
        """Let apprise send it."""
        plugin = self._plugin
        if plugin is None:
            return Outcome("refused", msg(N_("apprise does not understand the address")), stop=True)
        import apprise

        box = apprise.Apprise()
        box.add(plugin)

        def call() -> bool:
            return bool(box.notify(title=letter.title, body=letter.text, body_format="text"))

        try:
            good = web.within(self.patience, call)
        except web.TooSlow:
            return Outcome("unknown", msg(N_("no answer in time")), stop=True)
        except Exception as e:  # noqa: BLE001 - a plugin of a hundred
            return Outcome(
                "unknown", msg(N_("the connection broke ({kind})"), kind=type(e).__name__), stop=True
            )
        return SENT if good else Outcome("unknown", msg(N_("apprise could not deliver it")), stop=True)


def _quiet(name: str) -> None:
    """Keep a library from writing addresses with their secrets to stderr."""
    import logging

    logger = logging.getLogger(name)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
