"""How an error is told: one line what and where, a `hint:` line what to do; a bug leaves a log file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path

from crmkit.errors import Ambiguous, Conflict, CrmError, Invalid, Problem, trace
from crmkit.i18n import N_, _
from crmkit.values.safe import safe

BUG = 70


def report(error: Exception, words: Sequence[str], env: Mapping[str, str]) -> int:
    """Tell `error` on stderr and return the exit code."""
    if isinstance(error, CrmError):
        lines, code = list(_known(error)), error.exit_code
    elif isinstance(error, OSError) and error.errno is not None:
        lines, code = list(_system(error)), 1
    elif isinstance(error, UnicodeEncodeError):
        lines = [
            _error(
                _("the terminal cannot show {character}").format(character=ascii(error.object[error.start]))
            )
        ]
        lines.append(_hint(_("set a UTF-8 locale: export LC_ALL=C.UTF-8")))
        code = 1
    else:
        lines, code = list(_bug(error, words, env)), BUG
    text = "".join(f"{line}\n" for line in lines)
    sys.stderr.write(
        text.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(sys.stderr.encoding or "utf-8")
    )
    sys.stderr.flush()
    return code


def _error(text: str) -> str:
    return f"error: {safe(text)}"


def _hint(text: str) -> str:
    first, *more = text.splitlines() or [""]  # a query's hint shows the place with a caret beneath it
    return "\n".join([f"hint: {safe(first)}", *(f"  {safe(line)}" for line in more)])


def _known(error: CrmError) -> Iterator[str]:
    first, *more = str(error).splitlines() or [""]
    yield _error(first)
    yield from (f"  {safe(line)}" for line in more)
    if isinstance(error, Ambiguous):
        yield from (f"  {safe(ident)}  {safe(label)}" for ident, label in error.candidates)
    if isinstance(error, Invalid):
        for problem in error.problems:
            yield from problem_lines(problem)
    if isinstance(error, Conflict) and error.diff:
        yield from (safe(line) for line in error.diff.splitlines())
    if str(error.hint):
        yield _hint(str(error.hint))


def problem_lines(problem: Problem) -> Iterator[str]:
    """Yield a problem as `where: what`, and its way out; what no file holds yet stands at its field alone."""
    what = str(problem) if problem.path or not problem.field else f"{problem.field}: {problem.text}"
    yield f"  {safe(what)}"
    if str(problem.hint):
        yield f"    {_hint(str(problem.hint))}"


def _system(error: OSError) -> Iterator[str]:
    import errno

    where = f"{error.filename}: " if error.filename else ""
    yield _error(f"{where}{os.strerror(error.errno or 0)}")
    ways = {
        errno.ENOSPC: N_("make room on the disk and try again; nothing was half written"),
        errno.EACCES: N_("look at the permissions of the book's folder"),
        errno.EROFS: N_("the disk is read-only"),
    }
    if error.errno in ways:
        yield _hint(_(ways[error.errno]))


def _bug(error: Exception, words: Sequence[str], env: Mapping[str, str]) -> Iterator[str]:
    kind = type(error).__name__
    yield _error(
        _("this is a bug in crmkit ({kind}); your files are as they were or fully changed").format(kind=kind)
    )
    try:
        path = _write_log(error, words, env)
    except OSError as why:
        yield _hint(_("the log could not be written: {why}").format(why=why.strerror))
        return
    yield _hint(_("please report it with {path}, which holds no data of yours").format(path=path))


def _write_log(error: Exception, words: Sequence[str], env: Mapping[str, str]) -> Path:
    """Write where it happened; never a message, an argument or a variable: those may be customers' data."""
    import secrets
    from datetime import datetime

    from crmkit.cli import app

    state = env.get("XDG_STATE_HOME") or str(Path(env.get("HOME") or "~").expanduser() / ".local" / "state")
    folder = Path(state) / "crmkit"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"bug-{stamp}-{secrets.token_hex(2)}.log"
    verb = next((w for w in words if w in app.COMMANDS), "")
    lines = [f"crm {verb}".strip(), _versions(), *trace(error)]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as log:
        log.write("\n".join(lines) + "\n")
    return path


def _versions() -> str:
    import platform

    from crmkit import __version__

    return (
        f"crmkit {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
