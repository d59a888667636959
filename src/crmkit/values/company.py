"""Names of companies: whether one is the full legal name (R-001-21), and the short one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from crmkit.errors import Message, msg
from crmkit.i18n import N_

_COMPANY = (
    "股份有限公司", "有限责任公司", "有限公司", "集团公司", "总公司", "分公司", "控股公司", "股份公司",
    "股份合作公司", "无限公司", "股份合作制企业", "株式会社", "有限会社", "合同会社",
)  # fmt: skip
_OTHERS = """
    合伙企业 个人独资企业 集团 研究院 研究所 研究中心 设计院 勘察院 科学院 工程院 事务所 工作室 合作社
    联合社 联社 经济合作组织 大学 学院 学校 中学 小学 幼儿园 党校 医院 卫生院 卫生所 诊所 门诊部
    疾控中心 疾病预防控制中心 服务中心 管理中心 协会 学会 商会 联合会 促进会 研究会 基金会 工会 委员会
    人民政府 政府 管委会 居委会 村委会 办事处 法院 检察院 银行 支行 分行 信用社 营业部 代表处 代表机构
    出版社 报社 杂志社 通讯社 电视台 广播电台 博物馆 图书馆 文化馆 体育馆 展览馆 档案馆 科技馆 美术馆
    纪念馆 剧院 剧团 公园 经营部 门市部 营销部 服务部 批发部 经销部 加工厂 厂 店 商行 超市 餐厅 餐馆
    饭店 酒店 宾馆 旅行社 养殖场 农场 林场 牧场 俱乐部 养老院 福利院 中心 总队 支队 大队 公安局 税务局
    管理局 局 厅 部队 车站 机场 火车站 电厂 煤矿 矿 监狱 公证处 管理处 分校 分院 分所 分社 分店 公社
    教会 寺 庙
"""
_FORMS = frozenset((*_COMPANY, *_OTHERS.split()))
_LONGEST = max(map(len, _FORMS))
_JAPANESE = ("株式会社", "有限会社", "合同会社")
_LATIN = re.compile(
    r"(?:\b(?:ltd|limited|inc|incorporated|llc|llp|lp|plc|corp|corporation|co|company|gmbh|kgaa|kg|ohg|ag|se|sa|sas|"
    r"sarl|srl|spa|sl|bv|nv|oy|oyj|ab|as|aps|asa|kk|kft|zrt|doo|sro|zoo|ooo|bhd|pte|pty|university|college|institute|"
    r"school|academy|hospital|clinic|association|foundation|society|council|ministry|authority|agency|bank|group|"
    r"holdings?|trust|partnership|union|cooperative)|s\.a\.|s\.r\.l\.|s\.p\.a\.|b\.v\.|n\.v\.|a/s|k\.k\.|"
    r"s\.a\.s\.|sp\. ?z ?o\.?o|e\.v|e\.k|s\.l)\.?(?:\s*\([^)]*\))?$"
)
_PARTNERSHIP = re.compile(r"\((?:有限合伙|普通合伙|特殊普通合伙|个人独资|集团|控股|个体工商户)\)$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_BRACKETS = re.compile(r"\([^()]*\)")
_COMMON_SURNAME_TITLE = re.compile(r"^.{1,2}(?:总|经理|先生|女士|老师|主任|老板)$")
_CHINA = ("", "cn", "chn", "china", "中国", "中华人民共和国", "prc")


def is_china(country: str) -> bool:
    """Return whether a country as people write it is China; an empty one is."""
    return country.strip().casefold() in _CHINA


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _form(name: str) -> str:
    """Return the legal form that a Chinese name ends in, "" where it ends in none."""
    bare = _PARTNERSHIP.sub("", name)
    found = next((bare[-n:] for n in range(_LONGEST, 0, -1) if bare[-n:] in _FORMS), "")
    return found or (name[len(bare) :] if bare != name else "")


@lru_cache(maxsize=2048)
def name_flaw(text: str, country: str = "CN") -> Message | None:
    """Return why `text` is hardly a full legal name, None where it may be one.

    A Chinese name ends in its legal form (有限公司, 研究院 ...) after a name of its own: 北京公司 is short,
    示例科技 too. Names in Latin letters end in Ltd, Inc, GmbH and the like; other scripts are not judged.
    """
    name = _fold(text)
    if not _HAN.search(name):
        if not name.isascii() and not re.search("[A-Za-z]", name):
            return None
        if _LATIN.search(name.casefold()):
            return None
        return msg(
            N_("{name!r} has no legal form (Ltd, Inc, GmbH ...); enter the full name as registered"),
            name=text,
        )
    if name.startswith(_JAPANESE) or (not is_china(country) and _LATIN.search(name.casefold())):
        return None
    if _COMMON_SURNAME_TITLE.match(name):
        return msg(N_("{name!r} is how a person is addressed; enter the company's full name"), name=text)
    form = _form(name)
    if not form and name.endswith("公司"):
        return msg(
            N_("{name!r} is short; a company's full name ends in 有限公司 or the like, as on its licence"),
            name=text,
        )
    if not form:
        return msg(
            N_("{name!r} has no legal form (有限公司 ...); enter the full name on the licence"), name=text
        )
    if form in _COMPANY and len(short(name)) < 2:
        return msg(
            N_("{name!r} is no full name: a trade name is missing before {form}"), name=text, form=form
        )
    return None


@lru_cache(maxsize=2048)
def short(text: str) -> str:
    """Return a company's name without city and legal form: 示例信息技术 for 北京示例信息技术股份有限公司.

    "" where nothing else is in it. Names of other bodies (北京大学) stay as they are.
    """
    name = _fold(text)
    if not _HAN.search(name):
        bare = name
        while (match := _LATIN.search(bare.casefold())) and match.start():
            if not re.match(
                r"(?:\W*)(?:university|college|institute|school|hospital|bank|group)", match[0].casefold()
            ):
                bare = bare[: match.start()].rstrip(" ,.&")
            else:
                break
        return bare
    branch = re.fullmatch(r"(.+?公司)(.+分公司)", name)
    if branch:
        return short(branch[1]) + branch[2]
    form = _form(name)
    partnership = _PARTNERSHIP.search(name)
    if form and form not in _COMPANY and not form.endswith("企业") and not partnership:
        return name
    if partnership and form not in _COMPANY:
        return _without_place(name[: partnership.start()].removesuffix("合伙企业"))
    bare = _PARTNERSHIP.sub("", name).removesuffix(form)
    for extra in ("(集团)", "(控股)", "集团", "控股"):
        if len(bare) > len(extra) + 1:
            bare = bare.removesuffix(extra)
    bare = _BRACKETS.sub("", bare)
    for mark in _JAPANESE:
        bare = bare.removeprefix(mark)
    return _without_place(bare)


def _without_place(name: str) -> str:
    from crmkit.values.address import split

    found = split(name)
    rest = found.get("street", "")
    if not found.keys() - {"street"} or len(rest) > 1:
        return name if rest in ("公司", "集团") else rest
    return "" if not rest else name
