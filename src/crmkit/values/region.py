"""China's provinces in their groups (华东 ...), and whether an address reaches the street (R-000-28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from crmkit.errors import Message


@dataclass(frozen=True, slots=True)
class Group:
    """A group of provinces: the code that is stored, its Chinese and English name, short provinces' names."""

    code: str
    zh: str
    en: str
    provinces: tuple[str, ...]


GROUPS = MappingProxyType(
    {
        code: Group(code, zh, en, tuple(provinces.split()))
        for code, zh, en, provinces in (
            ("north", "华北", "North China", "北京 天津 河北 山西 内蒙古"),
            ("northeast", "东北", "Northeast China", "辽宁 吉林 黑龙江"),
            ("east", "华东", "East China", "上海 江苏 浙江 安徽 福建 江西 山东"),
            ("central", "华中", "Central China", "河南 湖北 湖南"),
            ("south", "华南", "South China", "广东 广西 海南"),
            ("southwest", "西南", "Southwest China", "重庆 四川 贵州 云南 西藏"),
            ("northwest", "西北", "Northwest China", "陕西 甘肃 青海 宁夏 新疆"),
            ("hk_mo_tw", "港澳台", "Hong Kong, Macau, Taiwan", "香港 澳门 台湾"),
        )
    }
)
_SUFFIXES = ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市")
_EN = (
    "beijing tianjin hebei shanxi innermongolia|neimenggu liaoning jilin heilongjiang shanghai jiangsu "
    "zhejiang anhui fujian jiangxi shandong henan hubei hunan guangdong guangxi hainan chongqing sichuan "
    "guizhou yunnan tibet|xizang shaanxi gansu qinghai ningxia xinjiang hongkong macau|macao taiwan"
)
_ENGLISH = {
    name: zh
    for names, zh in zip(_EN.split(), (p for g in GROUPS.values() for p in g.provinces), strict=False)
    for name in names.split("|")
}
_GROUP_OF = {province: code for code, group in GROUPS.items() for province in group.provinces}


def short_province(text: str) -> str | None:
    """Return a province's short Chinese name, 广西 for 广西壮族自治区 or Guangxi; None where it is none."""
    name = text.strip().replace("臺", "台")
    if name in _GROUP_OF:
        return name
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and name[: -len(suffix)] in _GROUP_OF:
            return name[: -len(suffix)]
    folded = "".join(name.casefold().split()).removesuffix("province")
    return _ENGLISH.get(folded)


def group_of(province: str) -> str | None:
    """Return the code of a province's group ("east" for 江苏省), None where it is no province."""
    short = short_province(province)
    return _GROUP_OF[short] if short else None


def find_group(text: str) -> str | None:
    """Return the code of the group that goes by `text`: its code, 华东, East China; None where none does."""
    wanted = text.strip().casefold()
    for code, group in GROUPS.items():
        if wanted in (code, group.zh, group.en.casefold(), f"{group.zh}地区", f"{group.zh}区"):
            return code
    return None


def names_of(province: str) -> tuple[str, ...]:
    """Return the words that `region:` finds a province by: its group's code and names, its own names."""
    short = short_province(province)
    own = tuple(dict.fromkeys(name for name in (province.strip(), short) if name))
    if not short:
        return own
    group = GROUPS[_GROUP_OF[short]]
    return (group.code, group.zh, group.en, *own)


def address_flaws(address: Mapping[str, Any]) -> list[Message]:
    """Return what an address lacks or gets wrong on its way down to the street (R-000-28), [] where nothing.

    `address` has `province, city, district, street` and perhaps `country`; one abroad is not judged.
    Short names (江苏, 南京) count; development zones count as districts.
    """
    from crmkit.values.address import flaws

    return flaws(address)


def split(text: str) -> dict[str, str]:
    """Take an address in one line apart: `province, city, district, street`, only those that are found.

    北京市海淀区中关村大街1号 and 深圳市南山区科技园路5号 (the province is added) both work.
    The rest is the street.
    """
    from crmkit.values.address import split as split_address

    return split_address(text)
