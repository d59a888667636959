"""`crm card`: what stands on the card is what the records say, in every form."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pexpect
import pytest
from wcwidth import wcswidth

import yaml
from crmkit.reports.card import COLUMNS, Card
from crmkit.reports.pdf import has_chinese_font

Crm = Callable[..., Any]
ROOT = Path(__file__).parents[2]
NUMBER = "202206-001"
PLANNED = "followup-240615-r8vn"
DAY = ("--on", "2024-06-15")
FIELDS = [name for _, fields in COLUMNS for name in fields]
CHINESE = (
    ("客户基础信息", "客户名称 联系人 联系方式 所属行业 客户状态"),
    ("跟进计划", "跟进事由 跟进时间 跟进方式 负责人"),
    ("跟进记录", "沟通时间 沟通内容 客户反馈 下一步行动 客户异议"),
    ("备注", "客户等级 合同到期日 历史合作 竞品动态"),
)
"""The template of the source, R-004-27 to R-004-44."""


@pytest.fixture
def sample(tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample book, without git."""
    folder = tmp_path / "sample"
    shutil.copytree(ROOT / "sample_data", folder, ignore=shutil.ignore_patterns(".crm", ".git"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CRM_LANG", "en")
    monkeypatch.setenv("CRM_USER", "李四")
    return folder


def record(book: Path, name: str) -> dict[str, Any]:
    """Read a record of the customer without crmkit."""
    path = next(book.glob(f"customers/*/{NUMBER}/{name}.yaml"))
    found = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - keeps texts as they stand
    assert isinstance(found, dict)
    return found


def plain(crm: Crm, *words: str) -> Any:
    made = crm("card", *words, "--json", *DAY)
    assert made.code == 0, made.err
    return json.loads(made.out)


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and the text of the card's cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[tuple[str, str, str]] = []
        self.heads: list[str] = []
        self.text = ""
        self._field = ""
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open = tag
        if tag == "td":
            self._field = dict(attrs).get("data-field") or ""
        elif tag == "dt":
            self.cells.append((self._field, "", ""))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the name is the parser's
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open == "th":
            self.heads.append(data)
        if self._open in {"dt", "dd"} and self.cells:
            name, label, text = self.cells[-1]
            self.cells[-1] = (name, label + data, text) if self._open == "dt" else (name, label, text + data)


# -- values


def test_the_card_says_what_the_records_say(sample: Path, crm: Crm) -> None:
    card = plain(crm, NUMBER)
    customer, planned = record(sample, "customer"), record(sample, PLANNED)
    last, contract = record(sample, "followup-240613-1z4y"), record(sample, "contract-230728-vyf3")
    assert card["id"] == f"{NUMBER}/followup/{PLANNED}/2024-06-15"
    assert (card["customer_name"], card["industry"], card["customer_status"], card["tier"]) == (
        customer["name"],
        customer["industry"],
        customer["stage"],
        customer["tier"],
    )
    assert (card["contact"], card["job_title"]) == ("顾明远", "设备总监")
    assert {k: card[k] for k in ("reason", "due", "channels", "owner")} == {
        k: planned[k] for k in ("reason", "due", "channels", "owner")
    }
    assert (card["talked_at"], card["content"], card["feedback"], card["next_step"], card["objections"]) == (
        last["at"],
        last["content"],
        last["feedback"],
        last["next_step"],
        last["objections"],
    )
    assert card["contract_end"] == contract["end_date"]
    assert card["competitor_news"] == {
        "on": last["at"][:10],
        "text": last["competitor_news"],
        "id": "followup-240613-1z4y",
    }
    orders = [record(sample, p.stem) for p in sample.glob(f"customers/*/{NUMBER}/order-*.yaml")]
    assert card["cooperation"]["ordered"] == sum(float(o["amount"]) for o in orders)
    assert (card["cooperation"]["since"], card["cooperation"]["months"]) == ("2022-07-12", 23)
    assert card["promises"] == [
        {"on": "2024-06-13", "text": last["promises"][0], "id": "followup-240613-1z4y"}
    ]
    assert card["pains"] == [customer["needs"][0]["pains"]]
    assert (card["preferred_channel"], card["concerns"]) == ("phone", customer["contacts"][0]["concerns"])


def test_json_has_the_18_fields_in_the_order_of_the_source(sample: Path, crm: Crm) -> None:
    assert [n for n in plain(crm, NUMBER) if n in FIELDS] == FIELDS
    assert len(FIELDS) == 18


def test_the_page_has_the_four_columns_of_the_source(sample: Path, crm: Crm) -> None:
    page = Page(crm("card", NUMBER, "--html", "--lang", "zh", *DAY).out)
    assert page.heads == [title for title, _ in CHINESE]
    labels = {name: label for name, label, _ in page.cells}
    assert len(page.cells) == 18
    assert [labels[name] for name in FIELDS] == " ".join(words for _, words in CHINESE).split()


def test_the_text_has_the_four_columns_of_the_source(sample: Path, crm: Crm) -> None:
    out = crm("card", NUMBER, "--lang", "zh", *DAY).out
    assert [title for title, _ in CHINESE] in [line.split() for line in out.splitlines()]
    told = re.findall("|".join(" ".join(words for _, words in CHINESE).split()), out)
    assert sorted(set(told)) == sorted(" ".join(words for _, words in CHINESE).split())


def test_a_changed_record_changes_the_card(sample: Path, crm: Crm) -> None:
    before = plain(crm, NUMBER)
    assert crm("set", PLANNED, "reason=送样机", "owner=张三", "due=2024-06-14", *DAY).code == 0
    assert crm("set", NUMBER, "tier=B", "industry=汽车制造业", "stage=won", *DAY).code == 0
    assert (
        crm(
            "log", NUMBER, "--channel", "visit", "--content", "试机通过", "--feedback", "满意", "--objection", "交期",
            "--at", "2024-06-15T09:00", "--next", "签合同", "--by", "2024-06-20", "--on", "2024-06-15T10:00",
        ).code
        == 0
    )  # fmt: skip
    after = plain(crm, NUMBER)
    assert before != after
    assert {k: after[k] for k in ("reason", "owner", "due", "tier", "industry", "customer_status")} == {
        "reason": "送样机",
        "owner": "张三",
        "due": "2024-06-14",
        "tier": "B",
        "industry": "汽车制造业",
        "customer_status": "won",
    }
    assert (after["content"], after["feedback"], after["objections"], after["next_step"]) == (
        "试机通过",
        "满意",
        ["交期", "2024-06-13 价格需再降 5%"],  # what an earlier talk left open is still in the way
        "签合同",
    )
    assert (after["state"], after["days"]) == ("overdue", 1)


def test_where_the_record_says_nothing_stands_a_dash(book: Path, crm: Crm) -> None:
    crm("add", "customer", "name=上海示例机电设备制造有限公司", "--on", "2024-06-05")
    page = Page(crm("card", "202406-002", "--html", "--on", "2024-06-05").out)
    texts = {name: text for name, _, text in page.cells}
    empty = set(FIELDS) - {"customer_name", "customer_status", "reason", "due", "owner"}
    assert {name for name, text in texts.items() if text == "—"} == empty


# -- whose card


def test_a_follow_up_and_its_row_have_the_same_card(sample: Path, crm: Crm) -> None:
    by_id, by_row = plain(crm, PLANNED), plain(crm, f"{NUMBER}/followup/{PLANNED}/2024-06-15")
    assert by_id == by_row


def test_a_done_follow_up_shows_its_own_talk(sample: Path, crm: Crm) -> None:
    card = plain(crm, "followup-240604-hmwz")
    done = record(sample, "followup-240604-hmwz")
    assert (card["content"], card["talked_at"]) == (done["content"], done["at"])
    assert (card["state"], card["days"]) == ("", None)


def test_a_record_has_the_card_of_its_row(sample: Path, crm: Crm) -> None:
    assert plain(crm, "feedback-240612-djh3")["rule"] == "feedback.due"
    assert (
        plain(crm, "contract-230728-vyf3")["id"] == f"{NUMBER}/date.contract/contract-230728-vyf3/2024-06-15"
    )


def test_a_customers_card_is_about_what_is_due_first_and_names_the_rest(sample: Path, crm: Crm) -> None:
    card = plain(crm, NUMBER)
    due = json.loads(crm("due", f"name:{record(sample, 'customer')['name']}", "--json", *DAY).out)
    assert card["due"] == due[0]["due"]
    assert {r["id"] for r in due} <= {card["id"], *(a["id"] for a in card["also"])}


def test_nothing_due_leaves_the_plan_empty_but_for_the_owner(book: Path, crm: Crm) -> None:
    crm("set", "202406-001", "rhythm=none", "owner=李四", "--on", "2024-06-05")
    card = json.loads(crm("card", "202406-001", "--json", "--on", "2024-06-06").out)
    assert (card["id"], card["rule"], card["reason"], card["due"]) == ("202406-001", "", "", "")
    assert (card["owner"], card["content"]) == ("李四", "初次沟通")


def test_a_duty_of_the_team_has_no_card(sample: Path, crm: Crm) -> None:
    rows = json.loads(crm("due", "--json", "--on", "2024-06-30").out)
    duty = next(r["id"] for r in rows if r["rule"].startswith("chore."))
    refused = crm("card", duty, "--on", "2024-06-30")
    assert (refused.code, refused.out) == (1, "")
    assert "duty" in refused.err


def test_an_unreadable_customer_takes_no_card_away(sample: Path, crm: Crm) -> None:
    next(sample.glob(f"customers/*/{NUMBER}/customer.yaml")).write_text("name: [", encoding="utf-8")
    made = crm("card", PLANNED, "--json", *DAY)
    card = json.loads(made.out)
    assert (card["customer_name"], card["reason"]) == ("", record(sample, PLANNED)["reason"])
    assert "customer.yaml" in made.err


def test_cards_are_made_of_ids_on_stdin(sample: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = crm("due", "tier:A", "--format", "ids", *DAY).out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ids.encode())))
    assert [c["id"] for c in plain(crm, "-")] == ids.splitlines()


