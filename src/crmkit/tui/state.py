"""What the dashboard remembers of a book between two mornings, and what people set for all their books."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any


class State:
    """Screen, sort, view, widths of columns and theme, in the person's own state folder: the book is shared."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        """Read what was kept for the book at `root`; what cannot be read is as nothing."""
        home = Path(env.get("HOME") or "~").expanduser()
        folder = Path(env.get("XDG_STATE_HOME") or home / ".local" / "state") / "crmkit" / "dash"
        digest = sha256(os.fsencode(str(root.resolve()))).hexdigest()[:16]
        self.path = folder / f"{digest}.json"
        try:
            plain = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            plain = {}
        self._kept: dict[str, Any] = plain if isinstance(plain, dict) else {}

    def of(self, name: str) -> dict[str, Any]:
        """Return what is kept under a name."""
        found = self._kept.get(name)
        return dict(found) if isinstance(found, dict) else {}

    def widths(self, name: str) -> dict[str, int]:
        """Return the widths of columns kept for a screen."""
        found = self.of(name).get("widths")
        return (
            {str(k): int(v) for k, v in found.items() if isinstance(v, int)}
            if isinstance(found, dict)
            else {}
        )

    def put(self, name: str, **values: Any) -> None:
        """Keep values under a name; a full disk is no reason to stop."""
        now = {**self.of(name), **values}
        if now == self._kept.get(name):
            return
        self._kept[name] = now
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = self.path.with_suffix(f".{os.getpid()}")
            beside.write_text(json.dumps(self._kept, ensure_ascii=False), "utf-8")
            beside.replace(self.path)
        except OSError:
            return


@dataclass(frozen=True, slots=True)
class Taste:
    """What stands in `~/.config/crmkit/dash.yaml`: a theme, other keys, themes of one's own."""

    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    themes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problem: str = ""


def taste(env: Mapping[str, str]) -> Taste:
    """Read the person's own file; what is wrong in it is told, and the rest holds."""
    from crmkit.errors import CrmError
    from crmkit.yaml import read

    home = Path(env.get("HOME") or "~").expanduser()
    path = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "crmkit" / "dash.yaml"
    try:
        data = read.load(path.read_bytes(), str(path), empty_ok=True).data
    except OSError:
        return Taste()
    except CrmError as error:
        return Taste(problem=str(error))
    return Taste(
        theme=str(data.get("theme") or ""),
        keys={str(k): str(v) for k, v in _mapping(data.get("keys")).items()},
        themes={
            str(name): {str(k): str(v) for k, v in _mapping(t).items()}
            for name, t in _mapping(data.get("themes")).items()
        },
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
