"""A new kind is one new file: dropped into the package it has add, list, show, set, schema, index, completion."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import crmkit

VISIT = '''
"""Visits to our plant."""

from typing import Annotated, ClassVar

from crmkit.errors import msg
from crmkit.records.base import Day, Flag, Integer, Part, Record, Vocab, about, error, many


class Guest(Part):
    """Who came."""

    name: str | None = about("Guest name", "contact")
    phone: str | None = about("Guest phone", "phone")


class Visit(Record):
    """A visit of the customer to our plant."""

    kind: ClassVar[str] = "visit"
    label: ClassVar[str] = "Visit"
    date_field: ClassVar[str] = "on"
    columns: ClassVar[tuple[str, ...]] = ("on", "topic", "guide")

    topic: str | None = about("Topic", "title", "search", required=True)
    on: Day | None = about("Visited on")
    guide: str | None = about("Guide", "owner")
    via: Annotated[str, Vocab("channel")] | None = about("Arranged through")
    guests: tuple[Guest, ...] = many("Guests")
    lunch: Flag | None = about("Lunch")
    seats: Integer | None = about("Seats")

    def flaws(self):
        if self.seats is not None and self.seats < 1:
            yield error("seats", "visit.seats", msg("nobody can come"))
'''

Run = Callable[..., str]


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what runs a copy of the package that has one file more, in a new book."""
    base = tmp_path_factory.mktemp("one-file")
    package = base / "src" / "crmkit"
    shutil.copytree(
        Path(crmkit.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "sample_data")
    )
    (package / "records" / "visit.py").write_text(VISIT, encoding="utf-8")
    env = {k: v for k, v in os.environ.items() if not k.startswith(("CRM_", "GIT_"))}
    env |= {"PYTHONPATH": str(base / "src"), "HOME": str(base), "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "CRM_USER": "tester@example.com"}

    def run(*words: str, code: int = 0, module: str = "crmkit") -> str:
        where = base / "book"
        done = subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=where if where.exists() else base,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    run("init", "book", "--lang", "en", "--no-review")
    run("add", "customer", "name=北京示例信息技术股份有限公司")
    run(
        "add", "visit", "北京示例", "topic=参观装配线", "on=2024-06-05", "guide=李四", "via=微信",
        "guests.0.name=王经理", "guests.0.phone=13800138000", "lunch=是",
    )  # fmt: skip
    return run


def the_visit(crm: Run) -> str:
    (row,) = json.loads(crm("list", "visit", "--json"))
    assert isinstance(row["id"], str)
    return row["id"]


def test_add_wrote_a_file_of_its_own_beside_the_customer(crm: Run) -> None:
    shown = json.loads(crm("show", the_visit(crm), "--json"))
    assert shown["kind"] == "visit"
    assert shown["id"].startswith("visit-240605-")
    assert shown["guests"][0] == {"name": "王经理", "phone": "13800138000"}
    assert (shown["via"], shown["lunch"], shown["on"]) == ("wechat", True, "2024-06-05")
    assert shown["path"].endswith(f"/{shown['customer']}/{shown['id']}.yaml")


@pytest.mark.parametrize(
    "query", ["topic:装配", "via:微信", "guests.phone:138", "on:2024-06", "Topic:装配", "lunch:yes"]
)
def test_queries_know_its_fields(crm: Run, query: str) -> None:
    assert the_visit(crm) in crm("list", "visit", query)


def test_list_shows_its_columns(crm: Run) -> None:
    (row,) = json.loads(crm("list", "visit", "--format", "json"))
    assert row["topic"] == "参观装配线"
    assert "李四" in crm("list", "visit")


def test_the_customer_is_found_by_it(crm: Run) -> None:
    assert "北京示例" in crm("list", "customer", "visit.topic:装配")
    assert "北京示例" not in crm("list", "customer", "visit.topic:别的")


def test_full_text_search_finds_it(crm: Run) -> None:
    assert the_visit(crm) in crm("find", "装配线")


def test_its_page_and_the_customers_page_show_it(crm: Run) -> None:
    assert "参观装配线" in crm("show", the_visit(crm))
    records = json.loads(crm("show", "北京示例", "--json"))["records"]
    assert "参观装配线" in json.dumps(records, ensure_ascii=False)


def test_its_fields_are_checked_and_suggested(crm: Run) -> None:
    assert "topic" in crm("add", "visit", "北京示例", "topik=x", code=2)
    assert "wechat" in crm("add", "visit", "北京示例", "topic=x", "via=wechta", code=2)
    assert "nobody can come" in crm("add", "visit", "北京示例", "topic=x", "seats=0", code=1)


def test_it_can_be_changed(crm: Run) -> None:
    ident = the_visit(crm)
    crm("set", ident, "seats=12", "guests.1.name=李总")
    shown = json.loads(crm("show", ident, "--json"))
    assert (shown["seats"], shown["guests"][1]) == (12, {"name": "李总"})


def test_its_schema_is_generated(crm: Run, tmp_path: Path) -> None:
    crm(str(tmp_path), module="crmkit.records.schema")
    schema = json.loads((tmp_path / "visit.schema.json").read_text(encoding="utf-8"))
    assert schema["required"] == ["topic"]
    assert schema["properties"]["guests"]["items"]["properties"]["phone"]["title"] == "Guest phone"


def test_completion_offers_the_kind_its_fields_and_values(crm: Run) -> None:
    assert "visit" in crm("__complete", "add", "vi")
    assert "topic=" in crm("__complete", "add", "visit", "北京示例", "to")
    assert "wechat" in crm("__complete", "add", "visit", "北京示例", "via=")
    assert the_visit(crm) in crm("__complete", "show", "visit-")
