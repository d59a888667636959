"""Fixtures over `servers`: started and stopped for each test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from tests.notify.servers import SETTINGS, Desk, Post, Web, handler


@pytest.fixture
def serve() -> Iterator[Callable[..., Web]]:
    """Start HTTP servers."""
    begun: list[tuple[Web, ThreadingHTTPServer]] = []

    def start(**told: Any) -> Web:
        web = Web(**told)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler(web))
        server.daemon_threads = True
        web.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        begun.append((web, server))
        return web

    yield start
    for web, server in begun:
        web.stopped.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def web(serve: Callable[..., Web]) -> Web:
    return serve()


@pytest.fixture
def post() -> Iterator[Post]:
    found = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found.port = free.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    yield found
    controller.stop()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Desk:
    """A team's book with one customer of 李四 and nothing due but what a test puts there."""
    for name in (
        "CRM_BOOK",
        "LANG",
        "LC_ALL",
        "LC_MESSAGES",
        "CRM_NOTIFY_CONFIG",
        "http_proxy",
        "https_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CRM_LANG", "en")
    monkeypatch.setenv("CRM_USER", "李四")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    found = Desk(tmp_path / "book", tmp_path / "config" / "crmkit" / "notify.yaml", capfd)
    found.write("crm.yaml", SETTINGS)
    found.customer()
    return found
