"""The forms of a report: page, workbook, Markdown, CSV, text; to stdout and to files. Hostile text stays text."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from crmkit.actions.report import GROUPS, NAMES
from crmkit.values.safe import width

Crm = Callable[..., Any]
SAMPLE = Path(__file__).parents[2] / "sample_data"
ON = ("--on", "2024-06-15")
EVIL = '=HYPERLINK("http://x","y") <img src=x onerror=alert(1)> | **b** & \u202efdp'


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample book, and one with a customer, a deal and a product that want to run something."""
    found = {name: tmp_path_factory.mktemp(name) / "book" for name in ("plain", "hostile")}
    for folder in found.values():
        shutil.copytree(SAMPLE, folder)
    for path in found["hostile"].rglob("*.yaml"):
        text = path.read_text("utf-8")
        for name in ("上海示例机电设备制造有限公司", "永磁变频空压机 75kW", "机房二期 40 台"):
            text = text.replace(f"name: {name}\n", f"name: '{EVIL}'\n")
        path.write_text(text, "utf-8")
    return found


@pytest.fixture
def sample(copies: dict[str, Path], tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are written; the sample book is at hand, read in English."""
    monkeypatch.setenv("CRM_BOOK", str(copies["plain"]))
    monkeypatch.setenv("CRM_LANG", "en")
    return tmp_path


@pytest.fixture
def hostile(sample: Path, copies: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with the book that wants to run something."""
    monkeypatch.setenv("CRM_BOOK", str(copies["hostile"]))
    return sample


class Page(HTMLParser):
    """What a page consists of: tags with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("name", list(NAMES))
def test_every_report_as_a_page_that_loads_nothing_and_runs_nothing(
    hostile: Path, crm: Crm, name: str
) -> None:
    done = crm("report", name, "-o", "page.html", *ON)
    assert (done.code, done.out) == (0, ""), done.err
    text = (hostile / "page.html").read_text("utf-8")
    page = Page(text)
    tags = {tag for tag, _attrs in page.tags}
    assert not tags & {"script", "img", "iframe", "link", "object", "embed", "form"}
    for _tag, attrs in page.tags:
        assert not any(key.startswith("on") or key == "src" for key in attrs)
        assert (attrs.get("href") or "#").startswith("#")
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert "\u202e" not in text
    for drawing in re.findall(r"<svg.*?</svg>", text):
        ET.fromstring(drawing)  # noqa: S314 - our own drawing


def test_a_page_has_its_figures_tables_and_charts(sample: Path, crm: Crm) -> None:
    text = crm("report", "revenue", "--format", "html", *ON).out
    page = Page(text)
    assert "Revenue and profit" in page.text
    assert "青禾节能客户台账" in page.text
    assert "¥4,281,191.80" in page.text
    assert sum(tag == "table" for tag, _a in page.tags) == 6
    assert sum(tag == "svg" for tag, _a in page.tags) >= 3
    assert {a.get("id") for tag, a in page.tags if tag == "section"} >= {"months", "customers", "products"}


def test_a_workbook_has_real_numbers_and_days_and_runs_no_formula(hostile: Path, crm: Crm) -> None:
    assert crm("report", "revenue", "-o", "book.xlsx", *ON).code == 0
    book = openpyxl.load_workbook(hostile / "book.xlsx")
    assert book.sheetnames == [
        "Summary",
        "By month",
        "By year",
        "By customer",
        "By product",
        "By owner",
        "Purchase by purchase",
    ]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert any(str(cell.value).startswith("=HYPERLINK") and cell.data_type == "s" for cell in cells)
    sheet = book["Purchase by purchase"]
    head = [cell.value for cell in sheet[1]]
    row = dict(zip(head, [cell.value for cell in sheet[2]], strict=True))
    assert isinstance(row["Ordered on"], datetime)
    assert isinstance(row["Amount"], int | float)
    total = [cell.value for cell in sheet[sheet.max_row]]
    amounts = [r[head.index("Amount")].value for r in sheet.iter_rows(min_row=2, max_row=sheet.max_row - 1)]
    assert total[head.index("Amount")] == pytest.approx(sum(float(str(a)) for a in amounts))
    share = book["By year"]["E2"]
    assert share.number_format == "0.0%"
    assert 0 < share.value < 1
    assert sheet.freeze_panes == "A2"


def test_markdown_keeps_its_tables_whatever_stands_in_them(hostile: Path, crm: Crm) -> None:
    text = crm("report", "pipeline", "--format", "md", *ON).out
    assert text.startswith("# Pipeline and revenue forecast\n")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    bare = [re.sub(r"\\.", "", line) for line in tables]
    heads = [i for i, line in enumerate(bare) if set(line) <= set("|-: ")]
    for start, end in zip(heads, [*heads[1:], len(bare) + 1], strict=True):
        assert len({line.count("|") for line in bare[start - 1 : end - 1]}) == 1
    assert "<img" not in text
    assert "\\<" in text or "&lt;" in text


def test_csv_holds_all_rows_without_totals_and_one_section_alone(hostile: Path, crm: Crm) -> None:
    rows = list(csv.DictReader(io.StringIO(crm("report", "pipeline", "--format", "csv", *ON).out)))
    assert {r["section"] for r in rows} == {"stages", "forecast", "deals"}
    assert sum(r["section"] == "deals" for r in rows) == 9
    one = list(
        csv.DictReader(
            io.StringIO(crm("report", "pipeline", "--section", "stages", "--format", "csv", *ON).out)
        )
    )
    assert list(one[0]) == ["stage", "currency", "deals", "amount", "weighted"]
    assert sum(int(r["deals"]) for r in one) == 9
    assert not any(c.startswith("=") for r in rows for c in r.values() if c)


def test_the_follow_up_table_for_a_spreadsheet_has_its_ten_columns(sample: Path, crm: Crm) -> None:
    assert crm("report", "followups", "-o", "f.csv", *ON).code == 0
    head = (sample / "f.csv").read_text("utf-8").splitlines()[0]
    assert head == "on,customer,customer_name,by,channels,content,feedback,next_step,owner,due"


def test_the_name_of_the_file_says_the_form_and_a_repeated_one_is_the_same(sample: Path, crm: Crm) -> None:
    for name, start in (
        ("r.json", b"{"),
        ("r.jsonl", b'{"section"'),
        ("r.md", b"# "),
        ("r.txt", b"Pipeline"),
        ("r.tsv", b"stages\t"),
    ):
        done = crm("report", "pipeline", "-o", name, *ON)
        assert (done.code, done.out) == (0, "")
        assert (sample / name).read_bytes().startswith(start), name
    for name in ("r.html", "r.xlsx"):
        crm("report", "pipeline", "-o", name, *ON)
        before = (sample / name).read_bytes()
        crm("report", "pipeline", "-o", name, *ON)
        assert (sample / name).read_bytes() == before
    assert json.loads((sample / "r.json").read_text("utf-8"))["report"] == "pipeline"


def test_nothing_is_written_with_dry_run(sample: Path, crm: Crm) -> None:
    done = crm("report", "pipeline", "-o", "r.html", "--dry-run", *ON)
    assert done.code == 0
    assert not (sample / "r.html").exists()
    assert "r.html" in done.err


def test_a_query_a_view_and_an_owner_narrow_it(sample: Path, crm: Crm) -> None:
    def customers(*words: str) -> int:
        found: int = json.loads(crm("report", "distribution", "--json", *words, *ON).out)["totals"]["stage"][
            "customers"
        ]
        return found

    vips = len(json.loads(crm("list", "customer", "@vip", "--json", *ON).out))
    assert customers("@vip") == vips
    assert customers("region:华东") == len(
        json.loads(crm("list", "customer", "region:华东", "--json", *ON).out)
    )
    assert customers("-is:draft") == 31
    assert (
        customers("--owner", "李四") + customers("--owner", "张三") + customers("--owner", "王芳")
        == customers()
    )
    assert (
        "customers: region:华东 (14)"
        in crm("report", "distribution", "region:华东", "--format", "table", *ON).out
    )


def test_help_of_a_report_defines_it(crm: Crm) -> None:
    for name in NAMES:
        told = crm("report", name, "--help").out
        assert "Usage" in told
        assert max(map(width, told.splitlines())) <= 100, name
        assert len(told.splitlines()) > 25, name
    assert "Weighted:" in crm("report", "pipeline", "--help").out


def test_reports_are_listed_in_groups_and_completed(sample: Path, crm: Crm) -> None:
    listed = crm("report", "--format", "table").out
    assert sorted(name for _title, names in GROUPS for name in names) == sorted(NAMES)
    assert all(f"\n  {name} " in listed for name in NAMES)
    offered = {line.split("\t")[0] for line in crm("__complete", "report", "p").out.splitlines()}
    assert offered == {"portrait", "profile", "pipeline"}
    forms = {line.split("\t")[0] for line in crm("__complete", "report", "--format", "").out.splitlines()}
    assert {"html", "md", "xlsx", "json"} <= forms


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_report_on_a_terminal_keeps_within_its_width(
    sample: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for name in NAMES:
        text = crm("report", name, "--format", "table", "--lang", lang, *ON).out
        assert text.strip()
        assert max(map(width, text.splitlines())) <= 100, name
        if lang == "zh":
            heads = [line for line in text.splitlines() if line and not line.startswith(" ")]
            assert not [h for h in heads if re.fullmatch(r"[A-Z][a-z ]+", h)], "no title is left in English"
