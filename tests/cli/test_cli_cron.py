"""`crm cron` with a crontab program that behaves as the real one, and with the real one where there is one."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from crmkit.actions import _units

Crm = Callable[..., Any]
NUMBER = "202406-001"
FOREIGN = b"MAILTO=me@example.com\n# backup\r\n0 4 * * *  /usr/bin/backup \xff\xfe 50\\%\n"

PROGRAM = """\
#!/bin/sh
tab='{table}'
case "$1" in
-l) [ -f "$tab" ] || {{ echo "no crontab for $(id -un)" >&2; exit 1; }}
    cat "$tab" ;;
-)  cat > "$tab.new"
    if [ -s "$tab.new" ] && [ "$(tail -c 1 "$tab.new" | wc -l)" -eq 0 ]; then
        echo "new crontab file is missing newline before EOF, can't install." >&2; exit 1
    fi
    mv "$tab.new" "$tab" ;;
*)  echo "crontab: usage error" >&2; exit 1 ;;
esac
"""


def put_program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file behind a `crontab` that stands first on the PATH; there is none yet."""
    put_program(tmp_path / "bin", "crontab", PROGRAM.format(table=tmp_path / "table"))
    put_program(tmp_path / "bin", "crm", f'#!/bin/sh\nexec {sys.executable} -m crmkit "$@"\n')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "bin" / "crm")])
    return tmp_path / "table"


def block(table: Path) -> list[str]:
    """The lines between the marker lines."""
    lines = table.read_bytes().decode("utf-8", "replace").splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("# >>> crmkit "))
    end = next(i for i, line in enumerate(lines) if line.startswith("# <<< crmkit "))
    return lines[begin + 1 : end]


