"""Commands on a real book, piped: what scripts rely on."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Crm = Callable[..., Any]
NUMBER = "202406-001"


def say(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let `text` come from stdin."""
    stdin = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)


def test_the_first_day(book: Path, crm: Crm) -> None:
    (row,) = json.loads(crm("due", "--on", "2024-06-08", "--json").out)
    assert (row["rule"], row["due"], row["state"], row["days"]) == (
        "cadence.potential",
        "2024-06-08",
        "today",
        0,
    )
    assert row["contact"]["phone"] == "010-****6666"
    revealed = json.loads(crm("due", "--on", "2024-06-08", "--json", "--reveal").out)
    assert revealed[0]["contact"]["phone"] == "01088886666"


def test_nothing_due_prints_nothing(book: Path, crm: Crm) -> None:
    assert crm("due", "--on", "2024-06-05") == (0, "", "")
    assert json.loads(crm("due", "--on", "2024-06-05", "--json").out) == []


def test_due_tells_why(book: Path, crm: Crm) -> None:
    row = json.loads(crm("due", "--on", "2024-06-08", "--why", "--json").out)[0]
    assert any("cadence.potential" in line for line in row["why"])
    assert any("customer.yaml" in line for line in row["why"])


def test_a_change_prints_its_id_and_json_its_files(
    book: Path, crm: Crm, git_log: Callable[[], list[str]]
) -> None:
    before = len(git_log())
    done = crm("plan", NUMBER, "--due", "2024-06-20", "--reason", "发报价", "--json")
    told = json.loads(done.out)
    assert (told["kind"], told["changed"]) == ("followup", [told["path"]])
    assert (book / told["path"]).exists()
    assert len(git_log()) == before + 1
    assert crm("set", told["id"], "due=2024-06-21").out == told["id"] + "\n"


def test_quiet_leaves_the_data(book: Path, crm: Crm) -> None:
    assert crm("add", "customer", "name=Acme Machinery Ltd", "--on", "2024-06-06", "-q") == (
        0,
        "202406-002\n",
        "",
    )


def test_dry_run_shows_the_diff_and_writes_nothing(
    book: Path, crm: Crm, git_log: Callable[[], list[str]]
) -> None:
    before = git_log(), (book / "customers/2024" / NUMBER / "customer.yaml").read_bytes()
    shown = crm("set", NUMBER, "stage=intent", "--dry-run")
    assert "-stage: potential" in shown.out
    assert "+stage: intent" in shown.out
    told = json.loads(crm("set", NUMBER, "stage=intent", "--dry-run", "--json").out)
    assert "+stage: intent" in told["diff"]
    assert told["id"] == NUMBER
    assert (git_log(), (book / "customers/2024" / NUMBER / "customer.yaml").read_bytes()) == before


def test_ids_from_a_pipe(book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm("add", "customer", "name=Acme Machinery Ltd", "--on", "2024-06-06")
    ids = crm("list", "customer", "--format", "ids").out
    assert ids.split() == [NUMBER, "202406-002"]
    say(monkeypatch, ids)
    assert crm("set", "-", "tags+=VIP").code == 0
    rows = json.loads(crm("list", "customer", "tag:VIP", "--json").out)
    assert [r["id"] for r in rows] == ids.split()


def test_no_ids_from_a_pipe_is_nothing_to_do(book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, "")
    assert crm("set", "-", "tags+=VIP") == (0, "", "")


def test_many_want_a_yes_off_a_terminal(book: Path, crm: Crm) -> None:
    crm("add", "customer", "name=Acme Machinery Ltd", "--on", "2024-06-06")
    refused = crm("set", "--where", "id:2024", "tags+=x")
    assert (refused.code, refused.out) == (1, "")
    assert "--yes" in refused.err
    assert crm("set", "--where", "id:2024", "tags+=x", "--yes").code == 0
    assert len(json.loads(crm("list", "customer", "tag:x", "--json").out)) == 2


def test_values_from_a_file_and_from_stdin(book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("notes.txt").write_text("第一行\n第二行 = x\n", encoding="utf-8")
    assert crm("set", NUMBER, "note=@notes.txt").code == 0
    assert json.loads(crm("show", NUMBER, "--json").out)["note"] == "第一行\n第二行 = x"
    say(monkeypatch, "from a pipe\n")
    assert crm("set", NUMBER, "note=-").code == 0
    assert json.loads(crm("show", NUMBER, "--json").out)["note"] == "from a pipe"


def test_a_record_from_yaml(book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, "name: Beispiel GmbH\ntags: [export]\n")
    added = crm("add", "customer", "--from", "-")
    assert added.code == 0, added.err
    assert json.loads(crm("show", added.out.strip(), "--json").out)["tags"] == ["export"]


def test_missing_fields_are_an_error_off_a_terminal(book: Path, crm: Crm) -> None:
    refused = crm("add", "customer")
    assert refused.code == 1
    assert "name" in refused.err


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["list", "customer", "owner:nobdy"], "Zhang San", 2),
        (["list", "customer", "tier:A ("], "^", 2),
        (["list", "custmer"], "customer", 2),
        (["set", NUMBER, "stgae=intent"], "stage", 2),
        (["set", NUMBER, "stage=intnt"], "intent", 2),
        (["set", NUMBER], "field=value", 2),
        (["show", "nobody"], "nobody", 1),
        (["plan", NUMBER, "--reason", "x"], "--due", 2),
        (["due", "--on", "gibberish"], "gibberish", 2),
        (["cancel", NUMBER], "--why", 2),
        (["add", "order", "number=1"], "CUSTOMER", 2),
    ],
)
def test_errors_name_the_way_out(book: Path, crm: Crm, words: list[str], said: str, code: int) -> None:
    told = crm(*words)
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert told.err.startswith("error: ")
    assert "Traceback" not in told.err


