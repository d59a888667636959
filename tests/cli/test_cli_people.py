"""Names that nobody has: a row owned by a stranger is shown to nobody, so it is told before it is lost."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Crm = Callable[..., Any]
SAMPLE = Path(__file__).parents[2] / "sample_data"
NUMBER = "202403-001"  # owned by 张三
ON = ("--on", "2024-06-15")


@pytest.fixture
def team(tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample book, used by somebody of its team."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".crm", ".git"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CRM_LANG", "en")
    monkeypatch.setenv("CRM_USER", "赵静")  # who may change everything
    return folder


def told(crm: Crm, code: str) -> list[dict[str, Any]]:
    found = json.loads(crm("check", "--json").out)
    return [p for p in found if p["code"] == code]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("set", NUMBER, "owner=王五"), "owner"),
        (("set", NUMBER, "success_manager=王五"), "success_manager"),
        (("set", NUMBER, "collaborators+=张三、王五"), "collaborators"),
        (("add", "plan", NUMBER, "name=挽回", "steps.0.what=电话", "steps.0.owner=王五"), "steps.0.owner"),
        (("log", NUMBER, "--content", "x", "--next", "y", "--by", "+3d", "--owner", "王五"), "--owner"),
        (("plan", NUMBER, "--due", "+3d", "--reason", "x", "owner=王五"), "owner"),
        (("log", NUMBER, "--content", "x", "--as", "王五"), "--as"),
    ],
)
def test_a_stranger_cannot_be_made_to_answer_for_something(
    team: Path, crm: Crm, words: tuple[str, ...], field: str
) -> None:
    before = {p: p.read_bytes() for p in team.rglob("*.yaml")}
    refused = crm(*words, *ON)
    assert (refused.code, refused.out) == (2, "")
    assert f"error: {field}: nobody in the team is called '王五'\nhint: did you mean 王芳?" in refused.err
    assert {p: p.read_bytes() for p in team.rglob("*.yaml")} == before


def test_a_member_is_saved_under_the_name_that_the_team_knows(team: Path, crm: Crm) -> None:
    assert crm("set", NUMBER, "owner=LISI@qinghe.example.com", "collaborators=王芳,张三").code == 0
    saved = json.loads(crm("show", NUMBER, "--json").out)
    assert (saved["owner"], saved["collaborators"]) == ("李四", ["王芳", "张三"])
    assert crm("due", "--as", "王五", *ON).code == 0  # reading is nobody's loss


def test_a_stranger_in_a_file_can_be_taken_out_and_handed_over(team: Path, crm: Crm) -> None:
    path = team / f"customers/2024/{NUMBER}/customer.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("owner: 张三", "owner: 王五\ncollaborators: [王五, 李四]"), encoding="utf-8")
    found = {(p["field"], p["severity"], p["line"] > 0) for p in told(crm, "person.team")}
    assert found == {("owner", "warning", True), ("collaborators.0", "warning", True)}
    assert crm("set", NUMBER, "collaborators-=王五").code == 0
    assert crm("set", "--where", "owner:王五", "owner=张三", "--yes").code == 0
    assert not told(crm, "person.team")


def test_who_did_something_may_have_left_and_is_told_once(team: Path, crm: Crm) -> None:
    written = sorted((team / "customers").rglob("followup-*.yaml"))[:40]
    changed = 0
    for path in written:
        text = path.read_text(encoding="utf-8")
        changed += "by: 张三" in text
        path.write_text(text.replace("\nby: 张三", "\nby: 张珊"), encoding="utf-8")
    assert changed > 2
    (found,) = told(crm, "person.team")
    assert f"and so in {changed - 1} more" in found["message"]
    assert "did you mean 张三?" in found["hint"]


def test_a_contact_that_the_customer_does_not_have_is_told_with_the_nearest(team: Path, crm: Crm) -> None:
    name = json.loads(crm("show", NUMBER, "--json").out)["contacts"][0]["name"]
    wrong = name[:-1] + "吉"
    saved = crm("log", NUMBER, "--content", "x", "--contact", wrong, *ON)
    assert saved.code == 0
    assert f"contact: the customer has no contact called '{wrong}' - did you mean {name}?" in saved.err
    assert "no contact" not in crm("log", NUMBER, "--content", "x", "--contact", name, *ON).err
    new = crm("set", NUMBER, "contacts.1.name=于洋")
    assert new.code == 0
    assert "no contact" not in crm("log", NUMBER, "--content", "x", "--contact", "于洋", *ON).err
    assert [p["field"] for p in told(crm, "person.contact")] == ["contact"]


def test_a_book_without_a_team_takes_every_name(book: Path, crm: Crm) -> None:
    assert crm("set", "202406-001", "owner=王五").code == 0
    assert crm("log", "202406-001", "--content", "x", "--as", "王五").code == 0
    assert not told(crm, "person.team")


def test_the_sample_book_names_only_people_it_knows(team: Path, crm: Crm) -> None:
    assert not told(crm, "person.team")
    assert not told(crm, "person.contact")


def test_a_misspelt_rule_is_told_where_its_rows_are_missed(team: Path, crm: Crm) -> None:
    settings = team / "crm.yaml"
    text = settings.read_text(encoding="utf-8")
    assert crm("due", *ON).err == ""
    settings.write_text(text.replace("  cadence.potential:", "  cadence.potentail:"), encoding="utf-8")
    err = crm("due", *ON).err
    assert "rules.cadence.potentail: unknown rule 'cadence.potentail'" in err
    assert "hint: see what is wrong: crm check" in err
    settings.write_text(text.replace("\nprofile:", "\nprofil:") + "\nlogo: x\n", encoding="utf-8")
    assert crm("due", *ON).err == ""  # what changes no reminder waits for crm check


def test_a_rule_that_cannot_hold_is_told_too(book: Path, crm: Crm) -> None:
    with (book / "crm.yaml").open("a", encoding="utf-8") as file:
        file.write("\nrules:\n  cadence.potential: {when: 'created_on<today'}\n")
    assert "crm.yaml" in crm("due", "--on", "2024-06-08").err


@pytest.mark.parametrize(
    ("role", "said", "hint"),
    [
        ("data_manger", "for a role that does not exist: 'data_manger'", "did you mean data_manager?"),
        ("数据管理员", "for a role that does not exist", "did you mean data_manager?"),
        ("legal", "", ""),
        ("marketing", "for the role marketing, which nobody has", "give it to somebody under team"),
    ],
)
def test_a_duty_for_a_role_that_nobody_has(team: Path, crm: Crm, role: str, said: str, hint: str) -> None:
    settings = team / "crm.yaml"
    text = settings.read_text(encoding="utf-8").replace("roles: [marketing]", "roles: [sales]")
    head, _, rest = text.partition("\nchores:\n")
    duty = f"  - {{name: own, rrule: FREQ=MONTHLY;BYMONTHDAY=1, role: {role}}}\n"
    settings.write_text(f"{head}\nchores:\n{duty}{rest}", encoding="utf-8")
    found = told(crm, "settings.role")
    assert bool(found) == bool(said)
    for problem in found:
        assert said in problem["message"]
        assert hint in problem["hint"]
        assert problem["line"] > 0
