"""Money, durations, id numbers and strict dates: what is read, what is refused, and what comes back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from crmkit.values import BadValue, duration, idnumber, money, when

SHANGHAI = ZoneInfo("Asia/Shanghai")

AMOUNTS = """
500000|500000
500,000|500000
500,000.00|500000
1,234,567.89|1234567.89
0|0
0.5|0.5
-500|-500
50万|500000
50 万|500000
50万元|500000
５０万|500000
1.2亿|120000000
1.5亿元|150000000
3亿5000万|350000000
2万3千|23000
1万5|15000
5千万|50000000
1.5百万|1500000
1万亿|1000000000000
1,200万|12000000
三十万|300000
五十万元|500000
两万五|25000
两万五千|25000
五十万五|505000
一百零五万|1050000
一千零五十|1050
十五|15
一百五|150
一亿零三百万|103000000
伍拾万元整|500000
壹佰贰拾叁万肆仟伍佰陆拾柒元整|1234567
50k|50000
50K|50000
50w|500000
1.5m|1500000
1.5 million|1500000
2bn|2000000000
¥500,000|500000
￥500,000|500000
¥ 50万|500000
¥-500|-500
-¥500|-500
人民币50万元|500000
RMB 100|100
CNY500|500
500元|500
5块|5
$300k|300000
US$1,000|1000
USD 1.5 million|1500000
100美元|100
€99.95|99.95
HK$50万|500000
50万港币|500000
"""
NO_AMOUNTS = """
|abc|万|50-|1,23|1,2000|12,34,567|1.2.3|50万万|5万6亿|1e5|NaN|inf|--5|5-|¥|50%|五五|十十|百|一万二万|$5元|50 60|第5|5个|约50万|50万左右|0x10|１２ｘ
"""
RANGES = """
50-80万|500000|800000
50万-80万|500000|800000
50~80万|500000|800000
50～80万|500000|800000
50—80万元|500000|800000
50至80万|500000|800000
50万到80万|500000|800000
五十到八十万|500000|800000
五-八万|50000|80000
1-2k|1000|2000
1.5-2亿|150000000|200000000
0-50万|0|500000
5000-1万|5000|10000
¥500,000-800,000|500000|800000
¥50万-¥80万|500000|800000
500000 to 800000|500000|800000
500000..800000|500000|800000
50万|500000|500000
"""
CURRENCIES = (
    "¥5 CNY|5元 CNY|50万 |$5 USD|HK$5 HKD|5港元 HKD|5美元 USD|¥50-80万 CNY|50-80万元 CNY|€5 EUR|JPY5 JPY"
)
SHOWN = """
500000|CNY|zh|¥500,000
500000|CNY|en|¥500,000
1234.5|CNY|zh|¥1,234.50
-1234|CNY|zh|-¥1,234
1000|USD|en|$1,000
1000|USD|zh|US$1,000
1000|HKD|zh|HK$1,000
10|CHF|en|CHF 10
10|XYZ|en|XYZ 10
0.125|CNY|zh|¥0.125
5E+5|CNY|zh|¥500,000
"""


def _rows(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


@pytest.mark.parametrize(("said", "meant"), _rows(AMOUNTS))
def test_amounts(said: str, meant: str) -> None:
    assert str(money.parse_amount(said)) == meant


@pytest.mark.parametrize("said", NO_AMOUNTS.strip("\n").split("|"))
def test_what_is_no_amount(said: str) -> None:
    with pytest.raises(BadValue):
        money.parse_amount(said)


@pytest.mark.parametrize(("said", "low", "high"), _rows(RANGES))
def test_ranges(said: str, low: str, high: str) -> None:
    assert [str(end) for end in money.parse_range(said)] == [low, high]


@pytest.mark.parametrize("said", ["80-50万", "80万-50万", "50-", "-", "50--80", "¥5-$8", "1-2-3", "低-高"])
def test_what_is_no_range(said: str) -> None:
    with pytest.raises(BadValue):
        money.parse_range(said)


@pytest.mark.parametrize("row", CURRENCIES.split("|"))
def test_currency_in(row: str) -> None:
    said, _, code = row.partition(" ")
    assert money.currency_in(said) == code


@pytest.mark.parametrize(("amount", "currency", "lang", "shown"), _rows(SHOWN))
def test_money_shown(amount: str, currency: str, lang: str, shown: str) -> None:
    assert money.show(Decimal(amount), currency, lang) == shown


@given(st.decimals(0, 10**12, places=2), st.sampled_from(["CNY", "USD", "EUR", "HKD"]))
def test_what_is_shown_is_read_back(amount: Decimal, currency: str) -> None:
    shown = money.show(amount, currency, "zh")
    assert money.parse_amount(shown) == amount
    assert money.currency_in(shown) == currency


@given(st.integers(1, 10**12))
def test_chinese_numerals_are_read(number: int) -> None:
    assert money.chinese_integer(_chinese(number)) == number


def _chinese(number: int) -> str:
    """Write a number as a school book does."""
    if number >= 10**8:
        return _chinese(number // 10**8) + "亿" + _rest(number % 10**8, 10**7)
    if number >= 10**4:
        return _chinese(number // 10**4) + "万" + _rest(number % 10**4, 10**3)
    for size, unit in ((1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            return "零一二三四五六七八九"[number // size] + unit + _rest(number % size, size // 10)
    return "零一二三四五六七八九"[number]


def _rest(number: int, full: int) -> str:
    return "" if not number else ("零" if number < full else "") + _chinese(number)


DURATIONS = """
3 days|3 days
1 day|1 day
1 month|1 month
2 working days|2 working days
2 business days|2 working days
24 hours|24 hours
30 minutes|30 minutes
6m|6 months
2w|14 days
3d|3 days
2h|2 hours
30min|30 minutes
1y|12 months
1q|3 months
2 wd|2 working days
3天|3 days
三天|3 days
2个工作日|2 working days
两个工作日|2 working days
5工作日|5 working days
1个月|1 month
2周|14 days
两星期|14 days
半年|6 months
1季度|3 months
24小时|24 hours
24个小时|24 hours
30分钟|30 minutes
1年6个月|18 months
1 year 6 months|18 months
1 month and 2 days|1 month 2 days
a week|7 days
-6m|-6 months
0 days|0 days
"""


@pytest.mark.parametrize(("said", "meant"), _rows(DURATIONS))
def test_durations(said: str, meant: str) -> None:
    found = duration.parse(said)
    assert str(found) == meant
    assert duration.parse(str(found)) == found


@pytest.mark.parametrize(
    "said", ["", "3", "m6", "3 dogs", "days", "3 days 2 days", "1.5 days", "9999999 days", "两个半月", "尽快"]
)
def test_what_is_no_duration(said: str) -> None:
    with pytest.raises(BadValue) as caught:
        duration.parse(said)
    assert "2个工作日" in str(caught.value.hint)


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.integers(-60, 60), st.integers(-400, 400))
def test_months_and_days_as_relativedelta_reckons_them(start: date, months: int, days: int) -> None:
    assert duration.Duration(months=months, days=days).after(start) == start + relativedelta(
        months=months, days=days
    )


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(1, 60))
def test_working_days_skip_weekends_and_the_first_day(start: date, count: int) -> None:
    end = duration.Duration(working_days=count).after(start)
    between = [start + timedelta(n) for n in range(1, (end - start).days + 1)]
    assert sum(day.weekday() < 5 for day in between) == count
    assert end.weekday() < 5


def test_hours_are_elapsed_and_days_keep_the_clock() -> None:
    before = datetime(2024, 11, 2, 12, tzinfo=ZoneInfo("America/New_York"))
    assert when.show(duration.parse("24 hours").after(before)) == "2024-11-03T11:00-05:00"
    assert when.show(duration.parse("1 day").after(before)) == "2024-11-03T12:00-05:00"
    assert duration.parse("24 hours").after(date(2024, 6, 5)) == date(2024, 6, 6)
    assert duration.parse("2 hours").after(date(2024, 6, 5)) == date(2024, 6, 6)
    assert duration.parse("1 month").before(date(2024, 3, 31)) == date(2024, 2, 29)
    with pytest.raises(BadValue):
        duration.parse("999999 months").after(date(2024, 1, 1))


ISO = """
2024-06-05|2024-06-05
2024-02-29|2024-02-29
2024-06-05T14:30|2024-06-05T14:30+08:00
2024-06-05 14:30|2024-06-05T14:30+08:00
2024-06-05T14:30:15|2024-06-05T14:30:15+08:00
2024-06-05T14:30:00+08:00|2024-06-05T14:30+08:00
2024-06-05T14:30+00:00|2024-06-05T22:30+08:00
2024-06-05T06:30Z|2024-06-05T14:30+08:00
2024-06-05T23:30-05:00|2024-06-06T12:30+08:00
"""
NO_ISO = (
    "|2024-6-5|20240605|2024-W23-3|2024-157|2024/06/05|2023-02-29|2024-13-01|２０２４-06-05|2024-06-05T|2024-06-05T14"
    "|2024-06-05T1430|2024-06-05T14:30:15.5|2024-06-05T14:30+0800|2024-06-05T14:30+08|2024-06-05T25:00|2024-06-05x14:30"
    "|2024-06-05T14:30 +08:00|2024-06-05T14:30z|今天|2024-06-05 |0000-01-01|0001-01-01T00:00+14:00"
)


@pytest.mark.parametrize(("text", "shown"), _rows(ISO))
def test_iso_as_files_hold_it(text: str, shown: str) -> None:
    found = when.iso_when(text, SHANGHAI)
    assert when.show(found) == shown
    assert when.iso_when(when.show(found), SHANGHAI) == found


@pytest.mark.parametrize("text", NO_ISO.split("|"))
def test_what_files_may_not_hold(text: str) -> None:
    with pytest.raises(BadValue):
        when.iso_when(text, SHANGHAI)
    with pytest.raises(BadValue):
        when.iso_day(text)


ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(
    st.text(ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)
def test_tax_id_check_digits_agree_with_stdnum(kind: str, region: str, organisation: str) -> None:
    first17 = kind + region + organisation
    code = first17 + idnumber.tax_id_check_digit(first17)
    assert idnumber.tax_id_flaw(code) is None
    assert idnumber.tax_id_flaw(code.lower()) is None
    if kind.isdigit():
        assert uscc.is_valid(code)
    for wrong in set(ALPHABET) - {code[-1]}:
        assert f"end in {code[-1]}" in str(idnumber.tax_id_flaw(first17 + wrong))


@given(
    st.dates(date(1900, 1, 1), date(2023, 1, 1)),
    st.integers(0, 999),
    st.sampled_from(["110101", "110102"]),
)
def test_resident_ids_agree_with_stdnum(born: date, order: int, region: str) -> None:
    first17 = f"{region}{born:%Y%m%d}{order:03}"
    number = first17 + idnumber.resident_id_check_digit(first17)
    assert ric.is_valid(number)
    assert idnumber.resident_id_flaw(number) is None
    assert idnumber.resident_id_flaw(number.lower()) is None
    wrong = first17 + ("0" if number[-1] != "0" else "1")
    assert not ric.is_valid(wrong)
    flaw = idnumber.resident_id_flaw(wrong)
    assert flaw is not None
    assert first17[6:14] not in str(flaw)
    assert not flaw.args


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("9111010800000000", "18 characters, this one has 16"),
        ("110108123456789", "old registration number"),
        ("9I110108MA01ABCD2X", "'1', perhaps?"),
        ("91110108MA01ABCDOX", "'0', perhaps?"),
        ("91A10108MA01ABCD2X", "characters 3 to 8 are digits"),
        ("91110108MA01ABCD2X", "should end in H"),
        ("", "this one has 0"),
    ],
)
def test_tax_id_flaws_say_what_is_wrong(code: str, says: str) -> None:
    assert says in str(idnumber.tax_id_flaw(code))


def _resident(first17: str) -> str:
    return first17 + idnumber.resident_id_check_digit(first17)


@pytest.mark.parametrize("region", ["810000", "820000", "830000", "710000", "931156"])
def test_residence_permits_count(region: str) -> None:
    assert idnumber.resident_id_flaw(_resident(f"{region}19900101001")) is None


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("110101900101001", "old kind"),
        ("1101011990010100", "this one has 16"),
        ("11010119900101001A", "17 digits"),
        (_resident("99010119900230001"), "no date of birth"),
        (_resident("00010119900101001"), "no province"),
        (_resident("11010117900101001"), "no date of birth"),
    ],
)
def test_resident_id_flaws_say_what_is_wrong(number: str, says: str) -> None:
    flaw = str(idnumber.resident_id_flaw(number))
    assert says in flaw
    assert number not in flaw
