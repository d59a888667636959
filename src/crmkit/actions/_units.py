"""systemd's user timers: the texts of the units, and `systemctl --user`."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmkit.actions._crontab import check

MARK = "# crmkit "
"""Begin of a unit's first line; the book's path is the rest of it."""

_TIMEOUT = 30


def folder(env: Mapping[str, str]) -> Path:
    """Return where the user's units lie."""
    config = env.get("XDG_CONFIG_HOME") or str(Path(env.get("HOME") or "~").expanduser() / ".config")
    return Path(config) / "systemd" / "user"


def stem(book: str) -> str:
    """Return the name of a book's units: its folder's, as far as a unit may hold it, and a hash of its path."""
    told = hashlib.sha256(os.fsencode(book)).hexdigest()[:8]
    name = re.sub(r"[^A-Za-z0-9_]+", "-", Path(book).name).strip("-")[:40]
    return "-".join(t for t in ("crmkit", name, told) if t)


@dataclass(frozen=True, slots=True)
class Units:
    """A book's timer and the service that it starts. `calendar` is systemd's OnCalendar."""

    book: str
    calendar: str
    env: Mapping[str, str]
    words: Sequence[str]

    @property
    def files(self) -> dict[str, str]:
        """The texts by the names of their files."""
        return {f"{stem(self.book)}.service": self._service(), f"{stem(self.book)}.timer": self._timer()}

    def _service(self) -> str:
        env = " ".join(quoted(f"{name}={value}") for name, value in self.env.items())
        command = " ".join(quoted(word, dollar=True) for word in self.words)
        return (
            f"{self._head()}[Service]\nType=oneshot\nEnvironment={env}\nExecStart={command}\n"
            "Nice=10\nTimeoutStartSec=15min\n"
        )

    def _timer(self) -> str:
        # Persistent: a run that was missed while the machine was off is made up for
        return (
            f"{self._head()}[Timer]\nOnCalendar={self.calendar}\nPersistent=true\nAccuracySec=1min\n"
            "\n[Install]\nWantedBy=timers.target\n"
        )

    def _head(self) -> str:
        return f"{MARK}{check(self.book)}\n[Unit]\nDescription=crm notify ({stem(self.book)})\n\n"


def quoted(word: str, *, dollar: bool = False) -> str:
    """Return a word as systemd reads it back; `dollar` where it would put variables in."""
    inner = check(word).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return '"' + (inner.replace("$", "$$") if dollar else inner) + '"'


def owner_of(path: Path) -> str:
    """Return the book whose unit stands at `path`, "" where it is none of ours."""
    try:
        with path.open("rb") as file:
            first = file.readline(8192)
    except OSError:
        return ""
    return os.fsdecode(first.rstrip(b"\r\n")[len(MARK) :]) if first.startswith(MARK.encode()) else ""


def installed(where: Path) -> dict[str, list[Path]]:
    """Return the unit files of each book."""
    found: dict[str, list[Path]] = {}
    for path in sorted(where.glob("crmkit-*")):
        if path.suffix in {".service", ".timer"} and (book := owner_of(path)):
            found.setdefault(book, []).append(path)
    return found


def systemctl(env: Mapping[str, str], *words: str) -> str | None:
    """Run `systemctl --user WORDS`: "" where it did, its complaint where not, None where there is no such program."""
    program = shutil.which("systemctl", path=env.get("PATH", os.defpath))
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "--user", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        return str(e)
    said = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
    return "" if done.returncode == 0 else (said[0] if said else f"exit {done.returncode}")
