"""What comes of a talk: whether the next step is about a promise or an objection of it (R-004-20).

A talk has one next step and may leave several promises. The step stands for those that it speaks of; it never takes
away one that it does not mention.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

TOLD = ("reason", "goal", "outline", "subject", "content", "feedback", "questions", "result", "next_step")
"""The fields in which a follow-up says what it is, or was, about."""

_SHARE = 0.4
"""So much of the shorter text's words must stand in the other one."""

_DAYS = re.compile(
    r"[0-9]+\s*(?:个?工作日|个?月|[年月日号天周点时分次])?|[上下本这每]个?[周月次]|周[一二三四五六日末]|[今明后]天|[年月]底"
)
_PLAIN = re.compile(
    "安排|增加|准备|完成|确认|联系|提供|客户|尽快|一下|[的了把给将向与和及并再去来请为在以之前内要新您你我他她它们个些发送寄讲谈说做带]"
)
"""What says little of a text's matter: it parts the words."""
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z]{3,}")
_PLAIN_WORDS = frozenset(
    {
        *("the", "and", "for", "with", "will", "that", "this", "from", "our", "your", "about", "new"),
        *(
            "send",
            "give",
            "bring",
            "call",
            "next",
            "week",
            "day",
            "month",
            "before",
            "after",
            "until",
            "within",
        ),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("january", "february", "march", "april", "may", "june", "july", "august"),
        *("september", "october", "november", "december"),
    }
)


class Talk(NamedTuple):
    """One follow-up as its loop sees it: `texts` is what it says of itself."""

    id: str
    next: str
    status: str
    texts: tuple[str, ...]

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> Talk:
        """Return the talk of a follow-up's fields with its id."""
        status = str(doc.get("status") or ("done" if doc.get("at") else "planned"))
        texts = tuple(str(doc[name]) for name in TOLD if doc.get(name))
        return cls(str(doc["id"]), str(doc.get("next") or ""), status, texts)

    @property
    def said(self) -> str:
        """All that it says."""
        return "\n".join(self.texts)


def steps(talks: Mapping[str, Talk], talk: Talk) -> Iterator[Talk]:
    """Yield what came of a talk: its next step, the next of that, and so on; an id that nobody has ends it."""
    seen = {talk.id}
    while talk.next in talks and talk.next not in seen:
        talk = talks[talk.next]
        seen.add(talk.id)
        yield talk


def stands_for(step: Talk, words: str, *, first: bool, alone: bool = False) -> bool:
    """Whether a step is about what was said in `words`.

    The `first` step of a talk also where it says nothing of its own, and where nothing else was to be done (`alone`).
    """
    said = step.said
    return (first and (alone or not said.strip())) or about(said, words)


def done(talks: Mapping[str, Talk], talk: Talk, words: str, *, alone: bool = False) -> str:
    """Return the id of the step by which what was said in `words` was done, "" while none was."""
    for number, step in enumerate(steps(talks, talk)):
        if step.status == "done" and stands_for(step, words, first=number == 0, alone=alone):
            return step.id
    return ""


def about(said: str, words: str) -> bool:
    """Whether a text speaks of what `words` say: it holds them, or shares enough that is no date and no filler."""
    if folded(words) in folded(said):
        return True
    one, other = _pieces(said), _pieces(words)
    fewest = min(len(one), len(other))
    return bool(fewest) and len(one & other) >= _SHARE * fewest


def folded(text: str) -> str:
    """Return a text as it is compared: without spaces, widths and capitals."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=1024)
def _pieces(text: str) -> frozenset[str]:
    """Return the words of a text, Chinese by pairs of characters."""
    plain = _DAYS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    words = (word.removesuffix("s") for word in _WORD.findall(plain))
    found = {word for word in words if word not in _PLAIN_WORDS}
    for run in _HAN.findall(_PLAIN.sub(" ", plain)):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return frozenset(found)
