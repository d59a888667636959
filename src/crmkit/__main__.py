"""`crm`: the one place where errors become text and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

OK, REFUSED, USAGE, PROBLEMS, BUG, INTERRUPTED = 0, 1, 2, 3, 70, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run `crm` and return its exit code: see the constants above."""
    words = list(sys.argv[1:] if argv is None else argv)
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


def _run(words: list[str]) -> int:
    from pathlib import Path

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
