"""ntfy, the desktop and apprise, against real local servers and a program of our own."""

from __future__ import annotations

import json
import stat
import sys
from dataclasses import replace
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from tests.notify.servers import Web

from crmkit.errors import Refused
from crmkit.notify import other, targets
from crmkit.notify.letter import Letter

LETTER = Letter("0123abcd" * 4, "跟进提醒 1 项", "line <b>one</b> & more", "zh")
PUBLISHED = json.dumps({"id": "x", "event": "message", "topic": "team", "message": "..."}).encode()


def topic(web: Web, user: str = "") -> other.Ntfy:
    (found,) = targets.parse(f"ntfy://{user}127.0.0.1:{web.port}/secret-topic")
    assert isinstance(found, other.Ntfy)
    return replace(found, patience=1.5)


def test_ntfy_gets_title_text_and_a_key_that_stays(web: Web) -> None:
    web.always = 200, PUBLISHED
    target = topic(web, "tk_abc123@")
    assert [target.send(LETTER).state for _ in range(2)] == ["sent", "sent"]
    first, again = web.requests
    assert first.path == "/secret-topic"
    assert first.body.decode() == LETTER.text
    assert str(make_header(decode_header(first.headers["x-title"]))) == LETTER.title
    assert first.headers["x-sequence-id"] == again.headers["x-sequence-id"] == LETTER.key
    assert first.headers["authorization"] == "Bearer tk_abc123"
    assert "secret-topic" not in f"{target!r}{target.shown}"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((200, b""), "unknown"),
        ((200, b"{}"), "unknown"),
        ((200, b'{"event":"open"}'), "unknown"),
        ((403, b'{"code":40301,"http":403,"error":"forbidden"}'), "refused"),
        ((429, b'{"code":42901,"http":429,"error":"limit reached"}'), "refused"),
        ((500, b"oops"), "unknown"),
        ((302, b"http://127.0.0.1:1/"), "refused"),
    ],
)
def test_ntfy_is_believed_only_when_it_names_the_message(
    web: Web, answer: tuple[int, bytes], state: str
) -> None:
    web.always = answer
    assert topic(web).send(LETTER).state == state


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("ntfy://team", "https://ntfy.sh/team"),
        ("ntfys://team", "https://ntfy.sh/team"),
        ("ntfy://push.example.com/team", "https://push.example.com/team"),
        ("ntfys://u:p@push.example.com:8443/team", "https://push.example.com:8443/team"),
    ],
)
def test_ntfy_addresses(text: str, url: str) -> None:
    (found,) = targets.parse(text)
    assert isinstance(found, other.Ntfy)
    assert found.url == url


@pytest.mark.parametrize("text", ["ntfy://", "ntfy://a/b/c", "ntfy://a%0ab@h/t"])
def test_ntfy_nonsense(text: str) -> None:
    with pytest.raises(Refused):
        targets.parse(text)


@pytest.mark.skipif(sys.platform == "darwin", reason="another program there")
def test_the_desktop_is_told_by_its_own_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, seen = tmp_path / "notify-send", tmp_path / "seen"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {seen}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (desktop,) = targets.parse("desktop://")
    assert desktop.send(replace(LETTER, title="--icon=x")).state == "sent"
    assert seen.read_text().splitlines()[1:] == ["--", "--icon=x", "line &lt;b&gt;one&lt;/b&gt; &amp; more"]
    program.write_text("#!/bin/sh\necho no display >&2; exit 1\n")
    failed = desktop.send(LETTER)
    assert (failed.state, "no display" in str(failed.said)) == ("refused", True)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert desktop.send(LETTER).state == "refused"


def test_apprise_sends_the_rest(web: Web, capfd: pytest.CaptureFixture[str]) -> None:
    web.always = 200, b"ok"
    (found,) = targets.parse(f"json://user:SECRETpass@127.0.0.1:{web.port}/hook")
    assert found.channel == "json"
    assert found.send(LETTER).state == "sent"
    assert web.requests[0].json["title"] == LETTER.title
    assert "one" in web.requests[0].json["message"]
    web.always = 500, b"no"
    assert found.send(LETTER).state == "unknown"
    assert "SECRET" not in "".join(capfd.readouterr())
    assert "SECRET" not in f"{found!r}{found.shown}{found.identity}"


def test_an_address_that_apprise_does_not_know(capfd: pytest.CaptureFixture[str]) -> None:
    (found,) = targets.parse("nonsense://SECRETSECRET/")
    assert found.send(LETTER).state == "refused"
    assert "SECRET" not in "".join(capfd.readouterr())


def test_without_apprise_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    (found,) = targets.parse("slack://a/b/c")
    with pytest.raises(Refused) as refused:
        found.send(LETTER)
    assert "crmkit[notify]" in str(refused.value.hint)
