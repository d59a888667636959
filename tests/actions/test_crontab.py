"""The crontab as text: our block in it, words that cron and a shell read back, times of day in another zone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.actions import _crontab
from crmkit.errors import Refused, UsageError

FOREIGN = b"# mine\nMAILTO=me@example.com\n0 4 * * * /usr/local/bin/backup --all # 50\\% done\n"
LINES = (b"*/5 * * * * /opt/crm cron run notify", b"0 8 * * * /opt/crm cron run due")


# -- the block

foreign = st.lists(
    st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")).filter(lambda b: not b.startswith(b"# >>> crmkit"))
    .filter(lambda b: not b.startswith(b"# <<< crmkit")),
    max_size=8,
)  # fmt: skip


@given(foreign, foreign, st.sampled_from([b"\n", b"\r\n"]))
def test_other_lines_stay_byte_for_byte(above: list[bytes], below: list[bytes], end: bytes) -> None:
    first = b"".join(line + end for line in above)
    after = b"".join(line + end for line in below)
    table = _crontab.with_block(first, "/book", LINES)
    assert table == first + b"# >>> crmkit /book\n" + b"\n".join(LINES) + b"\n# <<< crmkit /book\n"
    assert _crontab.with_block(table, "/book", ()) == first
    changed = _crontab.with_block(table + after, "/book", LINES[:1])
    assert changed == first + b"# >>> crmkit /book\n" + LINES[0] + b"\n# <<< crmkit /book\n" + after
    assert _crontab.with_block(changed, "/book", ()) == first + after


def test_a_last_line_without_an_end_gets_one() -> None:
    assert _crontab.with_block(b"0 1 * * * x", "/b", LINES).startswith(b"0 1 * * * x\n# >>> crmkit /b\n")
    assert _crontab.with_block(b"0 1 * * * x", "/b", ()) == b"0 1 * * * x"


def test_books_stand_side_by_side() -> None:
    table = FOREIGN
    for book in ("/books/a", "/books/ab", "/books/客户 账本"):
        table = _crontab.with_block(table, book, LINES)
    assert [b.book for b in _crontab.blocks(table)] == ["/books/a", "/books/ab", "/books/客户 账本"]
    less = _crontab.with_block(table, "/books/a", ())
    assert [b.book for b in _crontab.blocks(less)] == ["/books/ab", "/books/客户 账本"]
    assert less.startswith(FOREIGN)


def test_a_block_that_stands_twice_becomes_one() -> None:
    once = _crontab.with_block(b"", "/b", LINES)
    twice = once + FOREIGN + once
    assert _crontab.with_block(twice, "/b", LINES) == once + FOREIGN
    assert _crontab.with_block(twice, "/b", ()) == FOREIGN


def test_a_crontab_with_crlf_is_understood() -> None:
    table = _crontab.with_block(FOREIGN, "/b", LINES).replace(b"\n", b"\r\n")
    assert [(b.book, b.lines) for b in _crontab.blocks(table)] == [("/b", LINES)]
    assert _crontab.with_block(table, "/b", ()) == FOREIGN.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    "table",
    [
        b"# >>> crmkit /b\n0 1 * * * mine\n",
        b"0 1 * * * mine\n# <<< crmkit /b\n",
        b"# >>> crmkit /b\n# >>> crmkit /c\n# <<< crmkit /c\n# <<< crmkit /b\n",
        b"# >>> crmkit /b\n0 1 * * * mine\n# <<< crmkit /c\n",
    ],
)
def test_torn_markers_are_never_guessed_at(table: bytes) -> None:
    for lines in (LINES, ()):
        with pytest.raises(Refused) as told:
            _crontab.with_block(table, "/b", lines)
        assert "crontab -e" in str(told.value.hint)


# -- a line, read back by cron and a shell


def by_debian(command: str) -> str:
    """What cronie and Debian's cron hand to the shell: `\\%` is a percent sign, a bare one ends the command."""
    return _taken(command, "%")


def by_bsd(command: str) -> str:
    """What ISC's and the BSDs' cron hand to it: they take the backslash before a backslash too."""
    return _taken(command, "%\\")


def _taken(command: str, escaped: str) -> str:
    out, at = "", 0
    while at < len(command):
        char = command[at]
        if char == "%":
            return out
        if char == "\\" and at + 1 < len(command):
            following = command[at + 1]
            out += following if following in escaped else char + following
            at += 2
            continue
        out += char
        at += 1
    return out


TELL = "import json,os,sys; print(json.dumps([sys.argv[1:], os.environ.get('CRM_BOOK')]))"


def through(line: bytes, cron: str) -> tuple[list[str], str]:
    """Run a line as cron would, and return the words and the book that arrive."""
    command = os.fsdecode(line).split(" ", 5)[5]
    taken = by_debian(command) if cron == "debian" else by_bsd(command)
    done = subprocess.run(
        ["/bin/sh", "-c", taken],
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": "/", "LANG": "C.UTF-8"},
    )
    words, book = json.loads(done.stdout)
    return words, book


