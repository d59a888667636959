"""What people call the columns of their tables: words by field, a blank between them, `_` for a blank within one."""

from __future__ import annotations

CONTACT = {
    "contacts.name": "联系人 联系人名称 联系人姓名 对接人 负责人姓名 主要联系人 采购联系人 business_contact contact contact_name"
    " contact_person full_name contact_full_name primary_contact person display_name 姓名 name",
    "contacts.mobile": "手机 手机号 手机号码 移动电话 联系手机 联系人手机号 手机1 mobile mobile_phone mobile_number cell cell_phone"
    " cellphone mobilephone",
    "contacts.phone": "联系电话 电话 电话号码 联系人电话 办公电话 工作电话 phone phone_number telephone tel business_phone"
    " work_phone contact_phone direct_phone",
    "contacts.email": "邮箱 电子邮箱 邮件 电子邮件 联系人邮箱 email e-mail mail email_address e-mail_address contact_email"
    " work_email email1",
    "contacts.wechat": "微信 微信号 wechat weixin wechat_id",
    "contacts.job_title": "职位 职务 岗位 联系人职位 job_title title position job",
    "contacts.department": "部门 所在部门 联系人部门 department dept",
    "contacts.birthday": "联系人生日 birthday date_of_birth",
    "contacts.first_name": "名 first_name given_name firstname",
    "contacts.last_name": "姓 last_name family_name surname lastname",
}
OWN = {
    "phone": "公司电话 固话 固定电话 座机 总机 企业电话 电话 联系电话 电话号码 company_phone main_phone office_phone phone"
    " phone_number telephone tel company_main_phone organization_phone",
    "email": "公司邮箱 企业邮箱 邮箱 电子邮箱 邮件 company_email email e-mail email_address e-mail_address",
}
"""What the company's own columns are called; those that may be a contact's are his where there is one."""
PLAIN = {
    "customer": {
        "name": "客户名称 公司名称 公司 公司名 公司全称 客户 客户全称 企业名称 企业 单位 单位名称 客户公司 甲方 name company"
        " company_name account account_name organization organisation organization_name organization_1_-_name customer"
        " customer_name client client_name business_name employer 客户姓名",
        "short_name": "简称 客户简称 公司简称 short_name alias nickname",
        "tax_id": "税号 纳税人识别号 信用代码 统一社会信用代码 社会信用代码 统一信用代码 营业执照号 tax_id tax_number vat"
        " vat_number uscc tax_identifier",
        "industry": "行业 所属行业 行业类别 industry sector",
        "address": "地址 公司地址 注册地址 联系地址 通讯地址 详细地址 办公地址 address company_address full_address"
        " address_1_-_formatted",
        "address.province": "省 省份 所在省 province state state/province billing_state business_state region"
        " address_1_-_region",
        "address.city": "市 城市 所在城市 city town billing_city business_city address_1_-_city",
        "address.district": "区 区县 县区 district county",
        "address.street": "街道 街道地址 street street_address address_line_1 billing_street business_street"
        " address_1_-_street",
        "address.postal_code": "邮编 邮政编码 zip zip_code postcode postal_code zip/postal_code billing_zip/postal_code"
        " business_postal_code address_1_-_postal_code",
        "address.country": "国家 国家/地区 country country/region billing_country business_country/region"
        " address_1_-_country",
        "website": "网址 网站 官网 公司网址 公司网站 主页 website web url web_page homepage company_domain_name domain"
        " website_1_-_value",
        "employees": "员工人数 人数 员工数 公司人数 规模 企业规模 employees number_of_employees no._of_employees headcount",
        "annual_revenue": "年营收 年收入 营业额 年营业额 年销售额 annual_revenue revenue turnover",
        "founded": "成立时间 成立日期 注册日期 注册时间 founded founded_on established year_founded",
        "registered_capital": "注册资本 注册资金 registered_capital capital",
        "business_scope": "经营范围 主营业务 主营产品 business_scope scope",
        "source": "来源 客户来源 线索来源 获客渠道 渠道 source lead_source original_source",
        "tags": "标签 客户标签 分类标签 分组 群组 tags labels categories group_membership",
        "needs.summary": "需求 客户需求 需求描述 合作需求 采购需求 意向产品 needs need requirement requirements",
        "needs.budget": "预算 预算金额 采购预算 budget",
        "needs.by": "需求时间 期望时间 采购时间 预计采购时间",
        "stage": "阶段 客户阶段 生命周期 合作阶段 lifecycle_stage stage",
        "status": "状态 客户状态 活跃状态 status account_status",
        "tier": "等级 级别 客户等级 客户级别 客户分级 tier rating level grade",
        "importance": "重要程度 重要性 importance priority",
        "customer_type": "客户类型 类型 customer_type account_type",
        "type": "客户类别 客户性质 kind record_type",
        "owner": "负责人 客户负责人 客户经理 业务员 销售 所属销售 跟进人 归属人 owner account_owner contact_owner"
        " company_owner sales_rep assigned_to salesperson",
        "note": "备注 说明 备注信息 note notes remark remarks description comments",
        "created_on": "创建时间 创建日期 录入时间 录入日期 建档日期 登记日期 create_date created created_on created_date"
        " created_at",
        "created_by": "创建人 录入人 登记人 created_by",
        "bank_account": "银行账号 银行帐号 账号 bank_account",
        "id_number": "身份证 身份证号 身份证号码 证件号 id_card",
    },
    "followup": {
        "at": "跟进时间 跟进日期 联系时间 联系日期 沟通时间 拜访时间 拜访日期 实际跟进时间 日期 时间 date time datetime"
        " activity_date contacted_on",
        "due": "计划时间 计划跟进时间 下次跟进时间 下次联系时间 到期日 提醒时间 next_contact due_date due follow_up_date",
        "by": "跟进人 跟进人员 拜访人 联系人员 业务员 销售 销售代表 记录人 sales_rep by followed_up_by author",
        "channels": "方式 跟进方式 联系方式 沟通方式 跟进渠道 渠道 type activity_type method channel",
        "content": "内容 跟进内容 跟进记录 沟通内容 拜访内容 跟进详情 记录 跟进情况 content notes note description"
        " comments details body summary",
        "feedback": "反馈 客户反馈 客户意见 feedback customer_feedback",
        "subject": "主题 跟进主题 subject title topic",
        "result": "结果 跟进结果 result outcome",
        "next_step": "下一步 下一步计划 后续计划 下次计划 下步行动 next_step next_steps next_action",
        "contact": "联系人 对接人 沟通对象 contact contact_name spoke_to",
        "participants": "参与人 参会人员 participants attendees",
        "reason": "跟进原因 跟进事由 事由 目的 reason purpose",
        "objections": "异议 客户异议 objections",
        "promises": "承诺 承诺事项 promises commitments",
        "status": "状态 跟进状态 status",
    },
    "opportunity": {
        "name": "商机 商机名称 机会 项目 项目名称 机会名称 deal deal_name opportunity opportunity_name name title",
        "amount": "金额 预计金额 商机金额 预计成交金额 预计销售额 项目金额 amount value deal_value expected_revenue",
        "close_date": "预计成交日期 预计成交时间 预计签单日期 预计结单日期 成交日期 close_date expected_close_date closing_date",
        "stage": "阶段 商机阶段 销售阶段 机会状态 状态 stage deal_stage status",
        "probability": "可能性 成交概率 赢率 概率 probability win_probability",
        "source": "来源 商机来源 source lead_source",
    },
    "order": {
        "number": "订单号 订单编号 单号 合同订单号 order_number order_no order_id order number no.",
        "ordered_on": "下单日期 订单日期 下单时间 日期 order_date date ordered_on",
        "amount": "金额 订单金额 总金额 合计 amount total grand_total order_total",
        "items.product": "产品 产品名称 商品 商品名称 品名 product product_name item",
        "items.quantity": "数量 quantity qty",
        "items.unit_price": "单价 unit_price price",
        "status": "状态 订单状态 status",
        "delivery_date": "交货日期 交期 发货日期 delivery_date",
    },
    "contract": {
        "number": "合同号 合同编号 编号 contract_number contract_no number",
        "name": "合同名称 名称 name title contract",
        "signed_on": "签订日期 签约日期 签署日期 签订时间 signed_on signing_date",
        "start_date": "开始日期 生效日期 起始日期 start start_date effective_date",
        "end_date": "结束日期 到期日期 截止日期 终止日期 有效期至 end end_date expiry_date",
        "amount": "金额 合同金额 合同总额 amount value total",
    },
    "feedback": {
        "content": "内容 反馈内容 问题描述 投诉内容 描述 content description details",
        "received_at": "日期 时间 反馈日期 反馈时间 受理时间 received date received_at",
        "type": "类型 反馈类型 type category",
        "status": "状态 处理状态 status",
        "solution": "解决方案 处理结果 处理方案 solution resolution",
    },
    "product": {
        "name": "产品 产品名称 品名 名称 商品名称 name product",
        "code": "编号 编码 货号 型号 产品编号 产品编码 code sku",
        "unit": "单位 unit",
        "price": "价格 单价 售价 标价 price unit_price",
        "cost": "成本 成本价 cost",
        "category": "分类 类别 品类 category",
    },
}
WHOSE = (
    "客户 客户名称 客户名 客户编号 公司 公司名称 所属客户 关联客户 单位名称 customer customer_name customer_number account"
    " account_name company company_name client organization associated_company"
)
IDS = "编号 客户编号 id number customer_id customer_number account_id 记录编号 crm_id"
