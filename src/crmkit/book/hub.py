"""The hub that a team's clones share: a bare repository with the hook that judges every push."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from crmkit.errors import Refused
from crmkit.git import plumbing
from crmkit.i18n import N_

HOOK = """\
#!/bin/sh
# crmkit: a push is taken only where each author had the right to what he changed (crm help check).
# Without crm nothing is taken: that is safer than taking everything.
crm={program}
[ -x "$crm" ] || crm=$(command -v crm) || crm=
if [ -z "$crm" ]; then
    echo "crmkit: there is no crm on this server, so nothing can be checked and nothing is taken." >&2
    echo "crmkit: install it, or put its path into $0" >&2
    exit 1
fi
exec "$crm" check --book "$(pwd)" --changes - --format table --quiet --no-color
"""
_SETTINGS = {
    "receive.denyNonFastForwards": "true",
    "receive.denyDeletes": "true",
    "receive.fsckObjects": "true",
    "core.logAllRefUpdates": "true",
}


def refuse_unfit(directory: Path) -> None:
    """Raise Refused where something other than a bare repository is."""
    if (directory / "HEAD").is_file() and (directory / "objects").is_dir():
        hook = directory / "hooks/pre-receive"
        if hook.exists() and "crmkit" not in hook.read_text("utf-8", "replace"):
            raise Refused(
                N_("there is a hook already: {hook}"),
                hint=N_("move it away, or call from it: crm check --changes -"),
                hook=str(hook),
            )
        return
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise Refused(
            N_("{folder} is not empty"),
            hint=N_("name a new folder: crm init --server /srv/crm.git"),
            folder=str(directory),
        )


def create(directory: Path, program: str) -> None:
    """Make the bare repository (or take the one that is there), its settings and its hook; raises GitError."""
    if not (directory / "HEAD").is_file():
        directory.mkdir(parents=True, exist_ok=True)
        plumbing.run(
            directory,
            "init",
            "--quiet",
            "--bare",
            "--template=",
            "--initial-branch=main",
            str(directory.resolve()),
        )
    for name, value in _SETTINGS.items():
        plumbing.run(directory, "config", name, value)
    hooks = directory / "hooks"
    hooks.mkdir(exist_ok=True)
    hook = hooks / "pre-receive"
    hook.write_text(HOOK.format(program=quote(program)), "utf-8")
    hook.chmod(0o755)
