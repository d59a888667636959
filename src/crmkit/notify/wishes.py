"""The section `notify` of crm.yaml: when and how, never where to.

What stands in the book is read by everybody who has a copy of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING, Any

from crmkit.errors import Problem, Refused, msg
from crmkit.i18n import LANGUAGES, N_

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

AT = time(8, 30)
"""When digests go unless the book says otherwise: before the working day."""

KEYS = ("at", "digest", "language", "channels")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")
_FLAGS = {
    "true": True,
    "yes": True,
    "on": True,
    "是": True,
    "false": False,
    "no": False,
    "off": False,
    "否": False,
}
_NAME = re.compile(r"[a-z][a-z0-9+]{0,15}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """`at` is the time of day of everything that counts in days; `channels` () are all."""

    at: time = AT
    digest: bool = True
    language: str = "en"
    channels: tuple[str, ...] = ()


def wishes(settings: Settings) -> Wishes:
    """Return what the book wants. Raises Refused, with the way out, for what does not belong there."""
    for problem in problems(settings):
        raise Refused(problem.message, hint=problem.hint)
    said = settings.notify
    return Wishes(
        _time(said.get("at")) or AT,
        _FLAGS.get(str(said.get("digest") or "true").casefold(), True),
        str(said.get("language") or settings.language),
        tuple(_listed(said.get("channels"))),
    )


def problems(settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with the section; no message repeats a value that may be a secret."""
    line = settings.lines.get("notify", 0)
    said: Mapping[str, Any] = settings.notify

    def problem(key: str, message: Any, hint: Any) -> Problem:
        return Problem("crm.yaml", line, f"notify.{key}", "settings.notify", "error", message, hint)

    for key, value in said.items():
        if key not in KEYS or (key != "at" and any(_address(text) for text in _texts(value))):
            yield problem(
                "" if _address(key) else key,
                msg(
                    N_("notify in crm.yaml says only when and how: at, digest, language, channels (R-004-23)")
                ),
                msg(
                    N_(
                        "addresses and secrets go into your own ~/.config/crmkit/notify.yaml: everybody reads the book"
                    )
                ),
            )
    if said.get("at") and _time(said["at"]) is None:
        yield problem("at", msg(N_("a time of day is wanted here")), msg(N_('for example at: "08:30"')))
    if said.get("digest") and str(said["digest"]).casefold() not in _FLAGS:
        yield problem("digest", msg(N_("true or false is wanted here")), msg(""))
    if said.get("language") and said["language"] not in LANGUAGES:
        yield problem("language", msg(N_("a language is zh or en")), msg(""))
    if any(not _NAME.fullmatch(name) for name in _listed(said.get("channels"))):
        yield problem(
            "channels",
            msg(N_("names of channels are wanted here")),
            msg(N_("for example channels: [wecom, mail]")),
        )


def _time(value: Any) -> time | None:
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    return time(int(match[1]), int(match[2])) if match else None


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        return [t.strip() for t in value.replace("、", ",").split(",") if t.strip()]
    return [str(v).strip() for v in value] if isinstance(value, list) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)


def _address(text: str) -> bool:
    return ":" in text or "@" in text or len(text) > 24
