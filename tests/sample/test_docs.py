"""docs/coverage.md names every requirement and only fields, commands and tests that exist; docs/records.md is what
the record classes say.

`python tests/sample/test_docs.py` writes docs/records.md anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crmkit import i18n
from crmkit.cli.app import COMMANDS
from crmkit.records import registry
from crmkit.records.catalog import FieldSpec, KindSpec
from crmkit.settings.load import defaults
from crmkit.settings.model import Term

ROOT = Path(__file__).parents[2]
COUNTS = {"000": 64, "001": 45, "002": 49, "003": 101, "004": 52}
ROW = re.compile(r"^\| (R-\d{3}-\d+) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)
KINDS = {"follow-up": "followup"}


def rows() -> list[tuple[str, str, str, str, str]]:
    text = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8").replace(r"\|", "¦")
    return ROW.findall(text)


def test_every_requirement_stands_in_the_coverage_once() -> None:
    numbers = [f"R-{source}-{n:02d}" for source, count in COUNTS.items() for n in range(1, count + 1)]
    assert [r[0] for r in rows()] == numbers


def test_the_coverage_names_only_tests_that_exist() -> None:
    named = {path for row in rows() for path in re.findall(r"`(tests/[^`]+)`", row[3])}
    assert not sorted(path for path in named if not (ROOT / path).exists())


def test_what_holds_today_has_a_test() -> None:
    untested = [number for number, _, where, test, later in rows() if not later and not test]
    assert untested == ["R-002-49"], "cut off in the source: nothing to test"


def test_commands_that_hold_today_exist() -> None:
    named = {
        verb
        for row in rows()
        if not row[4]
        for verb in re.findall(r"`crm ([a-z]+)", row[2].replace("`crm.yaml`", ""))
    }
    assert named
    assert named <= set(COMMANDS)


def fields_named(where: str) -> list[tuple[str, str]]:
    """`customer `name stage_history.on`, `tags`; ...` -> [(customer, name), ...]."""
    found, kind = [], ""
    for word, code in re.findall(r"([a-z-]+)?[ ,]*`([^`]+)`", where):
        name = KINDS.get(word, word)
        kind = name if name in registry.kinds() else (kind if word in {"", "and"} else "")
        if not kind or code.startswith("crm") or ":" in code.split("{")[0].replace(": ", " ") or "(" in code:
            continue
        plain = re.sub(r"[:\[\]{},]", " ", code.split(": ")[0] if ":" in code else code)
        found += [(kind, field) for field in plain.split() if re.fullmatch(r"[a-z_.]+", field)]
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row[0]))
def test_the_coverage_names_only_fields_that_exist(row: tuple[str, str, str, str, str]) -> None:
    kinds = registry.catalog(defaults()).kinds
    for kind, field in fields_named(row[2]):
        known = set(kinds[kind].by_name)
        free = field.split(".")[0] in {"sections", "scores"}
        assert field in known or free or any(name.endswith(f".{field}") for name in known), f"{kind} {field}"


def described(spec: FieldSpec) -> str:
    parts = {
        "vocabulary": f"one of {spec.vocabulary}",
        "reference": f"id of a {spec.refers_to or 'record'}",
        "when": "date or time",
        "money": "money",
        "mapping": "entries" if spec.is_list else "group",
    }
    text = parts.get(spec.type, spec.type)
    return f"list: {text}" if spec.is_list and spec.type != "mapping" else text


def zh(text: str) -> str:
    return i18n.in_language("zh", text)


def table(kind: KindSpec) -> list[str]:
    place = {
        "customer": "customers/YYYY/NUMBER/customer.yaml",
        "dossier": f"customers/YYYY/NUMBER/{kind.name}-*.yaml",
    }
    where = place.get(kind.place, f"{kind.place}/{'YYYY/' if kind.by_year else ''}{kind.name}-*.yaml")
    lines = ["", f"## {kind.name}: {kind.label} ({zh(kind.label)})", "", f"`{where}`", ""]
    lines += ["| field | | 中文 | what |", "|---|---|---|---|"]
    for spec in kind.fields:
        marks = ["required"] if spec.required else []
        marks += [m for m in ("secret", "personal") if m in spec.marks]
        what = "; ".join([described(spec), *marks])
        lines.append(f"| `{spec.path}` | {spec.label} | {zh(spec.label)} | {what} |")
    return lines


def vocabulary(terms: dict[str, Term]) -> str:
    return ", ".join(f"`{t.code}` {t.zh or t.en}" for t in terms.values())


def page() -> str:
    settings = defaults()
    lines = [
        "# The records: every kind and field",
        "",
        "Made from the record classes by `python tests/sample/test_docs.py`; a test fails when it is not what they say.",
        "",
        "Any field may be left out unless it says *required*; `crm.yaml` can require more. `[]` marks a list, a dot steps",
        "into an entry: `contacts[].phone` is written as in the sample book, queried as `contacts.phone`, set as",
        "`contacts.0.phone=...`. Dates are `2024-06-05`, times `2024-06-05T14:30+08:00`, money `500000` or",
        "`{amount: 500000, currency: CNY}`; on entry also `明天`, `下周五`, `50万`, `50-80万`. Where *one of* is said, files",
        "hold the code, and the Chinese or English label is understood on entry. `id`, `kind`, `path` and `customer` in JSON",
        "come from where the file lies. *secret* values stand in a file only encrypted.",
    ]
    for kind in registry.catalog(settings).kinds.values():
        lines += table(kind)
    lines += ["", "## Vocabularies", "", "A book adds its own under `vocabularies` in `crm.yaml`.", ""]
    lines += ["| name | values |", "|---|---|"]
    lines += [f"| {name} | {vocabulary(dict(terms))} |" for name, terms in settings.vocabularies.items()]
    return "\n".join(lines) + "\n"


def test_records_md_is_what_the_classes_say() -> None:
    shown = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
    assert shown == page(), "run: python tests/sample/test_docs.py"


if __name__ == "__main__":
    (ROOT / "docs" / "records.md").write_text(page(), encoding="utf-8")