# -- everything due


def test_due_makes_a_card_of_each_row_in_its_order(sample: Path, crm: Crm) -> None:
    rows = [r for r in json.loads(crm("due", "--json", *DAY).out) if not r["rule"].startswith("chore.")]
    assert rows
    cards = plain(crm, "--due")
    same = ("id", "reason", "due", "owner", "state", "days", "channels")
    assert [[c[k] for k in same] for c in cards] == [[r[k] for k in same] for r in rows]
    page = Page(crm("card", "--due", "--html", *DAY).out)
    assert page.tags.count("article") == len(rows)


def test_due_takes_query_window_and_owner(sample: Path, crm: Crm) -> None:
    narrow = [c["id"] for c in plain(crm, "--due", "tier:A", "--owner", "me")]
    wide = [c["id"] for c in plain(crm, "--due", "tier:A", "--owner", "me", "--within", "30d")]
    assert narrow
    assert set(narrow) < set(wide)
    assert {c["tier"] for c in plain(crm, "--due", "tier:A")} == {"A"}


def test_nothing_due_prints_and_writes_nothing(book: Path, crm: Crm) -> None:
    assert crm("card", "--due", "--on", "2024-06-05") == (0, "", "")
    assert crm("card", "--due", "--html", "--on", "2024-06-05").out == ""
    assert json.loads(crm("card", "--due", "--json", "--on", "2024-06-05").out) == []
    said = crm("card", "--due", "-o", "today.html", "--on", "2024-06-05")
    assert (said.code, said.out) == (0, "")
    assert "nothing is due" in said.err
    assert not Path("today.html").exists()


