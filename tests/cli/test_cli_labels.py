"""Queries, columns and orders take the names that people see, in either language."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Crm = Callable[..., Any]
SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.fixture
def sample(tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample book, read by somebody who may see everything."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".crm", ".git"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CRM_LANG", "en")
    monkeypatch.setenv("CRM_USER", "赵静")
    return folder


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("客户名称:昆明", "name:昆明"),
        ("负责人:李四", "owner:李四"),
        ("联系人.姓名:王", "contacts.name:王"),
        ("级别:VIP客户", "tier:A"),
        ("opportunity.预计金额>=10万", "opportunity.amount>=10万"),
        ("销售机会.预计金额>=10万", "opportunity.amount>=10万"),
        ("has:公司电话", "has:phone"),
    ],
)
def test_a_query_takes_labels(sample: Path, crm: Crm, said: str, meant: str) -> None:
    found = crm("list", "customer", said, "--format", "ids")
    assert found.out
    assert found.out == crm("list", "customer", meant, "--format", "ids").out


def test_what_is_due_takes_labels(sample: Path, crm: Crm) -> None:
    on = ("--on", "2024-06-15", "--owner", "all", "--format", "ids")
    assert crm("due", "负责人:李四 客户等级:A", *on).out == crm("due", "owner:李四 tier:A", *on).out != ""


@pytest.mark.parametrize(("language", "said"), [("zh", "客户名称,负责人"), ("en", "Customer name,Owner")])
def test_columns_and_order_take_labels(sample: Path, crm: Crm, language: str, said: str) -> None:
    plain = crm(
        "list",
        "customer",
        "--columns",
        "name,owner",
        "--sort",
        "-name",
        "--format",
        "csv",
        "--lang",
        language,
    )
    first, rest = said.split(",")
    told = crm(
        "list", "customer", "--columns", said, "--sort", f"-{first}", "--format", "csv", "--lang", language
    )
    assert rest
    assert told.out == plain.out != ""


def test_a_word_of_several_labels_names_them(sample: Path, crm: Crm) -> None:
    refused = crm("list", "customer", "状态:沉睡", "--lang", "zh")
    assert refused.code == 2
    assert "status" in refused.err
    assert refused.err.startswith("error: 客户：没有 '状态' 这个字段")
