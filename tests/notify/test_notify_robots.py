"""The three robots, against servers that check what the real ones check."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import HTTPServer
from pathlib import Path

import pytest
from tests.notify.servers import FEISHU_OK, OK, Web, dingtalk_verdict, feishu_verdict, handler, text_of

from crmkit.errors import Refused
from crmkit.notify import robots, targets
from crmkit.notify.letter import Letter

KINDS = ("wecom", "dingtalk", "feishu")
LETTER = Letter("k" * 32, "2 reminders", "line one\nline two", "zh")
SECRET = "SEC0123456789abcdef+/=0123456789"


def robot(web: Web, kind: str, rest: str = "") -> robots.Robot:
    (found,) = targets.parse(web.url(kind, rest))
    assert isinstance(found, robots.Robot)
    return replace(found, patience=1.5)


def good(kind: str) -> bytes:
    return FEISHU_OK if kind == "feishu" else OK


@pytest.mark.parametrize("kind", KINDS)
def test_a_success_is_believed_when_the_number_says_so(web: Web, kind: str) -> None:
    web.always = 200, good(kind)
    assert robot(web, kind).send(LETTER).state == "sent"
    (request,) = web.requests
    assert request.headers["content-type"].startswith("application/json")
    assert "line one" in text_of(request)
    assert "2 reminders" in text_of(request)


NOT_SENT: list[tuple[str, tuple[int, bytes], str, bool]] = [
    # kind, answer, outcome, whether the target is left alone for this run
    ("wecom", (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}'), "refused", True),
    ("wecom", (200, b'{"errcode":45009,"errmsg":"api freq out of limit"}'), "refused", True),
    (
        "wecom",
        (200, b'{"errcode":40058,"errmsg":"markdown.content exceed max length 4096"}'),
        "refused",
        False,
    ),
    ("dingtalk", (200, b'{"errcode":310000,"errmsg":"keywords not in content"}'), "refused", True),
    (
        "dingtalk",
        (200, b'{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}'),
        "refused",
        True,
    ),
    ("dingtalk", (200, b'{"errcode":-1,"errmsg":"busy"}'), "refused", True),
    (
        "feishu",
        (200, b'{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}'),
        "refused",
        True,
    ),
    ("feishu", (200, b'{"code":9499,"msg":"too many request","data":{}}'), "refused", True),
    ("feishu", (200, b'{"code":0,"StatusCode":19024,"msg":"Key Words Not Found"}'), "refused", True),
    ("feishu", (400, b'{"code":9499,"msg":"Bad Request"}'), "refused", True),
    ("wecom", (500, b"<html>oops</html>"), "unknown", True),
    ("dingtalk", (500, b'{"errcode":0,"errmsg":"ok"}'), "unknown", True),
    ("dingtalk", (502, b""), "unknown", True),
    ("feishu", (429, b"slow down"), "refused", True),
    ("wecom", (404, b"not found"), "refused", False),
    ("wecom", (200, b""), "unknown", True),
    ("wecom", (200, b"ok"), "unknown", True),
    ("wecom", (200, b"[0]"), "unknown", True),
    ("wecom", (200, b"{}"), "unknown", True),
    ("wecom", (200, b'{"errcode":false,"errmsg":"ok"}'), "unknown", True),
    ("wecom", (200, b'{"errcode":"0"}'), "unknown", True),
    ("wecom", (200, b'{"errcode":null}'), "unknown", True),
    ("feishu", (200, b'{"code":0,"StatusCode":"x"}'), "unknown", True),
    ("feishu", (200, b'{"errcode":0}'), "unknown", True),
    ("wecom", (200, b"[" * 100_000), "unknown", True),
    ("wecom", (200, b"\xff\xfe\x00"), "unknown", True),
]


@pytest.mark.parametrize(("kind", "answer", "state", "stop"), NOT_SENT)
def test_anything_else_is_no_success(
    web: Web, kind: str, answer: tuple[int, bytes], state: str, stop: bool
) -> None:
    web.always = answer
    outcome = robot(web, kind).send(LETTER)
    assert (outcome.state, outcome.stop) == (state, stop)
    assert str(outcome.said)


def test_the_servers_own_words_are_told_without_the_key(web: Web) -> None:
    key = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"
    words = f"bad \x1b[31mkey {key}, see https://work.weixin.qq.com" + "x" * 500
    web.always = 200, json.dumps({"errcode": 93000, "errmsg": words}).encode()
    said = str(robot(web, "wecom").send(LETTER).said)
    assert "bad" in said
    assert "93000" in said
    assert key not in said
    assert "\x1b" not in said
    assert len(said) < 300


@pytest.mark.parametrize("fault", ["hang", "reset", "drip"])
def test_no_answer_leaves_it_open(web: Web, fault: str) -> None:
    web.always = fault
    outcome = robot(web, "wecom").send(LETTER)
    assert (outcome.state, outcome.stop) == ("unknown", True)


def test_an_endless_answer_is_not_read(web: Web) -> None:
    web.always = "huge"
    assert robot(web, "wecom").send(LETTER).state == "unknown"


def test_nobody_there_is_a_refusal(web: Web, serve: Callable[..., Web]) -> None:
    absent = replace(robot(web, "wecom"), url="http://127.0.0.1:1/send?key=abcdefgh1234")
    assert absent.send(LETTER).state == "refused"
    nameless = replace(absent, url="https://crmkit.invalid/send?key=abcdefgh1234", patience=10)
    outcome = nameless.send(LETTER)
    assert (outcome.state, outcome.stop) in {("refused", True), ("unknown", True)}  # no resolver: it may hang


def test_a_redirect_is_not_followed(web: Web, serve: Callable[..., Web]) -> None:
    elsewhere = serve()
    for status in (301, 302, 307, 308):
        web.answers.append((status, f"http://127.0.0.1:{elsewhere.port}/steal".encode()))
        assert robot(web, "wecom").send(LETTER).state == "refused"
    assert elsewhere.requests == []


def test_dingtalk_accepts_the_signature(web: Web) -> None:
    answers: list[bytes] = []
    web.arrived = lambda request: answers.append(dingtalk_verdict(SECRET, request))
    signed = robot(web, "dingtalk", f"&secret={SECRET.replace('+', '%2B').replace('=', '%3D')}")
    assert signed.secret == SECRET
    for _ in range(3):
        signed.send(LETTER)
    replace(signed, secret="SECwrong").send(LETTER)
    assert [json.loads(a)["errcode"] for a in answers] == [0, 0, 0, 310000]
    assert all("secret" not in r.path for r in web.requests)
    assert all("%25" not in r.path for r in web.requests), "encoded once"


def test_the_signature_that_needs_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Base64 has + and / in most signatures: unencoded or doubly encoded they would not match."""
    bot = targets.parse("dingtalk://566cc69da782ec33?secret=SECabc")[0]
    assert isinstance(bot, robots.Robot)
    signs = [robots.dingtalk_sign(str(1_700_000_000_000 + i), "SECabc") for i in range(40)]
    assert any("+" in s for s in signs)
    assert any("/" in s for s in signs)
    from urllib.parse import parse_qs, urlsplit

    for i in range(40):
        monkeypatch.setattr(robots, "_seconds", lambda i=i: 1_700_000_000 + i)
        query = parse_qs(urlsplit(bot.signed()).query)
        assert query["sign"] == [robots.dingtalk_sign(query["timestamp"][0], "SECabc")]


