"""The worked examples of the design, each as `crm` writes the files and as people write them by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from crmkit.rules import window
from crmkit.rules.agenda import agenda
from crmkit.rules.dossier import Dossier
from crmkit.settings.model import Settings

Due = Callable[..., list[str]]

EXAMPLES = {
    "potential, first contact, no other": (
        """
        --- customer
        name: 北京示例信息技术股份有限公司
        stage: potential
        created_by: 张三
        created_on: 2024-06-01
        --- followup
        status: done
        at: 2024-06-05T10:00+08:00
        channels:
        - phone
        content: 初次沟通
        """,
        """
        --- customer
        # 展会上认识的
        {"name": "北京示例", 'stage': 潜在客户}
        --- followup
        at:   2024-06-05   # 忘了几点
        status: done
        """,
        ["2024-06-08 cadence.potential"],
    ),
    "potential, two contacts": (
        """
        --- customer
        name: 北京示例
        stage: potential
        --- followup
        status: done
        at: 2024-06-05T10:00+08:00
        --- followup
        status: done
        at: 2024-06-07T10:00+08:00
        """,
        """
        --- followup
        {at: 2024-06-07, status: done}
        --- customer
        name: 北京示例   # 没写阶段就是潜在
        --- followup
        {status: done, at: 2024-06-05 10:00}
        """,
        ["2024-06-14 cadence.potential"],
    ),
    "won, no contact since": (
        """
        --- customer
        name: 北京示例
        stage: won
        stage_history:
        - stage: potential
          on: 2024-05-01
        - stage: won
          on: 2024-06-01
        """,
        """
        --- customer
        stage: 成交客户
        name: 北京示例
        stage_history: [{on: 2024-06-01, stage: 成交客户}]
        """,
        ["2024-06-08 cadence.new", "2024-09-01 survey.quarterly"],
    ),
    "won, high value, last contact on the 31st": (
        """
        --- customer
        name: 北京示例
        stage: won
        tier: A
        --- followup
        status: done
        at: 2024-01-31T09:00+08:00
        """,
        """
        --- customer
        {name: 北京示例, tier: "A", stage: "won"}
        --- followup
        {status: "done", at: "2024-01-31"}
        """,
        ["2024-02-29 cadence.high_value"],
    ),
    "won and dormant": (
        """
        --- customer
        name: 北京示例
        stage: won
        status: dormant
        --- followup
        status: done
        at: 2024-06-01T09:00+08:00
        """,
        """
        --- customer
        name: 北京示例
        status: 沉睡   # 半年没下单
        stage: won
        --- followup
        status: done
        at: 2024-06-01
        """,
        ["2024-06-15 cadence.dormant"],
    ),
    "won, high value and dormant": (
        """
        --- customer
        name: 北京示例
        stage: won
        status: dormant
        tier: A
        --- followup
        status: done
        at: 2024-06-01T09:00+08:00
        """,
        """
        --- customer
        tier: A
        status: 沉睡
        stage: 成交客户
        name: 北京示例
        --- followup
        {at: 2024-06-01, status: done, content: "电话: 无人接听"}
        """,
        ["2024-06-15 cadence.dormant +cadence.high_value 2024-07-01"],
    ),
    "the same with a planned follow-up": (
        """
        --- customer
        name: 北京示例
        stage: won
        status: dormant
        tier: A
        --- followup
        status: done
        at: 2024-06-01T09:00+08:00
        --- followup
        status: planned
        due: 2024-06-12
        reason: 回访
        """,
        """
        --- customer
        {name: 北京示例, tier: A, status: 沉睡, stage: won}
        --- followup
        reason: 回访
        due: 2024-06-12
        --- followup
        {at: 2024-06-01, status: done}
        """,
        ["2024-06-12 followup"],
    ),
    "rhythm quarterly": (
        """
        --- customer
        name: 北京示例
        stage: potential
        rhythm: quarterly
        --- followup
        status: done
        at: 2024-11-30T16:00+08:00
        """,
        """
        --- customer
        name: 北京示例
        rhythm: 季度低频跟进   # 暂无需求
        --- followup
        status: done
        at: 2024-11-30
        """,
        ["2025-02-28 cadence.override"],
    ),
    "contract in force": (
        """
        --- customer
        name: 北京示例
        rhythm: none
        --- contract contract-240110-abcd
        number: HT-2024-001
        end_date: 2024-07-10
        status: in_force
        """,
        """
        --- customer
        {name: 北京示例, rhythm: none}
        --- contract contract-240110-abcd
        number: "001"
        status: in_force   # 生效中
        end_date: '2024-07-10'
        """,
        ["2024-06-10 date.contract"],
    ),
    "complaint": (
        """
        --- customer
        name: 北京示例
        rhythm: none
        --- feedback
        type: complaint
        received_at: 2024-06-07T23:10+08:00
        content: 设备停机
        status: open
        """,
        """
        --- customer
        {name: 北京示例, rhythm: none}
        --- feedback
        type: 投诉
        received_at: 2024-06-07 23:10
        content: |
          设备停机
        """,
        [
            "2024-06-08T01:10 sla.respond",
            "2024-06-08T23:10 sla.resolve",
            "2024-06-10T23:10 sla.revisit",
        ],
    ),
}


@pytest.mark.parametrize("way", ["written by crm", "written by hand"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_example(name: str, way: str, due: Due) -> None:
    by_crm, by_hand, expected = EXAMPLES[name]
    assert due(by_crm if way == "written by crm" else by_hand) == expected


@pytest.mark.parametrize(
    "customer",
    [
        """
        --- customer
        name: 北京示例
        rhythm: none
        contacts:
        - name: 王经理
          birthday: 1988-02-29
        """,
        """
        --- customer
        contacts: [{birthday: "1988-02-29", name: 王经理}]   # 闰年生日
        {}
        """.replace("        {}\n", "        rhythm: none\n"),
    ],
    ids=["written by crm", "written by hand"],
)
def test_birthday_on_29_february_asked_in_2025(
    customer: str, make: Callable[..., Dossier], settings: Settings
) -> None:
    today = date(2025, 2, 25)
    rows = [r for r in agenda(make(customer), settings, date(2027, 2, 25)) if window.shows(r, today, today)]
    assert [r.id for r in rows] == ["202406-001/date.birthday/王经理/2025-02-25"]
    assert window.state(rows[0], today) == "today"
    assert rows[0].until == date(2025, 2, 28)
