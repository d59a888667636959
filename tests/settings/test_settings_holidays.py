"""The section `holidays` of crm.yaml: festivals and days that are worked on (R-004-04, R-000-18)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest

from crmkit.records.registry import kinds
from crmkit.settings.load import SettingsError, defaults, load, over
from crmkit.settings.model import Settings
from crmkit.settings.schema import crm_yaml

USUAL = {
    "元旦": ("01-01", False),
    "春节": ("01-01", True),
    "端午节": ("05-05", True),
    "中秋节": ("08-15", True),
    "国庆节": ("10-01", False),
}


def read(text: str) -> Settings:
    found, problems = load(text.encode())
    assert problems == []
    return found


def festival(text: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = read(text).holidays["festivals"][name]
    return found


def test_the_usual_festivals_stand_in_the_defaults() -> None:
    found = defaults().holidays["festivals"]
    assert {name: (said["on"], said["lunar"]) for name, said in found.items()} == USUAL
    assert {said["source"] for said in found.values()} == {"defaults"}


def test_a_book_adds_its_own_and_says_where() -> None:
    found = read('name: t\nholidays:\n  618 年中回馈: "06-18"\n').holidays["festivals"]
    assert list(found) == [*USUAL, "618 年中回馈"]
    assert found["618 年中回馈"] == {
        "on": "06-18", "lunar": False, "days": [], "line": 3, "source": "crm.yaml",
    }  # fmt: skip
    assert found["春节"]["source"] == "defaults"


@pytest.mark.parametrize("no", ["off", "no", "false", "否", "OFF", "Off"])
def test_one_is_switched_off(no: str) -> None:
    found = read(f"holidays: {{春节: {no}}}").holidays["festivals"]
    assert list(found) == [name for name in USUAL if name != "春节"]


def test_one_that_is_switched_on_stays_as_it_is() -> None:
    assert read("holidays: {春节: on}").holidays == defaults().holidays


def test_a_known_one_on_another_day_becomes_the_books() -> None:
    found = festival('holidays: {国庆节: "09-28"}', "国庆节")
    assert (found["on"], found["source"]) == ("09-28", "crm.yaml")


@pytest.mark.parametrize(
    ("said", "on", "lunar"),
    [
        ('"06-18"', "06-18", False),
        ("6-1", "06-01", False),
        ("02-29", "02-29", False),
        ("12-31", "12-31", False),
        ("lunar 01-15", "01-15", True),
        ("Lunar 1-15", "01-15", True),
        ("农历 01-15", "01-15", True),
        ("农历07-07", "07-07", True),
        ("lunar 02-30", "02-30", True),  # the lunar calendar has a 30th of its second month
        ("农历正月十五", "01-15", True),
        ("正月初一", "01-01", True),
        ("八月十五", "08-15", True),
        ("农历九月初九", "09-09", True),
        ("腊月廿三", "12-23", True),
        ("农历腊月二十三", "12-23", True),
        ("农历冬月初十", "11-10", True),
        ("腊月三十", "12-30", True),
        ("六月二十", "06-20", True),
        ("０６-１８", "06-18", False),
    ],
)
def test_how_a_day_that_comes_every_year_is_written(said: str, on: str, lunar: bool) -> None:
    found = festival(f"holidays: {{节: {said}}}", "节")
    assert (found["on"], found["lunar"], found["days"]) == (on, lunar, [])


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("[2024-04-15, 2024-10-15]", ["2024-04-15", "2024-10-15"]),
        ("[2024-10-15, 2024-04-15, 2024-04-15]", ["2024-04-15", "2024-10-15"]),
        ("2024-04-15", ["2024-04-15"]),
        ("[2024-04-15..2024-04-17]", ["2024-04-15", "2024-04-16", "2024-04-17"]),
    ],
)
def test_a_festival_on_full_dates(said: str, days: list[str]) -> None:
    found = festival(f"holidays: {{广交会: {said}}}", "广交会")
    assert (found["on"], found["days"]) == ("", days)


def test_own_days_off_and_days_of_work() -> None:
    found = read(
        """
        holidays:
          country: cn
          off: [2024-06-24, 2024-07-01..2024-07-05, 2024-06-24]
          work: 2024-07-06
        """
    ).holidays
    assert found["country"] == "CN"
    assert found["off"] == ["2024-06-24", *(f"2024-07-0{n}" for n in range(1, 6))]
    assert found["work"] == ["2024-07-06"]
    assert list(found["festivals"]) == [*USUAL]


def test_the_working_days_of_a_book_are_its_countrys_with_its_own() -> None:
    days = read("holidays: {off: [2024-09-29], work: [2024-10-05]}").workdays
    assert days.country == "CN"
    assert days.after(date(2024, 9, 27), 2) == date(2024, 10, 5)
    assert read("country: DE").workdays.after(date(2024, 5, 8), 1) == date(2024, 5, 10)
    assert read("country: us\nholidays: {country: de-by}").workdays.country == "DE-BY"


def test_the_section_goes_through_the_index_as_json() -> None:
    found = read("holidays: {off: [2024-09-29], 广交会: [2024-04-15], 元宵: lunar 01-15, 春节: off}")
    again = Settings.from_json(json.loads(json.dumps(found.to_json())))
    assert again.holidays == found.holidays
    assert again.workdays.after(date(2024, 9, 27), 1) == date(2024, 9, 30)


def test_a_trial_of_other_rules_adds_to_what_the_book_says() -> None:
    book = read('holidays: {618: "06-18", off: [2024-09-29], country: DE}')
    tried = over(book, b'holidays: {618: off, 1111: "11-11", work: [2024-10-05]}', "other.yaml").holidays
    assert [*tried["festivals"]] == [*USUAL, "1111"]
    assert tried["festivals"]["1111"]["source"] == "other.yaml"
    assert (tried["country"], tried["off"], tried["work"]) == ("DE", ["2024-09-29"], ["2024-10-05"])
    assert "618" in book.holidays["festivals"]


LINE = "holidays:\n  春节: on\n  "


@pytest.mark.parametrize(
    ("said", "field", "hint"),
    [
        ("节: 13-01", "holidays.节", '"06-18"'),
        ("节: 02-30", "holidays.节", "lunar"),
        ("节: lunar 01-31", "holidays.节", "off"),
        ("节: lunar 13-01", "holidays.节", "off"),
        ("节: 农历闰二月初一", "holidays.节", "off"),
        ("节: 三月卅一", "holidays.节", "off"),
        ("节: 明天", "holidays.节", "off"),
        ("节: 06/18", "holidays.节", "off"),
        ("节: ", "holidays.节", "off"),
        ("节: {on: 06-18}", "holidays.节", "off"),
        ("节: on", "holidays.节", "off"),
        ("节: 2024-02-30", "holidays.节", "2024-06-24"),
        ("节: [2024-04-15, 04-15]", "holidays.节.1", "2024-06-24"),
        ("节: [[2024-04-15]]", "holidays.节.0", "2024-06-24"),
        ("off: 06-24", "holidays.off", "2024-06-24"),
        ("off: [2024-06-24, 2024-6-25]", "holidays.off.1", "2024-06-24"),
        ("off: [2024-07-05..2024-07-01]", "holidays.off.0", "2024-07-05"),
        ("off: [2024-07-01..2034-07-01]", "holidays.off.0", "a year at most"),
        ("off: {2024-06-24: x}", "holidays.off", "[one, two]"),
        ("work: [2024-07-01..]", "holidays.work.0", "2024-07-05"),
        ("work: [2024-13-01]", "holidays.work.0", "2024-07-05"),
        ("country: Germany", "holidays.country", "DE"),
        ("country: [DE]", "holidays.country", ""),
        ("off_days: [2024-06-24]", "holidays.off_days", "off"),
        ("workdays: [2024-06-24]", "holidays.workdays", "work"),
        ("补班: [2024-06-24]", "holidays.补班", "work"),
        ('"a\\nb": 06-18', "holidays.a\nb", "MM-DD"),
        ('"\\u202e618": 06-18', "holidays.\u202e618", "MM-DD"),
        ('" ": 06-18', "holidays. ", "MM-DD"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line_and_the_way_out(said: str, field: str, hint: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(f"{LINE}{said}\n".encode())
    problem = error.value.problems[0]
    assert (problem.line, problem.field) == (3, field)
    assert hint in str(problem.hint)


def test_a_day_cannot_be_off_and_worked_on() -> None:
    with pytest.raises(SettingsError, match="2024-07-03 is both"):
        load(b"holidays:\n  off: [2024-07-01..2024-07-05]\n  work: [2024-07-03]\n")


@pytest.mark.parametrize(
    "name", ["Workers' Day", "Off-season sale", "Country fair", "Works outing", "工作日"]
)
def test_a_name_that_only_resembles_a_reserved_key_is_a_name(name: str) -> None:
    assert festival(f'holidays: {{"{name}": 05-01}}', name)["on"] == "05-01"


def test_the_section_must_be_a_mapping() -> None:
    with pytest.raises(SettingsError, match="mapping"):
        load(b"holidays: [2024-06-24]\n")


# the schema for editors


@pytest.mark.parametrize(
    "section",
    [
        {"618": "06-18", "春节": "off", "元旦": True, "元宵": "lunar 01-15", "广交会": ["2024-04-15"]},
        {"country": "DE-BY", "off": ["2024-06-24", "2024-07-01..2024-07-05"], "work": "2024-07-06"},
    ],
)
def test_the_schema_takes_what_is_read(section: dict[str, Any]) -> None:
    jsonschema.validate({"holidays": section}, crm_yaml(defaults(), [*kinds()]))


@pytest.mark.parametrize(
    "section", [{"off": ["06-24"]}, {"work": {}}, {"country": "Germany"}, {"节": 618}, {"节": ["06-18"]}]
)
def test_the_schema_refuses_what_is_not(section: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"holidays": section}, crm_yaml(defaults(), [*kinds()]))