def test_feishu_accepts_the_signature(web: Web) -> None:
    answers: list[bytes] = []
    web.arrived = lambda request: answers.append(feishu_verdict("s3cr3t", request))
    robot(web, "feishu", "?secret=s3cr3t").send(LETTER)
    robot(web, "feishu", "?secret=wrong").send(LETTER)
    robot(web, "feishu").send(LETTER)
    assert [json.loads(a)["code"] for a in answers] == [0, 19021, 19021]


def test_known_signatures() -> None:
    """Reckoned by openssl: printf 'STAMP\\nSECRET' | openssl dgst -sha256 -hmac SECRET -binary | base64."""
    assert (
        robots.dingtalk_sign("1577262236757", "this is secret")
        == "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
    )
    assert robots.feishu_sign("1599360473", "secret") == "q4jswNiMy51J5JuQV566yJat0/lQ/c+22kINzUgKsGU="


def test_a_keyword_stands_in_the_message(web: Web) -> None:
    robot(web, "dingtalk", "&keyword=%E8%B7%9F%E8%BF%9B").send(LETTER)
    assert "跟进" in web.texts[0]
    assert "keyword" not in web.requests[0].path


@pytest.mark.parametrize(("kind", "most"), [("wecom", 4096), ("dingtalk", 20_000), ("feishu", 20_480)])
def test_no_message_is_longer_than_the_robot_takes(web: Web, kind: str, most: int) -> None:
    long = Letter("k", "标题", "超长的正文。" * 6000 + "\n" * 500)
    robot(web, kind).send(long)
    (request,) = web.requests
    size = len(request.json["markdown"]["content"].encode()) if kind == "wecom" else len(request.body)
    assert size <= most