# -- privacy


@pytest.mark.parametrize("form", [(), ("--html",), ("--json",), ("--format", "tsv")])
def test_contact_details_are_masked_unless_revealed(sample: Path, crm: Crm, form: tuple[str, ...]) -> None:
    crm(
        "log", NUMBER, "--channel", "phone", "--content", "改打 13912345678，或写 wang@zhongsheng.example.com",
        "--at", "2024-06-15T09:00", "--on", "2024-06-15T10:00",
    )  # fmt: skip
    out = re.sub(r"\s", "", crm("card", NUMBER, *form, *DAY).out)
    for secret in ("13800002201", "gumy@", "13912345678", "wang@"):
        assert secret not in out
    assert "138****2201" in out
    shown = crm("card", NUMBER, "--reveal", "--json", *DAY).out
    assert all(secret in shown for secret in ("13800002201", "gumy@", "13912345678", "wang@"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_card_says_that_it_is_for_internal_use(sample: Path, crm: Crm, language: str) -> None:
    notice = "For internal use only" if language == "en" else "仅限内部工作使用"
    for form in ((), ("--html",)):
        assert notice in crm("card", NUMBER, "--lang", language, *form, *DAY).out


# -- hostile text

HOSTILE = (
    "<script>alert(1)</script>",
    "</dd></td></table><img src=http://127.0.0.1/x onerror=alert(1)>",
    "[red]x[/] [/]",
    "{{ 7*7 }} {% raw %} {# #}",
    "&lt;b&gt; \"'",
    "a\u202ebc\u200b\x1b[31m\x07",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_record_says_is_shown_and_not_obeyed(sample: Path, crm: Crm, text: str) -> None:
    clean = Page(crm("card", NUMBER, "--html", *DAY).out)
    for path, field in (
        (PLANNED, "reason"),
        ("followup-240613-1z4y", "content"),
        ("customer", "preferences"),
    ):
        file = next(sample.glob(f"customers/*/{NUMBER}/{path}.yaml"))
        lines = [x for x in file.read_text(encoding="utf-8").splitlines() if not x.startswith(f"{field}:")]
        file.write_text("\n".join([*lines, f"{field}: {json.dumps(text)}"]) + "\n", encoding="utf-8")
    made = crm("card", NUMBER, "--html", *DAY).out
    page = Page(made)
    extra = [t for t in set(page.tags) if page.tags.count(t) > clean.tags.count(t)]
    assert extra in ([], ["li"])  # one more line of preferences
    cells = {name: value for name, _, value in page.cells}
    escaped = text.replace("\u202e", "\\u202e").replace("\u200b", "\\u200b")
    escaped = escaped.replace("\x1b", "\\x1b").replace("\x07", "\\x07")
    assert cells["reason"] == cells["content"] == escaped
    assert page.text.count(escaped) >= 3
    shown = crm("card", NUMBER, *DAY).out
    assert not set(shown) & set("\u202e\u200b\x1b\x07")
    assert re.sub(r"\s", "", escaped) in re.sub(r"\s", "", shown), "preferences stand below the columns"


def test_the_page_loads_nothing(sample: Path, crm: Crm) -> None:
    made = crm("card", "--due", "--html", *DAY).out
    assert not re.search(r"(?:src|href)\s*=|@import|url\(", made)
    assert "default-src 'none'" in made


# -- forms


def column_starts(out: str) -> list[int]:
    rule = next(line for line in out.splitlines() if line.startswith("─") and " " in line)
    return [m.start() for m in re.finditer(r"(?<=  )─", rule)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_columns_line_up_under_chinese(sample: Path, crm: Crm, language: str) -> None:
    out = crm("card", NUMBER, "--lang", language, *DAY).out
    lines = out.splitlines()
    assert max(map(wcswidth, lines)) <= 80
    starts = column_starts(out)
    assert len(starts) == 3
    first = next(i for i, line in enumerate(lines) if line.startswith("─"))
    last = lines.index("─" * 80)
    for line in lines[first:last]:
        columns = "".join(c + "\0" * (wcswidth(c) - 1) for c in line).ljust(80)
        for start in starts:
            assert columns[start - 2 : start] == "  ", line


def test_a_narrow_terminal_has_the_columns_below_each_other(
    sample: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out = crm("card", NUMBER, *DAY).out
    assert "Basic information\nCustomer name\n 苏州中盛精密制造有限公司\n" in out
    assert max(wcswidth(line) for line in out.splitlines() if not line.startswith(NUMBER)) <= 40


def test_files_are_written_by_their_name(sample: Path, crm: Crm) -> None:
    for name, start in (
        ("a.html", "<!doctype html>"),
        ("a.txt", "Follow-up reminder card"),
        ("a.json", "{"),
        ("a.HTM", "<!doctype html>"),
    ):
        done = crm("card", NUMBER, "-o", name, *DAY)
        assert (done.code, done.out) == (0, ""), done.err
        assert name in done.err
        assert (sample / name).read_text(encoding="utf-8").startswith(start)
    assert json.loads((sample / "a.json").read_text(encoding="utf-8")) == plain(crm, NUMBER)
    assert (sample / "a.html").read_text(encoding="utf-8") == crm("card", NUMBER, "--html", *DAY).out
    assert crm("card", NUMBER, "-o", "-", "--html", *DAY).out == crm("card", NUMBER, "--html", *DAY).out


@pytest.mark.parametrize(
    "words",
    [
        (),
        (NUMBER, "--within", "7d"),
        (NUMBER, "--owner", "me"),
        (NUMBER, "--html", "--pdf"),
        (NUMBER, "-o", "customer.yaml"),
        (NUMBER, "-o", "card"),
        (NUMBER, "-o", "a.html", "--pdf"),
        (NUMBER, "-o", "a.html", "--json"),
        (NUMBER, "-o", "a.csv", "--format", "csv"),
        ("--due", "nonsense:1"),
    ],
)
def test_what_makes_no_sense_is_said(sample: Path, crm: Crm, words: tuple[str, ...]) -> None:
    before = sorted(p.name for p in sample.iterdir())
    refused = crm("card", *words, *DAY)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("error: ")
    assert sorted(p.name for p in sample.iterdir() if p.name != ".crm") == [n for n in before if n != ".crm"]


def test_rows_for_programs(sample: Path, crm: Crm) -> None:
    rows = [
        line.split("\t") for line in crm("card", "--due", "tier:A", "--format", "tsv", *DAY).out.splitlines()
    ]
    assert {len(row) for row in rows} == {19}
    single = dict(
        line.split("\t", 1) for line in crm("card", NUMBER, "--format", "tsv", *DAY).out.splitlines()
    )
    assert single["contact_details.mobile"] == "138****2201"
    assert crm("card", NUMBER, "--format", "ids", *DAY).out == f"{NUMBER}/followup/{PLANNED}/2024-06-15\n"


# -- PDF


@pytest.fixture
def weasyprint() -> None:
    """Skip where weasyprint or the library that it loads is missing."""
    try:
        pytest.importorskip("weasyprint", exc_type=ImportError)
    except OSError as missing:
        pytest.skip(f"weasyprint cannot load {missing}")


def told_by(page: Any) -> str:
    """Return a page's text without spaces; pypdf leaves zero bytes where a font lacks a character."""
    return re.sub(r"[\s\0]", "", page.extract_text())


@pytest.mark.usefixtures("weasyprint")
def test_a_pdf_says_the_same(sample: Path, crm: Crm) -> None:
    from pypdf import PdfReader

    done = crm("card", NUMBER, "-o", "card.pdf", *DAY)
    assert done.code == 0, done.err
    reader = PdfReader(sample / "card.pdf")
    assert len(reader.pages) == 1
    text = told_by(reader.pages[0])
    for told in ("138****2201", "2024-06-1314:00", "2024-07-15", "¥358,122", "Forinternaluseonly"):
        assert told in text
    assert "13800002201" not in text
    if has_chinese_font():
        assert "发送二期新报价单" in text
        assert "价格需再降5%" in text


@pytest.mark.usefixtures("weasyprint")
def test_a_pdf_has_a_page_for_each_card(sample: Path, crm: Crm) -> None:
    from pypdf import PdfReader

    ids = [c["id"] for c in plain(crm, "--due", "tier:A")]
    assert crm("card", "--due", "tier:A", "-o", "due.pdf", *DAY).code == 0
    pages = PdfReader(sample / "due.pdf").pages
    assert len(pages) == len(ids) > 2
    for ident, page in zip(ids, pages, strict=True):
        customer, rule, *_ = ident.split("/")
        assert f"{customer}/{rule}/" in told_by(page)


@pytest.mark.usefixtures("weasyprint")
def test_a_pdf_goes_down_a_pipe(sample: Path) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "crmkit", "card", NUMBER, "--pdf", *DAY],
        capture_output=True,
        check=True,
        cwd=sample,
    )
    assert done.stdout.startswith(b"%PDF-")
    assert done.stdout.rstrip().endswith(b"%%EOF")


def test_without_weasyprint_it_is_said_how_to_get_it(
    sample: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    refused = crm("card", NUMBER, "-o", "card.pdf", *DAY)
    assert (refused.code, refused.out) == (1, "")
    assert "pip install 'crmkit[pdf]'" in refused.err
    assert not (sample / "card.pdf").exists()


def test_a_pdf_is_not_poured_over_a_terminal(sample: Path) -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "crmkit", "card", NUMBER, "--pdf", *DAY], cwd=str(sample), encoding="utf-8"
    )
    child.expect("not for a terminal")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


# -- what is light, what is documented


def test_the_text_needs_no_template_and_no_models(sample: Path, crm: Crm) -> None:
    import subprocess

    crm("card", NUMBER, *DAY)  # makes the index
    code = (
        "import sys; from crmkit.__main__ import main; assert main(sys.argv[1:]) == 0; "
        "heavy = {'pydantic', 'jinja2', 'weasyprint', 'rich', 'typer', 'yaml'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run(
        [sys.executable, "-c", code, "card", NUMBER, *DAY], check=True, cwd=sample, stdout=subprocess.DEVNULL
    )


def test_the_fields_are_documented(sample: Path, crm: Crm) -> None:
    text = (ROOT / "docs" / "card.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \| ([^|]*) \|", text, re.MULTILINE)
    page = Page(crm("card", NUMBER, "--html", *DAY).out)
    english = {name: label for name, label, _ in page.cells}
    chinese = " ".join(words for _, words in CHINESE).split()
    assert table == list(zip(FIELDS, (english[n] for n in FIELDS), chinese, strict=True))
    assert {name for name in Card.__dataclass_fields__ if f"`{name}`" not in text} == set()
    history = plain(crm, NUMBER)["cooperation"]
    assert f"`{{{', '.join(history)}}}`" in text
