"""The crm.yaml that `crm init` writes: short, commented in its language; the rest stays at the defaults."""

from __future__ import annotations

from crmkit.yaml import write

_ZH = """\
# {title}
# 没有写出的设置都用 crmkit 的默认值；改完运行 `crm check`，写错的行会指出来。
name: {name}
language: zh
time_zone: Asia/Shanghai        # 没有写时区的时间都按它理解
currency: CNY

# 新客户是否要审核，通过后才给编号（R-000-17 至 R-000-21）
review:
  required: {review}
  by: supervisor                # 谁能批：角色名
  within: 2 working days        # 多久之内核对完（R-000-18）

# 团队：不写就是一个人用。角色有 sales sales_lead service success implementation marketing legal
# supervisor data_manager admin。
# team:
#   - {{name: 张三, email: zhangsan@example.com, roles: [sales]}}

# attachments: 20 MB            # 附件（crm attach）最大多大

# 必填字段（R-001-12），例如：
# required:
#   customer: [name, phone, owner]

# 自己的取值：代码: [English, 中文]。和默认的合在一起用。
# vocabularies:
#   source:
#     short_video: [Short video, 短视频]

# 自己的字段
# fields:
#   customer:
#     factory_area: {{type: number, label: 厂房面积}}

# 改提醒的规则，例如高价值客户每两周联系一次（默认每月，R-000-43）：
# rules:
#   cadence.high_value: {{every: 2 weeks}}

# 节日前提醒祝福高价值客户（R-004-04），默认元旦、春节、端午节、中秋节、国庆节；工作日按国家的放假安排算：
# holidays:
#   春节: off
#   店庆: "09-18"               # 农历写 农历 08-15
#   off: [2024-06-24]           # 自己多放的假；work: 是多上的班；country: 看哪国的日历

# 多久之后建议遗忘（`crm forget --proposals`）；`crm keys` 会在这里写上谁能读机密字段
# privacy:
#   retention:
#     lost_person: {{when: "type:person stage:lost", after: 3 years}}

# 客户等级：when 是查询，crm tier 按它建议（R-002-39）；可用 spent_12m years orders_12m strategic 等：
# tiers:
#   - {{code: A, name: VIP客户, high_value: true, when: "spent_12m>=50万 or strategic:true"}}
#   - {{code: B, name: 普通客户, when: "order_count>=1"}}

# 目标客户画像，crm lead 按它评级（R-002-03）：
# profile: {{industries: [通用设备制造业], regions: [华东], needs: [节能], budget: {{min: 10万}}}}

# 自己的计划模板（默认有 analysis solution kickoff handover recovery care improvement churn_review）：
# templates:
#   recovery: {{name: 挽回计划, within: 30 days, steps: [{{what: 高层回访, after: 2 days, role: sales_lead}}]}}
"""

_EN = """\
# {title}
# What is not written here keeps crmkit's default; `crm check` names the lines that are wrong.
name: {name}
language: en
time_zone: Asia/Shanghai        # times without a zone are read in it
currency: CNY

# Whether new customers are reviewed; they get their number on approval (R-000-17 to R-000-21)
review:
  required: {review}
  by: supervisor                # the role that approves
  within: 2 working days        # R-000-18

# The team; without one the book is used by one person. Roles: sales sales_lead service success
# implementation marketing legal supervisor data_manager admin.
# team:
#   - {{name: Zhang San, email: zhangsan@example.com, roles: [sales]}}

# Fields that every record must have (R-001-12), for example:
# required:
#   customer: [name, phone, owner]

# Your own values, code: [English, 中文]; they add to the default ones.
# vocabularies:
#   source:
#     short_video: [Short video, 短视频]

# Your own fields
# fields:
#   customer:
#     factory_area: {{type: number, label: Factory area}}

# Other rules, for example high-value customers every two weeks (the default is monthly, R-000-43):
# rules:
#   cadence.high_value: {{every: 2 weeks}}

# High-value customers are greeted before festivals (R-004-04), China's by default; working days are the country's:
# holidays:
#   春节: off
#   Anniversary: "09-18"        # lunar 08-15 by the lunar calendar
#   off: [2024-06-24]           # days off of your own; work: days of work; country: whose calendar, such as DE

# When customers are proposed to be forgotten (`crm forget --proposals`); `crm keys` writes here who reads secrets
# privacy:
#   retention:
#     lost_person: {{when: "type:person stage:lost", after: 3 years}}

# Levels of customers: `when` is a query, crm tier proposes by it (R-002-39); it may use spent_12m years orders_12m ...:
# tiers:
#   - {{code: A, name: VIP, high_value: true, when: "spent_12m>=500000 or strategic:true"}}
#   - {{code: B, name: Regular, when: "order_count>=1"}}

# The ideal customer, by which crm lead grades (R-002-03):
# profile: {{industries: [通用设备制造业], regions: [east], needs: [energy], budget: {{min: 100000}}}}

# Plan templates of your own (there are analysis solution kickoff handover recovery care improvement churn_review):
# templates:
#   recovery: {{name: Win back, within: 30 days, steps: [{{what: Visit, after: 2 days, role: sales_lead}}]}}
"""


def new_book(lang: str, name: str = "", review: bool = False) -> str:
    """Return the text of a new book's crm.yaml in `lang` ("zh", else English)."""
    title = {"zh": "账本的设置"}.get(lang, "The settings of this book")
    called = name or {"zh": "客户账本"}.get(lang, "Customers")
    shown = write.dump({"name": called}).removeprefix("name: ").rstrip("\n")
    text = _ZH if lang == "zh" else _EN
    return text.format(title=title, name=shown, review="true" if review else "false")
