"""A made-up book of any size, the same every time: python benchmarks/book.py COUNT DIR.

COUNT record files, one customer to seven others on average, five years up to TODAY. Most customers are looked after:
their next step lies ahead; some three in a hundred are overdue. Names, numbers and addresses are invented.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from crmkit.values.idnumber import tax_id_check_digit

TODAY = date(2024, 12, 15)
FIRST = date(2020, 1, 1)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志文海波宇晨欣怡"
PLACES = [
    ("上海市", "上海市", "浦东新区"),
    ("江苏省", "苏州市", "吴中区"),
    ("浙江省", "杭州市", "余杭区"),
    ("广东省", "深圳市", "南山区"),
    ("四川省", "成都市", "武侯区"),
    ("湖北省", "武汉市", "洪山区"),
]
TRADES = ["精密制造", "医疗器械", "新能源", "食品包装", "纺织", "物流", "软件服务", "节能科技"]
NEEDS = ["采购五轴加工中心 2 台", "节能改造 3 条产线", "MES 系统对接 1 套", "操作培训 20 人"]
NOTES = [
    "电话沟通，对方月底前确定配置",
    "拜访工厂，看了二号车间的产线",
    "发送报价单第三版，等回复",
    "演示了新的界面，反应积极",
    "与采购经理谈了交期，建议分批发货",
]
OWNERS = ["李华", "王伟", "张敏"]
LATE = 0.03
"""Share of the customers whose next step is overdue or due today."""

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


class Maker:
    """Makes one book's files as (path, text)."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.random = random.Random(7)
        self.numbers: dict[str, int] = {}
        self.taken: set[str] = set()

    def files(self) -> Iterator[tuple[str, str]]:
        while self.left > 0:
            made = FIRST + timedelta(self.random.randrange((TODAY - FIRST).days - 60))
            month = f"{made:%Y%m}"
            self.numbers[month] = self.numbers.get(month, 0) + 1
            number = f"{month}-{self.numbers[month]:03d}"
            folder = f"customers/{made.year}/{number}"
            self.left -= 1
            yield f"{folder}/customer.yaml", self.customer(made)
            for kind, day, text in self.others(made):
                if self.left <= 0:
                    return
                self.left -= 1
                yield f"{folder}/{self.ident(kind, day)}.yaml", text

    def ident(self, kind: str, day: date) -> str:
        while True:
            found = f"{kind}-{day:%y%m%d}-{''.join(self.random.choices(LETTERS, k=4))}"
            if found not in self.taken:
                self.taken.add(found)
                return found

    def person(self) -> str:
        return self.random.choice(SURNAMES) + "".join(
            self.random.choices(GIVEN, k=self.random.choice((1, 2)))
        )

    def phone(self) -> str:
        return f"1{self.random.choice((38, 39, 50, 86, 77))}{self.random.randrange(10**8):08d}"

    def tax_id(self) -> str:
        body = f"91{self.random.randrange(10**6):06d}" + "".join(
            self.random.choices("0123456789ABCDEFGHJ", k=9)
        )
        return body + tax_id_check_digit(body)

    def contact(self, *, primary: bool) -> str:
        r = self.random
        return (
            f"  - name: {self.person()}\n    job_title: {r.choice(('采购经理', '总经理', '技术主管'))}\n"
            f"    mobile: {self.phone()}\n    email: user{r.randrange(99999)}@example.com\n"
            f"    role: {r.choice(('decision_maker', 'evaluator', 'user'))}\n"
            + (
                f"    birthday: {date(1960, 1, 1) + timedelta(r.randrange(14000))}\n"
                if r.random() < 0.1
                else ""
            )
            + ("    primary: true\n" if primary else "")
        )

    def customer(self, made: date) -> str:
        r = self.random
        province, city, district = r.choice(PLACES)
        short = "".join(r.choices(GIVEN, k=2)) + r.choice(TRADES)
        stage = r.choice(("potential", "intent", "won", "won", "won", "loyal"))
        won = (
            f"stage_history:\n  - stage: won\n    on: {made + timedelta(30)}\n"
            if stage in ("won", "loyal")
            else ""
        )
        return (
            f"# {short}\ntype: company\nname: {city[:-1]}{short}有限公司\nshort_name: {short}\ntax_id: {self.tax_id()}\n"
            f"address:\n  province: {province}\n  city: {city}\n  district: {district}\n  street: 创业路{r.randrange(1, 999)}号\n"
            f"contacts:\n{self.contact(primary=True)}{self.contact(primary=False)}"
            f"stage: {stage}\n{won}status: active\ntier: {r.choice('ABC')}\nowner: {r.choice(OWNERS)}\n"
            f"tags: [{', '.join(r.sample(['重点', '老客户', '展会', '转介绍', '海外', '战略'], 3))}]\n"
            f"needs:\n  - summary: {r.choice(NEEDS)}\n    budget:\n      min: {r.randrange(1, 50)}0000\n      max: {r.randrange(50, 200)}0000\n"
            f"    by: {made + timedelta(r.randrange(90, 400))}\nnote: |\n  {r.choice(NOTES)}。\n  {r.choice(NOTES)}。\n"
            f"created_by: {r.choice(OWNERS)}\ncreated_on: {made}\n"
        )

    def others(self, made: date) -> Iterator[tuple[str, date, str]]:
        r = self.random
        span = max(1, (TODAY - made).days - 10)
        days = sorted(made + timedelta(r.randrange(span)) for _ in range(r.randrange(2, 7)))
        days.append(TODAY - timedelta(r.randrange(1, 5)))  # looked after: the next call is not due yet
        for day in days:
            yield "followup", day, self.contacted(day)
        ahead = TODAY + timedelta(r.randrange(2, 90))
        if r.random() < LATE:
            ahead = TODAY - timedelta(r.randrange(30))
        yield (
            "followup",
            days[-1],
            (
                f"status: planned\nreason: {r.choice(NEEDS)}\ndue: {ahead}\nchannels: [phone]\nowner: {r.choice(OWNERS)}\ncreated_on: {days[-1]}\n"
            ),
        )
        yield (
            "opportunity",
            days[0],
            (
                f"name: {r.choice(NEEDS)}\nstage: {r.choice(('qualify', 'proposal', 'won', 'lost'))}\namount: {r.randrange(5, 300)}0000\n"
                f"close_date: {days[0] + timedelta(120)}\nowner: {r.choice(OWNERS)}\n"
            ),
        )
        if r.random() < 0.5:
            price = r.randrange(1, 90) * 1000
            yield (
                "order",
                days[-1],
                (
                    f"number: SO-{r.randrange(10**7):07d}\nordered_on: {days[-1]}\nitems:\n  - product: 水泵\n    quantity: 2\n"
                    f"    unit_price: {price}\namount: {price * 2}\nstatus: paid\npayment_status: paid\n"
                ),
            )

    def contacted(self, day: date) -> str:
        r = self.random
        return (
            f"status: done\nat: {day}T{r.randrange(9, 18):02d}:30+08:00\nchannels: [{r.choice(('phone', 'visit', 'email', 'wechat'))}]\n"
            f"by: {r.choice(OWNERS)}\ncontact: {self.person()}\nsubject: {r.choice(NEEDS)}\ncontent: |\n  {r.choice(NOTES)}。\n"
            f"  {r.choice(NEEDS)}；{r.choice(NOTES)}。\nresult: 继续跟进\n"
        )


def make(count: int, root: Path) -> None:
    """Write the book unless it is there."""
    if (root / "crm.yaml").exists():
        return
    known: set[str] = set()
    for path, text in Maker(count).files():
        folder = f"{root}/{path.rpartition('/')[0]}"
        if folder not in known:
            Path(folder).mkdir(parents=True, exist_ok=True)
            known.add(folder)
        (root / path).write_text(text, encoding="utf-8")
    team = "".join(f"  - name: {name}\n" for name in OWNERS)
    (root / "crm.yaml").write_text(
        f"name: {count} records\nlanguage: zh\ntime_zone: Asia/Shanghai\nteam:\n{team}", encoding="utf-8"
    )


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