def test_tls_is_verified(tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    web = Web()
    server = HTTPServer(("127.0.0.1", 0), handler(web))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        (bot,) = targets.parse(f"wecom+https://localhost:{server.server_address[1]}/send?key=abcdefgh1234")
        outcome = bot.send(LETTER)
    finally:
        server.shutdown()
        server.server_close()
    assert (outcome.state, outcome.stop) == ("refused", True)
    assert web.requests == []


ADDRESSES = [
    (
        "wecom://693a91f6-7aoc",
        "wecom",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aoc",
        "",
    ),
    (
        "wecombot://693a91f6-7aoc",
        "wecom",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aoc",
        "",
    ),
    (
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aoc",
        "wecom",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aoc",
        "",
    ),
    (
        "dingtalk://TOKENabc?secret=SECx",
        "dingtalk",
        "https://oapi.dingtalk.com/robot/send?access_token=TOKENabc",
        "SECx",
    ),
    (
        "dingtalk://SECx@TOKENabc",
        "dingtalk",
        "https://oapi.dingtalk.com/robot/send?access_token=TOKENabc",
        "SECx",
    ),
    (
        "https://oapi.dingtalk.com/robot/send?access_token=TOKENabc&secret=SECx",
        "dingtalk",
        "https://oapi.dingtalk.com/robot/send?access_token=TOKENabc",
        "SECx",
    ),
    ("feishu://cc25-a0", "feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/cc25-a0", ""),
    ("lark://cc25-a0?secret=q", "feishu", "https://open.larksuite.com/open-apis/bot/v2/hook/cc25-a0", "q"),
    (
        "https://open.feishu.cn/open-apis/bot/v2/hook/cc25-a0?secret=q",
        "feishu",
        "https://open.feishu.cn/open-apis/bot/v2/hook/cc25-a0",
        "q",
    ),
    (
        "wecom+https://wecom.example.com:8443/cgi-bin/webhook/send?key=K",
        "wecom",
        "https://wecom.example.com:8443/cgi-bin/webhook/send?key=K",
        "",
    ),
]


@pytest.mark.parametrize(("text", "channel", "url", "secret"), ADDRESSES)
def test_addresses(text: str, channel: str, url: str, secret: str) -> None:
    (found,) = targets.parse(text)
    assert isinstance(found, robots.Robot)
    assert (found.channel, found.url, found.secret) == (channel, url, secret)


@pytest.mark.parametrize(
    "text",
    [
        "wecom://",
        "wecom://a/b",
        "wecom+http://example.com/send?key=K",
        "wecom+http://127.0.0.1.example.com/send?key=K",
        "wecom+http://localhost.example.com/send?key=K",
        "wecom+ftp://example.com/send?key=K",
        "wecom+https:///send?key=K",
        "dingtalk+https://example.com/robot/send",
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=SECRETSECRET",
        "wecom+https://[::1/send?key=SECRETSECRET",
        "wecom+https://example.com:port/send?key=SECRETSECRET",
        "wecom://SECRET SECRET",
        "wecom://SECRET\nSECRET",
        "SECRETSECRET",
        "",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Refused) as refused:
        targets.parse(text)
    assert "SECRET" not in f"{refused.value}{refused.value.hint}"


@pytest.mark.parametrize("text", [a[0] for a in ADDRESSES])
def test_neither_repr_nor_name_tells_a_secret(text: str) -> None:
    (found,) = targets.parse(text)
    assert isinstance(found, robots.Robot)
    for shown in (repr(found), found.shown, found.identity):
        assert found.url not in shown
        assert found._key not in shown
        assert not found.secret or found.secret not in shown
    assert found.identity == targets.parse(text)[0].identity


def test_a_new_secret_is_still_the_same_place() -> None:
    one, other = (targets.parse(f"dingtalk://TOKENabc?secret={s}")[0].identity for s in ("SEC1", "SEC2"))
    assert one == other
    assert one != targets.parse("dingtalk://TOKENxyz?secret=SEC1")[0].identity
