"""Addresses in China: down to the street, each part within the one above (R-000-28), and taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.values.region import GROUPS, short_province


@cache
def _divisions() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Province -> city -> districts, as the National Bureau of Statistics names them."""
    text = (Path(__file__).parent / "data" / "regions.tsv").read_text(encoding="utf-8")
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            province, city, districts = line.split("\t")
            found.setdefault(province, {})[city] = tuple(districts.split())
    return found


_PEOPLES = """
    土家族 苗族 藏族 羌族 彝族 布依族 侗族 哈尼族 壮族 傣族 白族 景颇族 傈僳族 回族 蒙古族 朝鲜族 满族
    瑶族 畲族 黎族 维吾尔 柯尔克孜 哈萨克 蒙古 土族 撒拉族 东乡族 保安族 裕固族 拉祜族 佤族 纳西族
    独龙族 怒族 普米族 布朗族 仡佬族 水族 毛南族 仫佬族 各族 达斡尔族 鄂温克族 鄂伦春 锡伯 塔吉克
"""
_ETHNIC = re.compile(f"(?:{'|'.join(_PEOPLES.split())})+(?=自治)")
_ENDING = re.compile(r"(?:自治州|自治县|自治旗|自治区|特别行政区|地区|林区|特区|矿区|新区|[省市区县旗盟州])$")
_ZONE = re.compile(
    "(?:开发区|高新区|经开区|示范区|保税区|自贸区|新区|园区|管理区|合作区|度假区"
    "|实验区|试验区|产业园|科技园|新城|港区)$"
)
_MUNICIPAL = ("北京市", "天津市", "上海市", "重庆市")
_ADDRESS = ("country", "province", "city", "district", "street")
_WHOLE = ("市辖区", "县")


def _direct(city: str) -> bool:
    """Whether a row holds counties that stand directly under the province (济源, 仙桃 ...)."""
    return city.endswith("直辖县级行政区划")


def _stem(name: str) -> str:
    bare = _ENDING.sub("", _ETHNIC.sub("", name))
    return bare if len(bare) > 1 else name


def _find(name: str, officials: Iterable[str]) -> str | None:
    """Return the official name that `name` stands for: 南京 and 南京市, 恩施州, 内蒙古."""
    officials = tuple(officials)
    if name in officials:
        return name
    stem = _stem(name)
    return next((official for official in officials if stem in (_stem(official), official)), None)


def _province(name: str) -> str | None:
    short = short_province(name)
    return next((p for p in _divisions() if short and p.startswith(short)), None)


def _cities(province: str) -> tuple[str, ...]:
    """Return what may stand as the city: prefectures, and the counties directly under the province."""
    if province in _MUNICIPAL:
        return (province, *_WHOLE)
    found: list[str] = []
    for city, districts in _divisions()[province].items():
        found += districts if _direct(city) else (city,)
    return tuple(found)


def _districts(province: str, city: str) -> tuple[str, ...]:
    """Return the districts of a city, () where it has only towns (东莞) or is itself a county."""
    cities = _divisions()[province]
    if province in _MUNICIPAL:
        return tuple(d for districts in cities.values() for d in districts)
    districts = cities.get(city, ())
    counties = sum(d[-1] in "区县市旗" for d in districts)
    return districts if counties * 2 > len(districts) else ()


def flaws(address: Mapping[str, Any]) -> list[Message]:
    """See `region.address_flaws`."""
    from crmkit.values.company import is_china

    parts = {
        key: str(address.get(key) or "").strip()
        for key in ("country", "province", "city", "district", "street")
    }
    if not is_china(parts["country"]):
        return []
    found = _place_flaws(parts["province"], parts["city"], parts["district"])
    if not parts["street"]:
        found.append(msg(N_("the address has no street")))
    return found


