"""What is sent, where to, and how it ended: what every channel and the memory of what was sent agree on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, NamedTuple, Protocol

from crmkit.errors import Message, Refused

State = Literal["sent", "refused", "unknown"]


class BadTarget(Refused):
    """An address in the user's configuration means nothing; the message never repeats it, it may hold a secret."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended, and in whose words.

    `sent`: the other side said that it has it. `refused`: it surely does not have it. `unknown`: nobody can tell
    (no answer, a broken one), so the same message goes again later. `stop` says that more messages to the same
    target are of no use in this run (too many at a time, nobody there).
    """

    state: State
    said: Message | str = ""
    stop: bool = False


SENT = Outcome("sent")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message: `text` in the markup of its target.

    `key` is the same whenever the same message is sent again: what a target may know duplicates by. `language`
    is "zh" or "en".
    """

    key: str
    title: str
    text: str
    language: str = "en"


class Markup(NamedTuple):
    """How text is written for a target so that nothing in it is obeyed: `escape` makes any text plain."""

    escape: Callable[[str], str]
    strong: Callable[[str], str]
    line: str = "\n"
    paragraph: str = "\n\n"


class Target(Protocol):
    """One place that messages go to."""

    @property
    def channel(self) -> str:
        """What it is called in `notify.channels` and `--to`: wecom, dingtalk, feishu, mail, ntfy, desktop ..."""

    @property
    def identity(self) -> str:
        """What makes it the same place tomorrow, hashed; a new password does not change it."""

    @property
    def shown(self) -> str:
        """Its name for people, secrets and addresses masked."""

    @property
    def markup(self) -> Markup:
        """How text is written for it."""

    @property
    def limit(self) -> int:
        """How much a message may weigh."""

    def weigh(self, text: str) -> int:
        """Return how much a text adds to a message; together at most `limit`."""

    def send(self, letter: Letter) -> Outcome:
        """Send; never raises for what the network or the other side do."""


def identity(*parts: str) -> str:
    """Return a short hash that names a place without telling its secret."""
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def weight(text: str) -> int:
    """Return the bytes of a text in UTF-8."""
    return len(text.encode("utf-8", "backslashreplace"))


def clip(text: str, limit: int) -> str:
    """Shorten a text to at most `limit` bytes, never within a character."""
    raw = text.encode("utf-8", "backslashreplace")
    return text if len(raw) <= limit else raw[: max(0, limit - 3)].decode("utf-8", "ignore") + "…"


def tail(secret: str) -> str:
    """Return what people know a key by: its last four characters, of a short one nothing."""
    return f"…{secret[-4:]}" if len(secret) >= 12 else "…"
