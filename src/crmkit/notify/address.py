"""Where a message may go, and how long it may take. Light: what is sent nowhere loads no network code."""

from __future__ import annotations

from urllib.parse import urlsplit

from crmkit.i18n import N_
from crmkit.notify.letter import BadTarget

PATIENCE = 20.0
"""Seconds that one message may take in all, from the name look-up to the last byte of the answer."""


def loopback(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:  # a name: `127.0.0.1.example.com` is anybody's
        return False


def checked(url: str) -> str:
    """Return `url` where a message may go there: encrypted, or to this machine. Raises BadTarget."""
    parts = urlsplit(url)
    try:
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or any(c <= " " or c == "\x7f" for c in url):
        raise BadTarget(N_("the address has no host that can be read"))
    if parts.scheme != "https" and not loopback(host):
        raise BadTarget(
            N_("without encryption messages go only to this machine"), hint=N_("write https instead of http")
        )
    return url
