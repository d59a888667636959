"""One POST: verified, never redirected, bounded in time and size."""

from __future__ import annotations

import contextlib
import errno
import http.client
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.notify.address import PATIENCE, loopback
from crmkit.notify.letter import Outcome

T = TypeVar("T")

MOST = 64 * 1024
"""Bytes of an answer that are read; the real ones have a hundred."""

_NOT_THERE = {errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    body: bytes


class TooSlow(Exception):
    """It took longer than there is patience."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what `call` returns or raise what it raises; TooSlow after `seconds`, whatever it waits for.

    Sockets bound every single wait, but not their sum, and the look-up of a name not at all.
    """
    found: list[tuple[bool, Any]] = []

    def run() -> None:
        try:
            found.append((True, call()))
        except BaseException as e:  # noqa: BLE001 - handed to the caller
            found.append((False, e))

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if not found:
        raise TooSlow
    good, value = found[0]
    if good:
        return value  # type: ignore[no-any-return]
    raise value


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a message is for the one who was named."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def _opener(host: str) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if loopback(host) else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        _Stay(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def post(url: str, body: bytes, headers: Mapping[str, str], patience: float = PATIENCE) -> Answer | Outcome:
    """Send `body` and return the answer, whatever its status; an Outcome where none came."""
    request = urllib.request.Request(url, body, dict(headers), method="POST")  # noqa: S310 - `checked` before
    request.add_header("User-Agent", "crmkit")

    def ask() -> Answer:
        opener = _opener(urlsplit(url).hostname or "")
        try:
            with opener.open(request, timeout=patience) as response:
                return Answer(response.status, response.read(MOST))
        except urllib.error.HTTPError as e:
            with contextlib.closing(e):
                return Answer(e.code, e.read(MOST))

    try:
        return within(patience, ask)
    except (TooSlow, OSError, http.client.HTTPException, ValueError) as e:
        return failed(e)


def failed(error: Exception) -> Outcome:
    """Return the outcome of an attempt that ended without an answer."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, socket.gaierror):
        return Outcome("refused", msg(N_("the host is not found")), stop=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Outcome("refused", msg(N_("the host does not prove who it is (certificate)")), stop=True)
    if isinstance(error, OSError) and error.errno in _NOT_THERE:
        return Outcome("refused", msg(N_("nobody answers there")), stop=True)
    if isinstance(error, TooSlow | TimeoutError):
        return Outcome("unknown", msg(N_("no answer in time")), stop=True)
    return Outcome("unknown", _broke(error), stop=True)


def _broke(error: Exception) -> Message:
    return msg(N_("the connection broke ({kind})"), kind=type(error).__name__)
