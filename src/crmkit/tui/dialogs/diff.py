"""A change as people read it: lines that go and lines that come."""

from __future__ import annotations

from rich.text import Text

from crmkit.values.safe import safe

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def coloured(diff: str) -> Text:
    """Return a unified diff with its lines coloured; the heads of files are named once."""
    out = Text()
    for line in diff.splitlines():
        if line.startswith(("---", "+++")):
            if line.startswith("+++") and line != "+++ /dev/null":
                out.append(f"{safe(line[6:])}\n", "bold")
            elif line.startswith("---") and line != "--- /dev/null":
                out.append(f"{safe(line[6:])}\n", "dim")
            continue
        out.append(f"{safe(line)}\n", _STYLES.get(line[:1], ""))
    return out
