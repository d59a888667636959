"""Real local servers: robots that check signatures and answer as they are told, a mail server; a book on disk."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from crmkit import __main__, i18n

DAY = "2024-06-08T09:00"


class Result(NamedTuple):
    code: int
    out: str
    err: str


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query)


OK = b'{"errcode":0,"errmsg":"ok"}'
FEISHU_OK = b'{"code":0,"msg":"success","data":{},"StatusCode":0,"StatusMessage":"success"}'


@dataclass
class Web:
    """An HTTP server: `answers` are given in turn, then `always`; each is `(status, body)` or a word for a fault.

    Faults: "hang" never answers, "reset" breaks the line, "drip" sends a byte a second, "huge" never ends.
    """

    answers: list[tuple[int, bytes] | str] = field(default_factory=list)
    always: tuple[int, bytes] | str = (200, OK)
    requests: list[Request] = field(default_factory=list)
    arrived: Callable[[Request], None] = lambda _request: None
    port: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def texts(self) -> list[str]:
        return [text_of(r) for r in self.requests]

    def url(self, kind: str, rest: str = "") -> str:
        tail = {
            "wecom": "/cgi-bin/webhook/send?key=693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa",
            "dingtalk": "/robot/send?access_token=566cc69da782ec33",
            "feishu": "/open-apis/bot/v2/hook/cc25a0f1-2f4f-4a6a-8f5a",
        }[kind]
        return f"{kind}+http://127.0.0.1:{self.port}{tail}{rest}"


def text_of(request: Request) -> str:
    """What people read of a robot's message."""
    found = request.json
    if "markdown" in found:
        return str(found["markdown"].get("content") or found["markdown"].get("text"))
    (post,) = found["content"]["post"].values()
    return "\n".join([post["title"], *("".join(t["text"] for t in line) for line in post["content"])])


def handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            web.requests.append(request)
            web.arrived(request)
            self._answer(web.answers.pop(0) if web.answers else web.always)

        def _answer(self, answer: tuple[int, bytes] | str) -> None:
            try:
                self._say(answer)
            except OSError:  # whoever asked has gone
                self.close_connection = True

        def _say(self, answer: tuple[int, bytes] | str) -> None:
            if answer == "hang":
                web.stopped.wait(30)
            elif answer == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.connection.close()
                self.close_connection = True
            elif answer == "drip":
                for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 60:
                    self.wfile.write(bytes([byte]))
                    if web.stopped.wait(0.2):
                        return
            elif answer == "huge":
                self.send_response(200)
                self.end_headers()
                while not web.stopped.is_set():
                    self.wfile.write(b" " * 65536)
            else:
                assert isinstance(answer, tuple)
                status, body = answer
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", body.decode())
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler


def dingtalk_verdict(secret: str, request: Request, now: float | None = None) -> bytes:
    """What DingTalk answers: the signature is checked as its documents say, within the hour."""
    stamp, sign = request.query.get("timestamp", [""])[0], request.query.get("sign", [""])[0]
    good = base64.b64encode(
        hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    ).decode()
    fresh = stamp.isdecimal() and abs((now or time.time()) * 1000 - int(stamp)) < 3_600_000
    if sign == good and fresh:
        return OK
    return b'{"errcode":310000,"errmsg":"sign not match, more: [https://ding-doc.dingtalk.com]"}'


def feishu_verdict(secret: str, request: Request) -> bytes:
    """What Feishu answers; its stamp counts seconds."""
    stamp, sign = request.json.get("timestamp", ""), request.json.get("sign", "")
    good = base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()
    if sign == good and abs(time.time() - int(stamp or 0)) < 3600:
        return FEISHU_OK
    return b'{"code":19021,"msg":"sign match fail or timestamp is not within one hour from current time"}'


# mail


@dataclass
class Post:
    """A mail server: what arrived, and how it answers; `data` is its word after the text ("hang" says none)."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    data: str = "250 OK"
    refuse: str = ""
    arrived: Callable[[], None] = lambda: None

    def url(self, to: str = "lisi@example.com", rest: str = "") -> str:
        return f"mailto://127.0.0.1:{self.port}?to={to}&from=crm@example.com{rest}"

    async def handle_RCPT(  # noqa: N802 - the server calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == self.refuse:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.recipients += envelope.rcpt_tos
        mail = message_from_bytes(bytes(envelope.original_content or b""), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.arrived()
        if self.data == "drop":
            assert server.transport is not None
            server.transport.close()
        return self.data


# a book


@dataclass
class Desk:
    """A book on disk and `crm` in front of it, at a fixed moment, with somebody's own configuration."""

    root: Path
    config: Path
    capture: pytest.CaptureFixture[str]

    def write(self, path: str, text: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def customer(
        self, number: str = "202406-001", name: str = "北京示例有限公司", more: str = "owner: 李四\n"
    ) -> None:
        self.write(f"customers/2024/{number}/customer.yaml", f"name: {name}\ncreated_on: 2024-06-01\n{more}")

    def followup(self, ident: str, due: str, more: str = "", number: str = "202406-001") -> str:
        text = f"status: planned\nreason: 发报价\ndue: {due}\n{more}"
        self.write(f"customers/2024/{number}/followup-240601-{ident}.yaml", text)
        return f"followup-240601-{ident}"

    def targets(self, **entries: list[str]) -> None:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(
            "".join(f"{name}: {json.dumps(urls)}\n" for name, urls in entries.items()), encoding="utf-8"
        )
        self.config.chmod(0o600)

    def notify(self, *words: str, on: str = DAY) -> Result:
        return self.crm("notify", "--on", on, *words)

    def crm(self, *words: str) -> Result:
        self.capture.readouterr()
        try:
            code = __main__.main(["--book", str(self.root), *words])
        finally:
            i18n.set_language("en")
        return Result(code, *self.capture.readouterr())


SETTINGS = """\
name: 测试账本
language: zh
team:
  - {name: 李四, email: lisi@example.com, roles: [sales]}
  - {name: 王五, email: wangwu@example.com, roles: [sales]}
rules:
  cadence.potential: {on: false}
  survey.quarterly: {on: false}
  health.warning: {on: false}
chores:
  - {name: status_review, on: false}
  - {name: completeness_check, on: false}
  - {name: weekly_review, on: false}
  - {name: strategy_review, on: false}
notify: {at: "08:30"}
"""
