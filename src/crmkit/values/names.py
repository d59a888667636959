"""Names of people and firms as they are compared and searched: normalised, and in pinyin."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_COMPOUND = {
    "尉迟": ("yu", "chi"), "万俟": ("mo", "qi"), "长孙": ("zhang", "sun"), "单于": ("chan", "yu"),
    "澹台": ("tan", "tai"), "令狐": ("ling", "hu"), "宰父": ("zai", "fu"), "亓官": ("qi", "guan"),
    "乐正": ("yue", "zheng"), "濮阳": ("pu", "yang"), "夏侯": ("xia", "hou"), "鲜于": ("xian", "yu"),
}  # fmt: skip
_SPOKEN = """
    曾zeng 单shan 仇qiu 查zha 解xie 乐yue+le 区ou 朴piao 华hua 盖ge+gai 翟zhai+di 尉wei 员yun 缪miao
    覃qin+tan 繁po 召shao 种chong 逄pang 晟cheng 冼xian 折she 黑he 秘bi 祭zhai 牟mu+mou 宓mi+fu
    郗xi+chi 燕yan 应ying 訾zi 洗xian 厍she 佴nai 隗wei+kui 贠yun 角jue 纪ji 哈ha 车che 薄bo 那na
    佟tong 都du 过guo
"""
_SURNAMES = {entry[0]: tuple(entry[1:].split("+")) for entry in _SPOKEN.split()}
_SETTLED = frozenset(  # surnames whose other readings nobody uses
    "王吴朱冯于董邓许沈彭蔡贾丁叶余潘杜夏汪任方石姚陆郝白万汤尹殷施陶倪温芦俞焦邢齐莫"
    "庄祝涂谷祁舒路詹盛童甄游裴位霍隋甘包司柏阮强柴冉房南广景宁屈卜葛重"
)
_MOST_KEYS = 24


def norm(text: str) -> str:
    """Return the form in which texts are compared: NFKC, case folded, spaces squeezed."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=4096)
def keys(text: str) -> tuple[str, ...]:
    """Return the pinyin that a name is found by: whole (`zengxiaoming`) and initials (`zxm`).

    The first character stands in every reading in use, since surnames are often read otherwise (曾 单 仇
    查 解 乐), and ü as v, yu and u. Latin letters and digits stay; () where no Chinese is in `text`.
    """
    name = "".join(char for char in norm(text) if char.isalnum())
    if not _HAN.search(name):
        return ()
    found: dict[str, None] = {}
    for syllables in _readings(name):
        whole = "".join(syllables)
        for spelling in _spellings(whole, syllables):
            found[spelling] = None
        found[
            "".join(
                part if not _HAN.match(char) else part[:1] for part, char in zip(syllables, name, strict=True)
            )
        ] = None
    return tuple(found)[:_MOST_KEYS]


def _spellings(whole: str, syllables: tuple[str, ...]) -> tuple[str, ...]:
    if not any(part in ("lv", "nv", "lve", "nve") for part in syllables):
        return (whole,)
    return tuple(
        "".join(part.replace("v", u) if part in ("lv", "nv", "lve", "nve") else part for part in syllables)
        for u in ("v", "yu", "u")
    )


def _spoken(run: str) -> list[str]:
    """Return the usual syllables of a run of Chinese characters, word by word."""
    from pypinyin.seg.simpleseg import seg

    return [syllable for word in seg(run) for syllable in _word(word)]


@lru_cache(maxsize=1 << 14)
def _word(word: str) -> tuple[str, ...]:
    """Return the usual syllables of one word. Names share their words, and pypinyin takes its time with each."""
    from pypinyin import Style, pinyin

    return tuple(part[0] for part in pinyin(word, style=Style.NORMAL))


@lru_cache(maxsize=1 << 12)
def _all_readings(char: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    return tuple(pinyin(char, style=Style.NORMAL, heteronym=True)[0])


def _readings(name: str) -> list[tuple[str, ...]]:
    """Return the syllables of `name`, one for each character, once for every reading of the first."""
    usual = [
        part
        for run in re.findall(rf"{_HAN.pattern}+|[^\u3400-\u9fff]", name)
        for part in (_spoken(run) if _HAN.match(run) else [run])
    ]
    if len(usual) != len(name):  # a character that pypinyin does not know is put together with its neighbours
        usual = [_word(char)[0] if _HAN.match(char) else char for char in name]
    firsts = [usual[0]]
    if _HAN.match(name[0]):
        firsts = [*_SURNAMES.get(name[0], ()), usual[0]]
    if _HAN.match(name[0]) and name[0] not in _SETTLED:
        firsts += _all_readings(name[0])
    found = [(first, *usual[1:]) for first in dict.fromkeys(firsts)]
    compound = _COMPOUND.get(name[:2])
    return [(*compound, *usual[2:]), *found] if compound else found
