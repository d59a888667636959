"""Questions, on a terminal only. They go to stderr, since stdout is data."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from crmkit.errors import Refused
from crmkit.i18n import N_, _
from crmkit.values.safe import safe


def interactive() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, default: str = "") -> str:
    """Return the answer, `default` for an empty one. Raises Refused at the end of the input (^D)."""
    shown = f"{safe(question)} [{safe(default)}]: " if default else f"{safe(question)}: "
    sys.stdout.flush()
    sys.stderr.write(shown)
    sys.stderr.flush()
    _wait()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        raise Refused(N_("stopped; nothing was written"))
    return line.strip() or default


def hidden(question: str) -> str:
    """Return an answer that is not shown while it is typed. Raises Refused at the end of the input (^D)."""
    import getpass

    sys.stdout.flush()
    try:
        return getpass.getpass(f"{safe(question)}: ", stream=sys.stderr).strip()
    except EOFError:
        sys.stderr.write("\n")
        raise Refused(N_("stopped; nothing was written")) from None


def _wait() -> None:
    """Wait until something was typed, a moment at a time.

    A Ctrl-C that comes just before a read begins would be heard only when the read ends.
    """
    from select import select

    while sys.stdin.isatty() and not select([sys.stdin], [], [], 0.2)[0]:
        pass


def confirm(question: str) -> bool:
    """Ask yes or no; anything but yes is no."""
    choice = _("y/N")
    answer = ask(f"{question} [{choice}]").lower()
    return answer in {"y", "yes", "是", "好", "对"}


def choose(question: str, candidates: Sequence[tuple[str, str]]) -> str:
    """Let one of `(id, label)` be picked by its number; return its id."""
    for number, (ident, label) in enumerate(candidates, 1):
        sys.stderr.write(f"  {number:>2}  {safe(ident)}  {safe(label)}\n")
    while True:
        answer = ask(question)
        if answer.isdecimal() and 1 <= int(answer) <= len(candidates):
            return candidates[int(answer) - 1][0]
        if answer in {ident for ident, _label in candidates}:
            return answer
        sys.stderr.write(_("a number from 1 to {n}, or Ctrl-C to stop").format(n=len(candidates)) + "\n")
