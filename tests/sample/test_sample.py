"""The sample book is clean, complete and alive on 2024-06-15: README, the demo and other tests rely on it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import yaml
from crmkit.actions import check, due
from crmkit.actions.session import Session, open_session
from crmkit.yaml import read

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data"
TODAY = "2024-06-15"

DUE = """
202310-001 activity.drop      2024-06-01 overdue
202404-002 cadence.dormant    2024-06-08 overdue
202406-003 followup           2024-06-10 overdue
202301-001 health.warning     2024-06-14 overdue
202309-001 review.contract    2024-06-14 overdue
202402-002 cadence.new        2024-06-14 overdue
draft-240612-k2m9 review.customer    2024-06-14 overdue
team chore.weekly_review 2024-06-14 overdue
202206-001 date.birthday      2024-06-15 today
202206-001 date.contract      2024-06-15 today
202206-001 date.holiday       2024-06-15 today
202206-001 feedback.due       2024-06-15 today
202206-001 followup           2024-06-15 today
202207-001 cadence.lost       2024-06-15 today
202209-001 cadence.ordinary   2024-06-15 today
202209-001 survey.quarterly   2024-06-15 today
202210-001 cadence.dormant    2024-06-15 today
202212-001 date.holiday       2024-06-15 today
202301-001 plan.step          2024-06-15 today
202301-001 sla.resolve        2024-06-15 today
202302-001 sla.revisit        2024-06-15 today
202303-001 sla.respond        2024-06-15 today
202305-001 date.birthday      2024-06-15 today
202306-001 cadence.high_value 2024-06-15 today
202306-001 date.holiday       2024-06-15 today
202310-001 contact.update     2024-06-15 today
202311-001 order.payment      2024-06-15 today
202311-001 promise.open       2024-06-15 today
202312-001 cadence.override   2024-06-15 today
202312-001 opportunity.close  2024-06-15 today
202312-001 opportunity.stale  2024-06-15 today
202402-001 opportunity.stale  2024-06-15 today
202403-001 followup           2024-06-15 today
202405-001 cadence.potential  2024-06-15 today
202405-002 need.update        2024-06-15 today
202406-001 followup           2024-06-15 today
202406-002 cadence.new        2024-06-15 today
202406-002 order.delivery     2024-06-15 today
202406-004 cadence.potential  2024-06-15 today
202406-005 cadence.potential  2024-06-15 today
202206-001 followup           2024-06-16 soon
202212-001 cadence.dormant    2024-06-16 soon
202303-001 sla.resolve        2024-06-16 soon
202308-001 cadence.override   2024-06-16 soon
draft-240612-k2m9 followup           2024-06-16 soon
"""
"""Reckoned from the files by hand and by a second small program, not by the rules under test."""

RULES = {
    "followup", "cadence.potential", "cadence.new", "cadence.high_value", "cadence.dormant", "cadence.ordinary",
    "cadence.lost", "cadence.override", "date.contract", "date.birthday", "sla.respond", "sla.resolve",
    "sla.revisit", "feedback.due", "need.update", "promise.open", "contact.update", "activity.drop",
    "survey.quarterly", "health.warning", "date.holiday", "review.customer", "review.contract",
    "order.delivery", "order.payment", "opportunity.stale", "opportunity.close", "plan.step", "chore.weekly_review",
}  # fmt: skip


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    book = tmp_path_factory.mktemp("sample") / "book"
    shutil.copytree(SAMPLE, book)
    return open_session(book=str(book), actor="赵静", on=TODAY, env={}, cwd=book)


def documents() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(SAMPLE.rglob("*.yaml")):
        yield path, read.load(path.read_bytes(), path.name).data


def values(data: Any, key: str) -> Iterator[Any]:
    """Every value under `key`, at any depth."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield from value if isinstance(value, list) else [value]
            yield from values(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from values(value, key)


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [
        data for path, data in documents() if path.name == f"{kind}.yaml" or path.name.startswith(f"{kind}-")
    ]


def test_what_is_due_on_its_day(session: Session) -> None:
    rows = [
        (r["customer"] or "team", r["rule"], r["due"][:10], r["state"])
        for r in (d.to_json() for d in due.due(session))
    ]
    assert sorted(rows) == sorted(tuple(line.split()) for line in DUE.strip().splitlines())


def test_every_rule_has_something_due() -> None:
    assert {line.split()[1] for line in DUE.strip().splitlines()} == RULES


def test_check_finds_no_error_and_only_the_warnings_that_docs_explain(session: Session) -> None:
    problems = check.check(session)
    assert not [str(p.message) for p in problems if p.severity == "error"]
    told = re.findall(
        r"^\| `([^`]+)` \| `([^`]+)` \|", (ROOT / "docs" / "sample.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted((p.path, p.code) for p in problems) == sorted(told)


def test_every_field_of_every_kind_is_used(session: Session) -> None:
    """Save the secret ones, which may only stand encrypted."""
    for kind, spec in session.catalog.kinds.items():
        records = of_kind(kind)
        unused = [
            f.path
            for f in spec.fields
            if f.type != "mapping"
            and "secret" not in f.marks
            and not any(reaches(r, f.path) for r in records)
        ]
        assert not unused, kind


def reaches(data: Any, path: str) -> bool:
    step, _, rest = path.partition(".")
    value = data.get(step.removesuffix("[]")) if isinstance(data, dict) else None
    if value in (None, "", [], {}):
        return False
    if not rest:
        return True
    return any(reaches(v, rest) for v in value) if isinstance(value, list) else reaches(value, rest)


@pytest.mark.parametrize(
    ("kind", "field", "vocabulary"),
    [
        ("customer", "type", "customer_kind"), ("customer", "stage", "stage"), ("customer", "tier", "tier"),
        ("customer", "customer_type", "customer_type"), ("customer", "collected_by", "collected_by"),
        ("customer", "status", "activity"), ("followup", "status", "followup_status"),
        ("followup", "channels", "channel"), ("opportunity", "stage", "opportunity_stage"),
        ("feedback", "type", "feedback_type"), ("feedback", "status", "feedback_status"),
        ("order", "status", "order_status"), ("order", "payment_status", "payment_status"),
        ("contract", "status", "contract_status"), ("plan", "purpose", "plan_purpose"),
        ("plan", "status", "plan_status"), ("campaign", "type", "campaign_type"),
    ],
)  # fmt: skip
def test_every_value_of_the_main_vocabularies_occurs(
    session: Session, kind: str, field: str, vocabulary: str
) -> None:
    used = {
        v
        for data in of_kind(kind)
        for v in ([data[field]] if isinstance(data.get(field), str) else data.get(field, []))
    }
    assert set(session.settings.vocabularies[vocabulary]) - used == set()


def test_it_is_a_book_of_companies_and_persons() -> None:
    customers = of_kind("customer")
    assert len(customers) >= 25
    assert {c["type"] for c in customers} == {"company", "person"}


def test_nothing_in_it_is_real_or_secret() -> None:
    for path, data in documents():
        assert not set(values(data, "id_number")) | set(values(data, "bank_account")), path
        for address in values(data, "email"):
            assert address.endswith("example.com"), path


def test_child_records_leave_the_customer_to_the_folder() -> None:
    for path, data in documents():
        assert "id" not in data, path
        assert "customer" not in data, path


def test_its_history_ends_on_its_day() -> None:
    days = [day for path, data in documents() if path.name != "crm.yaml" for key in ("at", "created_on", "on", "received_at")
            for day in values(data, key) if isinstance(day, str)]  # fmt: skip
    assert min(days) < "2022-07"
    assert max(d[:10] for d in days) == TODAY


class Editor(yaml.SafeLoader):
    """YAML as editors read it: version 1.2, dates are strings, only true and false are booleans."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":bool"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def test_editors_with_the_schemas_underline_nothing() -> None:
    for path in sorted(SAMPLE.rglob("*.yaml")):
        if path.parent.name == "chores":
            continue
        kind = "crm" if path.name == "crm.yaml" else path.stem.split("-")[0]
        schema = json.loads((ROOT / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8"))
        data = yaml.load(path.read_text(encoding="utf-8"), Editor)  # noqa: S506 - a SafeLoader
        found = [
            f"{list(e.path)}: {e.message}" for e in jsonschema.Draft202012Validator(schema).iter_errors(data)
        ]
        assert not found, path
