"""`crm init`: a new book, empty or with the sample customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import crmkit
from crmkit.actions.session import actor_of
from crmkit.book import init as book_init
from crmkit.errors import Refused
from crmkit.i18n import N_

SAMPLE_USER = ("周敏", "zhoumin@qinghe.example.com")
"""Who somebody is that has just made the sample book and said nothing: its supervisor, who sees all of it."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new book: where it is, its first commit ("" without git), and what people should be told."""

    path: Path
    commit: str = ""
    warning: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "id": "",
            "kind": "book",
            "path": str(self.path),
            "changed": ["crm.yaml"],
            "commit": self.commit,
        }


def init(
    directory: Path,
    language: str,
    review: bool = False,
    *,
    sample: bool = False,
    actor: str | None = None,
    env: Mapping[str, str] | None = None,
    dry_run: bool = False,
    anywhere: bool = False,
) -> Made:
    """Make a book in `directory`, as a git repository of its own unless it lies in one.

    Raises Refused where a book is there already, or other things (unless `anywhere`).
    """
    book_init.refuse_unfit(directory)
    if not anywhere:
        book_init.refuse_foreign(directory)
    if dry_run:
        return Made(directory)
    files = sample_files() if sample else {}
    settings = files.pop("crm.yaml").decode() if sample else _settings(directory, language, review=review)
    who = actor_of(actor, env or {})
    identity = ("", who) if "@" in who else (who, "")
    made = book_init.create(directory, settings, identity, files)
    if sample and made.own:
        book_init.known_as(made.book, *SAMPLE_USER)
    return Made(made.book.root, made.commit, made.warning)


def _settings(directory: Path, language: str, *, review: bool) -> str:
    from crmkit.settings import template

    return template.new_book(language, directory.resolve().name, review)


def sample_files() -> dict[str, bytes]:
    """Return the sample book's files by path; they come with the package."""
    package = Path(crmkit.__file__).parent
    places = (package / "sample_data", package.parents[1] / "sample_data")
    folder = next((p for p in places if (p / "crm.yaml").is_file()), None)
    if folder is None:
        raise Refused(N_("the sample book is not installed"), hint=N_("install crmkit again"))
    found = (p for p in sorted(folder.rglob("*")) if p.is_file() and ".crm" not in p.parts)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}
