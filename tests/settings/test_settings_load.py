"""crm.yaml over the defaults: what is said is taken, what is wrong is named with its line."""

from __future__ import annotations

import json

import pytest

from crmkit.settings.load import SettingsError, defaults, load
from crmkit.settings.model import Settings
from crmkit.settings.template import new_book


def settings(text: str) -> Settings:
    found, problems = load(text.encode())
    assert problems == []
    return found


def refused(text: str) -> SettingsError:
    with pytest.raises(SettingsError) as e:
        load(text.encode())
    return e.value


def test_without_a_file_everything_is_the_default_and_the_book_is_solo() -> None:
    found, problems = load(None)
    assert problems == []
    assert found == defaults()
    assert found.solo
    assert found.digest == ""


@pytest.mark.parametrize(
    ("rule", "field", "length"),
    [
        ("cadence.potential", "first", "3 days"),  # R-004-10
        ("cadence.potential", "every", "7 days"),  # R-004-11
        ("cadence.new", "first", "7 days"),  # R-000-42
        ("cadence.high_value", "every", "1 month"),  # R-000-43
        ("cadence.dormant", "every", "14 days"),  # R-000-44
        ("date.contract", "lead", "30 days"),  # R-004-08
        ("date.birthday", "lead", "3 days"),  # R-004-15
    ],
)
def test_the_numbers_of_the_sources_are_the_defaults(rule: str, field: str, length: str) -> None:
    assert getattr(defaults().rules[rule], field) == length


def test_the_complaint_clocks_of_the_sources_are_the_defaults() -> None:
    assert defaults().sla == {"respond": "2 hours", "resolve": "24 hours", "revisit": "72 hours"}


def test_every_term_of_every_vocabulary_has_a_label_in_both_languages() -> None:
    missing = [
        f"{name}.{term.code}"
        for name, terms in defaults().vocabularies.items()
        for term in terms.values()
        if name != "tier" and not (term.en and term.zh)
    ]
    assert missing == []


def test_no_two_values_of_a_vocabulary_share_a_spelling() -> None:
    for name, terms in defaults().vocabularies.items():
        said = [s.casefold() for t in terms.values() for s in dict.fromkeys(map(str.casefold, t.spellings))]
        assert len(said) == len(set(said)), name


def test_settings_survive_json() -> None:
    found = settings(
        "team: [{name: 李四, email: l@example.com, roles: [sales]}]\nfields: {customer: {area: number}}\n"
        "views: {big: {kind: customer, query: 'employees>500', columns: [name]}}\nrequired: {customer: [phone]}"
    )
    assert Settings.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_vocabulary_adds_to_the_default_one_and_may_rename() -> None:
    found = settings(
        "vocabularies:\n  source:\n    short_video: [Short video, 短视频]\n    online: [Web, 网上]"
    )
    assert found.codes["source"]["短视频"] == "short_video"
    assert found.codes["source"]["展会"] == "exhibition"
    assert found.label("source", "online", "zh") == "网上"
    assert found.codes["source"]["线上平台"] == "online", "the old label is still understood"


def test_one_label_counts_in_the_language_it_is_written_in() -> None:
    term = settings("vocabularies: {source: {fair: 交易会}}").vocabularies["source"]["fair"]
    assert (term.label("zh"), term.label("en")) == ("交易会", "交易会")


def test_tiers_are_a_vocabulary() -> None:
    found = settings("tiers: [{code: V, name: 重点客户, high_value: true, when: 'budget>=50万'}]")
    assert found.codes["tier"] == {"V": "V", "v": "V", "重点客户": "V"}
    assert found.tiers[0].high_value
    assert found.tiers[0].line == 1


def test_a_rule_keeps_what_it_does_not_say_and_knows_its_line() -> None:
    rule = settings("rules:\n  cadence.potential:\n    every: 2 weeks").rules["cadence.potential"]
    assert (rule.first, rule.every, rule.line, rule.source) == ("3 days", "2 weeks", 2, "crm.yaml")
    assert defaults().rules["cadence.potential"].source == "defaults"


def test_a_rule_is_switched_off_with_one_word() -> None:
    assert not settings("rules: {date.birthday: off}").rules["date.birthday"].on


def test_members_are_found_by_name_and_address() -> None:
    found = settings("team: [{name: 李四, email: lisi@example.com, roles: [sales]}, 王五]")
    lisi = found.member("LiSi@example.com")
    assert lisi is found.team[0]
    assert found.member("李四") is lisi
    assert found.member("王五") is found.team[1]
    assert found.member("") is None
    assert found.member("nobody") is None