def test_negation_without_quotes(book: Path, crm: Crm) -> None:
    assert crm("list", "customer", "-stage:lost", "--format", "ids").out == NUMBER + "\n"
    assert crm("list", "customer", "-stage:potential", "--format", "ids").out == ""
    assert crm("list", "customer", "--format", "ids", "--", "-stage:lost").out == NUMBER + "\n"


def test_show_gives_fields_and_for_a_customer_the_dossier(book: Path, crm: Crm) -> None:
    page = json.loads(crm("show", "bjsl", "--json").out)
    assert (page["id"], page["contacts"][0]["phone"]) == (NUMBER, "01088886666")
    assert page["records"][0]["content"] == page["timeline"][0]["text"] == "初次沟通"
    assert page["due"][0]["rule"] == "cadence.potential"
    lines = dict(line.split("\t") for line in crm("show", NUMBER).out.splitlines())
    assert lines["contacts.0.phone"] == "01088886666"


def test_done_answers_a_row(book: Path, crm: Crm) -> None:
    row = json.loads(crm("due", "--on", "2024-06-08", "--json").out)[0]["id"]
    done = crm("done", row, "--channel", "phone", "--feedback", "再考虑", "--on", "2024-06-08T11:00")
    assert done.code == 0, done.err
    assert crm("due", "--on", "2024-06-08").out == ""
    assert json.loads(crm("due", "--on", "2024-06-15", "--json").out)[0]["due"] == "2024-06-15"


def test_a_customer_stands_for_its_only_row(book: Path, crm: Crm) -> None:
    done = crm("done", "北京示例", "--channel", "phone", "--content", "再谈", "--on", "2024-06-08T11:00")
    assert done.code == 0, done.err
    record = json.loads(crm("show", done.out.strip(), "--json").out)
    assert record["answers"] == f"{NUMBER}/cadence.potential/{NUMBER}/2024-06-08"
    crm("plan", NUMBER, "--due", "2024-06-10", "--reason", "a")
    crm("plan", NUMBER, "--due", "2024-06-10", "--reason", "b")
    several = crm("done", "北京示例", "--on", "2024-06-10")
    assert several.code == 1
    assert several.err.count("/followup/") == 2


def test_a_late_one_wants_a_reason(book: Path, crm: Crm) -> None:
    row = json.loads(crm("due", "--on", "2024-06-10", "--json").out)[0]["id"]
    refused = crm("snooze", row, "+3d", "--on", "2024-06-10")
    assert refused.code == 2
    assert "--why" in refused.err
    assert crm("snooze", row, "+3d", "--why", "客户出差", "--on", "2024-06-10").code == 0
    (left,) = json.loads(crm("due", "--on", "2024-06-13", "--json").out)
    assert (left["rule"], left["due"]) == ("followup", "2024-06-13")


def test_undo_takes_back_and_redoes(book: Path, crm: Crm) -> None:
    crm("set", NUMBER, "stage=intent")
    assert crm("undo").code == 0
    assert json.loads(crm("show", NUMBER, "--json").out)["stage"] == "potential"
    assert crm("undo").code == 0
    assert json.loads(crm("show", NUMBER, "--json").out)["stage"] == "intent"


def test_rm_and_back(book: Path, crm: Crm) -> None:
    assert crm("rm", NUMBER).code == 1  # more than one file: wants a yes
    assert crm("rm", NUMBER, "--yes").code == 0
    assert crm("list", "customer").out == ""
    assert crm("undo", "--yes").code == 0
    assert crm("list", "customer", "--format", "ids").out == NUMBER + "\n"


