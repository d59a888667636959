"""`crm dash --serve`: the dashboard in a browser on the same machine."""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crmkit.actions.session import root_of
from crmkit.errors import Refused
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.tui.start import Wish

HOST = "127.0.0.1"
PORT = 8000


def run(wish: Wish, language: str, say: Callable[[str], None]) -> int:
    """Serve the dashboard until it is interrupted; Refused without textual-serve, NotFound without a book."""
    root_of(wish.book or None, wish.env, wish.cwd)
    try:
        from textual_serve.server import Server
    except ImportError:
        raise Refused(
            N_("the browser needs textual-serve"), hint=N_("install it: pip install 'crmkit[serve]'")
        ) from None
    port = free_port()
    word = _("the dashboard is at http://{host}:{port} on this machine alone; Ctrl-C ends it")
    say(word.format(host=HOST, port=port))
    _guarded(Server)(command(wish, language), host=HOST, port=port, title="crm").serve()
    return 0


def _guarded(server: type[Any]) -> type[Any]:
    """Return the server with a look at who asks: any page in the same browser could open a socket to it."""
    from aiohttp import web

    class Ours(server):  # type: ignore[misc]
        def initialize_logging(self) -> None:
            """Keep quiet; tracebacks with their variables would be customers' data."""

        async def handle_index(self, request: web.Request) -> Any:
            self._check(request)
            return await super().handle_index(request)

        async def handle_websocket(self, request: web.Request) -> Any:
            self._check(request)
            if not from_here(request.headers.get("Origin", ""), self.port):
                raise web.HTTPForbidden
            return await super().handle_websocket(request)

        def _check(self, request: web.Request) -> None:
            if not from_here(f"http://{request.headers.get('Host', '')}", self.port):
                raise web.HTTPForbidden

    return Ours


def from_here(origin: str, port: int) -> bool:
    """Whether a page of that origin is the dashboard's own."""
    return origin in {f"http://{host}:{port}" for host in (HOST, "localhost")}


def command(wish: Wish, language: str) -> str:
    """Return the command line that each browser window runs."""
    words = [sys.executable, "-m", "crmkit", "dash", "--owner", wish.owner]
    for option, value in (
        ("--book", wish.book),
        ("--as", wish.actor),
        ("--on", wish.on),
        ("--lang", language),
    ):
        words += [option, value] if value else []
    return shlex.join(words)


def free_port(first: int = PORT) -> int:
    """Return the first port from `first` on that nobody listens at."""
    for port in range(first, first + 50):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)):
                return port
    raise Refused(N_("no port is free between {first} and {last}"), first=first, last=first + 49)
