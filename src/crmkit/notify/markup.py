"""Text from records in the markup of each channel: shown, never obeyed.

WeCom's and DingTalk's Markdown know no reliable way to escape, and their clients differ. So what could begin markup
is replaced by the full-width character that looks the same: no client gives that a meaning.
"""

from __future__ import annotations

import re

from crmkit.notify.letter import Markup
from crmkit.values.safe import safe

_LOOKALIKES = str.maketrans("*`~[]<>|\\!#@", "＊｀～［］＜＞｜＼！＃＠")
_UNDERSCORE = re.compile(
    r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"
)  # within a word (`high_value`) it means nothing
_ENTITY = re.compile(r"&(?=#?\w+;)")
_ADDRESS = re.compile(r"://")


def plain(text: str) -> str:
    """Return text for a channel without markup: control and bidi characters shown as escapes, on one line."""
    return safe(text)


def markdown(text: str) -> str:
    """Return text that Markdown and HTML leave as it is; `@` calls nobody, an address is not a link."""
    text = safe(text).translate(_LOOKALIKES)
    return _ADDRESS.sub("：//", _ENTITY.sub("＆", _UNDERSCORE.sub("＿", text)))


def tagless(text: str) -> str:
    """Return text in which no tag begins: Feishu's text knows `<at user_id="all">`."""
    return safe(text).replace("<", "＜").replace(">", "＞")


def _bold(text: str) -> str:
    return f"**{text}**"


def _same(text: str) -> str:
    return text


PLAIN = Markup(plain, _same)
WECOM = Markup(markdown, _bold)
DINGTALK = Markup(markdown, _bold, "  \n")  # a bare line end is a space there
FEISHU = Markup(tagless, _same)
