"""A change as a diff that is safe to look at."""

from __future__ import annotations

from crmkit.cli._render import style
from crmkit.values.safe import safe


def show(diff: str, *, colour: bool) -> str:
    """Return a unified diff with its control characters escaped, coloured where wanted."""
    return "".join(f"{_line(safe(line), colour=colour)}\n" for line in diff.splitlines())


def _line(line: str, *, colour: bool) -> str:
    if line.startswith(("+++", "---")):
        return style(line, "bold", on=colour)
    if line.startswith("@@"):
        return style(line, "cyan", on=colour)
    if line.startswith("+"):
        return style(line, "green", on=colour)
    return style(line, "red", on=colour) if line.startswith("-") else line
