"""`crm check --changes`: whether what was committed was in its author's right, for a hook of the hub and for CI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.errors import UsageError
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.errors import Problem

PUSHERS = ("GITEA_PUSHER_EMAIL", "GL_USER", "GL_USERNAME", "REMOTE_USER")
"""Where servers say who is pushing: Gitea and Forgejo, gitolite, GitLab, git over http."""


def pushed(folder: Path, lines: Iterable[str], env: Mapping[str, str], actor: str = "") -> list[Problem]:
    """Judge a push: `lines` are `old new ref`, as git hands them to a pre-receive hook.

    `actor` is who pushes; else what the server says. Where it says nothing the author's address is believed.
    """
    from crmkit.book import pushed

    who = actor or next((env[name] for name in PUSHERS if env.get(name)), "")
    return pushed.hub(folder, who).received([line.strip() for line in lines if line.strip()])


def between(folder: Path, span: str, actor: str = "") -> list[Problem]:
    """Judge the commits A..B; `actor` must have made all of them, if he is named."""
    from crmkit.book import pushed

    old, dots, new = span.partition("..")
    if not dots or not old:
        raise UsageError(N_("which changes?"), hint=N_("name two commits: --changes origin/main..HEAD"))
    return pushed.hub(folder, actor).changes(old, new.lstrip(".") or "HEAD")
