"""`crm export ics`: a calendar that people subscribe to."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject

Crm = Callable[..., Any]
NUMBER = "202406-001"
ON = ("--on", "2024-06-06T10:00")


def events(raw: str | bytes) -> dict[str, Any]:
    """Entries by the row id that stands in their text."""
    text = raw.encode() if isinstance(raw, str) else raw
    found = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return {str(e["DESCRIPTION"]).split("\n")[-2]: e for e in found}


def uids(raw: str | bytes) -> dict[str, date | datetime]:
    return {str(e["UID"]): e.decoded("DTSTART") for e in events(raw).values()}


@pytest.fixture
def exported(book: Path, crm: Crm) -> Callable[..., str]:
    def run(*words: str) -> str:
        done = crm("export", "ics", *(words if "--on" in words else (*ON, *words)))
        assert (done.code, done.err) == (0, ""), done.err
        text: str = done.out
        return text

    return run


@pytest.fixture
def team(book: Path, crm: Crm) -> Path:
    """The book with a team of two, each with a customer, and one customer that is nobody's."""
    with (book / "crm.yaml").open("a", encoding="utf-8") as settings:
        settings.write(
            "team:\n  - {name: 张三, email: zs@example.com}\n  - {name: 李四, email: ls@example.com}\n"
        )
    for name, owner in (("甲方有限公司", "张三"), ("乙方有限公司", "ls@example.com"), ("丙方有限公司", "")):
        added = crm("add", "customer", f"name={name}", "stage=potential", "--on", "2024-06-05T10:00")
        assert crm("set", added.out.strip(), f"owner={owner}", "--on", "2024-06-05T10:00").code == 0
    assert crm("set", NUMBER, "owner=张三").code == 0
    return book


