"""The day that a promise's own words name (R-004-20), and what is no day at all."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.values.said_inside import find_day

MADE = datetime(2024, 6, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Wednesday."""

NAMED = """
6 月 15 日前发对账单 | 06-15
六月十五号前给报价 | 06-15
6月15前 | 06-15
6/15前 | 06-15
2024年7月10日前看结果 | 07-10
2024/6/20 前 | 06-20
2024-06-20 | 06-20
2024.6.20前 | 06-20
最迟7月5日 | 07-05
1月5日前 | 2025-01-05
25年6月1日前 | 2025-06-01
明年6月底前 | 2025-06-30
2025年底前 | 2025-12-31
15号前发货 | 06-15
15号发货 | 06-15
下个月10号交货 | 07-10
30 天内完成整改并复测 | 07-12
2 日内发送新报价单 | 06-14
2~3天内回复 | 06-15
两周内给方案 | 06-26
一个月之内 | 07-12
半个月内装完 | 06-27
半年内 | 12-12
10天后电话 | 06-22
3个工作日内 | 06-17
三个工作日之内 | 06-17
24小时内响应 | 06-13
2小时内回电话 | 06-12
今天下班前发 | 06-12
当天回复 | 06-12
今晚发 | 06-12
明早发 | 06-13
后天给 | 06-14
大后天 | 06-15
周五前发 | 06-14
每周五发周报 | 06-14
下周五上门 | 06-21
下周一上午10点上门 | 06-17
下下周五 | 06-28
下周寄报警代码表 | 06-19
本周内给答复 | 06-14
下周内 | 06-21
周末前 | 06-16
下周末前 | 06-23
月底前付清 | 06-30
本月内 | 06-30
下月底交货 | 07-31
下个月内 | 07-31
季度内 | 06-30
下季度内 | 09-30
q3末 | 09-30
年底前 | 12-31
今年内 | 12-31
明年内 | 2025-12-31
用6月1日的价格，6月20日前发合同 | 06-20
先发6月14日会议纪要，6月20日发合同 | 06-14
6月14日会议的纪要，6月20日前发 | 06-20
by 15 June | 06-15
June 20th at the latest | 06-20
May 5, 2025 | 2025-05-05
by March 5 | 2025-03-05
send the offer by next Friday | 06-21
send it Friday | 06-14
by Fri | 06-14
by the 20th we will send it | 06-20
by 6/15 | 06-15
end of june | 06-30
end of the month | 06-30
by end of week | 06-14
end of next week | 06-21
EOM | 06-30
within 3 working days | 06-17
in two weeks | 06-26
within 2 hours | 06-12
tonight | 06-12
by tomorrow 14:00 | 06-13
the day after tomorrow | 06-14
"""

UNNAMED = """
每次巡检附照片
下次通话前给回收期测算
3 号机下次检修换滤芯
2 号机的散热器免费更换
第2号仓库
把今天谈的整理成纪要
6月1日的发票补开
去年6月1日的合同
年前发货
两年前
每周三次巡检
1年质保
按季度出报告
价格优惠5%
6.15前
7×24 小时响应
2月30日前
31号前
9999年内
99999天内
尽快
asap
24/7 support
see you on the 2nd floor
we may 10% lower
we send 3 units in march
march 15
tomorrow's meeting notes
this year's audit
"""


@pytest.mark.parametrize("line", NAMED.strip().splitlines())
def test_the_day_that_is_named(line: str) -> None:
    """R-004-20."""
    text, _, day = line.partition(" | ")
    assert find_day(text, MADE) == date.fromisoformat(day if len(day) > 5 else f"2024-{day}")


@pytest.mark.parametrize("text", UNNAMED.strip().splitlines())
def test_numbers_that_are_no_day(text: str) -> None:
    """R-004-20: a wrong day is worse than the week that stands for none."""
    assert find_day(text, MADE) is None


def test_a_weekday_on_itself_could_be_either() -> None:
    """R-004-20: said on a Wednesday, Wednesday is not sure; the rule's own week comes to the same day."""
    assert find_day("周三前发", MADE) is None


def test_the_end_of_the_week_said_at_its_end() -> None:
    """R-004-20."""
    assert find_day("本周内", date(2024, 6, 14)) == date(2024, 6, 14)
    assert find_day("本周内", date(2024, 6, 15)) == date(2024, 6, 16)


def test_working_days_know_the_holidays() -> None:
    """R-004-20."""

    def add(day: date, count: int) -> date:
        return date(2030, 1, count)

    assert find_day("3个工作日内", MADE, add_working_days=add) == date(2030, 1, 3)


@given(
    st.text(max_size=60)
    | st.text("0123456789年月日号周前内后天个/-. 一二三上下本this nextfridaywi", max_size=40)
)
def test_never_a_day_before_nor_a_crash(text: str) -> None:
    found = find_day(text, MADE)
    assert found is None or found >= MADE.date()


@pytest.mark.parametrize(
    "text", ["1" * 50_000, "周" * 50_000, "in " * 20_000, "6月" * 20_000, "\ufdfa" * 20_000]
)
def test_a_long_text_is_read_to_its_limit(text: str) -> None:
    assert find_day(text, MADE) is None or find_day(text, MADE) == find_day(text[:1000], MADE)
