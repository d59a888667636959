"""Industries by the National Bureau of Statistics' classification, GB/T 4754-2017 (R-000-27)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Industry:
    """A section (`I`) or a division (`I65`) with its Chinese and English name."""

    code: str
    zh: str
    en: str

    @property
    def section(self) -> str:
        """The letter of the section that it belongs to."""
        return self.code[0]


_EVERYDAY = {
    "I65": "软件 软件业 软件开发 信息技术 it 信息技术服务 系统集成 人工智能 大数据 云计算 saas 科技 software",
    "I64": "互联网 电商平台 电子商务 网络 internet",
    "I63": "电信 通信 通信服务 运营商 telecom",
    "C": "制造 生产制造 工业 加工制造 manufacturing",
    "C39": "电子 电子制造 半导体 芯片 集成电路 通信设备 电子设备 计算机 electronics",
    "C38": "电气 电气设备 电池 新能源电池 光伏 家电",
    "C36": "汽车 汽车零部件 整车 新能源汽车 automotive",
    "C35": "专用设备 医疗器械 机械设备 智能制造 环保设备",
    "C34": "通用设备 机械 机械制造 机床 机器人",
    "C33": "五金 金属加工",
    "C27": "医药 制药 生物医药 药品 pharma",
    "C26": "化工 化学 chemicals",
    "C14": "食品 食品加工 food",
    "C17": "纺织",
    "C18": "服装 服饰",
    "C21": "家具 家居",
    "D44": "电力 能源 新能源 发电 energy",
    "E": "建筑 施工 建筑工程 工程 construction",
    "E50": "装修 装饰",
    "F51": "批发 贸易 进出口 外贸 经销商 trade",
    "F52": "零售 商超 超市 电商 retail",
    "G": "物流 运输 交通 交通运输 logistics",
    "G59": "仓储",
    "G60": "快递",
    "H61": "酒店 住宿 宾馆",
    "H62": "餐饮 饭店 餐厅",
    "J": "金融 finance",
    "J66": "银行",
    "J67": "证券 基金 投资",
    "J68": "保险",
    "K70": "房地产 地产 物业 物业管理",
    "L72": "咨询 广告 人力资源 会展 法律服务 律师 会计 企业管理 旅行社 consulting",
    "M73": "研发 科研",
    "M74": "设计 检测 测绘 工程设计",
    "N77": "环保 节能环保",
    "P83": "培训 学校 高校 教育培训",
    "Q84": "医疗 医院 医疗卫生 健康 healthcare",
    "R": "文化 传媒 体育娱乐 文旅",
    "S92": "政府 机关 政府机构 事业单位 government",
    "A": "农业种植 农林牧渔 农牧",
    "B": "采矿 矿业",
}


@cache
def industries() -> Mapping[str, Industry]:
    """Return every section and division by its code, in the standard's order."""
    text = (Path(__file__).parent / "data" / "industries.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {code: Industry(code, zh, en) for code, zh, en in rows}


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


@cache
def _by_name() -> Mapping[str, Industry]:
    """Every name and code, folded; where section and division share a name the division wins."""
    found: dict[str, Industry] = {}
    for entry in industries().values():
        for name in (entry.code, entry.code[1:], entry.zh, entry.en):
            if name:
                found[_fold(name)] = entry
    return found


@lru_cache(maxsize=1024)
def find(text: str) -> Industry | None:
    """Return the industry with this code (`I65`, `65`, `6513`) or name, None where there is none.

    Punctuation and a missing or idle 业 do not count; a code of three or four digits is its division's.
    """
    folded = _fold(text)
    if not folded:
        return None
    digits = folded[1:] if folded[0].isalpha() and folded[1:].isdigit() else folded
    if digits.isascii() and digits.isdigit() and len(digits) in (3, 4):
        folded = folded[: len(folded) - len(digits) + 2]
    names = _by_name()
    return names.get(folded) or names.get(f"{folded}业") or names.get(folded.removesuffix("业"))


@lru_cache(maxsize=1024)
def nearest(text: str) -> str | None:
    """Return the standard's Chinese name that `text` most likely means, or None."""
    from crmkit.values.suggest import nearest as nearest_word

    folded = _fold(text)
    known = find(text)
    if known or not any(char.isalpha() for char in folded):
        return known.zh if known else None
    everyday = {word: code for code, words in _EVERYDAY.items() for word in words.split()}
    stem = re.sub("(?:行业|企业|产业|领域)$", "", folded)
    for word in (folded, folded.removesuffix("业"), stem, stem.removesuffix("业")):
        if word in everyday:
            return industries()[everyday[word]].zh
    inside = [entry.zh for entry in industries().values() if len(stem) > 1 and stem in _fold(entry.zh)]
    if inside:
        return min(inside, key=len)
    contained = [word for word in everyday if len(word) > 1 and word in stem]
    if contained:
        return industries()[everyday[max(contained, key=len)]].zh
    near = nearest_word(stem, _by_name())
    return _by_name()[near].zh if near else None
