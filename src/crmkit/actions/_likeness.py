"""How much two customers look like one: names, numbers, ways to reach them (crm dupes, and a word at entry)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import Any

from crmkit.actions._known import people, reached
from crmkit.values import company
from crmkit.values.names import norm

LIKELY = 0.75
"""What two customers must score to be shown; below it stands what shares no more than a switchboard."""
_MOST_IN_BLOCK = 60
"""Customers that share a word of their names: more of them say that the word is common, not that they are one."""
_SPELT = 8
"""Letters of a spelling that two must end in to be looked at."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_FORMS = re.compile(r"\b(?:co|ltd|limited|inc|corp|corporation|company|llc|gmbh|group|plc)\b\.?")
_SPELT_FORMS = re.compile(r"(?:jituan|gufen|youxian|zeren)*gongsi$")
_FORMS = ("有限责任公司", "股份有限公司", "有限公司", "股份公司", "集团公司", "公司", "集团", "股份", "有限")
_NOT_WORD = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"[0-9一二三四五六七八九十]+")


@dataclass(frozen=True, slots=True)
class Face:
    """What a customer is compared by."""

    id: str
    title: str
    name: str
    bare: str
    place: str
    pinyin: str
    tax_id: str
    reached: frozenset[tuple[str, str]]
    people: frozenset[str]
    street: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers that look like one: how much (0 to 1), and what speaks for it."""

    score: float
    one: Face
    other: Face
    why: tuple[str, ...] = field(default=())


def face(ident: str, doc: Mapping[str, Any]) -> Face:
    """Return what a customer is compared by."""
    name = str(doc.get("name") or "")
    folded = norm(name)
    bare = _bare(name)
    address = doc.get("address") or {}
    return Face(
        ident,
        name,
        _NOT_WORD.sub("", folded),
        bare,
        _place(name)
        or str(address.get("city") or address.get("province") or "").removesuffix("市").removesuffix("省"),
        _pinyin(bare),
        "".join(str(doc.get("tax_id") or "").split()).upper(),
        frozenset(reached(doc)),
        frozenset(norm(str(c["name"])) for c in people(doc) if c is not doc and c.get("name")),
        _NOT_WORD.sub("", norm(str(address.get("street") or ""))),
    )


@lru_cache(maxsize=1 << 16)
def _bare(name: str) -> str:
    """Return a name without city, legal form and marks: 示例信息 for 北京示例信息股份有限公司."""
    text = unicodedata.normalize("NFKC", name)
    if not _HAN.search(text):
        words = _NOT_WORD.sub("", _LATIN_FORMS.sub("", norm(text)))
        return _SPELT_FORMS.sub("", words) or words
    short = company.short(text) or text
    for form in _FORMS:
        if len(short) > len(form) + 1:
            short = short.removesuffix(form)
    return _NOT_WORD.sub("", norm(short))


@lru_cache(maxsize=1 << 16)
def _place(name: str) -> str:
    """Return the city or province that a name begins with, "" where it names none."""
    text = unicodedata.normalize("NFKC", name)
    bare = company.short(text)
    at = text.find(bare) if bare else -1
    return text[:at].removesuffix("市").removesuffix("省") if at > 0 else ""


def _pinyin(bare: str) -> str:
    """Return a bare name as it sounds, letter by letter; one in Latin letters as it is spelt."""
    return "".join(map(_sound, bare)) if _HAN.search(bare) else bare


@lru_cache(maxsize=1 << 14)
def _sound(char: str) -> str:
    from pypinyin import Style, pinyin

    return pinyin(char, style=Style.NORMAL)[0][0] if _HAN.match(char) else char


class Faces:
    """Many customers, by what those who look alike have in common."""

    def __init__(self, faces: Iterable[Face]) -> None:
        """`faces` are looked at once."""
        self.faces = list(faces)
        self._blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i, one in enumerate(self.faces):
            for key in _blocks(one):
                self._blocks[key].append(i)

    def pairs(self, least: float = LIKELY) -> list[Pair]:
        """Return the pairs that score at least so much, the likeliest first."""
        seen: set[tuple[int, int]] = set()
        for (sort, _), block in self._blocks.items():
            if len(block) < 2 or (len(block) > _MOST_IN_BLOCK and sort != "tax_id"):
                continue
            seen.update(combinations(block, 2))
        found = (compare(self.faces[i], self.faces[j]) for i, j in seen if i != j)
        return sorted((p for p in found if p.score >= least), key=lambda p: (-p.score, p.one.id, p.other.id))

    def like(self, one: Face, least: float = LIKELY) -> list[Pair]:
        """Return the customers that look like `one`, the likeliest first."""
        near = {i for key in _blocks(one) for i in self._blocks.get(key, ())}
        found = (compare(self.faces[i], one) for i in near if self.faces[i].id != one.id)
        return sorted((p for p in found if p.score >= least), key=lambda p: (-p.score, p.one.id))


def _blocks(one: Face) -> Iterator[tuple[str, str]]:
    """Yield what a customer shares with those that may be the same: whole, and with one letter left out."""
    if one.tax_id:
        yield "tax_id", one.tax_id
    yield from one.reached
    if one.bare:
        yield "name", one.bare
        if len(one.bare) >= 3:
            yield from (("near", one.bare[:i] + one.bare[i + 1 :]) for i in range(len(one.bare)))
            yield "near", one.bare
    if len(one.pinyin) >= _SPELT:  # a name that is spelt out has its city before it
        yield "sound", one.pinyin[-_SPELT:]
        yield "sound", one.pinyin[-_SPELT * 3 // 2 :]
    if len(one.bare) >= 4 and not one.bare.isascii():
        yield "begins", one.bare[:4]
    for person in one.people:
        if one.street:
            yield "person", f"{person} {one.street[:12]}"


def compare(one: Face, other: Face) -> Pair:
    """Score two customers; `why` are of `tax_id`, `phone`, `email`, `name`, `sound`, `contact`, `address`."""
    why: list[str] = []
    if one.tax_id and one.tax_id == other.tax_id:
        return Pair(1.0, one, other, ("tax_id",))
    apart = bool(one.tax_id and other.tax_id)
    shared = {what for what, _ in one.reached & other.reached}
    likeness, said = _names(one, other)
    if likeness >= 0.75:
        why.append(said)
    why += [what for what in ("phone", "email") if what in shared]
    if one.people & other.people:
        why.append("contact")
    if one.street and one.street == other.street:
        why.append("address")
    return Pair(_score(likeness, shared, why, apart=apart), one, other, tuple(why))


def _score(likeness: float, shared: set[str], why: Sequence[str], *, apart: bool) -> float:
    beside = len({"contact", "address"} & set(why))
    if apart:  # two numbers of the state are two companies, unless everything else says that one was mistyped
        return 0.76 if likeness >= 0.97 and shared and beside else 0.4 * likeness
    if shared:
        return min(0.99, 0.6 + 0.4 * likeness) if likeness >= 0.5 else 0.6 if not beside else 0.7
    if likeness >= 0.97:
        return 0.95
    if likeness >= 0.75 and beside:
        return min(0.95, likeness - 0.1 + 0.1 * beside)
    return min(likeness, 0.7)  # 凤星 and 丰星 may well be two


def _names(one: Face, other: Face) -> tuple[float, str]:
    """Return how alike two names are, and whether by their letters (`name`) or their sound (`sound`)."""
    if one.name == other.name:
        return 1.0, "name"
    there = one.place and other.place and one.place != other.place
    if one.bare and one.bare == other.bare:
        return (0.8 if there else 0.98), "name"
    letters = _similar(one.bare, other.bare)
    sound = 0.0
    if one.pinyin and one.pinyin == other.pinyin:
        sound = 0.9
    if one.bare.isascii() != other.bare.isascii():
        han, spelt = (other, one) if one.bare.isascii() else (one, other)
        sound = max(_similar(one.pinyin, other.pinyin), _within(han, spelt.pinyin))
    best = max((letters, "name"), (sound, "sound"))
    if _numbers(one.bare) != _numbers(other.bare) and _HAN.search(one.bare):
        best = min(best[0], 0.6), best[1]  # 一分厂 and 二分厂
    return (best[0] - 0.15 if there else best[0]), best[1]


def _numbers(text: str) -> list[str]:
    return _NUMBERED.findall(text)


def _within(han: Face, spelt: str) -> float:
    """Return how alike a Chinese name and a spelling are where the spelling has the city before it: that city."""
    if len(han.pinyin) < _SPELT or not spelt.endswith(han.pinyin):
        return 0.0
    city = spelt.removesuffix(han.pinyin)
    return 0.97 if city in {"", _pinyin(han.place)} or not han.place else 0.0


def _similar(one: str, other: str) -> float:
    """Return how alike two texts are by their letters; one slip in a name of six leaves 0.9."""
    from rapidfuzz.distance import DamerauLevenshtein

    if not one or not other:
        return 0.0
    longest = max(len(one), len(other))
    slips = DamerauLevenshtein.distance(one, other, score_cutoff=3)
    if slips == 1 and longest >= 4:
        return 0.9 if longest >= 5 else 0.85
    return max(0.0, 1 - slips / longest)
