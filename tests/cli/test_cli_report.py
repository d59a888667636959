"""`crm report`: names, periods, owners, and every form of output (R-004-26)."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmkit.actions.report import NAMES
from crmkit.values.safe import width

Crm = Callable[..., Any]
NUMBER = "202406-001"
SAMPLE = Path(__file__).parents[2] / "sample_data"
ON = ("--on", "2024-06-15")
LISTS = ["kept", "late", "ahead", "put_off", "unanswered", "complaints", "promises", "won", "lost"]


@pytest.fixture
def sample(tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample book, read in English."""
    shutil.copytree(SAMPLE, tmp_path / "sample")
    monkeypatch.chdir(tmp_path / "sample")
    monkeypatch.setenv("CRM_LANG", "en")
    return tmp_path / "sample"


def review(crm: Crm, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(crm("report", "weekly", "--json", *words).out)
    return found


def test_the_keys_of_json(sample: Path, crm: Crm) -> None:
    found = review(crm, "--from", "2024-06-01", "--to", "2024-06-16", *ON)
    assert list(found) == ["report", "from", "to", "as_of", "owner", "totals", "owners", *LISTS]
    tasks = [
        "id",
        "customer",
        "customer_name",
        "owner",
        "rule",
        "due",
        "done",
        "what",
        "reason",
        "put_off",
        "state",
        "days",
        "carried",
    ]
    outcome = [
        "customer", "customer_name", "owner", "on", "deals", "names", "amount", "since", "contacts", "last_contact", "late",
        "how", "reason", "lessons", "what", "timely", "days_since_contact",
    ]  # fmt: skip
    keys = {name: list(found[name][0]) for name in LISTS}
    assert keys == {
        "kept": tasks,
        "late": tasks,
        "ahead": tasks,
        "put_off": ["id", "customer", "customer_name", "owner", "what", "from", "to", "why"],
        "unanswered": ["id", "customer", "customer_name", "owner", "rule", "due", "days", "reason", "carried", "passed"],
        "complaints": [
            "id", "customer", "customer_name", "owner", "clock", "due", "answered_at", "state", "minutes_late", "content",
        ],
        "promises": ["id", "customer", "customer_name", "owner", "promise", "made", "due", "kept_on", "state"],
        "won": outcome,
        "lost": outcome,
    }  # fmt: skip


def test_the_week_is_that_of_the_day_from_monday_to_sunday(sample: Path, crm: Crm) -> None:
    for day in ("2024-06-10", "2024-06-13T08:00", "2024-06-16"):
        found = review(crm, "--on", day)
        assert (found["from"], found["to"], found["as_of"]) == ("2024-06-10", "2024-06-16", day[:10])


def test_from_alone_is_a_week_and_to_its_end(sample: Path, crm: Crm) -> None:
    found = review(crm, "--from", "上周一", *ON)
    assert (found["from"], found["to"]) == ("2024-06-03", "2024-06-09")
    found = review(crm, "--from", "2024-05-31", "--to", "6月2日", *ON)
    assert (found["from"], found["to"]) == ("2024-05-31", "2024-06-02")


@pytest.mark.parametrize("day", ["0001-01-01", "1969-07-20", "2099-12-31", "9999-12-31"])
def test_any_day_of_the_calendar(sample: Path, crm: Crm, day: str) -> None:
    assert review(crm, "--from", day, *ON)["from"] == day
    if "1900" <= day < "2200":  # the days that --on may name
        assert review(crm, "--on", day)["as_of"] == day


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["weekly", "--to", "2024-06-15"], "from which day on?"),
        (["weekly", "--from", "2024-06-15", "--to", "2024-06-14"], "2024-06-14 lies before 2024-06-15"),
        (["weekly", "--from", "somewhen"], "somewhen"),
        (["weekly", "--from", "2024-02-30"], "2024-02-30"),
        (["weekly", "--owner", "nobdy"], "nobdy"),
        (["weakly"], "did you mean weekly?"),
        (["全部"], "there are: base"),
        (["weekly", "nofield:x"], "nofield"),
        (["weekly", "@nowhere"], "nowhere"),
        (["weekly", "--section", "late"], "--section"),
        (["pipeline", "--section", "stage"], "there are: stages, forecast, deals"),
        (["pipeline", "-o", "x"], "cannot be seen"),
        (["pipeline", "-o", "x.csv", "--format", "html"], "x.csv"),
        (["pipeline", "--format", "pdf"], "--format"),
    ],
)
def test_what_it_does_not_understand(sample: Path, crm: Crm, words: list[str], said: str) -> None:
    done = crm("report", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_without_a_name_the_reports_are_listed(crm: Crm, tmp_path: Path) -> None:
    assert [line.split("\t")[0] for line in crm("report").out.splitlines()] == [*NAMES]
    assert [r["id"] for r in json.loads(crm("report", "--json").out)] == [*NAMES]
    listed = crm("report", "--format", "table").out
    assert [name for name in NAMES if f"\n  {name} " not in listed] == []


def test_one_owners_share(sample: Path, crm: Crm) -> None:
    for name in ("王芳", "wangfang@qinghe.example.com"):
        found = review(crm, "--owner", name, *ON)
        assert found["owner"] == "王芳"
        assert {row["owner"] for n in LISTS for row in found[n]} == {"王芳"}
    assert review(crm, "--owner", "me", "--as", "王芳", *ON) == found
    assert [t["reason"] for t in found["late"]] == [""]


def test_every_form_has_every_entry(sample: Path, crm: Crm) -> None:
    found = review(crm, *ON)
    counted = sum(len(found[name]) for name in LISTS)
    lines = [json.loads(line) for line in crm("report", "weekly", "--format", "jsonl", *ON).out.splitlines()]
    assert len(lines) == counted > 0
    assert {line["section"] for line in lines} == {name for name in LISTS if found[name]}
    rows = list(csv.DictReader(io.StringIO(crm("report", "weekly", "--format", "csv", *ON).out)))
    assert len(rows) == counted
    names = [
        "section",
        "id",
        "customer",
        "customer_name",
        "owner",
        "due",
        "done",
        "days",
        "state",
        "text",
        "reason",
    ]
    assert list(rows[0]) == names
    late = next(r for r in rows if r["id"] == "followup-240611-0cqr")
    assert [late[n] for n in ("section", "due", "done", "days", "state", "reason")] == [
        "late", "2024-06-10", "2024-06-11", "1", "late", "客户休假",
    ]  # fmt: skip
    piped = crm("report", "weekly", *ON).out.splitlines()
    assert [line.split("\t")[1] for line in piped] == crm(
        "report", "weekly", "--format", "ids", *ON
    ).out.split("\n")[:-1]
    assert all(row["id"] for row in rows)


def test_a_won_deal_goes_by_its_id_and_a_customer_by_its_number(sample: Path, crm: Crm) -> None:
    table = crm("report", "weekly", "--from", "2024-06-01", "--to", "2024-06-09", "--format", "tsv", *ON).out
    rows = [line.split("\t") for line in table.splitlines()]
    assert [r[1] for r in rows if r[0] == "won"] == ["202402-002", "opportunity-240603-0jp5"]
    assert [(r[1], r[10]) for r in rows if r[0] == "lost"] == [
        ("opportunity-220914-by5f", "价格：总价高 7%，对方赠送三年维保")
    ]


@pytest.mark.parametrize("columns", [40, 80, 140])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_fits_its_width(
    sample: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch, language: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    words = (
        "report",
        "weekly",
        "--from",
        "2024-06-01",
        "--to",
        "2024-06-16",
        "--format",
        "table",
        "--lang",
        language,
    )
    page = crm(*words, *ON).out
    lines = page.splitlines()
    texts = ("客户休假", "客户出差，15 日回昆明") if columns >= 80 else ()
    for text in ("followup-240611-0cqr", "202207-001", *texts):
        assert text in page
    assert max(map(width, lines)) <= columns
    if columns == 80:  # under a head that stands where its figures do
        head = next(n for n, line in enumerate(lines) if "followup-240611-0cqr" in line)
        assert width(lines[head].split("2024-06-10")[0]) == 22


def test_a_book_without_anything_to_review(book: Path, crm: Crm) -> None:
    found = review(crm, "--on", "2023-01-04")
    assert found["totals"]["share"] is None
    assert [found[name] for name in LISTS] == [[]] * len(LISTS)
    page = crm("report", "weekly", "--on", "2023-01-04", "--format", "table")
    assert page.code == 0
    assert "none was to be done yet" in page.out
    assert crm("report", "weekly", "--on", "2023-01-04").out == ""


def test_more_than_a_page_is_said_and_json_has_all(book: Path, crm: Crm) -> None:
    folder = book / "customers/2024" / NUMBER
    for n in range(25):
        text = f"status: planned\ndue: 2024-06-{10 + n % 5}\nreason: 第 {n} 件\n"
        (folder / f"followup-240601-aa{n:02}.yaml").write_text(text, "utf-8")
    page = crm("report", "weekly", "--format", "table", *ON).out
    assert "and 5 more" in page
    assert len(review(crm, *ON)["late"]) == 25


def test_a_complaint_says_by_how_much_it_was_late(
    sample: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ("report", "weekly", "--on", "2024-06-16T23:00", "--format", "table")
    page = [line.strip() for line in crm(*words).out.splitlines()]
    at = page.index(next(line for line in page if "feedback-240615-c0mp  first response" in line))
    assert page[at].split() == [
        "feedback-240615-c0mp",
        "first",
        "response",
        "2024-06-15",
        "10:40",
        "broken",
        "陈晨",
    ]
    assert "Too late by: 36 h 20 min" in page[at : at + 5]


def test_hostile_texts_are_shown_as_they_stand(book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = book / "customers/2024" / NUMBER
    (folder / "followup-240610-aaaa.yaml").write_text(
        'status: planned\ndue: 2024-06-10\nreason: "[red]\\x1b[2J\\u202e漏水\\n第二行"\n'
        'snoozed: [{from: 2024-06-10, to: 2024-06-11, why: "=1+1 [bold]"}]\nowner: "[link=x]李"\n',
        "utf-8",
    )
    monkeypatch.setenv("COLUMNS", "80")
    page = crm("report", "weekly", "--format", "table", *ON).out
    assert "[red]" in page
    assert "[link=x]李" in page
    assert not {"\x1b", "\u202e"} & set(page)
    table = crm("report", "weekly", "--format", "csv", *ON).out
    assert "'=1+1" in table


def test_broken_files_are_named_beside_the_review(book: Path, crm: Crm) -> None:
    folder = book / "customers/2024" / NUMBER
    (folder / "followup-240610-aaaa.yaml").write_text(
        "status: done\nat: sometime\ndue: 2024-06-10\n", "utf-8"
    )
    done = crm("report", "weekly", *ON)
    assert done.code == 0
    assert "followup-240610-aaaa.yaml" in done.err


def test_a_rule_that_is_not_for_the_customer_has_no_clock(book: Path, crm: Crm) -> None:
    made = crm(
        "add", "feedback", NUMBER, "type=complaint", "content=漏水", "received_at=2024-06-11T10:00", "--on", "2024-06-11T10:00"
    )  # fmt: skip
    assert made.code == 0, made.err
    assert len(review(crm, *ON)["complaints"]) == 3
    settings = book / "crm.yaml"
    settings.write_text(
        settings.read_text("utf-8") + '\nrules:\n  sla.respond: {when: "stage:won"}\n', "utf-8"
    )
    assert [c["clock"] for c in review(crm, *ON)["complaints"]] == ["resolve", "revisit"]


def test_help_tells_the_definitions(crm: Crm) -> None:
    told = crm("report", "weekly", "--help").out
    for word in ("Monday to Sunday", "Kept:", "Late:", "Percent:", "Timely contact:"):
        assert word in told
    assert max(map(width, told.splitlines())) <= 80
