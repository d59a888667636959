"""The robots of WeCom, DingTalk and Feishu: addresses, signatures, and answers that are believed only if they say so.

All three answer a refusal with HTTP 200; what counts is the number in the JSON. Where the documents of a limit
differ, the lower one is kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from crmkit import clock
from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.notify import address, markup
from crmkit.notify.letter import SENT, BadTarget, Letter, Markup, Outcome, clip, identity, tail, weight
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.notify import web

KINDS = ("wecom", "dingtalk", "feishu")
ALIASES = {"wecombot": "wecom", "lark": "feishu"}
HOSTS = {
    "qyapi.weixin.qq.com": "wecom",
    "oapi.dingtalk.com": "dingtalk",
    "open.feishu.cn": "feishu",
    "open.larksuite.com": "feishu",
}
"""The hosts of the addresses that the three programs show for copying."""

_ENDPOINTS = {
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}",
    "wecombot": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token={key}",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/{key}",
    "lark": "https://open.larksuite.com/open-apis/bot/v2/hook/{key}",
}
_LIMITS = {"wecom": 4096, "dingtalk": 19_000, "feishu": 19_000}
"""Bytes: WeCom counts the content (4096), DingTalk (20,000) and Feishu (20 KB) the whole request."""

_CODES = {"wecom": ("errcode",), "dingtalk": ("errcode",), "feishu": ("code", "StatusCode")}
_WORDS = ("errmsg", "msg", "StatusMessage")
_STOP = {
    # too many at a time (20 a minute; Feishu 100, 5 a second) or busy; then: no such robot, wrong signature or keyword
    "wecom": {45009, 45033, -1, 93000, 93008},
    "dingtalk": {130101, 130102, 410100, 90030, -1, 300001, 310000},
    "feishu": {9499, 11232, 11233, 99991400, 230020, 2200, 19001, 19021, 19022, 19024},
}
"""Answers that the next message of this run would get too."""
_TOO_MANY = 429
_SAID = 200


@dataclass(frozen=True, slots=True, repr=False)
class Robot:
    """One robot. `url` holds its key and `secret` signs; neither is ever shown."""

    channel: str
    url: str
    secret: str = ""
    keyword: str = ""
    patience: float = field(default=address.PATIENCE, compare=False)

    @property
    def identity(self) -> str:
        """The address without the secret."""
        return identity(self.channel, self.url)

    @property
    def shown(self) -> str:
        """`wecom …1f2a`: the end of its key."""
        return f"{self.channel} {tail(self._key)}"

    @property
    def _key(self) -> str:
        parts = urlsplit(self.url)
        values = [value for _name, value in parse_qsl(parts.query)]
        return values[-1] if values else parts.path.rpartition("/")[2]

    @property
    def markup(self) -> Markup:
        """Markdown as the robot understands it; Feishu is sent plain text elements."""
        return {"wecom": markup.WECOM, "dingtalk": markup.DINGTALK, "feishu": markup.FEISHU}[self.channel]

    @property
    def limit(self) -> int:
        """Bytes."""
        return _LIMITS[self.channel]

    def weigh(self, text: str) -> int:
        """Return the bytes that a text takes: WeCom counts the content, the others the request."""
        if self.channel == "wecom":
            return weight(text)
        if self.channel == "dingtalk":
            return weight(json.dumps(text, ensure_ascii=False))
        return weight(json.dumps(_paragraphs(text), ensure_ascii=False))

    def send(self, letter: Letter) -> Outcome:
        """Post the message and read the answer."""
        from crmkit.notify import web

        body = json.dumps(self.body(letter), ensure_ascii=False).encode("utf-8", "backslashreplace")
        answer = web.post(
            self.signed(), body, {"Content-Type": "application/json; charset=utf-8"}, self.patience
        )
        return answer if isinstance(answer, Outcome) else self.verdict(answer)

    def body(self, letter: Letter) -> dict[str, Any]:
        """Return the request as the robot's documents want it, short enough for it."""
        title = f"{letter.title} {self.keyword}".strip()
        said = clip(f"{self.markup.strong(title)}{self.markup.paragraph}{letter.text}", self.limit)
        if self.channel == "wecom":
            return {"msgtype": "markdown", "markdown": {"content": said}}
        if self.channel == "dingtalk":
            return {"msgtype": "markdown", "markdown": {"title": title, "text": said}}
        language = "zh_cn" if letter.language == "zh" else "en_us"
        post = {"title": title, "content": _paragraphs(clip(letter.text, self.limit))}
        body: dict[str, Any] = {"msg_type": "post", "content": {"post": {language: post}}}
        if self.secret:
            stamp = str(_seconds())
            body |= {"timestamp": stamp, "sign": feishu_sign(stamp, self.secret)}
        return body

    def signed(self) -> str:
        """Return the address to post to; DingTalk's signature goes into it, encoded once."""
        if self.channel != "dingtalk" or not self.secret:
            return self.url
        stamp = str(_seconds() * 1000)
        return f"{self.url}&{urlencode({'timestamp': stamp, 'sign': dingtalk_sign(stamp, self.secret)})}"

    def verdict(self, answer: web.Answer) -> Outcome:
        """Return what an answer means: a success only where its number says so."""
        found = _json(answer.body)
        codes = [found[name] for name in _CODES[self.channel] if name in found]
        numbers = [c for c in codes if isinstance(c, int) and not isinstance(c, bool)]
        good = 200 <= answer.status < 300
        if good and codes and len(numbers) == len(codes) and not any(numbers):
            return SENT
        wrong = next((n for n in numbers if n), None)
        if wrong is not None:
            words = next((found[n] for n in _WORDS if isinstance(found.get(n), str) and found[n]), "")
            said = msg(N_("it says: {words} ({code})"), words=self._harmless(words), code=wrong)
            stop = wrong in _STOP[self.channel] or answer.status == _TOO_MANY
            return Outcome("refused", said, stop=stop)
        if answer.status == _TOO_MANY:
            return Outcome("refused", msg(N_("too many messages at a time")), stop=True)
        if 300 <= answer.status < 500:
            return Outcome("refused", msg(N_("it answers with HTTP {status}"), status=answer.status))
        if not good:
            return Outcome(
                "unknown", msg(N_("it answers with HTTP {status}"), status=answer.status), stop=True
            )
        return Outcome("unknown", msg(N_("the answer does not say that the message has arrived")), stop=True)

    def _harmless(self, words: str) -> str:
        """Return the server's words, short, on one line, without our secrets in them."""
        for secret in (self.url, self._key, self.secret):
            words = words.replace(secret, "***") if len(secret) > 4 else words
        return safe(words[:_SAID])