@pytest.mark.parametrize(
    ("text", "line", "field", "way_out"),
    [
        ("name: x\nlanguage: zz", 2, "language", "zh"),
        ("time_zone: Asia/Shangai", 1, "time_zone", "Asia/Shanghai"),
        ("rules:\n  cadence.new: {first: 3 dys}", 2, "rules.cadence.new.first", "3 days"),
        ("sla:\n  respond: soon", 2, "sla.respond", "24 hours"),
        ("team:\n  - {name: a, roles: [slaes]}", 2, "team.0.roles.0", "sales"),
        ("review: {required: true, by: supervizor}", 1, "review.by", "supervisor"),
        ("tiers: [{name: x}]", 1, "tiers.0", "code"),
        ("tiers: [{code: A}, {code: A}]", 1, "tiers.1", "remove"),
        ("fields: {customer: {x: numbr}}", 1, "fields.customer.x.type", "number"),
        ("fields: {customer: {x: vocabulary}}", 1, "fields.customer.x", "vocabularies"),
        ("currency: 人民币", 1, "currency", "CNY"),
        ("team: 李四", 1, "team", "["),
        ("required: {customer: {name: 1}}", 1, "required.customer", "["),
        ("vocabularies: [a]", 1, "vocabularies", "key: value"),
    ],
)
def test_what_is_wrong_is_refused_with_line_and_way_out(
    text: str, line: int, field: str, way_out: str
) -> None:
    (problem, *_rest) = refused(text).problems
    assert (problem.line, problem.field) == (line, field)
    assert way_out in str(problem.hint)
    assert f"crm.yaml:{line}" in str(refused(text))


def test_a_file_that_is_no_yaml_is_refused_the_same_way() -> None:
    assert refused("name: [").problems[0].path == "crm.yaml"


@pytest.mark.parametrize(
    ("text", "near"),
    [("langauge: zh", "language"), ("rules: {cadence.hihg_value: {}}", "cadence.high_value")],
)
def test_an_unknown_setting_is_a_warning_with_the_nearest_one(text: str, near: str) -> None:
    _, problems = load(text.encode())
    assert [p.severity for p in problems] == ["warning"]
    assert near in str(problems[0].hint)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("review", [True, False])
@pytest.mark.parametrize("name", ["青禾台账", "yes", "a: b # c", '"quoted"', ""])
def test_the_template_of_a_new_book_is_valid_and_says_what_was_asked(
    lang: str, review: bool, name: str
) -> None:
    found = settings(new_book(lang, name, review))
    assert found.name == (name or found.name)
    assert (found.language, found.review.required) == (lang, review)
    assert found.solo


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_examples_in_the_template_work_when_their_comment_marks_are_taken_away(lang: str) -> None:
    lines = new_book(lang, "x").split("\n")
    opened = [line.removeprefix("# ") if line.startswith("# ") and _is_yaml(line) else line for line in lines]
    found = settings("\n".join(opened))
    assert found.required["customer"] == ("name", "phone", "owner")
    assert found.fields["customer"][0].type == "number"
    assert found.rules["cadence.high_value"].every == "2 weeks"
    assert found.team
    assert found.holidays["off"] == ["2024-06-24"]
    assert found.privacy["retention"]["lost_person"]["after"] == "3 years"


def _is_yaml(line: str) -> bool:
    body = line.removeprefix("# ")
    return body.startswith(
        (
            "  ",
            "team:",
            "required:",
            "vocabularies:",
            "fields:",
            "rules:",
            "holidays:",
            "templates:",
            "tiers:",
            "profile:",
            "privacy:",
        )
    )


def test_the_custom_field_knows_labels_marks_and_line() -> None:
    (field,) = settings(
        "fields:\n  customer:\n    area: {type: number, label: {en: Floor area, zh: 面积}, marks: [search]}"
    ).fields["customer"]
    assert (field.label_en, field.label_zh, field.marks, field.line) == ("Floor area", "面积", ("search",), 3)


def test_a_stage_with_a_time_is_a_short_rule_of_retention() -> None:
    rule = settings("privacy:\n  retention: {lost: 3 years}\n").privacy["retention"]["lost"]
    assert (rule["when"], rule["after"]) == ("is:lost", "3 years")
