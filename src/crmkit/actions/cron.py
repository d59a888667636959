"""`crm cron`: reminders that come by themselves, by the user's crontab or systemd's user timers."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.actions import _crontab, _units
from crmkit.actions._crontab import Program
from crmkit.errors import Message, NotFound, Refused, UsageError, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.book.paths import Book

EVERY = 5
"""Minutes between two runs: a complaint is to be answered within two hours (R-004-12)."""

SPARE = timedelta(minutes=30)
"""How long after its time a daily job may still start."""

UTF8 = b'CONTENT_TYPE="text/plain; charset=UTF-8"'
"""What makes cron say in a mail how it is written; by itself it says what its own locale is, often ASCII."""

CRONTAB, SYSTEMD = "crontab", "systemd"
_PASSED_ON = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "CRM_NOTIFY_CONFIG")
"""Where crm finds the user's own files; cron knows nothing of the shell's environment."""


@dataclass(frozen=True, slots=True)
class Installed:
    """One line that stands for a book: of the crontab, or the name of a unit's file."""

    book: str
    where: str
    line: str

    def to_json(self) -> dict[str, str]:
        """Return what `--json` prints."""
        return {"book": self.book, "where": self.where, "line": self.line}


@dataclass(frozen=True)
class Plan:
    """What is to be changed: the crontab, units' files (None: gone), and what systemd is then told.

    `notes` are things that people should know besides.
    """

    book: str
    env: Mapping[str, str]
    program: Program | None = None
    before: bytes = b""
    after: bytes = b""
    files: Mapping[Path, bytes | None] = field(default_factory=dict)
    first: Sequence[Sequence[str]] = ()
    last: Sequence[Sequence[str]] = ()
    notes: Sequence[Message] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return self.before != self.after or any(_bytes(p) != new for p, new in self.files.items())

    @property
    def diff(self) -> str:
        """The change, as a unified diff without surroundings: the crontab's other lines are nobody's business."""
        parts = [_diff("crontab", self.before, self.after)]
        parts += [_diff(str(p), _bytes(p) or b"", new or b"") for p, new in self.files.items()]
        return "".join(parts)

    @property
    def lines(self) -> list[Installed]:
        """What stands for the book afterwards."""
        found = _in_table(self.after, self.book)
        return found + [
            Installed(self.book, SYSTEMD, p.name) for p, new in self.files.items() if new is not None
        ]

    def apply(self) -> list[Message]:
        """Do it; return what systemd could not be told. Raises Refused where the crontab has changed meanwhile."""
        if self.program and self.before != self.after:
            _write_table(self.program, self.before, self.after, self.book)
        complaints = _tell(self.env, self.first)
        for path, new in self.files.items():
            _put(path, new)
        return [*complaints, *_tell(self.env, self.last)]


# -- what is to be done


def install(session: Session, env: Mapping[str, str], *, daily: bool = False, mail: str = "") -> Plan:
    """Return the plan that puts the book into the crontab, in place of what stood there of it.

    `daily` tells once a day at `notify.at` instead of every few minutes; `mail` is a time of day at which cron mails
    what is due for the user.
    """
    book, words, variables = str(session.book.root), program(env), environment(session, env)
    local = _crontab.system_zone()

    def lines_of(at: time, *job: str) -> list[bytes]:
        times = _crontab.clock_times(at, session.settings.zone, local, session.now)
        # where clocks change on different days one of the runs comes an hour off, and leaves at once
        guard = ["--at", f"{at:%H:%M}"] if len(times) > 1 or "," in times[0] else []
        return [_crontab.line(f"{t} * * *", variables, [*words, "cron", "run", *job, *guard]) for t in times]

    if daily:
        lines = lines_of(told_at(session), "notify")
    else:
        lines = [_crontab.line(f"*/{EVERY} * * * *", variables, [*words, "cron", "run", "notify"])]
    crontab = Program.find(env)
    before = crontab.read()
    if mail:
        lines += lines_of(time_of_day(mail), "due")
        if b"CONTENT_TYPE" not in _crontab.with_block(before, book, ()):
            lines.insert(0, UTF8)
    after = _crontab.with_block(before, _crontab.check(book), lines)
    notes = [msg(N_("a systemd timer stands for this book too"))] if _unit_files(env, book) else []
    return Plan(book, env, crontab, before, after, notes=notes)