def _place_flaws(province: str, city: str, district: str) -> list[Message]:
    if not province:
        return [msg(N_("the address has no province"))]
    official = _province(province)
    if not official:
        return [_unknown(N_("{name} is no province of China"), province, _divisions())]
    if short_province(official) in GROUPS["hk_mo_tw"].provinces:
        return []
    if official not in _MUNICIPAL and not city:
        return [msg(N_("the address has no city"))]
    cities = _cities(official)
    found = _find(city, cities) if city else official
    if not found:
        above = _city_of(official, city)
        if above:
            return [msg(N_("{name} is a district; its city is {home}"), name=city, home=above)]
        home = _home(city)
        if home:
            return [
                msg(N_("{name} is not in {province} but in {home}"), name=city, province=official, home=home)
            ]
        return [_unknown(N_("{name} is no city of {above}"), city, cities, above=official)]
    return _district_flaws(official, found, district)


def _district_flaws(province: str, city: str, district: str) -> list[Message]:
    districts = _districts(province, city)
    if not districts or (district and (_find(district, districts) or _ZONE.search(district))):
        return []
    if not district:
        return [msg(N_("the address has no district"))]
    others = [c for c in _divisions()[province] if _find(district, _divisions()[province][c])]
    if others and not _direct(others[0]):
        return [
            msg(N_("{name} is not in {province} but in {home}"), name=district, province=city, home=others[0])
        ]
    return [_unknown(N_("{name} is no district of {above}"), district, districts, above=city)]


def _unknown(msgid: str, name: str, known: Iterable[str], **args: str) -> Message:
    from crmkit.values.suggest import nearest

    near = nearest(name, known)
    wrong = msg(msgid, name=name, **args)
    return msg(N_("{wrong}; {near}, perhaps?"), wrong=wrong, near=near) if near else wrong


def _city_of(province: str, district: str) -> str | None:
    """Return the only city of the province that has this district; a municipality is its own."""
    homes = [city for city, districts in _divisions()[province].items() if _find(district, districts)]
    if not homes or len(homes) > 1:
        return None
    return province if province in _MUNICIPAL else homes[0]


def _home(city: str) -> str | None:
    """Return the only province that has this city."""
    homes = [p for p in _divisions() if _find(city, _cities(p))]
    return homes[0] if len(homes) == 1 else None


@cache
def _places() -> Mapping[str, tuple[str, str, str]]:
    """Every way a place is written at the head of a text -> (province, city, district)."""
    found: dict[str, tuple[str, str, str]] = {}
    for province, cities in _divisions().items():
        for name in (province, short_province(province) or province):
            found[name] = (province, "", "")
        for city, districts in cities.items():
            if city in _WHOLE or _direct(city):
                continue
            for name in (city, _stem(city), f"{_stem(city)}州" if city.endswith("自治州") else city):
                if len(name) > 1:
                    found.setdefault(name, (province, city, ""))
            del districts
    return found


def place_before(text: str) -> str:
    """Return the province or city that `text` begins with (北京, 江苏省, 南京市), "" where none does."""
    places = _places()
    return next((text[:n] for n in range(min(len(text), 12), 1, -1) if text[:n] in places), "")


def split(text: str) -> dict[str, str]:
    """See `region.split`."""
    rest = "".join(text.split())
    abroad = re.sub(r"^(?:中华人民共和国|中国)", "", rest)
    rest = abroad if place_before(abroad) else rest
    found: dict[str, str] = {}
    province = city = ""
    while place := place_before(rest):
        above, below, _ = _places()[place]
        if province and (above != province or (below and city) or not below):
            break
        if province in _MUNICIPAL and not below:
            break
        province, city, rest = above, below or city, rest[len(place) :]
    if province in _MUNICIPAL:
        city = province
        rest = rest.removeprefix(province)
    if province:
        found["province"] = province
        districts = [
            c for c in _cities(province) if c not in _MUNICIPAL and c not in _WHOLE and rest.startswith(c)
        ]
        if not city and districts:
            city, rest = districts[0], rest[len(districts[0]) :]
        if not city:  # 江苏省昆山市: the city above it is left out
            city = next((c for c, ds in _divisions()[province].items() if any(map(rest.startswith, ds))), "")
        if city:
            found["city"] = city
            district = max((d for d in _districts(province, city) if rest.startswith(d)), key=len, default="")
            if district:
                found["district"], rest = district, rest[len(district) :]
    if rest:
        found["street"] = rest
    return found
