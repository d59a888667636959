"""What somebody stumbles over on the first day, and what `crm` then says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmkit.values.safe import width

Crm = Callable[..., Any]
NUMBER = "202406-001"
SAMPLE = Path(__file__).parents[2] / "sample_data"
KINDS = (
    "customer", "followup", "opportunity", "feedback", "order", "contract", "plan", "survey", "campaign", "product",
)  # fmt: skip


@pytest.fixture
def demanding(book: Path) -> Path:
    """The book, which wants a type and a source of every customer."""
    with (book / "crm.yaml").open("a", encoding="utf-8") as file:
        file.write("\nrequired:\n  customer: [type, name, source]\n")
    return book


@pytest.fixture
def sample(tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample book, without git."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".crm", ".git"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CRM_LANG", "en")
    return folder


def first(crm: Crm, kind: str, *query: str) -> str:
    return str(crm("list", kind, *query, "--format", "ids").out.splitlines()[0])


# undo


def test_undo_says_what_it_took_back_and_what_it_made_again(book: Path, crm: Crm) -> None:
    crm("set", NUMBER, "stage=intent")
    what = "set 北京示例信息技术股份有限公司: stage"
    assert crm("undo").err.startswith(f"undone: {what} (")
    assert crm("undo").err.startswith(f"redone: {what} (")
    assert crm("undo").err.startswith(f"undone: {what} (")
    assert crm("undo", "--lang", "zh").err.startswith(f"已恢复：{what} (")


def test_undo_prints_no_more_json_than_before(book: Path, crm: Crm) -> None:
    crm("set", NUMBER, "stage=intent")
    told = json.loads(crm("undo", "--json").out)
    assert set(told) == {"id", "kind", "path", "changed"}
    assert crm("undo", "-q") == (0, "", "")


def test_undo_goes_back_further_and_further(book: Path, crm: Crm) -> None:
    path = book / f"customers/2024/{NUMBER}/customer.yaml"
    texts = [path.read_bytes()]
    for stage in ("intent", "won", "loyal"):
        crm("set", NUMBER, f"stage={stage}")
        texts.append(path.read_bytes())
    for left in (2, 1, 0):
        assert crm("undo", "--last", "1").code == 0
        assert path.read_bytes() == texts[left]
    assert crm("undo").err.startswith("redone: ")  # as ever, without --last
    assert path.read_bytes() == texts[1]
    assert crm("undo", "--last", "1").code == 0
    assert path.read_bytes() == texts[0]


def test_undo_takes_several_back_at_once_and_makes_them_again(book: Path, crm: Crm) -> None:
    path = book / f"customers/2024/{NUMBER}/customer.yaml"
    first = path.read_bytes()
    crm("set", NUMBER, "stage=intent")
    made = crm("add", "order", NUMBER, "number=P1", "ordered_on=2024-06-01", "amount=1").out.strip()
    crm("undo")
    crm("set", NUMBER, "stage=won")
    last = path.read_bytes()
    told = crm("undo", "--last", "2").err
    assert told.startswith("undone: 2 changes, back to before: set 北京示例信息技术股份有限公司: stage (")
    assert path.read_bytes() == first
    assert not list(book.rglob(f"{made}.yaml"))
    assert crm("undo").err.startswith("redone: 2 changes")
    assert path.read_bytes() == last
    crm("undo")
    assert crm("undo", "--last", "3", "--dry-run").code == 1
    many = crm("undo", "--last", "9")
    assert (many.code, many.err.splitlines()) == (
        1,
        ["error: there are only 2 changes to take back", "hint: take them back: crm undo --last 2"],
    )
    assert crm("undo", "--last", "2").code == 0
    assert not list(book.rglob("customer.yaml"))
    assert crm("undo", "--last", "1").err.startswith("error: there is nothing to undo")
    assert crm("undo", "--last", "0").code == 2


def test_undo_stops_where_a_file_was_changed_by_hand(book: Path, crm: Crm) -> None:
    path = book / f"customers/2024/{NUMBER}/customer.yaml"
    crm("set", NUMBER, "stage=intent")
    crm("set", NUMBER, "stage=won")
    path.write_bytes(path.read_bytes() + b"note: mine\n")
    assert crm("undo", "--last", "2").code == 1
    assert path.read_bytes().endswith(b"note: mine\n")


# the contact that is told of


@pytest.mark.parametrize("when", ["2024-06-09", "2024-06-08T11:01", "明天", "tomorrow"])
def test_a_contact_that_took_place_does_not_lie_ahead(book: Path, crm: Crm, when: str) -> None:
    on = ("--on", "2024-06-08T11:00")
    row = json.loads(crm("due", *on, "--json").out)[0]["id"]
    before = sorted(book.rglob("*.yaml"))
    for words in (("log", NUMBER), ("done", row)):
        refused = crm(*words, "--content", "x", "--at", when, *on)
        assert refused.code == 2
        assert "is still to come" in refused.err
        assert "hint: plan it: crm plan" in refused.err
    assert sorted(book.rglob("*.yaml")) == before
    assert crm("log", NUMBER, "--content", "x", "--at", "2024-06-08T11:00", *on).code == 0
    assert crm("log", NUMBER, "--content", "x", "--at", "2024-06-08T23:00", "--on", "2024-06-08").code == 0


@pytest.mark.parametrize(
    ("at", "by", "code"),
    [
        ("", "昨天", 2),
        ("", "2024-06-07", 2),
        ("", "2024-06-08T10:59", 2),
        ("", "2024-06-08", 0),
        ("2024-06-05", "2024-06-06", 0),  # what was written down late
        ("2024-06-05", "2024-06-04", 2),
    ],
)
def test_a_next_step_comes_after_the_contact(book: Path, crm: Crm, at: str, by: str, code: int) -> None:
    when = ("--at", at) if at else ()
    told = crm("log", NUMBER, "--content", "x", "--next", "y", "--by", by, *when, "--on", "2024-06-08T11:00")
    assert told.code == code
    if code:
        assert "lies before the contact" in told.err


def test_an_empty_contact_answers_no_row(book: Path, crm: Crm) -> None:
    on = ("--on", "2024-06-08T11:00")
    row = json.loads(crm("due", *on, "--json").out)[0]["id"]
    for more in ((), ("--content", " "), ("--why", "出差"), ("--at", "2024-06-08")):
        refused = crm("done", row, *more, *on)
        assert (refused.code, "what was talked about" in refused.err) == (2, True)
        assert f"crm done {row} --content TEXT" in refused.err
    assert crm("log", NUMBER, "--content", "  ", *on).code == 2
    assert crm("done", row, "--channel", "phone", *on).code == 0


# crm add


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["type: Customer kind; one of company, person", "type=company", "source="]),
        ("zh", ["company 企业客户, person 个人客户", "exhibition 展会", "type=company", "客户来源"]),
    ],
)
def test_a_missing_field_comes_with_its_values_and_a_line_to_paste(
    demanding: Path, crm: Crm, language: str, said: list[str]
) -> None:
    refused = crm("add", "customer", "name=上海示例机电有限公司", "--lang", language)
    assert (refused.code, refused.out) == (1, "")
    for text in said:
        assert text in refused.err
    assert "type:" not in refused.err.splitlines()[-1]
    example = refused.err.splitlines()[-1].split("：" if language == "zh" else ": ")[-1].split()
    added = crm("add", "customer", "name=上海示例机电有限公司", *example)
    assert added.code == 0, added.err


def test_long_vocabularies_are_shortened(demanding: Path, crm: Crm) -> None:
    (line,) = [x for x in crm("add", "customer", "name=x").err.splitlines() if x.startswith("  source: ")]
    assert line.endswith(", ...")
    assert len(line.split(", ")) == 9


def test_a_bare_word_is_a_new_customers_name(book: Path, crm: Crm) -> None:
    added = crm("add", "customer", "上海示例机电有限公司", "stage=potential", "--on", "2024-06-06")
    assert added.code == 0, added.err
    assert json.loads(crm("show", added.out.strip(), "--json").out)["name"] == "上海示例机电有限公司"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["customer", "Acme", "Machinery"], "crm add customer name='Acme Machinery'"),
        (["customer", NUMBER, "stage=won"], f"crm set {NUMBER}"),
        (["customer", "Acme", "name=Acme"], "two names"),
        (["product", "泵"], "crm add product name=泵"),
        (["opportunity", "北京示例", "节能 改造"], "crm add opportunity 北京示例 name='节能 改造'"),
    ],
)
def test_a_stray_word_is_answered_with_the_line_to_type(
    book: Path, crm: Crm, words: list[str], said: str
) -> None:
    refused = crm("add", *words)
    assert refused.code in {1, 2}
    assert said in refused.err
    assert crm("list", "customer", "--format", "ids").out == NUMBER + "\n"


# words in the wrong place


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["log", NUMBER, "谈了价格"], "--content 谈了价格"),
        (["log", NUMBER, "it's fine"], "--content 'it'\"'\"'s fine'"),
        (["done", NUMBER, "谈了价格"], "--content 谈了价格"),
        (["plan", NUMBER, "谈价格"], "--reason 谈价格"),
        (["set", NUMBER, "电话=010"], "phone Phone, contacts.0.phone Contact phone"),
        (["list", "opportunity", "--columns", "nmae"], "Opportunity has no field 'nmae'"),
        (["set", NUMBER, "status=x"], "active, dormant, lost"),
    ],
)
def test_an_error_names_what_was_meant(book: Path, crm: Crm, words: list[str], said: str) -> None:
    refused = crm(*words)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err


def test_chinese_names_of_fields_are_guessed(book: Path, crm: Crm) -> None:
    done = crm("set", NUMBER, "名称=北京示例电力有限公司", "级别=B", "联系人.0.电话=01066668888")
    assert done.code == 0, done.err
    doc = json.loads(crm("show", NUMBER, "--json").out)
    assert (doc["name"], doc["tier"]) == ("北京示例电力有限公司", "B")
    assert doc["contacts"][0]["phone"] == "01066668888"


def test_an_unknown_owner_is_answered_with_a_few_names(sample: Path, crm: Crm) -> None:
    refused = crm("list", "customer", "owner:nobody")
    assert refused.code == 2
    assert "张三, 李四, 王芳, 郑凯, 周敏, ..." in refused.err
    assert "@" not in refused.err
    assert "did you mean '李四'" in crm("due", "--owner", "李斯").err


@pytest.mark.parametrize("kind", KINDS)
def test_no_message_says_a_before_a_vowel(book: Path, crm: Crm, kind: str) -> None:
    told = [
        crm("list", kind, "--columns", "zzz").err,
        crm("add", kind, "x", "zzz=1").err,
        crm("add", kind, "x", "y").err,
        crm("list", kind, "zzz:1").err,
    ]
    assert not [t for t in told if " a o" in t.lower() or t.startswith("error: a o")]
    assert all(told)


# dates


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "took place on 2024-06-14 15:00 (Fri)",
                "next step on 2024-06-21 (Fri): 寄样品",
                "planned for 2024-06-20 15:00 (Thu)",
                "put off to 2024-06-24 (Mon)",
            ],
        ),
        (
            "zh",
            [
                "联系时间 2024-06-14 15:00（周五）",
                "下一步 2024-06-21（周五）寄样品",
                "计划 2024-06-20 15:00（周四）跟进",
                "推迟到 2024-06-24（周一）",
            ],
        ),
    ],
)
def test_dates_in_words_come_back_as_dates(book: Path, crm: Crm, language: str, told: list[str]) -> None:
    contact, step, planned, moved = told
    now = ("--on", "2024-06-15T10:00", "--lang", language)
    logged = crm(
        "log", NUMBER, "--content", "x", "--next", "寄样品", "--by", "下周五", "--at", "昨天下午3点", *now
    )
    assert logged.err.splitlines()[1:] == [contact, step]
    made = crm("plan", NUMBER, "--due", "6月20日下午3点", "--reason", "x", *now)
    assert made.err.splitlines()[1:] == [planned]
    snoozed = crm("snooze", made.out.strip(), "下下周一", *now)
    assert snoozed.err.splitlines()[1:] == [moved]
    done = crm("done", made.out.strip(), "--channel", "phone", "--next", "寄样品", "--by", "下周五", *now)
    assert done.err.splitlines()[1:] == [step]


def test_what_was_not_said_in_words_is_not_repeated(book: Path, crm: Crm) -> None:
    assert len(crm("log", NUMBER, "--content", "x").err.splitlines()) == 1
    assert crm("log", NUMBER, "--content", "x", "--at", "昨天", "-q").err == ""
    hostile = crm(
        "log",
        NUMBER,
        "--content",
        "x",
        "--next",
        "a\x1b[31m\u202e\nb",
        "--by",
        "2024-06-21",
        "--on",
        "2024-06-15",
    )
    assert hostile.err.splitlines()[1:] == [r"next step on 2024-06-21 (Fri): a\x1b[31m\u202e"]
    told = crm("log", NUMBER, "--content", "x", "--next", "y", "--by", "+3d", "--json")
    assert set(json.loads(told.out)) == {"id", "kind", "path", "changed", "also"}


# the reader's language


def test_a_record_is_shown_in_chinese_all_through(sample: Path, crm: Crm) -> None:
    survey = crm("show", first(crm, "survey"), "--format", "table", "--lang", "zh").out
    assert "响应速度 1 · 问题解决效率 3 · 服务态度 4" in survey
    deal = crm("show", first(crm, "opportunity", "stage:new"), "--format", "table", "--lang", "zh").out
    assert "机会状态" in deal
    assert "phase" not in deal
    english = crm("show", first(crm, "opportunity", "stage:won"), "--format", "table").out
    assert "Opportunity status" in english
    assert "Opportunity won" in english


def test_an_amount_in_another_currency_is_shown_as_one(sample: Path, crm: Crm) -> None:
    page = crm("show", "product-240411-fbeg", "--format", "table").out
    assert "$14,200" in page
    assert "price.amount" not in page


def test_the_status_in_a_refusal_is_in_the_readers_language(book: Path, crm: Crm) -> None:
    done = first(crm, "followup")
    for words in (
        ["done", done, "--channel", "phone"],
        ["snooze", done, "+3d"],
        ["cancel", done, "--why", "x"],
    ):
        assert "已完成" in crm(*words, "--lang", "zh").err
        assert "done" in crm(*words).err


def test_help_in_chinese_has_no_english_placeholders(crm: Crm) -> None:
    everything = "\n".join(
        crm(*verb, "--help", "--lang", "zh").out for verb in ([], ["plan"], ["due"], ["log"])
    )
    for word in ("WHEN", "FORMAT", "DIR", "NAME", "talk about", "friday"):
        assert word not in everything


# lists


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_list_on_eighty_columns_cuts_no_head_no_date_and_no_amount(
    sample: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch, kind: str, language: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = json.loads(crm("list", kind, "--json").out)
    lines = crm("list", kind, "--format", "table", "--lang", language).out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(rows[0]["id"]))
    head, body = lines[:start], lines[start:]
    assert head
    assert not [line for line in head if "…" in line]
    assert max(map(width, lines)) <= 80
    text = "\n".join(body)
    whole = {
        "order": "¥680,000",
        "contract": "2026-04-19",
        "opportunity": "HK$548,000",
        "feedback": "2023-11-16 20:00",
    }
    assert whole.get(kind, "") in text
    ids = [line for line in body if line.startswith(tuple(r["id"] for r in rows))]
    assert len(ids) == len(rows)


# a new book


def author(folder: Path) -> str:
    words = ["git", "-C", str(folder), "log", "-1", "--format=%an <%ae> | %cn <%ce>"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_a_name_alone_gets_an_address_for_git(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ligong")
    assert crm("init", "one", "--as", "李工").code == 0
    assert author(tmp_path / "one") == "李工 <ligong@localhost> | 李工 <ligong@localhost>"
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\temail = li@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert crm("init", "two", "--as", "李工").code == 0
    assert author(tmp_path / "two").startswith("李工 <li@example.com>")
    assert crm("--book", "two", "add", "customer", "上海示例机电有限公司", "--as", "王工").code == 0
    assert author(tmp_path / "two").startswith("王工 <li@example.com>")


def test_a_book_is_not_begun_among_other_things(
    crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "code"
    (other / "src").mkdir(parents=True)
    monkeypatch.chdir(other)
    refused = crm("init", "--lang", "en")
    assert refused.code == 1
    assert "src" in refused.err
    assert "--yes" in refused.err
    assert [p.name for p in other.iterdir()] == ["src"]
    assert crm("init", "--lang", "en", "--yes").code == 0
    assert (other / "crm.yaml").exists()


def test_a_folder_that_its_repository_ignores_gets_its_own(crm: Crm, tmp_path: Path) -> None:
    outer = tmp_path / "clone"
    outer.mkdir()
    subprocess.run(["git", "init", "-q", str(outer)], check=True)
    (outer / ".gitignore").write_text("/demo/\n", encoding="utf-8")
    assert crm("init", str(outer / "demo"), "--lang", "en").code == 0
    assert crm("init", str(outer / "kept"), "--lang", "en").code == 0
    assert (outer / "demo/.git").is_dir()
    assert not (outer / "kept/.git").exists()
    log = subprocess.run(
        ["git", "-C", str(outer), "log", "--oneline"], capture_output=True, text=True, check=True
    )
    assert len(log.stdout.splitlines()) == 1


def test_a_name_that_the_team_does_not_know_is_no_free_day(tmp_path: Path, crm: Crm) -> None:
    shutil.copytree(SAMPLE, tmp_path / "team")
    asked = ("--book", str(tmp_path / "team"), "due", "--on", "2024-06-15", "--owner", "me")
    assert "李思" in crm(*asked, "--as", "李思").err
    known = crm(*asked, "--as", "李四")
    assert known.out
    assert known.err == ""


def test_a_reminder_moves_with_what_is_put_off(book: Path, crm: Crm) -> None:
    ident = crm(
        "plan",
        NUMBER,
        "--due",
        "2024-06-16",
        "--reason",
        "报价",
        "remind=2024-06-15T10:00",
        "--on",
        "2024-06-10",
    ).out.strip()
    assert crm("snooze", ident, "2024-06-18", "--why", "出差", "--on", "2024-06-15").code == 0
    assert "remind" not in json.loads(crm("show", ident, "--json").out)