HOSTILE = [
    "plain", "two words", "50% off", "%", "100%%", "it's", "''", '"x"', "$HOME", "`id`", "$(id)", "a;b&c|d>e", "\\", "\\\\",
    "\\%", "a\\%b", "%\\", "\\'", "'\\'%\\\\%", "客户 账本", "/home/李四/账本", "*", "~", "!", "#", "-n", "", "a=b", "A=b c",
    "\u3000", "\u2028", "\xa0", "CORP\\zhang",
]  # fmt: skip


@pytest.mark.parametrize("cron", ["debian", "bsd"])
@pytest.mark.parametrize("word", HOSTILE)
def test_words_arrive_as_they_were(word: str, cron: str) -> None:
    line = _crontab.line("*/5 * * * *", {"CRM_BOOK": word}, [sys.executable, "-c", TELL, word, "end"])
    assert through(line, cron) == ([word, "end"], word)


@given(st.lists(st.text(st.sampled_from("a%\\' \"$`;")), max_size=4), st.sampled_from(["debian", "bsd"]))
@settings(max_examples=25, deadline=None)
def test_any_mixture_arrives_as_it_was(words: list[str], cron: str) -> None:
    line = _crontab.line("0 0 * * *", {"CRM_BOOK": "".join(words)}, [sys.executable, "-c", TELL, *words])
    assert through(line, cron) == (words, "".join(words))


@pytest.mark.parametrize("word", ["a\nb", "a\r", "\x00", "\x1b[2J", "\x7f", "\udcff"])
def test_what_no_line_can_hold_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        _crontab.line("* * * * *", {}, [word])


def test_a_line_too_long_for_cron_is_refused() -> None:
    assert _crontab.line("* * * * *", {"CRM_BOOK": "/x" * 300}, ["crm"])
    with pytest.raises(UsageError, match="bytes"):
        _crontab.line("* * * * *", {"CRM_BOOK": "/账" * 300}, ["crm"])


# -- times of day

SHANGHAI, NEW_YORK, LONDON = (
    ZoneInfo("Asia/Shanghai"),
    ZoneInfo("America/New_York"),
    ZoneInfo("Europe/London"),
)
TODAY = datetime(2024, 6, 20, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("book", "machine", "wanted"),
    [
        (SHANGHAI, SHANGHAI, ["30 8"]),
        (SHANGHAI, UTC, ["30 0"]),
        (SHANGHAI, ZoneInfo("Asia/Kolkata"), ["0 6"]),
        (SHANGHAI, NEW_YORK, ["30 19,20"]),  # the evening before, by summer and by winter time
        (NEW_YORK, UTC, ["30 12,13"]),
        (NEW_YORK, NEW_YORK, ["30 8"]),
        (LONDON, NEW_YORK, ["30 3,4"]),  # five hours apart, four for some weeks
        (ZoneInfo("Australia/Lord_Howe"), UTC, ["0 22", "30 21"]),  # whose summer time is half an hour
    ],
)
def test_the_times_at_which_cron_has_to_start(book: ZoneInfo, machine: ZoneInfo, wanted: list[str]) -> None:
    assert _crontab.clock_times(time(8, 30), book, machine, TODAY) == wanted


@pytest.mark.parametrize(
    "book", ["Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe"]
)
@pytest.mark.parametrize("machine", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_one_start_a_day_falls_into_the_time_meant(book: str, machine: str) -> None:
    from crmkit.actions.cron import its_time

    zone, local = ZoneInfo(book), ZoneInfo(machine)
    starts = [
        (int(hour), int(times.split()[0]))
        for times in _crontab.clock_times(time(8, 30), zone, local, TODAY)
        for hour in times.split()[1].split(",")
    ]
    days: dict[str, int] = {}
    moment = datetime(2024, 6, 22, tzinfo=UTC)
    for _ in range(330 * 48):
        there = moment.astimezone(local)
        if (there.hour, there.minute) in starts:
            now = moment.astimezone(zone)
            days[now.date().isoformat()] = days.get(now.date().isoformat(), 0) + its_time(now, "08:30")
        moment += timedelta(minutes=30)
    assert len(days) > 325
    inner = sorted(days)[1:-1]
    assert {days[day] for day in inner} == {1}


def test_the_machines_zone_is_that_of_the_machine(tmp_path: Path) -> None:
    import shutil
    from importlib.resources import as_file, files

    with as_file(files("tzdata.zoneinfo.Asia") / "Shanghai") as source:
        shutil.copy(source, tmp_path / "localtime")
    found = _crontab.system_zone(tmp_path / "localtime")
    assert datetime(2024, 6, 20, tzinfo=found).utcoffset() == timedelta(hours=8)
    assert _crontab.system_zone(tmp_path / "none") is UTC
    (tmp_path / "bad").write_bytes(b"nonsense")
    assert _crontab.system_zone(tmp_path / "bad") is UTC
