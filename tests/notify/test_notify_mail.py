"""Mail, against a real SMTP server."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.notify.servers import Post

from crmkit.errors import Refused
from crmkit.notify import mail, targets
from crmkit.notify.letter import Letter

LETTER = Letter(
    "0123abcd" * 4, "跟进提醒 2 项", "第一行\n.\n..第三行 with a very long tail " + "长" * 600, "zh"
)


def one(text: str) -> mail.Mail:
    (found,) = targets.parse(text)
    assert isinstance(found, mail.Mail)
    return replace(found, patience=2.0)


def test_what_arrives_is_what_was_sent(post: Post) -> None:
    assert one(post.url()).send(LETTER).state == "sent"
    (found,) = post.mails
    assert found["Subject"] == "跟进提醒 2 项"
    assert found["From"] == "crm@example.com"
    assert found["To"] == "lisi@example.com"
    assert found["Message-ID"] == f"<crmkit.{LETTER.key}@example.com>"
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Content-Language"] == "zh-CN"
    assert found.get_content().replace("\r\n", "\n") == LETTER.text + "\n"
    assert post.recipients == ["lisi@example.com"]


def test_the_same_message_again_has_the_same_id(post: Post) -> None:
    for letter in (LETTER, replace(LETTER, text="two days late by now"), replace(LETTER, key="f" * 32)):
        one(post.url()).send(letter)
    first, again, other = (str(m["Message-ID"]) for m in post.mails)
    assert first == again != other


def test_text_cannot_add_headers_or_recipients(post: Post) -> None:
    hostile = Letter(
        "k", "hello\r\nBcc: thief@example.com\r\n\r\nbody", "x\r\n.\r\nMAIL FROM:<a@b>\r\n", "en"
    )
    assert one(post.url()).send(hostile).state == "sent"
    (found,) = post.mails
    assert found["Bcc"] is None
    assert "Bcc" in found["Subject"]
    assert post.recipients == ["lisi@example.com"]


def test_a_refused_text_is_told_in_the_servers_words(post: Post) -> None:
    post.data = "554 5.7.1 message content rejected"
    outcome = one(post.url()).send(LETTER)
    assert outcome.state == "refused"
    assert "content rejected" in str(outcome.said)
    assert "554" in str(outcome.said)


def test_a_refused_recipient_is_no_success(post: Post) -> None:
    post.refuse = "gone@example.com"
    outcome = one(post.url("gone@example.com")).send(LETTER)
    assert outcome.state == "refused"
    assert "no such user" in str(outcome.said)
    assert post.mails == []


def test_a_line_that_breaks_after_the_text_leaves_it_open(post: Post) -> None:
    post.data = "drop"
    assert one(post.url()).send(LETTER).state == "unknown"
    assert len(post.mails) == 1


def test_no_word_after_the_text_leaves_it_open(post: Post) -> None:
    post.arrived = lambda: time.sleep(3)
    assert one(post.url()).send(LETTER).state == "unknown"


@pytest.fixture
def mute() -> Iterator[int]:
    """A port where somebody listens and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_server_that_says_nothing_has_surely_not_got_it(mute: int) -> None:
    began = time.monotonic()
    assert one(f"mailto://127.0.0.1:{mute}?to=a@example.com").send(LETTER).state == "refused"
    assert time.monotonic() - began < 10


def test_nobody_there_is_a_refusal() -> None:
    outcome = one("mailto://127.0.0.1:1?to=a@example.com").send(LETTER)
    assert (outcome.state, outcome.stop) == ("refused", True)


def test_a_conversation_given_up_never_hands_over_its_text() -> None:
    """What was reported as not delivered must not arrive a moment later."""
    lines: list[bytes] = []
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def slow() -> None:
            client, _ = listening.accept()
            with client, client.makefile("rb") as said, contextlib.suppress(OSError):
                client.sendall(b"220 slow\r\n")
                for line in said:
                    lines.append(line)
                    if line.lower().startswith(b"rcpt"):
                        time.sleep(1)
                    client.sendall(b"354 go on\r\n" if line == b"data\r\n" else b"250 ok\r\n")

        server = threading.Thread(target=slow, daemon=True)
        server.start()
        target = replace(
            one(f"mailto://127.0.0.1:{listening.getsockname()[1]}?to=a@example.com"), patience=0.5
        )
        assert target.send(LETTER).state == "refused"
        server.join(5)
    assert any(line.lower().startswith(b"rcpt") for line in lines)
    assert not any(line.lower().startswith(b"data") for line in lines)