def parse(text: str) -> Robot:
    """Return the robot of `wecom://KEY`, `dingtalk://TOKEN?secret=SEC...`, `feishu://HOOK?secret=...`.

    Also understood are the address that the program shows for copying, with `secret` added to it, and one's own
    host as `wecom+https://host/path?key=KEY`. `keyword` is the word that a robot may ask for. Raises BadTarget.
    """
    parts = urlsplit(text)
    scheme, _, transport = parts.scheme.partition("+")
    asked = [(n, v) for n, v in parse_qsl(parts.query, keep_blank_values=True)]
    given = dict(asked)
    rest = urlencode([(n, v) for n, v in asked if n not in {"secret", "keyword"}])
    secret, keyword = given.get("secret", ""), given.get("keyword", "")
    if scheme in {"http", "https"}:
        kind = HOSTS[parts.hostname or ""]
        url = urlunsplit((scheme, parts.netloc, parts.path, rest, ""))
    elif transport:
        kind = ALIASES.get(scheme, scheme)
        url = urlunsplit((transport, parts.netloc, parts.path, rest, ""))
    else:
        kind = ALIASES.get(scheme, scheme)
        user, _, key = parts.netloc.rpartition("@")
        secret = secret or unquote(user.rstrip(":"))
        if not key or parts.path.strip("/"):
            raise BadTarget(N_("it is written {scheme}://KEY"), scheme=scheme)
        url = _ENDPOINTS[scheme].format(key=quote(unquote(key), safe=""))
    if kind == "dingtalk" and "?" not in url:
        raise BadTarget(N_("the address of the robot has no access_token"))
    return Robot(kind, address.checked(url), secret, safe(keyword))


def dingtalk_sign(stamp: str, secret: str) -> str:
    """Return DingTalk's signature (base64, not yet encoded for an address); `stamp` in milliseconds."""
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def feishu_sign(stamp: str, secret: str) -> str:
    """Return Feishu's signature: the key is the text, and nothing is signed; `stamp` in seconds."""
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _seconds() -> int:
    return int(clock.now(UTC).timestamp())


def _paragraphs(text: str) -> list[list[dict[str, str]]]:
    return [[{"tag": "text", "text": line}] for line in text.split("\n")]


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