def as_cron(line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a line as cron does: its command, its percent signs, next to no environment."""
    command = line.split(" ", 5)[5].replace("\\%", "%")
    return subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "x", **env},
    )


# -- the crontab


def test_into_no_crontab_and_out_again(book: Path, crm: Crm, table: Path) -> None:
    done = crm("cron", "install", "--yes")
    assert (done.code, done.out) == (0, ""), done.err
    (line,) = block(table)
    assert line.startswith("*/5 * * * * /usr/bin/env LANG=C.UTF-8 ")
    for part in (
        "CRM_USER='Zhang San'",
        f"CRM_BOOK={book}",
        "CRM_LANG=en",
        f"{table.parent}/bin/crm cron run notify",
    ):
        assert part in line
    assert table.read_bytes().startswith(f"# >>> crmkit {book}\n".encode())
    assert crm("cron", "remove", "--yes").code == 0
    assert table.read_bytes() == b""


def test_other_lines_stay_byte_for_byte(book: Path, crm: Crm, table: Path) -> None:
    table.write_bytes(FOREIGN)
    crm("cron", "install", "--yes", "--mail", "8:00")
    assert table.read_bytes().startswith(FOREIGN + b"# >>> crmkit ")
    table.write_bytes(table.read_bytes() + b"5 5 * * * later\n")
    crm("cron", "install", "--yes")
    assert table.read_bytes().endswith(b"\n5 5 * * * later\n")
    assert len(block(table)) == 1
    crm("cron", "remove", "--yes")
    assert table.read_bytes() == FOREIGN + b"5 5 * * * later\n"


def test_again_changes_nothing(book: Path, crm: Crm, table: Path) -> None:
    crm("cron", "install", "--yes")
    before = table.read_bytes()
    os.utime(table, (1, 1))
    again = crm("cron", "install")  # without --yes: there is nothing to ask
    assert again.code == 0
    assert "nothing to change" in again.err
    assert (table.read_bytes(), table.stat().st_mtime) == (before, 1)


def test_books_side_by_side(book: Path, crm: Crm, table: Path, tmp_path: Path) -> None:
    crm("init", "../second book", "--lang", "en", "--no-review")
    crm("cron", "install", "--yes")
    crm("cron", "install", "--yes", "--book", "../second book")
    shown = json.loads(crm("cron", "show", "--json").out)
    assert [(s["book"], s["where"]) for s in shown] == [(str(book), "crontab")]
    assert crm("cron", "remove", "--yes").code == 0
    assert json.loads(crm("cron", "show", "--json").out) == []
    assert f"CRM_BOOK='{tmp_path}/second book'" in block(table)[0]


def test_a_book_that_is_gone_can_be_taken_out(
    book: Path, crm: Crm, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm("cron", "install", "--yes")
    monkeypatch.chdir(book.parent)
    shutil.rmtree(book)
    assert [s["book"] for s in json.loads(crm("cron", "show", "--json").out)] == [str(book)], (
        "no book: all of them"
    )
    assert crm("cron", "remove", "--yes").code == 1, "which one?"
    assert crm("cron", "remove", "--yes", "--book", "book").code == 0
    assert table.read_bytes() == b""


def test_show(book: Path, crm: Crm, table: Path) -> None:
    nothing = crm("cron", "show")
    assert (nothing.code, nothing.out) == (0, "")
    assert "crm cron install" in nothing.err
    crm("cron", "install", "--yes", "--mail", "08:00")
    assert crm("cron", "show").out.splitlines() == [f"{book}\tcrontab\t{line}" for line in block(table)]
    shown = crm("cron", "show", "--format", "table").out
    assert shown.splitlines()[0] == f"crontab  {book}"
    assert "cron run due" in shown


def test_dry_run_prints_and_writes_nothing(book: Path, crm: Crm, table: Path) -> None:
    table.write_bytes(FOREIGN)
    shown = crm("cron", "install", "--dry-run")
    assert shown.code == 0
    assert f"+# >>> crmkit {book}" in shown.out
    assert "backup" not in shown.out, "the other lines are nobody's business"
    told = json.loads(crm("cron", "install", "--dry-run", "--json").out)
    assert [line["where"] for line in told["lines"]] == ["crontab"]
    assert table.read_bytes() == FOREIGN


def test_off_a_terminal_it_wants_a_yes(book: Path, crm: Crm, table: Path) -> None:
    refused = crm("cron", "install")
    assert (refused.code, table.exists()) == (1, False)
    assert "--yes" in refused.err
    crm("cron", "install", "--yes")
    before = table.read_bytes()
    assert crm("cron", "remove").code == 1
    assert table.read_bytes() == before


@pytest.mark.parametrize(("answer", "written"), [("n", False), ("", False), ("y", True)])
def test_on_a_terminal_it_shows_the_lines_and_asks(
    book: Path, table: Path, answer: str, written: bool
) -> None:
    env = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    words = ["-m", "crmkit", "cron", "install", "--lang", "en"]
    child = pexpect.spawn(
        sys.executable, words, env=env, encoding="utf-8", cwd=str(book), timeout=30, dimensions=(40, 400)
    )
    child.expect(r"\+\*/5 \* \* \* \* /usr/bin/env")
    child.expect("write this\\?")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert table.exists() is written
    assert child.exitstatus == (0 if written else 1)


def test_once_a_day(book: Path, crm: Crm, table: Path) -> None:
    with (book / "crm.yaml").open("a", encoding="utf-8") as settings:
        settings.write('notify: {at: "07:15"}\n')
    date = ["date", "-d", 'TZ="Asia/Shanghai" 2024-06-20 07:15', "+%-M %-H"]
    local = subprocess.run(date, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})
    crm("cron", "install", "--yes", "--daily", "--on", "2024-06-20")
    (line,) = block(table)
    assert line.startswith(f"{local.stdout.strip()} * * * ") or "," in line.split()[1]


def test_a_mail_says_how_it_is_written(book: Path, crm: Crm, table: Path) -> None:
    crm("cron", "install", "--yes", "--mail", "08:00")
    assert block(table)[0] == 'CONTENT_TYPE="text/plain; charset=UTF-8"'
    table.write_bytes(b"CONTENT_TYPE=x\n")
    crm("cron", "install", "--yes", "--mail", "08:00")
    assert not [line for line in block(table) if "CONTENT_TYPE" in line], "the user has said it himself"


def test_what_can_be_typed_is_completed(book: Path, crm: Crm) -> None:
    assert [line.split("\t")[0] for line in crm("__complete", "cron", "in").out.splitlines()] == ["install"]
    assert [line.split("\t")[0] for line in crm("__complete", "cron", "run", "").out.splitlines()] == [
        "notify",
        "due",
    ]
    assert "ics" in [line.split("\t")[0] for line in crm("__complete", "export", "").out.splitlines()]


# -- what can go wrong


def test_no_crontab_program(book: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    told = crm("cron", "install", "--yes")
    assert told.code == 1
    assert "crontab" in told.err
    assert "--systemd" in told.err
    assert crm("cron", "show").code == crm("cron", "remove", "--yes").code == 0


@pytest.mark.parametrize(
    "script",
    [
        'echo "You (x) are not allowed to use this program (crontab)" >&2; exit 1',
        "exit 1",
        'echo "0 1 * * * half"; echo "no crontab for x: disk error" >&2; exit 1',
    ],
)
def test_a_table_that_cannot_be_read_is_not_taken_for_an_empty_one(
    book: Path, crm: Crm, table: Path, script: str
) -> None:
    table.write_bytes(FOREIGN)
    put_program(
        table.parent / "bin", "crontab", f'#!/bin/sh\n[ "$1" = - ] && cat > {table} && exit 0\n{script}\n'
    )
    for action in ("install", "remove", "show"):
        told = crm("cron", action, "--yes")
        assert (told.code, told.out) == (1, "")
    assert table.read_bytes() == FOREIGN


def test_a_table_that_cron_refuses(book: Path, crm: Crm, table: Path) -> None:
    put_program(
        table.parent / "bin", "crontab", '#!/bin/sh\n[ "$1" = -l ] && exit 0\necho "bad minute" >&2; exit 1\n'
    )
    told = crm("cron", "install", "--yes")
    assert told.code == 1
    assert "bad minute" in told.err


def test_lines_that_are_taken_and_not_kept(book: Path, crm: Crm, table: Path) -> None:
    put_program(table.parent / "bin", "crontab", "#!/bin/sh\nexit 0\n")
    assert crm("cron", "install", "--yes").code == 1


def test_a_change_meanwhile_is_not_lost(book: Path, crm: Crm, table: Path) -> None:
    from crmkit.actions import cron
    from crmkit.actions.session import open_session
    from crmkit.errors import Refused

    plan = cron.install(open_session(cwd=book), dict(os.environ))
    table.write_bytes(FOREIGN)
    with pytest.raises(Refused):
        plan.apply()
    assert table.read_bytes() == FOREIGN


def test_torn_markers(book: Path, crm: Crm, table: Path) -> None:
    table.write_bytes(b"# >>> crmkit /x\n0 1 * * * mine\n")
    told = crm("cron", "install", "--yes")
    assert told.code == 1
    assert "crontab -e" in told.err
    assert table.read_bytes() == b"# >>> crmkit /x\n0 1 * * * mine\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["intsall"], "install"),
        ([], "ACTION"),
        (["install", "--mail", "25:00"], "25:00"),
        (["install", "--mail", "8"], "08:30"),
        (["install", "--systemd", "--mail", "08:00"], "--mail"),
        (["show", "--daily"], "install"),
        (["show", "notify"], "run"),
        (["run"], "notify"),
        (["run", "nothing"], "notify"),
        (["run", "due", "--at", "noon"], "noon"),
    ],
)
def test_usage(book: Path, crm: Crm, table: Path, words: list[str], said: str) -> None:
    told = crm("cron", *words)
    assert (told.code, told.out) == (2, "")
    assert said in told.err
    assert not table.exists()


# -- what the lines do


def test_an_odd_path_works_in_cron(
    crm: Crm, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / '50% o\'clock 客户\\账本 $HOME "x"'
    assert crm("init", str(folder), "--lang", "en", "--no-review").code == 0
    monkeypatch.chdir(folder)
    crm("add", "customer", "name=Acme", "stage=potential", "--on", "2024-06-05")
    assert crm("cron", "install", "--yes", "--mail", "08:00").code == 0
    assert json.loads(crm("cron", "show", "--json").out)[0]["book"] == str(folder)
    line = next(line for line in block(table) if " run due" in line).split(" --at ")[0]
    done = as_cron(line)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Acme" in done.stdout
    assert "202406-001/cadence.potential" in done.stdout


def test_the_list_by_mail_is_plain_and_silent_without_anything(book: Path, crm: Crm, table: Path) -> None:
    crm("cron", "install", "--yes", "--mail", "08:00")
    line = next(line for line in block(table) if " run due" in line).split(" --at ")[0]
    done = as_cron(line)
    assert (done.returncode, done.stderr) == (0, "")
    assert "北京示例" in done.stdout
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert crm("cron", "run", "due", "--on", "2024-06-05") == (0, "", "")
    crm("set", NUMBER, "rhythm=none")
    assert as_cron(line).stdout == ""


def test_a_daily_job_leaves_where_it_is_not_its_hour(book: Path, crm: Crm) -> None:
    for at, some in (("08:00", True), ("08:29", True), ("07:59", False), ("08:30", False), ("09:00", False)):
        told = crm("cron", "run", "due", "--at", "08:00", "--on", f"2024-06-09T{at}")
        assert (told.code, bool(told.out)) == (0, some), at


@pytest.fixture
def notify(book: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], None]:
    """A `crm notify` that says and returns what a test wants, and counts how often it ran."""
    from types import ModuleType

    from crmkit.cli import app
    from crmkit.cli._spec import Spec

    told: dict[str, Any] = {"code": 0, "text": "", "runs": 0}
    module = ModuleType("pretended_notify")

    def run(cli: Any) -> int:
        from crmkit.errors import Refused

        told["runs"] += 1
        cli.out.warn("note: a warning")
        if told["code"]:
            raise Refused("{text}", text=told["text"])
        return 0

    module.SPEC = Spec("x")  # type: ignore[attr-defined]
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pretended_notify", module)
    monkeypatch.setitem(app.COMMANDS, "notify", ("pretended_notify", "x"))

    def say(code: int, text: str) -> None:
        told.update(code=code, text=text)

    say.told = told  # type: ignore[attr-defined]
    return say


def test_success_is_silent_whatever_was_said(notify: Callable[[int, str], None], crm: Crm) -> None:
    assert crm("cron", "run", "notify") == (0, "", "")
    assert notify.told["runs"] == 1  # type: ignore[attr-defined]


def test_a_trial_stays_one(book: Path, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "notify.yaml"
    config.write_text("default: ['ntfy://127.0.0.1:1/x']\n", encoding="utf-8")
    config.chmod(0o600)
    monkeypatch.setenv("CRM_NOTIFY_CONFIG", str(config))
    shown = crm("cron", "run", "notify", "--dry-run", "--on", "2024-06-09")
    assert shown.code == 0, shown.err
    assert "北京示例" in shown.out


def test_the_same_failure_is_told_once_a_day(notify: Callable[[int, str], None], crm: Crm) -> None:
    notify(1, "the server is down")
    first = crm("cron", "run", "notify")
    assert (first.code, first.out) == (1, "")
    assert "error: the server is down" in first.err
    assert crm("cron", "run", "notify") == (1, "", "")
    notify(1, "another thing")
    assert "another thing" in crm("cron", "run", "notify").err
    notify(0, "")
    assert crm("cron", "run", "notify") == (0, "", "")
    notify(1, "another thing")
    assert "another thing" in crm("cron", "run", "notify").err, "it went well in between: this is news"


def test_failures_are_told_where_nothing_can_be_remembered(
    notify: Callable[[int, str], None], crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    notify(1, "down")
    assert "down" in crm("cron", "run", "notify").err
    assert "down" in crm("cron", "run", "notify").err


def test_a_book_that_is_gone_is_told_once(crm: Crm, tmp_path: Path) -> None:
    first = crm("cron", "run", "notify", "--book", "gone")
    assert first.code == 1
    assert "gone" in first.err
    assert crm("cron", "run", "notify", "--book", "gone") == (1, "", "")


def test_a_run_that_is_still_going_keeps_the_next_one_out(
    notify: Callable[[int, str], None], book: Path, crm: Crm
) -> None:
    assert crm("cron", "run", "notify").code == 0
    (lock,) = (book / ".crm").glob("cron-notify-*.lock")
    with lock.open("r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert crm("cron", "run", "notify") == (0, "", "")
        assert notify.told["runs"] == 1  # type: ignore[attr-defined]
        assert crm("cron", "run", "notify", "--as", "somebody else").code == 0
        assert notify.told["runs"] == 2  # type: ignore[attr-defined]
        assert crm("set", NUMBER, "stage=intent").code == 0, "it hinders nobody who writes"
    assert crm("cron", "run", "notify").code == 0
    assert notify.told["runs"] == 3  # type: ignore[attr-defined]


def test_the_real_notify_from_cron(book: Path, crm: Crm, table: Path) -> None:
    """Nobody has a target: that is a failure, told by the first run and not by the second."""
    crm("cron", "install", "--yes")
    (line,) = block(table)
    assert f"XDG_STATE_HOME={os.environ['XDG_STATE_HOME']}" in line
    first, second = as_cron(line), as_cron(line)
    assert (first.returncode, first.stdout) == (second.returncode, second.stdout) == (1, "")
    assert "notify.yaml" in first.stderr
    assert second.stderr == ""


# -- systemd


@pytest.fixture
def systemctl(table: Path) -> Path:
    """A `systemctl` that notes what it is told."""
    log = table.parent / "told"
    put_program(table.parent / "bin", "systemctl", f'#!/bin/sh\necho "$@" >> {log}\n')
    return log


def test_a_timer(book: Path, crm: Crm, systemctl: Path, tmp_path: Path) -> None:
    done = crm("cron", "install", "--systemd", "--yes")
    assert done.code == 0, done.err
    folder = tmp_path / "config/systemd/user"
    stem = _units.stem(str(book))
    assert sorted(p.name for p in folder.iterdir()) == [f"{stem}.service", f"{stem}.timer"]
    assert systemctl.read_text().splitlines() == ["--user daemon-reload", f"--user enable --now {stem}.timer"]
    service = (folder / f"{stem}.service").read_text(encoding="utf-8")
    assert f'ExecStart="{tmp_path}/bin/crm" "cron" "run" "notify"\n' in service
    assert '"CRM_USER=Zhang San"' in service
    assert "OnCalendar=*:0/5\n" in (folder / f"{stem}.timer").read_text(encoding="utf-8")
    shown = json.loads(crm("cron", "show", "--json").out)
    assert [s["line"] for s in shown] == [f"{stem}.service", f"{stem}.timer"]
    assert "enable-linger" in done.err
    assert "nothing to change" in crm("cron", "install", "--systemd").err
    systemctl.unlink()
    assert crm("cron", "remove", "--yes").code == 0
    assert not list(folder.iterdir())
    assert systemctl.read_text().splitlines() == [
        f"--user disable --now {stem}.timer",
        "--user daemon-reload",
    ]


def test_a_timer_once_a_day_goes_by_the_books_clock(
    book: Path, crm: Crm, systemctl: Path, tmp_path: Path
) -> None:
    crm("cron", "install", "--systemd", "--yes", "--daily")
    (timer,) = (tmp_path / "config/systemd/user").glob("*.timer")
    assert "OnCalendar=*-*-* 08:30:00 Asia/Shanghai\n" in timer.read_text(encoding="utf-8")


def test_without_systemctl_it_says_what_to_run(
    book: Path, crm: Crm, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{table.parent}/bin")
    done = crm("cron", "install", "--systemd", "--yes")
    assert done.code == 1
    assert f"systemctl --user enable --now {_units.stem(str(book))}.timer" in done.err


def test_a_systemd_that_does_not_listen(book: Path, crm: Crm, systemctl: Path) -> None:
    put_program(
        systemctl.parent / "bin", "systemctl", '#!/bin/sh\necho "Failed to connect to bus" >&2; exit 1\n'
    )
    done = crm("cron", "install", "--systemd", "--yes", "-q")
    assert done.code == 1
    assert "Failed to connect to bus" in done.err
    assert "systemctl --user daemon-reload" in done.err


def test_somebody_elses_units_stay(book: Path, crm: Crm, systemctl: Path, tmp_path: Path) -> None:
    folder = tmp_path / "config/systemd/user"
    folder.mkdir(parents=True)
    (folder / "crmkit-mine.timer").write_text("[Timer]\nOnCalendar=daily\n")
    crm("cron", "install", "--systemd", "--yes")
    crm("cron", "remove", "--yes")
    assert [p.name for p in folder.iterdir()] == ["crmkit-mine.timer"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    book = '/tmp/50% o\'clock $HOME \\ "客户" 账本'
    words = ["/usr/bin/printf", "%s", book, "$HOME", "%h", "\\n", '"']
    units = _units.Units(book, "*-*-* 08:30:00 Asia/Shanghai", {"CRM_BOOK": book, "X": "%h $Y"}, words)
    for name, text in units.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")


# -- the real program


@pytest.mark.skipif(not shutil.which("crontab"), reason="no crontab")
def test_the_real_crontab(book: Path, crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where the user has no crontab of his own, which no test may touch."""
    empty = subprocess.run(
        ["crontab", "-l"], capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"}
    )
    if empty.returncode == 0 or b"no crontab for" not in empty.stderr:
        pytest.skip("there is a crontab already, or none may be made")
    put_program(tmp_path / "bin", "crm", "#!/bin/sh\n")
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "bin" / "crm")])
    try:
        assert crm("cron", "install", "--yes", "--mail", "08:00").code == 0
        shown = json.loads(crm("cron", "show", "--json").out)
        assert [s["line"].rsplit(" run ")[-1].split()[0] for s in shown if " run " in s["line"]] == [
            "notify",
            "due",
        ]
        assert crm("cron", "remove", "--yes").code == 0
        assert json.loads(crm("cron", "show", "--json").out) == []
    finally:
        subprocess.run(["crontab", "-r"], capture_output=True, check=False)