def test_without_encryption_nothing_goes_to_another_machine(post: Post) -> None:
    """The local server offers no STARTTLS: asked for, its absence is an error, not a reason to go on."""
    outcome = one(post.url(rest="&mode=starttls")).send(LETTER)
    assert outcome.state == "refused"
    assert post.mails == []


def test_a_login_that_is_not_offered_is_an_error(post: Post) -> None:
    outcome = one(post.url().replace("//", "//user:pass@")).send(LETTER)
    assert outcome.state == "refused"
    assert post.mails == []


ADDRESSES = [
    # address -> recipients, sender, host, port, mode, user
    (
        "mailtos://lisi:pw@smtp.example.com?to=a@x.cn,b@x.cn&from=crm@example.com",
        (["a@x.cn", "b@x.cn"], "crm@example.com", "smtp.example.com", 465, "tls", "lisi"),
    ),
    (
        "mailtos://lisi:pw@smtp.example.com:587?to=a@x.cn",
        (["a@x.cn"], "lisi@smtp.example.com", "smtp.example.com", 587, "starttls", "lisi"),
    ),
    (
        "mailto://crm%40example.com:p%40ss@smtp.example.com?to=a@x.cn",
        (["a@x.cn"], "crm@example.com", "smtp.example.com", 587, "starttls", "crm@example.com"),
    ),
    ("mailto://me:code@qq.com", (["me@qq.com"], "me@qq.com", "smtp.qq.com", 465, "tls", "me@qq.com")),
    (
        "mailtos://me:code@163.com?to=boss+crm@x.cn",
        (["boss+crm@x.cn"], "me@163.com", "smtp.163.com", 465, "tls", "me@163.com"),
    ),
    (
        "mailto://localhost?to=root@localhost",
        (["root@localhost"], "crmkit@localhost", "localhost", 25, "plain", ""),
    ),
    ("mailto:root@localhost", (["root@localhost"], "crmkit@localhost", "localhost", 25, "plain", "")),
    (
        "mailto://relay.example.com?to=a@x.cn&mode=plain",
        (["a@x.cn"], "crmkit@relay.example.com", "relay.example.com", 25, "plain", ""),
    ),
    (
        "mailto://relay.example.com?to=a@x.cn",
        (["a@x.cn"], "crmkit@relay.example.com", "relay.example.com", 25, "starttls", ""),
    ),
]


@pytest.mark.parametrize(("text", "wanted"), ADDRESSES)
def test_addresses(text: str, wanted: tuple[list[str], str, str, int, str, str]) -> None:
    found = [m for m in targets.parse(text) if isinstance(m, mail.Mail)]
    first = found[0]
    assert ([m.to for m in found], first.sender, first.host, first.port, first.mode, first.user) == wanted
    assert first.to not in first.shown
    assert not first.password or first.password not in f"{first!r}{first.shown}{first.identity}"


@pytest.mark.parametrize(
    "text",
    [
        "mailto://u:SECRET@smtp.example.com?to=a@x.cn&mode=plain",
        "mailtos://u:SECRET@smtp.example.com?to=not-an-address",
        "mailtos://u:SECRET@smtp.example.com?to=a@x.cn%0d%0aBcc:b@x.cn",
        "mailtos://u:SECRET@smtp.example.com?to=a@x.cn&from=x%3Ey@z.cn",
        "mailtos://u:SECRET@smtp.example.com:99999?to=a@x.cn",
        "mailtos://u:SECRET@smtp.example.com?to=a@x.cn&mode=SECRET",
        "mailtos://smtp.example.com",
        "mailto:",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Refused) as refused:
        targets.parse(text)
    assert "SECRET" not in f"{refused.value}{refused.value.hint}"


def test_another_server_is_still_the_same_place() -> None:
    one_, other = (
        targets.parse(f"mailtos://u:p@{host}?to=A@x.cn")[0].identity
        for host in ("a.example.com", "b.example.com")
    )
    assert one_ == other
