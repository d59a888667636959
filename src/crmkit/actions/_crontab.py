"""The user's crontab: reading and writing it, our block in it, and how a command is written there.

A crontab belongs to its user. It is handled as bytes, and what is not between our marker lines stays as it is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

from crmkit.errors import NotFound, Refused, UsageError
from crmkit.i18n import N_

BEGIN, END = b"# >>> crmkit ", b"# <<< crmkit "
"""Begin of the marker lines; the book's path is the rest of them."""

ROOM = 990
"""Bytes of a line that every cron takes; Debian's ends at 999."""

_TIMEOUT = 30
_NONE_YET = re.compile(rb"no crontab for|can't open .*No such file", re.IGNORECASE | re.DOTALL)
"""How crontab programs say that there is nothing yet: only then may what they print be taken for an empty table."""


@dataclass(frozen=True, slots=True)
class Program:
    """The crontab program."""

    path: str

    @classmethod
    def find(cls, env: Mapping[str, str]) -> Program:
        """Return the one on the PATH; NotFound without one."""
        folders = [p for p in env.get("PATH", os.defpath).split(os.pathsep) if p.startswith("/")]
        found = shutil.which("crontab", path=os.pathsep.join(folders))
        if not found:
            raise NotFound(
                N_("there is no crontab program here"),
                hint=N_("install cron, or let systemd do it: crm cron install --systemd"),
            )
        return cls(found)

    def read(self) -> bytes:
        """Return the table, b"" where the user has none. Raises Refused for any other failure."""
        done = self._run("-l")
        if done.returncode == 0:
            return done.stdout
        if not done.stdout.strip() and _NONE_YET.search(done.stderr):
            return b""
        raise _failure(done.stderr)

    def write(self, table: bytes) -> None:
        """Let `table` be the user's crontab. Raises Refused where the program does not take it."""
        done = self._run("-", table)
        if done.returncode != 0:
            raise _failure(done.stderr)

    def _run(self, word: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        env = {**os.environ, "LC_ALL": "C"}
        try:
            return subprocess.run(
                [self.path, word], input=stdin, capture_output=True, env=env, timeout=_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise Refused(N_("crontab did not answer for {seconds} s"), seconds=_TIMEOUT) from None
        except OSError as e:
            raise Refused(N_("crontab could not be run: {why}"), why=e.strerror or str(e)) from None


def _failure(stderr: bytes) -> Refused:
    lines = stderr.decode("utf-8", "backslashreplace").strip().splitlines()
    return Refused(N_("crontab says: {line}"), line="; ".join(lines[:4]) or "?")


# -- our block


@dataclass(frozen=True, slots=True)
class Block:
    """A book's lines in a crontab: from byte `start` up to `end`, markers included."""

    book: str
    start: int
    end: int
    lines: tuple[bytes, ...]


def blocks(table: bytes) -> list[Block]:
    """Return the blocks of all books. Raises Refused where a marker has lost its partner: nothing is guessed."""
    found: list[Block] = []
    book: bytes | None = None
    start = at = 0
    lines: list[bytes] = []
    for line in _lines(table):
        text = line.rstrip(b"\r\n")
        if text.startswith((BEGIN, END)):
            name = text[len(BEGIN) :]
            if text.startswith(BEGIN) and book is None:
                book, start, lines = name, at, []
            elif text.startswith(END) and name == book:
                found.append(Block(os.fsdecode(name), start, at + len(line), tuple(lines)))
                book = None
            else:
                raise _broken(name)
        elif book is not None:
            lines.append(text)
        at += len(line)
    if book is not None:
        raise _broken(book)
    return found


def _lines(table: bytes) -> Iterator[bytes]:
    """Yield lines as cron sees them, by line feed alone, with their ends."""
    yield from re.findall(rb"[^\n]*\n|[^\n]+\Z", table)


def _broken(book: bytes) -> Refused:
    return Refused(
        N_("the marker lines of {book} in the crontab do not match: one was changed or removed"),
        hint=N_("put it right with: crontab -e"),
        book=os.fsdecode(book),
    )


def with_block(table: bytes, book: str, lines: Sequence[bytes]) -> bytes:
    """Return the table with a book's block in the place of the one it had, else at the end; no lines: without."""
    name = os.fsencode(book)
    new = (
        b"".join([BEGIN, name, b"\n", *(line + b"\n" for line in lines), END, name, b"\n"]) if lines else b""
    )
    own = [b for b in blocks(table) if b.book == book]
    for block in reversed(own[1:]):
        table = table[: block.start] + table[block.end :]
    if own:
        return table[: own[0].start] + new + table[own[0].end :]
    gap = b"\n" if new and table and not table.endswith(b"\n") else b""
    return table + gap + new


# -- a line


def line(times: str, env: Mapping[str, str], words: Sequence[str]) -> bytes:
    """Return a crontab's line that runs `words` with `env` at `times`. UsageError where no cron could read it."""
    command = ["/usr/bin/env", *(f"{name}={value}" for name, value in env.items()), *words]
    text = os.fsencode(f"{times} " + " ".join(quoted(w) for w in command))
    if len(text) > ROOM:
        raise UsageError(
            N_("the line for the crontab has {n} bytes, and cron reads {most}"),
            hint=N_("move the book to a shorter path, or let systemd do it: --systemd"),
            n=len(text),
            most=ROOM,
        )
    return text


def quoted(word: str) -> str:
    r"""Return a word as cron and then a shell read it back.

    `%` is a line's end to cron unless a backslash stands before it. Some crons also take a backslash away from
    another one; so none is followed by either: quotes are closed and opened again behind it.
    """
    check(word)
    if word and all(c.isalnum() or c in "_@+=:,./-" for c in word):
        return word
    name, equals, _ = word.partition("=")
    head = name + equals if equals and re.fullmatch(r"[A-Z_]+", name) else ""
    inner = word[len(head) :].replace("'", "'\"'\"'").replace("\\", "\\''").replace("%", r"\%")
    return f"{head}'{inner}'"


def check(word: str) -> str:
    """Return a word that can stand in a line; UsageError for line ends, other controls, and what is no text."""
    if any(c < " " or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in word):
        raise UsageError(
            N_("{word!r} has a character that cannot stand in a crontab or unit"),
            hint=N_("give the folder a plain name"),
            word=word,
        )
    return word


# -- times


def clock_times(at: time, zone: tzinfo, local: tzinfo, today: datetime) -> list[str]:
    """Return when to start so that it is `at` in `zone`: cron's first two fields, by cron's own zone `local`.

    Several where the two zones change their clocks on different days within the year ahead.
    """
    first = datetime.combine(today.date(), at, zone)
    found: dict[tuple[int, int], None] = {}
    for days in range(366):
        there = (first + timedelta(days=days)).astimezone(local)
        found[there.minute, there.hour] = None
    minutes: dict[int, list[int]] = {}
    for minute, hour in found:
        minutes.setdefault(minute, []).append(hour)
    return [f"{minute} {','.join(map(str, sorted(hours)))}" for minute, hours in sorted(minutes.items())]


def system_zone(path: Path = Path("/etc/localtime")) -> tzinfo:
    """Return the zone that cron goes by: the machine's, whatever this shell's TZ says."""
    from datetime import UTC
    from zoneinfo import ZoneInfo

    try:
        with path.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError):
        return UTC