def test_every_row_is_an_entry(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    crm("plan", NUMBER, "--due", "2024-06-20T14:30", "--reason", "带样机, 现场演示; 楼下\n等")
    crm("plan", NUMBER, "--due", "2024-06-03", "--reason", "早该做的")
    crm("set", NUMBER, "contacts.0.birthday=1980-08-15")
    crm("add", "feedback", NUMBER, "type=complaint", "content=漏气", "received_at=2024-06-06T09:10")
    rows = json.loads(crm("due", *ON, "--within", "90d", "--json").out)
    raw = exported()
    found = events(raw)
    assert len(rows) >= 6
    assert [r["id"] for r in rows if r["due"] < "2024-06-06"], "overdue rows stand in it too"
    assert sorted(found) == sorted(r["id"] for r in rows)
    for row in rows:
        entry = found[row["id"]]
        start = entry.decoded("DTSTART")
        shown = start.isoformat(timespec="minutes") if isinstance(start, datetime) else start.isoformat()
        assert shown == row["due"]
        assert str(entry["SUMMARY"]) == " ".join(f"{row['customer_name']}: {row['reason']}".split())
        assert str(entry["DESCRIPTION"]).split("\n")[-1] == f"crm done {row['id']}"
        assert entry["CATEGORIES"].cats == [row["rule"]]
    read = vobject.readOne(raw).vevent_list
    assert sorted(e.summary.value for e in read) == sorted(str(e["SUMMARY"]) for e in found.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ics

        assert {e.uid for e in ics.Calendar(raw).events} == set(uids(raw))


def test_a_window_an_owner_and_a_query(team: Path, exported: Callable[..., str]) -> None:
    assert len(uids(exported())) == 4
    assert uids(exported("--within", "1d")) == {}
    assert len(uids(exported("--owner", "李四"))) == 2  # the one that is nobody's is everybody's
    assert len(uids(exported("--owner", "me", "--as", "zs@example.com"))) == 3
    (only,) = events(exported("customer.name:乙方")).values()
    assert "乙方" in only["SUMMARY"]


def test_a_follow_up_that_is_put_off_moves(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    planned = crm("plan", NUMBER, "--due", "2024-06-07", "--reason", "发报价").out.strip()
    ((uid, before),) = uids(exported()).items()
    assert before == date(2024, 6, 7)
    assert crm("snooze", planned, "2024-06-12", "--why", "客户出差", *ON).code == 0
    raw = exported()
    assert uids(raw)[uid] == date(2024, 6, 12)
    ((entry,),) = [[e for e in events(raw).values() if str(e["UID"]) == uid]]
    assert int(entry["SEQUENCE"]) == 1
    crm("snooze", planned, "2024-06-14", "--why", "客户出差", *ON)
    raw = exported()
    assert uids(raw)[uid] == date(2024, 6, 14)
    assert next(int(e["SEQUENCE"]) for e in events(raw).values() if str(e["UID"]) == uid) == 2


def test_a_row_that_is_put_off_moves(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    ((uid, before),) = uids(exported()).items()
    assert before == date(2024, 6, 8)
    row = f"{NUMBER}/cadence.potential/{NUMBER}/2024-06-08"
    assert crm("snooze", row, "2024-06-11", "--why", "暂无需求", *ON).code == 0
    assert uids(exported()) == {uid: date(2024, 6, 11)}


def test_two_entries_never_share_a_uid(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    row = f"{NUMBER}/cadence.potential/{NUMBER}/2024-06-08"
    crm("snooze", row, "2024-06-30", "--why", "暂无需求", *ON)
    ((uid, day),) = uids(exported()).items()
    assert day == date(2024, 6, 30)
    crm("log", NUMBER, "--channel", "phone", "--content", "来电", "--at", "2024-06-07T09:00")
    raw = exported()  # the next contact falls due before the day that the first was put off to
    assert sorted(uids(raw).values(), key=str) == [date(2024, 6, 14), date(2024, 6, 30)]
    assert uids(raw)[uid] == date(2024, 6, 14)
    crm("add", "followup", NUMBER, "status=planned", "due=2024-06-30", "reason=again", f"answers={row}")
    assert len(uids(exported())) == len(events(exported())) == 3


def test_nor_do_files_that_were_copied(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    crm("plan", NUMBER, "--due", "2024-06-07", "--reason", "发报价")
    shutil.copytree(book / "customers/2024" / NUMBER, book / "customers/2024/202406-002")
    shutil.copytree(book / "customers/2024" / NUMBER, book / "customers/2023" / NUMBER)
    raw = crm("export", "ics", *ON).out
    assert raw.count("BEGIN:VEVENT") == len(uids_of_all(raw)) == 3


def uids_of_all(raw: str) -> set[str]:
    return {str(e["UID"]) for e in icalendar.Calendar.from_ical(raw.encode()).walk("VEVENT")}


def test_after_a_contact_the_same_entry_moves_on(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    ((uid, _),) = uids(exported()).items()
    crm("log", NUMBER, "--channel", "phone", "--content", "再谈", "--at", "2024-06-07T10:00")
    assert uids(exported()) == {uid: date(2024, 6, 14)}
    crm("set", NUMBER, "stage=won", "--on", "2024-06-10")
    assert uids(exported("rule:cadence", "--within", "4m")) == {uid: date(2024, 6, 17)}, (
        "another rule asks, the matter is the same"
    )


def test_what_is_answered_is_gone(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    planned = crm("plan", NUMBER, "--due", "2024-06-07", "--reason", "发报价").out.strip()
    assert len(uids(exported())) == 1
    crm("done", planned, "--channel", "phone", "--content", "已发", "--on", "2024-06-07T09:00")
    assert date(2024, 6, 7) not in uids(exported()).values()
    crm("set", NUMBER, "rhythm=none")
    assert uids(exported()) == {}


def test_birthdays_are_one_a_year(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    crm("set", NUMBER, "rhythm=none", "contacts.0.birthday=1980-02-29")
    first, second = sorted(uids(exported("--within", "21m")).items(), key=lambda p: str(p[1]))
    assert (first[1], second[1]) == (date(2025, 2, 25), date(2026, 2, 25))
    assert first[0] != second[0]
    row = f"{NUMBER}/date.birthday/王经理/2025-02-25"
    crm("snooze", row, "2025-02-27", "--why", "客户出差", *ON)
    moved = uids(exported("--within", "21m"))
    assert moved == {first[0]: date(2025, 2, 27), second[0]: second[1]}


def test_the_book_is_part_of_the_identity(book: Path, exported: Callable[..., str]) -> None:
    before = uids(exported())
    text = (book / "crm.yaml").read_text(encoding="utf-8")
    (book / "crm.yaml").write_text(text.replace("name: ", "name: another ", 1), encoding="utf-8")
    assert not set(before) & set(uids(exported()))


# -- alarms


def alarms(raw: str) -> list[Any]:
    return [a.decoded("TRIGGER") for a in icalendar.Calendar.from_ical(raw).walk("VALARM")]


def test_an_alarm_the_day_before(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    assert alarms(exported()) == [timedelta(days=-1, hours=8, minutes=30)]
    with (book / "crm.yaml").open("a", encoding="utf-8") as settings:
        settings.write('notify: {at: "07:15"}\n')
    assert alarms(exported()) == [timedelta(days=-1, hours=7, minutes=15)]
    crm("set", NUMBER, "rhythm=none")
    crm("plan", NUMBER, "--due", "2024-06-20T14:30", "--reason", "演示")
    assert alarms(exported()) == [timedelta(days=-1), timedelta(minutes=-30)]


@pytest.mark.parametrize(
    ("due", "remind", "wanted"),
    [
        ("2024-06-20", "2024-06-17", timedelta(days=-3, hours=8, minutes=30)),
        ("2024-06-20", "2024-06-20", timedelta(hours=8, minutes=30)),
        ("2024-06-20", "2024-06-18T16:00", "2024-06-18T08:00:00+00:00"),
        ("2024-06-20T14:30", "2024-06-18", "2024-06-18T00:30:00+00:00"),
        ("2024-06-20T14:30", "2024-06-20T14:00", "2024-06-20T06:00:00+00:00"),
    ],
)
def test_a_reminder_that_was_asked_for(
    crm: Crm, exported: Callable[..., str], due: str, remind: str, wanted: Any
) -> None:
    crm("set", NUMBER, "rhythm=none")
    crm("add", "followup", NUMBER, "status=planned", f"due={due}", f"remind={remind}", "reason=演示")
    (found,) = alarms(exported())
    assert (found if isinstance(found, timedelta) else found.isoformat()) == wanted


# -- what it tells, and does not


def test_contact_details_are_masked(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    crm("set", NUMBER, "rhythm=none", "contacts.0.email=wang@example.com")
    crm("plan", NUMBER, "--due", "2024-06-07", "--reason", "回电 13800138000", "channels=phone")
    raw = exported()
    for secret in ("01088886666", "wang@example.com", "13800138000"):
        assert secret not in raw.replace("\r\n ", "")
    assert "010-****6666" in raw.replace("\r\n ", "")
    plain = exported("--reveal").replace("\r\n ", "")
    assert all(s in plain for s in ("01088886666", "wang@example.com", "13800138000"))


@pytest.mark.parametrize(("lang", "said"), [("zh", "天"), ("en", "within 3 days")])
def test_in_both_languages(exported: Callable[..., str], lang: str, said: str) -> None:
    (entry,) = events(exported("--lang", lang)).values()
    assert said in entry["SUMMARY"]


def test_ids_can_be_pasted_into_a_shell(book: Path, crm: Crm, exported: Callable[..., str]) -> None:
    crm(
        "set", NUMBER, "rhythm=none", "contacts.0.name=O'Neil; rm -rf $HOME", "contacts.0.birthday=1980-06-20"
    )
    (entry,) = events(exported()).values()
    line = str(entry["DESCRIPTION"]).split("\n")[-1].replace("crm done ", "printf %s ", 1)
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == f"{NUMBER}/date.birthday/O'Neil; rm -rf $HOME/2024-06-17"


# -- files


def test_the_file_changes_only_with_what_stands_in_it(book: Path, crm: Crm) -> None:
    planned = crm("plan", NUMBER, "--due", "2024-06-20", "--reason", "发报价", *ON).out.strip()
    words = ("export", "ics", "-o", "../all.ics")
    path = book.parent / "all.ics"
    told = crm(*words, *ON)
    assert (told.code, told.out) == (0, "")
    assert "2 entries" in told.err
    before = path.read_bytes()
    assert before.count(b"\n") == before.count(b"\r\n")
    os.utime(path, (1, 1))
    crm("add", "customer", "name=毫不相干有限公司", "stage=potential", "rhythm=none")
    assert "as before" in crm(*words, "--on", "2024-06-09T11:00").err
    assert path.stat().st_mtime == 1
    yaml = next(book.glob(f"customers/2024/{NUMBER}/{planned}.yaml"))
    yaml.write_text(yaml.read_text(encoding="utf-8").replace("2024-06-20", "2024-06-21"), encoding="utf-8")
    assert crm(*words, "-q", "--on", "2024-06-09T12:00") == (0, "", "")
    found = events(path.read_bytes())
    moved = found[f"{NUMBER}/followup/{planned}/2024-06-21"]
    assert (int(moved["SEQUENCE"]), moved.decoded("LAST-MODIFIED").isoformat()) == (
        1,
        "2024-06-09T04:00:00+00:00",
    )
    others = [e for i, e in found.items() if "/cadence." in i]
    assert [int(e["SEQUENCE"]) for e in others] == [0]


def test_dry_run_writes_nothing(book: Path, crm: Crm) -> None:
    told = json.loads(crm("export", "ics", "-o", "x.ics", *ON, "--dry-run", "--json").out)
    assert told == [{"path": str(book / "x.ics"), "owner": "", "rows": 1, "changed": True}]
    assert crm("export", "ics", "--per-owner", "cal", *ON, "--dry-run").code == 0
    assert not (book / "x.ics").exists()
    assert not (book / "cal").exists()


def test_stdout_has_the_bytes_of_a_file_whatever_the_terminal_speaks(book: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "gbk", "CRM_LANG": "zh", "CRM_USER": "x"}
    words = [sys.executable, "-m", "crmkit", "export", "ics", *ON]
    raw = subprocess.run(words, capture_output=True, cwd=book, env=env, check=True).stdout
    assert raw.startswith(b"BEGIN:VCALENDAR\r\n")
    assert "北京示例" in raw.replace(b"\r\n ", b"").decode("utf-8")


def test_a_file_for_everybody(team: Path, crm: Crm) -> None:
    done = crm("export", "ics", "--per-owner", "cal", *ON, "--json")
    assert done.code == 0, done.err
    told = {w["owner"]: w["rows"] for w in json.loads(done.out)}
    assert told == {"张三": 3, "李四": 2}
    assert sorted(p.name for p in (team / "cal").iterdir()) == ["张三.ics", "李四.ics"]
    theirs = events((team / "cal/李四.ics").read_bytes())
    assert [e["SUMMARY"].split("有限")[0] for e in theirs.values()] == ["乙方", "丙方"]
    assert "X-WR-CALNAME:book · 李四\r\n".encode() in (team / "cal/李四.ics").read_bytes()
    both = set(uids((team / "cal/李四.ics").read_bytes())) & set(uids((team / "cal/张三.ics").read_bytes()))
    assert len(both) == 1, "what is nobody's stands in both, as the same entry"


def test_somebody_with_nothing_to_do_gets_an_empty_calendar(team: Path, crm: Crm) -> None:
    crm("export", "ics", "--per-owner", "cal", *ON)
    crm("set", "--where", "name:乙方 or name:丙方", "rhythm=none", "--yes")
    crm("export", "ics", "--per-owner", "cal", *ON)
    assert events((team / "cal/李四.ics").read_bytes()) == {}
    assert len(events((team / "cal/张三.ics").read_bytes())) == 2


def test_the_calendar_of_somebody_who_left_is_emptied(team: Path, crm: Crm) -> None:
    (path,) = [p for p in team.glob("customers/*/*/customer.yaml") if "乙方" in p.read_text("utf-8")]
    path.write_text(
        re.sub("(?m)^owner: .*$", "owner: 老赵", path.read_text("utf-8")), "utf-8"
    )  # in the team once
    crm("export", "ics", "--per-owner", "cal", *ON)
    assert len(events((team / "cal/老赵.ics").read_bytes())) == 2
    (team / "cal/mine.ics").write_bytes(b"BEGIN:VCALENDAR\r\nPRODID:me\r\nEND:VCALENDAR\r\n")
    crm("set", "乙方", "owner=张三")
    told = json.loads(crm("export", "ics", "--per-owner", "cal", *ON, "--json").out)
    assert {"path": str(team / "cal/老赵.ics"), "owner": "", "rows": 0, "changed": True} in told
    left = (team / "cal/老赵.ics").read_bytes()
    assert events(left) == {}
    assert "乙方".encode() not in left
    assert (team / "cal/mine.ics").read_bytes() == b"BEGIN:VCALENDAR\r\nPRODID:me\r\nEND:VCALENDAR\r\n"
    again = json.loads(crm("export", "ics", "--per-owner", "cal", *ON, "--json").out)
    assert not [w for w in again if w["changed"]]


def test_hostile_names_stay_in_the_folder(team: Path, crm: Crm) -> None:
    folder = team / "customers/2024" / NUMBER / "customer.yaml"
    for name in ("../../evil", "a/b", "a:b", "张三\\u202e", "x" * 900, "CON"):
        text = folder.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith("owner:")]
        folder.write_text("\n".join([*lines, f'owner: "{name}"', ""]).replace("\\\\", "\\"), encoding="utf-8")
        assert crm("export", "ics", "--per-owner", "cal", *ON).code == 0
    found = sorted(p.name for p in (team / "cal").iterdir())
    assert len(found) == 2 + 6
    assert all((team / "cal" / name).is_file() for name in found)
    assert not list(team.parent.glob("evil*"))
    assert not list(team.glob("evil*"))


def test_spellings_of_one_person_are_one_file(team: Path, crm: Crm) -> None:
    crm(
        "add",
        "customer",
        "name=丁方有限公司",
        "stage=potential",
        "owner=LS@EXAMPLE.com",
        "--on",
        "2024-06-05",
    )
    crm("export", "ics", "--per-owner", "cal", *ON)
    assert sorted(p.name for p in (team / "cal").iterdir()) == ["张三.ics", "李四.ics"]
    assert len(events((team / "cal/李四.ics").read_bytes())) == 3


def test_a_book_of_one(book: Path, crm: Crm) -> None:
    crm("set", NUMBER, "owner=")
    crm("export", "ics", "--per-owner", "cal", *ON)
    assert [p.name for p in (book / "cal").iterdir()] == ["all.ics"]
    assert len(events((book / "cal/all.ics").read_bytes())) == 1


# -- errors


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["custmer"], 2, "customer"),
        (["customer", "--owner", "me"], 2, "ics"),
        (["customer", "--format", "ids"], 2, "xlsx"),
        (["book", "tier:A"], 2, "customer"),
        ([], 2, "WHAT"),
        (["ics", "--per-owner", "d", "-o", "f"], 2, "--output"),
        (["ics", "--per-owner", "d", "--owner", "me"], 2, "--owner"),
        (["ics", "--owner", "nobdy"], 2, "nobdy"),
        (["ics", "--within", "soon"], 2, "soon"),
        (["ics", "tier:Z9"], 2, "Z9"),
        (["ics", "-o", "nowhere/x.ics"], 1, "nowhere/x.ics"),
        (["ics", "-o", "."], 1, "directory"),
        (["ics", "--per-owner", "crm.yaml"], 1, "crm.yaml"),
    ],
)
def test_errors_name_the_way_out(book: Path, crm: Crm, words: list[str], code: int, said: str) -> None:
    told = crm("export", *words, *ON)
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert "Traceback" not in told.err
