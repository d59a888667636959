"""What people check by hand in Chinese business data: phones, names, addresses, industries, wording, files."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.values import address, attachment, company, industry, names, phone, region, safe, suggest, wording

PHONES = """
13800138000|13800138000|138****8000|
138 0013 8000|13800138000|138****8000|
138-0013-8000|13800138000|138****8000|
+86 138 0013 8000|13800138000|138****8000|
+8613800138000|13800138000|138****8000|
0086 13800138000|13800138000|138****8000|
8613800138000|13800138000|138****8000|
１３８００１３８０００|13800138000|138****8000|
19912345678|19912345678|199****5678|
010-88886666|01088886666|010-****6666|
01088886666|01088886666|010-****6666|
(010)88886666|01088886666|010-****6666|
（010）8888 6666|01088886666|010-****6666|
+86 10 8888 6666|01088886666|010-****6666|
+86-010-88886666|01088886666|010-****6666|
010-88886666-8001|01088886666|010-****6666-****|
010-88886666转8001|01088886666|010-****6666-****|
010-88886666 分机 12|01088886666|010-****6666-**|
010-88886666 ext. 12|01088886666|010-****6666-**|
0571-88886666|057188886666|0571-****6666|
0571-8888666|05718888666|0571-***8666|
+86 571 8888 6666|057188886666|0571-****6666|
400-800-1234|4008001234|400***1234|
4008001234转3|4008001234|400***1234-*|
95588|95588|***88|
10086|10086|***86|
12345|12345|***45|
+1 (212) 555-0123|+12125550123|+1******0123|
001 212 555 0123|+12125550123|+1******0123|
+852 2123 4567|+85221234567|+8******4567|
+49 30 901820|+4930901820|+4*****1820|
138****5678||138****5678|masked error
1380013****||1380013****|masked error
138|138|1***|length error
1380013800|1380013800|********00|length error
138001380000|138001380000|**********00|length error
12800138000|12800138000|*********00|length error
886666|886666|****66|length error
88886666|88886666|******66|area_code warning
1088886666|1088886666|********66|area_code error
010-8888666|0108888666|010-***8666|length error
021-12345678|02112345678|021-****5678|doubtful warning
013800138000|013800138000|0138-****8000|area_code warning
400-800|400800|****00|length error
13800138000、13900139000|13800138000|138****8000|several warning
13800138000/13900139000|13800138000|138****8000|several warning
无||无***|letters error
+49 1|+491|+***|length error
"""


@pytest.mark.parametrize("row", PHONES.strip().splitlines())
def test_phones(row: str) -> None:
    text, key, mask, flaw = row.split("|")
    assert phone.key(text) == key
    assert phone.mask(text) == mask
    assert [f"{f.code} {f.severity}" for f in phone.check(text)] == ([f"phone.{flaw}"] if flaw else [])
    assert all(str(f.message) and str(f.hint) for f in phone.check(text))


def test_an_empty_phone_is_no_flaw() -> None:
    assert phone.check(" ") == []
    assert phone.key("") == phone.mask("") == ""


def test_numbers_abroad_go_by_the_country() -> None:
    assert phone.check("030 901820", "DE") == []
    assert [f.severity for f in phone.check("12", "DE")] == ["warning"]
    assert phone.check("030 901820", "德国") == []


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_mobile_is_never_shown_whole(number: str) -> None:
    assert phone.check(number) == []
    assert phone.mask(f"+86 {number}") == f"{number[:3]}****{number[7:]}"
    assert phone.mask(phone.mask(number)) == phone.mask(number)


def test_mail_is_masked() -> None:
    assert phone.mask_email("wang@example.com") == "w***@example.com"
    assert phone.mask_email("w") == "w***"
    assert phone.mask_email("") == ""


COMPANIES = """
北京信息技术股份有限公司|信息技术|
北京示例信息技术股份有限公司|示例信息技术|
上海示例科技有限责任公司|示例科技|
江苏省南京市示例环保有限公司|示例环保|
深圳市南山区示例科技有限公司|示例科技|
杭州示例（中国）有限公司|示例|
示例（北京）科技有限公司|示例科技|
恩施州示例茶业有限公司|示例茶业|
内蒙古示例能源有限公司|示例能源|
新疆维吾尔自治区示例有限公司|示例|
示例控股集团有限公司|示例|
北京示例（集团）有限公司|示例|
北京示例科技有限公司上海分公司|示例科技上海分公司|
北京某某咨询中心（有限合伙）|某某咨询中心|
苏州示例创业投资合伙企业（有限合伙）|示例创业投资|
中国石油天然气集团公司|中国石油天然气|
广东东方航空有限公司|东方航空|
清华大学|清华大学|
北京大学|北京大学|
中山大学附属第一医院|中山大学附属第一医院|
上海市第一人民医院|上海市第一人民医院|
苏州市相城区人民政府|苏州市相城区人民政府|
中国软件行业协会|中国软件行业协会|
海淀区老王餐馆|海淀区老王餐馆|
杭州示例律师事务所|杭州示例律师事务所|
株式会社サンプル|サンプル|
Example Ltd.|Example|
Example Co., Ltd.|Example|
Example Technology (Shanghai) Co., Ltd|Example Technology (Shanghai)|
ACME GmbH|ACME|
Sample S.r.l.|Sample|
Sample Pte. Ltd.|Sample|
University of Example|University of Example|!
Example University|Example University|
北京公司|北京公司|!
示例科技|示例科技|!
北京示例|示例|!
有限公司||!
北京有限公司||!
上海市有限责任公司||!
王总|王总|!
李经理|李经理|!
Example|Example|!
"""


@pytest.mark.parametrize("row", COMPANIES.strip().splitlines())
def test_company_names(row: str) -> None:
    name, short, flawed = row.split("|")
    assert company.short(name) == short
    assert bool(company.name_flaw(name)) == bool(flawed)


def _address(text: str) -> dict[str, str]:
    parts = zip(("province", "city", "district", "street"), text.split("/"), strict=False)
    return {key: value for key, value in parts if value}


ADDRESSES = """
北京市/北京市/海淀区/中关村大街1号|
北京市/市辖区/海淀区/中关村大街1号|
北京/北京/海淀/中关村大街1号|
北京市//海淀区/中关村大街1号|
重庆市/县/城口县/北大街1号|
江苏省/南京市/玄武区/中山路1号|
江苏/南京/玄武/中山路1号|
浙江/杭州/西湖/文三路1号|
广东省/东莞市//长安镇振安路1号|
广东省/东莞市/长安镇/振安路1号|
湖北省/仙桃市//干河街道1号|
湖北省/恩施州/恩施市/施州大道1号|
湖北省/恩施土家族苗族自治州/恩施市/施州大道1号|
内蒙古/呼和浩特/新城区/1号|
新疆/乌鲁木齐市/天山区/1号|
江苏省/苏州市/工业园区/星湖街1号|
四川省/成都市/高新区/天府大道1号|
香港//湾仔区/1号|
////|no province
江苏省///1号|no city
江苏省/南京市//1号|no district
江苏省/南京市/玄武区/|no street
江西京/南京市/玄武区/1号|no province of China
江苏省/杭州市/西湖区/1号|杭州市 is not in 江苏省 but in 浙江省
江苏省/南通市/鼓楼区/1号|鼓楼区 is not in 南通市 but in 南京市
广东省/广州市/天何区/1号|天河区, perhaps
江苏省/昆山市//1号|昆山市 is a district; its city is 苏州市
北京市/海淀区/中关村/1号|海淀区 is a district; its city is 北京市
江苏省/南经市/玄武区/1号|南京市, perhaps
"""


@pytest.mark.parametrize("row", ADDRESSES.strip().splitlines())
def test_addresses(row: str) -> None:
    text, says = row.split("|")
    flaws = [str(flaw) for flaw in region.address_flaws(_address(text))]
    assert bool(flaws) == bool(says)
    assert says in " ".join(flaws)


def test_addresses_abroad_are_not_judged() -> None:
    assert region.address_flaws({"country": "德国", "city": "Berlin"}) == []
    assert region.address_flaws({"country": "中国", "city": "南京市"}) != []


SPLIT = """
北京市海淀区中关村大街1号|北京市/北京市/海淀区/中关村大街1号
中国北京市朝阳区建国路1号|北京市/北京市/朝阳区/建国路1号
上海浦东新区世纪大道100号|上海市/上海市/浦东新区/世纪大道100号
江苏省南京市玄武区中山路1号|江苏省/南京市/玄武区/中山路1号
深圳市南山区科技园路5号|广东省/深圳市/南山区/科技园路5号
杭州西湖区文三路1号|浙江省/杭州市/西湖区/文三路1号
吉林省吉林市船营区1号|吉林省/吉林市/船营区/1号
江苏省昆山市前进路1号|江苏省/苏州市/昆山市/前进路1号
海南省琼海市1号|海南省/琼海市//1号
广东省东莞市长安镇1号|广东省/东莞市//长安镇1号
重庆市渝北区|重庆市/重庆市/渝北区/
中关村大街1号|///中关村大街1号
"""


@pytest.mark.parametrize("row", SPLIT.strip().splitlines())
def test_one_line_addresses(row: str) -> None:
    text, parts = row.split("|")
    assert region.split(text) == _address(parts)


@pytest.mark.parametrize(
    ("province", "code"),
    [
        ("江苏省", "east"), ("江苏", "east"), ("上海市", "east"), ("Shanghai", "east"), ("台湾省", "hk_mo_tw"),
        ("广西壮族自治区", "south"), ("内蒙古", "north"), ("西藏自治区", "southwest"), ("陕西", "northwest"),
        ("山西", "north"), ("Shaanxi Province", "northwest"), ("香港特别行政区", "hk_mo_tw"), ("黑龙江", "northeast"),
        ("河南", "central"), ("法国", None), ("", None),
    ],
)  # fmt: skip
def test_groups_of_provinces(province: str, code: str | None) -> None:
    assert region.group_of(province) == code


def test_every_province_of_the_data_has_a_group() -> None:
    assert {region.group_of(province) for province in address._divisions()} == set(region.GROUPS)
    assert len(address._divisions()) == 34


@pytest.mark.parametrize("text", ["华东", "华东地区", "east", "East China"])
def test_a_group_by_any_of_its_names(text: str) -> None:
    assert region.find_group(text) == "east"
    assert "华东" in region.names_of("江苏省")
    assert "江苏" in region.names_of("江苏省")


INDUSTRIES = """
软件和信息技术服务业|I65|软件和信息技术服务业
I65|I65|软件和信息技术服务业
65|I65|软件和信息技术服务业
6513|I65|软件和信息技术服务业
I6513|I65|软件和信息技术服务业
Software and information technology services|I65|软件和信息技术服务业
制造业|C|制造业
制造|C|制造业
计算机通信和其他电子设备制造业|C39|计算机、通信和其他电子设备制造业
零售|F52|零售业
教育|P83|教育
软件||软件和信息技术服务业
软件行业||软件和信息技术服务业
软件与信息技术服务业||软件和信息技术服务业
互联网||互联网和相关服务
汽车行业||汽车制造业
医疗器械||专用设备制造业
银行业||货币金融服务
99||
火星贸易||批发业
xyzzy||
"""


@pytest.mark.parametrize("row", INDUSTRIES.strip().splitlines())
def test_industries(row: str) -> None:
    text, code, near = row.split("|")
    found = industry.find(text)
    assert (found.code if found else "") == code
    assert (industry.nearest(text) or "") == near


def test_the_classification_is_whole() -> None:
    codes = list(industry.industries())
    assert [code for code in codes if len(code) == 1] == list("ABCDEFGHIJKLMNOPQRST")
    assert [int(code[1:]) for code in codes if len(code) == 3] == list(range(1, 98))


NEEDS = """
采购台式电脑20台,预算5000元/台,i5/16G|
采购二十台电脑|
20 laptops, 5000 each, i5/16G|
扩容至300并发，6个月内上线|
想买一些电脑|“一些”
大概20台，尽快|“大概”, “尽快”
需要20多台服务器|“20多台”
几台服务器|“几台”
第3次采购，20台|
about 20 laptops|“about”
good quality laptops, 20|“good quality”
采购台式电脑|no figure
"""


@pytest.mark.parametrize("row", NEEDS.strip().splitlines())
def test_vague_needs(row: str) -> None:
    text, says = row.split("|")
    flaw = wording.vague_need(text)
    assert bool(flaw) == bool(says)
    assert says in str(flaw)


def test_a_need_with_a_budget_may_go_without_figures() -> None:
    assert wording.vague_need("产线节能改造", has_budget=True) is None
    assert wording.vague_need("一些改造", has_budget=True) is not None


TERMS = """
合同签订后10个工作日内支付50%|
3个工作日内交付|
X个工作日内交付|
尽快安排，最迟3个工作日内交付|
响应及时率不低于95%，客户满意度不低于90分|
服务期一年，到期前30天书面通知|
deliver within 5 working days|
尽快交付|“尽快” is vague; write within X working days
乙方应及时响应|“及时” is vague; write within X hours
在合理期限内整改|“合理期限内” is vague; write within X working days
尽快交付。3天内付款|“尽快”
适当延长|the exact number
费用另行协商|the amount
原则上不退款|what must be done
高质量交付|the acceptance criteria
必要时乙方派人到场|the condition
Deliver as soon as possible|within X working days
in a reasonable time|within X working days
best efforts|what must be done
尽快交付，适当延长|“尽快” is vague; write within X working days; “适当” is vague
"""


@pytest.mark.parametrize("row", TERMS.strip().splitlines())
def test_vague_terms(row: str) -> None:
    text, says = row.split("|")
    flaw = wording.vague_term(text)
    assert bool(flaw) == bool(says)
    assert says in str(flaw)


@pytest.mark.parametrize(
    ("filename", "short", "says"),
    [
        ("示例科技-营业执照-2024-06.pdf", "示例科技", ""),
        ("示例科技-合同扫描件-2024-06-2.PDF", "示例科技", ""),
        ("示例-科技-营业执照-2024-06.pdf", "示例-科技", ""),
        ("示例科技-营业执照-2024-06.pdf", "", ""),
        ("营业执照.pdf", "示例科技", "示例科技-营业执照-2024-06.pdf"),
        ("示例科技-营业执照.pdf", "示例科技", "not named"),
        ("示例科技-营业执照-2024-06", "示例科技", "not named"),
        ("示例科技-营业执照-2024-13.pdf", "示例科技", "2024-13"),
        ("别家-营业执照-2024-06.pdf", "示例科技", "does not begin"),
        ("a/b-c-2024-06.pdf", "", "refuse"),
        ("示例科技-a:b-2024-06.pdf", "示例科技", "refuse"),
    ],
)
def test_names_of_attachments(filename: str, short: str, says: str) -> None:
    flaw = attachment.name_flaw(filename, short)
    assert bool(flaw) == bool(says)
    assert says in str(flaw)


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12), st.integers(1, 9))
def test_proper_names_pass(short: str, document: str, count: int) -> None:
    name = attachment.proper_name(f"甲{short}", f"乙{document}", date(2024, 6, 1), ".PDF", count)
    assert attachment.name_flaw(name, "") is None


PINYIN = """
曾小明|zengxiaoming zxm cengxiaoming cxm
单雄信|shanxiongxin sxx danxiongxin dxx chanxiongxin cxx
仇英|qiuying qy chouying cy
查理|zhali zl chali cl
解珍|xiezhen xz jiezhen jz
乐嘉|yuejia yj lejia lj
王经理|wangjingli wjl
吕布|lvbu lyubu lubu lb
尉迟恭|yuchigong ycg
欧阳娜娜|ouyangnana oynn
ABC科技|abckeji abckj
张 三|zhangsan zs
北京示例|beijingshili bjsl
"""


@pytest.mark.parametrize("row", PINYIN.strip().splitlines())
def test_pinyin_keys(row: str) -> None:
    name, wanted = row.split("|")
    assert set(wanted.split()) <= set(names.keys(name))


def test_pinyin_keys_know_their_limits() -> None:
    assert names.keys("Example") == ()
    assert names.keys("") == ()
    assert names.keys("王经理") == ("wangjingli", "wjl")
    assert "𠮷" in names.keys("𠮷野家")[0]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ＡＢＣ　科技", "abc 科技"),
        ("  A  b ", "a b"),
        ("Straße", "strasse"),
        ("㈱", "(株)"),
        ("１２３", "123"),
    ],
)
def test_normal_form_of_names(text: str, normal: str) -> None:
    assert names.norm(text) == normal


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("nobdy", "somebody nobody", "nobody"),
        ("potenial", "potential intent won", "potential"),
        ("potential-", "potential intent", "potential"),
        ("ower", "order owner", "owner"),
        ("stgae", "status stage", "stage"),
        ("cont", "name contacts", "contacts"),
        ("北经", "上海 北京", "北京"),
        ("王经里", "李经理 王经理", "王经理"),
        ("xyz", "abc def", None),
        ("qqqqqq", "name owner stage", None),
        ("", "abc", None),
    ],
)
def test_did_you_mean(word: str, known: str, meant: str | None) -> None:
    assert suggest.nearest(word, known.split()) == meant


def test_text_is_safe_on_a_terminal() -> None:
    assert safe.safe("正常 text ✓") == "正常 text ✓"
    assert safe.safe("a\x1b[31m\u202eb\x9b\x00") == r"a\x1b[31m\u202eb\x9b\x00"
    assert safe.safe("a\nb\tc\r") == r"a\nb\tc\r"
    assert safe.safe("a\nb\tc\r\nd\x1b", newlines=True) == "a\nb    c\nd\\x1b"


@given(st.text())
def test_nothing_unsafe_is_left(text: str) -> None:
    shown = safe.safe(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    assert safe.safe(shown) == shown


@given(st.text(alphabet="ab中文字， 🙂é", max_size=12), st.integers(0, 12))
def test_cut_and_pad_keep_to_their_columns(text: str, columns: int) -> None:
    assert safe.width(safe.cut(text, columns)) <= columns
    assert safe.width(safe.pad(text, columns)) == max(columns, safe.width(text))


def test_widths_of_chinese() -> None:
    assert safe.width("北京a") == 5
    assert safe.cut("北京示例", 5) == "北京…"
    assert safe.pad("北京", 6, right=True) == "  北京"


def test_light_modules_load_nothing_heavy() -> None:
    code = (
        "import sys; from crmkit.values import when, money, duration, phone, suggest, names, safe, idnumber, region;"
        "phone.key('+86 138 0013 8000'); phone.mask('010-88886666'); region.group_of('江苏'); names.norm('Ａ');"
        "duration.parse('6m').after(when.iso_day('2024-06-05')); money.parse_range('50-80万');"
        "when.parse_day('2024-06-05', when.iso_day('2024-06-05'));"
        "heavy = 'crmkit.values.said phonenumbers stdnum pypinyin dateutil wcwidth pydantic yaml difflib subprocess rich'.split();"
        "print(*(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
