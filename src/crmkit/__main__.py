"""`crm`: the one place where errors become text and exit codes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

GARBAGE = 200_000
"""Objects made before the collector looks for cycles."""

OK, REFUSED, USAGE, PROBLEMS, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run `crm` and return its exit code: see the constants above. Run as a program it does not return."""
    code = _guarded(list(sys.argv[1:] if argv is None else argv))
    if argv is None and "coverage" not in sys.modules:
        _leave(code)
    return code


def _guarded(words: list[str]) -> int:
    for name in ("stdout", "stderr"):  # closed by the caller (`>&-`): Python leaves None there
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - to the end
    try:
        code = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _abandon_stdout(keep=True)
        _say("\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough: `crm list customer | head`
        _abandon_stdout()
        return OK
    except Exception as error:  # noqa: BLE001 - the boundary
        return _failed(error, words)
    return code


def _leave(code: int) -> NoReturn:
    """End without taking the interpreter down piece by piece, a fifth of a short command's time.

    Everything is on disk by now: a change is made durable before it is acknowledged, and stdout was flushed.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)


def _run(words: list[str]) -> int:
    from pathlib import Path

    # a command lives shortly and makes many small objects without cycles: looking for some costs a tenth of its time
    gc.set_threshold(GARBAGE)

    from crmkit.cli import app

    try:
        cwd = Path.cwd()
    except FileNotFoundError:
        cwd = Path("/")
    return app.run(words, os.environ, cwd)


def _failed(error: Exception, words: list[str]) -> int:
    from crmkit.cli import _boundary

    _abandon_stdout(keep=True)
    try:
        return _boundary.report(error, words, os.environ)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - a full disk, a closed stderr: nothing more can be said
        return BUG


def _abandon_stdout(*, keep: bool = False) -> None:
    """Push out what is written, or let it go, so that the interpreter has nothing to complain about."""
    try:
        if keep:
            sys.stdout.flush()
            return
    except (OSError, ValueError):
        pass
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # no descriptor: a test's own stream
        pass


def _say(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


if __name__ == "__main__":
    raise SystemExit(main())
