"""Vague wording: needs without figures (R-001-23), contract terms that bind nobody (R-002-24)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from crmkit.errors import Message, msg
from crmkit.i18n import N_


def _pattern(words: str) -> re.Pattern[str]:
    """Make one pattern of those in `words`, one a line or between bars; Latin ones match whole words."""
    parts = [part.strip() for part in re.split(r"\n|\|(?![^(]*\))", words.strip())]
    latin = "|".join(part for part in parts if part.isascii() and part)
    other = "|".join(part for part in parts if not part.isascii())
    return re.compile("|".join(filter(None, (other, rf"\b(?:{latin})\b" if latin else ""))))


_NEED = _pattern(r"""
    一些|若干|大概|大约|差不多|左右|上下浮动|适当|适量|尽快|尽早|尽量|些许|少量|大量|大批|一批|不少|很多|许多|多一点
    (?<![第0-9十])[几数多][个台套件批家次人名份张辆部万千百]
    [0-9]+[多几][个台套件家人名份万]|[十百千万][多几][个台套件家人名份]|十几|几十|几百|上百|上千
    便宜[点些]?|实惠|优惠[点些]|价格合适|价格适中|性价比高|质量好|[好高][点些]的|合适的|相应的
    近期|过段时间|过一阵|回头|改天|以后再|再说|再定|待定|未定|看情况|视情况|等等|之类|诸如此类|什么的
    some|several|a few|few|many|a lot of|lots of|various|about|around|roughly|approximately|maybe|soon
    as soon as possible|asap|cheap|affordable|good quality|suitable|appropriate|etc|and so on|tbd|later
""")
_COUNTED = "台 套 个 件 批 家 人 名 份 张 辆 部 次 年 月 吨 米 元 万 亿 条 组 座".replace(" ", "|")
_FIGURE = re.compile(rf"[0-9０-９]|[一二两三四五六七八九十百千万]+(?:{_COUNTED})")


@dataclass(frozen=True, slots=True)
class _Sort:
    """A sort of vague term: what to write instead, its words, whether a named period makes it definite."""

    better: str
    words: re.Pattern[str]
    of_time: bool = False


_TERMS = (
    _Sort(
        N_("within X working days"),
        _pattern(r"""
            尽快|尽早|从速|马上|适时|择期|择日|合理的?(?:期限|时间)内?|短期内|近期
            随后|稍后|一段时间
            as soon as possible|as soon as practicable|asap|in due course
            (?:with)?in a reasonable (?:time|period)
            reasonable time|without undue delay|soon|shortly|at the earliest
        """),
        of_time=True,
    ),
    _Sort(
        N_("within X hours"),
        _pattern(r"""
            及时(?!性|率)|即时(?!性|通讯|通信)|promptly|timely|in a timely manner|immediately
        """),
        of_time=True,
    ),
    _Sort(
        N_("every X weeks, or the dates"),
        _pattern(r"""
            长期(?!待摊|股权|投资|借款)
            (?<!不)定期(?!存)|不定期|经常|from time to time|regularly|periodically
        """),
        of_time=True,
    ),
    _Sort(
        N_("what must be done"),
        _pattern(r"""
            尽量|尽力|尽可能|努力|争取|力争|原则上|一般情况下
            best efforts?|best endeavou?rs|reasonable efforts?
            where possible|endeavou?r to|in principle
        """),
    ),
    _Sort(
        N_("the exact number"),
        _pattern(r"""
            适当|适量|若干|少量|大量|一定的?(?:比例|数量|期限|金额)|大约|大概|左右|差不多
            approximately|roughly|about|appropriate|a certain (?:amount|number)|some|several
        """),
    ),
    _Sort(
        N_("the amount, or how it is reckoned"),
        _pattern(r"""
            相关费用|有关费用|合理的?(?:费用|价格|利润)|市场价|优惠价|另行(?:协商|商定|约定|通知)
            reasonable (?:price|fees?|costs?)|to be agreed|tbd
        """),
    ),
    _Sort(
        N_("the acceptance criteria"),
        _pattern(r"""
            高质量|优质(?!的?客户)|良好|满意(?!度)|先进的?(?:技术|水平)|符合要求|high quality|satisfactory
            state of the art
        """),
    ),
    _Sort(
        N_("the condition"),
        _pattern(r"""
            必要时|视情况|视情|酌情|如有需要|特殊情况|其他情况|where necessary|if necessary
            as (?:needed|appropriate|required)|case by case
        """),
    ),
)
_PERIOD = re.compile(
    r"[0-9０-９x一二两三四五六七八九十]+\s*个?\s*(?:工作日|自然日|日历日|天|日|小时|周|月|年"
    r"|hours?|(?:working |business |calendar )?days?|weeks?|months?)"
)
_SENTENCE = re.compile(r"[。;；!！?？\n]|\.\s")


@lru_cache(maxsize=2048)
def vague_need(text: str, *, has_budget: bool = False) -> Message | None:
    """Return what is vague in the description of a need, None where it is concrete (R-001-23).

    Concrete is: what, how many, at what budget, of what specification. `has_budget` says that the need's
    budget stands in its own field, so that the text may go without figures.
    """
    words = _quoted(_NEED, text.casefold())
    if words:
        wanted = N_("{words} is vague; say what, how many, at what budget, of what specification")
        return msg(wanted, words=words)
    if text.strip() and not has_budget and not _FIGURE.search(text):
        return msg(N_("no figure: say how many, at what budget, of what specification"))
    return None


@lru_cache(maxsize=2048)
def vague_term(text: str) -> Message | None:
    """Return what is vague in a term of a contract or plan and what to write instead, None where nothing.

    Words of time pass where the same sentence names the period (尽快，最迟3个工作日内). R-002-24.
    """
    found: Message | None = None
    for words, better in _vague(text.casefold()):
        one = msg(N_("{words} is vague; write {better}"), words=words, better=msg(better))
        found = one if found is None else msg(N_("{first}; {second}"), first=found, second=one)
    return found


def _vague(text: str) -> Iterator[tuple[str, str]]:
    """Yield `(words, better)` of each sort once."""
    sentences = _SENTENCE.split(text)
    unbounded = "\n".join(sentence for sentence in sentences if not _PERIOD.search(sentence))
    for sort in _TERMS:
        words = _quoted(sort.words, unbounded if sort.of_time else text)
        if words:
            yield words, sort.better


def _quoted(pattern: re.Pattern[str], text: str) -> str:
    """Return the words found, each once, in quotes: “一些”, “尽快”."""
    return ", ".join(f"“{word}”" for word in dict.fromkeys(m[0] for m in pattern.finditer(text)))