def install_units(session: Session, env: Mapping[str, str], *, daily: bool = False) -> Plan:
    """Return the plan that writes a user timer of systemd for the book."""
    book = str(session.book.root)
    at = f"*-*-* {told_at(session):%H:%M}:00 {session.settings.time_zone}" if daily else f"*:0/{EVERY}"
    words = [*program(env), "cron", "run", "notify"]
    units = _units.Units(book, at, environment(session, env), words)
    files: dict[Path, bytes | None] = {
        _units.folder(env) / name: text.encode() for name, text in units.files.items()
    }
    notes = [msg(N_("it runs while you are logged in; always, after: loginctl enable-linger"))]
    if _in_table(_table(env)[1], book):
        notes.append(msg(N_("the crontab has lines for this book too")))
    start = (("daemon-reload",), ("enable", "--now", f"{_units.stem(book)}.timer"))
    return Plan(book, env, files=files, last=start, notes=notes)


def remove(book: str, env: Mapping[str, str]) -> Plan:
    """Return the plan that takes out whatever stands for a book; the book itself may be gone."""
    crontab, before = _table(env)
    files: dict[Path, bytes | None] = dict.fromkeys(_unit_files(env, book))
    stop = [("disable", "--now", path.name) for path in files if path.suffix == ".timer"]
    after = _crontab.with_block(before, book, ())
    last = [("daemon-reload",)] if files else []
    return Plan(book, env, crontab, before, after, files, stop, last)


def show(book: str, env: Mapping[str, str]) -> list[Installed]:
    """Return what stands for a book, "" for all of them."""
    found = _in_table(_table(env)[1], book)
    for owner, paths in _units.installed(_units.folder(env)).items():
        found += [Installed(owner, SYSTEMD, p.name) for p in paths if book in {"", owner}]
    return found


def _table(env: Mapping[str, str]) -> tuple[Program | None, bytes]:
    """Return the crontab program and the user's table, nothing where there is no such program."""
    try:
        crontab = Program.find(env)
    except NotFound:
        return None, b""
    return crontab, crontab.read()


def _in_table(table: bytes, book: str) -> list[Installed]:
    return [
        Installed(block.book, CRONTAB, line.decode("utf-8", "surrogateescape"))
        for block in _crontab.blocks(table)
        if book in {"", block.book}
        for line in block.lines
    ]


def _unit_files(env: Mapping[str, str], book: str) -> list[Path]:
    return _units.installed(_units.folder(env)).get(book, [])


# -- what the lines say


def program(env: Mapping[str, str]) -> list[str]:
    """Return the words that run this crm from anywhere: an absolute path."""
    called = Path(sys.argv[0])
    beside = Path(sys.executable).with_name("crm")
    on_path = shutil.which("crm", path=env.get("PATH", os.defpath))
    for path in (called.absolute() if called.name == "crm" else None, beside, on_path and Path(on_path)):
        if path and path.is_absolute() and os.access(path, os.X_OK):
            return [str(path)]
    return [sys.executable, "-m", "crmkit"]


