"""`crm init --server`: the hub of a team, a bare repository whose hook lets only rightful changes in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from crmkit.actions.init import Made
from crmkit.book import hub


def server(directory: Path, *, dry_run: bool = False) -> Made:
    """Make the hub in `directory`, or write the hook into the bare repository that is there.

    Raises Refused where something else is there, NoGit without git.
    """
    hub.refuse_unfit(directory)
    if not dry_run:
        hub.create(directory, _program())
    return Made(directory.resolve())


def _program() -> str:
    """Return the crm that the hook shall run: the one that runs now."""
    beside = Path(sys.argv[0]).resolve()
    if beside.name == "crm" and beside.is_file():
        return str(beside)
    near = Path(sys.executable).with_name("crm")
    return str(near) if near.is_file() else shutil.which("crm") or "crm"