def test_a_broken_file_is_named_and_the_rest_goes_on(book: Path, crm: Crm) -> None:
    folder = book / "customers/2024/202406-009"
    folder.mkdir()
    (folder / "customer.yaml").write_text("name: x\nname: y\n", encoding="utf-8")
    listed = crm("list", "customer", "--format", "ids")
    assert (listed.code, listed.out) == (0, NUMBER + "\n")
    assert "1 file needs attention" in listed.err
    assert "202406-009/customer.yaml" in listed.err
    checked = crm("check", "--json")
    assert checked.code == 3
    (problem,) = [p for p in json.loads(checked.out) if p["severity"] == "error"]
    assert (problem["path"], problem["line"]) == ("customers/2024/202406-009/customer.yaml", 2)
    assert problem["hint"]
    assert set(problem) == {"path", "line", "field", "code", "severity", "message", "hint"}


def test_hostile_text_never_reaches_stdout_raw(book: Path, crm: Crm) -> None:
    crm("set", NUMBER, "short_name=\x1b[2J\u202eevil")
    for words in (
        ["list", "customer", "--columns", "short_name"],
        ["show", NUMBER],
        ["show", NUMBER, "--format", "table"],
    ):
        out = crm(*words).out
        assert "\x1b" not in out
        assert "\u202e" not in out
    assert "\\u202e" in crm("list", "customer", "--columns", "short_name").out


def test_the_book_is_found_by_option_environment_and_folder(
    book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(book / "customers" / "2024")
    assert crm("list", "customer", "--format", "ids").out == NUMBER + "\n"
    monkeypatch.chdir(tmp_path)
    missing = crm("list", "customer")
    assert missing.code == 1
    assert "crm init" in missing.err
    assert crm("--book", str(book), "list", "customer", "--format", "ids").out == NUMBER + "\n"
    monkeypatch.setenv("CRM_BOOK", str(book))
    assert crm("list", "customer", "--format", "ids").out == NUMBER + "\n"


def test_doctor(book: Path, crm: Crm) -> None:
    told = crm("doctor", "--json")
    found = {f["what"]: f for f in json.loads(told.out)}
    assert found["book"]["found"].startswith(str(book))
    assert told.code == (0 if all(f["ok"] for f in found.values()) else 1)


def test_hot_commands_import_nothing_heavy(book: Path, crm: Crm) -> None:
    import subprocess

    code = (
        "import sys; from crmkit.__main__ import main\n"
        "for words in (['due', '--on', '2024-06-08'], ['list', 'customer', 'stage:potential'], ['find', '初次'],\n"
        "              ['__complete', 'show', '2024'], ['due', '--json']):\n"
        "    assert main(words) == 0, words\n"
        "heavy = {'typer', 'rich', 'pydantic', 'yaml', 'ruamel', 'textual', 'pypinyin', 'phonenumbers', 'jinja2', 'apprise'}\n"
        "found = heavy & set(sys.modules); assert not found, found"
    )
    crm("list", "customer")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def complete(crm: Crm, *words: str) -> dict[str, str]:
    told = crm("__complete", *words)
    assert (told.code, told.err) == (0, "")
    return dict(line.split("\t") for line in told.out.splitlines())


def test_completion_knows_the_book(book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    assert complete(crm, "sh") == {"show": "a customer's page, or one record"}
    assert complete(crm, "add", "cust")["customer"]
    assert NUMBER in complete(crm, "show", "2024")
    assert complete(crm, "show", "北京") == {"北京示例信息技术股份有限公司": NUMBER}
    assert list(complete(crm, "show", "bjsl")) == [NUMBER]
    assert "stage=" in complete(crm, "set", NUMBER, "sta")
    assert "contacts.0.phone=" in complete(crm, "set", NUMBER, "contacts.0.ph")
    assert complete(crm, "set", NUMBER, "stage=po")["stage=potential"]
    assert "stage:" in complete(crm, "list", "customer", "sta")
    assert "stage:potential" in complete(crm, "list", "customer", "stage:p")
    assert "--within" in complete(crm, "due", "--w")
    assert set(complete(crm, "due", "--format", "js")) == {"json", "jsonl"}
    assert "phone" in complete(crm, "log", NUMBER, "--channel", "ph")
    monkeypatch.setenv("CRM_LANG", "zh")
    assert any("一" <= c <= "鿿" for c in complete(crm, "set", NUMBER, "stage=po")["stage=potential"])


def test_completion_outside_a_book_is_silent(crm: Crm) -> None:
    assert complete(crm, "show", "2024") == {}
    assert "show" in complete(crm, "sh")


def test_a_table_when_asked_for(book: Path, crm: Crm) -> None:
    table = crm("list", "customer", "--format", "table").out
    assert "北京示例信息技术股份有限公司" in table
    assert table.startswith("ID")


def test_the_page_in_both_languages(book: Path, crm: Crm) -> None:
    english = crm("show", NUMBER, "--format", "table", "--on", "2024-06-08").out
    chinese = crm("show", NUMBER, "--format", "table", "--on", "2024-06-08", "--lang", "zh").out
    for page in (english, chinese):
        for fact in (NUMBER, "北京示例信息技术股份有限公司", "初次沟通", "01088886666", "cadence.potential"):
            assert fact in page
    assert "Last contact  2024-06-05 10:00 (3 days ago)" in english