def environment(session: Session, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a run needs; cron gives it next to none."""
    from crmkit import i18n

    said = next((env[n] for n in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(n)), "")
    lang = said if re.search(r"utf-?8$", said, re.IGNORECASE) else "C.UTF-8"
    found = {"LANG": lang}
    if i18n.from_environment(found) != i18n.language():
        found["CRM_LANG"] = i18n.language()
    if session.actor:
        found["CRM_USER"] = session.actor
    found["CRM_BOOK"] = str(session.book.root)
    found |= {name: env[name] for name in _PASSED_ON if env.get(name)}
    git = shutil.which("git", path=env.get("PATH", os.defpath))
    if git and str(Path(git).parent) not in {"/usr/bin", "/bin"}:
        found["PATH"] = f"{Path(git).absolute().parent}:/usr/bin:/bin"
    return found


def told_at(session: Session) -> time:
    """Return the time of day at which everything that counts in days is told: `notify.at`."""
    from crmkit.notify.wishes import wishes

    return wishes(session.settings).at


def time_of_day(text: str) -> time:
    """Read `08:30`; UsageError for anything else."""
    match = re.fullmatch(r"([01]?\d|2[0-3])[:：]([0-5]\d)", text.strip(), re.ASCII)
    if not match:
        raise UsageError(N_("{text!r} is not a time of day"), hint=N_("for example 08:30"), text=text)
    return time(int(match[1]), int(match[2]))


# -- doing it


def _write_table(crontab: Program, before: bytes, after: bytes, book: str) -> None:
    if crontab.read() != before:
        raise Refused(N_("the crontab has changed meanwhile"), hint=N_("look again and repeat the command"))
    crontab.write(after)
    if _in_table(crontab.read(), book) != _in_table(after, book):
        raise Refused(N_("crontab took the lines and did not keep them"), hint=N_("look with: crontab -l"))


def _put(path: Path, new: bytes | None) -> None:
    from crmkit.exchange.files import replace

    if new is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, new)


def _tell(env: Mapping[str, str], commands: Sequence[Sequence[str]]) -> list[Message]:
    """Tell systemd; return what it did not do, each with the command for people to run."""
    found = []
    for words in commands:
        command = " ".join(("systemctl", "--user", *words))
        why = _units.systemctl(env, *words)
        if why is None:
            found.append(
                msg(N_("there is no systemctl here; where systemd runs: {command}"), command=command)
            )
        elif why:
            text = N_("systemd was not told ({why}); tell it with: {command}")
            found.append(msg(text, why=why, command=command))
    return found


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _diff(name: str, before: bytes, after: bytes) -> str:
    old, new = (t.decode("utf-8", "backslashreplace").split("\n") for t in (before, after))
    return "".join(f"{line}\n" for line in difflib.unified_diff(old, new, name, name, n=0, lineterm=""))


# -- a run


def its_time(now: datetime, at: str) -> bool:
    """Whether a daily job that belongs to `at` in the book's zone may start."""
    begin = datetime.combine(now.date(), time_of_day(at), now.tzinfo)
    return begin <= now < begin + SPARE


@contextmanager
def alone(book: Book, job: str, who: str) -> Iterator[bool]:
    """Hold what keeps one person's job from running twice; False where it still runs."""
    from hashlib import sha256

    from crmkit.book import lock

    told = sha256(who.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    holding = lock.held(book, 0.0, f"cron-{job}-{told}.lock")
    try:
        holding.__enter__()
    except lock.Busy:
        yield False
        return
    try:
        yield True
    finally:
        holding.__exit__(None, None, None)


class Complaints:
    """What a job that fails every few minutes has said already today; kept in the user's state folder."""

    def __init__(self, env: Mapping[str, str], job: str, book: str) -> None:
        from hashlib import sha256

        state = env.get("XDG_STATE_HOME") or str(
            Path(env.get("HOME") or "~").expanduser() / ".local" / "state"
        )
        name = sha256(os.fsencode(f"{job}\0{book}")).hexdigest()[:16]
        self._path = Path(state) / "crmkit" / f"cron-{name}"

    def new(self, text: str, today: date) -> bool:
        """Note that `text` was said; return whether it is the first time today."""
        from hashlib import sha256

        told = f"{today.isoformat()} {sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}\n"
        with suppress(OSError):
            if self._path.read_text("ascii", "replace") == told:
                return False
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.write_text(told, "ascii")
        return True

    def settled(self) -> None:
        """Forget: the job went well, and its next failure is news."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def today_here() -> date:
    """Return the day for which failures are counted; no book need be there to say its zone."""
    from crmkit import clock

    return clock.now(UTC).date()
