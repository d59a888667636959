"""Recall and precision of `crm dupes`: 20,000 made-up customers of which 3 % stand there twice, each in another way.

    python benchmarks/dupes.py [COUNT] [SEED]

A second record has one of: a slip in the name, no legal form, the name in pinyin, an older phone; and what goes along
in life: no tax id in two of three, another contact in one of three, often no address.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from typing import Any

from crmkit.actions._likeness import Faces, face

CITIES = "北京 上海 广州 深圳 杭州 苏州 南京 武汉 成都 重庆 天津 西安 青岛 大连 厦门 宁波 无锡 长沙 郑州 合肥".split()
FIRST = list(
    "华新中盛恒鼎泰瑞嘉安康宏远大博科创智星海天云金银龙凤百千万联合众和信诚立达通汇聚源泽润沃丰禾青蓝红紫启明晨曦光辉耀"
)
TRADES = (
    "科技 信息技术 机械设备 电子 精密制造 物流 贸易 食品 医药 纺织 建材 化工 新材料 环保 能源 自动化 软件 汽车零部件 包装 印刷 家具 农业 生物 仪器"
).split()
FORMS = ("有限公司", "有限公司", "有限公司", "股份有限公司", "有限责任公司", "集团有限公司")
SURNAMES = list("王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾")
GIVEN = list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红玲波辉鹏飞凯文博宇浩然子轩梓涵")
ROADS = "人民路 中山路 解放路 建设路 科技大道 创业路 工业园路 滨江路 长江路 黄河路 和平路 光明路".split()


def customer(rng: random.Random, used: set[str]) -> dict[str, Any]:
    while True:
        city, word = rng.choice(CITIES), "".join(rng.sample(FIRST, rng.choice((2, 2, 3))))
        bare = city + word + rng.choice(TRADES)
        if bare not in used:
            used.add(bare)
            name = bare + rng.choice(FORMS)
            break
    return {
        "name": name,
        "tax_id": "91" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(16)),
        "contacts": [{"name": person(rng), "mobile": mobile(rng)}],
        "address": {"city": city + "市", "street": f"{rng.choice(ROADS)}{rng.randint(1, 999)}号"},
        "email": f"info@{rng.getrandbits(40):x}.example.com" if rng.random() < 0.5 else "",
    }


def person(rng: random.Random) -> str:
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2))))


def mobile(rng: random.Random) -> str:
    return f"1{rng.choice('3578')}{rng.randint(0, 999_999_999):09d}"


def slip(rng: random.Random, name: str) -> str:
    """Return a name with one letter wrong, missing, doubled or two of them swapped, as typing makes it."""
    city = 2
    at = rng.randrange(city, city + 4)
    how = rng.choice(("wrong", "missing", "swapped", "doubled"))
    if how == "wrong":
        return name[:at] + rng.choice(FIRST) + name[at + 1 :]
    if how == "missing":
        return name[:at] + name[at + 1 :]
    if how == "doubled":
        return name[:at] + name[at] + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def pinyin(rng: random.Random, name: str) -> str:
    from pypinyin import lazy_pinyin

    words = lazy_pinyin(name)
    return " ".join(w.capitalize() for w in words) if rng.random() < 0.5 else "".join(words).capitalize()


def twin(rng: random.Random, one: dict[str, Any], how: str) -> dict[str, Any]:
    name = one["name"]
    if how == "slip":
        name = slip(rng, name)
    elif how == "no form":
        for form in sorted(set(FORMS), key=len, reverse=True):
            if name.endswith(form):
                name = name.removesuffix(form)
                break
    elif how == "pinyin":
        name = pinyin(rng, name)
    contact = dict(one["contacts"][0])
    if how == "old phone" or rng.random() < 0.3:
        contact["mobile"] = mobile(rng)
    if rng.random() < 1 / 3:
        contact["name"] = person(rng)
    return {
        "name": name,
        "tax_id": one["tax_id"] if rng.random() < 1 / 3 else "",
        "contacts": [contact],
        "address": one["address"] if rng.random() < 0.6 else {},
        "email": one["email"] if rng.random() < 0.4 else "",
    }


def main(count: int = 20_000, seed: int = 7) -> None:
    rng = random.Random(seed)
    used: set[str] = set()
    twins = round(count * 0.03)
    docs = [customer(rng, used) for _ in range(count - twins)]
    planted: dict[frozenset[str], str] = {}
    for i in rng.sample(range(len(docs)), twins):
        how = rng.choice(("slip", "no form", "pinyin", "old phone"))
        planted[frozenset({str(i), str(len(docs))})] = how
        docs.append(twin(rng, docs[i], how))
    started = time.perf_counter()
    pairs = Faces(face(str(i), doc) for i, doc in enumerate(docs)).pairs()
    took = time.perf_counter() - started
    found = {frozenset({p.one.id, p.other.id}) for p in pairs}
    right = found & planted.keys()
    print(f"{count} customers, {twins} twins, {took:.1f} s")
    print(f"recall {len(right) / len(planted):.3f}  precision {len(right) / max(len(found), 1):.3f}")
    print(
        "missed:",
        dict(Counter(how for pair, how in planted.items() if pair not in found)),
        "wrong:",
        len(found - right),
    )
    if "-v" in sys.argv:
        for pair, how in [(p, h) for p, h in planted.items() if p not in found][:12]:
            a, b = sorted(map(int, pair))
            print("  missed", how, docs[a]["name"], docs[b]["name"])
        for p in [p for p in pairs if frozenset({p.one.id, p.other.id}) not in planted][:12]:
            print("  wrong", round(p.score, 2), p.why, p.one.title, p.other.title)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:] if a.isdecimal()))
