"""crm.yaml names kinds and fields: what does not exist is said, with its line and the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

import crmkit
from crmkit.records.in_book import problems
from crmkit.settings.load import load


@pytest.mark.parametrize(
    ("text", "line", "field", "way_out"),
    [
        ("name: x\nrequired:\n  custmer: [name]", 3, "required.custmer", "customer"),
        ("required:\n  customer: [name, contacts.phne]", 2, "required.customer", "contacts.phone"),
        ("fields:\n  custmer: {area: number}", 2, "fields.custmer", "customer"),
        ("fields:\n  customer:\n    name: text", 3, "fields.customer.name", "another name"),
        (
            "fields:\n  customer:\n    area: {vocabulary: sourc}",
            3,
            "fields.customer.area.vocabulary",
            "source",
        ),
        ("views:\n  big: {kind: custmer}", 2, "views.big.kind", "customer"),
        ("views:\n  big: {columns: [nmae]}", 2, "views.big.columns", "name"),
    ],
)
def test_a_name_that_nobody_knows_is_a_warning(text: str, line: int, field: str, way_out: str) -> None:
    (problem,) = problems(load(text.encode())[0])
    assert (problem.path, problem.line, problem.field, problem.severity) == (
        "crm.yaml",
        line,
        field,
        "warning",
    )
    assert way_out in str(problem.hint)


def test_what_exists_is_fine() -> None:
    text = (
        "required: {customer: [contacts.phone, area]}\nfields: {customer: {area: number}}\n"
        "views: {big: {columns: [name, area, contacts.name]}}"
    )
    assert problems(load(text.encode())[0]) == []


def test_the_sample_book_names_only_what_exists() -> None:
    raw = (Path(crmkit.__file__).parents[2] / "sample_data" / "crm.yaml").read_bytes()
    assert problems(load(raw)[0]) == []
